"""What one candidate used while it was measured: the raw sums that trackers' formats ask for."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from advisor.bench import Started, WindowMeasured
from advisor.bench.measurement import Measurement
from advisor.candidates.candidate import Candidate
from advisor.project import Project
from advisor.quantities import Quantity


class MeasuredTask(NamedTuple):
    """All windows that count of one candidate in one run."""

    measurement: Measurement
    candidate: Candidate
    started: Started
    at: str
    """ISO time at which the run began, from the event log."""
    duration_s: float
    inferences: float
    energy: Quantity
    """kWh over these windows: joules per inference times inferences, with its uncertainty."""


def measured_tasks(project: Project) -> Iterator[MeasuredTask]:
    """Every measurement whose run and candidate are in the project."""
    begun: dict[str, str] = {}
    for entry in project.log():
        begun.setdefault(entry.subject, entry.at)
    candidates = {c.key: c for c in project.candidates.all()}
    for m in project.measurements.all():
        events = project.events(m.run_id)
        started = next((e for e in events if isinstance(e, Started)), None)
        if started is None or m.candidate not in candidates:
            continue
        windows = [
            e.window
            for e in events
            if isinstance(e, WindowMeasured)
            and e.window.candidate == m.candidate
            and not e.window.excluded
        ]
        inferences = sum(w.inferences for w in windows)
        energy = m.energy_j.model_copy(update={"unit": "J"}) * inferences
        yield MeasuredTask(
            m,
            candidates[m.candidate],
            started,
            begun.get(f"run/{m.run_id}", ""),
            sum(w.duration_s for w in windows),
            inferences,
            energy.to("kWh"),
        )


def as_json(value: Any) -> bytes:
    """Readable UTF-8 JSON."""
    return (json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False) + "\n").encode()


def as_csv(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> bytes:
    """UTF-8 CSV; unknown is an empty cell."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(head)
    writer.writerows([["" if v is None else v for v in row] for row in rows])
    return out.getvalue().encode()
