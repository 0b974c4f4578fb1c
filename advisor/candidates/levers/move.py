"""Move in place or time: the same joules where, or when, the grid is cleaner.

Carbon changes, energy does not: intensity ratio r = I_after / I_before. For hours, I_after is the
mean intensity over the cleanest hours that suffice for the work, weighted by the share of the work
that may wait; what may not wait keeps the day's mean.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from advisor.candidates.levers.lever import Effect, LeverError, LeverKind, Need
from advisor.candidates.levers.operational import OperationalFacts
from advisor.quantities import Provenance, Quantity
from advisor.sentences import sentence


@dataclass(frozen=True)
class Move(OperationalFacts):
    """The lever `move`."""

    def effect(self, before: Quantity, after: Quantity, where: str) -> Effect:
        """From the grid intensity `before` to that `after` (both kgCO2e/kWh or alike)."""
        if before.value <= 0 or after.value < 0:
            raise LeverError(sentence("Grid intensities must be above 0."))
        return Effect(
            lever=self.name,
            kind=self.kind,
            intensity_ratio=after / before,
            accuracy_loss=Quantity.exact(0.0, "point", Provenance.DECLARED, "same model"),
            reason=sentence(
                "The same energy at {after} ({where}) instead of {before}.",
                after=after,
                before=before,
                where=where,
            ),
            settings={"where": where},
        )

    def effect_of_hours(
        self, hourly: Sequence[Quantity], hours_needed: int, share_that_may_wait: float
    ) -> Effect:
        """`hourly`: intensity of each hour of a typical day (24 figures, one unit)."""
        if len(hourly) != 24 or not 1 <= hours_needed <= 24:
            raise LeverError(sentence("A day has 24 hourly figures and work needs 1 to 24 hours."))
        if not 0 <= share_that_may_wait <= 1:
            raise LeverError(sentence("The share that may wait must lie between 0 and 1."))
        unit = hourly[0].unit
        values = np.array([hour.to(unit).value for hour in hourly])
        chosen = np.sort(np.argsort(values, kind="stable")[:hours_needed])
        day = _mean([hourly[n] for n in range(24)], "mean of the day")
        night = _mean([hourly[int(n)] for n in chosen], "mean of the cleanest hours")
        after = night * share_that_may_wait + day * (1.0 - share_that_may_wait)
        shown = ", ".join(f"{n}:00" for n in chosen)
        made = self.effect(day, after, shown)
        return made.model_copy(update={"settings": {"hours": [int(n) for n in chosen]}})


def _mean(figures: Sequence[Quantity], source: str) -> Quantity:
    summed = figures[0]
    for figure in figures[1:]:
        summed = summed + figure
    return (summed / len(figures)).named(f"{figures[0].source}, {source}")


LEVER = Move(
    "move",
    LeverKind.MOVE,
    sentence("Move in place or time"),
    sentence("The work runs in another region, or in the hours when the grid is cleanest."),
    (Need.GRID_PROFILE,),
    (
        sentence("Carbon falls, energy does not; cost and latency may change."),
        sentence("Personal data may not be allowed to leave its region."),
    ),
)
