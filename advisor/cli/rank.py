"""`carbon-advisor rank`: the candidates by carbon saved per unit of accuracy lost."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from advisor.carbon import CarbonError
from advisor.cli.console import bad_input, fail, negative, note, print_json, print_table
from advisor.figures import Language, percent, written
from advisor.project import Project, ProjectError
from advisor.project.assumptions import assume, assumptions
from advisor.project.standing import Standing, standing
from advisor.rank import Basis, RankError, Recommendation, ranking_frame
from advisor.sentences import translate

ASSUMED = {
    "calls_per_year": "inferences per year (1,000,000 assumed; --calls-per-year)",
    "region": "region (world mean assumed; --region)",
    "pue": "PUE (1.0 assumed; --pue)",
}


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command("rank")
    def rank(  # pyright: ignore[reportUnusedFunction]
        project: Annotated[Path, typer.Option("--project", help="Project file.")],
        calls_per_year: Annotated[
            float | None, typer.Option(min=1e-9, help="Inferences per year; kept.")
        ] = None,
        region: Annotated[str | None, typer.Option(help="Country or cloud region; kept.")] = None,
        year: Annotated[
            int | None, typer.Option(min=1990, max=2100, help="Year of the grid; kept.")
        ] = None,
        pue: Annotated[float | None, typer.Option(min=1, max=5, help="PUE; kept.")] = None,
        baseline: Annotated[
            str | None, typer.Option(help="Name of the candidate in use today; kept.")
        ] = None,
        floor: Annotated[
            float | None, typer.Option(help="Least metric that may be chosen, in points; kept.")
        ] = None,
        above_idle: Annotated[
            bool, typer.Option("--above-idle", help="Rank by energy above idle, not total.")
        ] = False,
        lang: Annotated[str, typer.Option(help="en or ja.")] = "en",
        as_json: Annotated[bool, typer.Option("--json")] = False,
        as_csv: Annotated[bool, typer.Option("--csv")] = False,
    ) -> None:
        """Rank what was measured; what is entered here is kept in the project."""
        language = language_named(lang)
        basis = Basis.ABOVE_IDLE if above_idle else Basis.TOTAL
        with (
            bad_input(ProjectError, CarbonError, RankError),
            Project.open(project) as opened_project,
        ):
            entered: dict[str, Any] = {
                "calls_per_year": calls_per_year,
                "region": region,
                "year": year,
                "pue": pue,
                "floor": floor,
                "baseline": candidate_key(opened_project, baseline) if baseline else None,
            }
            given = {k: v for k, v in entered.items() if v is not None}
            if given:
                assume(opened_project, assumptions(opened_project).model_copy(update=given))
            found = standing(opened_project, basis=basis)
            if found is None or len(found.recommendations) < 2:
                negative("Fewer than two candidates were measured; run “carbon-advisor bench”.")
            show_ranking(found, language, as_json=as_json, as_csv=as_csv)


def language_named(name: str) -> Language:
    """A language by its code; exit code 2 for another."""
    if name not in ("en", "ja"):
        fail(f"“{name}” is not a language of this program; use en or ja.")
    return name


def candidate_key(project: Project, name: str) -> str:
    """Key of the candidate with a name or key (or its beginning); exit code 2 when not one."""
    everything = project.candidates.all()
    found = [c.key for c in everything if name in (c.name, c.key)] or [
        c.key for c in everything if c.key.startswith(name)
    ]
    if len(found) != 1:
        known = ", ".join(c.name for c in everything) or "none yet"
        fail(f"“{name}” is not one candidate of this project; it has: {known}.")
    return found[0]


def show_ranking(
    found: Standing,
    language: Language,
    *,
    as_json: bool = False,
    as_csv: bool = False,
) -> None:
    """The ranking on stdout: a table for a person, or JSON or CSV for a program."""
    for name in found.assumed.assumed:
        note(f"assumed: {ASSUMED[name]}")
    if as_json:
        draws = {"option": {"carbon_saved_draws_kg": True, "accuracy_loss_draws": True}}
        print_json([r.model_dump(mode="json", exclude=draws) for r in found.recommendations])  # pyright: ignore[reportArgumentType]
        return
    if as_csv:
        ranking_frame(found.recommendations, language).to_csv(sys.stdout, index=False)
        return
    headings = (
        "candidate",
        "verdict",
        "carbon saved",
        "accuracy lost",
        "kg per point",
        "best choice",
    )
    print_table(
        translate("Carbon saved per unit of accuracy lost", language),
        ["#", *(translate(h, language) for h in headings)],
        [cells(r, language) for r in found.recommendations],
    )
    for r in found.recommendations:
        typer.echo(f"{r.place or '–'}  {r.option.name}: {r.reason.text(language)}")


def cells(r: Recommendation, language: Language) -> list[str]:
    """A recommendation as cells for a person."""
    saved, loss = written(r.option.carbon_saved_kg, language), written(r.option.accuracy_loss)
    ratio = r.incremental_kg_per_point
    return [
        "–" if r.place is None else str(r.place),
        r.option.name,
        translate(r.verdict.value, language),
        f"{saved.text} [{saved.low} – {saved.high}]" if saved.interval else saved.text,
        f"{loss.value} [{loss.low} – {loss.high}]" if loss.interval else loss.value,
        written(ratio, language).text if ratio else "",
        "" if r.probability_best is None else percent(r.probability_best),
    ]
