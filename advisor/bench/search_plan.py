"""What a search for greener variants sets out to do: a plan the user sees and edits first."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from advisor.bench.plan import Plan, Precision
from advisor.bench.stopping import expected_s
from advisor.candidates.candidate import Candidate
from advisor.candidates.guard import Limits
from advisor.candidates.levers import Lever, MakingLever, Need, catalogue
from advisor.candidates.rows import RowSplit, check_disjoint
from advisor.candidates.workload import UnusableDataError, Workload
from advisor.meters.meter import Meter, MeterFacts
from advisor.quantities import Quantity
from advisor.sentences import Sentence, sentence

_MADE_ON_DEMAND = frozenset(("mixed-int8",))
"""Made when int8 hurts (then with the nodes it needs), so not in advance."""
_SECONDS_TO_MAKE = 1.5
"""Typical time to make and check one variant of a small model, for the plan's estimate."""


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

    window_s: float = 1.0
    blocks: int = 2
    keep_share: float = 0.5
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
    rungs: tuple[Rung, ...] = field(default_factory=lambda: (Rung(), Rung(blocks=4)))
    precision: Precision = Precision.QUICK
    """Of the finalists' full measurement."""
    bench: Mapping[str, Any] = field(default_factory=dict)
    """Further fields of the benchmark's `Plan`: threads, batch_size, load …"""
    meters: tuple[Meter, ...] | None = None
    time_budget_s: float | None = None
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

    def full_plan(self, candidates: Sequence[Candidate], run_id: str) -> Plan:
        """The full measurement of some candidates."""
        changes = {"seed": self.seed, "run_id": run_id, "meters": self.meters, **self.bench}
        return Plan.of(self.precision, tuple(candidates), self.workload, **changes)

    def short_plan(self, rung: Rung, candidates: Sequence[Candidate], run_id: str) -> Plan:
        """The short measurement of some candidates."""
        changes = {
            "seed": self.seed,
            "run_id": run_id,
            "meters": self.meters,
            **self.bench,
            "window_s": rung.window_s,
            "blocks_min": rung.blocks,
            "blocks_max": rung.blocks,
            "idle_s": 1.0,
            "warm_up_max_s": 3.0,
        }
        return Plan.of(Precision.GLANCE, tuple(candidates), self.workload, **changes)

    def expected_s(self, meters: Sequence[MeterFacts]) -> float:
        """How long the search should take, finalists guessed at a quarter of the variants."""
        count = len(self.wanted)
        whole = _SECONDS_TO_MAKE * count
        left: float = count
        for rung in self.rungs:
            standing = self._standing(round(left))
            whole += expected_s(self.short_plan(rung, standing, "estimate"), meters)
            left = max(left * rung.keep_share, 1.0)
        return whole + expected_s(self.full_plan(self._standing(round(left)), "estimate"), meters)

    def everything_s(self, meters: Sequence[MeterFacts]) -> float:
        """How long measuring every variant in full would take instead."""
        standing = self._standing(len(self.wanted))
        plan = self.full_plan(standing, "estimate")
        return _SECONDS_TO_MAKE * len(self.wanted) + expected_s(plan, meters)

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
    making = [one for one in (levers or catalogue()) if isinstance(one, MakingLever)]
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
