"""Search for greener variants: cheap estimates first, then ever longer measurements of ever fewer.

1. *Make*: every wanted variant is made and checked; copies of one another are dropped.
2. *Guard*: their answers on the evaluation data are compared with the parent's; what breaks a limit
   is dropped, after a second try with the most sensitive nodes kept in float.
3. *Short rounds* (successive halving): all that is left is measured briefly in one interleaved run;
   what another candidate beats clearly is dropped, and of the rest the better share goes on.
4. *Full*: the finalists and their parents are measured as any benchmark is.

Accuracy is the same in every round, so only energy is noisy: a candidate is *clearly beaten* when
another one of the same parent loses no more accuracy and uses less energy in at least 97.5 % of the
paired bootstrap draws. Candidates that no other one beats by the point estimates always go on, so
the halving cannot lose a corner of the frontier to its quota.

Reference: Jamieson & Talwalkar, “Non-stochastic best arm identification” (AISTATS 2016).
"""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

import numpy as np
import onnx
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from advisor.bench.events import CandidateMeasured, Event, Finished, WindowMeasured
from advisor.bench.measure import measure as figures_of
from advisor.bench.measurement import Measurement
from advisor.bench.plan import Plan
from advisor.bench.run import run
from advisor.bench.search_plan import Entry, SearchPlan, plan_search
from advisor.candidates.answers import answers_from_outputs
from advisor.candidates.candidate import Candidate, UnusableModelError
from advisor.candidates.guard import GuardResult, guard
from advisor.candidates.inference import run_model
from advisor.candidates.levers import LeverError, MakingLever, lever_named
from advisor.candidates.metrics import Answers
from advisor.candidates.workload import Task, UnusableDataError
from advisor.sentences import Sentence, sentence

__all__ = ["Entry", "SearchEvent", "SearchPlan", "finalists_of", "plan_search", "search"]

_BEATEN = 0.975
"""Share of draws in which another one must use less energy."""
_RETRY_SHARES = (0.5, 0.8, 0.95)
_RETRIED = {"int8-dynamic": "dynamic", "int8-static": "static"}


class _SearchEvent(BaseModel):
    model_config = ConfigDict(frozen=True)
    search_id: str
    at_s: float


class StageStarted(_SearchEvent):
    """A stage began: what it does, with how many candidates."""

    kind: Literal["stage_started"] = "stage_started"
    stage: str
    """`make`, `guard`, `short 1`, `short 2` …, `full`."""
    candidates: int
    doing: Sentence


class VariantMade(_SearchEvent):
    """A variant lies on disk (or is a set of run options) and passed its checks."""

    kind: Literal["variant_made"] = "variant_made"
    entry: str
    candidate: Candidate


class VariantRefused(_SearchEvent):
    """A variant could not be made; the others go on."""

    kind: Literal["variant_refused"] = "variant_refused"
    entry: str
    lever: str
    reason: Sentence


class VariantGuarded(_SearchEvent):
    """What the accuracy guard found."""

    kind: Literal["variant_guarded"] = "variant_guarded"
    candidate: str
    result: GuardResult


class VariantDropped(_SearchEvent):
    """A variant leaves the search, and why."""

    kind: Literal["variant_dropped"] = "variant_dropped"
    candidate: str
    stage: str
    reason: Sentence


class Measuring(_SearchEvent):
    """An event of the benchmark that is running."""

    kind: Literal["measuring"] = "measuring"
    stage: str
    event: Event


class SearchFinished(_SearchEvent):
    """The finalists were measured in full."""

    kind: Literal["search_finished"] = "search_finished"
    finalists: tuple[str, ...]
    spent_s: float


SearchEvent = Annotated[
    StageStarted
    | VariantMade
    | VariantRefused
    | VariantGuarded
    | VariantDropped
    | Measuring
    | SearchFinished,
    Field(discriminator="kind"),
]
"""Any event of a search; plain data that survives JSON."""

SEARCH_EVENT: TypeAdapter[SearchEvent] = TypeAdapter(SearchEvent)
"""Reads an event back: `SEARCH_EVENT.validate_json(line)`."""

Measure = Callable[[Plan], Iterator[Event]]


def search(
    plan: SearchPlan,
    done: Sequence[SearchEvent] = (),
    *,
    measure_full: Measure = run,
) -> Iterator[SearchEvent]:
    """Carry a plan out; closing the iterator cancels.

    `done` are the events of an earlier part of the same search (same `search_id`): variants made,
    judgements and measured windows are taken over, only the rest is done. `measure_full` lets the
    caller keep the full measurement as a benchmark of its own.
    """
    return _Search(plan, tuple(done), measure_full).events()


def finalists_of(events: Sequence[SearchEvent]) -> list[Candidate]:
    """The candidates that the full stage measured, from a search's events."""
    made = {e.candidate.key: e.candidate for e in events if isinstance(e, VariantMade)}
    keys = next((e.finalists for e in reversed(events) if isinstance(e, SearchFinished)), ())
    return [made[key] for key in keys if key in made]


@dataclass
class _Search:
    plan: SearchPlan
    done: tuple[SearchEvent, ...]
    measure_full: Measure
    begun_s: float = field(default_factory=time.perf_counter)
    variants: dict[str, Candidate] = field(default_factory=dict)
    losses: dict[str, float] = field(default_factory=dict)
    """Points lost against the parent, by key; missing: unknown."""
    roots: dict[str, str] = field(default_factory=dict)
    """Key of the parent, by key of the variant."""
    answers: dict[str, Answers] = field(default_factory=dict)

    def events(self) -> Iterator[SearchEvent]:
        yield from self._make()
        yield from self._guard()
        for number, rung in enumerate(self.plan.rungs, start=1):
            stage = f"short {number}"
            doing = sentence("measuring briefly, round {number}", number=number)
            yield self._stage(stage, doing)
            short = self.plan.short_plan(rung, self._standing(), self._run_id(stage))
            measured: dict[str, Measurement] = {}
            yield from self._measured(stage, short, run, measured)
            yield from self._halve(stage, measured, rung.keep_share)
        yield self._stage("full", sentence("measuring the finalists in full"))
        full = self.plan.full_plan(self._standing(), self._run_id("full"))
        yield from self._measured("full", full, self.measure_full, {})
        yield SearchFinished(
            **self._stamp(), finalists=tuple(self.variants), spent_s=self._stamp()["at_s"]
        )

    # -- making and guarding -------------------------------------------------------------------

    def _make(self) -> Iterator[SearchEvent]:
        yield self._stage("make", sentence("making variants"))
        known = {e.entry: e for e in self.done if isinstance(e, VariantMade | VariantRefused)}
        parents = {p.key: p for p in self.plan.parents}
        contents: dict[str, str] = {}
        for entry in self.plan.wanted:
            earlier = known.get(entry.id)
            if isinstance(earlier, VariantRefused):
                continue
            if isinstance(earlier, VariantMade) and earlier.candidate.path.is_file():
                made = earlier.candidate
            else:
                try:
                    made = self._made(entry, parents[entry.parent])
                except (LeverError, UnusableModelError, UnusableDataError) as error:
                    yield VariantRefused(
                        **self._stamp(), entry=entry.id, lever=entry.lever, reason=error.said
                    )
                    continue
            yield VariantMade(**self._stamp(), entry=entry.id, candidate=made)
            same = contents.setdefault(_content(made), made.name)
            if same != made.name:
                yield self._dropped(
                    made.key, "make", sentence("It came out the same as {other}.", other=same)
                )
                continue
            self.variants[made.key], self.roots[made.key] = made, entry.parent

    def _made(self, entry: Entry, parent: Candidate) -> Candidate:
        lever = lever_named(entry.lever)
        if not isinstance(lever, MakingLever):
            raise LeverError(sentence("“{name}” makes no file.", name=entry.lever))
        return lever.make(
            parent, self.plan.folder, settings=entry.settings, calibration=self.plan.calibration
        )

    def _guard(self) -> Iterator[SearchEvent]:
        if self.plan.workload.labels is None or self.plan.workload.metric is None:
            return
        yield self._stage("guard", sentence("comparing answers with the parent's"))
        for key, variant in list(self.variants.items()):
            yield from self._guarded(key, variant)

    def _guarded(self, key: str, variant: Candidate) -> Iterator[SearchEvent]:
        earlier = next(
            (e for e in self.done if isinstance(e, VariantGuarded) and e.candidate == key), None
        )
        try:
            result = earlier.result if earlier else self._judged(variant)
        except (UnusableModelError, UnusableDataError) as error:
            yield self._dropped(key, "guard", error.said)
            return
        if earlier is None:
            yield VariantGuarded(**self._stamp(), candidate=key, result=result)
        self.losses[key] = result.loss.value
        if not result.passes:
            yield self._dropped(key, "guard", result.breaches[0])
            yield from self._retried(variant)

    def _judged(self, variant: Candidate) -> GuardResult:
        parent = next(p for p in self.plan.parents if p.key == self.roots[variant.key])
        return guard(
            self.plan.workload,
            self._answers(parent),
            self._answers(variant),
            self.plan.limits,
            self.plan.seed,
        )

    def _answers(self, candidate: Candidate) -> Answers:
        if candidate.sha256 not in self.answers:
            workload = self.plan.workload
            outputs = run_model(candidate.path, workload.inputs, candidate.name)
            classes = None if workload.task is Task.REGRESSION else np.unique(_labels(workload))
            self.answers[candidate.sha256] = answers_from_outputs(
                outputs, workload.task or Task.CLASSIFICATION, classes
            )
        return self.answers[candidate.sha256]

    def _retried(self, variant: Candidate) -> Iterator[SearchEvent]:
        """Int8 hurt: again, with the nodes in float that cause most of the damage."""
        base = _RETRIED.get(variant.lever or "")
        parent = next(p for p in self.plan.parents if p.key == self.roots[variant.key])
        lever = lever_named("mixed-int8")
        if base is None or self.plan.calibration is None or lever.obstacle(parent):
            return
        tried = {(self.roots[k], c.lever_settings.get("base")) for k, c in self.variants.items()}
        if (parent.key, base) in tried:
            return
        for share in _RETRY_SHARES:
            settings = {"base": base, "damage_share": share}
            entry = Entry(parent=parent.key, lever=lever.name, settings=settings)
            try:
                made = self._made(entry, parent)
                self.roots[made.key] = parent.key
                result = self._judged(made)
            except (LeverError, UnusableModelError, UnusableDataError) as error:
                yield VariantRefused(
                    **self._stamp(), entry=entry.id, lever=entry.lever, reason=error.said
                )
                return
            yield VariantMade(**self._stamp(), entry=entry.id, candidate=made)
            yield VariantGuarded(**self._stamp(), candidate=made.key, result=result)
            if result.passes:
                self.variants[made.key], self.losses[made.key] = made, result.loss.value
                return
            yield self._dropped(made.key, "guard", result.breaches[0])

    # -- measuring -----------------------------------------------------------------------------

    def _measured(
        self, stage: str, plan: Plan, measure: Measure, into: dict[str, Measurement]
    ) -> Iterator[SearchEvent]:
        earlier = [e.event for e in self.done if isinstance(e, Measuring) and e.stage == stage]
        if any(isinstance(event, Finished) for event in earlier):
            into.update({m.candidate: m for m in figures_of(earlier)})
            return
        keys = {c.key for c in plan.candidates}
        windows = [e.window for e in earlier if isinstance(e, WindowMeasured)]
        if windows:
            kept = tuple(w for w in windows if w.candidate in keys)
            plan = plan.with_done(kept, max(e.at_s for e in earlier))
        events = measure(plan)
        try:
            for event in events:
                if isinstance(event, CandidateMeasured):
                    into[event.measurement.candidate] = event.measurement
                yield Measuring(**self._stamp(), stage=stage, event=event)
        finally:
            close = getattr(events, "close", None)
            if close is not None:
                close()

    def _halve(
        self, stage: str, measured: dict[str, Measurement], keep_share: float
    ) -> Iterator[SearchEvent]:
        names = {c.key: c.name for c in self._standing()}
        for key in [k for k in self.variants if k not in measured]:
            yield self._dropped(key, stage, sentence("It could not be measured."))
        for key in list(self.variants):
            rival = self._clearly_beaten_by(key, measured)
            if rival:
                yield self._dropped(
                    key,
                    stage,
                    sentence(
                        "{other} uses clearly less energy and loses no more accuracy.",
                        other=names[rival],
                    ),
                )
        quota = math.ceil(keep_share * len(self.variants))
        unbeaten = {k for k in self.variants if not self._beaten_by(k, measured)}
        others = sorted(
            (k for k in self.variants if k not in unbeaten),
            key=lambda k: measured[k].energy_j.value / self._parent_energy(k, measured),
        )
        for key in others[max(quota - len(unbeaten), 0) :]:
            yield self._dropped(
                key, stage, sentence("Others of this round came out better; it was not taken on.")
            )

    def _rivals(self, key: str, measured: dict[str, Measurement]) -> list[str]:
        """Measured candidates of the same parent, and the parent, that lose no more accuracy.

        Only the parent competes across batch sizes: whether requests may wait for a batch is the
        user's choice, and it would otherwise push out every better file.
        """
        root = self.roots[key]
        batch = self.variants[key].run_options.get("batch_size")
        same = [
            root,
            *(
                k
                for k, other in self.variants.items()
                if self.roots[k] == root
                and k != key
                and other.run_options.get("batch_size") == batch
            ),
        ]
        known = self.losses.get(key)
        return [
            k
            for k in same
            if k in measured and (k == root if known is None else self._loss(k, root) <= known)
        ]

    def _loss(self, key: str, root: str) -> float:
        """Points lost; the parent loses nothing, and what is unknown counts as everything."""
        return 0.0 if key == root else self.losses.get(key, math.inf)

    def _clearly_beaten_by(self, key: str, measured: dict[str, Measurement]) -> str | None:
        mine = np.asarray(measured[key].energy_draws_j)
        for rival in self._rivals(key, measured):
            theirs = np.asarray(measured[rival].energy_draws_j)
            count = min(len(mine), len(theirs))
            if count and np.mean(theirs[:count] < mine[:count]) >= _BEATEN:
                return rival
        return None

    def _beaten_by(self, key: str, measured: dict[str, Measurement]) -> str | None:
        mine = measured[key].energy_j.value
        better = [k for k in self._rivals(key, measured) if measured[k].energy_j.value < mine]
        return better[0] if better else None

    def _parent_energy(self, key: str, measured: dict[str, Measurement]) -> float:
        parent = measured.get(self.roots[key])
        return parent.energy_j.value if parent else 1.0

    # -- small parts ---------------------------------------------------------------------------

    def _standing(self) -> list[Candidate]:
        return [*self.plan.parents, *self.variants.values()]

    def _run_id(self, stage: str) -> str:
        return f"{self.plan.search_id}-{stage.replace(' ', '-')}"

    def _stamp(self) -> dict[str, Any]:
        return {
            "search_id": self.plan.search_id,
            "at_s": round(time.perf_counter() - self.begun_s, 3),
        }

    def _stage(self, stage: str, doing: Sentence) -> StageStarted:
        count = len(self.plan.wanted) if stage == "make" else len(self.variants)
        return StageStarted(**self._stamp(), stage=stage, candidates=count, doing=doing)

    def _dropped(self, key: str, stage: str, reason: Sentence) -> VariantDropped:
        self.variants.pop(key, None)
        return VariantDropped(**self._stamp(), candidate=key, stage=stage, reason=reason)


def _labels(workload: Any) -> Any:
    return workload.labels


def _content(candidate: Candidate) -> str:
    """Digest of what is run: graph and weights without metadata, and the run options."""
    if candidate.run_options:
        return candidate.key
    model = onnx.load(str(candidate.path), load_external_data=False)
    del model.metadata_props[:]
    return hashlib.sha256(model.SerializeToString(deterministic=True)).hexdigest()
