"""How long predictions and fits take: `python tests/benchmarks/predict_speed.py`.

Goals on two cores: 100,000 rows with intervals in under 2 s; a fit on 10,000 rows in under 30 s.
"""

from __future__ import annotations

import os
import time

os.environ.setdefault("OMP_NUM_THREADS", "2")

import numpy as np
import pandas as pd

from advisor.predict import Columns, fit, prior_model, shipped_runs
from advisor.predict.prior import PRIOR_COLUMNS

ROWS = 100_000


def main() -> None:
    """Measure and print."""
    rng = np.random.default_rng(0)
    runs = shipped_runs()
    prior = prior_model()
    asked = runs.sample(ROWS, replace=True, random_state=0).reset_index(drop=True)
    for column in ("parameters", "flops_per_call", "throughput_per_s"):
        asked[column] *= np.exp(rng.normal(0, 0.2, ROWS))
    _timed("prior, devices known", lambda: prior.predict(asked))
    unknown = asked.drop(columns=["device", "idle_w", "family"])
    _timed("prior, devices unknown", lambda: prior.predict(unknown))
    _timed("prior, sizes only", lambda: prior.predict(unknown.drop(columns="throughput_per_s")))
    thorough = fit(runs.sample(1000, random_state=1), PRIOR_COLUMNS)
    names = {k.value: v.chosen.name for k, v in thorough.levels.items()}
    _timed(f"thorough fit on 1,000 runs ({names})", lambda: thorough.predict(asked))

    many = runs.sample(10_000, replace=True, random_state=2).reset_index(drop=True)
    for column in ("parameters", "flops_per_call", "throughput_per_s", "energy_j"):
        many[column] *= np.exp(rng.normal(0, 0.05, len(many)))
    _timed("fit on 10,000 runs, thorough", lambda: fit(many, PRIOR_COLUMNS), rows=len(many))
    _timed(
        "fit on 10,000 runs, one contender",
        lambda: fit(many, PRIOR_COLUMNS, thorough=False),
        rows=len(many),
    )
    small = Columns(energy="energy_j", sizes=("flops_per_call",), throughput="throughput_per_s")
    _timed("fit on 10,000 runs, two columns", lambda: fit(many, small), rows=len(many))


def _timed(words: str, job: object, rows: int = ROWS) -> None:
    start = time.perf_counter()
    result = job()  # type: ignore[operator]
    taken = time.perf_counter() - start
    wide = ""
    if isinstance(result, pd.DataFrame):
        wide = f", {result['energy_j_low'].notna().sum():,} with intervals"
    print(f"{words}: {rows:,} rows in {taken:.2f} s{wide}", flush=True)


if __name__ == "__main__":
    main()
