"""Two ways to the same joules: the energy counter against integrated power.

They share the sensor but not the path: published cases differ by up to a factor of 1.7. Within 3 %
(and what the edges of the comparison may hide) they confirm each other; beyond, the label is
degraded to *estimated* and the gain's uncertainty widened so that the interval covers both. A
meter compares between two looks at its condition, so each window of a run has its own comparison;
a measurement is judged by all its windows together.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from pydantic import BaseModel, ConfigDict

from advisor.meters.meter import MeterFacts
from advisor.quantities import Z95, Provenance
from advisor.sentences import Sentence, sentence

TOLERANCE = 0.03
"""Disagreement above which a figure is degraded."""
LEAST_DURATION_S = 2.0
"""Comparisons over less than this say nothing."""


class Comparison(BaseModel):
    """Joules of one device over the same time by both ways."""

    model_config = ConfigDict(frozen=True)

    duration_s: float
    counter_j: float
    power_j: float
    edge_s: float
    """Time at each end that one way may see and the other not: tick and averaging."""

    @property
    def ratio(self) -> float:
        """Integrated power over counter; 1 is agreement."""
        return self.power_j / self.counter_j

    @property
    def allowance(self) -> float:
        """Relative difference that the edges alone make in 95 %: 1.96 · edge · √(2/12) ÷ duration.

        Each edge is uniform over `edge_s`; the two are independent.
        """
        if self.duration_s <= 0:
            return math.inf
        return Z95 * self.edge_s * math.sqrt(2 / 12) / self.duration_s

    @property
    def tells(self) -> bool:
        """Whether the comparison is long enough to say anything."""
        return self.duration_s >= LEAST_DURATION_S and self.allowance <= 1.0

    @property
    def disagrees(self) -> bool:
        """True when the two differ by more than 3 % and more than the edges can explain."""
        return self.tells and abs(self.ratio - 1) > TOLERANCE + self.allowance


def noted(comparison: Comparison) -> dict[str, float | str]:
    """A comparison as entries of a meter's condition, which are kept with each window."""
    return {
        "compared_s": comparison.duration_s,
        "counter_j": comparison.counter_j,
        "integrated_power_j": comparison.power_j,
        "compared_edge_s": comparison.edge_s,
        "power_over_counter": comparison.ratio,
    }


def found_in(condition: Mapping[str, float | str], meter: str) -> Comparison | None:
    """The comparison noted in a window's condition, whose keys begin with the meter's name."""
    keys = ("compared_s", "counter_j", "integrated_power_j", "compared_edge_s")
    values = [condition.get(f"{meter} {key}") for key in keys]
    numbers = [float(v) for v in values if isinstance(v, float | int)]
    if len(numbers) < len(keys) or numbers[0] <= 0 or numbers[1] <= 0:
        return None
    seconds, counted, integrated, edge = numbers
    return Comparison(duration_s=seconds, counter_j=counted, power_j=integrated, edge_s=edge)


def pooled(comparisons: Sequence[Comparison]) -> Comparison | None:
    """Several comparisons as one over all their time; their edges are independent."""
    if not comparisons:
        return None
    return Comparison(
        duration_s=math.fsum(c.duration_s for c in comparisons),
        counter_j=math.fsum(c.counter_j for c in comparisons),
        power_j=math.fsum(c.power_j for c in comparisons),
        edge_s=math.sqrt(math.fsum(c.edge_s**2 for c in comparisons)),
    )


def degraded(facts: MeterFacts, comparison: Comparison | None) -> MeterFacts:
    """The facts with a weaker label when counter and power disagree; else unchanged."""
    if comparison is None or not comparison.disagrees:
        return facts
    difference = abs(comparison.ratio - 1)
    return facts.model_copy(
        update={
            "provenance": Provenance.weakest((facts.provenance, Provenance.ESTIMATED)),
            "gain_relative_std": max(facts.gain_relative_std, difference / Z95),
            "notes": (*facts.notes, disagreement(facts.name, comparison)),
        }
    )


def disagreement(meter: str, comparison: Comparison) -> Sentence:
    """What a reader must know of two ways that disagree."""
    return sentence(
        "{meter}: the energy counter gives {counted} J over {seconds} s, integrated power "
        "{integrated} J ({difference} %). They differ by more than 3 %, so the figures are "
        "labelled as estimates, and their interval reaches both.",
        meter=meter,
        counted=comparison.counter_j,
        seconds=comparison.duration_s,
        integrated=comparison.power_j,
        difference=f"{(comparison.ratio - 1) * 100:+.1f}",
    )
