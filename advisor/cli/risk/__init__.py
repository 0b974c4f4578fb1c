"""`carbon-advisor risk …`: scores, indicators, scenarios, stress tests, regulation, showback.

Each command takes a footprint as a table (CSV or Parquet, columns of `advisor.risk.exposures`) or
the models of a project.
"""

from __future__ import annotations

import typer

from advisor.cli.risk.governance import breaches, rules
from advisor.cli.risk.positions import indicators, regulation, scores
from advisor.cli.risk.scenarios import scenarios
from advisor.cli.risk.showback import showback
from advisor.cli.risk.stress import reverse, stress


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    group = typer.Typer(help="AI carbon risk: what could be lost, and how close it is.")
    for command in (
        scores,
        indicators,
        breaches,
        scenarios,
        stress,
        reverse,
        regulation,
        showback,
        rules,
    ):
        group.command(command.__name__)(command)
    app.add_typer(group, name="risk")
