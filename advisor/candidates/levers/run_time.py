"""Run-time levers: the same file, called in larger batches, with other threads or another order.

They make no file: the candidate returned has other `run_options`, which the benchmark follows.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from advisor.candidates.candidate import Candidate
from advisor.candidates.levers.lever import LeverError, LeverKind, Need, Settings, check_settings
from advisor.candidates.workload import Workload
from advisor.quantities import Provenance, Quantity
from advisor.sentences import Sentence, sentence

_OWN = (
    "own measurement: six classifiers of 0.8 thousand to 4.3 million parameters, ONNX Runtime on "
    "an x86-64 CPU of two cores: batch 4 to 64 against 1, two threads against one, and branches "
    "side by side against in turn"
)


@dataclass(frozen=True)
class RunTimeLever:
    """A lever on one of the run options."""

    name: str
    option: str
    title: Sentence
    changes: Sentence
    risks: tuple[Sentence, ...]
    values: Callable[[], tuple[Any, ...]]
    blocked: Callable[[Candidate], Sentence | None]
    ratio: tuple[float, float, float]
    kind: LeverKind = LeverKind.BATCH
    needs: tuple[Need, ...] = ()

    @property
    def defaults(self) -> dict[str, Any]:
        """The option; it has no value of its own."""
        return {self.option: None}

    def obstacle(self, candidate: Candidate) -> Sentence | None:
        """Why the option cannot be changed."""
        return self.blocked(candidate)

    def expected_energy_ratio(self, candidate: Candidate) -> Quantity | None:
        """A wide interval: it depends on the model's size and the machine."""
        value, low, high = self.ratio
        return Quantity.from_interval(
            value, low, high, "1", Provenance.PREDICTED, _OWN, f"expected effect of {self.name}"
        )

    def variants(self, candidate: Candidate) -> tuple[dict[str, Any], ...]:
        """The values worth trying on this machine, without the one in force."""
        now = candidate.run_options.get(self.option)
        return tuple({self.option: value} for value in self.values() if value != now)

    def make(
        self,
        candidate: Candidate,
        folder: Path,
        *,
        settings: Settings | None = None,
        calibration: Workload | None = None,
    ) -> Candidate:
        """The same file under other run options; nothing is written. Raises `LeverError`."""
        obstacle = self.obstacle(candidate)
        variants = self.variants(candidate)
        if obstacle or not (settings or variants):
            raise LeverError(obstacle or sentence("There is no other value to try here."))
        check_settings(self, settings or {})
        chosen = dict(settings or variants[0])
        shown = ", ".join(f"{k.replace('_', ' ')} {v}" for k, v in chosen.items())
        return candidate.model_copy(
            update={
                "name": f"{candidate.name}, {shown}",
                "run_options": {**candidate.run_options, **chosen},
                "parent_key": candidate.key,
                "lever": self.name,
                "lever_settings": chosen,
            }
        )


def _fixed_batch(candidate: Candidate) -> Sentence | None:
    for spec in candidate.facts.inputs:
        if spec.shape and isinstance(spec.shape[0], int):
            return sentence(
                "The batch is fixed at {size} in the graph; export the model with a dynamic batch "
                "axis.",
                size=spec.shape[0],
            )
    return None


def _one_core(_candidate: Candidate) -> Sentence | None:
    if (os.cpu_count() or 1) < 2:
        return sentence("This machine has one processor core.")
    return None


def _no_branches(candidate: Candidate) -> Sentence | None:
    one_core = _one_core(candidate)
    if one_core:
        return one_core
    joins = sum(candidate.facts.operators.get(n, 0) for n in ("Concat", "Add", "Sum", "Mul"))
    if candidate.family in ("linear", "trees", "mlp") or joins < 4:
        return sentence("The graph has no parallel branches that could run side by side.")
    return None


def _thread_counts() -> tuple[int, ...]:
    cores = os.cpu_count() or 1
    return tuple(sorted({1, max(cores // 2, 1), cores}))


LEVERS = (
    RunTimeLever(
        "batch",
        "batch_size",
        sentence("Larger batches"),
        sentence("Several requests are answered in one call."),
        (
            sentence("A request waits until its batch is full: latency rises."),
            sentence("Trees and convolutions gain least: the work of each request stays."),
        ),
        lambda: (4, 16, 64),
        _fixed_batch,
        (0.3, 0.03, 1.4),
    ),
    RunTimeLever(
        "threads",
        "intra_op_threads",
        sentence("Other number of threads"),
        sentence("Each call uses fewer or more processor threads."),
        (sentence("Fewer threads save energy on small models and lengthen large ones."),),
        _thread_counts,
        _one_core,
        (1.0, 0.4, 2.5),
    ),
    RunTimeLever(
        "parallel-execution",
        "execution_mode",
        sentence("Parallel execution of branches"),
        sentence("Independent branches of the graph run side by side."),
        (sentence("Small graphs lose more to coordination than they gain."),),
        lambda: ("parallel",),
        _no_branches,
        (1.5, 0.8, 12.0),
    ),
)
