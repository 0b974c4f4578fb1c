"""A device's own power: from its data sheet by its name, and what stands in where it is unknown."""

import numpy as np
import pandas as pd
import pytest

from advisor.predict.columns import Columns
from advisor.predict.device_power import DevicePower
from advisor.predict.intervals import calibrate
from advisor.predict.rows import query_rows
from advisor.predict.specifications import log_thermal_power, parts_in

COLUMNS = Columns(
    energy="j",
    sizes=("n",),
    throughput="per_s",
    device="device",
    idle_power="idle_w",
    categories=("accelerator",),
)


@pytest.mark.parametrize(
    ("name", "plain", "count"),
    [
        ("A100 x8", "A100", 8),
        ("4x A100", "A100", 4),
        ("8xA100", "A100", 8),
        ("2 × L40S", "L40S", 2),
        ("NVIDIA H100 80GB HBM3 x4", "NVIDIA H100 80GB HBM3", 4),
        ("linux-x86_64", "linux-x86 64", None),
        ("r5.16xlarge", "r5.16xlarge", None),
        ("board", "board", None),
    ],
)
def test_a_count_in_a_name_is_told_from_other_figures(name, plain, count):
    assert parts_in(name) == (plain, count)


@pytest.mark.parametrize(
    ("device", "accelerator", "watts"),
    [
        ("NVIDIA A100-SXM4-40GB x4", "", 1600),
        ("XE2420_A10x2_TRT", "", 300),
        ("XE8545_A100_SXM_80GBx4_TRT", "", 1600),
        ("R750xa x4", "NVIDIA A100-PCIE-40GB", 1000),
        ("Intel(R) Xeon(R) Platinum 8380 CPU @ 2.30GHz", "", 270),
        ("kitchen board", "-", np.nan),
        ("", "", np.nan),
    ],
)
def test_thermal_power_is_found_by_name_and_counts_all_parts(device, accelerator, watts):
    names = [np.array([n], dtype=object) for n in (device, accelerator)]
    np.testing.assert_allclose(np.exp(log_thermal_power(names[0], names[1:])), [watts])


def _rows(*lines):
    table = pd.DataFrame(lines, columns=["device", "idle_w"]).assign(n=1.0, per_s=1.0)
    return query_rows(table, COLUMNS)


def test_unknown_idle_power_is_the_devices_then_the_data_sheets_then_the_middle():
    measured = _rows(("A10 x1", 75.0), ("A10 x2", 150.0), ("own", 3.0), ("own", 3.0), ("else", 9.0))
    power = DevicePower().fit(measured, knows_device=True)
    asked = _rows(("own", None), ("A100 SXM4 80GB x8", None), ("nobody's", None), ("own", 4.0))
    np.testing.assert_allclose(np.exp(power.level(asked)), [3, 1600, 9, 4])
    assert power.known(asked).tolist() == [False, True, False, True]
    assert power.figures(asked).shape == (4, 2)


def test_a_table_without_idle_power_starts_from_thermal_power_and_marks_gaps():
    rows = _rows(("A10", None), ("A10 x2", None), ("own", None))
    power = DevicePower().fit(rows, knows_device=True)
    np.testing.assert_allclose(np.exp(power.level(rows)), [150, 300, np.sqrt(150 * 300)])
    assert power.figures(rows)[:, -1].tolist() == [0, 0, 1]
    assert not DevicePower().fit(rows, knows_device=False).level(rows).any()


def test_groups_that_err_as_one_widen_the_interval_while_they_are_few():
    rng = np.random.default_rng(0)
    groups = [np.arange(i, 600, 6) for i in range(6)]
    own = rng.normal(0, 0.2, 600)
    shared = np.empty(600)
    for g, shift in zip(groups, (-0.2, 0.2, -0.2, 0.2, -0.2, 0.2), strict=True):
        shared[g] = shift
    scale = np.full(600, 0.2)
    alone, together = calibrate(own, scale, groups), calibrate(shared, scale, groups)
    assert together.freedom == pytest.approx(5)
    assert alone.freedom > 100
    assert together.multiplier(0.95) > 1.4  # all six stand at one scale; a seventh may not
