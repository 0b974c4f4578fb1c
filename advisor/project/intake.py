"""What comes into a project first: model files, what levers make of them, and labelled data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np

from advisor.candidates import (
    Candidate,
    Refusal,
    UnusableDataError,
    UnusableModelError,
    Workload,
    read_candidate,
    read_workload,
    synthetic_workload,
)
from advisor.candidates.levers import MakingLever, lever_named
from advisor.candidates.levers.lever import LeverError, LeverKind
from advisor.candidates.rows import RowSplit
from advisor.candidates.workload import workload_digest
from advisor.project.project import Project
from advisor.project.runs import WorkloadSource
from advisor.sentences import sentence

CURRENT_WORKLOAD = "workload"
"""Name of the setting that holds the key of the workload in use."""


def add_models(project: Project, paths: Iterable[Path]) -> tuple[list[Candidate], list[Refusal]]:
    """Read model files onto the shelf; what cannot be used is refused with a sentence each."""
    added: list[Candidate] = []
    refused: list[Refusal] = []
    for path in paths:
        try:
            added.append(read_candidate(path))
        except UnusableModelError as error:
            refused.append(Refusal(Path(path), error))
    project.candidates.put_many(added)
    return added, refused


def add_variant(
    project: Project, parent: Candidate, lever_name: str, *, calibration: Workload | None = None
) -> Candidate:
    """Make a variant with a lever beside the project file, and put it on the shelf.

    Raises `LeverError` with the reason when the lever does not apply.
    """
    lever = lever_named(lever_name)
    if not isinstance(lever, MakingLever):
        raise LeverError(
            sentence("“{name}” makes no file; it changes how a model is used.", name=lever_name)
        )
    made = lever.make(parent, variants_folder(project), calibration=calibration)
    project.candidates.put(made, action=f"lever {lever_name}")
    return made


def variants_folder(project: Project) -> Path:
    """Where variants lie: a folder beside the project file, made when first asked for."""
    file = Path(project.address)
    folder = file.with_name(f"{file.stem}-variants")
    folder.mkdir(exist_ok=True)
    return folder


def add_data(
    project: Project,
    path: Path | None,
    candidates: Sequence[Candidate],
    *,
    label: str | None = None,
    metric: str | None = None,
    group: str | None = None,
    mapping: Mapping[str, Sequence[str]] | None = None,
    samples: int = 256,
    seed: int = 0,
) -> tuple[WorkloadSource, Workload]:
    """Read labelled data (or make synthetic inputs, with no path) and remember how.

    Rows of the same file that calibrated a variant earlier are left out: they must not judge it.
    Raises `UnusableDataError`.
    """
    wanted = WorkloadSource(
        path=path.resolve() if path else None,
        sha256="",
        label=label,
        metric=metric,
        group=group,
        mapping={k: list(v) for k, v in (mapping or {}).items()},
        samples=None if path else samples,
        seed=seed,
    )
    workload = workload_for(candidates, wanted)
    split = _split_before(project, wanted)
    if split is not None:
        with suppress(UnusableDataError):  # the file has other rows by now
            workload = split.parts(workload)[1]
            wanted = wanted.model_copy(update={"rows": split})
    source = wanted.model_copy(update={"sha256": workload.sha256, "metric": workload.metric})
    project.workloads.put(source)
    project.set(**{CURRENT_WORKLOAD: source.key})
    return source, workload


def synthetic_source(samples: int = 256, seed: int = 0) -> WorkloadSource:
    """Inputs made up for the model, where there is no data: accuracy stays unknown."""
    return WorkloadSource(path=None, sha256="", samples=samples, seed=seed)


def _split_before(project: Project, wanted: WorkloadSource) -> RowSplit | None:
    """The latest split of the same file."""
    earlier = (s.rows for s in reversed(project.workloads.all()) if s.path == wanted.path)
    return next((rows for rows in earlier if rows is not None), None)


def workload_for(candidates: Sequence[Candidate], source: WorkloadSource) -> Workload:
    """The workload of a source, with arrays for every candidate's inputs.

    Of a split source these are the evaluation rows. Raises `UnusableDataError`, also when the file
    is no longer the one that was measured with.
    """
    workload = _whole(candidates, source)
    if source.rows is not None:
        workload = source.rows.parts(workload)[1]
    if source.sha256 and workload.sha256 != source.sha256:
        raise UnusableDataError(
            sentence(
                "{file} is not the data that was measured with (its content changed); restore it, "
                "or start a new benchmark.",
                file=str(source.path or "synthetic"),
            )
        )
    return workload


def calibration_for(candidates: Sequence[Candidate], source: WorkloadSource) -> Workload | None:
    """The calibration rows of a split source; None where it is not split.

    Raises `UnusableDataError`, also when a row would calibrate and judge.
    """
    if source.rows is None:
        return None
    workload_for(candidates, source)  # the same file as was measured with
    return source.rows.parts(_whole(candidates, source))[0]


def _whole(candidates: Sequence[Candidate], source: WorkloadSource) -> Workload:
    if not candidates:
        raise UnusableDataError(sentence("Add a model first: the data is mapped to its inputs."))
    workload = _read(candidates[0], source)
    for candidate in candidates[1:]:
        workload = _joined(workload, _read_missing(candidate, source, workload), candidate)
    return workload


def _read(candidate: Candidate, source: WorkloadSource) -> Workload:
    if source.path is None:
        return synthetic_workload(candidate.facts, source.samples or 256, source.seed)
    names = {i.name for i in candidate.facts.inputs}
    return read_workload(
        source.path,
        candidate.facts.inputs,
        label=source.label,
        group=source.group,
        metric=source.metric,
        mapping={k: v for k, v in source.mapping.items() if k in names},
    )


def _read_missing(candidate: Candidate, source: WorkloadSource, have: Workload) -> Workload | None:
    fits = all(
        i.name in have.inputs and _suits(i.shape, have.inputs[i.name].shape)
        for i in candidate.facts.inputs
    )
    return None if fits else _read(candidate, source)


def _suits(wanted: tuple[int | str | None, ...], have: tuple[int, ...]) -> bool:
    return len(wanted) == len(have) and all(
        not isinstance(w, int) or w == h for w, h in zip(wanted[1:], have[1:], strict=True)
    )


def _joined(first: Workload, second: Workload | None, candidate: Candidate) -> Workload:
    if second is None:
        return first
    for name in second.inputs.keys() & first.inputs.keys():
        if not np.array_equal(first.inputs[name], second.inputs[name]):
            raise UnusableDataError(
                sentence(
                    "{model} takes “{input}” in another shape than the models before it; "
                    "benchmark it in a project of its own.",
                    model=candidate.name,
                    input=name,
                )
            )
    inputs = {**first.inputs, **second.inputs}
    return replace(first, inputs=inputs, sha256=workload_digest(inputs, first.labels))


def lever_kinds(candidates: Iterable[Candidate]) -> dict[str, LeverKind]:
    """Key → kind of the lever that made a candidate; file candidates without one are absent."""
    kinds: dict[str, LeverKind] = {}
    for candidate in candidates:
        if candidate.lever:
            try:
                kinds[candidate.key] = lever_named(candidate.lever).kind
            except LeverError:  # made by a plug-in that is not installed here
                kinds[candidate.key] = LeverKind.REPLACE
    return kinds
