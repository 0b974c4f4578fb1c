"""What a meter is: cumulative joules at a moment, how fine, how often, and what it covers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, Protocol

from pydantic import BaseModel, ConfigDict, Field, field_validator

from advisor.quantities import Provenance
from advisor.sentences import SaidError, Sentence


class MeterError(SaidError):
    """A meter failed while being read. Its text is one sentence a user can act on."""


class Reading(NamedTuple):
    """Cumulative energy since some origin, at a moment of the monotonic clock."""

    time_s: float
    energy_j: float


class Coverage(BaseModel):
    """What a meter's joules include and leave out, in standard domain names.

    Domains: `gpu:0`, `package:0`, `dram:0`, `psys`, `process` (CPU time of the measured process).
    """

    model_config = ConfigDict(frozen=True)

    domains: tuple[str, ...]
    excludes: tuple[str, ...] = ()
    statement: str = ""


class MeterFacts(BaseModel):
    """What is known of a meter before and after probing it; plain data, kept with every run."""

    model_config = ConfigDict(frozen=True)

    name: str
    """Short standard name: `nvml:0:counter`, `nvml:0:power`, `rapl`, `estimate`, `replay`."""
    device: str
    """The device measured, as its maker names it."""
    provenance: Provenance
    coverage: Coverage
    resolution_j: float
    """Smallest step of the counter, in joules."""
    update_period_s: float
    """Time between two updates of the counter, as probed."""
    gain_relative_std: float
    """Systematic relative standard uncertainty of the meter's gain; cancels on one device."""
    gain_source: str = ""
    """Where that uncertainty is from."""
    probed: bool = False
    notes: tuple[Sentence, ...] = ()
    """What a reader should know of this meter here."""
    state: dict[str, str] = Field(default_factory=dict)
    """ECC, MIG, persistence, power limit … as read at start."""

    @field_validator("notes", mode="before")
    @classmethod
    def _sentences(cls, notes: Iterable[object]) -> tuple[object, ...]:
        """Older recordings keep their notes as English text."""
        return tuple(Sentence(template=n) if isinstance(n, str) else n for n in notes)


class Meter(Protocol):
    """One source of joules. Implementations: one file each in `advisor/meters/`."""

    @property
    def facts(self) -> MeterFacts:
        """Facts, refined by `probe`."""
        ...

    def read(self) -> Reading:
        """Cumulative joules now. Raises `MeterError`; never returns 0 for missing."""
        ...

    def watch(self, process_ids: tuple[int, ...]) -> None:
        """Tell which processes do the work (only a per-process estimate needs it)."""
        ...

    def condition(self) -> dict[str, float | str]:
        """State of the device now: clocks, temperature, throttle reasons, other processes."""
        ...

    def close(self) -> None:
        """Release the driver. Reading afterwards is an error."""
        ...
