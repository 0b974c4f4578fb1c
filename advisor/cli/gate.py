"""`carbon-advisor gate`: stop a build whose model uses too much; exit 1 when it does."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from advisor.carbon import CarbonError
from advisor.cli.console import bad_input, fail, negative, note, print_json, print_table
from advisor.cli.rank import ASSUMED, candidate_key
from advisor.figures import number_text, written
from advisor.project import Project, ProjectError
from advisor.project.standing import standing
from advisor.rank import RankError


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def gate(  # pyright: ignore[reportUnusedFunction]
        project: Annotated[Path, typer.Option("--project", help="Project file with a benchmark.")],
        candidate: Annotated[
            list[str] | None,
            typer.Option(help="Name or key; repeatable. Default: all but the model in use."),
        ] = None,
        max_joules: Annotated[
            float | None, typer.Option(min=0, help="Joules per inference.")
        ] = None,
        max_carbon_kg: Annotated[float | None, typer.Option(min=0, help="kgCO2e a year.")] = None,
        max_increase: Annotated[
            float | None,
            typer.Option(min=0, help="Percent above the parent, else above the model in use."),
        ] = None,
        as_json: Annotated[bool, typer.Option("--json", help="Checks as JSON.")] = False,
    ) -> None:
        """Hold candidates against limits; what lies inside the noise does not fail."""
        from advisor.collect.gate import Limits
        from advisor.collect.gate import gate as held

        limits = Limits(joules=max_joules, carbon_kg=max_carbon_kg, increase_percent=max_increase)
        if limits.empty:
            fail("Nothing is limited; give --max-joules, --max-carbon-kg or --max-increase.")
        with bad_input(ProjectError, CarbonError, RankError), Project.open(project) as opened:
            found = standing(opened)
            chosen = [candidate_key(opened, name) for name in candidate or []] or None
            candidates = {c.key: c for c in opened.candidates.all()}
        if found is None:
            negative("Nothing was measured, so nothing can pass; run “carbon-advisor bench”.")
        checks = held(found, candidates, limits, chosen)
        if not checks:
            negative("Only the model in use was measured; measure a candidate beside it.")
        if max_carbon_kg is not None:
            for name in found.assumed.assumed:
                note(f"assumed: {ASSUMED[name]}")
        if as_json:
            print_json(checks)
        else:
            print_table(
                "Gate",
                ["candidate", "limited", "found", "95 % interval", "limit", "outcome"],
                [
                    [
                        c.candidate,
                        c.limited,
                        written(c.figure, unit=c.figure.unit if c.figure else None).value,
                        written(c.figure, unit=c.figure.unit).interval if c.figure else "",
                        number_text(c.limit, 6).rstrip("0").rstrip("."),
                        c.outcome.value,
                    ]
                    for c in checks
                ],
            )
        stopped = sorted({c.candidate for c in checks if c.stops})
        if stopped:
            negative(f"Not let through: {', '.join(stopped)}.")
