"""A GPU whose counter and power disagree, measured by the bench over the stub driver."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from advisor.bench import Plan, Precision, Started, measure, record, replay, run
from advisor.candidates.candidate import Candidate
from advisor.candidates.workload import Workload
from advisor.meters.nvml import open_gpus
from advisor.meters.probe import probe
from advisor.quantities import Provenance
from tests.meters.nvml_stub import stubbed_driver

Make = Callable[..., Candidate]


@pytest.mark.parametrize(
    ("gain", "label"), [(1.0, Provenance.MEASURED), (1.4, Provenance.ESTIMATED)]
)
def test_two_ways_that_disagree_over_the_windows_weaken_the_label(
    gain: float, label: Provenance, make_candidate: Make, workload: Workload, tmp_path: Path
) -> None:
    with stubbed_driver(tmp_path) as driver:
        [meter], _ = open_gpus(standstill_s=0.2)
        try:
            probe(meter)
            driver.load(True)
            driver.gpu().power_gain = gain
            plan = Plan.of(
                Precision.GLANCE,
                (make_candidate("small"),),
                workload,
                meters=(meter,),
                window_s=0.9,
                blocks_min=3,
                blocks_max=3,
                idle_s=0.0,
                warm_up_max_s=0.3,
            )
            events = list(record(run(plan), tmp_path / "run.jsonl"))
        finally:
            meter.close()
    [figures] = measure(events)
    assert figures.windows_used == 3
    assert figures.energy_j.provenance is label
    said = [c for c in figures.cautions if "integrated power" in str(c)]
    assert bool(said) == (label is Provenance.ESTIMATED)
    if said:
        # The other way's figure lies within the interval, and the reader is told in any language.
        assert figures.energy_j.high > 1.3 * figures.energy_j.value
        assert "積分" in said[0].text("ja")
    assert measure(replay(tmp_path / "run.jsonl")) == [figures]
    [started] = [e for e in events if isinstance(e, Started)]
    assert started.forecast is not None
    assert "will probably not be reached" in str(started.forecast)
