"""CodeCarbon's `emissions.csv` in: one task a line, provenance imported.

Units are CodeCarbon's: s, kg, kWh (codecarbon `output_methods/emissions_data.py`). Its energy holds
the PUE of the column `pue`, which is taken out: here energy is the machine's. CodeCarbon states no
interval: ±25 % (medium in BoAmps 1.1) unless the file has our own columns with one. A line of zero
energy is what it writes when it found no counter (issue 1316), a negative duration a clock that was
set back (issue 653): both are left out and said.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from advisor.collect.imported import HALF_WIDTH, CollectError, ImportedTask, imported_energy
from advisor.quantities import Provenance, Quantity
from advisor.sentences import sentence

_NEEDED = ("duration", "energy_consumed")


class Emissions(NamedTuple):
    """The usable lines of a file, and why others were left out."""

    tasks: tuple[ImportedTask, ...]
    left_out: tuple[str, ...]


def read_emissions(path: Path) -> Emissions:
    """The tasks of an `emissions.csv`. Raises `CollectError`."""
    try:
        table = pd.read_csv(path)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no table"
        raise CollectError(
            sentence(
                "{file} cannot be read ({reason}); give CodeCarbon's file.",
                file=str(path),
                reason=str(reason),
            )
        ) from error
    missing = [name for name in _NEEDED if name not in table.columns]
    if missing:
        raise CollectError(
            sentence(
                "{file} has no column “{missing}”; give the emissions.csv that CodeCarbon writes.",
                file=str(path),
                missing=str(missing[0]),
            )
        )
    tasks: list[ImportedTask] = []
    left_out: list[str] = []
    for number, row in enumerate(table.to_dict("records"), start=2):
        why = _unusable(row)
        if why:
            left_out.append(f"line {number}: {why}")
        else:
            tasks.append(_task(row, number))
    return Emissions(tuple(tasks), tuple(left_out))


def _unusable(row: dict[Any, Any]) -> str:
    kwh, seconds = _number(row["energy_consumed"]), _number(row["duration"])
    if kwh is None or seconds is None:
        return "energy or duration is not a number"
    if seconds < 0:
        return "its duration is negative: the clock was set back while it ran"
    if kwh <= 0:
        return "its energy is zero: CodeCarbon found no counter, so nothing was measured"
    return ""


def _task(row: dict[Any, Any], number: int) -> ImportedTask:
    name = _text(row.get("candidate")) or _text(row.get("project_name")) or f"line {number}"
    tracker = " ".join(("codecarbon", _text(row.get("codecarbon_version")))).strip()
    return ImportedTask(
        tracker=tracker,
        id="-".join(filter(None, (_text(row.get("run_id")) or str(number), name))),
        name=name,
        at=_text(row.get("timestamp")),
        duration_s=float(row["duration"]),
        energy=_energy(row, name, tracker),
        device=_text(row.get("gpu_model")) or _text(row.get("cpu_model")) or "unknown",
    )


def _energy(row: dict[Any, Any], name: str, tracker: str) -> Quantity:
    pue = max(_number(row.get("pue")) or 1.0, 1.0)
    kwh = float(row["energy_consumed"]) / pue
    low, high = _number(row.get("energy_consumed_low")), _number(row.get("energy_consumed_high"))
    if low is not None and high is not None and 0 < low <= kwh * pue <= high:
        words = f"imported energy of {name}"
        return Quantity.from_interval(
            kwh, low / pue, high / pue, "kWh", Provenance.IMPORTED, f"{tracker}, {name}", words
        )
    return imported_energy(kwh, HALF_WIDTH["medium"], name, tracker)


def _number(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None


def _text(value: Any) -> str:
    return "" if value is None or (isinstance(value, float) and math.isnan(value)) else str(value)
