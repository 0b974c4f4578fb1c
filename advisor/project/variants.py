"""A search for greener variants whose every step is kept, and that goes on where it broke off.

Variants and the search's own journal lie in the folder beside the project file; the finalists'
measurement is a benchmark of the project like any other. The search's identity follows from what it
does, so asking for the same search again continues it; a finished one starts afresh.
"""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from advisor.bench import Event, Plan, PowerSampled, Precision, Progress
from advisor.bench.search import (
    SEARCH_EVENT,
    Measuring,
    SearchEvent,
    SearchFinished,
    VariantMade,
    plan_search,
    search,
)
from advisor.bench.search_plan import SearchPlan
from advisor.candidates import Candidate, Workload, read_workload
from advisor.candidates.rows import split_for_calibration
from advisor.project.benchmark import benchmark
from advisor.project.intake import variants_folder
from advisor.project.project import Project
from advisor.project.runs import WorkloadSource


def plan_variants(
    project: Project,
    candidates: Sequence[Candidate],
    source: WorkloadSource,
    whole: Workload,
    *,
    calibration: Path | None = None,
    wanted: Mapping[str, bool] | None = None,
    precision: Precision = Precision.QUICK,
    **settings: Any,
) -> SearchPlan:
    """Every variant the catalogue offers, to be edited before `find_variants`.

    Without calibration data of their own a quarter of the samples is set aside for it. Raises
    `UnusableDataError`.
    """
    workload, tuned_on, split = whole, None, None
    if calibration is not None:
        inputs = tuple({s.name: s for c in candidates for s in c.facts.inputs}.values())
        tuned_on = read_workload(
            calibration, inputs, label=source.label, mapping=dict(source.mapping) or None
        )
    elif not whole.synthetic:
        split = split_for_calibration(whole)
        tuned_on, workload = split.parts(whole)
    plan = plan_search(
        candidates,
        workload,
        variants_folder(project),
        calibration=tuned_on,
        split=split,
        precision=precision,
        **settings,
    )
    return plan.choosing(wanted or {})


def find_variants(
    project: Project, plan: SearchPlan, source: WorkloadSource
) -> Generator[SearchEvent]:
    """Carry a plan out; each event is in the journal before it is yielded.

    Closing the generator cancels; asking again for the same plan goes on from there.
    """
    plan = replace(plan, search_id=identity(plan))
    source = _evaluated(project, plan, source)
    journal = plan.folder / f"search-{plan.search_id}.jsonl"
    done = read_journal(journal)
    if any(isinstance(event, SearchFinished) for event in done):
        journal.unlink()
        done = []

    def kept(full: Plan) -> Iterator[Event]:
        project.candidates.put_many(full.candidates)
        names = ("run_id", "seed", "threads", "batch_size", "window_s", "blocks_min", "blocks_max")
        given = {name: getattr(full, name) for name in names}
        changes = {**given, "done": full.done, "done_s": full.done_s, "meters": full.meters}
        return benchmark(
            project, full.candidates, source, full.workload, precision=full.precision, **changes
        )

    events = search(plan, done, measure_full=kept)
    try:
        with journal.open("a", encoding="utf-8") as file:
            for event in events:
                if not _passing(event):
                    file.write(event.model_dump_json() + "\n")
                    file.flush()
                if isinstance(event, VariantMade):
                    project.candidates.put(event.candidate, action=f"lever {event.candidate.lever}")
                yield event
    finally:
        close = getattr(events, "close", None)
        if close is not None:
            close()


def _evaluated(project: Project, plan: SearchPlan, source: WorkloadSource) -> WorkloadSource:
    """The source of the evaluation rows alone, kept so that the benchmark can be opened again."""
    if plan.split is None:
        return source
    part = source.model_copy(update={"rows": plan.split, "sha256": plan.workload.sha256})
    project.workloads.put(part)
    return part


def read_journal(path: Path) -> list[SearchEvent]:
    """The events of an earlier part of a search; a last line cut off by a crash is left out."""
    if not path.is_file():
        return []
    found: list[SearchEvent] = []
    for line in path.read_text("utf-8").splitlines():
        try:
            found.append(SEARCH_EVENT.validate_json(line))
        except ValidationError:
            break
    return found


def identity(plan: SearchPlan) -> str:
    """What a search does, as a digest: parents, data, entries, limits, precision."""
    parts = [
        *(p.key for p in plan.parents),
        plan.workload.sha256,
        plan.calibration.sha256 if plan.calibration else "",
        *(entry.id for entry in plan.wanted),
        plan.limits.model_dump_json(),
        *(rung.model_dump_json() for rung in plan.rungs),
        str(plan.precision),
        str(sorted(plan.bench.items())),
        str(plan.seed),
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]


def _passing(event: SearchEvent) -> bool:
    """Events for the live display only."""
    return isinstance(event, Measuring) and isinstance(event.event, PowerSampled | Progress)
