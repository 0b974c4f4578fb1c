"""What could be lost: the stress test, with and without a plan, and the reverse stress test."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from advisor.cli.console import bad_input, fail, note, print_json, print_table, show_progress
from advisor.cli.risk.options import (
    KINDS,
    AsJson,
    BankFile,
    FirstYear,
    Footprint,
    Name,
    Paths,
    ProjectFile,
    Seed,
    Years,
    bank_of,
    exposures,
    records,
    settings_of,
)
from advisor.figures import written
from advisor.project import Project
from advisor.quantities import Quantity
from advisor.report.gather import adopted_budgets
from advisor.risk import (
    Appetite,
    BankFigures,
    StressResult,
    appetite_in_money,
    cet1_basis_points,
    icaap_table,
    library,
    loss_reading,
    measured_loss,
    pillar2_add_on,
    read_appetite,
    read_dependence,
    read_exposures,
    read_pillar2_rule,
    reverse_stress_test,
    stress_test,
    with_fewer_paths,
)
from advisor.risk.loss_appetite import MEASURES
from advisor.risk.portfolio_exposures import recommended_exposures
from advisor.risk.reverse import Measure


def stress(
    footprint: Footprint = None,
    project: ProjectFile = None,
    scenario: Name = "orderly",
    plan: Annotated[Path | None, typer.Option(help="Footprint after the plan.")] = None,
    recommended: Annotated[
        bool, typer.Option("--recommended", help="The plan recommended within adopted limits.")
    ] = False,
    bank: BankFile = None,
    paths: Paths = 10_000,
    seed: Seed = 1,
    years: Years = 10,
    first_year: FirstYear = None,
    models: Annotated[int, typer.Option(help="Models to list.")] = 10,
    icaap: Annotated[Path | None, typer.Option(help="Write the ICAAP table here (.csv).")] = None,
    as_json: AsJson = False,
) -> None:
    """Stress test: expected loss, value at risk, expected shortfall, capital; with and without."""
    with bad_input(*KINDS):
        table = exposures(footprint, project)
        after = read_exposures(plan) if plan else None
        if recommended:
            after = _recommended(project, table)
        shelf, figures = library(), bank_of(bank, project)
        settings = settings_of(first_year, years, paths, seed)
        with show_progress("Stress test") as (bar, task):
            result = stress_test(
                table,
                shelf.scenario(scenario),
                figures,
                read_dependence(),
                shelf,
                settings,
                plan=after,
                progress=lambda done: bar.update(task, completed=done),
            )
        rule, appetite = read_pillar2_rule(), read_appetite()
        reading = loss_reading(result, appetite, date.today())
        rows = icaap_table(result, rule)
        if icaap is not None:
            header = "".join(f"# {k}: {v}\n" for k, v in rows.attrs.items())
            icaap.write_text(header + rows.to_csv(index=False), "utf-8")
    figures_found = _stress_figures(result)
    if as_json:
        return print_json(
            {
                "figures": figures_found,
                "by_driver": result.before.by_driver().to_dict("index"),
                "by_model": records(result.before.by_model().head(models)),
                "icaap": records(rows),
                "rule": rule.sentence().text(),
                "against_appetite": reading,
                "not_covered": result.before.not_covered,
                "source": result.source(),
            }
        )
    note(result.source())
    for name, count in result.before.not_covered.items():
        note(
            f"{name} is unknown for {count} models: the losses that need it are not in the figures."
        )
    print_table(
        "Loss over the horizon",
        ["figure", "value", "95 % interval of the simulation"],
        [
            [n, written(q).text if q else "unknown", written(q).interval if q else ""]
            for n, q in figures_found.items()
        ],
    )
    if reading.value is not None:
        points, limit = reading.value.value, appetite.loss
        note(
            f"{MEASURES[limit.measure][0]}: {points:.3g} basis points of CET1, "
            f"{reading.level.value} (limits {limit.amber_basis_points:g} and "
            f"{limit.red_basis_points:g})."
        )
    drivers = result.before.by_driver()
    print_table(
        "By driver",
        ["driver", "expected loss", "share of the shortfall"],
        [
            [str(d), f"{r['expected_loss']:,.0f}", f"{r['shortfall_share']:,.0f}"]
            for d, r in drivers.iterrows()
        ],
    )
    return print_table(
        "Largest models",
        ["model", "business line", "share of the shortfall", "standard error"],
        [
            [
                str(r["model_id"]),
                str(r["business_line"]),
                f"{r['shortfall_share']:,.0f}",
                f"{r['shortfall_share_error']:,.0f}",
            ]
            for _, r in result.before.by_model().head(models).iterrows()
        ],
    )


def reverse(
    limit: Annotated[
        str, typer.Argument(help="Loss that must not be reached, in money; or “appetite”.")
    ],
    footprint: Footprint = None,
    project: ProjectFile = None,
    scenario: Name = "orderly",
    level: Annotated[float, typer.Option(min=0.5, max=0.9999, help="Level of the VaR.")] = 0.99,
    bank: BankFile = None,
    paths: Paths = 2_000,
    seed: Seed = 1,
    years: Years = 10,
    first_year: FirstYear = None,
    as_json: AsJson = False,
) -> None:
    """Reverse stress test: how much worse than the scenario would breach the appetite."""
    with bad_input(*KINDS):
        shelf, figures, appetite = library(), bank_of(bank, project), read_appetite()
        money, measure, name = _limit(limit, level, figures, appetite)
        found = reverse_stress_test(
            exposures(footprint, project),
            shelf.scenario(scenario),
            figures,
            read_dependence(),
            shelf,
            with_fewer_paths(settings_of(first_year, years, paths, seed), paths),
            money,
            measure=measure,
            measure_name=name,
        )
    return print_json(found) if as_json else typer.echo(found.sentence.text())


def _stress_figures(result: StressResult) -> dict[str, Quantity | None]:
    found: dict[str, Quantity | None] = {}
    rule = read_pillar2_rule()
    for losses in (result.before, result.after):
        if losses is None:
            continue
        add_on = pillar2_add_on(losses, rule)
        found |= {
            f"expected loss, {losses.label}": result.figure(losses.expected_loss()),
            f"VaR 99 %, {losses.label}": result.figure(losses.var(0.99)),
            f"VaR 99.9 %, {losses.label}": result.figure(losses.var(0.999)),
            f"expected shortfall 99 %, {losses.label}": result.figure(losses.shortfall()),
            f"Pillar 2 add-on, {losses.label}": result.figure(add_on),
            f"add-on in basis points of CET1, {losses.label}": cet1_basis_points(
                add_on, result.bank, result.source()
            ),
        }
    saved = result.saved()
    if saved is not None:
        found["expected loss that the plan avoids"] = result.figure(saved)
    return found


def _recommended(project: Path | None, table: pd.DataFrame) -> pd.DataFrame:
    if project is None:
        fail("A plan is recommended for a project's inventory; give one with --project.")
    with Project.open(project) as opened:
        return recommended_exposures(opened.models.all(), table, adopted_budgets(opened))


def _limit(
    text: str, level: float, bank: BankFigures, appetite: Appetite
) -> tuple[float, Measure, str]:
    """Limit in money, how the loss is measured, and the measure's name."""
    if text != "appetite":
        try:
            return float(text), lambda losses: losses.var(level), f"VaR {level * 100:g} %"
        except ValueError:
            fail(f"“{text}” is no amount of money; write a number, or “appetite”.")
    money = appetite_in_money(appetite, bank)
    if money is None:
        fail("The bank's risk-weighted assets are not declared; add them to its figures.")
    name = MEASURES[appetite.loss.measure][0]
    return money[1], lambda losses: measured_loss(losses, appetite), name
