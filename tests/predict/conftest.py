"""A small measured world with a known law, so that tests can tell right from wrong."""

import numpy as np
import pandas as pd
import pytest

from advisor.predict import Columns


@pytest.fixture(scope="session")
def columns() -> Columns:
    return Columns(
        energy="energy_mj",
        energy_unit="mJ",
        sizes=("macs_m", "params_m"),
        throughput="per_s",
        device="board",
        idle_power="idle_w",
        precision="precision",
        family="family",
    )


@pytest.fixture(scope="session")
def table() -> pd.DataFrame:
    """Energy = power ÷ throughput; power above idle grows with size, less at int8; 2 % noise."""
    rng = np.random.default_rng(7)
    boards = {"alpha-x1": (2.0, 0.1), "alpha-x2": (4.0, 0.3), "beta-x1": (10.0, 0.0)}
    rows = []
    for family in ("cnn", "mlp", "vit", "gnn"):
        scale = rng.normal(0, 0.02)
        for board, (idle, own) in boards.items():
            for _ in range(6):
                macs = float(np.exp(rng.uniform(2, 7)))
                precision = str(rng.choice(["int8", "fp32"]))
                per_s = idle * 1e3 / macs * (2.0 if precision == "int8" else 1.0)
                share = 1.5 + own + 0.3 * (np.log(macs) - 4) - 0.4 * (precision == "int8")
                log_power = np.log(idle * share) + scale + 0.02 * rng.normal()
                rows.append(
                    {
                        "family": family,
                        "board": board,
                        "idle_w": idle,
                        "macs_m": macs,
                        "params_m": macs**0.5,
                        "precision": precision,
                        "per_s": per_s,
                        "energy_mj": 1e3 * float(np.exp(log_power)) / per_s,
                    }
                )
    return pd.DataFrame(rows)
