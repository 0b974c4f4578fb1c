"""How long a portfolio of 1,000, 10,000 and 100,000 models takes: import, ranking, MILP.

python tests/benchmarks/portfolio_speed.py [models …]
"""

import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from advisor.portfolio import (
    Budgets,
    difference,
    footprint,
    optimum,
    portfolio_options,
    rank_portfolio,
    read_inventory,
    sample_inventory,
    updated,
)


def inventory_of(count: int) -> pd.DataFrame:
    """The sample's rows repeated with other ids and volumes; all with an energy per call."""
    rng = np.random.default_rng(1)
    sample = sample_inventory(600)
    table = pd.concat([sample] * (count // len(sample) + 1), ignore_index=True).iloc[:count].copy()
    table["id"] = [f"M{i:06d}" for i in range(count)]
    table["calls_per_year"] *= rng.lognormal(0, 1, count)
    known = table["energy_per_call_j"]
    table["energy_per_call_j"] = known.fillna(table["flops_per_call"] * 2e-10 + 1e-3)
    table["energy_provenance"] = table["energy_provenance"].fillna("estimated")
    table["feeds"] = [()] * count
    table["fallback"] = None
    table["group"] = None
    return table


def four_options(count: int) -> pd.DataFrame:
    """Four trade-offs for each model, so that every model is a real choice."""
    rng = np.random.default_rng(2)
    size = rng.lognormal(3, 2, (count, 1))
    share = np.sort(rng.uniform(0.05, 0.95, (count, 4)), axis=1)
    loss = np.sort(rng.uniform(0.1, 5.0, (count, 4)), axis=1)
    saved = (size * share).ravel()
    ids = np.repeat([f"M{i:06d}" for i in range(count)], 4)
    table = pd.DataFrame({"id": ids, "name": np.tile(list("abcd"), count), "saved_kg": saved})
    table["loss"] = loss.ravel()
    for name, factor in (("low", 0.9), ("high", 1.1)):
        table[f"saved_{name}_kg"] = table["saved_kg"] * factor
        table[f"loss_{name}"] = table["loss"] * factor
    table["option"] = table["id"] + "/" + table["name"]
    table["kind"], table["fallback"] = "replace", None
    table["cost_eur"] = rng.uniform(500, 20000, len(table))
    table["engineer_days"] = rng.uniform(2, 40, len(table))
    return table


def timed(work):
    """Seconds and result."""
    begun = time.perf_counter()
    made = work()
    return time.perf_counter() - begun, made


def main() -> None:
    counts = [int(a) for a in sys.argv[1:]] or [1_000, 10_000, 100_000]
    print("models  import  again  footprint  options  ranking  ranking4   MILP   gap")
    for count in counts:
        table = inventory_of(count)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "inventory.csv"
            table.drop(columns="feeds").to_csv(path, index=False)
            read_s, intake = timed(lambda p=path: read_inventory(p))
        assert not intake.wrong
        stock = intake.inventory
        again_s, _ = timed(lambda s=stock: (difference(s, s), updated(s, s)))
        foot_s, found = timed(lambda s=stock: footprint(s))
        options_s, options = timed(lambda s=stock, f=found: portfolio_options(s, f))
        rank_s, _ = timed(lambda o=options, s=stock: rank_portfolio(o, s))
        four = four_options(count)
        stock["metric_floor"] = np.nan
        four["id"] = np.repeat(stock["id"].to_numpy(), 4)
        rank4_s, _ = timed(lambda o=four, s=stock: rank_portfolio(o, s))
        limits = Budgets(
            loss_budget=0.8 * count, engineer_days=8.0 * count, cost_budget_eur=5e3 * count
        )
        milp_s, plan = timed(
            lambda o=four, s=stock, b=limits: optimum(
                o, s, b, gap=1e-3, time_limit_s=300, draws=100
            )
        )
        assert plan.feasible
        print(
            f"{count:6d} {read_s:6.1f} {again_s:6.1f} {foot_s:8.1f} {options_s:9.1f} {rank_s:8.1f}"
            f" {rank4_s:8.1f} {milp_s:8.1f} {plan.gap:9.1e}",
            flush=True,
        )


if __name__ == "__main__":
    main()
