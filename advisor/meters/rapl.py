"""Intel and AMD processors through RAPL: package and DRAM joules from `/sys/class/powercap`.

Domains overlap: psys contains the packages, a package contains its cores and uncore. Only packages
and DRAM are added; `intel-rapl-mmio` shows the same packages a second time and is left out. The
registers wrap at `max_energy_range_uj` (262 kJ at 61 µJ: about 44 minutes at 100 W).

Reference: Linux kernel, Documentation/power/powercap; Khan et al. 2018, RAPL in Action.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from advisor.meters.meter import Coverage, MeterError, MeterFacts, Reading
from advisor.meters.surroundings import look_around
from advisor.quantities import Provenance
from advisor.sentences import sentence

POWERCAP = Path("/sys/class/powercap")
GAIN_STD = 0.025
"""Declared ±5 % (95 %) on processors that measure RAPL (Haswell and later)."""
GAIN_SOURCE = "declared after Khan et al. 2018: RAPL in Action, ACM TOMPECS 3(2)"
UNIT_J = 61e-6
"""Usual energy unit of the register, until `probe` finds the real one."""
UPDATE_S = 1e-3
WATCH_S = 60.0
"""How often a register is read at least, so that no wrap passes unseen: 262 kJ last 60 s at
4.4 kW."""


class RaplUnreadableError(MeterError):
    """The counters are there, but this user may not read them."""


@dataclass
class _Register:
    """One energy register, unwrapped into cumulative joules."""

    domain: str
    file: Path
    range_uj: int
    last_uj: int
    turns: int = 0

    def read(self) -> float:
        """Joules, counting the wraps seen since opening."""
        now = _number(self.file)
        if now < self.last_uj:
            if self.range_uj <= 0:
                raise MeterError(
                    sentence(
                        "The energy register {file} fell and its range is unknown; start the run "
                        "again.",
                        file=str(self.file),
                    )
                )
            self.turns += 1
        self.last_uj = now
        return (now + self.turns * self.range_uj) * 1e-6


class RaplMeter:
    """Sum of package and DRAM joules of all sockets.

    Raises `RaplUnreadableError` without permission, `MeterError` when there is no such register.
    """

    def __init__(
        self,
        root: Path = POWERCAP,
        clock: Callable[[], float] = time.monotonic,
        device: str | None = None,
    ) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._registers = _registers(root)
        if not self._registers:
            raise MeterError(
                sentence("There is no package energy register under {root}.", root=str(root))
            )
        domains = tuple(register.domain for register in self._registers)
        dram = any(domain.startswith("dram") for domain in domains)
        self._facts = MeterFacts(
            name="rapl",
            device=device or look_around().cpu_name,
            provenance=Provenance.MEASURED,
            coverage=Coverage(
                domains=domains,
                excludes=(*(() if dram else ("DRAM",)), "GPU", "fans", "supply losses"),
                statement="The processor packages"
                + (" and their memory" if dram else "")
                + ", whatever program runs on them.",
            ),
            resolution_j=UNIT_J,
            update_period_s=UPDATE_S,
            gain_relative_std=GAIN_STD,
            gain_source=GAIN_SOURCE,
        )
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._keep_up, name="rapl-wrap", daemon=True)
        self._thread.start()

    @property
    def facts(self) -> MeterFacts:
        """Facts, refined by `probe`."""
        return self._facts

    def refine(self, resolution_j: float, update_period_s: float) -> None:
        """Take over what `probe` found."""
        self._facts = self._facts.model_copy(
            update={
                "resolution_j": resolution_j,
                "update_period_s": update_period_s,
                "probed": True,
            }
        )

    def read(self) -> Reading:
        """Cumulative joules over all packages and DRAM."""
        if self._stop.is_set():
            raise MeterError(
                sentence("The RAPL meter was read after it was closed; discover meters again.")
            )
        with self._lock:
            joules = sum(register.read() for register in self._registers)
            return Reading(self._clock(), joules)

    def watch(self, process_ids: tuple[int, ...]) -> None:
        """A package counts every program; there is nothing to watch."""

    def condition(self) -> dict[str, float | str]:
        """Nothing beyond the joules."""
        return {}

    def close(self) -> None:
        """Stop watching for wraps."""
        self._stop.set()
        self._thread.join(timeout=2.0)

    def _keep_up(self) -> None:
        while not self._stop.wait(WATCH_S):
            try:
                with self._lock:
                    for register in self._registers:
                        register.read()
            except MeterError:
                return  # the next read raises it where somebody listens


def _registers(root: Path) -> list[_Register]:
    found: dict[str, _Register] = {}
    for folder in sorted(root.glob("intel-rapl:*")):
        name = _name(folder)
        socket = folder.name.split(":")[1]
        kind, _, number = name.partition("-")
        if kind == "package":
            domain = f"package:{number or socket}"
        elif name == "dram":
            domain = f"dram:{socket}"
        else:
            continue  # psys, core, uncore overlap with the packages
        file = folder / "energy_uj"
        found[domain] = _Register(domain, file, _range(folder), _number(file))
    return list(found.values())


def _name(folder: Path) -> str:
    try:
        return (folder / "name").read_text("ascii").strip()
    except OSError:
        return ""


def _range(folder: Path) -> int:
    try:
        return int((folder / "max_energy_range_uj").read_text("ascii"))
    except (OSError, ValueError):
        return 0


def _number(file: Path) -> int:
    try:
        return int(file.read_text("ascii"))
    except PermissionError as error:
        raise RaplUnreadableError(
            sentence("{file} may not be read by this user.", file=str(file))
        ) from error
    except (OSError, ValueError) as error:
        raise MeterError(
            sentence(
                "The energy register {file} cannot be read ({reason}); start the run again.",
                file=str(file),
                reason=str(error),
            )
        ) from error
