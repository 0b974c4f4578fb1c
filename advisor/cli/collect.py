"""`carbon-advisor import-energy` and `annotate`: from other trackers in, into model files out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from advisor import __version__
from advisor.cli.console import bad_input, fail, negative, note, print_json, print_table
from advisor.collect.imported import (
    CollectError,
    ImportedTask,
    as_measurement,
    in_inventory,
    joules_per_inference,
)
from advisor.figures import written
from advisor.project import Project, ProjectError
from advisor.sentences import sentence


def register(app: typer.Typer) -> None:
    """Add the commands."""

    @app.command("import-energy")
    def import_energy(  # pyright: ignore[reportUnusedFunction]
        files: Annotated[
            list[Path], typer.Argument(help="CodeCarbon's emissions.csv or BoAmps reports (.json).")
        ],
        project: Annotated[Path, typer.Option("--project", help="Project file; made if missing.")],
        inferences: Annotated[
            float | None, typer.Option(min=1e-9, help="Inferences of each task, if not stated.")
        ] = None,
        stage: Annotated[
            str | None, typer.Option(help="training or inference, if not stated.")
        ] = None,
        model: Annotated[
            str | None, typer.Option(help="Id in the inventory that gets the (last) energy.")
        ] = None,
        as_json: Annotated[bool, typer.Option("--json")] = False,
    ) -> None:
        """Take in what other trackers measured, as imported figures."""
        if stage not in (None, "training", "inference"):
            fail(f"“{stage}” is no stage; use training or inference.")
        given = {"inferences": inferences, "stage": stage}
        with bad_input(CollectError, ProjectError):
            read, left_out = _read(files)
            tasks = [_completed(task, given) for task in read]
            if not tasks:
                negative("No task could be taken in: " + "; ".join(left_out) + ".")
            with Project.open_or_create(project) as opened:
                _keep(opened, tasks, model)
        for words in left_out:
            note(f"left out: {words}")
        if as_json:
            print_json(tasks)
        else:
            _show(tasks)

    @app.command()
    def annotate(  # pyright: ignore[reportUnusedFunction]
        model: Annotated[Path, typer.Argument(metavar="MODEL", help="A measured .onnx file.")],
        project: Annotated[Path, typer.Option("--project", help="Project that measured it.")],
        out: Annotated[Path, typer.Option(help="The copy to write, with its energy inside.")],
    ) -> None:
        """Write a model's measured energy into its metadata (ONNX metadata_props)."""
        from advisor.collect.model_metadata import (
            digest_of_file,
            energy_properties,
            write_properties,
        )

        with bad_input(CollectError, ProjectError):
            digest = digest_of_file(model)
            with Project.open(project) as opened:
                measured = [m for m in opened.measurements.all() if m.candidate == digest]
            if not measured:
                negative(f"{model} was not measured in this project; run “carbon-advisor bench”.")
            properties = energy_properties(measured[-1], digest, f"Carbon Advisor {__version__}")
            write_properties(model, out, properties)
        print_json(properties)


def _read(files: list[Path]) -> tuple[list[ImportedTask], list[str]]:
    from advisor.collect.boamps import read_report
    from advisor.collect.codecarbon import read_emissions

    tasks: list[ImportedTask] = []
    left_out: list[str] = []
    for path in files:
        if path.suffix.lower() == ".json":
            tasks += read_report(path)
        else:
            found = read_emissions(path)
            tasks += found.tasks
            left_out += [f"{path.name}, {words}" for words in found.left_out]
    return tasks, left_out


def _completed(task: ImportedTask, given: Mapping[str, object]) -> ImportedTask:
    """What the file leaves open, from the user; what it states stands."""
    known = {k: v for k, v in given.items() if v is not None and getattr(task, k) is None}
    return task.model_copy(update=known)


def _keep(project: Project, tasks: list[ImportedTask], model: str | None) -> None:
    measurements = [m for m in map(as_measurement, tasks) if m is not None]
    if model is not None:
        known = project.models.get(model)
        if known is None:
            raise CollectError(
                sentence(
                    "“{model}” is no model of the inventory; give the id of one.", model=str(model)
                )
            )
        for task in tasks:
            known = in_inventory(known, task)
        project.models.put(known, action="imported energy")
    elif not measurements:
        raise CollectError(
            sentence(
                "No figure per inference can be made; give --inferences, or --model ID "
                "with --stage training."
            )
        )
    project.measurements.put_many(measurements, action="imported")


def _show(tasks: list[ImportedTask]) -> None:
    rows: list[list[str]] = []
    for task in tasks:
        each = joules_per_inference(task)
        energy = written(task.energy)
        rows.append(
            [
                task.name,
                task.tracker,
                task.stage or "–",
                f"{energy.text} [{energy.low} – {energy.high}]",
                written(each).text if each else "–",
            ]
        )
    print_table("Imported", ["task", "tracker", "stage", "energy", "an inference"], rows)
