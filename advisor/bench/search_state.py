"""Where a search stands: what was made, what is left, and how much of the time budget is spent."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from advisor.bench.search_events import (
    SearchEvent,
    StageStarted,
    VariantDropped,
    VariantMade,
    VariantRefused,
    Working,
)
from advisor.bench.search_halving import Field, Leaver
from advisor.bench.search_plan import Entry, SearchPlan
from advisor.candidates.apart import Apart
from advisor.candidates.candidate import Candidate
from advisor.sentences import Sentence

Clock = Callable[[], float]
T = TypeVar("T")


@dataclass
class State:
    """The state of a search; `done` are the events of its earlier parts."""

    plan: SearchPlan
    done: tuple[SearchEvent, ...]
    clock: Clock = time.perf_counter
    variants: dict[str, Candidate] = field(default_factory=dict)
    roots: dict[str, str] = field(default_factory=dict)
    """Key of the parent, by key of the variant."""
    losses: dict[str, float] = field(default_factory=dict)
    """Points lost against the parent, by key; missing: unknown."""
    loss_draws: dict[str, tuple[float, ...]] = field(default_factory=dict)
    """The same, draw by draw of the guard's bootstrap."""
    names: dict[str, str] = field(default_factory=dict)
    apart: Apart = field(default_factory=Apart)
    """Where models are made and called: not in this process."""

    def __post_init__(self) -> None:
        self.begun_s = self.clock() - max((event.at_s for event in self.done), default=0.0)
        self.names.update({p.key: p.name for p in self.plan.parents})

    @property
    def at_s(self) -> float:
        """Seconds spent, over all parts of the search."""
        return self.clock() - self.begun_s

    @property
    def left_s(self) -> float | None:
        """What is left of the time budget; None: there is none."""
        budget = self.plan.time_budget_s
        return None if budget is None else max(budget - self.at_s, 0.0)

    @property
    def standing(self) -> list[Candidate]:
        """The parents and the variants still in the search."""
        return [*self.plan.parents, *self.variants.values()]

    @property
    def field(self) -> Field:
        """The variants as the halving sees them."""
        plan = self.plan
        return Field(
            self.variants, self.roots, self.losses, self.names, plan.least_gain, self.loss_draws
        )

    def takes_in(self, made: Candidate, parent: str) -> None:
        """A variant joins the search."""
        self.variants[made.key], self.roots[made.key] = made, parent
        self.names[made.key] = made.name

    def parent_of(self, key: str) -> Candidate:
        """The parent of a variant."""
        return next(p for p in self.plan.parents if p.key == self.roots[key])

    def worked(
        self,
        on: str,
        function: Callable[..., T],
        *arguments: Any,
        limit_s: float | None = None,
    ) -> Generator[SearchEvent, None, T]:
        """The function's result, worked out apart; `Working` while it takes its time."""
        call = self.apart.call(function, *arguments, limit_s=limit_s)
        try:
            while True:
                next(call)
                yield Working(**self.stamp(), on=on)
        except StopIteration as end:
            result: T = end.value
            return result
        finally:
            call.close()

    # -- events --------------------------------------------------------------------------------

    def stamp(self) -> dict[str, Any]:
        """What every event carries."""
        return {"search_id": self.plan.search_id, "at_s": round(self.at_s, 3)}

    def stage(self, stage: str, count: int, doing: Sentence) -> StageStarted:
        """A stage begins."""
        return StageStarted(**self.stamp(), stage=stage, candidates=count, doing=doing)

    def made(self, entry: Entry, candidate: Candidate) -> VariantMade:
        """A variant was made."""
        return VariantMade(**self.stamp(), entry=entry.id, candidate=candidate)

    def refused(self, entry: Entry, reason: Sentence) -> VariantRefused:
        """A variant could not be made."""
        return VariantRefused(**self.stamp(), entry=entry.id, lever=entry.lever, reason=reason)

    def dropped(self, key: str, stage: str, reason: Sentence) -> VariantDropped:
        """A variant leaves."""
        self.variants.pop(key, None)
        return VariantDropped(**self.stamp(), candidate=key, stage=stage, reason=reason)

    def without(self, leavers: Sequence[Leaver], stage: str) -> list[VariantDropped]:
        """Several leave."""
        return [self.dropped(one.key, stage, one.reason) for one in leavers]
