"""Plans and rules: the optimum, trial of rules, months ahead, actuals beside a plan, proofs."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from advisor.cli.console import bad_input, fail, negative, note, print_json, print_table
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
from advisor.portfolio import (
    Budgets,
    KeptPlan,
    beside,
    grids_of,
    in_order,
    keep_plan,
    metered_frame,
    optimum,
    proof_of_retirement,
    read_rules,
    simulate,
    try_rule,
)
from advisor.project import Project
from advisor.project.inventory import portfolio_terms

Days = Annotated[float | None, typer.Option(help="Engineer days.", min=0)]


def optimise(
    project: ProjectFile,
    target: Annotated[float | None, typer.Option(help="kgCO2e a year to save.", min=0)] = None,
    loss: Annotated[
        float | None, typer.Option(help="Accuracy points, weighted by tier.", min=0)
    ] = None,
    cost: Annotated[float | None, typer.Option(help="One-off money, EUR.", min=0)] = None,
    days: Days = None,
    keep: Annotated[str | None, typer.Option(help="Keep the plan under this name.")] = None,
    no_predict: NoPredict = False,
    as_json: AsJson = False,
) -> None:
    """The best plan within the budgets; if nothing fits, which limit to relax and by how much."""
    limits = Budgets(
        carbon_target_kg=target, loss_budget=loss, cost_budget_eur=cost, engineer_days=days
    )
    with bad_input(*ERRORS), Project.open(project) as opened:
        made = study_of(opened, no_predict)
        plan = optimum(made.options, made.inventory, limits)
        if plan.feasible and keep:
            terms = portfolio_terms(opened)
            kept = keep_plan(keep, plan, made.footprint, date.today(), terms.simulation)
            opened.shelf("plans").put(kept)
    if not plan.feasible:
        for relaxation in plan.relaxations:
            note(relaxation.said)
        negative("No plan keeps within these limits.")
    changes = in_order(plan.chosen, made.ranked)
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
                "options": records(changes),
            }
        )
        return
    print_table(
        f"Plan: {carbon(plan.saved_kg, plan.saved_low_kg, plan.saved_high_kg)} saved a year, "
        f"{plan.engineer_days:,.0f} days, {plan.cost_eur:,.0f} EUR",
        ["", "option", "verdict", "saved a year", "points lost", "EUR once", "days", "right"],
        [
            [
                str(r["place"]),
                str(r["option"]),
                str(r["verdict"]),
                carbon(r["saved_kg"]),
                number(r["loss"]),
                f"{r['cost_eur']:,.0f}",
                f"{r['engineer_days']:,.0f}",
                f"{100 * r['probability_right']:.0f} %",
            ]
            for r in changes.to_dict("records")
        ],
    )


def policy(
    rules: Annotated[Path, typer.Argument(help="TOML with [[rule]] tables.")],
    project: ProjectFile,
    no_predict: NoPredict = False,
    as_json: AsJson = False,
) -> None:
    """Try the bank's rules on the portfolio before they bind."""
    with bad_input(*ERRORS), Project.open(project) as opened:
        read = read_rules(rules.read_text("utf-8"))
        made = study_of(opened, no_predict)
        trials = [try_rule(r, made.inventory, made.footprint) for r in read]
    if as_json:
        print_json(trials)
        return
    print_table(
        "Rules",
        ["rule", "then", "models", "not decidable", "carbon a year"],
        [
            [
                t.rule.name,
                t.rule.then,
                str(len(t.models)),
                str(len(t.undecided)),
                carbon(t.carbon_kg),
            ]
            for t in trials
        ],
    )


def simulate_(
    project: ProjectFile,
    days: Days = None,
    plan: Annotated[
        list[str] | None, typer.Option("--plan", help="A kept plan as well; repeatable.")
    ] = None,
    no_predict: NoPredict = False,
) -> None:
    """Months ahead as CSV: doing nothing, the recommended plan, and kept ones."""
    with bad_input(*ERRORS), Project.open(project) as opened:
        made = study_of(opened, no_predict)
        settings = portfolio_terms(opened).simulation
        best = optimum(made.options, made.inventory, Budgets(engineer_days=days))
        tables = [
            simulate(made.footprint, None, settings).assign(plan="do nothing"),
            simulate(made.footprint, best.chosen, settings).assign(plan="recommended"),
            *(_months(_kept(opened, name)) for name in plan or []),
        ]
    typer.echo(pd.concat(tables).to_csv(index=False), nl=False)


def beside_(
    plan: Annotated[str, typer.Argument(help="Name of a kept plan.")],
    project: ProjectFile,
    no_predict: NoPredict = False,
    as_json: AsJson = False,
) -> None:
    """Metered months beside a kept plan, the difference by volume, efficiency and intensity."""
    with bad_input(*ERRORS), Project.open(project) as opened:
        kept = _kept(opened, plan)
        found = study_of(opened, no_predict).footprint
        lines = beside(kept, metered_frame(opened.shelf("metered").all()), grids_of(found))
    if as_json:
        print_json(lines)
        return
    print_table(
        f"{plan}, kgCO2e a month, over metered models",
        ["month", "models", "plan", "actual", "volume", "efficiency", "intensity", "not split"],
        [
            [
                f"{line.month:%Y-%m}",
                str(line.metered),
                f"{line.planned_kg:,.1f}",
                f"{line.actual_kg:,.1f}",
                f"{line.difference.volume_kg:+,.1f}",
                f"{line.difference.efficiency_kg:+,.1f}",
                f"{line.difference.intensity_kg:+,.1f}",
                f"{line.difference.unsplit_kg:+,.1f}",
            ]
            for line in lines
        ],
    )


def proof(
    project: ProjectFile,
    on: Annotated[str | None, typer.Option(help="Day, as 2027-01-31; today if absent.")] = None,
    no_predict: NoPredict = False,
    as_json: AsJson = False,
) -> None:
    """Whether retired models are quiet, and what was saved; exit code 1 where one still runs."""
    try:
        day = date.fromisoformat(on) if on else date.today()
    except ValueError:
        fail(f"“{on}” is not a date; write it as 2027-01-31.")
    with bad_input(*ERRORS), Project.open(project) as opened:
        metered = metered_frame(opened.shelf("metered").all())
        grids = grids_of(study_of(opened, no_predict).footprint)
        decisions = opened.shelf("decisions").all()
    proofs = [p for d in decisions if (p := proof_of_retirement(d, day, metered, grids))]
    if as_json:
        print_json(proofs)
    elif not proofs:
        note("No agreed retirement has reached its day yet.")
    else:
        print_table(
            "Retired models",
            ["model", "finding", "realised kg/year", "expected kg/year"],
            [
                [
                    p.model_id,
                    str(p.said),
                    shown(p.realised),
                    number(float("nan") if p.expected_kg is None else p.expected_kg),
                ]
                for p in proofs
            ],
        )
    alarms = sum(p.alarm for p in proofs)
    if alarms:
        negative(f"{alarms} retired models are not proven quiet.")


def _kept(opened: Project, name: str) -> KeptPlan:
    found = opened.shelf("plans").get(name)
    if found is None:
        names = ", ".join(p.name for p in opened.shelf("plans").all()) or "none"
        fail(f"No plan is kept under “{name}” (kept: {names}).")
    return found


def _months(kept: KeptPlan) -> pd.DataFrame:
    table = pd.DataFrame(kept.months, columns=["carbon_kg", "carbon_kg_low", "carbon_kg_high"])
    table.insert(0, "month", range(len(table)))
    return table.assign(plan=kept.name)
