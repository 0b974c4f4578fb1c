"""What a reader must know before trusting a candidate's figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from advisor.bench.collected import Record, energy_of
from advisor.bench.measurement import Measurement, Window
from advisor.bench.two_ways import disagreements
from advisor.candidates.metrics import perfect
from advisor.meters.meter import MeterFacts
from advisor.quantities import Quantity
from advisor.sentences import Sentence, sentence

TOO_COARSE = 0.05
"""Bound of a window's quantisation, relative to its joules, above which it cannot tell."""
ENOUGH_TO_DOUBT = 50
"""Labelled rows from which answers without a single error are worth a look."""
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
            sentence(
                "Measured before the latency was stationary: {reason}.",
                reason=warm.said or warm.reason,
            )
        )
    if excluded:
        said.append(
            sentence(
                "Left out: {count} of {all} windows ({reasons}).",
                count=len(excluded),
                all=len(excluded) + len(windows),
                reasons=_listed({w.excluded: w.said or w.excluded for w in excluded}),
            )
        )
    ticks = quantised(windows, meters)
    if ticks > TOO_COARSE:
        said.append(
            sentence(
                "The windows are too short to tell: the meter's own steps leave {share} % of their "
                "joules open; choose a longer preset.",
                share=round(100 * ticks),
            )
        )
    said += _accuracy_cautions(record, candidate)
    said += disagreements(meters, windows)
    said += _idle_cautions(record, meters, above)
    said += _load_cautions(record, windows)
    return said


def _accuracy_cautions(record: Record, candidate: str) -> list[Sentence]:
    """Why the accuracy is unknown, or too good to be believed without a look."""
    if candidate in record.not_scored:
        return [record.not_scored[candidate].said]
    score = record.scores.get(candidate)
    if score is None or score.samples < ENOUGH_TO_DOUBT or not perfect(score.metric, score.value):
        return []
    return [
        sentence(
            "Not one of {n} rows is answered wrong: check that they did not train the model, for "
            "then its accuracy on other rows is unknown.",
            n=score.samples,
        )
    ]


def _listed(reasons: Mapping[str, Sentence | str]) -> Sentence | str:
    """Some reasons in one sentence."""
    first, *others = reasons.values()
    for other in others:
        first = sentence("{first}; {other}", first=first, other=other)
    return first


def quantised(windows: Sequence[Window], meters: Sequence[MeterFacts]) -> float:
    """Median over the windows of what ticks and steps may hide, relative to their joules."""
    shares = [
        sum(w.quantisation_j.get(m.name, 0.0) for m in meters) / total
        for w in windows
        if (total := energy_of(w, meters)) > 0
    ]
    return float(np.median(shares)) if shares else 0.0


def shared(
    measurements: Sequence[Measurement], names: Mapping[str, str]
) -> list[tuple[str, Sentence]]:
    """What is said of the figures of a run, each sentence once, with whom it concerns.

    `names` by candidate key. Whom: every name, or the first and how many more; empty when it
    concerns all of several.
    """
    whom: dict[str, list[str]] = {}
    said: dict[str, Sentence] = {}
    for m in measurements:
        for caution in m.cautions:
            said.setdefault(str(caution), caution)
            whom.setdefault(str(caution), []).append(names.get(m.candidate, m.candidate))
    everybody = len(measurements) if len(measurements) > 1 else 0
    found: list[tuple[str, Sentence]] = []
    for text, concerned in whom.items():
        first = concerned[:2] if len(concerned) > 3 else concerned
        more = f" + {len(concerned) - len(first)}" if len(first) < len(concerned) else ""
        listed = "" if len(concerned) == everybody else ", ".join(first) + more
        found.append((listed, said[text]))
    return found


def _idle_cautions(
    record: Record, meters: Sequence[MeterFacts], above: Quantity | None
) -> list[Sentence]:
    said: list[Sentence] = []
    for meter in meters:
        powers = [i.power_w[meter.name] for i in record.idles if meter.name in i.power_w]
        middle = float(np.mean(powers)) if powers else 0.0
        if meter.coverage.domains == ("process",):
            if len(meters) == 1:
                said.append(
                    sentence(
                        "The estimate follows the model's own CPU time: idle power is not in it, "
                        "so total and above idle are nearly the same."
                    )
                )
            continue  # the waiting process takes milliwatts, whose drift says nothing
        if middle > 0 and (max(powers) - min(powers)) / middle > IDLE_DRIFT:
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
                "Other programs used about {share} % of the busy processor time; close them for "
                "sharper latencies.",
                share=round(100 * float(np.median(foreign)), -1),
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
