"""`carbon-advisor levers`: what could make a model greener, and what stands in the way."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from advisor.candidates import (
    Candidate,
    UnusableDataError,
    UnusableModelError,
    read_candidate,
    read_workload,
)
from advisor.candidates.levers import (
    Lever,
    LeverError,
    MakingLever,
    broken_plug_ins,
    catalogue,
    lever_named,
)
from advisor.candidates.levers.fewer_trees import accuracy_curve
from advisor.candidates.levers.mixed_int8 import sensitivity_of
from advisor.cli.console import bad_input, note, print_json, print_table

_Model = Annotated[Path, typer.Argument(metavar="MODEL", help="An .onnx file.")]
_Json = Annotated[bool, typer.Option("--json", help="As JSON.")]


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command("levers")
    def levers(  # pyright: ignore[reportUnusedFunction]
        model: _Model,
        data: Annotated[
            Path | None,
            typer.Option(help="Data: also accuracy by number of trees, and each layer in int8."),
        ] = None,
        label: Annotated[str | None, typer.Option(help="Column or array of the labels.")] = None,
        as_json: _Json = False,
    ) -> None:
        """What could make a model greener, and what stands in the way."""
        with bad_input(UnusableModelError):
            candidate = read_candidate(model)
        rows = [lever_row(candidate, lever) for lever in catalogue()]
        for broken in broken_plug_ins():
            note(broken.reason)
        if as_json:
            print_json(rows)
            return
        shown = [
            [
                r["lever"],
                "no" if r["obstacle"] else "yes",
                r["expected"],
                r["obstacle"] or r["changes"],
            ]
            for r in rows
        ]
        columns = ["lever", "applies", "energy after ÷ before, expected", "why"]
        print_table(f"Levers for {candidate.name}", columns, shown, words=4)
        print_table(
            "What they need, and their risks",
            ["lever", "needs", "risks"],
            [[r["lever"], r["needs"] or "–", r["risks"]] for r in rows if not r["obstacle"]],
            words=3,
        )
        note("Those without a file are worked out from measurements by “carbon-advisor operate”.")
        if data is not None:
            with bad_input(UnusableModelError, UnusableDataError, LeverError):
                _show_data(candidate, data, label)


def lever_row(candidate: Candidate, lever: Lever) -> dict[str, str]:
    """What the catalogue says of one lever for one model, as text."""
    obstacle = lever.obstacle(candidate)
    ratio = None if obstacle else lever.expected_energy_ratio(candidate)
    return {
        "lever": lever.name,
        "title": str(lever.title),
        "kind": str(lever.kind),
        "makes_a_file": "yes" if isinstance(lever, MakingLever) else "no",
        "obstacle": str(obstacle) if obstacle else "",
        "changes": str(lever.changes),
        "needs": ", ".join(lever.needs),
        "risks": " ".join(str(r) for r in lever.risks),
        "expected": f"{ratio.low:.2g} – {ratio.high:.2g}" if ratio else "",
        "expected_source": ratio.source if ratio else "",
    }


def _show_data(candidate: Candidate, data: Path, label: str | None) -> None:
    """What only data can tell of levers: the curve of trees, and what int8 does to each layer."""
    workload = read_workload(data, candidate.facts.inputs, label=label)
    if lever_named("fewer-trees").obstacle(candidate) is None and workload.labels is not None:
        curve = accuracy_curve(candidate, workload)
        rows = [[str(p.trees), f"{p.share:.0%}", f"{p.accuracy_points:.2f}"] for p in curve.points]
        print_table(
            f"Accuracy by number of trees, {curve.samples:,} rows",
            ["trees", "share", f"{curve.metric}, points"],
            rows,
        )
        if curve.too_good:
            note("No error on these rows: if they trained the model, the curve says nothing.")
    if lever_named("mixed-int8").obstacle(candidate) is None:
        rows = [
            [", ".join(layer.nodes), f"{layer.parameters:,}", f"{layer.relative_difference:.2%}",
             "" if layer.changed_answers is None else f"{layer.changed_answers:.1%}"]
            for layer in sensitivity_of(candidate, workload)
        ]  # fmt: skip
        columns = ["layer", "weights", "change of the outputs", "answers that change"]
        print_table("Each layer alone in int8", columns, rows)
