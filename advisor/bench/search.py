"""Search for greener variants: cheap estimates first, then ever longer measurements of ever fewer.

1. *Make*: every wanted variant is made and checked; copies of one another are dropped.
2. *Guard*: their answers on the evaluation data are compared with the parent's; what breaks a limit
   is dropped, after a second try with the most sensitive nodes kept in float.
3. *Glance*: processor time of a few calls; what takes a quarter more than a rival is dropped.
4. *Short rounds* (successive halving): all that is left is measured briefly in one interleaved run;
   what another candidate beats clearly is dropped, and of the rest the better share goes on.
5. *Full*: the finalists and their parents are measured as any benchmark is.

With a time budget, making ends after a third of it, short rounds leave enough for two finalists,
and the full measurement takes what is left and as many finalists as it has room for.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from advisor.bench.events import CandidateMeasured, Event, Finished, WindowMeasured
from advisor.bench.measure import measure as figures_of
from advisor.bench.measurement import Measurement
from advisor.bench.plan import Plan
from advisor.bench.run import run
from advisor.bench.search_events import (
    SEARCH_EVENT,
    Measuring,
    SearchEvent,
    SearchFinished,
    SensitivityFound,
    StageStarted,
    VariantDropped,
    VariantGlanced,
    VariantGuarded,
    VariantMade,
    VariantRefused,
    Working,
)
from advisor.bench.search_glance import glance
from advisor.bench.search_plan import Entry, Rung, SearchPlan, plan_search
from advisor.bench.search_state import Clock, State
from advisor.bench.search_variants import guard_all, make_all
from advisor.candidates.apart import ApartError
from advisor.candidates.candidate import Candidate
from advisor.sentences import Sentence, sentence

__all__ = [
    "SEARCH_EVENT",
    "Entry",
    "Measuring",
    "SearchEvent",
    "SearchFinished",
    "SearchPlan",
    "SensitivityFound",
    "StageStarted",
    "VariantDropped",
    "VariantGlanced",
    "VariantGuarded",
    "VariantMade",
    "VariantRefused",
    "Working",
    "finalists_of",
    "plan_search",
    "search",
]

Measure = Callable[[Plan], Iterator[Event]]


def search(
    plan: SearchPlan,
    done: Sequence[SearchEvent] = (),
    *,
    measure_full: Measure = run,
    measure_short: Measure = run,
    clock: Clock = time.perf_counter,
) -> Iterator[SearchEvent]:
    """Carry a plan out; closing the iterator cancels.

    `done` are the events of an earlier part of the same search (same `search_id`): variants made,
    judgements, estimates and measured windows are taken over, only the rest is done.
    `measure_full` lets the caller keep the full measurement as a benchmark of its own. Raises
    `PlanError` when the time budget cannot hold even the shortest search.
    """
    plan.check_budget()
    return _Search(State(plan, tuple(done), clock), measure_full, measure_short).events()


def finalists_of(events: Sequence[SearchEvent]) -> list[Candidate]:
    """The candidates that the full stage measured, from a search's events."""
    made = {e.candidate.key: e.candidate for e in events if isinstance(e, VariantMade)}
    keys = next((e.finalists for e in reversed(events) if isinstance(e, SearchFinished)), ())
    return [made[key] for key in keys if key in made]


@dataclass
class _Search:
    state: State
    measure_full: Measure
    measure_short: Measure
    energies: dict[str, float] = field(default_factory=dict)
    """Latest figure by candidate, in the unit of the last round: only ratios are used."""

    def events(self) -> Iterator[SearchEvent]:
        state = self.state
        try:
            yield from make_all(state)
            yield from guard_all(state)
            yield from self._glance()
        finally:
            state.apart.close()
        for number, rung in enumerate(state.plan.rungs, start=1):
            if self._worth_it(rung):
                yield from self._round(f"short {number}", number, rung)
        yield from self._room_for_finalists()
        yield self._stage("full", sentence("measuring the finalists in full"))
        full = state.plan.full_plan(state.standing, self._run_id("full"), state.left_s)
        yield from self._measured("full", full, self.measure_full, {})
        spent_s = round(state.at_s, 3)
        yield SearchFinished(**state.stamp(), finalists=tuple(state.variants), spent_s=spent_s)

    def _glance(self) -> Iterator[SearchEvent]:
        state = self.state
        yield self._stage("glance", sentence("estimating the processor time"))
        cpu_s: dict[str, tuple[float, ...]] = {}
        if any(isinstance(e, StageStarted) and e.stage in self._after_glance for e in state.done):
            told = (e for e in state.done if isinstance(e, VariantGlanced))
            cpu_s = {e.candidate: e.cpu_s for e in told}
        elif len(state.variants) > 1:
            short = state.plan.short_plan(Rung(), state.standing, self._run_id("glance"))
            try:
                cpu_s = yield from state.worked("glance", glance, replace(short, meters=()))
            except ApartError:
                cpu_s = {}  # an aid only: then the measurements are the first look
            for key, seconds in cpu_s.items():
                yield VariantGlanced(**state.stamp(), candidate=key, cpu_s=seconds)
        self.energies = {key: float(np.median(seconds)) for key, seconds in cpu_s.items()}
        yield from state.without(state.field.glanced(cpu_s, state.plan.glance_keep_share), "glance")

    @property
    def _after_glance(self) -> set[str]:
        return {"full", *(f"short {n}" for n, _ in enumerate(self.state.plan.rungs, start=1))}

    def _worth_it(self, rung: Rung) -> bool:
        """Whether a round could still tell anything, and the time budget has room for it."""
        state = self.state
        if not state.field.contested(list(state.variants), self.energies) and self.energies:
            return False
        if state.left_s is None or len(state.variants) < 2:
            return len(state.variants) > 1
        count = len(state.plan.parents) + min(len(state.variants), 2)
        return state.left_s > state.plan.round_s(rung, len(state.standing)) + state.plan.least_s(
            count
        )

    def _round(self, stage: str, number: int, rung: Rung) -> Iterator[SearchEvent]:
        state = self.state
        yield self._stage(stage, sentence("measuring briefly, round {number}", number=number))
        short = state.plan.short_plan(rung, state.standing, self._run_id(stage))
        measured: dict[str, Measurement] = {}
        yield from self._measured(stage, short, self.measure_short, measured)
        self.energies = {key: m.energy_j.value for key, m in measured.items()}
        yield from state.without(state.field.measured(measured, rung.keep_share), stage)

    def _room_for_finalists(self) -> Iterator[SearchEvent]:
        state = self.state
        room = state.plan.room_for(state.left_s, len(state.variants))
        if room < len(state.variants):
            yield from state.without(state.field.best(room, self.energies), "full")

    def _measured(
        self, stage: str, plan: Plan, measure: Measure, into: dict[str, Measurement]
    ) -> Iterator[SearchEvent]:
        state = self.state
        earlier = [e.event for e in state.done if isinstance(e, Measuring) and e.stage == stage]
        if any(isinstance(event, Finished) for event in earlier):
            told = [e.measurement for e in earlier if isinstance(e, CandidateMeasured)]
            into.update({m.candidate: m for m in [*told, *figures_of(earlier)]})
            return
        keys = {c.key for c in plan.candidates}
        windows = [e.window for e in earlier if isinstance(e, WindowMeasured)]
        if windows:
            kept = tuple(w for w in windows if w.candidate in keys)
            done_s = max(e.at_s for e in earlier)
            budget_s = plan.time_budget_s and plan.time_budget_s + done_s
            plan = replace(plan.with_done(kept, done_s), time_budget_s=budget_s)
        events = measure(plan)
        try:
            for event in events:
                if isinstance(event, CandidateMeasured):
                    into[event.measurement.candidate] = event.measurement
                yield Measuring(**state.stamp(), stage=stage, event=event)
        finally:
            close = getattr(events, "close", None)
            if close is not None:
                close()

    def _stage(self, stage: str, doing: Sentence) -> StageStarted:
        return self.state.stage(stage, len(self.state.variants), doing)

    def _run_id(self, stage: str) -> str:
        return f"{self.state.plan.search_id}-{stage.replace(' ', '-')}"
