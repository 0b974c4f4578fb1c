"""`carbon-advisor report`: the documents of a project, in a folder."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, cast

import typer

from advisor.cli.console import bad_input, fail, print_json, show_progress
from advisor.figures import Language
from advisor.project import Project, ProjectError


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def report(  # pyright: ignore[reportUnusedFunction]
        project: Annotated[Path, typer.Option(help="Project file.")],
        out: Annotated[Path, typer.Option(help="Folder for the documents; made if missing.")],
        lang: Annotated[str, typer.Option(help="en, ja, or both: en,ja.")] = "en",
        formats: Annotated[
            str,
            typer.Option(
                "--format",
                help="Any of pdf, html, pptx, docx, xlsx, json, disclosures, dossiers, evidence; "
                "several with commas.",
            ),
        ] = "pdf",
        audience: Annotated[str, typer.Option(help="board, reviewer or engineer.")] = "board",
        organisation: Annotated[
            str | None, typer.Option(help="The bank's name; kept in the project.")
        ] = None,
        logo: Annotated[
            Path | None, typer.Option(help="SVG, PNG or JPEG; kept in the project.")
        ] = None,
        as_of: Annotated[
            str | None,
            typer.Option(help="Date of the documents, YYYY-MM-DD; default: the last change."),
        ] = None,
    ) -> None:
        """Write the management summary and its data."""
        from advisor.report import Audience, Edition
        from advisor.report.export import ReportError, export
        from advisor.report.identity import set_identity

        languages = [word.strip() for word in lang.split(",")]
        if not set(languages) <= {"en", "ja"}:
            fail(f"“{lang}” is not a language of the documents; use en, ja or en,ja.")
        if audience not in list(Audience):
            fail(f"“{audience}” is not an audience; use board, reviewer or engineer.")
        wanted = [word.strip() for word in formats.split(",") if word.strip()]
        editions = [
            Edition(language=cast(Language, word), audience=Audience(audience))
            for word in languages
        ]
        with bad_input(ProjectError, ReportError), Project.open(project) as opened:
            day = _day(as_of)
            set_identity(opened, organisation=organisation, logo=logo, as_of=day)
            with show_progress("documents") as (bar, task):
                for fraction, doing in export(opened, out, wanted, editions):
                    bar.update(task, completed=fraction, description=doing.text())
        print_json(sorted(str(p) for p in out.rglob("*") if p.is_file()))


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        fail(f"“{text}” is not a date; write it as 2026-12-31.")
