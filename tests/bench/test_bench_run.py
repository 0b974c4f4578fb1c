"""A benchmark over real ONNX Runtime in a real child process."""

from __future__ import annotations

from advisor.bench import (
    CandidateMeasured,
    Finished,
    Plan,
    Precision,
    Scored,
    Started,
    WarmedUp,
    WindowMeasured,
    measure,
    run,
)
from advisor.candidates.workload import Workload

SHORT = {"window_s": 0.2, "blocks_min": 3, "blocks_max": 3, "idle_s": 0.2, "warm_up_max_s": 3.0}


def test_the_whole_job_measures_each_candidate(make_candidate, workload: Workload) -> None:
    small, large = make_candidate("small"), make_candidate("large", width=20000, noise=2.0)
    plan = Plan.of(Precision.QUICK, (small, large), workload, **SHORT)
    events = list(run(plan))
    assert isinstance(events[0], Started)
    assert isinstance(events[-1], Finished)
    assert {e.candidate for e in events if isinstance(e, WarmedUp)} == {small.key, large.key}
    scores = {e.candidate: e for e in events if isinstance(e, Scored)}
    assert scores[small.key].value > 80 > scores[large.key].value
    assert len([e for e in events if isinstance(e, WindowMeasured)]) == 6
    figures = {
        e.measurement.candidate: e.measurement for e in events if isinstance(e, CandidateMeasured)
    }
    assert figures[large.key].energy_j.value > 3 * figures[small.key].energy_j.value
    assert figures[small.key].group_accuracy.keys() == {"a", "b"}
    assert list(figures.values()) == measure(events)
