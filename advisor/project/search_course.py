"""How a search for variants fares: its events folded into stages, outcomes and time remaining.

The window and the terminal take the same events; the course of a finished or broken-off search is
that of its journal.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from advisor.bench import (
    CandidateMeasured,
    Event,
    Failed,
    Finished,
    Measurement,
    Progress,
    Started,
    WarmedUp,
    measure,
)
from advisor.bench.search import (
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
from advisor.bench.search_plan import Entry, SearchPlan
from advisor.candidates import Candidate
from advisor.candidates.guard import GuardResult
from advisor.candidates.levers.sensitivity import LayerSensitivity
from advisor.meters import MeterFacts
from advisor.project.outcomes import (
    Outcome,
    Verdict,
    energy_change,
    glanced_change,
    measured_outcome,
)
from advisor.project.search_time import SECONDS_EACH, Stage, after_stage_s, stage_names, stage_s
from advisor.sentences import Sentence, sentence


@dataclass
class SearchCourse:
    """The state of one search. `take` its events in order; everything else only reads."""

    plan: SearchPlan
    meters: Sequence[MeterFacts] = ()
    stage: str = ""
    finished: bool = False
    revision: int = 0
    """Moves with every event that changes an outcome or a stage, so that views draw only then."""
    doing: Sentence | None = None
    layers: dict[str, tuple[LayerSensitivity, ...]] = field(
        default_factory=dict[str, tuple[LayerSensitivity, ...]]
    )
    """What int8 does to each layer, by parent; only where int8 lost too much."""
    _entered: dict[str, int] = field(default_factory=dict[str, int])
    _made: dict[str, Candidate] = field(default_factory=dict[str, Candidate])
    _entries: dict[str, Entry] = field(default_factory=dict[str, Entry])
    _refused: dict[str, Sentence] = field(default_factory=dict[str, Sentence])
    _guarded: dict[str, GuardResult] = field(default_factory=dict[str, GuardResult])
    _glanced: dict[str, tuple[float, ...]] = field(default_factory=dict[str, tuple[float, ...]])
    _dropped: dict[str, VariantDropped] = field(default_factory=dict[str, VariantDropped])
    _measured: dict[str, dict[str, Measurement]] = field(
        default_factory=dict[str, dict[str, Measurement]]
    )
    _failed: dict[str, Sentence] = field(default_factory=dict[str, Sentence])
    _on_gpu: set[str] = field(default_factory=set[str])
    _left_in_stage_s: float = 0.0
    _at_s: float = 0.0

    def __post_init__(self) -> None:
        self._entries = {entry.id: entry for entry in self.plan.entries}

    # -- what happened -----------------------------------------------------------------------

    def take(self, event: SearchEvent) -> None:
        """Take in the next event."""
        self._at_s = max(self._at_s, event.at_s)
        if _tells_something(event):
            self.revision += 1
        match event:
            case StageStarted():
                self.stage, self.doing = event.stage, event.doing
                self._entered[event.stage] = event.candidates
                self._left_in_stage_s = stage_s(
                    self.plan, self.meters, event.stage, event.candidates
                )
            case VariantMade():
                self._made[event.entry] = event.candidate
                self._entries.setdefault(event.entry, _entry_of(event))
                self._pass(SECONDS_EACH["make"])
            case VariantRefused():
                self._refused[event.entry] = event.reason
                self._entries.setdefault(event.entry, self._unplanned(event))
                self._pass(SECONDS_EACH["make"])
            case VariantGuarded():
                self._guarded[event.candidate] = event.result
                self._pass(SECONDS_EACH["guard"])
            case SensitivityFound():
                self.layers[event.parent] = event.layers
            case VariantGlanced():
                self._glanced[event.candidate] = event.cpu_s
            case VariantDropped():
                self._dropped[event.candidate] = event
            case Measuring():
                self._take_measuring(event.stage, event.event)
            case Working():
                pass
            case SearchFinished():
                self.finished, self._left_in_stage_s = True, 0.0

    def take_all(self, events: Iterable[SearchEvent]) -> SearchCourse:
        """Take in a journal, and work out the figures of its windows; returns itself."""
        runs: dict[str, list[Event]] = {}
        for event in events:
            self.take(event)
            if isinstance(event, Measuring):
                runs.setdefault(event.stage, []).append(event.event)
        for stage, kept in runs.items():
            self._measured.setdefault(stage, {}).update({m.candidate: m for m in measure(kept)})
        return self

    # -- how far it is -----------------------------------------------------------------------

    @property
    def stages(self) -> tuple[Stage, ...]:
        """Every stage in order."""
        names = stage_names(self.plan)
        now = names.index(self.stage) if self.stage in names else -1
        return tuple(
            Stage(
                name,
                self._entered.get(name),
                "done" if n < now or self.finished else "running" if n == now else "waiting",
            )
            for n, name in enumerate(names)
        )

    @property
    def remaining_s(self) -> float:
        """How long it still takes, from the plan and from how many variants are left."""
        if self.finished:
            return 0.0
        left = self._entered.get(self.stage, len(self.plan.wanted))
        whole = self._left_in_stage_s + after_stage_s(self.plan, self.meters, self.stage, left)
        if self.plan.time_budget_s is None:
            return whole
        return min(whole, max(self.plan.time_budget_s - self._at_s, 0.0))

    @property
    def fraction(self) -> float:
        """Share of the time that has passed, 0 to 1."""
        whole = self._at_s + self.remaining_s
        return self._at_s / whole if whole > 0 else 1.0

    # -- what was found ----------------------------------------------------------------------

    def outcomes(self) -> list[Outcome]:
        """Every variant of the plan, and those made on the way, in the plan's order."""
        return [self._outcome(entry) for entry in self._entries.values()]

    def measured(self, key: str) -> Measurement | None:
        """The latest measurement of a candidate, a parent for instance."""
        return self._latest(key)[1]

    def best(self, *, waiting: bool = False) -> Outcome | None:
        """The finalist that saves most within the limits; None where none is greener.

        Unless requests may be `waiting` for each other, larger batches come last.
        """
        greener = [o for o in self.outcomes() if o.finalist and o.verdict is Verdict.GREENER]
        at_once = [] if waiting else [o for o in greener if not o.batched]
        return min(
            at_once or greener,
            key=lambda o: o.energy_change.value if o.energy_change else 0.0,
            default=None,
        )

    @property
    def kept_in_float(self) -> tuple[str, ...]:
        """Nodes that the mixed-precision variant within the limits left in float."""
        for candidate in self._made.values():
            guard = self._guarded.get(candidate.key)
            if candidate.lever == "mixed-int8" and (guard is None or guard.passes):
                return tuple(candidate.lever_settings.get("keep", ()))
        return ()

    # -- inside ------------------------------------------------------------------------------

    def _take_measuring(self, stage: str, event: Event) -> None:
        match event:
            case Started():
                self.meters = event.meters
            case WarmedUp():
                if any("CUDA" in name or "Tensorrt" in name for name in event.providers):
                    self._on_gpu.add(event.candidate)
            case CandidateMeasured():
                found = event.measurement
                self._measured.setdefault(stage, {})[found.candidate] = found
            case Progress():
                self._left_in_stage_s = event.remaining_s
            case Failed() if event.candidate is not None:
                self._failed[event.candidate] = event.said or sentence(
                    "{reason}", reason=event.reason
                )
            case Finished():
                self._left_in_stage_s = 0.0
            case _:
                pass

    def _outcome(self, entry: Entry) -> Outcome:
        candidate = self._made.get(entry.id)
        if candidate is None:
            return Outcome(entry, *self._not_made(entry))
        guard = self._guarded.get(candidate.key)
        dropped = self._dropped.get(candidate.key)
        stage, mine = self._latest(candidate.key)
        theirs = self._measured.get(stage, {}).get(entry.parent)
        verdict, reasons = Verdict.MADE, ()
        change = None
        if dropped is not None and dropped.stage == "make":
            verdict = Verdict.DUPLICATE
        elif guard is not None and not guard.passes:
            verdict, reasons = Verdict.REFUSED, guard.breaches
        elif mine is not None and theirs is not None:
            change = energy_change(theirs, mine)
            parent = next(p for p in self.plan.parents if p.key == entry.parent)
            on_gpu = candidate.key in self._on_gpu
            verdict, reasons = measured_outcome(parent, candidate, change, gpu=on_gpu)
        elif candidate.key in self._glanced and entry.parent in self._glanced:
            stage = "glance"
            change = glanced_change(self._glanced[entry.parent], self._glanced[candidate.key])
            verdict = Verdict.MADE if dropped is None else Verdict.BEATEN
        if guard is not None:
            reasons = (*reasons, *guard.remarks)
        if dropped is not None:
            reasons = (*reasons, dropped.reason)
        if candidate.key in self._failed:
            reasons = (*reasons, self._failed[candidate.key])
        reasons = tuple({str(r): r for r in reasons}.values())
        return Outcome(entry, verdict, reasons, candidate, guard, mine, stage, change)

    def _unplanned(self, event: VariantRefused) -> Entry:
        parent = next((p.key for p in self.plan.parents if event.entry.startswith(p.key)), "")
        return Entry(parent=parent, lever=event.lever)

    def _not_made(self, entry: Entry) -> tuple[Verdict, tuple[Sentence, ...]]:
        if entry.obstacle is not None:
            return Verdict.DOES_NOT_APPLY, (entry.obstacle,)
        if entry.id in self._refused:
            return Verdict.NOT_MADE, (self._refused[entry.id],)
        if entry.wanted:
            return Verdict.WAITING, ()
        on_demand = sentence("It is made only where int8 loses too much accuracy.")
        return Verdict.LEFT_OUT, (on_demand,) if entry.lever == "mixed-int8" else ()

    def _latest(self, key: str) -> tuple[str, Measurement | None]:
        for stage in reversed(stage_names(self.plan)):
            found = self._measured.get(stage, {}).get(key)
            if found is not None:
                return stage, found
        return "", None

    def _pass(self, seconds: float) -> None:
        self._left_in_stage_s = max(self._left_in_stage_s - seconds, 0.0)


def _tells_something(event: SearchEvent) -> bool:
    """Whether an event changes an outcome or a stage."""
    if isinstance(event, Measuring):
        return isinstance(event.event, CandidateMeasured | Failed)
    return not isinstance(event, Working)


def _entry_of(event: VariantMade) -> Entry:
    """The entry of a variant that was not planned (a retry with nodes kept in float)."""
    made = event.candidate
    return Entry(
        parent=made.parent_key or "", lever=made.lever or "", settings=dict(made.lever_settings)
    )
