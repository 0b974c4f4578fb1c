"""Two ways to the same joules: the energy counter against integrated power.

They share the sensor but not the path: published cases differ by up to a factor of 1.7. Within 3 %
(and what the edges of the comparison may hide) they confirm each other; beyond, the label is
degraded to *estimated* and the gain's uncertainty widened so that the interval covers both.
"""

from __future__ import annotations

import math

from pydantic import BaseModel, ConfigDict

from advisor.meters.meter import MeterFacts
from advisor.quantities import Z95, Provenance

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


def degraded(facts: MeterFacts, comparison: Comparison) -> MeterFacts:
    """The facts with a weaker label when counter and power disagree; else unchanged."""
    if not comparison.disagrees:
        return facts
    difference = abs(comparison.ratio - 1)
    note = (
        f"The GPU's energy counter gives {comparison.counter_j:.4g} J, its integrated power "
        f"{comparison.power_j:.4g} J over {comparison.duration_s:.3g} s "
        f"({(comparison.ratio - 1) * 100:+.1f} %): the figures are labelled as estimates."
    )
    return facts.model_copy(
        update={
            "provenance": Provenance.weakest((facts.provenance, Provenance.ESTIMATED)),
            "gain_relative_std": max(facts.gain_relative_std, difference / Z95),
            "notes": (*facts.notes, note),
        }
    )
