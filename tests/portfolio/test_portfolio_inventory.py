"""Inventory in: files of every kind, headings in two languages, wrong rows, nothing doubled."""

import math
from datetime import date

import numpy as np
import pandas as pd
import pytest

from advisor.portfolio import (
    PortfolioError,
    Stage,
    difference,
    guess_mapping,
    inventory_frame,
    models_of,
    read_inventory,
    read_pasted,
    read_table,
    sample_inventory,
    take_in,
    updated,
)
from advisor.portfolio.mapping import Mapping

HEADINGS = """Model ID,Model name,Business unit,Model type,Risk tier,Lifecycle stage,\
Validation date,Calls per month,Energy per inference (mWh),\
Training energy (MWh),Parameters (M),Utilisation (%),\
Country,Depends,Frozen
"""
ROWS = """A1,Fraud,Cards,gradient_boosting,1,In use,2026-03-04,"1,000,000",0.5,2,1.5,45,Germany,,yes
A2,Churn,Retail,logistic,Low,retired,4/3/2026,10,n/a,,0.001,,UK,,no
"""


def write(tmp_path, text, name="models.csv"):
    path = tmp_path / name
    path.write_text(text, "utf-8")
    return path


def test_headings_are_guessed_and_units_converted(tmp_path):
    intake = read_inventory(write(tmp_path, HEADINGS + ROWS))
    assert not intake.wrong
    a, b = models_of(intake.inventory)
    assert (a.id, a.name, a.business_line, a.tier) == ("A1", "Fraud", "Cards", 1)
    assert math.isclose(a.calls_per_year, 12e6)
    assert math.isclose(a.energy_per_call_j, 1.8)
    assert a.training_energy_kwh == 2000
    assert a.parameters == 1.5e6
    assert math.isclose(a.utilisation, 0.45)
    assert a.validated == date(2026, 3, 4)
    assert a.never_touch
    assert (b.tier, b.stage) == (3, Stage.RETIRED)
    assert b.energy_per_call_j is None
    assert b.training_energy_kwh is None
    assert b.validated == date(2026, 3, 4)  # day first, as most of the world writes it


def test_japanese_headings_and_shift_jis(tmp_path):
    path = tmp_path / "台帳.csv"
    path.write_bytes(
        "モデルID,モデル名,ティア,段階,年間件数\nM1,不正検知,高,本番,1000\n".encode("cp932")
    )
    (model,) = models_of(read_inventory(path).inventory)
    assert (model.name, model.tier, model.stage) == ("不正検知", 1, Stage.PRODUCTION)
    assert model.calls_per_year == 1000


def test_csv_xlsx_parquet_and_clipboard_give_the_same(tmp_path):
    frame = pd.DataFrame({"id": ["a", "b"], "tier": [1, 2], "calls_per_year": [10.0, 2e6]})
    frame.to_csv(tmp_path / "x.csv", index=False)
    frame.to_excel(tmp_path / "x.xlsx", index=False)
    frame.to_parquet(tmp_path / "x.parquet")
    pasted = take_in(read_pasted(frame.to_csv(index=False, sep="\t"))).inventory
    for name in ("x.csv", "x.xlsx", "x.parquet"):
        pd.testing.assert_frame_equal(read_inventory(tmp_path / name).inventory, pasted)


def test_wrong_rows_are_listed_with_number_and_reason_and_can_be_mended(tmp_path):
    text = "id,tier,calls per year,stage,pue\na,7,1,live,1.2\nb,1,many,live,1.2\n,1,1,live,1.2\n"
    text += "c,1,1,live,0.8\na2,2,5,live,1.2\na2,2,5,live,1.2\nd,1,1,asleep,1.2\n"
    intake = read_inventory(write(tmp_path, text))
    assert list(intake.inventory["id"]) == ["a2"]
    reasons = {w.number: (w.field, str(w.reason)) for w in intake.wrong}
    assert set(reasons) == {2, 3, 4, 5, 7, 8}
    assert reasons[2] == ("tier", "“7” in tier is not a whole number from 1 to 4.")
    assert "not a number" in reasons[3][1]
    assert "no model id" in reasons[4][1]
    assert "outside 1 to 5" in reasons[5][1]
    assert "row 6 already" in reasons[7][1]
    assert "stage" in reasons[8][1]
    mended = intake.mended(3, "calls per year", "2,000").mended(2, "tier", "3")
    assert {"a", "b", "a2"} == set(mended.inventory["id"])
    assert len(mended.wrong) == 4
    with pytest.raises(PortfolioError, match="no row 99"):
        intake.mended(99, "tier", "1")


def test_importing_again_updates_instead_of_doubling():
    before = take_in(
        pd.DataFrame({"id": ["a", "b"], "tier": [1, 2], "owner": ["x", "y"]})
    ).inventory
    again = take_in(pd.DataFrame({"id": ["b", "c"], "tier": [3, 4]})).inventory
    change = difference(before, again)
    assert change.added == ["c"]
    assert change.absent == ["a"]
    assert change.changed.to_dict("records") == [
        {"id": "b", "field": "tier", "before": 2.0, "after": 3.0}
    ]
    merged = updated(before, again).set_index("id")
    assert list(merged.index) == ["a", "b", "c"]
    assert merged.loc["b", "owner"] == "y"  # what the new table does not know stays
    assert merged.loc["b", "tier"] == 3
    same = difference(merged.reset_index(), again)
    assert not same.added
    assert same.changed.empty


def test_a_mapping_is_remembered_as_plain_data_and_changed_by_hand():
    raw = pd.DataFrame({"Ref": ["a"], "Volume (k)": ["5"]})
    mapping = guess_mapping(list(raw.columns)).with_column("Ref", "id")
    kept = Mapping.model_validate_json(mapping.model_dump_json())
    intake = take_in(raw, kept)
    assert intake.inventory["calls_per_year"].tolist() == [5000.0]


def test_what_cannot_be_read_is_said_in_one_sentence(tmp_path):
    with pytest.raises(PortfolioError, match="no file"):
        read_table(tmp_path / "none.csv")
    with pytest.raises(PortfolioError, match="cannot be read"):
        read_table(write(tmp_path, "not a workbook", "x.xlsx"))
    with pytest.raises(PortfolioError, match="none of the tables"):
        read_table(write(tmp_path, "", "x.docx"))
    with pytest.raises(PortfolioError, match="model's id"):
        take_in(pd.DataFrame({"colour": ["red"]}))
    with pytest.raises(PortfolioError, match="clipboard"):
        read_pasted("  ")


def test_models_and_tables_are_the_same_thing_there_and_back():
    sample = sample_inventory(80)
    back = inventory_frame(models_of(sample))
    for name in (
        "id",
        "tier",
        "stage",
        "calls_per_year",
        "feeds",
        "validated",
        "energy_per_call_j",
    ):
        left, right = sample[name], back[name]
        if left.dtype == float:
            np.testing.assert_array_equal(left, right)
        else:
            assert left.tolist() == right.tolist(), name


def test_the_sample_is_seeded_varied_and_says_that_it_is_fictitious():
    one, two = sample_inventory(), sample_inventory()
    pd.testing.assert_frame_equal(one, two)
    assert len(one) == 600
    assert one["fictitious"].all()
    assert one["id"].is_unique
    assert {"logistic", "gradient_boosting", "transformer", "llm"} <= set(one["kind"])
    assert 0.2 < one["energy_per_call_j"].notna().mean() < 0.5


@pytest.mark.parametrize(("heading", "kg"), [("t", 1500.0), ("kg", 1.5), ("tCO2e", 1500.0)])
def test_last_years_carbon_and_planned_growth_are_taken_in_their_units(heading, kg):
    raw = pd.DataFrame(
        {
            "id": ["a"],
            "name": ["x"],
            "Planned growth (%)": ["5"],
            f"Carbon last year ({heading})": ["1.5"],
        }
    )
    taken = take_in(raw, guess_mapping(list(raw.columns))).inventory.iloc[0]
    assert taken["planned_growth"] == pytest.approx(0.05)
    assert taken["carbon_kg_last_year"] == pytest.approx(kg)
