"""`carbon-advisor portfolio …`: the inventory in, its footprint, options, plans, rules, months."""

from __future__ import annotations

import typer

from advisor.cli.portfolio import intake, plans, standing


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    group = typer.Typer(help="The bank's inventory of models.", no_args_is_help=True)
    group.command("import")(intake.import_)
    group.command("import-mlflow")(intake.import_mlflow)
    group.command("sample")(intake.sample)
    group.command("readings")(intake.readings)
    group.command("footprint")(standing.footprint_)
    group.command("reconcile")(standing.reconcile_)
    group.command("options")(standing.options)
    group.command("optimise")(plans.optimise)
    group.command("policy")(plans.policy)
    group.command("simulate")(plans.simulate_)
    group.command("beside")(plans.beside_)
    group.command("proof")(plans.proof)
    app.add_typer(group, name="portfolio")
