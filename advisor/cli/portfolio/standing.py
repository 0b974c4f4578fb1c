"""Where the portfolio stands: footprint, reconciliation, options."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from advisor.carbon import Allocation
from advisor.cli.console import bad_input, fail, note, print_json, print_table
from advisor.cli.portfolio.parts import (
    ERRORS,
    AsJson,
    NoPredict,
    ProjectFile,
    carbon,
    number,
    records,
    shown,
    study_of,
)
from advisor.portfolio import PortfolioError, Statement, reconcile
from advisor.portfolio.data_quality import predicted_reach
from advisor.project import Project
from advisor.project.inventory import keep_terms, portfolio_terms
from advisor.sentences import sentence


def footprint_(
    project: ProjectFile,
    no_predict: NoPredict = False,
    allocation: Annotated[
        Allocation | None, typer.Option(help="How metered machines are split; remembered.")
    ] = None,
    as_json: AsJson = False,
    csv: Annotated[Path | None, typer.Option(help="Write one row a model here.")] = None,
) -> None:
    """Energy and carbon of every model and of the whole."""
    with bad_input(*ERRORS), Project.open(project) as opened:
        if allocation is not None:
            terms = portfolio_terms(opened)
            keep_terms(opened, terms.model_copy(update={"allocation": allocation}))
        made = study_of(opened, no_predict)
        whole = made.total
        if whole is None:
            raise PortfolioError(
                sentence(
                    "No model's carbon is known: give calls, energy (or size) and region of at "
                    "least one."
                )
            )
        if csv:
            made.footprint.to_csv(csv, index=False)
    reach = predicted_reach(made.footprint)
    if as_json:
        figures = {"totals": whole, "allocated": records(made.allocated)}
        print_json({**figures, "predicted": None if reach is None else asdict(reach)})
        return
    rows = [
        ["models", f"{whole.models:,} ({whole.covered:,} covered)"],
        ["energy", shown(whole.energy_kwh)],
        ["carbon, location-based", shown(whole.carbon_location_kg)],
        ["carbon, market-based", shown(whole.carbon_market_kg)],
        ["embodied", shown(whole.embodied_kg)],
        *[[f"  {stage}", carbon(kg)] for stage, kg in whole.by_stage_kg.items()],
        ["data quality (1 best, 5 worst)", f"{whole.quality:.1f}"],
    ]
    print_table("Portfolio, a year", ["", ""], rows)
    if reach is not None:
        note(sentence("Predicted energies. {reach}", reach=reach.words()))


def reconcile_(
    project: ProjectFile,
    statement: Annotated[
        list[str] | None,
        typer.Option(help="all=KWH, machine|region|account:NAME=KWH; repeatable; remembered."),
    ] = None,
    no_predict: NoPredict = False,
    as_json: AsJson = False,
) -> None:
    """The models' sum beside meters and invoices; the unexplained residual is its own column."""
    with bad_input(*ERRORS), Project.open(project) as opened:
        terms = portfolio_terms(opened)
        kept = {(s.scope, s.name): s for s in terms.statements}
        for given in (_statement(text) for text in statement or []):
            kept[given.scope, given.name] = given
        if not kept:
            fail("Nothing to compare with; give --statement region:GBR=120000 (kWh in the year).")
        lines = reconcile(study_of(opened, no_predict).footprint, kept.values())
        keep_terms(opened, terms.model_copy(update={"statements": tuple(kept.values())}))
    if as_json:
        print_json(lines)
        return
    print_table(
        "Reconciliation, kWh a year",
        ["statement", "stated", "models", "explained by models", "unexplained residual"],
        [
            [
                f"{line.statement.scope} {line.statement.name}".strip(),
                shown(line.stated_kwh),
                f"{line.models}",
                shown(line.modelled_kwh),
                shown(line.residual_kwh),
            ]
            for line in lines
        ],
    )
    for line in lines:
        note(line.finding)


def options(
    project: ProjectFile, no_predict: NoPredict = False, top: int = 20, as_json: AsJson = False
) -> None:
    """What could be done, in the order of carbon saved per accuracy lost."""
    with bad_input(*ERRORS), Project.open(project) as opened:
        shown_rows = study_of(opened, no_predict).ranked.head(top)
    if as_json:
        print_json(records(shown_rows))
        return
    print_table(
        "Options",
        ["option", "verdict", "saved a year (95 %)", "points lost", "kg per point", "effect"],
        [
            [
                str(r["option"]),
                str(r["verdict"]),
                carbon(r["saved_kg"], r["saved_low_kg"], r["saved_high_kg"]),
                number(r["loss"]),
                number(r["ratio_kg_per_point"]),
                str(r["provenance"]),
            ]
            for r in shown_rows.to_dict("records")
        ],
    )


def _statement(text: str) -> Statement:
    place, _, kwh = text.rpartition("=")
    scope, _, name = place.partition(":")
    try:
        return Statement(scope=scope, name=name, kwh=float(kwh.replace(",", "")))
    except ValueError:
        fail(f"“{text}” is no statement; write region:GBR=120000 (kWh in the year).")
