"""Counter against integrated power over the windows of a candidate; disagreement weakens the label.

Each window keeps both joules in its condition, where a meter has both ways. All windows of a
candidate that count are judged together, so that what the edges of one window hide comes out.
"""

from __future__ import annotations

from collections.abc import Sequence

from advisor.bench.measurement import Window
from advisor.meters.meter import MeterFacts
from advisor.meters.pair import Comparison, degraded, disagreement, found_in, pooled
from advisor.sentences import Sentence


def judged(meters: Sequence[MeterFacts], windows: Sequence[Window]) -> list[MeterFacts]:
    """The meters as these windows show them: `estimated` where the two ways differ by over 3 %."""
    return [degraded(meter, compared(meter, windows)) for meter in meters]


def compared(meter: MeterFacts, windows: Sequence[Window]) -> Comparison | None:
    """Both ways over all windows; None for a meter that has only one."""
    found = (found_in(window.condition, meter.name) for window in windows)
    return pooled([c for c in found if c is not None])


def disagreements(meters: Sequence[MeterFacts], windows: Sequence[Window]) -> list[Sentence]:
    """What a reader must know of the meters whose two ways disagree."""
    found = ((meter.name, compared(meter, windows)) for meter in meters)
    return [disagreement(name, c) for name, c in found if c is not None and c.disagrees]
