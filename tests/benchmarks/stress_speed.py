"""Time and convergence of a stress test: python tests/benchmarks/stress_speed.py [--large].

10,000 paths × 1,000 models × 10 years, with and without a plan, on two threads; then one portfolio
at growing numbers of paths with standard errors, and a case with a closed-form answer.
"""

from __future__ import annotations

import math
import resource
import sys
import time

import numpy as np
import pandas as pd
from scipy import stats

from advisor.risk import (
    Dependence,
    Driver,
    Library,
    Pathway,
    StressSettings,
    library,
    read_bank_figures,
    read_dependence,
    scenario_of,
    stress_test,
)


def portfolio(models: int) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    energy = rng.lognormal(8, 1.5, models)
    return pd.DataFrame(
        {
            "model_id": [f"m{i}" for i in range(models)],
            "business_line": rng.choice(["Retail", "Markets", "Payments", "Risk"], models),
            "energy_kwh": energy,
            "energy_low_kwh": energy * 0.7,
            "energy_high_kwh": energy / 0.7,
            "carbon_kg": energy * 0.3,
            "tier": rng.integers(1, 5, models),
            "scope": rng.choice([2, 3], models),
            "calls_per_year": rng.lognormal(13, 2, models),
        }
    )


def speed(models: int, paths: int) -> None:
    frame, shelf = portfolio(models), library()
    scaled = ["energy_kwh", "energy_low_kwh", "energy_high_kwh", "carbon_kg"]
    plan = frame.assign(**{c: frame[c] * 0.7 for c in scaled})
    bank = read_bank_figures(name="bank_figures_fictitious")
    for name in ("orderly", "severe"):
        for label, after in (("without plan", None), ("with and without plan", plan)):
            start, worked = time.perf_counter(), time.process_time()
            stress_test(
                frame,
                shelf.scenario(name),
                bank,
                read_dependence(),
                shelf,
                StressSettings(first_year=2027, paths=paths),
                plan=after,
            )
            took, worked = time.perf_counter() - start, time.process_time() - worked
            print(
                f"{paths:,} × {models:,} × 10, {name}, {label}: {took:.1f} s, "
                f"{worked:.1f} s of processor time"
            )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory {peak:,.0f} MiB")


def convergence() -> None:
    frame, shelf = portfolio(200), library()
    bank = read_bank_figures(name="bank_figures_fictitious")
    print("paths | expected loss ± s.e. | VaR 99 ± s.e. | VaR 99.9 ± s.e. | ES 99 ± s.e. (kEUR)")
    for paths in (1_000, 3_000, 10_000, 30_000, 100_000):
        got = stress_test(
            frame,
            shelf.scenario("orderly"),
            bank,
            read_dependence(),
            shelf,
            StressSettings(first_year=2027, paths=paths, seed=7),
        ).before
        figures = (got.expected_loss(), got.var(0.99), got.var(0.999), got.shortfall())
        print(
            f"{paths:,} | "
            + " | ".join(f"{f.value / 1e3:,.1f} ± {f.standard_error / 1e3:,.1f}" for f in figures)
        )


def closed_form() -> None:
    sigma, multiple, level = 0.4, 1.3, 0.99
    frame = pd.DataFrame({"model_id": ["A"], "energy_kwh": [1e6], "carbon_kg": [3e5]})
    pathway = Pathway(
        key="p",
        family="t",
        name="p",
        driver=Driver.ENERGY_PRICE,
        form="multiplier",
        timing="relative",
        unit="1",
        values={1: multiple},
        source="closed form",
    )
    z = stats.norm.ppf(level)
    scale = 1e6 * 0.20 * 0.5
    exact = (
        scale * (multiple - 1),
        scale * (multiple * math.exp(sigma * z - sigma**2 / 2) - 1),
        scale * (multiple * stats.norm.cdf(sigma - z) / (1 - level) - 1),
    )
    print("paths | expected loss | VaR 99 | ES 99 (EUR); exact:", [f"{e:,.0f}" for e in exact])
    for paths in (1_000, 10_000, 100_000, 1_000_000):
        got = stress_test(
            frame,
            scenario_of("s", "s", [pathway]),
            read_bank_figures(),
            Dependence(spread={"energy_price": sigma}),
            Library({}, {}),
            StressSettings(first_year=2027, years=1, paths=paths, seed=7),
        ).before
        figures = (got.expected_loss(), got.var(level), got.shortfall(level))
        print(
            f"{paths:,} | "
            + " | ".join(f"{f.value:,.0f} ± {f.standard_error:,.0f}" for f in figures)
        )


if __name__ == "__main__":
    closed_form()
    convergence()
    speed(1_000, 10_000)
    if "--large" in sys.argv:
        speed(10_000, 10_000)
