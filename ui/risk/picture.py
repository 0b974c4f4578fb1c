"""What the risk page shows, gathered in a job from the project: no arithmetic, only calls."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from advisor.portfolio import Study
from advisor.portfolio.model import Model
from advisor.project.inventory import inventory_study, portfolio_terms
from advisor.project.project import Project
from advisor.report.gather import adopted_budgets
from advisor.risk import (
    RULEBOOKS,
    Appetite,
    BankFigures,
    Breach,
    CoverageRow,
    Library,
    Outlook,
    Reading,
    ReverseResult,
    Scores,
    StressResult,
    StressSettings,
    Target,
    appetite_in_money,
    coverage,
    in_force,
    library,
    loss_reading,
    measured_loss,
    outlook,
    read_appetite,
    read_bank_figures,
    read_dependence,
    read_exposures,
    read_taxonomy,
    readings,
    reverse_stress_test,
    score,
    stress_test,
    updated_breaches,
    with_fewer_paths,
)
from advisor.risk.appetite import LOSS_KEY
from advisor.risk.loss_appetite import MEASURES
from advisor.risk.portfolio_exposures import (
    PortfolioExposures,
    exposures_of,
    recommended_exposures,
)
from advisor.sentences import Sentence, sentence

PATHS = 10_000
REVERSE_PATHS = 2_000
RECOMMENDED = "recommended"
"""The plan that the portfolio's optimum recommends within the adopted limits."""
TARGET = "carbon_target"
"""Setting of the project: the bank's target."""
REVERSE = "reverse_stress_test"
"""Setting of the project: the last reverse stress test, in words and with its day."""
ALWAYS = {
    "appetite",
    "taxonomy",
    "scenarios",
    "inventory",
    "event_log",
    "indicators",
    "internal_carbon_price",
}


@dataclass(frozen=True)
class RiskPicture:
    """Scores, indicators and coverage of the project's inventory on a day."""

    stamp: str
    """Digest of the inventory and the rules: what was worked out from another one is stale."""
    inventory: str
    """Digest of the inventory, what was measured, and the meters."""
    study: Study
    """What the portfolio page shows of the same."""
    exposures: PortfolioExposures
    scores: Scores
    readings: tuple[Reading, ...]
    history: dict[str, tuple[Reading, ...]]
    outlooks: dict[str, Outlook]
    breaches: tuple[Breach, ...]
    coverage: tuple[CoverageRow, ...]
    appetite: Appetite
    bank: BankFigures
    target: Target | None
    shelf: Library
    fictitious: bool
    notes: tuple[Sentence, ...]


def risk_picture(
    project: Project,
    earlier: RiskPicture | None,
    result: StressResult | None,
    kept: frozenset[str],
    day: date,
) -> RiskPicture | None:
    """Gather it; None where the project holds no inventory.

    The study of an `earlier` picture is used again where the inventory, what was measured and the
    meters are the same to the letter.
    """
    models: list[Model] = project.models.all()
    if not models:
        return None
    known = [*project.measurements.all(), portfolio_terms(project)]
    inventory = _digest(noun.model_dump_json() for noun in (*models, *known))
    same = earlier is not None and earlier.inventory == inventory
    study = earlier.study if earlier is not None and same else inventory_study(project)
    if study is None:
        return None
    found = exposures_of(study.footprint)
    fictitious = any(model.fictitious for model in models)
    appetite, bank = read_appetite(), bank_figures(fictitious)
    raw_target = project.setting(TARGET)
    target = Target.model_validate(raw_target) if raw_target else None
    scored = score(found.table, read_taxonomy(), day)
    now = tuple(readings(scored, appetite, day, target))
    if result is not None:
        now = (*now, loss_reading(result, appetite, day))
    history = _history(project, now)
    known = ALWAYS | kept | ({"target"} if target else set[str]())
    known |= {"stress_test"} if LOSS_KEY in history else set[str]()
    known |= {"reverse_stress_test"} if project.setting(REVERSE) else set[str]()
    rules = [in_force(book).sha256 for book in RULEBOOKS.values()]
    shelf = library()
    return RiskPicture(
        stamp=_digest([inventory, *rules, *(p.model_dump_json() for p in shelf.pathways.values())]),
        inventory=inventory,
        study=study,
        exposures=found,
        scores=scored,
        readings=now,
        history=history,
        outlooks=_outlooks(history, appetite),
        breaches=tuple(updated_breaches(project.shelf("breaches").all(), now, appetite)),
        coverage=tuple(coverage(found.table, known, day)),
        appetite=appetite,
        bank=bank,
        target=target,
        shelf=shelf,
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
            picture.study, picture.exposures.table, adopted_budgets(project)
        )
    return stress_test(
        picture.exposures.table,
        picture.shelf.scenario(scenario),
        picture.bank,
        read_dependence(),
        picture.shelf,
        _settings(day),
        plan=after,
        progress=progress,
    )


def reversed_test(
    picture: RiskPicture, scenario: str, limit: float, day: date, check: Callable[[], object]
) -> ReverseResult:
    """What it takes for the appetite's measure to reach a limit in money. Raises `RiskError`."""
    return reverse_stress_test(
        picture.exposures.table,
        picture.shelf.scenario(scenario),
        picture.bank,
        read_dependence(),
        picture.shelf,
        with_fewer_paths(_settings(day), REVERSE_PATHS),
        limit,
        measure=lambda losses: measured_loss(losses, picture.appetite),
        measure_name=MEASURES[picture.appetite.loss.measure][0],
        check=check,
    )


def red_limit(picture: RiskPicture) -> float | None:
    """The appetite's red limit in money; None where the bank declares no RWA."""
    found = appetite_in_money(picture.appetite, picture.bank)
    return found[1] if found else None


def keep_readings(project: Project, picture: RiskPicture) -> None:
    """Write today's readings and the breach log into the project."""
    project.shelf("readings").put_many(list(picture.readings))
    project.shelf("breaches").put_many(list(picture.breaches))


def _settings(day: date) -> StressSettings:
    return StressSettings(first_year=day.year + 1, paths=PATHS)


def _history(project: Project, now: tuple[Reading, ...]) -> dict[str, tuple[Reading, ...]]:
    days = {(r.key, r.day): r for r in (*project.shelf("readings").all(), *now) if r.value}
    keys = {key for key, _ in days}
    return {
        key: tuple(sorted((r for k, r in days.items() if k[0] == key), key=lambda r: r.day))
        for key in keys
    }


def _outlooks(history: dict[str, tuple[Reading, ...]], appetite: Appetite) -> dict[str, Outlook]:
    found: dict[str, Outlook] = {}
    for key, kept in history.items():
        limit = appetite.limit(key)
        if limit is not None:
            figures = [r.figure for r in kept if r.figure is not None]
            found[key] = outlook([r.day for r in kept], figures, limit)
    return found


def _digest(parts: Iterable[str]) -> str:
    made = hashlib.sha256()
    for part in parts:
        made.update(part.encode())
        made.update(b"\n")
    return made.hexdigest()


def _notes(found: PortfolioExposures, fictitious: bool) -> list[Sentence]:
    notes: list[Sentence] = []
    if fictitious:
        notes.append(
            sentence("A fictitious bank: capital, outage and remediation costs are made up.")
        )
    if found.not_covered:
        missing = len(found.not_covered)
        notes.append(
            sentence("1 model has no known footprint; it is in no figure of this page.")
            if missing == 1
            else sentence(
                "{count} models have no known footprint; they are in no figure of this page.",
                count=missing,
            )
        )
    return notes
