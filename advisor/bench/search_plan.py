"""What a search for greener variants sets out to do: a plan the user sees and edits first."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from advisor.bench.plan import Plan, PlanError, Precision
from advisor.bench.stopping import expected_s
from advisor.candidates.candidate import Candidate
from advisor.candidates.guard import Limits
from advisor.candidates.levers import (
    Lever,
    MakingLever,
    Need,
    catalogue,
    check_settings,
    lever_named,
)
from advisor.candidates.rows import RowSplit, check_disjoint
from advisor.candidates.workload import UnusableDataError, Workload
from advisor.meters.meter import Meter, MeterFacts
from advisor.quantities import Quantity
from advisor.sentences import Sentence, sentence

_MADE_ON_DEMAND = frozenset(("mixed-int8",))
"""Made when int8 hurts (then with the nodes it needs), so not in advance."""
_SECONDS_TO_MAKE = 1.5
"""Typical time to make and check one variant of a small model, for the plan's estimate."""
_SECONDS_TO_PREPARE = 2.5
"""Typical time to load and warm up one candidate."""
_SECONDS_TO_GLANCE = 0.5
_SHARE_BEFORE_FULL = 0.5
"""Of a time budget: making, guarding and short rounds may take this much at least."""


class SearchPlanError(PlanError):
    """A search that cannot be carried out as planned. Its text is one sentence."""

    def __init__(self, said: Sentence) -> None:
        super().__init__(str(said))
        self.said = said


class Entry(BaseModel):
    """One variant that the search would try; the user ticks `wanted`."""

    model_config = ConfigDict(frozen=True)

    parent: str
    """Key of the candidate it is made from."""
    lever: str
    settings: dict[str, Any] = Field(default_factory=dict)
    wanted: bool = True
    obstacle: Sentence | None = None
    """Why it cannot be tried; such an entry is shown and never run."""
    expected_energy_ratio: Quantity | None = None

    @property
    def id(self) -> str:
        """Identity within a plan."""
        shown = ",".join(f"{k}={v}" for k, v in sorted(self.settings.items()))
        return f"{self.parent}/{self.lever}/{shown}"


class Rung(BaseModel):
    """One round of short measurements: who survives it goes on."""

    model_config = ConfigDict(frozen=True)

    window_s: float = 0.5
    blocks: int = 4
    keep_share: float = 0.25
    """Share of the variants that go on. Those no other one beats always do."""


@dataclass(frozen=True)
class SearchPlan:
    """Parents, the variants to try, the data, the limits, and how thoroughly to measure.

    Edit it with `choosing` or `dataclasses.replace` before `search` starts.
    """

    parents: tuple[Candidate, ...]
    entries: tuple[Entry, ...]
    workload: Workload
    """Evaluation data; synthetic inputs leave accuracy unknown."""
    calibration: Workload | None
    folder: Path
    """Where variants are written."""
    split: RowSplit | None = None
    """Which rows of one data set calibrate and which judge, where they were split off."""
    limits: Limits = field(default_factory=Limits)
    glance_keep_share: float = 0.5
    """Share of the variants that go on after the first estimate; see `Rung.keep_share`."""
    rungs: tuple[Rung, ...] = field(default_factory=lambda: (Rung(),))
    least_gain: float = 0.05
    """Share of energy by which a variant must beat a simpler one to be measured in full."""
    precision: Precision = Precision.QUICK
    """Of the finalists' full measurement."""
    bench: Mapping[str, Any] = field(default_factory=dict)
    """Further fields of the benchmark's `Plan`: threads, batch_size, load …"""
    meters: tuple[Meter, ...] | None = None
    time_budget_s: float | None = None
    """The whole search ends within it; None: every stage takes what it needs."""
    own_levers: tuple[Lever, ...] = ()
    """Levers besides the catalogue's: the user's own commands."""
    seed: int = 0
    search_id: str = field(default_factory=lambda: uuid.uuid4().hex[:12])

    @property
    def wanted(self) -> tuple[Entry, ...]:
        """The entries that will be tried."""
        return tuple(e for e in self.entries if e.wanted and e.obstacle is None)

    def choosing(self, wanted: Mapping[str, bool]) -> SearchPlan:
        """The plan with levers (by name) or single entries (by id) ticked or not."""
        entries = tuple(
            e.model_copy(update={"wanted": wanted.get(e.id, wanted.get(e.lever, e.wanted))})
            for e in self.entries
        )
        return replace(self, entries=entries)

    def setting(self, entry_id: str, settings: Mapping[str, Any]) -> SearchPlan:
        """The plan with other settings for one entry. Raises `LeverError` for unknown ones."""
        for entry in self.entries:
            if entry.id == entry_id:
                check_settings(lever_named(entry.lever, self.own_levers), settings)
        entries = tuple(
            e.model_copy(update={"settings": dict(settings)}) if e.id == entry_id else e
            for e in self.entries
        )
        return replace(self, entries=entries)

    def full_plan(
        self, candidates: Sequence[Candidate], run_id: str, left_s: float | None = None
    ) -> Plan:
        """The full measurement of some candidates, in what is `left_s` of a time budget."""
        changes = {"seed": self.seed, "run_id": run_id, "meters": self.meters, **self.bench}
        plan = Plan.of(self.precision, tuple(candidates), self.workload, **changes)
        if left_s is None:
            return plan
        idle_s = min(plan.idle_s, 0.05 * left_s)
        return replace(
            plan,
            time_budget_s=max(left_s - idle_s - 1.0, 1.0),
            idle_s=idle_s,
            warm_up_max_s=min(plan.warm_up_max_s, max(0.15 * left_s / len(candidates), 2.0)),
        )

    def short_plan(self, rung: Rung, candidates: Sequence[Candidate], run_id: str) -> Plan:
        """The short measurement of some candidates: energy only, for the guard has their answers.

        Nothing is measured idle: only energies of one run are compared.
        """
        changes = {
            "seed": self.seed,
            "run_id": run_id,
            "meters": self.meters,
            **self.bench,
            "window_s": rung.window_s,
            "blocks_min": rung.blocks,
            "blocks_max": rung.blocks,
            "idle_s": 0.0,
            "warm_up_max_s": 0.8,
        }
        unlabelled = replace(self.workload, labels=None, groups=None, metric=None)
        return Plan.of(Precision.GLANCE, tuple(candidates), unlabelled, **changes)

    # -- how long it takes ---------------------------------------------------------------------

    def expected_s(self, meters: Sequence[MeterFacts]) -> float:
        """How long the search should take, by the time budget at most.

        A third of the variants are guessed to outlast the guard and the first estimate.
        """
        count = len(self.wanted)
        whole = (_SECONDS_TO_MAKE + _SECONDS_TO_GLANCE) * count
        left: float = max(count / 3, min(count, 1))
        for rung in self.rungs:
            if left > 1:
                whole += self.round_s(rung, round(left), meters)
                left = max(left * rung.keep_share, 1.0)
        whole += expected_s(self.full_plan(self._standing(round(left)), "estimate"), meters)
        return min(whole, self.time_budget_s) if self.time_budget_s else whole

    def everything_s(self, meters: Sequence[MeterFacts]) -> float:
        """How long measuring every variant in full would take instead."""
        standing = self._standing(len(self.wanted))
        plan = self.full_plan(standing, "estimate")
        return _SECONDS_TO_MAKE * len(self.wanted) + expected_s(plan, meters)

    def round_s(self, rung: Rung, variants: int, meters: Sequence[MeterFacts] = ()) -> float:
        """How long a short round of so many variants should take."""
        return expected_s(self.short_plan(rung, self._standing(variants), "estimate"), meters)

    def least_s(self, candidates: int) -> float:
        """The shortest full measurement of so many candidates: two windows of each."""
        plan = self.full_plan(self.parents, "estimate")
        return 2 * plan.idle_s + candidates * self._each_s(plan)

    def room_for(self, left_s: float | None, variants: int) -> int:
        """How many of the variants the rest of a time budget can measure in full, at least one."""
        if left_s is None:
            return variants
        plan = self.full_plan(self.parents, "estimate", left_s)
        room = int((left_s - 3 * plan.idle_s) / self._each_s(plan)) - len(self.parents)
        return min(max(room, 1), variants)

    def check_budget(self) -> None:
        """Raises `SearchPlanError` when the budget is too short for the parents and one variant."""
        least_s = self.least_s(len(self.parents) + 1) / _SHARE_BEFORE_FULL
        if self.time_budget_s is not None and self.time_budget_s < least_s:
            raise SearchPlanError(
                sentence(
                    "A search of this precision takes at least {least} s and the time budget is "
                    "{budget} s; allow more time or choose a lower precision.",
                    least=round(least_s),
                    budget=round(self.time_budget_s),
                )
            )

    def _each_s(self, plan: Plan) -> float:
        window_s = plan.window_length_s([m.facts for m in self.meters or ()])
        return _SECONDS_TO_PREPARE + 2 * (window_s + 0.3)

    def _standing(self, variants: int) -> list[Candidate]:
        """As many candidates as there will be, for estimates of time."""
        first = self.parents[0]
        copies = [
            first.model_copy(update={"run_options": {"estimate": n}}) for n in range(variants)
        ]
        return [*self.parents, *copies]


def plan_search(
    parents: Sequence[Candidate],
    workload: Workload,
    folder: Path,
    *,
    calibration: Workload | None = None,
    levers: Sequence[Lever] | None = None,
    **settings: Any,
) -> SearchPlan:
    """Every variant that the catalogue offers for some candidates, ready to be edited.

    Raises `UnusableDataError` when calibration and evaluation data overlap. `settings` are further
    fields of `SearchPlan`.
    """
    if not parents:
        raise UnusableDataError(sentence("There is no model to make variants of; add one."))
    if calibration is not None and not workload.synthetic:
        check_disjoint(calibration, workload)
    known = [*(levers or catalogue()), *settings.get("own_levers", ())]
    making = [one for one in known if isinstance(one, MakingLever)]
    entries = [
        entry
        for parent in parents
        for lever in making
        for entry in _entries(parent, lever, calibration is not None)
        if not _in_force(entry, settings.get("bench", {}))
    ]
    return SearchPlan(tuple(parents), tuple(entries), workload, calibration, folder, **settings)


def _in_force(entry: Entry, bench: Mapping[str, Any]) -> bool:
    """Whether a run-time setting is what the benchmark does anyway: no variant, only noise."""
    names = {"intra_op_threads": "threads", "batch_size": "batch_size"}
    asked = {names[k]: v for k, v in entry.settings.items() if k in names}
    return bool(asked) and all(bench.get(k) == v for k, v in asked.items())


def _entries(parent: Candidate, lever: MakingLever, calibrated: bool) -> list[Entry]:
    obstacle = lever.obstacle(parent)
    if obstacle is None and Need.CALIBRATION_DATA in lever.needs and not calibrated:
        obstacle = sentence("It needs calibration data, and none was given.")
    variants = ({},) if obstacle else lever.variants(parent)
    return [
        Entry(
            parent=parent.key,
            lever=lever.name,
            settings=dict(settings),
            wanted=obstacle is None and lever.name not in _MADE_ON_DEMAND,
            obstacle=obstacle,
            expected_energy_ratio=None if obstacle else lever.expected_energy_ratio(parent),
        )
        for settings in variants or ({},)
    ]
