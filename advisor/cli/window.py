"""`carbon-advisor window`: open the window that is installed."""

from __future__ import annotations

from importlib.metadata import entry_points
from pathlib import Path
from typing import Annotated

import typer

from advisor.cli.console import fail


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command("window")
    def window(  # pyright: ignore[reportUnusedFunction]
        project: Annotated[Path | None, typer.Argument(help="Project file to open.")] = None,
        sample: Annotated[bool, typer.Option("--sample", help="Open the sample.")] = False,
    ) -> None:
        """Open the window (also what `carbon-advisor` does alone)."""
        found = list(entry_points(group="advisor.window"))
        if not found:
            fail("No window is installed; install the package again, or use the other commands.")
        arguments = [str(project)] if project else []
        raise typer.Exit(found[0].load()([*arguments, *(["--sample"] if sample else [])]))
