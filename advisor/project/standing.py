"""Where the measured candidates stand: measurements and assumptions in, recommendations out.

Window, command line and documents all ask here, so they cannot disagree.
"""

from __future__ import annotations

from dataclasses import dataclass

from advisor.bench import Measurement
from advisor.project.assumptions import Assumptions, assumptions
from advisor.project.project import Project
from advisor.project.runs import BenchmarkRun
from advisor.project.working_out import Waiting, work_out
from advisor.rank import (
    Basis,
    Recommendation,
    WorkedOut,
    default_baseline,
    kind_of,
    on_one_scale,
    options_from_measurements,
    rank,
)


@dataclass(frozen=True)
class Standing:
    """The ranking of a project's candidates with what it rests on."""

    recommendations: tuple[Recommendation, ...]
    measurements: tuple[Measurement, ...]
    assumed: Assumptions
    baseline: str
    """Key of the model in use."""
    names: dict[str, str]
    """Key → what a reader calls the candidate."""
    worked: tuple[WorkedOut, ...] = ()
    """Operational options, worked out from the measurements."""
    waiting: tuple[Waiting, ...] = ()
    """Operational options that cannot be worked out now."""

    def of_candidate(self, key: str) -> Recommendation | None:
        """The recommendation about a candidate, or an option worked out, by its key."""
        return next((r for r in self.recommendations if r.option.candidate == key), None)

    def measurement(self, key: str) -> Measurement | None:
        """The measurement of a candidate."""
        return next((m for m in self.measurements if m.candidate == key), None)


def standing(
    project: Project, *, chosen: Assumptions | None = None, basis: Basis = Basis.TOTAL
) -> Standing | None:
    """Where the candidates stand; None when nothing was measured.

    `chosen` stands in for the project's own assumptions (a what-if). Raises `RankError` and
    `CarbonError`.
    """
    measured = comparable_measurements(project)
    if not measured:
        return None
    candidates = project.candidates.all()
    names = {c.key: c.name for c in candidates}
    said = chosen or assumptions(project)
    keys = {m.candidate for m in measured}
    named = said.baseline is not None and said.baseline in keys
    baseline = said.baseline if named and said.baseline else default_baseline(measured, candidates)
    measured = on_one_scale(measured, baseline)
    kept = project.shelf("operational").all()
    by_key = {m.candidate: m for m in measured}
    worked, waiting = work_out(kept, by_key, names, said, baseline)
    options = options_from_measurements(
        measured,
        baseline,
        said.calls,
        said.pue_factor,
        said.grid,
        said.floor,
        names=names,
        kinds={c.key: kind_of(c) for c in candidates},
        basis=basis,
        worked=worked,
    )
    return Standing(
        tuple(rank(options)), tuple(measured), said, baseline, names, tuple(worked), tuple(waiting)
    )


def comparable_measurements(project: Project) -> list[Measurement]:
    """Every measurement on the data of the latest run that has any, in order of time.

    A search sets rows aside to calibrate; what was measured before on all rows of the same file is
    still compared (`advisor.rank.on_one_scale`).
    """
    by_run: dict[str, list[Measurement]] = {}
    for m in project.measurements.all():
        by_run.setdefault(m.run_id, []).append(m)
    runs = [run for run in project.runs.all() if run.run_id in by_run]
    return [
        m
        for run in runs
        if run.workload == runs[-1].workload or _same_data(project, run, runs[-1])
        for m in by_run[run.run_id]
    ]


def _same_data(project: Project, a: BenchmarkRun, b: BenchmarkRun) -> bool:
    """One file, label and metric; a file whose rows are all used must also hold the same values."""
    first, second = project.workloads.get(a.workload), project.workloads.get(b.workload)
    if first is None or second is None or first.path is None:
        return False
    alike = (first.path, first.label, first.metric) == (second.path, second.label, second.metric)
    return alike and (first.rows is not None or second.rows is not None)
