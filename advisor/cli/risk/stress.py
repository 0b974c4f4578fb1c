"""What could be lost: the stress test, with and without a plan, and the reverse stress test."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from advisor.cli.console import note, print_json, show_progress
from advisor.cli.risk.answer import Answer, answer
from advisor.cli.risk.options import (
    AsCsv,
    AsJson,
    BankFile,
    FirstYear,
    Footprint,
    Lang,
    Name,
    Paths,
    ProjectFile,
    Seed,
    Years,
    bank_of,
    exposures,
    inventory_of,
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
    Reading,
    RiskError,
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
from advisor.risk.library import FIRST_SCENARIO
from advisor.risk.loss_appetite import MEASURES
from advisor.risk.portfolio_exposures import recommended_exposures
from advisor.risk.reverse import Measure
from advisor.sentences import sentence


def stress(
    footprint: Footprint = None,
    project: ProjectFile = None,
    scenario: Name = FIRST_SCENARIO,
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
    as_csv: AsCsv = False,
    lang: Lang = "en",
) -> None:
    """Stress test: expected loss, value at risk, expected shortfall, capital; with and without."""
    told = answer(lang, as_json=as_json, as_csv=as_csv)
    with told.bad_input():
        table = exposures(footprint, project, told.language)
        after = read_exposures(plan) if plan else None
        if recommended:
            after = _recommended(project, table)
        shelf, figures = library(), bank_of(bank, project)
        settings = settings_of(first_year, years, paths, seed)
        with show_progress(told.word("Stress test")) as (bar, task):
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
    if as_csv:
        return told.print_csv(rows, {str(k): v for k, v in rows.attrs.items()})
    found = _stress_figures(result)
    if as_json:
        return print_json(
            {
                "figures": {f"{n}, {of}": q for (n, of), q in found.items()},
                "by_driver": result.before.by_driver().to_dict("index"),
                "by_model": records(result.before.by_model().head(models)),
                "icaap": records(rows),
                "rule": rule.sentence().text(),
                "against_appetite": reading,
                "not_covered": result.before.not_covered,
                "assumed": [s.text() for s in result.before.assumptions()],
                "source": result.source(),
            }
        )
    return _told(told, result, found, reading, appetite, models)


def _told(
    told: Answer,
    result: StressResult,
    found: dict[tuple[str, str], Quantity | None],
    reading: Reading,
    appetite: Appetite,
    models: int,
) -> None:
    """A stress test for a person."""
    note(result.source(told.language))
    for name, count in result.before.not_covered.items():
        told.say(
            sentence(
                "{column} is unknown for {count} models: that loss is not in the figures.",
                column=name,
                count=count,
            )
        )
    for said in result.before.assumptions():
        told.say(said)
    shown = {key: written(q, told.language) for key, q in found.items()}
    told.table(
        "Loss over the horizon",
        ["figure", "", "value", "95 % interval of the simulation"],
        [[told.word(n), told.word(of), w.text, w.interval] for (n, of), w in shown.items()],
    )
    if reading.value is not None:
        limit = appetite.loss
        told.say(
            sentence(
                "{measure}: {points} basis points of CET1, {level} (limits {amber} and {red}).",
                measure=MEASURES[limit.measure][0],
                points=f"{reading.value.value:.3g}",
                level=reading.level.value,
                amber=f"{limit.amber_basis_points:g}",
                red=f"{limit.red_basis_points:g}",
            )
        )
    told.table(
        "By driver",
        ["driver", "expected loss", "standard error", "share of the shortfall", "standard error"],
        [
            [told.word(str(d)), *(f"{v:,.0f}" for v in values)]
            for d, values in zip(
                result.before.by_driver().index, result.before.by_driver().to_numpy(), strict=True
            )
        ],
    )
    told.table(
        "Largest models",
        ["model", "business line", "share of the shortfall", "standard error"],
        [
            [
                str(r["model_id"]),
                told.word(str(r["business_line"])),
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
    scenario: Name = FIRST_SCENARIO,
    level: Annotated[float, typer.Option(min=0.5, max=0.9999, help="Level of the VaR.")] = 0.99,
    bank: BankFile = None,
    paths: Paths = 2_000,
    seed: Seed = 1,
    years: Years = 10,
    first_year: FirstYear = None,
    as_json: AsJson = False,
    lang: Lang = "en",
) -> None:
    """Reverse stress test: how much worse than the scenario would breach the appetite."""
    told = answer(lang, as_json=as_json)
    with told.bad_input():
        shelf, figures, appetite = library(), bank_of(bank, project), read_appetite()
        money, measure, name = _limit(limit, level, figures, appetite)
        found = reverse_stress_test(
            exposures(footprint, project, told.language),
            shelf.scenario(scenario),
            figures,
            read_dependence(),
            shelf,
            with_fewer_paths(settings_of(first_year, years, paths, seed), paths),
            money,
            measure=measure,
            measure_name=name,
        )
    return print_json(found) if as_json else typer.echo(found.sentence.text(told.language))


def _stress_figures(result: StressResult) -> dict[tuple[str, str], Quantity | None]:
    """Figures by name and portfolio."""
    found: dict[tuple[str, str], Quantity | None] = {}
    rule = read_pillar2_rule()
    for losses in (result.before, result.after):
        if losses is None:
            continue
        add_on = pillar2_add_on(losses, rule)
        points = cet1_basis_points(add_on, result.bank, result.source())
        named = {
            "expected loss": result.figure(losses.expected_loss()),
            "VaR 99 %": result.figure(losses.var(0.99)),
            "VaR 99.9 %": result.figure(losses.var(0.999)),
            "expected shortfall 99 %": result.figure(losses.shortfall()),
            "Pillar 2 add-on": result.figure(add_on),
            "add-on in basis points of CET1": points,
        }
        found |= {(name, losses.label): figure for name, figure in named.items()}
    saved = result.saved()
    if saved is not None:
        found[("expected loss that the plan avoids", "with the plan")] = result.figure(saved)
    return found


def _recommended(project: Path | None, table: pd.DataFrame) -> pd.DataFrame:
    if project is None:
        raise RiskError(
            sentence("A plan is recommended for a project's inventory; give one with --project.")
        )
    with Project.open(project) as opened:
        return recommended_exposures(inventory_of(opened), table, adopted_budgets(opened))


def _limit(
    text: str, level: float, bank: BankFigures, appetite: Appetite
) -> tuple[float, Measure, str]:
    """Limit in money, how the loss is measured, and the measure's name."""
    if text != "appetite":
        try:
            return float(text), lambda losses: losses.var(level), f"VaR {level * 100:g} %"
        except ValueError:
            raise RiskError(
                sentence(
                    "“{text}” is no amount of money; write a number, or “appetite”.", text=text
                )
            ) from None
    money = appetite_in_money(appetite, bank)
    if money is None:
        raise RiskError(
            sentence("The bank's risk-weighted assets are not declared; add them to its figures.")
        )
    name = MEASURES[appetite.loss.measure][0]
    return money[1], lambda losses: measured_loss(losses, appetite), name
