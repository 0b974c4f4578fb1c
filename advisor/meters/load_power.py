"""Watts of one busy hardware thread of a processor, from known curves, with their spread.

E = CPU time × w, with w = w_full × s.

- w_full, the processor's power at full load over its hardware threads: TDP ÷ threads where the
  processor is known by name and seen whole; else watts per vCPU of its architecture; else of all
  architectures known.
- s, the shape: P(u) ÷ (u · P(1)) of the known load-power curves between half and full load, that
  is, what a busy thread is charged when the machine is not full (its share of idle included).

Both are positive and known only by their range over the sources, so they are multiplied in log
space: the centre is the geometric middle of the range, the range is taken as a 95 % interval, and
independent spreads add in quadrature.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from advisor.meters.hardware import (
    architecture_of,
    find_cpu,
    load_curves,
    load_curves_citation,
    vcpu_rows,
)
from advisor.meters.surroundings import Surroundings
from advisor.quantities import Z95

# What the ranges of the tables do not show; 95 % factors, declared here and in docs/method.
TDP_IS_NOT_POWER = 1.25
"""Power at full load against TDP of one named processor (Teads' own curve ends at 1.02 TDP)."""
SAME_ARCHITECTURE = 1.3
"""Models of one architecture among each other, and the neighbours on a shared host."""
LEAST_FACTOR = 1.6
"""No estimate is claimed to be better than this factor either way."""


@dataclass(frozen=True)
class LogRange:
    """A positive figure known by its range: geometric middle and relative standard uncertainty."""

    value: float
    relative_std: float

    @staticmethod
    def over(values: list[float]) -> LogRange:
        """The range of some positive figures, taken as a 95 % interval."""
        low, high = min(values), max(values)
        return LogRange(math.sqrt(low * high), math.log(high / low) / (2 * Z95))

    @staticmethod
    def factor(factor: float) -> LogRange:
        """A figure of 1 that may be off by this factor (95 %)."""
        return LogRange(1.0, math.log(factor) / Z95)

    def __mul__(self, other: LogRange) -> LogRange:
        return LogRange(self.value * other.value, math.hypot(self.relative_std, other.relative_std))

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval."""
        factor = math.exp(Z95 * self.relative_std)
        return self.value / factor, self.value * factor


@dataclass(frozen=True)
class ThreadPower:
    """Watts of a busy thread, and what they rest on."""

    watts: LogRange
    basis: str
    """One of `processor`, `architecture`, `unknown`."""
    known_as: str
    source: str


def thread_power(machine: Surroundings) -> ThreadPower:
    """Watts of one busy hardware thread of this machine."""
    curves = load_curves_citation()
    cpu = find_cpu(machine.cpu_name)
    architecture = architecture_of(machine.cpu_name)
    if cpu and not machine.virtual:
        threads = machine.threads / machine.sockets
        full = LogRange(cpu.row.tdp_w / threads, 0.0) * LogRange.factor(TDP_IS_NOT_POWER)
        basis, known_as, source = "processor", cpu.row.name, cpu.citation
    elif architecture:
        rows = vcpu_rows(architecture)
        full = LogRange.over([r.row.full_w for r in rows]) * LogRange.factor(SAME_ARCHITECTURE)
        basis, known_as, source = "architecture", architecture, rows[0].citation
    else:
        rows = vcpu_rows()
        full = LogRange.over([r.row.full_w for r in rows])
        basis, known_as, source = "unknown", machine.cpu_name, rows[0].citation
    watts = full * shape()
    least = math.log(LEAST_FACTOR) / Z95
    return ThreadPower(
        LogRange(watts.value, max(watts.relative_std, least)),
        basis,
        known_as,
        f"{source}; {curves}",
    )


def shape() -> LogRange:
    """P(u) ÷ (u · P(1)) over the known curves between half and full load."""
    ratios: list[float] = []
    for points in load_curves().values():
        loads, powers = zip(*points, strict=True)
        full = float(np.interp(1.0, loads, powers))
        ratios += [
            float(np.interp(u, loads, powers)) / (u * full) for u in np.linspace(0.5, 1.0, 11)
        ]
    return LogRange.over(ratios)
