"""Grid intensity: gCO2e per kWh of a country, region or cloud region, in a year.

Location-based figures are yearly means of generation (GHG Protocol scope 2 guidance, 2015, ch. 6).
Market-based ones are what the bank's contracts or its supplier declare; where nothing is declared
the residual mix counts, and where none is known the location-based figure, which is then said.

Uncertainty: one standard uncertainty per country and figure, measured between two compilations, and
more for each year away from the year asked for (`profiles/grid/uncertainty.toml`). It is *one*
named source per region and figure, so that it cancels between two models on the same grid.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable
from functools import lru_cache

from pydantic import BaseModel, Field

from advisor.carbon.errors import CarbonError
from advisor.profiles import layered_rows, profile_paths, read_profile, read_rows
from advisor.quantities import Provenance, Quantity
from advisor.sentences import sentence

UNIT = "gCO2e/kWh"


class GridRow(BaseModel):
    """One published figure."""

    region: str
    name: str
    year: int
    g_per_kwh: float = Field(ge=0)
    relative_std: float | None = None
    source: str = ""
    provenance: Provenance = Provenance.IMPORTED


class _CloudRow(BaseModel):
    provider: str
    region: str
    country: str
    city: str = ""
    year: int | None = None
    g_per_kwh: float | None = None


class _Alias(BaseModel):
    alias: str
    region: str


def grid_intensity(region: str, year: int | None = None) -> Quantity:
    """Location-based intensity of a region in gCO2e/kWh.

    `region`: ISO code of two or three letters, a country's name, `EU`, `WORLD`, or a cloud region
    (`europe-west1`, `aws/eu-west-1`). `year`: the figure nearest to it is taken (the newest where
    None), and its uncertainty grows with the distance. Raises `CarbonError` for an unknown region.
    """
    code = region_code(region)
    rows = grid_rows()[code]
    row = min(rows, key=lambda r: (abs(r.year - year) if year else 0, -r.year))
    sigma = _relative_std(row, year)
    return Quantity.from_spread(
        row.g_per_kwh,
        UNIT,
        row.provenance,
        f"Grid intensity of {row.name}, {row.year}: {row.source}",
        {f"grid intensity {row.region}": row.g_per_kwh * sigma},
    )


def market_intensity(
    region: str,
    year: int | None = None,
    *,
    contract_g_per_kwh: float | None = None,
    contract_source: str = "",
    relative_std: float | None = None,
) -> Quantity:
    """Market-based intensity in gCO2e/kWh, by the scope 2 hierarchy.

    A contract's or supplier's factor, else the residual mix of the user's own profile
    `grid/residual_mix.csv`, else the location-based figure, said as such in `source`. Raises
    `CarbonError`.
    """
    if contract_g_per_kwh is not None:
        if contract_g_per_kwh < 0:
            raise CarbonError(
                sentence(
                    "The contract's grid factor for {region} is negative; correct it.",
                    region=region,
                )
            )
        sigma = _uncertainty("declared", "relative_std") if relative_std is None else relative_std
        return Quantity.from_spread(
            contract_g_per_kwh,
            UNIT,
            Provenance.DECLARED,
            f"Contract factor for {region}{': ' + contract_source if contract_source else ''}",
            {f"contract factor {region}": contract_g_per_kwh * sigma},
        )
    code = region_code(region)
    mixes = [r for r in _residual_rows() if r.region == code]
    if mixes:
        row = min(mixes, key=lambda r: (abs(r.year - year) if year else 0, -r.year))
        return Quantity.from_spread(
            row.g_per_kwh,
            UNIT,
            row.provenance,
            f"Residual mix of {row.name}, {row.year}: {row.source}",
            {f"residual mix {code}": row.g_per_kwh * _relative_std(row, year)},
        )
    return grid_intensity(region, year).named(
        f"No contract and no residual mix is known for {region}: location-based figure "
        f"({grid_intensity(region, year).source})"
    )


def region_code(region: str) -> str:
    """The code under which a region's figures stand. Raises `CarbonError` with near matches."""
    code = _names().get(_folded(region))
    if code is None:
        near = difflib.get_close_matches(_folded(region), list(_names()), n=4, cutoff=0.5)
        raise CarbonError(
            sentence(
                "No grid intensity is known for the region “{region}”; near it: {near}. Use a "
                "country's name or code, or add it to your own profile grid/countries.csv.",
                region=region,
                near=", ".join(dict.fromkeys(_full_name(n) for n in near)) or "–",
            )
        )
    return code


def region_name(region: str) -> str:
    """What a reader calls a region. Raises `CarbonError`."""
    return grid_rows()[region_code(region)][-1].name


@lru_cache(maxsize=1)
def grid_rows() -> dict[str, tuple[GridRow, ...]]:
    """Every figure by region code; the user's own profiles are added to the shipped ones.

    Of two figures for one region and year, Ember's counts before Our World in Data's, and the
    user's own `countries.csv` before both.
    """
    found: dict[tuple[str, int], GridRow] = {}
    for file_name in ("owid_countries.csv", "ember_2024.csv", "countries.csv"):
        for path in profile_paths("grid").get(file_name, []):
            profile = read_profile(path)
            for row in read_rows(path, GridRow):
                found[row.region, row.year] = row.model_copy(
                    update={"source": profile.citation, "provenance": profile.header.provenance}
                )
    by_region: dict[str, tuple[GridRow, ...]] = {}
    for (region, _), row in sorted(found.items()):
        by_region[region] = (*by_region.get(region, ()), row)
    return by_region | _cloud_rows(by_region)


def intensities(regions: Iterable[str], year: int | None = None) -> dict[str, Quantity | None]:
    """Figure by region as written in a table of many rows; None where the region is unknown."""
    found: dict[str, Quantity | None] = {}
    for region in dict.fromkeys(regions):
        try:
            found[region] = grid_intensity(region, year)
        except CarbonError:
            found[region] = None
    return found


def _cloud_rows(countries: dict[str, tuple[GridRow, ...]]) -> dict[str, tuple[GridRow, ...]]:
    rows: dict[str, tuple[GridRow, ...]] = {}
    sigma = _uncertainty("cloud_region", "relative_std")
    for key, (row, profile) in layered_rows(
        "cloud", "regions.csv", _CloudRow, lambda r: f"{r.provider}/{r.region}"
    ).items():
        if row.g_per_kwh is None:
            rows[key] = tuple(
                c.model_copy(update={"name": f"{c.name} ({key})"})
                for c in countries.get(row.country, ())
            )
        else:
            rows[key] = (
                GridRow(
                    region=key,
                    name=f"{key} ({row.city})",
                    year=row.year or 2023,
                    g_per_kwh=row.g_per_kwh,
                    relative_std=sigma,
                    source=profile.citation,
                    provenance=profile.header.provenance,
                ),
            )
    return {key: found for key, found in rows.items() if found}


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    names: dict[str, str] = {}
    for code, rows in grid_rows().items():
        names[_folded(code)] = code
        if "/" in code:  # a cloud region is found without its provider too
            names.setdefault(_folded(code.partition("/")[2]), code)
        else:
            names.update({_folded(row.name): code for row in rows})
    for alias, (row, _) in layered_rows(
        "grid", "region_names.csv", _Alias, lambda r: r.alias
    ).items():
        if row.region in grid_rows():
            names[_folded(alias)] = row.region
    return names


def _full_name(folded: str) -> str:
    return grid_rows()[_names()[folded]][-1].name


@lru_cache(maxsize=1)
def _residual_rows() -> tuple[GridRow, ...]:
    rows: list[GridRow] = []
    for path in profile_paths("grid").get("residual_mix.csv", []):
        profile = read_profile(path)
        rows += [
            row.model_copy(
                update={"source": profile.citation, "provenance": profile.header.provenance}
            )
            for row in read_rows(path, GridRow)
        ]
    return tuple(rows)


def _relative_std(row: GridRow, year: int | None) -> float:
    base = row.relative_std or _uncertainty("country", "relative_std")
    away = abs(row.year - year) if year else 0
    return math.hypot(base, away * _uncertainty("country", "relative_std_per_year_away"))


def _uncertainty(table: str, key: str) -> float:
    paths = profile_paths("grid").get("uncertainty.toml", [])
    if not paths:
        raise CarbonError(
            sentence("No profile grid/uncertainty.toml was found; reinstall the program.")
        )
    return float(read_profile(paths[-1]).document[table][key])


def forget_profiles() -> None:
    """Read the profiles anew at the next question (after the user changed his own)."""
    for cached in (grid_rows, _names, _residual_rows):
        cached.cache_clear()


def _folded(name: str) -> str:
    return " ".join(name.casefold().replace("_", " ").split())
