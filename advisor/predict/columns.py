"""Which column of a table plays which part."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from pydantic import BaseModel, ConfigDict

from advisor.sentences import SaidError, sentence

_MOST_NAMED = 30
"""Columns that a sentence about a missing one lists."""


class UnusableTableError(SaidError):
    """A table nothing can be learnt from. Its text is one sentence: what is wrong, what to do."""


def missing_column(name: str, found: Iterable[object], lacks: str = "") -> UnusableTableError:
    """The error for a column that is not there: the nearest name, else what there is.

    `lacks` says what it was wanted for (“to leave out”).
    """
    names = [str(c) for c in found]
    spelt = {n.casefold(): n for n in names}
    near = get_close_matches(name.casefold(), spelt, 1, cutoff=0.7)
    if near:
        hint = sentence("did you mean “{name}”?", name=spelt[near[0]])
    else:
        listed = ", ".join(names[:_MOST_NAMED]) or "none"
        more = len(names) - _MOST_NAMED
        hint = (
            sentence("it has {columns} and {count} more.", columns=listed, count=more)
            if more > 0
            else sentence("it has {columns}.", columns=listed)
        )
    if lacks:
        return UnusableTableError(
            sentence(
                "The table has no column “{name}” {lacks}; {hint}",
                name=name,
                lacks=lacks,
                hint=hint,
            )
        )
    return UnusableTableError(
        sentence("The table has no column “{name}”; {hint}", name=name, hint=hint)
    )


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
