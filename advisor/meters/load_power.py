"""Watts of one busy hardware thread of a processor, from known curves, with their spread.

E = CPU time × w, with w = w_full × s.

- w_full, the processor's power at full load over its hardware threads: TDP ÷ threads where the
  processor is known by name and seen whole; else watts per vCPU of its architecture (by name, or by
  the model that CPUID gives); else of all architectures known.
- s, the shape: P(u) ÷ (u · P(1)) of the known load-power curves between a tenth of the threads busy
  and all of them: what a busy thread is charged when the machine is not full, its share of idle
  included. A model that runs alone on a few threads is near the upper end.

Both are positive and known only by their range over the sources, so they are multiplied in log
space: the centre is the geometric middle of the range, the range is taken as a 95 % interval, and
independent spreads add in quadrature.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

import numpy as np

from advisor.meters.hardware import (
    architecture_of,
    architecture_of_model,
    find_cpu,
    load_curves,
    load_curves_citation,
    vcpu_rows,
)
from advisor.meters.surroundings import Surroundings
from advisor.quantities import Z95

# What the ranges of the tables do not show; 95 % factors, declared here and in docs/method.
TDP_IS_NOT_POWER = 1.25
"""Power at full load against TDP of one named server processor (Teads' own curve ends at 1.02)."""
BOOST_IS_NOT_TDP = 2.5
"""The same of a client processor: its boost limit is set by the board, often at twice its TDP."""
SAME_ARCHITECTURE = 1.3
"""Models of one architecture among each other, and the neighbours on a shared host."""
ARM_IS_ASSUMED = 2.0
"""Cloud Carbon Footprint takes every Graviton to draw what an EPYC of the second generation does;
Ampere's Altra, of the same cores, is sold with 2 to 3 W of TDP a core."""
LEAST_FACTOR = 1.6
"""No estimate is claimed to be better than this factor either way."""
LEAST_LOAD = 0.1
"""Share of the threads that is busy at least, where the shape is looked at."""

_SERVER = re.compile(r"\b(xeon|epyc|opteron)\b", re.IGNORECASE)
_EMULATED = re.compile(r"xeon processor \(|epyc-\w+ processor", re.IGNORECASE)
"""Names of the processors that QEMU emulates: the host is that or a later one."""


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
    basis, known_as, full, source = _full_load(machine)
    watts = full * shape()
    least = math.log(LEAST_FACTOR) / Z95
    return ThreadPower(
        LogRange(watts.value, max(watts.relative_std, least)),
        basis,
        known_as,
        f"{source}; {load_curves_citation()}",
    )


def shape() -> LogRange:
    """P(u) ÷ (u · P(1)) over the known curves between `LEAST_LOAD` and full load."""
    ratios: list[float] = []
    for points in load_curves().values():
        loads, powers = zip(*points, strict=True)
        full = float(np.interp(1.0, loads, powers))
        ratios += [
            float(np.interp(u, loads, powers)) / (u * full)
            for u in np.linspace(LEAST_LOAD, 1.0, 19)
        ]
    return LogRange.over(ratios)


def _full_load(machine: Surroundings) -> tuple[str, str, LogRange, str]:
    """Basis, what it is known as, watts of a thread at full load, and the source."""
    cpu = find_cpu(machine.cpu_name)
    if cpu and not machine.virtual:
        factor = TDP_IS_NOT_POWER if _SERVER.search(machine.cpu_name) else BOOST_IS_NOT_TDP
        each = LogRange(cpu.row.tdp_w * machine.sockets / machine.threads, 0.0)
        return "processor", cpu.row.name, each * LogRange.factor(factor), cpu.citation
    known_as, architectures = _architectures(machine)
    rows = [row for architecture in architectures for row in vcpu_rows(architecture)]
    if rows:
        full = LogRange.over([r.row.full_w for r in rows]) * LogRange.factor(SAME_ARCHITECTURE)
        if known_as.startswith(("Graviton", "Arm")):
            full *= LogRange.factor(ARM_IS_ASSUMED)
        return "architecture", known_as, full, rows[0].citation
    rows = vcpu_rows()
    return (
        "unknown",
        machine.cpu_name,
        LogRange.over([r.row.full_w for r in rows]),
        rows[0].citation,
    )


def _architectures(machine: Surroundings) -> tuple[str, tuple[str, ...]]:
    """What the processor is known as, and the architectures it may be of; none: not known."""
    named = architecture_of(machine.cpu_name)
    if named:
        arm = machine.cpu_name.startswith("Arm")
        return (machine.cpu_name if arm else named), (named,)
    emulated = machine.virtual and bool(_EMULATED.search(machine.cpu_name))
    found = architecture_of_model(machine.cpu_model, or_later=emulated)
    if emulated and len(found) > 1:
        return f"{found[0]} – {found[-1]}", found
    return (found[0] if found else ""), found
