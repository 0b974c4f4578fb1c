"""`carbon-advisor predict …`: judge and fit on runs, predict models, jobs and requests."""

from __future__ import annotations

import typer

from advisor.cli.predict import jobs, learning, models


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    group = typer.Typer(help="Energy of what was not measured.", no_args_is_help=True)
    group.command("validate")(learning.validate_table)
    group.command("fit")(learning.fit_table)
    group.command("models")(models.predict_models)
    group.command("next")(models.next_measurements)
    group.command("training")(jobs.training)
    group.command("tokens")(jobs.tokens)
    app.add_typer(group, name="predict")
