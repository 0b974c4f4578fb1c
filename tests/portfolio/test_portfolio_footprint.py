"""The footprint by hand, its totals, what stays unknown, machines and reconciliation."""

import math

import numpy as np
import pandas as pd
import pytest

from advisor.carbon import Allocation, grid_intensity
from advisor.portfolio import (
    MachineMeter,
    PortfolioError,
    Statement,
    allocate_machines,
    as_exposures,
    footprint,
    portfolio_options,
    reconcile,
    sample_inventory,
    take_in,
    totals,
)
from advisor.portfolio.data_quality import predicted_reach
from advisor.risk.exposures import checked_exposures


def inventory(**columns):
    base = {
        "id": ["a", "b"],
        "region": ["JP", "JP"],
        "pue": [1.5, 1.5],
        "calls_per_year": [3.6e6, 3.6e6],
        "energy_per_call_j": [1.0, np.nan],
        "energy_provenance": ["measured", ""],
    }
    return take_in(pd.DataFrame(base | columns)).inventory


def test_a_row_by_hand():
    stock = inventory(
        training_runs_per_year=[2, 2], training_energy_kwh=[10, 10], validation_energy_kwh=[4, 4],
        idle_power_w=[100, 100], reserved_share=[0.5, 0.5], utilisation=[0.2, 0.2],
        contract_g_per_kwh=[50, np.nan],
    )  # fmt: skip
    row = footprint(stock).iloc[0]
    assert math.isclose(row["production_kwh"], 1.0 * 1.5)
    assert math.isclose(row["training_kwh"], 20 * 1.5)
    assert math.isclose(row["validation_kwh"], 4 * 1.5)
    assert math.isclose(row["standing_kwh"], 0.1 * 0.5 * 8766 * 0.8 * 1.5)
    energy = sum(row[f"{s}_kwh"] for s in ("production", "training", "validation", "standing"))
    assert math.isclose(row["energy_kwh"], energy)
    assert math.isclose(row["carbon_kg_location"], energy * grid_intensity("JP").value / 1000)
    assert math.isclose(row["carbon_kg_market"], energy * 0.05)


def test_unknown_stays_unknown_and_is_counted():
    found = footprint(inventory())
    assert np.isnan(found["energy_kwh"].iloc[1])
    assert np.isnan(found["carbon_kg_location"].iloc[1])
    assert found["quality"].tolist() == [1, 5]
    assert "energy per call" in found["unknown"].iloc[1]
    whole = totals(found)
    assert (whole.models, whole.covered) == (2, 1)
    assert whole.unknown["energy per call"] == 1
    with pytest.raises(PortfolioError, match="No model's carbon"):
        totals(found.iloc[[1]])


def test_predictions_fill_only_what_nobody_measured_and_lower_the_grade():
    predictions = pd.DataFrame(
        {
            "energy_j": [9.0, 2.0],
            "energy_j_low": [4.0, 1.0],
            "energy_j_high": [20.0, 4.0],
            "grade": ["inside", "far"],
            "distance": [0.5, 4.0],
            "outside": ["", "parameters"],
            "outside_factor": [float("nan"), 20.0],
        }
    )
    found = footprint(inventory(), predictions)
    assert found["energy_per_call_j"].tolist() == [1.0, 2.0]
    assert found["energy_per_call_j_provenance"].tolist() == ["measured", "predicted"]
    assert found["quality"].tolist() == [1, 5]
    low, high = found[["energy_kwh_low", "energy_kwh_high"]].iloc[1]
    assert high / low > 3.9
    assert predicted_reach(found).rows == {"inside": 0, "beyond": 0, "far": 1}
    assert predicted_reach(footprint(inventory())) is None
    nearer = footprint(inventory(), predictions.assign(grade="beyond"))
    assert nearer["quality"].tolist() == [1, 4]
    shares = totals(found).share_by_provenance
    assert math.isclose(sum(shares.values()), 1.0)


def test_common_errors_add_and_own_errors_average_out():
    many = 100
    stock = take_in(
        pd.DataFrame(
            {
                "id": [f"m{i}" for i in range(many)],
                "region": "JP",
                "pue": 1.0,
                "calls_per_year": 3.6e6,
                "energy_per_call_j": 1.0,
                "energy_provenance": "measured",
            }
        )
    ).inventory
    found = footprint(stock)
    carbon = totals(found).carbon_location_kg
    one = float(np.sqrt(found["rv_energy"].iloc[0]))
    assert carbon.spread["energy of single models"] / carbon.value == pytest.approx(one / 10)
    assert carbon.spread["grid intensity JPN"] / carbon.value == pytest.approx(0.09)


def test_a_retired_model_that_still_runs_shows_under_retirement():
    found = footprint(inventory(stage=["retired", "retired"]))
    assert found["production_kwh"].iloc[0] == 0
    assert found["retirement_kwh"].iloc[0] == pytest.approx(1.5)


def test_machines_hand_out_exactly_what_the_meter_counted():
    stock = sample_inventory(200)
    found = footprint(stock)
    machine = found["machine"].value_counts().index[0]
    meter = MachineMeter(machine=machine, dynamic_kwh=1234.5, idle_kwh=678.9)
    for method in Allocation:
        shared = allocate_machines(found, stock, [meter], method)
        assert math.fsum(shared["allocated_kwh"]) == 1234.5 + 678.9
        assert (shared["allocated_low_kwh"] <= shared["allocated_kwh"]).all()
        assert (shared["allocated_high_kwh"] >= shared["allocated_kwh"]).all()
    with pytest.raises(PortfolioError, match="No model"):
        allocate_machines(found, stock, [meter.model_copy(update={"machine": "x"})])


def test_reconciliation_has_a_residual_line():
    found = footprint(inventory(energy_per_call_j=[1.0, 1.0]))
    fits, gap, excess = reconcile(
        found,
        [
            Statement(scope="all", name="", kwh=3.0),
            Statement(scope="region", name="JP", kwh=30.0),
            Statement(scope="region", name="JP", kwh=1.0),
        ],
    )
    assert "within their interval" in str(fits.finding)
    assert gap.residual_kwh.value == pytest.approx(27.0)
    assert "explained by no model" in str(gap.finding)
    assert "claim" in str(excess.finding)
    assert any("\u3040" <= c <= "\u9fff" for c in gap.finding.text("ja"))
    with pytest.raises(PortfolioError, match="check the name"):
        reconcile(found, [Statement(scope="machine", name="x", kwh=1.0)])


def test_the_risk_room_takes_the_footprint():
    table = checked_exposures(as_exposures(footprint(sample_inventory(100))))
    assert (table["energy_kwh"] >= 0).all()


def test_options_unused_overlap_and_never_touch():
    stock = take_in(
        pd.DataFrame(
            {
                "id": ["big", "small", "idle", "locked"],
                "purpose": ["fraud", "fraud", "churn", "fraud"],
                "metric": "auc",
                "metric_value": [80.0, 80.5, 70.0, 70.0],
                "tier": [2, 2, 3, 1],
                "region": "DE",
                "pue": 1.2,
                "calls_per_year": [1e9, 1e6, 5, 1e9],
                "energy_per_call_j": [1.0, 0.01, 0.01, 2.0],
                "energy_provenance": "measured",
                "reserved_share": [0, 0, 1.0, 0],
                "idle_power_w": 100,
                "utilisation": 0.0,
                "never_touch": ["", "", "", "yes"],
            }
        )
    ).inventory
    options = portfolio_options(stock, footprint(stock)).set_index("id")
    assert set(options.index) == {"big", "idle"}
    assert options.loc["big", "fallback"] == "small"
    assert options.loc["big", "loss"] == pytest.approx(-0.5)
    whole = footprint(stock).set_index("id").loc["big", "carbon_kg_location"]
    assert options.loc["big", "saved_kg"] == pytest.approx(whole * 0.99)  # the fallback's part
    assert options.loc["idle", "name"] == "retire, unused"
    # a quarter of a full revalidation of tier 2 is 20 · 0.3 days
    assert options.loc["big", "revalidation_days"] == pytest.approx(6.0)
