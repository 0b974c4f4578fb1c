"""Who leaves a search after a round: what another candidate beats, then what only takes room.

Accuracy is the same in every round, so only energy is noisy. A candidate is *clearly beaten* when
another one of the same parent is not distinguishably less accurate (paired bootstrap on the same
rows) and uses less energy in at least 97.5 % of the paired bootstrap draws. Candidates that no
other one beats by the point estimates always go on, so the halving cannot lose a corner of the
frontier to its quota. Two rules keep chance from making corners: a loss whose interval includes
zero counts as none; and what is no simpler than another (it is not the parent, loses more accuracy,
or waits for a larger batch) must use clearly less energy, by the plan's `least_gain` (ε-dominance,
Laumanns et al. 2002).

Reference: Jamieson & Talwalkar, “Non-stochastic best arm identification” (AISTATS 2016).
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from advisor.bench.measurement import Measurement
from advisor.bench.search_glance import clearly_hungrier
from advisor.candidates.candidate import Candidate
from advisor.candidates.guard import GuardResult
from advisor.sentences import Sentence, sentence

_BEATEN = 0.975
"""Share of draws in which another one must use less energy."""

_BY_ESTIMATE = sentence(
    "By a first estimate no better than {other}, which is not distinguishably less accurate.",
    other="",
)
_BY_MEASUREMENT = sentence(
    "It came out no better than {other}, which is not distinguishably less accurate.", other=""
)


class Leaver(NamedTuple):
    """A variant that leaves, and why."""

    key: str
    reason: Sentence


def counted_loss(result: GuardResult) -> float:
    """Points lost; 0 where the loss cannot be told from none."""
    return result.loss.value if result.loss.excludes_zero else 0.0


@dataclass(frozen=True)
class Field:
    """The variants still in a search, with what they lose, and the parent of each."""

    variants: Mapping[str, Candidate]
    roots: Mapping[str, str]
    """Key of the parent, by key of the variant."""
    losses: Mapping[str, float]
    """Points lost against the parent, by key; missing: unknown."""
    names: Mapping[str, str]

    least_gain: float = 0.0
    """Share of energy that a variant must save to count against a simpler one."""
    loss_draws: Mapping[str, Sequence[float]] = field(default_factory=dict)
    """What each variant loses in the guard's bootstrap, the same samples for all."""

    def glanced(self, cpu_s: Mapping[str, Sequence[float]], keep_share: float) -> list[Leaver]:
        """After the first estimates: what takes a quarter more, and those beyond the quota."""
        leaving: list[Leaver] = []
        for key in (k for k in self.variants if k in cpu_s):
            rival = next(
                (r for r in self.rivals(key, cpu_s) if clearly_hungrier(cpu_s[key], cpu_s[r])),
                None,
            )
            if rival:
                said = sentence(
                    "A first estimate of {times} times the processor time of {other}, which is not "
                    "distinguishably less accurate.",
                    times=round(float(np.median(cpu_s[key]) / np.median(cpu_s[rival])), 2),
                    other=self.names[rival],
                )
                leaving.append(Leaver(key, said))
        medians = {key: float(np.median(seconds)) for key, seconds in cpu_s.items()}
        return leaving + self._beyond_quota(leaving, medians, keep_share, _BY_ESTIMATE)

    def measured(self, found: Mapping[str, Measurement], keep_share: float) -> list[Leaver]:
        """After a round of short measurements, in the order in which they leave."""
        leaving = [
            Leaver(key, sentence("It could not be measured."))
            for key in self.variants
            if key not in found
        ]
        for key in (k for k in self.variants if k in found):
            rival = next(
                (r for r in self.rivals(key, found) if _clearly_less(found[r], found[key])), None
            )
            if rival:
                said = sentence(
                    "{other} uses clearly less energy and is not distinguishably less accurate.",
                    other=self.names[rival],
                )
                leaving.append(Leaver(key, said))
        energies = {k: m.energy_j.value for k, m in found.items()}
        return leaving + self._beyond_quota(leaving, energies, keep_share, _BY_MEASUREMENT)

    def best(self, count: int, energies: Mapping[str, float]) -> list[Leaver]:
        """Those beyond the `count` that a time budget has room for."""
        contested = self.contested(list(self.variants), energies)
        corners = sorted(
            (k for k in self.variants if k not in contested), key=lambda k: self._ratio(k, energies)
        )
        said = sentence(
            "The time budget has room for {count} finalists, and others came out better.",
            count=count,
        )
        return [Leaver(key, said) for key in [*corners, *contested][count:]]

    def contested(self, keys: Sequence[str], energies: Mapping[str, float]) -> list[str]:
        """Those that another one beats by the point estimates, the best first.

        Taken from the hungriest on, so that what leaves pushes nothing out any more: with the least
        gain, three can beat one another in a ring, and one of them stays.
        """
        standing, beaten = set(keys), list[str]()
        for key in sorted(keys, key=lambda k: self._ratio(k, energies), reverse=True):
            if self._better_than(key, energies, standing):
                standing.remove(key)
                beaten.append(key)
        return beaten[::-1]

    def _beyond_quota(
        self,
        leaving: Sequence[Leaver],
        energies: Mapping[str, float],
        keep_share: float,
        said: Sentence,
    ) -> list[Leaver]:
        gone = {one.key for one in leaving}
        left = [k for k in self.variants if k not in gone]
        contested = self.contested(left, energies)
        room = max(math.ceil(keep_share * len(left)) - (len(left) - len(contested)), 0)
        return [
            Leaver(key, said.model_copy(update={"values": {"other": self.names[rival]}}))
            for key in contested[room:]
            for rival in [self._better_than(key, energies)]
            if rival
        ]

    def _better_than(
        self, key: str, energies: Mapping[str, float], among: Collection[str] | None = None
    ) -> str | None:
        """One that beats a variant by the point estimates, the one with the least energy.

        Whichever of the two is less simple must use clearly less energy than the other.
        """
        mine = energies.get(key)
        if mine is None:
            return None
        root, gain = self.roots[key], self.least_gain
        better = [
            r
            for r in self.rivals(key, energies)
            if among is None or r in among or r == root
            if mine * (1 - gain * self._simpler(key, r, root))
            > energies[r] * (1 - gain * self._simpler(r, key, root))
        ]
        return min(better, key=lambda r: energies[r], default=None)

    def _simpler(self, one: str, other: str, root: str) -> bool:
        """The parent is, or what loses less, or waits for fewer requests."""
        if root in (one, other):
            return one == root
        losses = self._loss(one, root), self._loss(other, root)
        if losses[0] != losses[1]:
            return losses[0] < losses[1]
        first, second = (self.variants[k].run_options.get("batch_size") for k in (one, other))
        return first is not None and second is not None and first < second

    def rivals(self, key: str, found: Mapping[str, object]) -> list[str]:
        """Those with a figure, of the same parent, that are not less accurate; and the parent.

        Batches compete among themselves and with the parent only: whether requests may wait for a
        batch is the user's choice, and it would otherwise push out every better file.
        """
        root = self.roots[key]
        batched = _batched(self.variants[key])
        same = [
            k
            for k, other in self.variants.items()
            if k != key and self.roots[k] == root and _batched(other) == batched
        ]
        known = self.losses.get(key)
        return [
            k
            for k in (root, *same)
            if k in found
            if (
                k == root
                if known is None
                else self._loss(k, root) <= known and not self._less_accurate(k, key)
            )
        ]

    def _less_accurate(self, rival: str, key: str) -> bool:
        """Whether a rival distinguishably loses more, sample by sample on the same rows."""
        theirs, mine = (self.loss_draws.get(k, ()) for k in (rival, key))
        if not theirs or len(theirs) != len(mine):
            return False
        return float(np.quantile(np.subtract(theirs, mine), 0.025)) > 0

    def _loss(self, key: str, root: str) -> float:
        """The parent loses nothing, and what is unknown counts as everything."""
        return 0.0 if key == root else self.losses.get(key, math.inf)

    def _ratio(self, key: str, energies: Mapping[str, float]) -> float:
        parent = energies.get(self.roots[key])
        return energies.get(key, math.inf) / parent if parent else math.inf


def _batched(candidate: Candidate) -> bool:
    return candidate.run_options.get("batch_size") is not None


def _clearly_less(rival: Measurement, mine: Measurement) -> bool:
    theirs, own = np.asarray(rival.energy_draws_j), np.asarray(mine.energy_draws_j)
    count = min(len(theirs), len(own))
    return bool(count) and float(np.mean(theirs[:count] < own[:count])) >= _BEATEN
