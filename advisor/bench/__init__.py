"""The bench: how candidates are measured, and what comes out.

    plan = Plan.of(Precision.QUICK, candidates, workload)      # or GLANCE, STANDARD, AUDIT
    for event in run(plan):                                    # typed events; closing cancels
        ...
    measurements = measure(events)                             # pure; same events, same figures

To continue a run that broke off: `plan.with_done(windows, done_s)` with the same run_id and seed.
"""

from advisor.bench.events import (
    EVENT,
    CandidateMeasured,
    Event,
    Failed,
    Finished,
    IdleMeasured,
    NotScored,
    PowerSampled,
    Progress,
    Scored,
    Started,
    WarmedUp,
    WindowMeasured,
)
from advisor.bench.measure import measure
from advisor.bench.measurement import Measurement, Window
from advisor.bench.plan import LoadPattern, Plan, PlanError, Precision
from advisor.bench.recording import RecordingError, record, replay
from advisor.bench.run import run
from advisor.bench.stopping import expected_s

__all__ = [
    "EVENT",
    "CandidateMeasured",
    "Event",
    "Failed",
    "Finished",
    "IdleMeasured",
    "LoadPattern",
    "Measurement",
    "NotScored",
    "Plan",
    "PlanError",
    "PowerSampled",
    "Precision",
    "Progress",
    "RecordingError",
    "Scored",
    "Started",
    "WarmedUp",
    "Window",
    "WindowMeasured",
    "expected_s",
    "measure",
    "record",
    "replay",
    "run",
]
