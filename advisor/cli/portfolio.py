"""`carbon-advisor portfolio …`: the inventory in, its footprint, options, optimum and months."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import typer

from advisor.carbon import CarbonError
from advisor.cli.console import bad_input, fail, negative, note, print_json, print_table
from advisor.figures import written
from advisor.portfolio import (
    Budgets,
    Mapping,
    PortfolioError,
    Statement,
    Study,
    difference,
    inventory_frame,
    models_of,
    optimum,
    read_inventory,
    read_rules,
    reconcile,
    sample_inventory,
    simulate,
    study,
    try_rule,
    updated,
)
from advisor.predict.columns import UnusableTableError
from advisor.project import Project, ProjectError

MAPPING = "portfolio mapping"
"""Setting of the project that remembers the last mapping."""
_ERRORS = (PortfolioError, ProjectError, CarbonError, UnusableTableError)
ProjectFile = Annotated[Path, typer.Option("--project", help="Project file.")]
NoPredict = Annotated[
    bool, typer.Option("--no-predict", help="Leave unknown what was not measured or stated.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Machine-readable output.")]


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    group = typer.Typer(help="The bank's inventory of models.", no_args_is_help=True)
    group.command("import")(import_)
    group.command("import-mlflow")(import_mlflow)
    group.command("sample")(sample)
    group.command("footprint")(footprint_)
    group.command("options")(options)
    group.command("optimise")(optimise)
    group.command("policy")(policy)
    group.command("simulate")(simulate_)
    app.add_typer(group, name="portfolio")


def import_(
    file: Annotated[Path, typer.Argument(help="CSV, XLSX or Parquet.")],
    project: ProjectFile,
    mapping: Annotated[
        str | None, typer.Option("--map", help="field=column, separated by commas.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what it would change.")] = False,
    as_json: AsJson = False,
) -> None:
    """Read an inventory, list wrong rows, and update the project's models by id."""
    with bad_input(*_ERRORS), Project.open_or_create(project) as opened:
        remembered = opened.setting(MAPPING)
        intake = read_inventory(file, Mapping.model_validate(remembered) if remembered else None)
        if mapping:
            from advisor.portfolio import take_in

            chosen = intake.mapping
            for pair in mapping.split(","):
                field, _, column = pair.partition("=")
                chosen = chosen.with_column(column.strip(), field.strip())
            intake = take_in(intake.raw, chosen)
        before = inventory_frame(opened.models.all())
        change = difference(before, intake.inventory)
        if not dry_run:
            opened.models.put_many(models_of(_touched(before, intake.inventory, change)))
            opened.set(**{MAPPING: intake.mapping.model_dump(mode="json")})
    for wrong in intake.wrong:
        note(f"row {wrong.number} ({wrong.model_id or 'no id'}): {wrong.reason}")
    counts = {
        "added": len(change.added),
        "changed": int(change.changed["id"].nunique()),
        "unchanged": change.unchanged,
        "not in the file": len(change.absent),
        "wrong rows": len(intake.wrong),
    }
    if as_json:
        print_json(counts | {"mapping": intake.mapping})
    else:
        print_table("Import", ["", "models"], [[k, f"{v:,}"] for k, v in counts.items()])
    if intake.wrong:
        negative(f"{len(intake.wrong)} rows were left out; mend them and import again.")


def import_mlflow(
    address: Annotated[str, typer.Argument(help="Tracking server or sqlite:///PATH.")],
    project: ProjectFile,
) -> None:
    """Take in the registered models of an MLflow registry, by id."""
    from advisor.collect.mlflow import read_registry

    with bad_input(*_ERRORS), Project.open_or_create(project) as opened:
        intake = read_registry(address)
        before = inventory_frame(opened.models.all())
        change = difference(before, intake.inventory)
        opened.models.put_many(models_of(_touched(before, intake.inventory, change)))
    for wrong in intake.wrong:
        note(f"{wrong.model_id}: {wrong.reason}")
    note(f"{len(change.added)} models are new, {change.changed['id'].nunique()} changed.")
    if intake.wrong:
        negative(f"{len(intake.wrong)} models were left out; mend their tags and import again.")


def sample(project: ProjectFile) -> None:
    """Put the fictitious inventory of 600 models into a project."""
    with bad_input(*_ERRORS), Project.open_or_create(project) as opened:
        count = opened.models.put_many(models_of(sample_inventory()))
    note(f"{count} fictitious models are in {project}.")


def footprint_(
    project: ProjectFile,
    no_predict: NoPredict = False,
    statement: Annotated[
        list[str] | None,
        typer.Option(help="all=KWH, region:NAME=KWH or machine:NAME=KWH; repeatable."),
    ] = None,
    as_json: AsJson = False,
    csv: Annotated[Path | None, typer.Option(help="Write one row a model here.")] = None,
) -> None:
    """Energy and carbon of every model and the whole, and the reconciliation with meters."""
    with bad_input(*_ERRORS):
        made = _study(project, no_predict)
        lines = reconcile(made.footprint, [_statement(s) for s in statement or []])
    if csv:
        made.footprint.to_csv(csv, index=False)
    whole = made.totals
    if as_json:
        print_json({"totals": whole, "reconciliation": lines})
        return
    rows = [
        ["models", f"{whole.models:,} ({whole.covered:,} covered)"],
        ["energy", _shown(whole.energy_kwh)],
        ["carbon, location-based", _shown(whole.carbon_location_kg)],
        ["carbon, market-based", _shown(whole.carbon_market_kg)],
        ["embodied", _shown(whole.embodied_kg)],
        *[[f"  {stage}", f"{kg:,.0f} kg"] for stage, kg in whole.by_stage_kg.items()],
        ["data quality (1 best, 5 worst)", f"{whole.quality:.1f}"],
    ]
    print_table("Portfolio, a year", ["", ""], rows)
    for line in lines:
        note(line.finding)


def options(
    project: ProjectFile, no_predict: NoPredict = False, top: int = 20, as_json: AsJson = False
) -> None:
    """What could be done, in the order of carbon saved per accuracy lost."""
    with bad_input(*_ERRORS):
        made = _study(project, no_predict)
    shown = made.ranked.head(top)
    if as_json:
        print_json(_records(shown))
        return
    print_table(
        "Options",
        ["option", "verdict", "saved kg/year", "95 %", "points lost", "kg per point", "evidence"],
        [
            [
                str(r["option"]),
                str(r["verdict"]),
                f"{r['saved_kg']:,.1f}",
                f"{r['saved_low_kg']:,.0f} – {r['saved_high_kg']:,.0f}",
                _number(r["loss"]),
                _number(r["ratio_kg_per_point"]),
                str(r["provenance"]),
            ]
            for r in shown.to_dict("records")
        ],
    )


def optimise(
    project: ProjectFile,
    target: Annotated[float | None, typer.Option(help="kgCO2e a year to save.")] = None,
    loss: Annotated[float | None, typer.Option(help="Accuracy points, weighted by tier.")] = None,
    cost: Annotated[float | None, typer.Option(help="One-off money, EUR.")] = None,
    days: Annotated[float | None, typer.Option(help="Engineer days.")] = None,
    no_predict: NoPredict = False,
    as_json: AsJson = False,
) -> None:
    """The best plan within the budgets; if nothing fits, which limit to relax and by how much."""
    with bad_input(*_ERRORS):
        made = _study(project, no_predict)
        limits = Budgets(
            carbon_target_kg=target, loss_budget=loss, cost_budget_eur=cost, engineer_days=days
        )
        plan = optimum(made.options, made.inventory, limits)
    if not plan.feasible:
        for relaxation in plan.relaxations:
            note(relaxation.said)
        negative("No plan keeps within these limits.")
    if as_json:
        print_json(
            {
                "saved_kg": plan.saved_kg,
                "saved_low_kg": plan.saved_low_kg,
                "saved_high_kg": plan.saved_high_kg,
                "weighted_loss": plan.loss,
                "cost_eur": plan.cost_eur,
                "engineer_days": plan.engineer_days,
                "gap": plan.gap,
                "options": _records(plan.chosen),
            }
        )
        return
    print_table(
        f"Plan: {plan.saved_kg:,.0f} kgCO2e a year ({plan.saved_low_kg:,.0f} – "
        f"{plan.saved_high_kg:,.0f}), {plan.engineer_days:,.0f} days, {plan.cost_eur:,.0f} EUR",
        ["option", "saved kg/year", "points lost", "days", "right"],
        [
            [
                str(r["option"]),
                f"{r['saved_kg']:,.1f}",
                _number(r["loss"]),
                f"{r['engineer_days']:,.0f}",
                f"{100 * r['probability_right']:.0f} %",
            ]
            for r in plan.chosen.to_dict("records")
        ],
    )


def policy(
    rules: Annotated[Path, typer.Argument(help="TOML with [[rule]] tables.")],
    project: ProjectFile,
    no_predict: NoPredict = False,
    as_json: AsJson = False,
) -> None:
    """Try the bank's rules on the portfolio before they bind."""
    with bad_input(*_ERRORS):
        made = _study(project, no_predict)
        text = rules.read_text("utf-8")
        trials = [try_rule(r, made.inventory, made.footprint) for r in read_rules(text)]
    if as_json:
        print_json(trials)
        return
    print_table(
        "Rules",
        ["rule", "then", "models", "not decidable", "kgCO2e/year"],
        [
            [
                t.rule.name,
                t.rule.then,
                str(len(t.models)),
                str(len(t.undecided)),
                f"{t.carbon_kg:,.0f}",
            ]
            for t in trials
        ],
    )


def simulate_(
    project: ProjectFile,
    days: Annotated[float | None, typer.Option(help="Engineer days of the plan.")] = None,
    no_predict: NoPredict = False,
) -> None:
    """Months ahead as CSV: doing nothing, and the recommended plan."""
    with bad_input(*_ERRORS):
        made = _study(project, no_predict)
        plan = optimum(made.options, made.inventory, Budgets(engineer_days=days))
        tables = [
            simulate(made.footprint).assign(plan="do nothing"),
            simulate(made.footprint, plan.chosen).assign(plan="recommended"),
        ]
    typer.echo(pd.concat(tables).to_csv(index=False), nl=False)


# -- inside ------------------------------------------------------------------------------------


def _study(project: Path, no_predict: bool) -> Study:
    with Project.open(project) as opened:
        inventory = inventory_frame(opened.models.all())
    if inventory.empty:
        fail("The project holds no inventory; use “carbon-advisor portfolio import” first.")
    if not no_predict:
        note("Predicting the energy of models that nobody measured …")
    return study(inventory, predict=not no_predict)


def _touched(before: pd.DataFrame, incoming: pd.DataFrame, change: Any) -> pd.DataFrame:
    touched = {*change.added, *change.changed["id"]}
    whole = updated(before, incoming)
    return whole[whole["id"].isin(touched)]


def _statement(text: str) -> Statement:
    place, _, kwh = text.rpartition("=")
    scope, _, name = place.partition(":")
    try:
        return Statement(scope=scope, name=name, kwh=float(kwh))
    except ValueError:
        fail(f"“{text}” is no statement; write region:GBR=120000 (kWh in the year).")


def _shown(quantity: Any) -> str:
    figure = written(quantity)
    return f"{figure.text}  ({figure.interval})" if figure.interval else figure.text


def _number(value: float) -> str:
    return "–" if pd.isna(value) else f"{value:,.2f}"


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    return json.loads(table.to_json(orient="records", force_ascii=False))
