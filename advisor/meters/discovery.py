"""Which meters there are on this machine, which are not, why, and what to do about it.

`discover()` never raises: whatever goes wrong becomes a finding, and the estimate is always there.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pynvml

from advisor.meters.estimate import EstimateMeter
from advisor.meters.meter import Meter, MeterError
from advisor.meters.nvml import STANDSTILL_S, open_gpus
from advisor.meters.probe import probe
from advisor.meters.rapl import RaplMeter, RaplUnreadableError
from advisor.meters.surroundings import Surroundings, look_around
from advisor.sentences import Sentence, sentence

Kind = Literal["nvml", "rapl", "estimate"]
KINDS: tuple[Kind, ...] = ("nvml", "rapl", "estimate")


@dataclass(frozen=True)
class Finding:
    """One thing looked for: found or not, in words a user can act on."""

    kind: Kind
    found: bool
    text: Sentence

    def __str__(self) -> str:
        return str(self.text)


@dataclass(frozen=True)
class Discovery:
    """What `discover` found. The caller closes the meters."""

    meters: tuple[Meter, ...]
    findings: tuple[Finding, ...]
    surroundings: Surroundings

    @property
    def measured(self) -> tuple[Meter, ...]:
        """The meters that read a counter or a sensor."""
        return tuple(m for m in self.meters if m.facts.name != "estimate")

    def close(self) -> None:
        """Close all meters."""
        for meter in self.meters:
            meter.close()


def discover(
    only: Collection[Kind] | None = None,
    root: Path = Path("/"),
    probing: bool = True,
    clock: Callable[[], float] = time.monotonic,
    standstill_s: float = STANDSTILL_S,
) -> Discovery:
    """All meters that work here, GPU and CPU counters first.

    The estimate is used only where no CPU counter can be read (a package counter sees the same CPU
    time), or where `only` names it. `root` stands for `/`. With `probing`, each counter's step and
    period are probed (up to 2 s a meter).
    """
    wanted = set(only) if only is not None else set(KINDS)
    machine = look_around(root)
    meters: list[Meter] = []
    findings: list[Finding] = []
    if "nvml" in wanted:
        _gpus(machine, clock, standstill_s, meters, findings)
    processor_counted = "rapl" in wanted and _processor(root, machine, clock, meters, findings)
    if "estimate" in wanted and (only is not None or not processor_counted):
        _estimate(machine, clock, meters, findings)
    if probing:
        meters = [_probed(meter, findings) for meter in meters]
    return Discovery(tuple(meters), tuple(findings), machine)


def _probed(meter: Meter, findings: list[Finding]) -> Meter:
    try:
        probe(meter)
    except MeterError as error:
        kind: Kind = "rapl" if meter.facts.name == "rapl" else "nvml"
        text = sentence(
            "{meter} failed while it was probed: {why}", meter=meter.facts.name, why=str(error)
        )
        findings.append(Finding(kind, False, text))
    return meter


def _gpus(
    machine: Surroundings,
    clock: Callable[[], float],
    standstill_s: float,
    meters: list[Meter],
    findings: list[Finding],
) -> None:
    def add(found: bool, text: Sentence) -> None:
        findings.append(Finding("nvml", found, text))

    try:
        gpus, failures = open_gpus(clock, machine.container, standstill_s)
    except pynvml.NVMLError as error:
        add(False, _no_driver(int(getattr(error, "value", 0)), str(error), machine))
        return
    except Exception as error:
        add(False, sentence("The NVIDIA driver answered in an unknown way: {why}.", why=str(error)))
        return
    for gpu in gpus:
        facts = gpu.facts
        how = "energy counter" if facts.name.endswith("counter") else "power, polled and integrated"
        add(True, sentence("GPU {name}: {how}.", name=facts.device, how=how))
        for note in facts.notes:
            add(True, note)
    for failure in failures:
        add(False, sentence("{note}", note=failure))
    if not gpus and not failures:
        add(False, sentence("The NVIDIA driver is there, but it shows no GPU to this program."))
    meters.extend(gpus)


def _no_driver(code: int, why: str, machine: Surroundings) -> Sentence:
    if code == pynvml.NVML_ERROR_LIBRARY_NOT_FOUND:
        if machine.wsl:
            return sentence(
                "No NVIDIA GPU: WSL2 shows no NVIDIA library; install the NVIDIA driver on "
                "Windows, not inside WSL2."
            )
        if machine.container:
            return sentence(
                "No NVIDIA GPU: this container has no NVIDIA library; if the machine has an "
                "NVIDIA GPU, start the container with --gpus all."
            )
        return sentence(
            "No NVIDIA GPU: the driver's library (libnvidia-ml) was not found; if the machine has "
            "an NVIDIA GPU, install its driver."
        )
    if code == pynvml.NVML_ERROR_DRIVER_NOT_LOADED:
        return sentence(
            "The NVIDIA library is there, but its driver is not loaded: check nvidia-smi, or "
            "restart after the driver's installation."
        )
    if code == pynvml.NVML_ERROR_NO_PERMISSION:
        return sentence(
            "The NVIDIA driver refuses this user: give it read access to /dev/nvidiactl and "
            "/dev/nvidia0."
        )
    if code == pynvml.NVML_ERROR_LIB_RM_VERSION_MISMATCH:
        return sentence(
            "The NVIDIA library and the loaded driver are of different versions: restart the "
            "machine."
        )
    return sentence("The NVIDIA driver cannot be used: {why}.", why=why)


def _processor(
    root: Path,
    machine: Surroundings,
    clock: Callable[[], float],
    meters: list[Meter],
    findings: list[Finding],
) -> bool:
    folder = root / "sys/class/powercap"
    try:
        meter = RaplMeter(folder, clock, machine.cpu_name)
    except RaplUnreadableError:
        findings.append(Finding("rapl", False, _no_permission()))
        return False
    except MeterError:
        findings.append(Finding("rapl", False, _no_register(machine)))
        return False
    meters.append(meter)
    text = sentence(
        "Processor {name}: RAPL energy counters of {domains}.",
        name=machine.cpu_name,
        domains=", ".join(meter.facts.coverage.domains),
    )
    findings.append(Finding("rapl", True, text))
    return True


RAPL_RULE = (
    'SUBSYSTEM=="powercap", KERNEL=="intel-rapl:*", RUN+="/bin/chmod g+r %S%p/energy_uj", '
    'RUN+="/bin/chgrp power %S%p/energy_uj"'
)
"""The udev rule that lets the group `power` read the counters."""


def _no_permission() -> Sentence:
    return sentence(
        "The processor's energy counters are there, but only root may read them, since they can "
        "betray secrets to other programs (CVE-2020-8694). For now: sudo chmod a+r "
        "/sys/class/powercap/intel-rapl:*/energy_uj (until the next start). For good: create the "
        "group with sudo groupadd -f power; sudo usermod -aG power $USER, put this line into "
        "/etc/udev/rules.d/70-rapl.rules: {rule} — then sudo udevadm control --reload; sudo "
        "udevadm trigger --subsystem-match=powercap --action=add, and log in again.",
        rule=RAPL_RULE,
    )


def _no_register(machine: Surroundings) -> Sentence:
    if machine.wsl:
        return sentence(
            "No energy counter of the processor: WSL2 does not pass RAPL on; measure on Windows "
            "or Linux itself, or use the estimate."
        )
    if machine.virtual:
        return sentence(
            "No energy counter of the processor: this is a virtual machine, and its host does not "
            "pass RAPL on; measure on the host or on a bare-metal machine, or use the estimate."
        )
    if machine.container:
        return sentence(
            "No energy counter of the processor: this container does not see the host's counters; "
            "start it with -v /sys/class/powercap:/sys/class/powercap:ro, or use the estimate."
        )
    if machine.system != "linux":
        return sentence(
            "No energy counter of the processor: this system gives none to programs; use the "
            "estimate, or measure on Linux."
        )
    return sentence(
        "No energy counter of the processor: the kernel shows none; load it with sudo modprobe "
        "intel_rapl_msr (Intel, and AMD from Zen on), or use the estimate."
    )


def _estimate(
    machine: Surroundings,
    clock: Callable[[], float],
    meters: list[Meter],
    findings: list[Finding],
) -> None:
    try:
        meter = EstimateMeter(machine, clock=clock)
    except Exception as error:  # a damaged profile of the user must not stop the others
        text = sentence("The estimate cannot be made: {why}", why=str(error))
        findings.append(Finding("estimate", False, text))
        return
    meters.append(meter)
    findings.extend(Finding("estimate", True, note) for note in meter.facts.notes)
