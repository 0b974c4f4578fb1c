"""A small bank whose figures are made by arithmetic, so that the documents can be checked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from advisor.project import Project
from advisor.quantities import Provenance, Quantity
from advisor.rank.option import Option, OptionKind, Recommendation, Verdict
from advisor.report import FootprintRow, MeasuredRow, RiskRow, Summary, summarise
from advisor.sentences import sentence
from tests.report.recorded_run import record_run

LINES = ("Payments", "Retail lending", "Fraud", "Markets", "Treasury", "HR")

RISKS = (
    ("Share of emissions from the ten largest models", 62.0, 48.0, 50.0, 65.0, "amber", "green"),
    ("Growth of energy over last year", 31.0, 22.0, 20.0, 40.0, "amber", "amber"),
    ("Footprint not measured", 52.0, 52.0, 30.0, 50.0, "red", "red"),
)


def make_figure(
    value: float,
    unit: str,
    relative: float = 0.1,
    provenance: Provenance = Provenance.MEASURED,
    name: str = "windows",
) -> Quantity:
    return Quantity.from_spread(
        value, unit, provenance, f"test {name}", {name: abs(value) * relative}, log=value > 0
    )


def points(value: float, half: float, name: str) -> Quantity:
    return Quantity.from_spread(
        value, "point", Provenance.MEASURED, "labelled data", {name: half / 1.96}, log=False
    )


def make_recommendation(
    number: int, model: str, kind: OptionKind, verdict: Verdict, saved: float, loss: float | None
) -> Recommendation:
    recommended = verdict in (Verdict.NO_REGRET, Verdict.FRONTIER)
    return Recommendation(
        option=Option(
            id=f"{model}/{kind}",
            model_id=model,
            kind=kind,
            name={
                OptionKind.QUANTISE: "quantise to int8",
                OptionKind.RETIRE: "retire",
                OptionKind.SHRINK: "replace by a smaller sibling",
            }.get(kind, "Keep as it is"),
            carbon_saved_kg=make_figure(saved, "kgCO2e/year", 0.08, name=f"saved {number}"),
            accuracy_loss=None if loss is None else points(loss, 0.12, f"loss {number}"),
            one_off_cost=Quantity.exact(
                1200.0 + 100 * number, "EUR", Provenance.DECLARED, "entered"
            ),
            engineer_days=2.0,
            evidence=(f"measurement:run/{model}",),
        ),
        verdict=verdict,
        place=number if recommended else None,
        place_low=max(1, number - 1) if recommended else None,
        place_high=number + 2 if recommended else None,
        reason=sentence("Saves {saved} and loses no measurable accuracy.", saved=saved),
        probability_best=0.93 if recommended else None,
    )


def make_bank(models: int = 40, lines: tuple[str, ...] = LINES) -> Summary:
    """A summary of a fictitious bank with that many models."""
    rows = [
        FootprintRow(
            id=f"m{n:04}",
            name=f"{lines[n % len(lines)]} model {n}",
            group=lines[n % len(lines)],
            stage="production",
            tier=1 + n % 4,
            region="DE",
            calls_per_year=1e6 * (1 + n % 17),
            energy_per_call=make_figure(0.01 * (1 + n % 5), "J/inference", name=f"energy {n}"),
            energy=make_figure(900.0 / (1 + n % 9), "kWh/year", name=f"energy {n}"),
            carbon=None
            if n % 20 == 19
            else make_figure(
                340.0 / (1 + n % 9),
                "kgCO2e/year",
                provenance=Provenance.MEASURED if n % 3 else Provenance.PREDICTED,
                name=f"energy {n}",
            ),
        )
        for n in range(models)
    ]
    kinds = (
        (OptionKind.QUANTISE, Verdict.NO_REGRET, 0.0),
        (OptionKind.RETIRE, Verdict.NO_REGRET, 0.0),
        (OptionKind.SHRINK, Verdict.FRONTIER, 0.8),
        (OptionKind.BATCH, Verdict.NO_DIFFERENCE, 0.0),
    )
    recommendations = [
        make_recommendation(
            n + 1, f"m{n:04}", *kinds[n % 4][:2], 120.0 / (1 + n % 9), kinds[n % 4][2]
        )
        for n in range(models)
    ]
    return summarise(
        project="sample",
        as_of=date(2026, 11, 20),
        organisation="Example Bank",
        fictitious=True,
        footprint=rows,
        recommendations=recommendations,
        measured=[
            MeasuredRow(
                run_id="run",
                candidate="a" * 64,
                name="mlp-large",
                sha256="a" * 64,
                device="test device",
                energy=make_figure(0.0123, "J/inference"),
                latency_p50=make_figure(1.25, "ms"),
                throughput=make_figure(800, "1/s"),
                metric="accuracy",
                accuracy=points(97.2, 0.9, "accuracy"),
                windows_used=12,
                windows_excluded=1,
                coverage="package and memory",
            )
        ],
        risk=[
            RiskRow(
                name=sentence(name),
                before=make_figure(before, "percent", 0.05, name=name),
                after=make_figure(after, "percent", 0.05, name=name),
                amber=Quantity.exact(amber, "percent", Provenance.DECLARED, "appetite"),
                red=Quantity.exact(red, "percent", Provenance.DECLARED, "appetite"),
                status_before=status,
                status_after=then,
            )
            for name, before, after, amber, red, status, then in RISKS
        ],
        log_head="ab" * 32,
        program="Carbon Advisor 0.1.0",
    )


@pytest.fixture(scope="session")
def summary() -> Summary:
    return make_bank()


@pytest.fixture(scope="session")
def bank() -> Callable[..., Summary]:
    return make_bank


@pytest.fixture(scope="session")
def figure() -> Callable[..., Quantity]:
    return make_figure


@pytest.fixture(scope="session")
def recommendation() -> Callable[..., Recommendation]:
    return make_recommendation


@pytest.fixture
def measured_project(tmp_path: Path) -> Iterator[Project]:
    """A project with one recorded run, assumptions entered, and a clock that stands still."""
    moment = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
    with Project.create(tmp_path / "bank.advisor", who="tester", now=lambda: moment) as project:
        record_run(project)
        project.set(calls_per_year=2e9, region="DE", pue=1.3, organisation="Example Bank")
        yield project
