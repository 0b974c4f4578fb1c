"""What a reader must know before trusting a candidate's figures."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from advisor.bench.collected import Record
from advisor.bench.measurement import Window
from advisor.bench.two_ways import disagreements
from advisor.meters.meter import MeterFacts
from advisor.quantities import Quantity
from advisor.sentences import Sentence, sentence

IDLE_DRIFT = 0.05
"""Relative range of idle power above which a warning is given."""


def cautions(
    record: Record,
    candidate: str,
    windows: Sequence[Window],
    excluded: Sequence[Window],
    meters: Sequence[MeterFacts],
    reached: float | None,
    above: Quantity | None,
) -> list[Sentence]:
    """What a reader must know before trusting the figures."""
    said: list[Sentence] = []
    if record.precision == "glance":
        said.append(sentence("A first look: the windows are too short for a figure to publish."))
    if len(windows) < 2:
        said.append(
            sentence("Only one window counts: the scatter is assumed from published repeats.")
        )
    elif reached is not None and reached > record.target:
        said.append(
            sentence(
                "The interval from the windows is ±{reached} %, wider than the target of "
                "±{target} %.",
                reached=round(100 * reached, 1),
                target=round(100 * record.target, 1),
            )
        )
    warm = record.warm_ups.get(candidate)
    if warm and not warm.stationary:
        said.append(
            sentence("Measured before the latency was stationary: {reason}.", reason=warm.reason)
        )
    if excluded:
        said.append(
            sentence(
                "{count} windows were left out: {reasons}.",
                count=len(excluded),
                reasons="; ".join(dict.fromkeys(w.excluded for w in excluded)),
            )
        )
    said += disagreements(meters, windows)
    said += _idle_cautions(record, meters, above)
    said += _load_cautions(record, windows)
    return said


def _idle_cautions(
    record: Record, meters: Sequence[MeterFacts], above: Quantity | None
) -> list[Sentence]:
    said: list[Sentence] = []
    for meter in meters:
        powers = [i.power_w[meter.name] for i in record.idles if meter.name in i.power_w]
        middle = float(np.mean(powers)) if powers else 0.0
        if meter.coverage.domains == ("process",) and len(meters) == 1:
            said.append(
                sentence(
                    "The estimate follows the model's own CPU time: idle power is not in it, so "
                    "total and above idle are nearly the same."
                )
            )
        elif middle > 0 and (max(powers) - min(powers)) / middle > IDLE_DRIFT:
            said.append(
                sentence(
                    "Idle power drifted by {drift} % during the run.",
                    drift=round(100 * (max(powers) - min(powers)) / middle),
                )
            )
    if above is None and record.idles:
        said.append(sentence("Energy above idle is lost in the idle power's own changes."))
    return said


def _load_cautions(record: Record, windows: Sequence[Window]) -> list[Sentence]:
    said: list[Sentence] = []
    foreign = [float(w.condition.get("foreign_cpu_share", 0.0)) for w in windows]
    if foreign and float(np.median(foreign)) > 0.1:
        said.append(
            sentence(
                "Other programs used {share} % of the busy processor time; close them for sharper "
                "latencies.",
                share=round(100 * float(np.median(foreign))),
            )
        )
    served = sum(w.inferences for w in windows) / max(sum(w.duration_s for w in windows), 1e-9)
    if record.arrival_rate_per_s and served < 0.95 * record.arrival_rate_per_s:
        said.append(
            sentence(
                "Requests arrived faster ({rate} per second) than they could be answered "
                "({served} per second): the queue grew, and the latencies are no steady state.",
                rate=float(record.arrival_rate_per_s),
                served=served,
            )
        )
    latencies = [t for w in windows for t in w.latency_s]
    if record.latency_bound_ms and latencies:
        p99 = 1e3 * float(np.percentile(latencies, 99))
        if p99 > record.latency_bound_ms:
            said.append(
                sentence(
                    "The 99th percentile of the latency, {p99} ms, breaks the bound of {bound} ms.",
                    p99=p99,
                    bound=float(record.latency_bound_ms),
                )
            )
    return said
