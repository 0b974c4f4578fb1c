"""Measurements of several runs on one scale, through a model that was measured in both.

Two runs may lie days apart: warmth, clocks and the rows that judge have moved. What holds is what
each run says of its candidates against one that the other run measured too. With b that common
comparator in a run, B in the reference run, and m a candidate of the run alone:

    energy = B · m / b        accuracy = B + (m − b)

the adjusted indirect comparison of Bucher et al. 1997 (J. Clin. Epidemiol. 50:683), in ratios for
energy and differences for accuracy. By named source and draw by draw: what m and b share (meter
gain, the run's drift, hard samples) cancels, and the scatter of b and B is carried.
"""

from __future__ import annotations

from collections.abc import Sequence

from advisor.bench.measurement import Measurement
from advisor.quantities import Quantity
from advisor.rank.errors import RankError
from advisor.sentences import sentence

Draws = tuple[float, ...]


def on_one_scale(measurements: Sequence[Measurement], baseline_key: str) -> list[Measurement]:
    """One measurement a candidate, as if all stood in the newest run that holds the baseline.

    `measurements` in order of time, of one task. Runs are joined newest first, through the model in
    use where they hold it, else through any candidate placed before. A run that shares none counts
    as it is where data and device are the reference's, and is left out where they are not: nothing
    ties it. Candidates of another device or metric than their comparator's are left out. Raises
    `RankError` when the baseline was not measured.
    """
    runs: dict[str, dict[str, Measurement]] = {}
    for m in measurements:
        runs.setdefault(m.run_id, {})[m.candidate] = m
    waiting = list(reversed(runs.values()))
    reference = next((run for run in waiting if baseline_key in run), None)
    if reference is None:
        raise RankError(sentence("The model in use was not measured; measure it first."))
    base = reference[baseline_key]
    placed = {key: m for key, m in reference.items() if _alike(m, base)}
    waiting.remove(reference)
    while (run := next((r for r in waiting if _common(r, placed, baseline_key)), None)) is not None:
        waiting.remove(run)
        comparator = _common(run, placed, baseline_key)
        before, now = run[comparator], placed[comparator]
        for key, m in run.items():
            if key not in placed and _alike(m, before):
                placed[key] = _moved(m, before, now)
    for run in waiting:
        for key, m in run.items():
            if m.workload_sha256 == base.workload_sha256 and _alike(m, base):
                placed.setdefault(key, m)
    return [placed.pop(baseline_key), *placed.values()]


def _common(run: dict[str, Measurement], placed: dict[str, Measurement], baseline_key: str) -> str:
    """The candidate through which a run is joined; empty where there is none."""
    shared = [k for k in (baseline_key, *run) if k in run and k in placed]
    return next((k for k in shared if _alike(run[k], placed[k])), "")


def _alike(a: Measurement, b: Measurement) -> bool:
    """Same device and, where both were scored, same metric."""
    return a.device == b.device and (a.metric == b.metric or None in (a.metric, b.metric))


def _moved(m: Measurement, before: Measurement, now: Measurement) -> Measurement:
    """`m`, measured beside `before`, as if measured beside `now`: the same model in another run."""
    shared_groups = m.group_accuracy.keys() & before.group_accuracy.keys()
    energy = _scaled(m.energy_j, before.energy_j, now.energy_j)
    assert energy is not None  # a measurement always has its total energy
    return m.model_copy(
        update={
            "workload_sha256": now.workload_sha256,
            "energy_j": energy,
            "energy_above_idle_j": _scaled(
                m.energy_above_idle_j, before.energy_above_idle_j, now.energy_above_idle_j
            ),
            "accuracy": _shifted(m.accuracy, before.accuracy, now.accuracy),
            "group_accuracy": {
                g: q
                for g in sorted(shared_groups & now.group_accuracy.keys())
                if (q := _shifted(m.group_accuracy[g], before.group_accuracy[g],
                                  now.group_accuracy[g]))
            },
            "energy_draws_j": _drawn(
                m.energy_draws_j, before.energy_draws_j, now.energy_draws_j, ratio=True
            ),
            "loss_draws": _drawn(m.loss_draws, before.loss_draws, now.loss_draws, ratio=False),
        }
    )  # fmt: skip


def _scaled(m: Quantity | None, before: Quantity | None, now: Quantity | None) -> Quantity | None:
    if m is None or before is None or now is None or before.value <= 0:
        return None
    return (m / before * now).named(f"{m.source}; through a model measured in both runs")


def _shifted(m: Quantity | None, before: Quantity | None, now: Quantity | None) -> Quantity | None:
    if m is None or before is None or now is None:
        return None
    return (m - before + now).named(f"{m.source}; through a model measured in both runs")


def _drawn(m: Draws, before: Draws, now: Draws, *, ratio: bool) -> Draws:
    """Draw by draw; none where the runs kept different numbers of them."""
    if not len(m) == len(before) == len(now):
        return ()
    if ratio:
        return tuple(a / b * c for a, b, c in zip(m, before, now, strict=True))
    return tuple(a - b + c for a, b, c in zip(m, before, now, strict=True))
