"""One NVIDIA GPU behind `pynvml`: its energy counter, power sensor and state, in plain units.

What a device or driver does not support is None; every other driver error becomes a `MeterError`.
"""

from __future__ import annotations

import contextlib
import os
import platform
from collections.abc import Callable
from typing import Any

import pynvml

from advisor.meters.meter import MeterError
from advisor.sentences import Sentence, sentence

_ABSENT = (
    pynvml.NVML_ERROR_NOT_SUPPORTED,
    pynvml.NVML_ERROR_FUNCTION_NOT_FOUND,
    pynvml.NVML_ERROR_NO_DATA,
    pynvml.NVML_ERROR_INVALID_ARGUMENT,
    pynvml.NVML_ERROR_NO_PERMISSION,
)

HURTING_REASONS = {
    pynvml.nvmlClocksEventReasonHwSlowdown: "hw_slowdown",
    pynvml.nvmlClocksEventReasonSwThermalSlowdown: "sw_thermal_slowdown",
    pynvml.nvmlClocksEventReasonHwThermalSlowdown: "hw_thermal_slowdown",
    pynvml.nvmlClocksEventReasonHwPowerBrakeSlowdown: "hw_power_brake_slowdown",
}
"""Clock event reasons that spoil a window: the device no longer does what it would do cool."""

OTHER_REASONS = {
    pynvml.nvmlClocksEventReasonGpuIdle: "gpu_idle",
    pynvml.nvmlClocksEventReasonApplicationsClocksSetting: "applications_clocks_setting",
    pynvml.nvmlClocksEventReasonSwPowerCap: "sw_power_cap",
    pynvml.nvmlClocksEventReasonSyncBoost: "sync_boost",
    pynvml.nvmlClocksEventReasonDisplayClockSetting: "display_clock_setting",
}
"""Reasons that belong to normal work, the power limit among them: recorded, not a fault."""


class NvmlDevice:
    """Reads one GPU. All figures in W, J, MHz, °C."""

    def __init__(self, index: int) -> None:
        self.index = index
        self._handle = pynvml.nvmlDeviceGetHandleByIndex(index)
        self.name = str(self._optional(pynvml.nvmlDeviceGetName) or f"GPU {index}")
        self.power_kind = self._power_kind()

    def counter_j(self) -> float | None:
        """Total energy since the driver was loaded (mJ in NVML); None where it is missing."""
        value = self._optional(pynvml.nvmlDeviceGetTotalEnergyConsumption)
        return None if value is None else float(value) / 1000.0

    def power_w(self) -> float:
        """Power now: the instantaneous field where there is one, else `GetPowerUsage`."""
        if self.power_kind == "instant":
            watts = self._field_w(pynvml.NVML_FI_DEV_POWER_INSTANT)
            if watts is not None:
                return watts
        value = self._optional(pynvml.nvmlDeviceGetPowerUsage)
        if value is None:
            raise MeterError(
                sentence(
                    "GPU {index} ({name}) gives neither energy nor power; measure it with "
                    "another tool, or use the estimate.",
                    index=str(self.index),
                    name=str(self.name),
                )
            )
        return float(value) / 1000.0

    def _power_kind(self) -> str:
        """`instant`, `average` (about 1 s, Ampere and later but GA100), `sensor`, or `none`."""
        if self._field_w(pynvml.NVML_FI_DEV_POWER_INSTANT) is not None:
            return "instant"
        if self._optional(pynvml.nvmlDeviceGetPowerUsage) is None:
            return "none"
        generation = self._optional(pynvml.nvmlDeviceGetArchitecture)
        ampere = int(getattr(pynvml, "NVML_DEVICE_ARCH_AMPERE", 7))
        if generation is None or int(generation) < ampere or "A100" in self.name:
            return "sensor"
        return "average"

    def clock_reasons(self) -> int:
        """Bit mask of reasons why clocks are where they are; 0 when not told."""
        for name in ("CurrentClocksEventReasons", "CurrentClocksThrottleReasons"):
            mask = self._optional(getattr(pynvml, f"nvmlDeviceGet{name}"))
            if mask is not None:
                return int(mask)
        return 0

    def condition(self) -> dict[str, float | str]:
        """Clocks, temperature, power limit and modes now; what is not told is left out."""
        found: dict[str, float | str] = {}
        numbers: dict[str, tuple[Callable[..., Any], tuple[Any, ...], float]] = {
            "clock_sm_mhz": (pynvml.nvmlDeviceGetClockInfo, (pynvml.NVML_CLOCK_SM,), 1.0),
            "clock_mem_mhz": (pynvml.nvmlDeviceGetClockInfo, (pynvml.NVML_CLOCK_MEM,), 1.0),
            "temperature_c": (pynvml.nvmlDeviceGetTemperature, (pynvml.NVML_TEMPERATURE_GPU,), 1.0),
            "power_limit_w": (pynvml.nvmlDeviceGetEnforcedPowerLimit, (), 1e-3),
        }
        for key, (function, arguments, scale) in numbers.items():
            value = self._optional(function, *arguments)
            if value is not None:
                found[key] = float(value) * scale
        found.update(self.modes())
        return found

    def modes(self) -> dict[str, str]:
        """ECC, MIG and persistence, `on` or `off`; what is not told is left out."""
        found: dict[str, str] = {}
        for key, function in (
            ("ecc", pynvml.nvmlDeviceGetEccMode),
            ("mig", pynvml.nvmlDeviceGetMigMode),
            ("persistence", pynvml.nvmlDeviceGetPersistenceMode),
        ):
            value = self._optional(function)
            if value is not None:
                current = value[0] if isinstance(value, list) else value
                found[key] = "on" if current else "off"
        return found

    def process_ids(self) -> set[int]:
        """Processes with a compute context on the device, as the driver numbers them."""
        found = self._optional(pynvml.nvmlDeviceGetComputeRunningProcesses)
        return {int(p.pid) for p in found or []}

    def identity(self) -> dict[str, str]:
        """UUID, driver, virtualisation: what a reader needs to know the device again."""
        found: dict[str, str] = {"power_reading": self.power_kind}
        uuid = self._optional(pynvml.nvmlDeviceGetUUID)
        if uuid:
            found["uuid"] = str(uuid)
        with contextlib.suppress(pynvml.NVMLError):
            found["driver"] = str(pynvml.nvmlSystemGetDriverVersion())
        mode = self._optional(pynvml.nvmlDeviceGetVirtualizationMode)
        if mode:
            kinds = {1: "passthrough", 2: "vgpu", 3: "host vgpu", 4: "host vsga"}
            found["virtualization"] = kinds.get(int(mode), str(mode))
        if platform.machine() == "aarch64" and ("GH200" in self.name or "GB200" in self.name):
            found["module"] = "on this superchip the reading may include the whole module"
        return found

    def _field_w(self, field: int) -> float | None:
        try:
            value = pynvml.nvmlDeviceGetFieldValues(self._handle, [field])[0]
        except pynvml.NVMLError as error:
            if _code(error) in _ABSENT:
                return None
            raise self._sentence(error) from error
        if value.nvmlReturn != pynvml.NVML_SUCCESS:
            return None
        kind = {
            pynvml.NVML_VALUE_TYPE_DOUBLE: "dVal",
            pynvml.NVML_VALUE_TYPE_UNSIGNED_INT: "uiVal",
            pynvml.NVML_VALUE_TYPE_UNSIGNED_LONG: "ulVal",
            pynvml.NVML_VALUE_TYPE_UNSIGNED_LONG_LONG: "ullVal",
        }.get(value.valueType)
        return None if kind is None else float(getattr(value.value, kind)) / 1000.0

    def _optional(self, function: Callable[..., Any], *arguments: Any) -> Any | None:
        try:
            return function(self._handle, *arguments)
        except pynvml.NVMLError as error:
            if _code(error) in _ABSENT:
                return None
            raise self._sentence(error) from error

    def _sentence(self, error: Exception) -> MeterError:
        return MeterError(
            sentence(
                "The NVIDIA driver failed on GPU {index} while it was read ({reason}); "
                "check it with nvidia-smi and start the run again. What was measured "
                "before is kept.",
                index=str(self.index),
                reason=str(error),
            )
        )


def _code(error: Exception) -> int:
    return int(getattr(error, "value", pynvml.NVML_ERROR_UNKNOWN))


def reason_names(mask: int, names: dict[int, str]) -> list[str]:
    """The names of the bits that are set."""
    return [name for bit, name in names.items() if mask & bit]


def own_process_ids(watched: tuple[int, ...]) -> set[int]:
    """The watched processes and this one, the way the driver may list them."""
    return {*watched, os.getpid()}


def standing_notes(averages: bool, state: dict[str, str]) -> list[Sentence]:
    """What a reader should know of a device in this state; `averages`: its power is an average."""
    notes: list[Sentence] = []
    if averages:
        notes.append(
            sentence(
                "The driver gives only the average power of the last second: "
                "windows shorter than many seconds tell little."
            )
        )
    if state.get("mig") == "on":
        notes.append(
            sentence("MIG is on: the joules are those of the whole GPU, not of one instance.")
        )
    if state.get("virtualization") in ("vgpu", "host vgpu"):
        notes.append(sentence("This is a virtual GPU: the joules may include other tenants."))
    if "module" in state:
        notes.append(sentence("On this superchip the reading may include the whole module."))
    return notes
