"""A benchmark as it is recorded, of two candidates whose joules per inference are known."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from advisor.bench import Finished, Scored, Started, WindowMeasured
from advisor.bench.measurement import Window
from advisor.candidates.candidate import Candidate, GraphFacts
from advisor.meters.meter import Coverage, MeterFacts
from advisor.project import BenchmarkRun, Project
from advisor.project.benchmark import settle
from advisor.quantities import Provenance

RUN = "run-1"
KEYS = ("a" * 64, "b" * 64)


def record_run(project: Project) -> None:
    """A run of two candidates whose windows hold a known truth: 2 mJ and 1 mJ per inference."""
    meter = MeterFacts(
        name="rapl",
        device="test processor",
        provenance=Provenance.MEASURED,
        coverage=Coverage(domains=("package:0",)),
        resolution_j=1e-6,
        update_period_s=0.001,
        gain_relative_std=0.02,
    )
    for key, name in zip(KEYS, ("large", "small"), strict=True):
        project.candidates.put(
            Candidate(
                name=name,
                path=Path(f"/nowhere/{name}.onnx"),
                sha256=key,
                family="MLP",
                facts=GraphFacts(
                    parameters=1000,
                    flops_per_inference=None,
                    bytes_moved_per_inference=None,
                    weight_bytes=4000,
                    operators={"MatMul": 2},
                    precision="float32",
                    inputs=(),
                    outputs=(),
                    opset=17,
                    opsets={"": 17},
                ),
            )
        )
    project.runs.put(BenchmarkRun(run_id=RUN, candidates=KEYS, workload="w/accuracy"))
    project.record(
        Started(
            run_id=RUN,
            at_s=0.0,
            candidates=KEYS,
            names=dict(zip(KEYS, ("large", "small"), strict=True)),
            meters=(meter,),
            expected_s=10.0,
            workload_sha256="w",
            metric="accuracy",
        )
    )
    generator = np.random.default_rng(1)
    resampled = generator.normal(0.0, 0.4, 500)
    for key, score in zip(KEYS, (97.0, 96.9), strict=True):
        project.record(
            Scored(
                run_id=RUN,
                at_s=0.5,
                candidate=key,
                metric="accuracy",
                value=score,
                std=0.4,
                samples=1000,
                loss_draws=tuple(100.0 - score + resampled),
            )
        )
    for block in range(8):
        for position, (key, joules) in enumerate(zip(KEYS, (2e-3, 1e-3), strict=True)):
            noise = float(generator.normal(1.0, 0.01))
            window = Window(
                candidate=key,
                block=block,
                position=position,
                started_s=2.0 * block + position,
                duration_s=1.0,
                inferences=1000.0,
                energy_j={"rapl": 1000.0 * joules * noise},
                quantisation_j={"rapl": 1e-6},
                latency_s=(0.001, 0.0011, 0.0012),
            )
            at = window.started_s + 1.0
            project.record(WindowMeasured(run_id=RUN, at_s=at, window=window))
    project.record(Finished(run_id=RUN, at_s=17.0, reason="target reached"))
    settle(project, RUN)
