"""When is a candidate warm? When its latency neither scatters nor drifts.

The loop runs in chunks; each chunk gives its mean latency. Over the last `CHUNKS` chunks the
latency counts as stationary when (1) its coefficient of variation is below 5 %, and (2) it has no
trend: either the slope of a straight line through them is not distinguishable from zero (two-sided
t test, 5 %), or what it adds up to over these chunks is below 2 %. Where power can be read, its
chunks must pass the same second test.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy import stats

from advisor.sentences import Sentence, sentence

CHUNKS = 6
MAX_CV = 0.05
MAX_DRIFT = 0.02
LEVEL = 0.05


class Stationarity(NamedTuple):
    """The verdict on the last chunks, with its reason."""

    reached: bool
    said: Sentence


def stationary(latencies_s: Sequence[float], powers_w: Sequence[float] = ()) -> Stationarity:
    """Test the mean latencies (s) and powers (W) of chunks of equal length, oldest first."""
    if len(latencies_s) < CHUNKS:
        return Stationarity(False, sentence("too few repetitions to judge the latency"))
    recent = np.asarray(latencies_s[-CHUNKS:])
    cv = float(recent.std(ddof=1) / recent.mean())
    if cv >= MAX_CV:
        return Stationarity(
            False, sentence("the latency still scatters by {cv} %", cv=round(100 * cv, 1))
        )
    drift = trend(recent)
    if drift:
        return Stationarity(
            False, sentence("the latency still drifts by {drift} %", drift=round(100 * drift, 1))
        )
    power = np.asarray(powers_w[-CHUNKS:])
    drift = trend(power) if len(power) >= CHUNKS and power.mean() > 0 else 0.0
    if drift:
        return Stationarity(
            False, sentence("the power still drifts by {drift} %", drift=round(100 * drift, 1))
        )
    return Stationarity(
        True,
        sentence("the latency is stationary (it scatters by {cv} %)", cv=round(100 * cv, 1)),
    )


def trend(values: np.ndarray) -> float:
    """Relative change over all values along a straight line, 0 where none is distinguishable."""
    if float(np.ptp(values)) == 0.0:
        return 0.0
    line = stats.linregress(np.arange(len(values)), values)
    change = float(line.slope) * (len(values) - 1) / float(np.mean(values))
    return change if abs(change) >= MAX_DRIFT and float(line.pvalue) < LEVEL else 0.0
