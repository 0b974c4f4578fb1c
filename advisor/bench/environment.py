"""What the bench notes of the machine: for the record at the start, and for each window."""

from __future__ import annotations

import os
import platform
from pathlib import Path
from typing import NamedTuple

import psutil

from advisor.meters.meter import MeterFacts
from advisor.meters.surroundings import look_around
from advisor.sentences import Sentence, sentence

FOREIGN_SHARE = 0.10
"""A whole-package counter sees other programs: above this share of their CPU time, leave out."""


def environment() -> dict[str, str]:
    """Machine and software, as kept with the run."""
    found = {
        "system": platform.platform(),
        "python": platform.python_version(),
        "processor": look_around().cpu_name,
        "logical_processors": str(os.cpu_count() or 0),
        "memory_gib": f"{psutil.virtual_memory().total / 2**30:.1f}",
    }
    governor = Path("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")
    if governor.is_file():
        found["frequency_governor"] = governor.read_text("utf-8").strip()
    return found


class ProcessorTime(NamedTuple):
    """CPU seconds so far: of the whole machine, and of the program with its child."""

    busy_s: float
    own_s: float


def processor_time(process_ids: tuple[int, ...]) -> ProcessorTime:
    """Read both accounts; a process that has ended counts no more."""
    times = psutil.cpu_times()
    waiting = times.idle + getattr(times, "iowait", 0.0)
    # guest time is part of user time on Linux
    guest = getattr(times, "guest", 0.0) + getattr(times, "guest_nice", 0.0)
    busy = sum(times) - waiting - guest
    own = 0.0
    for process_id in (os.getpid(), *process_ids):
        try:
            used = psutil.Process(process_id).cpu_times()
        except psutil.Error:
            continue
        own += used.user + used.system
    return ProcessorTime(busy, own)


def foreign_share(before: ProcessorTime, after: ProcessorTime) -> float:
    """Share of the machine's CPU time that other programs used, 0 to 1."""
    busy = after.busy_s - before.busy_s
    own = after.own_s - before.own_s
    return min(max((busy - own) / busy, 0.0), 1.0) if busy > 0 else 0.0


def hurt_by(
    meters: tuple[MeterFacts, ...], condition: dict[str, float | str], foreign: float
) -> Sentence | None:
    """Why a window must be left out, or None.

    `condition` holds the meters' keys `throttle_reasons` and `other_processes`, if any, prefixed by
    the meter's name. An estimate from the model's own CPU time does not see other programs, so
    they exclude nothing there.
    """
    for key, value in condition.items():
        if key.endswith("throttle_reasons") and value:
            return sentence("the device was throttled ({reasons})", reasons=str(value))
        if key.endswith("other_processes") and isinstance(value, float | int) and value > 0:
            return sentence("{count} other processes used the device", count=int(value))
    whole = any(
        d.startswith(("package", "psys", "dram")) for m in meters for d in m.coverage.domains
    )
    if whole and foreign > FOREIGN_SHARE:
        return sentence(
            "other programs used {share} % of the processor's time", share=round(100 * foreign)
        )
    return None
