"""Tables as banks keep them: decimal commas, units, title rows, eras, formulas, ragged rows."""

from datetime import date

import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.portfolio import models_of, read_inventory, read_pasted, read_table, take_in
from advisor.portfolio.inventory import with_consumers
from advisor.portfolio.mapping import Mapping, guess_mapping
from advisor.portfolio.written_numbers import number_of


def one_column(heading, *cells, separator="\t"):
    text = f"Model ID{separator}{heading}\n"
    return take_in(
        read_pasted(text + "".join(f"A{n}{separator}{c}\n" for n, c in enumerate(cells)))
    )


def values(field, intake):
    return intake.inventory[field].tolist()


def test_decimal_commas_are_told_from_thousands_by_the_cells_that_leave_no_choice():
    german = one_column("Annual volume", "1.000.000", "12.500", "1.234,5", separator=";")
    assert values("calls_per_year", german) == [1e6, 12_500, 1234.5]
    english = one_column("Annual volume", "1,000,000", "12,500", "1,234.5")
    assert values("calls_per_year", english) == [1e6, 12_500, 1234.5]
    # nothing else says: another column of the table does, then the separator
    text = "Model ID;PUE;Annual volume\nA;1,25;12.500\n"
    assert values("calls_per_year", take_in(read_pasted(text))) == [12_500]
    assert values("calls_per_year", one_column("Annual volume", "12.500", separator=";")) == [12500]
    assert values("calls_per_year", one_column("Annual volume", "12,500")) == [12_500]


def test_a_cell_that_does_not_fit_the_column_is_wrong_not_guessed():
    mixed = one_column("Annual volume", "1,000,000", "12,500", "1,5")
    assert values("calls_per_year", mixed) == [1e6, 12_500]
    (wrong,) = mixed.wrong
    assert (wrong.number, wrong.column) == (4, "Annual volume")
    assert "decimal mark" in str(wrong.reason)
    assert values("calls_per_year", mixed.mended(4, "Annual volume", "1.5")) == [1e6, 12_500, 1.5]


def test_the_decimal_mark_can_be_set_by_hand():
    raw = read_pasted("Model ID\tAnnual volume\nA\t12,500\n")
    mapping = guess_mapping(list(raw.columns)).model_copy(update={"decimal": ","})
    assert values("calls_per_year", take_in(raw, mapping)) == [12.5]


@given(st.floats(0, 1e12), st.sampled_from(".,"), st.booleans())
def test_a_number_written_with_either_mark_is_read_back(number, decimal, grouped):
    text = f"{number:,.6f}" if grouped else f"{number:.6f}"
    if decimal == ",":
        text = text.translate(str.maketrans(",.", ".,"))
    assert number_of(text, decimal) == pytest.approx(number, abs=1e-6)


@pytest.mark.parametrize(
    ("heading", "cell", "field", "value"),
    [
        ("Energy per call (kWh)", "0.001", "energy_per_call_j", 3600),
        ("Energy per 1,000 calls (kWh)", "0.5", "energy_per_call_j", 1800),
        ("Wh per 1000 inferences", "0.5", "energy_per_call_j", 1.8),
        ("energy_per_call_mwh", "5", "energy_per_call_j", 18),
        ("Energy per call (mWh)", "5", "energy_per_call_j", 18),
        ("Energy per call", "0.5 Wh", "energy_per_call_j", 1800),
        ("Energy per call", "3 kWh per 1000 calls", "energy_per_call_j", 10_800),
        ("1,000件あたり電力量（Wh）", "5", "energy_per_call_j", 18),
        ("training_energy_mwh", "2", "training_energy_kwh", 2000),
        ("Training energy in MJ", "3.6", "training_energy_kwh", 1),
        ("idle_power_kw", "0.3", "idle_power_w", 300),
        ("Idle power", "0.3 kW", "idle_power_w", 300),
        ("Calls per month (thousand)", "20", "calls_per_year", 240_000),
        ("Daily volume", "2", "calls_per_year", 730.5),
        ("月間推論回数", "2万", "calls_per_year", 240_000),
        ("Annual volume", "1.5 million", "calls_per_year", 1.5e6),
        ("Annual volume", "１２，５００", "calls_per_year", 12_500),
        ("Annual volume", "12’500", "calls_per_year", 12_500),
        ("Annual volume", "1\u202f000\u00a0000", "calls_per_year", 1e6),
        ("稼働率（％）", "45", "utilisation", 0.45),
        ("Utilisation", "45 %", "utilisation", 0.45),
    ],
)
def test_units_and_multiples_of_heading_and_cell(heading, cell, field, value):
    intake = one_column(heading, cell)
    assert not intake.wrong
    assert values(field, intake) == [pytest.approx(value)]


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("2026-03-04", date(2026, 3, 4)),
        ("04.03.2026", date(2026, 3, 4)),
        ("4/3/2026", date(2026, 3, 4)),
        ("4 Mar 2026", date(2026, 3, 4)),
        ("20260304", date(2026, 3, 4)),
        ("2026-03-04 09:30:00", date(2026, 3, 4)),
        ("２０２６年３月４日", date(2026, 3, 4)),
        ("令和8年3月4日", date(2026, 3, 4)),
        ("R8.3.4", date(2026, 3, 4)),
        ("平成元年1月8日", date(1989, 1, 8)),
        ("46085", date(2026, 3, 4)),
        ("2026/3", date(2026, 3, 1)),
    ],
)
def test_dates_of_many_forms(cell, day):
    assert values("validated", one_column("Validation date", cell)) == [day]


def test_the_order_of_dates_is_that_of_the_column():
    american = one_column("Validation date", "3/4/2026", "12/25/2026")
    assert values("validated", american) == [date(2026, 3, 4), date(2026, 12, 25)]
    both = one_column("Validation date", "3/4/2026", "12/25/2026", "25/12/2026")
    assert [w.number for w in both.wrong] == [2]
    assert "day or the month first" in str(both.wrong[0].reason)
    never = one_column("Validation date", "31/02/2026", "2026", "Q1 2026")
    assert [w.number for w in never.wrong] == [2, 3, 4]


def test_titles_comments_and_blank_lines_leave_row_numbers_as_a_spreadsheet_shows_them(tmp_path):
    path = tmp_path / "k.csv"
    path.write_text(
        'Model inventory,,\n# as of October,,\n,,\nModel ID,Purpose,Tier\nA1,"two\nlines",1\n,,\n'
        "A2,x,9\nA1,y,2\n",
        "utf-8",
    )
    intake = read_inventory(path)
    assert intake.inventory["id"].tolist() == ["A1"]
    assert [(w.number, w.cell) for w in intake.wrong] == [(7, "9"), (8, "A1")]
    assert "row 5 already" in str(intake.wrong[1].reason)


def test_a_separator_too_many_is_told_and_not_shifted(tmp_path):
    path = tmp_path / "n.csv"
    path.write_text("Model ID,Owner,Tier\nA1,Smith, Ann,1\nA2,Lee,2\n", "utf-8")
    intake = read_inventory(path)
    assert intake.inventory["id"].tolist() == ["A2"]
    assert {w.number for w in intake.wrong} == {2}
    assert any("more cells than the heading" in str(w.reason) for w in intake.wrong)


def test_every_wrong_cell_of_a_row_is_listed():
    intake = take_in(pd.DataFrame({"id": ["a"], "tier": ["9"], "pue": ["0.2"]}))
    assert [(w.number, w.field) for w in intake.wrong] == [(2, "tier"), (2, "pue")]
    assert intake.wrong_rows == 1


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_accents_in_every_encoding(tmp_path, encoding):
    path = tmp_path / "i.csv"
    path.write_bytes("Model ID,Owner\nA1,Jürgen Müller\nA2,Zoé\n".encode(encoding))
    assert values("owner", read_inventory(path)) == ["Jürgen Müller", "Zoé"]


def test_a_workbook_with_cover_title_merged_cells_percent_and_formulas(tmp_path):
    book = openpyxl.Workbook()
    book.active["A1"] = "Cover of the inventory"
    sheet = book.create_sheet("Models")
    for row in (
        ["Model inventory of the bank"],
        [],
        ["Model ID", "Division", "Utilisation", "Validated", "Calls per year"],
        ["A1", "Cards", 0.45, pd.Timestamp("2026-03-04"), 1000],
        ["A2", None, 0.5, "4/3/2026", 2000],
        ["A3", "Retail", 0.5, 46085, "=E5*2"],
    ):
        sheet.append(row)
    sheet.merge_cells("A1:E1")
    sheet.merge_cells("B4:B5")
    sheet["C4"].number_format = "0 %"
    book.save(tmp_path / "q.xlsx")
    intake = read_inventory(tmp_path / "q.xlsx")
    one, two = models_of(intake.inventory)
    assert (one.business_line, two.business_line) == ("Cards", "Cards")
    assert (one.utilisation, two.utilisation) == (0.45, 0.5)
    assert one.validated == two.validated == date(2026, 3, 4)
    (wrong,) = intake.wrong
    assert (wrong.number, wrong.model_id, wrong.cell) == (6, "A3", "=E5*2")
    assert "formula" in str(wrong.reason)
    mended = intake.mended(6, "Calls per year", "4000").inventory
    assert mended["validated"].tolist() == [date(2026, 3, 4)] * 3


def test_the_fields_of_ss1_23_and_sr_26_2_are_recognised():
    line = """Model ID|Model Name|Model Owner|Model Developer|Model Validator|Model Purpose
        |Restrictions on use|Known limitations|Validation Date|Next Validation Date
        |Validation Outcome|Overlays / PMA|Policy exceptions|Data sources|Outputs|Version
        |Last update|Go-live date|Upstream models|Downstream models|Model Tier|Model Status"""
    headings = [h.strip() for h in line.split("|")]
    found = {c.column: c.field for c in guess_mapping(headings).columns}
    assert None not in found.values(), found
    assert found["Validation Outcome"] == "validation_finding"
    assert found["Model Validator"] == "validator"


def test_what_a_model_depends_on_feeds_it():
    stock = take_in(pd.DataFrame({"id": ["a", "b"], "dependencies": ["b", ""]})).inventory
    assert stock["depends_on"].tolist() == [("b",), ()]
    assert with_consumers(stock)["feeds"].tolist() == [(), ("a",)]


def test_a_remembered_mapping_holds_where_columns_came_or_went():
    first = guess_mapping(["Ref", "Calls"]).with_column("Ref", "id").with_column("Calls", None)
    again = guess_mapping(["Ref", "Tier", "Calls"], first)
    assert {c.column: c.field for c in again.columns}["Ref"] == "id"
    other = guess_mapping(["Model ID", "Tier"]).remembering(again)
    kept = Mapping.model_validate_json(other.model_dump_json())
    assert {c.column: c.field for c in guess_mapping(["Ref"], kept).columns} == {"Ref": "id"}


def test_a_field_chosen_by_hand_brings_its_unit_and_a_factor_can_be_set():
    mapping = guess_mapping(["Strom (kWh)"]).with_column("Strom (kWh)", "energy_per_call_j")
    assert mapping.columns[0].factor == 3.6e6
    assert mapping.with_column("Strom (kWh)", "energy_per_call_j", 2.0).columns[0].factor == 2.0


def test_a_table_of_headings_alone_is_said_to_be_empty(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("Model ID,Tier\n", "utf-8")
    with pytest.raises(ValueError, match="empty"):
        read_table(path)
