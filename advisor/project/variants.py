"""A search for greener variants whose every step is kept, and that goes on where it broke off.

Variants and the search's own journal lie in the folder beside the project file; what the search
set out to do is kept in the project, so that it can be opened and continued after a restart. The
finalists' measurement is a benchmark of the project like any other. The search's identity follows
from what it does: asking for the same search again continues it; a finished one starts afresh.
"""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from advisor.bench import CandidateMeasured, Event, Plan, PowerSampled, Precision, Progress
from advisor.bench.search import (
    SEARCH_EVENT,
    Measuring,
    SearchEvent,
    SearchFinished,
    StageStarted,
    VariantDropped,
    VariantMade,
    Working,
    plan_search,
    search,
)
from advisor.bench.search_plan import SearchPlan
from advisor.candidates import Candidate, Workload, read_workload
from advisor.candidates.rows import split_for_calibration
from advisor.project.benchmark import benchmark
from advisor.project.intake import (
    CURRENT_WORKLOAD,
    calibration_for,
    variants_folder,
    workload_for,
)
from advisor.project.project import Project
from advisor.project.runs import WorkloadSource
from advisor.project.search_course import SearchCourse
from advisor.project.searches import VariantSearch

CURRENT_SEARCH = "search"
"""Name of the setting that holds the identity of the search started last."""
_OF_THE_FULL_PLAN = (
    *("run_id", "seed", "threads", "batch_size", "window_s", "blocks_min", "blocks_max"),
    *("idle_s", "warm_up_max_s", "time_budget_s", "done", "done_s", "meters"),
)


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

    Without calibration data of their own the rows set aside earlier calibrate, or else a quarter of
    the samples is set aside now. Raises `UnusableDataError`.
    """
    workload, tuned_on, split = whole, None, None
    if calibration is not None:
        inputs = tuple({s.name: s for c in candidates for s in c.facts.inputs}.values())
        tuned_on = read_workload(
            calibration, inputs, label=source.label, mapping=dict(source.mapping) or None
        )
    elif source.rows is not None:
        split, tuned_on = source.rows, calibration_for(candidates, source)
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

    Closing the generator cancels; asking again for the same plan goes on from there. From now on
    the rows that calibrate no longer judge: the evaluation rows become the project's data. What
    passes the accuracy guard becomes a candidate of the project.
    """
    plan = replace(plan, search_id=identity(plan))
    source = _evaluated(project, plan, source)
    journal = journal_of(plan)
    done = read_journal(journal)
    if any(isinstance(event, SearchFinished) for event in done):
        journal.unlink()
        done = []
    kept = VariantSearch.of(plan, source)
    project.shelf("searches").put(kept, action="search started")
    project.set(**{CURRENT_SEARCH: kept.search_id})
    yield from _carried_out(project, plan, source, journal, done)
    project.shelf("searches").put(
        kept.model_copy(update={"finished": True}), action="search finished"
    )


def latest_search(project: Project) -> VariantSearch | None:
    """The search that was started last."""
    found: VariantSearch | None = project.shelf("searches").get(
        project.setting(CURRENT_SEARCH) or ""
    )
    return found


def planned_again(project: Project, kept: VariantSearch) -> tuple[SearchPlan, WorkloadSource]:
    """The plan of a search that was kept, with its data read again.

    Raises `UnusableDataError` when a model or the data is no longer there or has changed.
    """
    source = kept.source_in(project)
    parents = kept.parents_in(project)
    plan = plan_variants(
        project,
        parents,
        source,
        workload_for(parents, source),
        calibration=kept.calibration,
        precision=kept.precision,
        limits=kept.limits,
        rungs=kept.rungs,
        bench=kept.bench,
        time_budget_s=kept.time_budget_s,
        own_levers=kept.own_levers,
        seed=kept.seed,
    )
    return replace(plan, entries=kept.entries, search_id=kept.search_id), source


def course_so_far(plan: SearchPlan) -> SearchCourse:
    """What earlier parts of this search found; empty where it finished or never began."""
    plan = replace(plan, search_id=identity(plan))
    done = read_journal(journal_of(plan))
    ended = any(isinstance(event, SearchFinished) for event in done)
    return SearchCourse(plan).take_all([] if ended else done)


def restored_course(project: Project) -> SearchCourse | None:
    """The course of the latest search, finished or not. Raises `UnusableDataError`."""
    kept = latest_search(project)
    if kept is None:
        return None
    plan, _ = planned_again(project, kept)
    return SearchCourse(plan).take_all(read_journal(journal_of(plan)))


def journal_of(plan: SearchPlan) -> Path:
    """Where the events of a search are kept."""
    return plan.folder / f"search-{plan.search_id}.jsonl"


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


# -- inside ----------------------------------------------------------------------------------


def _carried_out(
    project: Project,
    plan: SearchPlan,
    source: WorkloadSource,
    journal: Path,
    done: Sequence[SearchEvent],
) -> Generator[SearchEvent]:
    standing: dict[str, Candidate] = {}

    def in_full(full: Plan) -> Iterator[Event]:
        project.candidates.put_many(full.candidates)
        changes = {name: getattr(full, name) for name in _OF_THE_FULL_PLAN}
        return benchmark(
            project, full.candidates, source, full.workload, precision=full.precision, **changes
        )

    events = search(plan, done, measure_full=in_full)
    try:
        with journal.open("a", encoding="utf-8") as file:
            for event in events:
                if not _passing(event):
                    file.write(event.model_dump_json() + "\n")
                    file.flush()
                match event:
                    case VariantMade():
                        standing[event.candidate.key] = event.candidate
                    case VariantDropped():
                        standing.pop(event.candidate, None)
                    case StageStarted() if event.stage not in ("make", "guard"):
                        project.candidates.put_many(standing.values(), action="variants found")
                    case _:
                        pass
                yield event
    finally:
        close = getattr(events, "close", None)
        if close is not None:
            close()


def _evaluated(project: Project, plan: SearchPlan, source: WorkloadSource) -> WorkloadSource:
    """The source of what judges, in the project, so that the benchmark can be opened again."""
    part = source.model_copy(update={
        "rows": plan.split, "sha256": plan.workload.sha256, "metric": plan.workload.metric,
    })  # fmt: skip
    project.workloads.put(part)
    project.set(**{CURRENT_WORKLOAD: part.key})
    return part


def _passing(event: SearchEvent) -> bool:
    """Events for the live display only, and figures that follow from the windows."""
    return isinstance(event, Working) or (
        isinstance(event, Measuring)
        and isinstance(event.event, PowerSampled | Progress | CandidateMeasured)
    )
