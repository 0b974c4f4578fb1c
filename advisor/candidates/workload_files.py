"""Labelled data as a workload: a file opened, mapped onto a model's inputs, shaped and checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from advisor.candidates.candidate import TensorSpec
from advisor.candidates.data_files import open_data
from advisor.candidates.data_inputs import as_input, as_labels, guess_task
from advisor.candidates.data_mapping import DataFacts, Mapped, guess_mapping
from advisor.candidates.metrics import default_metric, metric_named
from advisor.candidates.workload import Task, UnusableDataError, Workload, workload_digest
from advisor.sentences import Sentence, sentence

Array = NDArray[Any]


def read_workload(
    path: Path | str,
    inputs: Sequence[TensorSpec],
    *,
    label: str | None = None,
    mapping: Mapped | None = None,
    group: str | None = None,
    metric: str | None = None,
    task: Task | None = None,
    batch_size: int = 1,
    name: str | None = None,
) -> Workload:
    """Data for a model with these inputs (`candidate.facts.inputs`).

    `label` and `group` name columns (arrays in .npz); the label is guessed from common names when
    left out, and data without one measures energy only. Only the columns needed are read. Raises
    `UnusableDataError`.
    """
    path = Path(path)
    columns = open_data(path)
    facts = guess_mapping(columns.names, inputs, label, mapping, group, columns.words())
    wanted = {c for used in facts.mapping.values() for c in used}
    wanted |= {c for c in (facts.label, group) if c}
    found = columns.read(sorted(wanted, key=columns.names.index))
    _same_length(path, found)
    notes: list[Sentence] = []
    left_out = _left_out(facts)
    try:
        arrays = {
            spec.name: as_input(path, spec, facts.mapping[spec.name], found, notes)
            for spec in inputs
        }
    except UnusableDataError as error:
        if left_out is None:
            raise
        both = sentence("{problem} {note}.", problem=error.said, note=left_out)
        raise UnusableDataError(both) from error
    if left_out is not None:
        notes.append(left_out)
    labels = as_labels(path, found[facts.label], facts.label) if facts.label else None
    task = task or (None if labels is None else guess_task(labels))
    chosen = metric_named(metric).name if metric else (default_metric(task) if task else None)
    if chosen and task and task not in metric_named(chosen).tasks:
        raise UnusableDataError(
            sentence(
                "{metric} does not suit a {task} task; choose another metric.",
                metric=metric_named(chosen).title,
                task=str(task),
            )
        )
    groups = found[group] if group else None
    return Workload(
        name=name or path.stem,
        inputs=arrays,
        labels=labels,
        groups=groups,
        task=task,
        metric=chosen,
        batch_size=batch_size,
        source=str(path),
        sha256=workload_digest(arrays, labels),
        notes=tuple(notes),
    )


def _left_out(facts: DataFacts) -> Sentence | None:
    """The columns of words, which nothing uses, in a sentence."""
    columns = ", ".join(facts.left_out)
    template = "Left out, since no input takes words: {columns}"
    return sentence(template, columns=columns) if columns else None


def _same_length(path: Path, found: Mapping[str, Array]) -> None:
    lengths = {name: len(values) if values.ndim else 0 for name, values in found.items()}
    if len(set(lengths.values())) > 1:
        raise UnusableDataError(
            sentence(
                "The arrays of {file} differ in length ({lengths}); each needs one entry a sample.",
                file=path.name,
                lengths=", ".join(f"{k}: {v}" for k, v in list(lengths.items())[:4]),
            )
        )
    if not found or min(lengths.values()) == 0:
        raise UnusableDataError(
            sentence("{file} holds no samples; choose another file.", file=path.name)
        )
