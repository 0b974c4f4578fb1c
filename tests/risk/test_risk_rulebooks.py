"""The bank's own rules over the shipped ones; own scenarios; every word in both languages."""

from __future__ import annotations

import ast
import tomllib
from datetime import date
from pathlib import Path
from string import Formatter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import advisor.cli.risk
import advisor.risk
from advisor.risk import (
    RULEBOOKS,
    Driver,
    Pathway,
    RiskError,
    in_force,
    keep_pathway,
    keep_rules,
    keep_scenario,
    library,
    own_keys,
    read_appetite,
    read_bank_figures,
    read_taxonomy,
    remove_own,
    restore,
    rules_of,
    values_by_year,
    versions,
    with_copy,
    with_setting,
    without_entry,
)
from advisor.risk.rule_settings import Document
from advisor.risk.toml_text import toml_text
from advisor.sentences import catalogue

DAY = date(2026, 11, 25)


@pytest.fixture(autouse=True)
def own_profiles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CARBON_ADVISOR_PROFILES", str(tmp_path / "profiles"))
    return tmp_path / "profiles"


def document(key: str) -> Document:
    return dict(in_force(RULEBOOKS[key]).document)


SCALARS = st.one_of(
    st.booleans(),
    st.integers(-(2**40), 2**40),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=12),
)
NAMES = st.text(min_size=1, max_size=6)
TABLES = st.dictionaries(
    NAMES, st.one_of(SCALARS, st.dictionaries(NAMES, SCALARS, max_size=3)), max_size=4
)


@given(st.dictionaries(NAMES, st.one_of(TABLES, st.lists(TABLES, min_size=1, max_size=3))))
@settings(max_examples=80, deadline=None)
def test_what_is_written_reads_back_the_same(made: Document) -> None:
    assert tomllib.loads(toml_text(made)) == made


@pytest.mark.parametrize("key", RULEBOOKS)
def test_every_setting_of_every_book_can_be_written_back(key: str) -> None:
    made = document(key)
    for row in rules_of(RULEBOOKS[key]):
        if row.text:
            made = with_setting(made, row.path, row.text)
    assert made == document(key)


def test_a_changed_limit_is_in_force_with_its_version_and_the_old_one_is_kept() -> None:
    book = RULEBOOKS["appetite"]
    row = next(r for r in rules_of(book) if r.group.startswith("Growth") and r.name == "red")
    kept = keep_rules(book, with_setting(document("appetite"), row.path, "20"), "Ito", DAY, "board")
    limit = read_appetite().limit("growth")
    assert limit is not None
    assert limit.red == 20.0
    assert kept.version == "2"
    assert "by Ito" in read_appetite().source
    keep_rules(book, with_setting(document("appetite"), row.path, "22"), "Ito", DAY, "board")
    restore(book, "2", "Weber", DAY)
    limit = read_appetite().limit("growth")
    assert limit is not None
    assert limit.red == 20.0
    assert [v.version for v in versions(book)] == ["1.0", "2", "3", "4"]
    assert [v.in_force for v in versions(book)] == [False, False, False, True]


@pytest.mark.parametrize(
    ("key", "name", "text", "match"),
    [
        ("appetite", "red", "0.01", "must lie beyond"),
        ("appetite", "amber", "a lot", "not a number"),
        ("scoring", "metrics.1.breaks", "5, 4, 3, 2", "must rise"),
        ("scoring", "when", "foo known", "not understood"),
        ("scoring", "when", "owner below 1", "not understood"),
        ("scoring", "when", "provenance is mesured", "not understood"),
        ("scoring", "when", "next_review below 3", "not understood"),
        ("scoring", "weight", "name", "use one of carbon_kg"),
        ("scoring", "amber", "4.5", "must lie beyond"),
        ("scoring", "key", "carbon_price", "twice"),
        ("scoring", "drivers", "energy_cost, reputaton", "names the driver reputaton"),
        ("scoring", "to", "credits", "use one of credit, market"),
        ("appetite", "key", "growth", "growth stands there twice"),
        ("appetite", "key", "growht", "no indicator that this program can read"),
        ("appetite", "unit", "m", "no kind of kgCO2e"),
        ("appetite", "amber", "nan", "not a number"),
        ("appetite", "better", "medium", "use one of low, high"),
        ("appetite", "amber_basis_points", "9", "must lie beyond"),
        ("appetite", "measure", "var_95", "use one of expected_loss"),
        ("bank", "wholesale_share", "2", "at most 1"),
        ("bank", "price_year", "20240", "at most 2100"),
        ("bank", "power_price_per_kwh.any", "-0.2", "at least 0"),
        ("bank", "outage_cost_per_hour.1", "-5", "at least 0"),
        ("bank", "currency", "GBP", "use one of EUR, USD, JPY"),
        ("pillar2", "quantile", "99.9", "below 1"),
        ("pillar2", "take", "biggest", "use one of largest"),
        ("dependence", "value", "7", "at most 1"),
        ("dependence", "energy_price", "-1", "at least 0"),
        ("dependence", "between", "supply, supply", "between two drivers"),
        ("dependence", "between", "energy_prize, supply", "use one of energy_price"),
    ],
)
def test_rules_that_do_not_hold_are_refused_in_one_sentence(
    key: str, name: str, text: str, match: str, own_profiles: Path
) -> None:
    book = RULEBOOKS[key]
    row = next(r for r in rules_of(book) if r.name == name)
    with pytest.raises(RiskError, match=match) as refused:
        keep_rules(book, with_setting(document(key), row.path, text), "Ito", DAY, "try")
    assert "\n" not in str(refused.value)
    assert "/tmp" not in str(refused.value)
    assert not (own_profiles / "frameworks" / book.file).exists()


def test_a_change_needs_a_name_a_reason_and_a_change() -> None:
    book, made = RULEBOOKS["bank"], document("bank")
    for by, reason, what in (("", "x", "Who"), ("Ito", " ", "reason"), ("Ito", "x", "Nothing")):
        with pytest.raises(RiskError, match=what):
            keep_rules(book, made, by, DAY, reason)


def test_what_was_unknown_can_be_filled_in_and_taken_away_again() -> None:
    book = RULEBOOKS["bank"]
    row = next(r for r in rules_of(book) if r.name == "risk_weighted_assets")
    assert row.text == ""
    filled = with_setting(document("bank"), row.path, "2 000 000 000")
    filled = with_setting(filled, ("bank", "outage_cost_per_hour", "1"), "900")
    filled = with_setting(filled, ("bank", "power_price_per_kwh", "DEU"), "0.25")
    keep_rules(book, filled, "Ito", DAY, "annual report")
    bank = read_bank_figures()
    assert bank.risk_weighted_assets == 2e9
    assert bank.outage_cost_per_hour == {1: 900.0}
    assert bank.power_price_per_kwh == {"any": 0.2, "DEU": 0.25}
    assert with_setting(filled, row.path, "") != filled


def test_a_control_is_doubled_and_taken_away() -> None:
    made = with_copy(document("scoring"), ("control", 0))
    assert made["control"][1]["key"] == "measured_2"
    keep_rules(RULEBOOKS["scoring"], made, "Ito", DAY, "a second control")
    assert len(read_taxonomy().controls) == 8
    assert without_entry(made, ("control", 1)) == document("scoring") | {
        "control": [*made["control"][:1], *made["control"][2:]]
    }


def test_own_pathways_and_combinations() -> None:
    mine = Pathway(
        key="own_shock",
        family="own",
        name="Our own price shock",
        driver=Driver.ENERGY_PRICE,
        form="multiplier",
        timing="relative",
        unit="1",
        values=values_by_year("1: 3, 2: 1.5"),
        source="treasury, 2026",
    )
    keep_pathway(mine, "Ito", DAY)
    made = keep_scenario("Ours", ["orderly", "own_shock"], library(), "Ito", DAY)
    assert len(library().scenarios[made.key].pathways) == 3
    assert library().pathways["own_shock"].values == {1: 3.0, 2: 1.5}
    with pytest.raises(RiskError, match="never averaged"):
        keep_scenario("Both", ["orderly", "current_policies"], library(), "Ito", DAY)
    with pytest.raises(RiskError, match="uses it"):
        remove_own("own_shock", "Ito", DAY)
    remove_own(made.key, "Ito", DAY)
    remove_own("own_shock", "Ito", DAY)
    assert own_keys() == frozenset()
    with pytest.raises(RiskError, match="added yourself"):
        remove_own("orderly", "Ito", DAY)
    with pytest.raises(RiskError, match="no year and value"):
        values_by_year("2027 = 3")


def test_every_sentence_and_every_word_of_the_rules_is_translated() -> None:
    japanese = catalogue("ja")
    said = {
        node.args[0].value
        for room in (advisor.risk, advisor.cli.risk)
        for path in Path(room.__file__ or "").parent.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and getattr(node.func, "id", "") == "sentence"
        and isinstance(node.args[0], ast.Constant)
        and node.args[0].value != "{text}"
    }
    taxonomy, appetite, shelf = read_taxonomy(), read_appetite(), library()
    words = {
        *(d.name for d in taxonomy.drivers),
        *(d.meaning for d in taxonomy.drivers),
        *(c.name for c in taxonomy.controls),
        *(t.channel for t in taxonomy.transmissions),
        *(limit.name for limit in (*appetite.limits, appetite.loss.limit())),
        *(limit.owner for limit in (*appetite.limits, appetite.loss.limit())),
        *(who for limit in appetite.limits for who in limit.escalation.values()),
        *(s.name for s in shelf.scenarios.values()),
        *(p.name for p in shelf.pathways.values()),
        *(book.title for book in RULEBOOKS.values()),
    }
    assert len(said) > 25
    assert sorted((said | words) - japanese.keys()) == []

    def fields(template: str) -> set[str]:
        return {name for _, name, _, _ in Formatter().parse(template) if name}

    assert not {t for t in said if fields(t) != fields(japanese[t])}
