"""Which column of a table plays which part."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class UnusableTableError(ValueError):
    """A table nothing can be learnt from. Its text is one sentence: what is wrong, what to do."""


class Columns(BaseModel):
    """The parts that columns of a measured table play; only energy and one size are needed.

    `energy` is per call, in `energy_unit`. `sizes` are positive figures known before anything is
    run (parameters, multiply-adds, bytes, resolution, tokens per request). `throughput` is calls
    per second. `idle_power` is the device's power in watts when nothing runs on it; it is the only
    power that may be a feature, since average power is energy × throughput: the answer.
    `family` names the model's family, whose runs share what the other columns cannot say.
    """

    model_config = ConfigDict(frozen=True)

    energy: str
    energy_unit: str = "J"
    sizes: tuple[str, ...] = ()
    throughput: str | None = None
    device: str | None = None
    idle_power: str | None = None
    precision: str | None = None
    categories: tuple[str, ...] = ()
    family: str | None = None
