"""Grid intensity: real profiles, real names, honest uncertainty."""

import math

import pytest

from advisor.carbon import CarbonError, grid_intensity, grid_rows, market_intensity
from advisor.carbon.grid import forget_profiles
from advisor.quantities import Provenance


@pytest.fixture
def own_profiles(tmp_path, monkeypatch):
    monkeypatch.setenv("CARBON_ADVISOR_PROFILES", str(tmp_path))
    (tmp_path / "grid").mkdir()
    forget_profiles()
    yield tmp_path / "grid"
    forget_profiles()


def _header(unit="gCO2e/kWh"):
    return (
        "# source: the bank's own\n# checked: 2026-11-24\n# licence: own\n"
        f"# unit: {unit}\n# provenance: declared\nregion,name,year,g_per_kwh\n"
    )


def test_the_figures_quoted_from_ember_for_2024():
    for region, value in {"WORLD": 473, "EU": 213, "GB": 216, "US": 384, "JP": 484}.items():
        assert grid_intensity(region, 2024).value == value


def test_one_country_by_many_names_is_one_figure():
    figures = [grid_intensity(n, 2024) for n in ("DE", "deu", "Germany", "ドイツ")]
    assert len({(q.value, tuple(q.spread)) for q in figures}) == 1


def test_nearest_year_and_wider_interval_the_further_away():
    near, far = grid_intensity("JP", 2024), grid_intensity("JP", 2030)
    assert near.value == far.value
    assert far.relative_half_width > near.relative_half_width
    assert math.isclose(near.std / near.value, 0.09)
    assert math.isclose(far.std / far.value, math.hypot(0.09, 6 * 0.06))


def test_unknown_region_lists_near_matches():
    with pytest.raises(CarbonError, match="Germany") as caught:
        grid_intensity("Germny")
    assert "Germny" in caught.value.said.text("ja")


def test_a_cloud_region_without_its_own_figure_shares_its_countrys_uncertainty():
    cloud, country = grid_intensity("aws/eu-west-1", 2022), grid_intensity("IE", 2022)
    assert cloud.value == country.value
    assert cloud.spread.keys() == country.spread.keys()
    assert (cloud - country).std == 0.0


def test_every_row_has_a_source_and_none_is_negative():
    for rows in grid_rows().values():
        for row in rows:
            assert row.source
            assert row.g_per_kwh >= 0


def test_the_users_own_figure_counts_before_the_shipped_one(own_profiles):
    (own_profiles / "countries.csv").write_text(
        _header() + "JPN,Japan,2024,450\nXYZ,Utopia,2024,1\n"
    )
    assert grid_intensity("JP", 2024).value == 450
    assert grid_intensity("JP", 2024).provenance is Provenance.DECLARED
    assert grid_intensity("Utopia").value == 1


def test_market_based_by_the_scope_2_hierarchy(own_profiles):
    assert "location-based" in market_intensity("JP", 2024).source
    (own_profiles / "residual_mix.csv").write_text(_header() + "JPN,Japan,2024,510\n")
    forget_profiles()
    assert market_intensity("JP", 2024).value == 510
    contract = market_intensity("JP", 2024, contract_g_per_kwh=20, contract_source="PPA 7")
    assert (contract.value, contract.provenance) == (20, Provenance.DECLARED)
    assert "PPA 7" in contract.source
    with pytest.raises(CarbonError, match="negative"):
        market_intensity("JP", contract_g_per_kwh=-1)
