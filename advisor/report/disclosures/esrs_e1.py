"""ESRS E1 (Set 1, Delegated Regulation (EU) 2023/2772) datapoints of the AI models, JSON and CSV.

Only the part of the bank that AI models are; elements and paragraphs as in EFRAG's ESRS Set 1 XBRL
taxonomy (30 August 2024). E1-5 §40 (energy intensity) is for high climate impact sectors and is not
filled for a bank. Models on the bank's own machines are scope 2, models in a cloud region
(`provider/region`) scope 3 category 1 (GHG Protocol).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from advisor.project import Project
from advisor.quantities import Provenance, Quantity
from advisor.report.measured_task import as_csv, as_json
from advisor.report.summary import FootprintRow, Summary
from advisor.report.sums import provenance_shares, sum_known

NAME = "esrs-e1"


class Datapoint(NamedTuple):
    """One datapoint: where it stands, its XBRL element, its figure, or why there is none."""

    id: str
    paragraph: str
    label: str
    element: str
    unit: str
    figure: Quantity | None
    gap: str


def files(project: Project, summary: Summary) -> dict[str, bytes]:
    """`esrs-e1.json` and `esrs-e1.csv`."""
    points = datapoints(summary)
    head = ("datapoint", "paragraph", "label", "xbrl_element", "unit", "value", "low", "high")
    rows = [[*p[:5], *_numbers(p.figure), _provenance(p.figure), p.gap] for p in points]
    content = {
        "standard": "ESRS Set 1, E1 (Delegated Regulation (EU) 2023/2772)",
        "scope_of_data": "AI models of the inventory only, not the whole undertaking",
        "organisation": summary.organisation,
        "as_of": summary.as_of.isoformat(),
        "datapoints": [_plain(p) for p in points],
    }
    return {
        "esrs-e1.json": as_json(content),
        "esrs-e1.csv": as_csv((*head, "provenance", "gap"), rows),
    }


def datapoints(s: Summary) -> list[Datapoint]:
    """The datapoints that a model footprint can fill, each with its figure or its gap."""
    own = [r for r in s.footprint if not is_cloud(r)]
    cloud = [r for r in s.footprint if is_cloud(r)]
    scope2, scope3 = _sum(own, lambda r: r.carbon), _sum(cloud, lambda r: r.carbon)
    market = _sum(own, lambda r: r.carbon_market)
    energy = _sum(own, lambda r: r.energy)
    missing = "no figure is known in this project"
    no_contract = "no contract evidence in this project"
    accepted = [a.saved for a in s.actions if a.decision in ("agreed", "retired")]
    shares = provenance_shares(cloud)
    primary = (
        Quantity.exact(
            100.0 * shares.get(Provenance.MEASURED, 0.0),
            "percent",
            Provenance.ESTIMATED,
            "share of scope 3 carbon that rests on measurement",
        )
        if shares
        else None
    )
    total_location = sum_known([scope2, scope3])
    total_market = sum_known([market, scope3]) if market is not None else None
    e, g = "esrs:", "GreenhouseGasEmissions"
    points = [
        ("E1-3_04", "29(b)", "Expected GHG emission reductions of agreed actions",
         f"{e}ExpectedGHGEmissionReductions", "tCO2e/year", sum_known(accepted),
         "no action has been agreed yet"),
        ("E1-5_01", "37", "Total energy consumption related to own operations",
         f"{e}EnergyConsumptionRelatedToOwnOperations", "MWh/year", energy, missing),
        ("E1-5_18", "40", "Energy intensity from high climate impact sectors",
         f"{e}EnergyIntensityFromActivitiesInHighClimateImpactSectorsTotalEnergyConsumption"
         "PerNetRevenue", "MWh/EUR", None,
         "not for banks: NACE section K is no high climate impact sector"),
        ("E1-6_09", "49(a)", "Gross location-based scope 2 emissions",
         f"{e}GrossLocationBasedScope2{g}", "tCO2e/year", scope2, missing),
        ("E1-6_10", "49(b)", "Gross market-based scope 2 emissions",
         f"{e}GrossMarketBasedScope2{g}", "tCO2e/year", market, no_contract),
        ("E1-6_11", "51", "Gross scope 3 emissions (category 1: cloud)",
         f"{e}GrossScope3{g}", "tCO2e/year", scope3, "no model with a cloud region and a figure"),
        ("E1-6_12", "52(a)", "Total location-based emissions",
         f"{e}LocationBased{g}", "tCO2e/year", total_location, missing),
        ("E1-6_13", "52(b)", "Total market-based emissions",
         f"{e}MarketBased{g}", "tCO2e/year", total_market, no_contract),
        ("E1-6_25", "AR 46(g)", "Share of scope 3 from primary data",
         f"{e}PercentageOfGrossScope3GreenhouseGasEmissionsCalculatedUsingPrimaryData"
         "ObtainedFromSuppliersOrOtherValueChainPartners",
         "percent", primary, "no scope 3 figure"),
        ("E1-6_30", "53", "Emissions per net revenue, location-based",
         f"{e}GHGEmissionsIntensityLocationbasedTotalGHGEmissionsPerNetRevenue",
         "tCO2e/EUR", None, "net revenue is not in this project"),
    ]  # fmt: skip
    return [
        Datapoint(i, p, label, element, unit, f.to(unit) if f else None, "" if f else gap)
        for i, p, label, element, unit, f, gap in points
    ]


def is_cloud(r: FootprintRow) -> bool:
    """Whether a model runs in a cloud region, written `provider/region`."""
    return r.region is not None and "/" in r.region


def _sum(
    rows: Iterable[FootprintRow], read: Callable[[FootprintRow], Quantity | None]
) -> Quantity | None:
    return sum_known(read(r) for r in rows)


def _numbers(q: Quantity | None) -> tuple[float | None, float | None, float | None]:
    return (None, None, None) if q is None else (q.value, q.low, q.high)


def _provenance(q: Quantity | None) -> str:
    return "" if q is None else str(q.provenance)


def _plain(p: Datapoint) -> dict[str, Any]:
    value, low, high = _numbers(p.figure)
    return {
        **dict(zip(Datapoint._fields[:5], p[:5], strict=True)),
        "value": value,
        "low": low,
        "high": high,
        "provenance": _provenance(p.figure) or None,
        "gap": p.gap or None,
    }
