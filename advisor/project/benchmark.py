"""A benchmark whose every event is kept as it happens, and that can go on after it broke off."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any

from advisor.bench import (
    CandidateMeasured,
    Event,
    Finished,
    Plan,
    Precision,
    WindowMeasured,
    measure,
    run,
)
from advisor.candidates import Candidate, Workload
from advisor.project.errors import ProjectError
from advisor.project.intake import workload_for
from advisor.project.project import Project
from advisor.project.runs import BenchmarkRun, WorkloadSource
from advisor.sentences import sentence


def benchmark(
    project: Project,
    candidates: Sequence[Candidate],
    source: WorkloadSource,
    workload: Workload,
    *,
    precision: Precision = Precision.QUICK,
    **changes: Any,
) -> Generator[Event]:
    """Measure candidates; each event is in the project file before it is yielded.

    `changes` are further fields of `Plan`. Closing the generator cancels; what was measured until
    then is kept and counts. Raises `PlanError`.
    """
    plan = Plan.of(precision, tuple(candidates), workload, **changes)
    project.runs.put(
        BenchmarkRun(
            run_id=plan.run_id,
            candidates=tuple(c.key for c in candidates),
            workload=source.key,
            settings=plan.settings(),
        )
    )
    return _kept(project, plan)


def continue_benchmark(project: Project, run_id: str | None = None) -> Generator[Event]:
    """Go on with a run that broke off (the latest one by default), from its last window.

    Raises `ProjectError` when there is none, or when a model or the data is no longer there.
    """
    stored = unfinished_run(project) if run_id is None else project.runs.get(run_id)
    if stored is None:
        raise ProjectError(sentence("There is no benchmark to continue; start a new one."))
    candidates = [project.candidates.get(key) for key in stored.candidates]
    source = project.workloads.get(stored.workload)
    present = [c for c in candidates if c is not None and c.path.is_file()]
    gone = [c.name for c in candidates if c is not None and c not in present]
    if source is None or gone or len(present) < len(candidates):
        raise ProjectError(
            sentence(
                "{file} is no longer there; put it back, or start a new benchmark.",
                file=", ".join(gone) or "data or a model",
            )
        )
    workload = workload_for(present, source)
    plan = Plan.from_settings(stored.settings, tuple(present), workload)
    events = project.events(stored.run_id)
    return _kept(project, plan.with_done(tuple(events), max((e.at_s for e in events), default=0.0)))


def unfinished_run(project: Project) -> BenchmarkRun | None:
    """The latest run, if it broke off or was cancelled."""
    latest = latest_run(project)
    return latest if latest and not latest.finished else None


def latest_run(project: Project) -> BenchmarkRun | None:
    """The run that was started last."""
    return next(reversed(project.runs.all()), None)


def settle(project: Project, run_id: str) -> None:
    """Work out a run's measurements from its kept events (after a crash nobody did)."""
    events = project.events(run_id)
    if any(isinstance(e, WindowMeasured) for e in events):
        project.measurements.put_many(measure(events), action="measured")


def settle_all(project: Project) -> None:
    """Settle the runs whose windows were kept but whose figures were not."""
    done = {m.run_id for m in project.measurements.all()}
    for stored in project.runs.all():
        if stored.run_id not in done:
            settle(project, stored.run_id)


def _kept(project: Project, plan: Plan) -> Generator[Event]:
    ended: Finished | None = None
    events = run(plan)
    try:
        for event in events:
            if not isinstance(event, CandidateMeasured):  # follows from the windows: see settle
                project.record(event)
            if isinstance(event, Finished):
                ended = event
            yield event
    finally:
        close = getattr(events, "close", None)
        if close is not None:
            close()
        settle(project, plan.run_id)
        stored = project.runs.get(plan.run_id)
        if stored is not None and ended is not None:
            update = {"finished": True, "ended_because": ended.reason}
            project.runs.put(stored.model_copy(update=update), action="finished")
