"""`carbon-advisor risk …`: scores, indicators, scenarios, stress tests, regulation, showback.

Each command takes a footprint as a table (CSV or Parquet, columns of `advisor.risk.exposures`) or
the models of a project.
"""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import typer

from advisor.cli.console import (
    bad_input,
    fail,
    negative,
    note,
    print_json,
    print_table,
    show_progress,
)
from advisor.figures import written
from advisor.profiles import ProfileError
from advisor.project import Project, ProjectError
from advisor.quantities import Quantity
from advisor.risk import (
    Driver,
    Level,
    Library,
    RiskError,
    StressResult,
    StressSettings,
    Target,
    cet1_basis_points,
    coverage,
    icaap_table,
    import_ngfs,
    incentives,
    library,
    monthly_exposures,
    pillar2_add_on,
    read_appetite,
    read_bank_figures,
    read_dependence,
    read_exposures,
    read_pillar2_rule,
    read_taxonomy,
    readings,
    reverse_stress_test,
    score,
    showback,
    stress_test,
    with_fewer_paths,
)
from advisor.risk.own_scenarios import keep_pathways
from advisor.risk.portfolio_exposures import exposures_of
from advisor.risk.regulation import KEPT

KINDS = (RiskError, ProfileError, ProjectError)
Footprint = Annotated[
    Path | None, typer.Argument(metavar="[FOOTPRINT]", help="Footprint per model: .csv, .parquet.")
]
ProjectFile = Annotated[Path | None, typer.Option("--project", help="Project file (*.advisor).")]
BankFile = Annotated[Path | None, typer.Option("--bank", help="The bank's figures (.toml).")]
AsJson = Annotated[bool, typer.Option("--json", help="As JSON on stdout.")]
AsOf = Annotated[str | None, typer.Option("--as-of", metavar="YYYY-MM-DD", help="Day; today.")]
Name = Annotated[str, typer.Option("--scenario", help="Keys of scenarios or pathways, by +.")]
Paths = Annotated[int, typer.Option(min=1, help="Number of paths.")]
Seed = Annotated[int, typer.Option(help="Seed of the simulation.")]
Years = Annotated[int, typer.Option(min=1, max=40, help="Years of the horizon.")]
FirstYear = Annotated[int | None, typer.Option(help="First year; next year if absent.")]


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    group = typer.Typer(help="AI carbon risk: what could be lost, and how close it is.")
    for command, function in _COMMANDS.items():
        group.command(command)(function)
    app.add_typer(group, name="risk")


def scores(
    footprint: Footprint = None,
    project: ProjectFile = None,
    as_of: AsOf = None,
    inherent: Annotated[bool, typer.Option("--inherent", help="Before controls.")] = False,
    as_json: AsJson = False,
) -> None:
    """Heat map: score of each driver by business line, 1 to 5."""
    with bad_input(*KINDS):
        made = score(_exposures(footprint, project), read_taxonomy(), _day(as_of))
        heat = made.heat_map("inherent" if inherent else "residual")
        if as_json:
            return print_json({"taxonomy": made.taxonomy.source, "scores": heat.to_dict("index")})
        rows = [
            [str(line), *(f"{v:.1f} {made.band(v)}" for v in heat.loc[line])] for line in heat.index
        ]
        print_table("AI carbon risk", ["business line", *heat.columns], rows)
    return None


def indicators(
    footprint: Footprint = None,
    project: ProjectFile = None,
    as_of: AsOf = None,
    target: Annotated[
        str | None, typer.Option(metavar="BASE:KG:YEAR:CUT", help="2025:120000:2030:0.5")
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Exit code 1 when one is red.")] = False,
    as_json: AsJson = False,
) -> None:
    """Indicators against the limits of the appetite."""
    with bad_input(*KINDS):
        day, appetite = _day(as_of), read_appetite()
        made = score(_exposures(footprint, project), read_taxonomy(), day)
        found = readings(made, appetite, day, _target(target))
    if as_json:
        print_json({"appetite": appetite.source, "readings": found})
    else:
        rows: list[list[str]] = []
        for reading in found:
            limit = appetite.limit(reading.key)
            assert limit is not None  # readings come from the limits
            value = written(reading.value, unit=limit.unit).text
            rows.append(
                [
                    limit.name,
                    value,
                    f"{limit.amber:g}",
                    f"{limit.red:g}",
                    reading.level.value,
                    limit.owner,
                ]
            )
            if reading.why_unknown:
                note(f"{limit.name}: {reading.why_unknown}")
        print_table(
            f"Indicators, {day}", ["indicator", "value", "amber", "red", "level", "owner"], rows
        )
    if check and any(r.level is Level.RED for r in found):
        negative("An indicator stands beyond its red limit.")


def scenarios(
    spread: Annotated[
        str | None, typer.Option(help="A published scenario: its models side by side.")
    ] = None,
    region: Annotated[str, typer.Option(help="Region of --spread.")] = "OECD & EU (R5)",
    import_file: Annotated[
        Path | None, typer.Option("--import-ngfs", help="Export of the NGFS Scenario Explorer.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Scenarios and pathways with their sources."""
    with bad_input(*KINDS):
        if import_file is not None:
            made = import_ngfs(import_file)
            kept = keep_pathways(made, import_file)
            return note(f"{len(made)} pathways of {import_file} are kept in {kept}.")
        shelf = library()
        if spread is not None:
            return _print_spread(shelf, spread, region, as_json)
    if as_json:
        return print_json(
            {"scenarios": list(shelf.scenarios.values()), "pathways": list(shelf.pathways.values())}
        )
    print_table(
        "Scenarios",
        ["key", "name", "models"],
        [[s.key, s.name, ", ".join(s.models) or "–"] for s in shelf.scenarios.values()],
    )
    return print_table(
        "Pathways",
        ["key", "driver", "unit", "region", "source"],
        [[p.key, p.driver.value, p.unit, p.region, p.source] for p in shelf.pathways.values()],
    )


def stress(
    footprint: Footprint = None,
    project: ProjectFile = None,
    scenario: Name = "orderly",
    plan: Annotated[Path | None, typer.Option(help="Footprint after the plan.")] = None,
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
        table = _exposures(footprint, project)
        after = read_exposures(plan) if plan else None
        shelf, figures = library(), read_bank_figures(bank)
        settings = _settings(first_year, years, paths, seed)
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
        rule = read_pillar2_rule()
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
                "by_model": _records(result.before.by_model().head(models)),
                "icaap": _records(rows),
                "rule": rule.sentence().text(),
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
    limit: Annotated[float, typer.Argument(help="Loss that must not be reached, in money.")],
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
        shelf = library()
        found = reverse_stress_test(
            _exposures(footprint, project),
            shelf.scenario(scenario),
            read_bank_figures(bank),
            read_dependence(),
            shelf,
            with_fewer_paths(_settings(first_year, years, paths, seed), paths),
            limit,
            measure=lambda d: d.var(level).value,
            measure_name=f"VaR {level * 100:g} %",
        )
    return print_json(found) if as_json else typer.echo(found.sentence.text())


def regulation(
    footprint: Footprint = None,
    project: ProjectFile = None,
    kept: Annotated[
        list[str] | None, typer.Option(help=f"What else the bank keeps: {', '.join(KEPT)}.")
    ] = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Coverage of each regime's figures. Coverage is shown, compliance is never claimed."""
    with bad_input(*KINDS):
        for word in kept or ():
            if word not in KEPT:
                fail(f"“{word}” is not known; use {', '.join(KEPT)}.")
        always = {"appetite", "taxonomy", "scenarios"}
        always |= {"inventory", "event_log"} if project else set[str]()
        found = coverage(_exposures(footprint, project), always | set(kept or ()), _day(as_of))
    if as_json:
        return print_json(found)
    return print_table(
        "Regulation: coverage, not compliance",
        ["regime", "reference", "status", "applies from", "coverage", "filled"],
        [
            [
                r.obligation.regime,
                r.obligation.reference,
                r.obligation.status,
                r.obligation.applies_from.isoformat(),
                r.coverage.value,
                "–" if r.share is None else f"{r.share * 100:.0f} %",
            ]
            for r in found
        ],
    )


def showback_command(
    year: Annotated[int, typer.Argument(help="Year that is charged.")],
    footprint: Footprint = None,
    project: ProjectFile = None,
    against: Annotated[Path | None, typer.Option(help="Footprint before: who saved what.")] = None,
    bank: BankFile = None,
    as_json: AsJson = False,
) -> None:
    """Internal carbon price: cost per business line and month; with --against, who saved what."""
    with bad_input(*KINDS):
        figures = read_bank_figures(bank)
        months = monthly_exposures(_exposures(footprint, project), year)
        table = (
            incentives(monthly_exposures(read_exposures(against), year), months, figures)
            if against
            else showback(months, figures)
        )
    if as_json:
        return print_json(_records(table))
    rows = [
        [f"{cell:,.0f}" if isinstance(cell, float) else str(cell) for cell in row]
        for row in table.astype(object).to_numpy().tolist()
    ]
    return print_table(f"Showback {year}, {figures.currency}", [str(c) for c in table], rows)


_COMMANDS = {
    "scores": scores,
    "indicators": indicators,
    "scenarios": scenarios,
    "stress": stress,
    "reverse": reverse,
    "regulation": regulation,
    "showback": showback_command,
}


def _exposures(footprint: Path | None, project: Path | None) -> pd.DataFrame:
    if footprint is not None:
        return read_exposures(footprint)
    if project is None:
        fail("Give a footprint (.csv, .parquet) or a project file with --project.")
    with Project.open(project) as opened:
        found = exposures_of(opened.models.all())
    if found.not_covered:
        note(f"{len(found.not_covered)} models have no known footprint and are left out.")
    return found.table


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as plain data; empty cells become null."""
    words = {c: str for c in table if isinstance(table[c].dtype, pd.PeriodDtype)}
    return json.loads(table.astype(words).to_json(orient="records"))


def _day(text: str | None) -> date:
    try:
        return date.fromisoformat(text) if text else date.today()
    except ValueError:
        fail(f"“{text}” is no day; write it as 2026-11-24.")


def _target(text: str | None) -> Target | None:
    if text is None:
        return None
    try:
        base, kg, year, cut = text.split(":")
        return Target(
            base_year=int(base), base_kg=float(kg), target_year=int(year), reduction=float(cut)
        )
    except ValueError:
        fail(f"“{text}” is no target; write base year:kg:year:reduction, 2025:120000:2030:0.5.")


def _settings(first_year: int | None, years: int, paths: int, seed: int) -> StressSettings:
    first = first_year or date.today().year + 1
    return StressSettings(first_year=first, years=years, paths=paths, seed=seed)


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


def _print_spread(shelf: Library, name: str, region: str, as_json: bool) -> None:
    table = shelf.spread(Driver.CARBON_PRICE, name, region)
    if table.empty:
        fail(f"There is no published scenario “{name}” for {region}; `risk scenarios` lists them.")
    if as_json:
        return print_json({str(k): v for k, v in table.to_dict().items()})
    return print_table(
        f"{name}, {region}: carbon price by model, US$2010 per tonne (never averaged)",
        ["year", *table.columns],
        [[str(year), *(f"{v:,.1f}" for v in table.loc[year])] for year in table.index],
    )
