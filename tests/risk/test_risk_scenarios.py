from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from advisor.profiles import profile_paths, read_profile
from advisor.risk.errors import RiskError
from advisor.risk.library import library
from advisor.risk.money import conversion
from advisor.risk.own_scenarios import import_ngfs
from advisor.risk.pathways import Driver, Pathway, combine, scenario_of


def test_every_shipped_scenario_reads_and_has_a_source() -> None:
    shelf = library()
    assert {"orderly", "severe", "japan_gx", "tightening"} <= set(shelf.scenarios)
    for pathway in shelf.pathways.values():
        assert pathway.source
        assert pathway.file
        assert len(pathway.over(range(2027, 2037))) == 10


def test_every_profile_of_this_room_names_source_date_and_licence() -> None:
    for folder in ("scenarios", "frameworks"):
        for layers in profile_paths(folder).values():
            header = read_profile(layers[0]).header
            assert header.source
            assert header.licence
            assert header.checked >= "2026-01-01"


def test_ngfs_extract_is_small_and_holds_no_damage() -> None:
    rows = pd.DataFrame(read_profile(profile_paths("scenarios")["ngfs_phase5.csv"][0]).rows)
    assert set(rows["variable"]) == {"Price|Carbon"}
    assert set(rows["region"]) == {"World", "OECD & EU (R5)"}
    assert rows["year"].nunique() <= 5
    assert len(rows) < 200


def test_models_stand_side_by_side_and_are_never_averaged() -> None:
    shelf = library()
    spread = shelf.spread(Driver.CARBON_PRICE, "Net Zero 2050", "OECD & EU (R5)")
    assert spread.loc[2050].to_dict() == {
        "REMIND-MAgPIE 3.3-4.8": 870.05,
        "GCAM 6.0 NGFS": 1493.31,
        "MESSAGEix-GLOBIOM 2.0-M-R12-NGFS": 466.61,
    }
    keys = [k for k in shelf.pathways if ":Net Zero 2050:OECD" in k]
    with pytest.raises(RiskError, match="never averaged"):
        scenario_of("x", "x", [shelf.pathway(k) for k in keys[:2]])


def test_interpolation_between_published_years() -> None:
    pathway = library().pathway("ngfs5:REMIND-MAgPIE 3.3-4.8:Net Zero 2050:OECD & EU (R5)")
    assert pathway.over([2030])[0] == 282.21
    assert pathway.over([2031])[0] == pytest.approx(282.21 + (452.76 - 282.21) / 5)
    assert pathway.over([2060])[0] == 870.05


def test_multipliers_multiply_and_a_pathway_counts_once(
    pathway_of: Callable[..., Pathway],
) -> None:
    one = scenario_of("a", "a", [pathway_of(Driver.VOLUME, {1: 2.0})])
    two = scenario_of("b", "b", [pathway_of(Driver.VOLUME, {1: 3.0}, key="other")])
    both = combine("c", "c", [one, two, one])
    assert both.over(Driver.VOLUME, [2027])[0] == 6.0


def test_scenarios_join_by_plus_and_a_wrong_name_is_named() -> None:
    shelf = library()
    joined = shelf.scenario("orderly + power_shock_2022")
    assert joined.over(Driver.ENERGY_PRICE, [2027, 2028]).tolist() == [2.0, 1.0]
    with pytest.raises(RiskError, match="nonsense"):
        shelf.scenario("orderly + nonsense")


def test_a_users_file_adds_and_replaces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "scenarios"
    folder.mkdir()
    (folder / "own.toml").write_text(
        '[header]\nsource = "our own"\nchecked = "2026-11-01"\nlicence = "ours"\nunit = "1"\n'
        '[[pathway]]\nkey = "own"\nfamily = "own"\nname = "Own"\ndriver = "volume"\n'
        'form = "multiplier"\ntiming = "relative"\nunit = "1"\nvalues = { 1 = 1.5 }\n'
        'source = "our plan"\n'
        '[[scenario]]\nkey = "orderly"\nname = "Ours"\npathways = ["own"]\n',
        "utf-8",
    )
    monkeypatch.setenv("CARBON_ADVISOR_PROFILES", str(tmp_path))
    shelf = library()
    assert shelf.scenario("orderly").name == "Ours"
    assert "severe" in shelf.scenarios
    (folder / "own.toml").write_text(
        '[header]\nsource = "x"\nchecked = "x"\nlicence = "x"\nunit = "1"\n'
        '[[pathway]]\nkey = "own"\nfamily = "own"\nname = "Own"\ndriver = "wind"\n'
        'form = "multiplier"\ntiming = "relative"\nunit = "1"\nvalues = { 1 = 1.5 }\n'
        'source = "x"\n',
        "utf-8",
    )
    with pytest.raises(RiskError, match="own"):
        library()


def test_the_full_explorer_file_can_be_imported(tmp_path: Path) -> None:
    wide = pd.DataFrame(
        {
            "Model": ["M"] * 2,
            "Scenario": ["Net Zero 2050"] * 2,
            "Region": ["EU27", "EU27"],
            "Variable": ["Price|Carbon", "GDP|Damage"],
            "Unit": ["US$2010/t CO2", "bn"],
            "2030": [100.0, 1.0],
            "2035": [200.0, 2.0],
        }
    )
    file = tmp_path / "ngfs.csv"
    wide.to_csv(file, index=False)
    (made,) = import_ngfs(file)
    assert made.over([2032, 2035]).tolist() == pytest.approx([140.0, 200.0])
    assert library([made]).pathway(made.key).region == "EU27"
    wide.drop(columns="Region").to_csv(file, index=False)
    with pytest.raises(RiskError, match="Region"):
        import_ngfs(file)


def test_money_is_inflated_then_exchanged_and_says_so() -> None:
    got = conversion("US$2010/t CO2", "EUR", 2024)
    assert got.factor == pytest.approx(313.689 / 218.056 * 0.929109)
    assert "USD price index 2010 to 2024" in got.label.text()
    assert "not deflated" in conversion("JPY2026/t CO2", "JPY", 2024).label.text()
    assert conversion("EUR2024/t CO2", "EUR", 2024).factor == 1.0
    with pytest.raises(RiskError, match="exchange"):
        conversion("US$2010/t CO2", "EUR", 2011)
    with pytest.raises(RiskError, match="money unit"):
        conversion("t CO2", "EUR", 2024)
