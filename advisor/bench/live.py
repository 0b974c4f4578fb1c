"""What one window says by itself, for a chart that moves while a run goes on."""

from __future__ import annotations

import math
from collections.abc import Sequence

from advisor.bench.collected import counted_meters, energy_of
from advisor.bench.measurement import Window
from advisor.meters.meter import MeterFacts


def window_energy_j(window: Window, meters: Sequence[MeterFacts]) -> float | None:
    """Joules per inference of one window over the counted meters, raw, without interval.

    None where a meter is missing, the window is excluded or nothing was inferred. Never a result:
    results come from `measure`.
    """
    energy_j = energy_of(window, counted_meters(meters))
    if math.isnan(energy_j) or energy_j <= 0 or window.inferences <= 0 or window.excluded:
        return None
    return energy_j / window.inferences
