"""CPU time of processes and all their children, as fine as the system gives it.

On Linux the clock of another process (`clock_getcpuclockid`) counts nanoseconds over all its
threads, ended ones included; elsewhere, and for children already reaped, the kernel's accounting
ticks (usually 10 ms) are what there is.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable

import psutil

_FINE = sys.platform.startswith("linux") and hasattr(time, "clock_gettime")

TICK_S = 1e-6 if _FINE else 0.01
"""Step in which the CPU time of a running process is seen to grow."""


def process_cpu_s(process_id: int) -> float | None:
    """CPU seconds of one running process, all its threads; None when it is gone."""
    if _FINE:
        try:
            return time.clock_gettime((~process_id << 3) | 2)  # CPUCLOCK_SCHED of that process
        except OSError:
            return None
    try:
        times = psutil.Process(process_id).cpu_times()
    except psutil.Error:
        return None
    return times.user + times.system


class CpuTime:
    """Cumulative CPU seconds of some processes and their children; never falls."""

    def __init__(self, process_ids: Iterable[int] = ()) -> None:
        self._roots = tuple(process_ids) or (os.getpid(),)
        self._gone: dict[int, float] = {}
        self._last = 0.0

    @property
    def process_ids(self) -> tuple[int, ...]:
        """The processes watched."""
        return self._roots

    def read(self) -> float:
        """CPU seconds so far. A process that ended keeps the time it was last seen with."""
        now = 0.0
        for root in self._roots:
            tree = _tree_cpu_s(root)
            if tree is not None:
                self._gone[root] = max(tree, self._gone.get(root, 0.0))
            now += self._gone.get(root, 0.0)
        # Between the end of a child and its reaping its time moves from its own clock to the
        # parent's coarser account: hold the sum instead of letting it fall by a tick.
        self._last = max(self._last, now)
        return self._last

    def any_alive(self) -> bool:
        """Whether at least one watched process still runs."""
        return any(process_cpu_s(root) is not None for root in self._roots)


def _tree_cpu_s(root: int) -> float | None:
    own = process_cpu_s(root)
    if own is None:
        return None
    seconds = own + _reaped_s(root)
    for child in _descendants(root):
        running = process_cpu_s(child)
        if running is not None:
            seconds += running + _reaped_s(child)
    return seconds


def _descendants(root: int) -> list[int]:
    try:
        if not _FINE:
            return [p.pid for p in psutil.Process(root).children(recursive=True)]
        found, queue = [], [root]
        while queue:
            for task in os.scandir(f"/proc/{queue.pop()}/task"):
                with open(f"{task.path}/children", encoding="ascii") as file:  # noqa: PTH123
                    children = [int(word) for word in file.read().split()]
                found += children
                queue += children
    except FileNotFoundError:  # the process ended, or the kernel lists no children
        return _descendants_by_scan(root)
    except (OSError, psutil.Error, ValueError):
        return []
    return found


def _descendants_by_scan(root: int) -> list[int]:
    try:
        return [p.pid for p in psutil.Process(root).children(recursive=True)]
    except psutil.Error:
        return []


def _reaped_s(process_id: int) -> float:
    try:
        times = psutil.Process(process_id).cpu_times()
    except psutil.Error:
        return 0.0
    return float(getattr(times, "children_user", 0.0)) + float(
        getattr(times, "children_system", 0.0)
    )
