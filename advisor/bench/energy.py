"""Joules per inference of a candidate: total, above idle, and their draws.

Energy per inference is ΣE / ΣN over the windows that count; above idle, ΣE is lessened by the idle
power (interpolated between the idle measurements around the window) times the window's duration.
`idle drift <run>` (above idle only) is half the range of the idle powers, taken as uniform; ±5 % of
it while idle was measured only once.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import numpy as np

from advisor.bench.collected import Record
from advisor.bench.measurement import Window
from advisor.bench.statistics import Array, Blocks
from advisor.bench.uncertainty import UNREPEATED_CV, gain_name, systematic, window_spread
from advisor.meters.meter import MeterFacts
from advisor.quantities import Provenance, Quantity

UNREPEATED_IDLE = 0.1
"""Range of idle power, relative, assumed while it was measured only once (a run that broke off)."""


def energy_per_inference(
    record: Record,
    blocks: Blocks,
    row: int,
    candidate: str,
    meters: Sequence[MeterFacts],
    loading: float,
) -> Quantity:
    """Total joules per inference: ΣE / ΣN over the windows that count."""
    value = ratio(blocks, row)
    relative = window_spread(record, blocks, row, candidate, loading) | systematic(
        record, candidate, record.of(candidate), meters
    )
    inside = Quantity.from_spread(
        value,
        "J/inference",
        Provenance.weakest(m.provenance for m in meters),
        _source(record, candidate, meters),
        {k: v * value for k, v in relative.items()},
    )
    return inside * record.wall if record.wall else inside


def above_idle(
    record: Record,
    made: dict[str, Blocks],
    row: int,
    candidate: str,
    meters: Sequence[MeterFacts],
    loading: float,
) -> Quantity | None:
    """Energy above idle; None where idle was not measured or more than the load itself."""
    known = record.idles or any(w.idle_energy_j for w in record.of(candidate))
    value = ratio(made["above_idle"], row)
    if not known or value <= 0:
        return None
    total = ratio(made["energy"], row)
    spread = {
        k: v * total
        for k, v in (
            window_spread(record, made["energy"], row, candidate, loading)
            | systematic(record, candidate, record.of(candidate), meters)
        ).items()
    }
    # Gain is a factor on what is left, not on the total from which idle was taken.
    for name in {gain_name(meter) for meter in meters}:
        spread[name] *= value / total
    seconds = 1.0 / ratio(made["throughput"], row)
    ranges_w = [
        max(p) - min(p) if len(p) > 1 else UNREPEATED_IDLE * p[0]
        for p in _idle_powers(record, meters)
        if p
    ]
    if ranges_w:
        drift_w = sum(ranges_w) / 2 / np.sqrt(3)
        spread[f"idle drift {record.run_id}"] = -drift_w * seconds
    inside = Quantity.from_spread(
        value,
        "J/inference",
        Provenance.weakest(m.provenance for m in meters),
        _source(record, candidate, meters) + ", above idle",
        spread,
    )
    return inside * record.wall if record.wall else inside


def _idle_powers(record: Record, meters: Sequence[MeterFacts]) -> list[list[float]]:
    return [[i.power_w[m.name] for i in record.idles if m.name in i.power_w] for m in meters]


def ratio(blocks: Blocks, row: int) -> float:
    """Ratio of sums of one row over the blocks that are there."""
    return float(np.nansum(blocks.numerator[row]) / np.nansum(blocks.denominator[row]))


def _source(record: Record, candidate: str, meters: Sequence[MeterFacts]) -> str:
    name = record.names.get(candidate, candidate[:12])
    used = " + ".join(m.name for m in meters)
    return f"run {record.run_id}, {name}, {len(record.of(candidate))} windows, meter {used}"


def energy_draws(
    record: Record,
    logs: Array,
    blocks: Blocks,
    row: int,
    meters: Sequence[MeterFacts],
    windows: Sequence[Window],
) -> tuple[float, ...]:
    """Draws of joules per inference; systematic sources draw alike for all who share them."""
    shift = np.zeros_like(logs)
    common = dict(systematic(record, record.candidates[row], windows, meters))
    factor = 1.0
    if record.wall:
        factor = record.wall.value
        common |= {name: sigma / factor for name, sigma in record.wall.spread.items()}
    for name, sigma in common.items():
        rng = np.random.default_rng(zlib.crc32(name.encode()))
        shift += sigma * rng.standard_normal(len(logs))
    if blocks.present()[row].sum() < 2:
        rng = np.random.default_rng(record.seed + 1 + row)
        shift += UNREPEATED_CV * rng.standard_normal(len(logs))
    return tuple((factor * np.exp(logs + shift)).tolist())
