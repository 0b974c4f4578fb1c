"""From the measurements of one run to options against the model in use.

The baseline is the model in use, the one the user names: savings are what changes against it, and
nothing else tells which of several files a bank runs today. Energy and accuracy are compared draw
by draw, so what two candidates share (drift, the meter's gain, hard samples) cancels.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from advisor.bench.measurement import Measurement
from advisor.candidates.candidate import Candidate
from advisor.candidates.metrics import metric_named
from advisor.carbon.footprint import PER_YEAR, annual_footprint, calls_quantity, pue_quantity
from advisor.quantities import Provenance, Quantity
from advisor.rank.draws import Array, quantity_draws, with_interval_of
from advisor.rank.errors import RankError
from advisor.rank.option import Basis, Option, OptionKind
from advisor.rank.worked_out import WorkedOut
from advisor.sentences import sentence

Figures = Measurement | WorkedOut
"""What an option is made of."""
Volume = tuple[Quantity, Quantity, Quantity]
"""Inferences a year, PUE, grid intensity."""
_LEVER_KINDS = (
    ("batch", OptionKind.BATCH),
    ("cache", OptionKind.CACHE),
    ("cascade", OptionKind.CASCADE),
    ("prun", OptionKind.SHRINK),
    ("distil", OptionKind.SHRINK),
    ("threads", OptionKind.SHRINK),
    ("int8", OptionKind.QUANTISE),
    ("int4", OptionKind.QUANTISE),
    ("fp16", OptionKind.QUANTISE),
    ("quant", OptionKind.QUANTISE),
)


def default_baseline(
    measurements: Sequence[Measurement], candidates: Sequence[Candidate] = ()
) -> str:
    """Key of the model taken to be in use when nobody names one.

    The first measured candidate that no lever made (the first file given); else the first. Raises
    `RankError` without measurements.
    """
    if not measurements:
        raise RankError(sentence("There is nothing to rank: measure at least two candidates."))
    made = {c.key for c in candidates if c.parent_key is not None}
    originals = [m.candidate for m in measurements if m.candidate not in made]
    return originals[0] if originals else measurements[0].candidate


def options_from_measurements(
    measurements: Sequence[Measurement],
    baseline_key: str,
    calls_per_year: Quantity | float,
    pue: Quantity | float,
    grid: Quantity,
    floor: float | None = None,
    *,
    names: Mapping[str, str] | None = None,
    kinds: Mapping[str, OptionKind] | None = None,
    basis: Basis = Basis.TOTAL,
    model_id: str = "",
    worked: Sequence[WorkedOut] = (),
) -> list[Option]:
    """One option per measured candidate, the baseline first as `KEEP`, and those worked out.

    `floor` is the metric's least acceptable value in its own points (97.0 for an accuracy of
    0.97; for metrics where lower is better: the largest). `names` gives what a reader calls a
    candidate. With `Basis.ABOVE_IDLE` candidates without that figure are left out. Raises
    `RankError` when the baseline was not measured, or candidates were scored differently.
    """
    by_key = {m.candidate: m for m in measurements}
    if baseline_key not in by_key:
        raise RankError(
            sentence(
                "The model in use ({key}) is not among the measured candidates; measure it in the "
                "same run.",
                key=(names or {}).get(baseline_key, baseline_key[:12]),
            )
        )
    baseline = by_key[baseline_key]
    _comparable(measurements, baseline)
    if _energy(baseline, basis) is None:
        raise RankError(
            sentence("The model in use has no energy above idle; rank by total energy.")
        )
    volume = (calls_quantity(calls_per_year), pue_quantity(pue), grid)
    ordered = [baseline, *(m for k, m in by_key.items() if k != baseline_key)]
    names = {**(names or {}), **{w.candidate: w.name for w in worked}}
    kinds = {**(kinds or {}), **{w.candidate: w.kind for w in worked}}
    return [
        _option(
            m,
            baseline,
            volume,
            floor,
            names.get(m.candidate, m.candidate[:12]),
            kinds.get(m.candidate, OptionKind.REPLACE),
            basis,
            model_id or baseline_key,
        )
        for m in (*ordered, *worked)
        if _energy(m, basis) is not None
    ]


def kind_of(candidate: Candidate) -> OptionKind:
    """What kind of option a candidate is, from the lever that made it."""
    lever = (candidate.lever or "").lower()
    return next((kind for word, kind in _LEVER_KINDS if word in lever), OptionKind.REPLACE)


def _option(
    measurement: Figures,
    baseline: Measurement,
    volume: Volume,
    floor: float | None,
    name: str,
    kind: OptionKind,
    basis: Basis,
    model_id: str,
) -> Option:
    is_baseline = measurement is baseline
    energy, before = _known_energy(measurement, basis), _known_energy(baseline, basis)
    grid = measurement.grid if isinstance(measurement, WorkedOut) else None
    after = (*volume[:2], grid or volume[2])
    carbon = annual_footprint(energy, *after)
    draws = _saved_draws(measurement, baseline, (volume, after), basis)
    saved = annual_footprint(before, *volume) - carbon
    loss, loss_draws = _loss(measurement, baseline)
    return Option(
        id=f"{measurement.run_id}/{measurement.candidate}",
        model_id=model_id,
        kind=OptionKind.KEEP if is_baseline else kind,
        name=name,
        candidate=measurement.candidate,
        carbon_kg=carbon,
        carbon_saved_kg=_nothing(PER_YEAR, carbon.provenance)
        if is_baseline
        else with_interval_of(saved, draws),
        accuracy_loss=loss,
        evidence=measurement.evidence
        if isinstance(measurement, WorkedOut)
        else (f"measurement:{measurement.run_id}/{measurement.candidate}",),
        energy_j=energy,
        accuracy=measurement.accuracy,
        metric=measurement.metric,
        loss_allowed=_loss_allowed(baseline, floor),
        group_loss=None if is_baseline else _group_loss(measurement, baseline),
        basis=basis,
        carbon_saved_draws_kg=tuple(draws.tolist()),
        accuracy_loss_draws=loss_draws,
    )


def _energy(measurement: Figures, basis: Basis) -> Quantity | None:
    return measurement.energy_j if basis is Basis.TOTAL else measurement.energy_above_idle_j


def _known_energy(measurement: Figures, basis: Basis) -> Quantity:
    energy = _energy(measurement, basis)
    if energy is None:
        raise RankError(sentence("A candidate without energy cannot be ranked."))
    return energy


def _energy_draws(measurement: Figures, basis: Basis, count: int) -> Array:
    """Paired bootstrap draws where they are kept; else draws by named source."""
    kept = measurement.energy_draws_j
    if basis is Basis.TOTAL and len(kept) == count:
        return np.asarray(kept)
    return quantity_draws(_known_energy(measurement, basis), count)


def _saved_draws(
    measurement: Figures,
    baseline: Measurement,
    volumes: tuple[Volume, Volume],
    basis: Basis,
) -> Array:
    """Carbon before less carbon after, kg; `volumes` differ where the work moves elsewhere."""
    count = len(baseline.energy_draws_j) or 1000
    before, after = (
        _energy_draws(m, basis, count) * math.prod(quantity_draws(q, count) for q in volume)
        for m, volume in zip((baseline, measurement), volumes, strict=True)
    )
    return (before - after) / 3.6e9  # J·g/kWh → kg


def _loss(measurement: Figures, baseline: Measurement) -> tuple[Quantity | None, tuple[float, ...]]:
    """Points lost against the baseline (worse is positive), and its paired draws."""
    after, before = measurement.accuracy, baseline.accuracy
    if after is None or before is None:
        return None, ()
    if measurement is baseline:
        return _nothing(after.unit, after.provenance), (0.0,) * len(baseline.loss_draws)
    loss = before - after
    if measurement.metric and not metric_named(measurement.metric).higher_is_better:
        loss = loss * -1.0
    loss = loss.named(f"{measurement.metric} against the model in use")
    mine, theirs = np.asarray(measurement.loss_draws), np.asarray(baseline.loss_draws)
    if mine.size and mine.size == theirs.size:
        draws = mine - theirs
        return with_interval_of(loss, draws), tuple(draws.tolist())
    return loss, ()


def _group_loss(measurement: Figures, baseline: Measurement) -> Quantity | None:
    """The largest loss over protected groups, intervals first order (groups are not paired)."""
    shared = measurement.group_accuracy.keys() & baseline.group_accuracy.keys()
    if not shared or not measurement.metric:
        return None
    sign = 1.0 if metric_named(measurement.metric).higher_is_better else -1.0
    losses = {
        g: (baseline.group_accuracy[g] - measurement.group_accuracy[g]) * sign for g in shared
    }
    worst = max(sorted(losses), key=lambda g: losses[g].value)
    return losses[worst].named(f"{measurement.metric}, group {worst}, against the model in use")


def _loss_allowed(baseline: Measurement, floor: float | None) -> float | None:
    if floor is None or baseline.accuracy is None or baseline.metric is None:
        return None
    sign = 1.0 if metric_named(baseline.metric).higher_is_better else -1.0
    return sign * (baseline.accuracy.value - floor)


def _comparable(measurements: Sequence[Measurement], baseline: Measurement) -> None:
    for m in measurements:
        if m.metric and baseline.metric and m.metric != baseline.metric:
            raise RankError(
                sentence(
                    "Candidates were scored by different metrics ({a} and {b}); measure them on "
                    "one workload.",
                    a=baseline.metric,
                    b=m.metric,
                )
            )
        if m.workload_sha256 != baseline.workload_sha256:
            raise RankError(
                sentence(
                    "Candidates were measured on different data; measure them on one workload."
                )
            )


def _nothing(unit: str, provenance: Provenance) -> Quantity:
    """Of the model in use against itself: nothing, known no better than the figure behind it."""
    return Quantity.exact(0.0, unit, provenance, "the model in use")
