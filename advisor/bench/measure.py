"""From the events of a run to the figures of its candidates: a pure function, bit for bit.

Energy per inference is ΣE / ΣN over the windows that count; above idle, ΣE is lessened by the idle
power (interpolated between the idle measurements around the window) times the window's duration.
The uncertainty is kept by named source:

- `shared drift <run>`: what the candidates of a block have in common (mean covariance of their
  influences over the blocks); it cancels in the ratio of two candidates of the run;
- `windows <run>/<candidate>`: the rest of the studentised block bootstrap;
- `meter gain <device>` (for an estimate: `power curve <device>`): systematic, shared by all
  candidates on the device;
- `tick <run>/<candidate>`: bound of the counter's quantisation, taken as uniform: bound ÷ √3;
- `idle drift <run>` (above idle only): half the range of the idle powers, taken as uniform.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy import stats

from advisor.bench import statistics
from advisor.bench.events import Event, IdleMeasured, Scored, Started, WarmedUp, WindowMeasured
from advisor.bench.measurement import Measurement, Window
from advisor.bench.plan import Plan
from advisor.bench.statistics import Array, Blocks
from advisor.candidates.metrics import metric_named
from advisor.meters.meter import MeterFacts
from advisor.quantities import Z95, Provenance, Quantity
from advisor.sentences import Sentence, sentence

UNREPEATED_CV = 0.067
"""Scatter assumed when a single window leaves it unknown: 90th percentile of the coefficient of
variation over 417 groups of ten repeats of published runs on one GPU."""
IDLE_DRIFT = 0.05
"""Relative range of idle power above which a warning is given."""
PERCENTILES = (50, 90, 99)


@dataclass
class Record:
    """What the figures are made of, collected from the events."""

    run_id: str = ""
    names: dict[str, str] = field(default_factory=dict)
    meters: tuple[MeterFacts, ...] = ()
    workload_sha256: str = ""
    metric: str | None = None
    batch_sizes: dict[str, int] = field(default_factory=dict)
    seed: int = 0
    target: float = 0.02
    precision: str = ""
    wall_factor: float | None = None
    latency_bound_ms: float | None = None
    arrival_rate_per_s: float | None = None
    windows: dict[tuple[str, int], Window] = field(default_factory=dict)
    idles: list[IdleMeasured] = field(default_factory=list)
    warm_ups: dict[str, WarmedUp] = field(default_factory=dict)
    scores: dict[str, Scored] = field(default_factory=dict)

    def take(self, event: Event | Window) -> None:
        """Add what an event says."""
        match event:
            case Started():
                self._start(event)
            case Window():
                self.windows[event.candidate, event.block] = event
            case WindowMeasured():
                self.windows[event.window.candidate, event.window.block] = event.window
            case IdleMeasured():
                self.idles.append(event)
                self.meters = event.meters or self.meters
            case WarmedUp():
                self.warm_ups[event.candidate] = event
            case Scored():
                self.scores[event.candidate] = event
            case _:
                pass

    def _start(self, event: Started) -> None:
        settings = event.settings
        self.run_id, self.names, self.meters = event.run_id, event.names, event.meters
        self.workload_sha256, self.metric = event.workload_sha256, event.metric
        self.batch_sizes = event.batch_sizes
        self.seed = int(settings.get("seed", 0))
        self.target = float(settings.get("target_half_width", 0.02))
        self.precision = str(settings.get("precision", ""))
        self.wall_factor = settings.get("wall_factor")
        self.latency_bound_ms = settings.get("latency_bound_ms")
        self.arrival_rate_per_s = settings.get("arrival_rate_per_s")

    @property
    def candidates(self) -> list[str]:
        """Candidates with at least one window that counts, in the order of the run."""
        order = [*self.names, *(w.candidate for w in self.windows.values())]
        counted = {w.candidate for w in self.windows.values() if not w.excluded}
        return [c for c in dict.fromkeys(order) if c in counted]

    def of(self, candidate: str) -> list[Window]:
        """The windows of a candidate that count, by block."""
        mine = [w for (c, _), w in self.windows.items() if c == candidate and not w.excluded]
        return sorted(mine, key=lambda w: w.block)


def measure(events: Iterable[Event | Window], plan: Plan | None = None) -> list[Measurement]:
    """The figures of every candidate with at least one window that counts.

    `events` are those of a run, in order, or windows alone; then `plan` tells the rest. Pure: the
    same events give bit-identical figures.
    """
    record = Record()
    if plan is not None:
        record.take(started_from(plan))
    for event in (*(plan.done if plan else ()), *events):
        record.take(event)
    return measure_record(record)


def started_from(plan: Plan, meters: Sequence[MeterFacts] | None = None) -> Started:
    """The opening event of a plan's run."""
    from advisor.bench.accuracy import metric_of

    facts = meters if meters is not None else [m.facts for m in plan.meters or ()]
    return Started(
        run_id=plan.run_id,
        at_s=plan.done_s,
        candidates=tuple(c.key for c in plan.candidates),
        names={c.key: c.name for c in plan.candidates},
        meters=tuple(facts),
        expected_s=0.0,
        workload_sha256=plan.workload.sha256,
        metric=metric_of(plan.workload),
        batch_sizes={c.key: plan.batch_size_of(c) for c in plan.candidates},
        settings=plan.settings(),
    )


def counted_meters(meters: Sequence[MeterFacts]) -> list[MeterFacts]:
    """The meters whose joules are added up: the strongest first, none that overlaps another.

    `psys` holds every package and DRAM; `process` is a share of the packages.
    """
    chosen: list[MeterFacts] = []
    for meter in sorted(meters, key=lambda m: m.provenance.rank):
        taken = {d for m in chosen for d in m.coverage.domains}
        if not any(_overlap(a, b) for a in taken for b in meter.coverage.domains):
            chosen.append(meter)
    return chosen


def _overlap(a: str, b: str) -> bool:
    cpu = ("psys", "package", "dram", "process")
    kinds = {a.partition(":")[0], b.partition(":")[0]}
    if a == b:
        return True
    if "psys" in kinds:
        return kinds <= set(cpu)
    return kinds == {"process", "package"}


def energy_of(window: Window, meters: Sequence[MeterFacts]) -> float:
    """Joules of a window over the counted meters; NaN where one of them is missing."""
    return sum(window.energy_j.get(m.name, float("nan")) for m in meters)


def tables(record: Record) -> dict[str, Blocks]:
    """`energy`, `above_idle`, `throughput` and latency percentiles by candidate and block."""
    candidates, meters = record.candidates, counted_meters(record.meters)
    numbers = sorted({block for _, block in record.windows})
    column = {block: n for n, block in enumerate(numbers)}
    shape = (len(candidates), len(numbers))
    names = ("energy", "above_idle", "inferences", "seconds", "ones")
    filled = {n: np.full(shape, np.nan) for n in (*names, *(f"p{p}" for p in PERCENTILES))}
    for row, candidate in enumerate(candidates):
        for w in record.of(candidate):
            at = (row, column[w.block])
            energy = energy_of(w, meters)
            if np.isnan(energy) or w.inferences <= 0:
                continue
            filled["energy"][at] = energy
            filled["above_idle"][at] = energy - idle_j(record, w, meters)
            filled["inferences"][at], filled["seconds"][at] = w.inferences, w.duration_s
            filled["ones"][at] = 1.0
            if w.latency_s:
                for p, value in zip(
                    PERCENTILES, np.percentile(w.latency_s, PERCENTILES), strict=True
                ):
                    filled[f"p{p}"][at] = 1e3 * value
    made = {
        "energy": Blocks(filled["energy"], filled["inferences"]),
        "above_idle": Blocks(filled["above_idle"], filled["inferences"]),
        "throughput": Blocks(filled["inferences"], filled["seconds"]),
    }
    for p in PERCENTILES:
        made[f"p{p}"] = Blocks(filled[f"p{p}"], filled["ones"])
    return made


def idle_j(record: Record, window: Window, meters: Sequence[MeterFacts]) -> float:
    """Idle joules of a window: idle power interpolated to its middle, times its duration."""
    joules = 0.0
    middle = window.started_s + window.duration_s / 2
    for meter in meters:
        known = [
            (i.at_s - i.duration_s / 2, i.power_w[meter.name])
            for i in record.idles
            if meter.name in i.power_w
        ]
        if known:
            times, powers = zip(*sorted(known), strict=True)
            joules += float(np.interp(middle, times, powers)) * window.duration_s
        else:
            joules += window.idle_energy_j.get(meter.name, 0.0)
    return joules


def measure_record(record: Record) -> list[Measurement]:
    """The figures from collected events; see `measure`."""
    candidates = record.candidates
    if not candidates or not record.meters:
        return []
    made = tables(record)
    candidates_energy = made["energy"]
    usable = [bool(there.any()) for there in candidates_energy.present()]
    draws = statistics.paired_draws(candidates_energy, record.seed)
    common = _common_variance(candidates_energy)
    return [
        _measurement(record, made, row, candidate, draws[row], common)
        for row, candidate in enumerate(candidates)
        if usable[row]
    ]


def _measurement(
    record: Record,
    made: dict[str, Blocks],
    row: int,
    candidate: str,
    draws: Array,
    common: float,
) -> Measurement:
    meters = counted_meters(record.meters)
    windows = record.of(candidate)
    energy = _energy(record, made["energy"], row, candidate, meters, common)
    above = _above_idle(record, made, row, candidate, meters, common)
    reached = _half_width(made["energy"], row, record.seed)
    excluded = [w for (c, _), w in record.windows.items() if c == candidate and w.excluded]
    cautions = _cautions(record, candidate, windows, excluded, meters, reached, above)
    score = record.scores.get(candidate)
    return Measurement(
        run_id=record.run_id,
        candidate=candidate,
        workload_sha256=record.workload_sha256,
        device=" + ".join(dict.fromkeys(m.device for m in meters)),
        batch_size=record.batch_sizes.get(candidate, 1),
        energy_j=energy,
        energy_above_idle_j=above,
        latency_ms={
            f"p{p}": _plain(record, made[f"p{p}"], row, candidate, "ms", f"latency p{p}")
            for p in PERCENTILES
            if not np.isnan(made[f"p{p}"].numerator[row]).all()
        },
        throughput_per_s=_plain(
            record, made["throughput"], row, candidate, "inference/s", "throughput"
        ),
        metric=score.metric if score else None,
        accuracy=_accuracy(record, score),
        group_accuracy=_groups(record, score),
        windows_used=len(windows),
        windows_excluded=len(excluded),
        coverage="; ".join(dict.fromkeys(m.coverage.statement for m in meters)),
        warnings=tuple(str(c) for c in cautions),
        cautions=tuple(cautions),
        energy_draws_j=_energy_draws(record, draws, made["energy"], row, meters, windows),
        loss_draws=score.loss_draws if score else (),
        half_width_reached=reached,
        smallest_difference=smallest_difference(made["energy"], row),
    )


# -- energy ------------------------------------------------------------------------------------


def _common_variance(blocks: Blocks) -> float:
    """Variance (log units) that all candidates of a block share: mean covariance of influences."""
    there = blocks.present().all(axis=0)
    n = int(there.sum())
    if blocks.numerator.shape[0] < 2 or n < 2:
        return 0.0
    full = Blocks(blocks.numerator[:, there], blocks.denominator[:, there])
    _, influences = statistics.log_ratios(full, np.ones((1, n)))
    u = influences[:, 0, :]
    covariance = u @ u.T / (n * (n - 1))
    off = covariance[~np.eye(len(u), dtype=bool)].mean()
    return float(np.clip(off, 0.0, 0.95 * covariance.diagonal().min()))


def _half_width(blocks: Blocks, row: int, seed: int) -> float | None:
    if blocks.present()[row].sum() < 2:
        return None
    return statistics.interval(blocks.of([row]), seed).half_width


def _window_spread(
    record: Record, blocks: Blocks, row: int, candidate: str, common: float
) -> dict[str, float]:
    """Relative standard uncertainty from the windows, split into shared and own."""
    own = f"windows {record.run_id}/{candidate}"
    if blocks.present()[row].sum() < 2:
        return {own: UNREPEATED_CV}
    found = statistics.interval(blocks.of([row]), record.seed)
    sigma = found.half_width / Z95
    if found.se == 0.0 or common <= 0.0:
        return {own: sigma}
    shared = min(common * (sigma / found.se) ** 2, 0.95 * sigma**2)
    return {
        f"shared drift {record.run_id}": float(np.sqrt(shared)),
        own: float(np.sqrt(sigma**2 - shared)),
    }


def _systematic(
    record: Record, candidate: str, windows: Sequence[Window], meters: Sequence[MeterFacts]
) -> dict[str, float]:
    """Relative standard uncertainty by systematic source."""
    total = sum(energy_of(w, meters) for w in windows)
    spread: dict[str, float] = {}
    ticks = 0.0
    for meter in meters:
        share = sum(w.energy_j.get(meter.name, 0.0) for w in windows) / total if total else 0.0
        name = gain_name(meter)
        spread[name] = spread.get(name, 0.0) + meter.gain_relative_std * share
        ticks += sum(w.quantisation_j.get(meter.name, 0.0) ** 2 for w in windows)
    if total and ticks:
        spread[f"tick {record.run_id}/{candidate}"] = float(np.sqrt(ticks / 3)) / total
    return spread


def gain_name(meter: MeterFacts) -> str:
    """Name of a meter's systematic source of uncertainty."""
    estimated = meter.provenance is not Provenance.MEASURED and "process" in meter.coverage.domains
    return f"{'power curve' if estimated else 'meter gain'} {meter.device}"


def _provenance(meters: Sequence[MeterFacts]) -> Provenance:
    return Provenance.weakest(m.provenance for m in meters)


def _energy(
    record: Record,
    blocks: Blocks,
    row: int,
    candidate: str,
    meters: Sequence[MeterFacts],
    common: float,
) -> Quantity:
    value = _ratio(blocks, row) * (record.wall_factor or 1.0)
    relative = _window_spread(record, blocks, row, candidate, common) | _systematic(
        record, candidate, record.of(candidate), meters
    )
    return Quantity.from_spread(
        value,
        "J/inference",
        _provenance(meters),
        _source(record, candidate, meters),
        {k: v * value for k, v in relative.items()},
    )


def _above_idle(
    record: Record,
    made: dict[str, Blocks],
    row: int,
    candidate: str,
    meters: Sequence[MeterFacts],
    common: float,
) -> Quantity | None:
    """Energy above idle; None where idle was not measured or more than the load itself."""
    known = record.idles or any(w.idle_energy_j for w in record.of(candidate))
    value = _ratio(made["above_idle"], row)
    if not known or value <= 0:
        return None
    total = _ratio(made["energy"], row)
    wall = record.wall_factor or 1.0
    spread = {
        k: v * total * wall
        for k, v in (
            _window_spread(record, made["energy"], row, candidate, common)
            | _systematic(record, candidate, record.of(candidate), meters)
        ).items()
    }
    # Gain is a factor on what is left, not on the total from which idle was taken.
    for meter in meters:
        spread[gain_name(meter)] = spread.get(gain_name(meter), 0.0) * value / total
    seconds = 1.0 / _ratio(made["throughput"], row)
    for meter in meters:
        powers = [i.power_w[meter.name] for i in record.idles if meter.name in i.power_w]
        if len(powers) > 1:
            drift = (max(powers) - min(powers)) / 2 / np.sqrt(3)
            spread[f"idle drift {record.run_id}"] = -drift * seconds * wall
    return Quantity.from_spread(
        value * wall,
        "J/inference",
        _provenance(meters),
        _source(record, candidate, meters) + ", above idle",
        spread,
    )


def _ratio(blocks: Blocks, row: int) -> float:
    return float(np.nansum(blocks.numerator[row]) / np.nansum(blocks.denominator[row]))


def _source(record: Record, candidate: str, meters: Sequence[MeterFacts]) -> str:
    name = record.names.get(candidate, candidate[:12])
    used = " + ".join(m.name for m in meters)
    return f"run {record.run_id}, {name}, {len(record.of(candidate))} windows, meter {used}"


def _energy_draws(
    record: Record,
    logs: Array,
    blocks: Blocks,
    row: int,
    meters: Sequence[MeterFacts],
    windows: Sequence[Window],
) -> tuple[float, ...]:
    """Draws of joules per inference; systematic sources draw alike for all who share them."""
    shift = np.zeros_like(logs)
    for name, sigma in _systematic(record, record.candidates[row], windows, meters).items():
        rng = np.random.default_rng(zlib.crc32(name.encode()))
        shift += sigma * rng.standard_normal(len(logs))
    if blocks.present()[row].sum() < 2:
        rng = np.random.default_rng(record.seed + 1 + row)
        shift += UNREPEATED_CV * rng.standard_normal(len(logs))
    return tuple(((record.wall_factor or 1.0) * np.exp(logs + shift)).tolist())


def smallest_difference(blocks: Blocks, row: int, power: float = 0.8) -> float | None:
    """Relative difference from any other candidate that had been found with this probability.

    (t₀.₉₇₅ + z_power) · se of the paired log ratio, the largest over the other candidates; against
    an equal candidate of the same scatter when there is no other.
    """
    others = [r for r in range(blocks.numerator.shape[0]) if r != row]
    found: list[tuple[float, int]] = []
    for other in others:
        pair = blocks.of([row, other])
        n = int(pair.present().all(axis=0).sum())
        if n >= 2:
            found.append((statistics.paired_interval(pair, 0).se, n))
    if not found and not others and (n := int(blocks.present()[row].sum())) >= 2:
        found.append((float(np.sqrt(2)) * statistics.interval(blocks.of([row]), 0).se, n))
    if not found:
        return None
    se, n = max(found)
    return float((stats.t.ppf(0.975, n - 1) + stats.norm.ppf(power)) * se)


# -- the other figures -------------------------------------------------------------------------


def _plain(
    record: Record, blocks: Blocks, row: int, candidate: str, unit: str, what: str
) -> Quantity:
    value = _ratio(blocks, row)
    half = _half_width(blocks, row, record.seed)
    sigma = UNREPEATED_CV if half is None else half / Z95
    return Quantity.from_spread(
        value,
        unit,
        Provenance.MEASURED,
        f"run {record.run_id}, {record.names.get(candidate, candidate[:12])}",
        {f"{what} {record.run_id}/{candidate}": sigma * value},
    )


def _accuracy(record: Record, score: Scored | None) -> Quantity | None:
    if score is None:
        return None
    return Quantity.from_spread(
        score.value,
        score.unit,
        Provenance.MEASURED,
        f"{score.metric} on {score.samples} samples, run {record.run_id}",
        {f"samples {record.workload_sha256[:12]}/{score.candidate}": score.std},
        log=False,
    )


def _groups(record: Record, score: Scored | None) -> dict[str, Quantity]:
    if score is None:
        return {}
    return {
        group: Quantity.from_spread(
            value,
            score.unit,
            Provenance.MEASURED,
            f"{score.metric}, group {group}, run {record.run_id}",
            {f"samples {record.workload_sha256[:12]}/{score.candidate}/{group}": std},
            log=False,
        )
        for group, (value, std) in score.groups.items()
    }


def _cautions(
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
        if meter.coverage.domains == ("process",):
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


def metric_unit(metric: str) -> str:
    """Unit in which accuracy is given: points for shares, the target's own unit otherwise."""
    return "point" if metric_named(metric).points_per_unit == 100.0 else "1"
