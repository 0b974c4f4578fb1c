"""A stand-in for the NVIDIA driver with known true energy, under the real `pynvml` binding.

    with stubbed_driver(tmp_path) as driver:
        driver.gpu(0).has_counter = 0
        driver.load(True)
        ...
        driver.true_energy_j(0, time.monotonic())

`nvml_stub.c` is compiled once per source text into the temporary folder. In this process the
library is loaded by path before the binding asks for `libnvidia-ml.so.1`; other processes get it
through `driver.environment()`.
"""

from __future__ import annotations

import _ctypes
import ctypes
import hashlib
import mmap
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pynvml
import pytest

SOURCE = Path(__file__).with_name("nvml_stub.c")
MAX_SWITCHES = 65536


class Gpu(ctypes.Structure):
    """One GPU of the stub; field by field as in nvml_stub.c."""

    _fields_ = [
        *((name, ctypes.c_double) for name in ("idle_w", "load_w", "swing_w", "swing_s")),
        *((name, ctypes.c_double) for name in ("tick_s", "step_j", "sensor_s", "noise_w")),
        *((name, ctypes.c_double) for name in ("counter_gain", "power_gain", "origin_j")),
        *((name, ctypes.c_int32) for name in ("has_counter", "counter_frozen", "has_instant")),
        *((name, ctypes.c_int32) for name in ("has_average", "error")),
        *((name, ctypes.c_int32) for name in ("architecture", "mig", "ecc", "persistence")),
        *((name, ctypes.c_int32) for name in ("temperature", "clock_mhz")),
        ("reasons", ctypes.c_int64),
        ("process_ids", ctypes.c_int32 * 8),
        ("processes", ctypes.c_int32),
        ("virtualization", ctypes.c_int32),
        ("frozen_at_j", ctypes.c_double),
        ("name", ctypes.c_char * 64),
    ]


class Control(ctypes.Structure):
    """The whole machine, shared with the library through a mapped file."""

    _fields_ = [
        ("gpus", ctypes.c_int32),
        ("init_error", ctypes.c_int32),
        ("epoch_s", ctypes.c_double),
        ("switches", ctypes.c_int32),
        ("padding", ctypes.c_int32),
        ("switched_s", ctypes.c_double * MAX_SWITCHES),
        ("gpu", Gpu * 4),
    ]


DEFAULTS = {
    "idle_w": 60.0,
    "load_w": 240.0,
    "tick_s": 0.02,
    "step_j": 0.001,
    "sensor_s": 0.02,
    "counter_gain": 1.0,
    "power_gain": 1.0,
    "origin_j": 1_000_000.0,
    "has_counter": 1,
    "has_instant": 1,
    "has_average": 1,
    "architecture": 7,
    "ecc": 1,
    "persistence": 1,
    "temperature": 45,
    "clock_mhz": 1410,
    "name": b"NVIDIA A100-SXM4-80GB",
}


class StubDriver:
    """The machine behind the stub: set fields of `gpu(i)`, switch the load, ask the truth."""

    def __init__(self, library: Path, control_file: Path, gpus: int = 1) -> None:
        self.library, self.control_file = library, control_file
        control_file.write_bytes(b"\0" * ctypes.sizeof(Control))
        with control_file.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), 0)
        self.control = Control.from_buffer(self._map)
        self.control.epoch_s = time.monotonic()
        self.control.gpus = gpus
        for index in range(4):
            for key, value in DEFAULTS.items():
                setattr(self.control.gpu[index], key, value)
        self._handle = ctypes.CDLL(str(library), mode=ctypes.RTLD_GLOBAL)
        assert self._handle.nvml_stub_size() == ctypes.sizeof(Control)
        self._handle.nvml_stub_true_energy.restype = ctypes.c_double
        self._handle.nvml_stub_true_energy.argtypes = [ctypes.c_int, ctypes.c_double]
        assert self._handle.nvml_stub_use(str(control_file).encode()) == 0

    def gpu(self, index: int = 0) -> Gpu:
        """One GPU's settings; changes take effect at once."""
        return self.control.gpu[index]

    def load(self, on: bool) -> float:
        """Switch the load of all GPUs on or off now; returns the moment (monotonic seconds)."""
        now = time.monotonic()
        busy = bool(self.control.switches % 2)
        if busy != on:
            self.control.switched_s[self.control.switches] = now
            self.control.switches += 1
        return now

    def true_energy_j(self, index: int, at_s: float) -> float:
        """True joules from the epoch to a moment of the monotonic clock (origin not included)."""
        return float(self._handle.nvml_stub_true_energy(index, at_s))

    def environment(self) -> dict[str, str]:
        """The environment in which another process finds this driver."""
        path = os.environ.get("LD_LIBRARY_PATH", "")
        folder = str(self.library.parent)
        return {
            **os.environ,
            "LD_LIBRARY_PATH": f"{folder}:{path}" if path else folder,
            "NVML_STUB_CONTROL": str(self.control_file),
        }

    def unload(self) -> None:
        """Take the library out of this process, so that the next test sees none."""
        _forget_binding()
        _ctypes.dlclose(self._handle._handle)
        os.environ.pop("NVML_STUB_CONTROL", None)


def compiled_stub() -> Path:
    """The compiled library; skips the test where there is no C compiler or no Linux."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if not compiler or not sys.platform.startswith("linux"):
        pytest.skip("the NVML stub needs Linux and a C compiler (gcc)")
    digest = hashlib.sha256(SOURCE.read_bytes()).hexdigest()[:16]
    folder = Path(tempfile.gettempdir()) / f"nvml-stub-{os.getuid()}-{digest}"
    library = folder / "libnvidia-ml.so.1"
    if not library.exists():
        folder.mkdir(exist_ok=True)
        built = folder / f"building-{os.getpid()}.so"
        subprocess.run(
            [
                *(compiler, "-shared", "-fPIC", "-O2", "-Wl,-soname,libnvidia-ml.so.1"),
                *("-o", str(built), str(SOURCE), "-lm"),
            ],
            check=True,
        )
        built.replace(library)
    return library


@contextmanager
def stubbed_driver(folder: Path, gpus: int = 1) -> Generator[StubDriver]:
    """The stub in place of the NVIDIA driver, for this process, until the block ends."""
    _forget_binding()
    driver = StubDriver(compiled_stub(), folder / "nvml-control.bin", gpus)
    try:
        yield driver
    finally:
        driver.unload()


def _forget_binding() -> None:
    """Let `pynvml` look for its library again."""
    if pynvml.nvmlLib is not None:
        _ctypes.dlclose(pynvml.nvmlLib._handle)
    pynvml.nvmlLib = None
    pynvml._nvmlGetFunctionPointer_cache.clear()
