"""What the risk page shows, gathered in a job from the project: no arithmetic, only calls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd

from advisor.portfolio.model import Model
from advisor.project.project import Project
from advisor.report.gather import adopted_budgets
from advisor.risk import (
    Appetite,
    BankFigures,
    Breach,
    CoverageRow,
    Crossing,
    Library,
    Reading,
    Scores,
    StressResult,
    StressSettings,
    Target,
    coverage,
    forecast_crossing,
    library,
    read_appetite,
    read_bank_figures,
    read_dependence,
    read_exposures,
    read_taxonomy,
    readings,
    score,
    stress_test,
    updated_breaches,
)
from advisor.risk.portfolio_exposures import (
    PortfolioExposures,
    exposures_of,
    recommended_exposures,
)
from advisor.sentences import Sentence, sentence

PATHS = 10_000
RECOMMENDED = "recommended"
"""The plan that the portfolio's optimum recommends."""
ALWAYS = {"appetite", "taxonomy", "scenarios", "inventory", "event_log", "indicators"}


@dataclass(frozen=True)
class RiskPicture:
    """Scores, indicators and coverage of the project's inventory on a day."""

    exposures: PortfolioExposures
    scores: Scores
    readings: tuple[Reading, ...]
    history: dict[str, tuple[Reading, ...]]
    crossings: dict[str, Crossing]
    breaches: tuple[Breach, ...]
    coverage: tuple[CoverageRow, ...]
    appetite: Appetite
    bank: BankFigures
    shelf: Library
    fictitious: bool
    notes: tuple[Sentence, ...]


def risk_picture(
    project: Project, exposures: PortfolioExposures | None, kept: frozenset[str], day: date
) -> RiskPicture | None:
    """Gather it; None where the project holds no inventory. `exposures` may come from before."""
    models: list[Model] = project.models.all()
    if not models:
        return None
    found = exposures or exposures_of(models)
    fictitious = any(model.fictitious for model in models)
    appetite = read_appetite()
    raw_target = project.setting("carbon_target")
    target = Target.model_validate(raw_target) if raw_target else None
    scored = score(found.table, read_taxonomy(), day)
    now = tuple(readings(scored, appetite, day, target))
    history = _history(project, now)
    bank = bank_figures(fictitious)
    known = ALWAYS | kept | {"internal_carbon_price"} | ({"target"} if target else set[str]())
    return RiskPicture(
        exposures=found,
        scores=scored,
        readings=now,
        history=history,
        crossings=_crossings(history, appetite),
        breaches=tuple(updated_breaches(project.shelf("breaches").all(), now, appetite)),
        coverage=tuple(coverage(found.table, known, day)),
        appetite=appetite,
        bank=bank,
        shelf=library(),
        fictitious=fictitious,
        notes=tuple(_notes(found, fictitious)),
    )


def bank_figures(fictitious: bool) -> BankFigures:
    """The bank's own figures; a fictitious inventory has a fictitious bank."""
    return read_bank_figures(name="bank_figures_fictitious" if fictitious else "bank_figures")


def stressed(
    picture: RiskPicture,
    scenario: str,
    plan: Path | str | None,
    project: Project,
    day: date,
    progress: Callable[[float], object],
) -> StressResult:
    """Run the stress test of the page; a plan is a file or `RECOMMENDED`. Raises `RiskError`."""
    after = read_exposures(plan) if isinstance(plan, Path) else None
    if plan == RECOMMENDED:
        after = recommended_exposures(
            project.models.all(), picture.exposures.table, adopted_budgets(project)
        )
    return stress_test(
        picture.exposures.table,
        picture.shelf.scenario(scenario),
        picture.bank,
        read_dependence(),
        picture.shelf,
        StressSettings(first_year=day.year + 1, paths=PATHS),
        plan=after,
        progress=progress,
    )


def keep_readings(project: Project, picture: RiskPicture) -> None:
    """Write today's readings and the breach log into the project."""
    project.shelf("readings").put_many(list(picture.readings))
    project.shelf("breaches").put_many(list(picture.breaches))


def indicator_frame(picture: RiskPicture) -> pd.DataFrame:
    """A row an indicator, figures as columns of `FrameTable`."""
    rows: list[dict[str, object]] = []
    for reading in picture.readings:
        limit = picture.appetite.limit(reading.key)
        if limit is None:
            continue
        crossing = picture.crossings.get(reading.key)
        value = reading.value
        rows.append(
            {
                "key": reading.key,
                "name": limit.name,
                "value": value.value if value else None,
                "value_low": value.low if value else None,
                "value_high": value.high if value else None,
                "value_provenance": str(value.provenance) if value else None,
                "unit": limit.unit,
                "amber": f"{limit.amber:g}",
                "red": f"{limit.red:g}",
                "level": reading.level.value,
                "crossing": _when(crossing),
                "owner": limit.owner,
            }
        )
    return pd.DataFrame(rows)


def coverage_frame(picture: RiskPicture) -> pd.DataFrame:
    """A row an obligation."""
    return pd.DataFrame(
        [
            {
                "key": row.obligation.key,
                "regime": row.obligation.regime,
                "reference": row.obligation.reference,
                "obligation": row.obligation.obligation,
                "coverage": row.coverage.value,
                "share": row.share,
                "applies_from": row.obligation.applies_from.isoformat(),
                "status": row.obligation.status,
                "checked": row.obligation.checked.isoformat(),
                "origin": row.obligation.origin,
            }
            for row in picture.coverage
        ]
    )


def breach_frame(picture: RiskPicture) -> pd.DataFrame:
    """A row a breach, open ones first."""
    columns = ["id", "indicator", "level", "opened", "owner", "escalated_to", "closed"]
    rows = [
        {
            "id": b.id,
            "indicator": _limit_name(picture, b.indicator),
            "level": b.level.value,
            "opened": b.opened.isoformat(),
            "owner": b.owner,
            "escalated_to": b.escalated_to,
            "closed": b.closed.isoformat() if b.closed else "",
        }
        for b in sorted(picture.breaches, key=lambda b: (b.closed is not None, -b.level.rank))
    ]
    return pd.DataFrame(rows, columns=columns)


def _limit_name(picture: RiskPicture, key: str) -> str:
    limit = picture.appetite.limit(key)
    return limit.name if limit else key


def _history(project: Project, now: tuple[Reading, ...]) -> dict[str, tuple[Reading, ...]]:
    days = {(r.key, r.day): r for r in (*project.shelf("readings").all(), *now) if r.value}
    keys = {key for key, _ in days}
    return {
        key: tuple(sorted((r for k, r in days.items() if k[0] == key), key=lambda r: r.day))
        for key in keys
    }


def _crossings(history: dict[str, tuple[Reading, ...]], appetite: Appetite) -> dict[str, Crossing]:
    found: dict[str, Crossing] = {}
    for key, kept in history.items():
        limit = appetite.limit(key)
        values = [r.figure for r in kept if r.figure is not None]
        if limit is None or not values:
            continue
        crossing = forecast_crossing([r.day for r in kept], values, limit.red)
        if crossing is not None:
            found[key] = crossing
    return found


def _when(crossing: Crossing | None) -> str:
    if crossing is None or crossing.expected is None:
        return ""
    early = crossing.earliest.isoformat()[:7] if crossing.earliest else "…"
    late = crossing.latest.isoformat()[:7] if crossing.latest else "…"
    return f"{crossing.expected.isoformat()[:7]} ({early} – {late})"


def _notes(found: PortfolioExposures, fictitious: bool) -> list[Sentence]:
    notes: list[Sentence] = []
    if fictitious:
        notes.append(
            sentence("A fictitious bank: capital, outage and remediation costs are made up.")
        )
    if found.not_covered:
        notes.append(
            sentence(
                "{count} models have no known footprint; they are in no figure of this page.",
                count=len(found.not_covered),
            )
        )
    return notes
