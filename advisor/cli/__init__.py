"""The command `carbon-advisor`: parse, call, print. One file a command, found by name.

Exit codes: 0 done, 1 the job failed or a check came out negative, 2 bad input (one sentence on
stderr), 130 stopped by Ctrl-C. Machine-readable output goes to stdout, progress to stderr.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
from typing import Annotated

import typer

from advisor import __version__
from advisor.cli.console import report_error

NO_COMMANDS = {"__main__", "console"}
INTERRUPTED = 130
"""What a shell expects of a command that Ctrl-C ended: 128 + SIGINT."""
STOPPED = "Stopped; everything measured so far is kept."


def build_app(command: str = "") -> typer.Typer:
    """The Typer application with the commands of this folder registered.

    A `command` whose name is a file's needs that file alone, and `--version` none, so that they
    start in a fraction of the time; any other word needs them all.
    """
    app = typer.Typer(
        name="carbon-advisor",
        help="Measure, reduce, control and prove the energy and carbon of AI models.",
        invoke_without_command=True,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )

    @app.callback()
    def version(  # pyright: ignore[reportUnusedFunction]
        show: Annotated[bool, typer.Option("--version", help="Show the version and stop.")] = False,
    ) -> None:
        """Measure, reduce, control and prove the energy and carbon of AI models."""
        if show:
            typer.echo(f"carbon-advisor {__version__}")
            raise typer.Exit

    files = sorted(m.name for m in pkgutil.iter_modules(__path__) if m.name not in NO_COMMANDS)
    own = command.replace("-", "_")
    for name in [own] if own in files else [] if command == "--version" else files:
        importlib.import_module(f"{__name__}.{name}").register(app)
    return app


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; without arguments the window opens. Returns the exit code."""
    argv = list(sys.argv[1:] if arguments is None else arguments) or ["window"]
    try:
        build_app(argv[0])(args=argv, prog_name="carbon-advisor")
    except SystemExit as finished:
        if finished.code == INTERRUPTED:  # Ctrl-C reaches the command's framework first
            report_error(STOPPED)
        return finished.code if isinstance(finished.code, int) else 1
    except KeyboardInterrupt:
        report_error(STOPPED)
        return INTERRUPTED
    return 0


def run() -> None:
    """Entry point of the installed command."""
    sys.exit(main())
