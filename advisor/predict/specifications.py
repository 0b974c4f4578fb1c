"""What data sheets say of a device: its thermal design power in `profiles/hardware`, by its name.

A name may be the device's own (“A100-SXM4-80GB x8”), a part of it
(“XE2420_A10x2_TRT”), or stand in a category of the table (accelerator, processor); accelerators
go before processors. A count beside the name multiplies (“x8”, “4x”, “2 × L40S”), also where the
count stands in the device's name and the part in a category.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from advisor.meters.hardware import find_cpu, find_gpu

MOST_PARTS = 32
"""A larger figure after an x is no count but a name: x64, x86."""
_COUNT = re.compile(
    r"(?<![0-9A-Za-z.])(\d{1,2})\s?[xX×](?![0-9A-Za-z])"  # 8x
    r"|(?<![0-9A-Za-z.])(\d{1,2})\s?[xX×]\s?(?=[A-Za-z])"  # 8xA100
    r"|[xX×]\s?(\d{1,2})(?![0-9A-Za-z.])"  # A100x8
)


def log_thermal_power(
    device: NDArray[np.object_], categories: Sequence[NDArray[np.object_]]
) -> NDArray[np.float64]:
    """Logarithm of the thermal design power in watts of all parts of each row, shape (n,).

    NaN where no data sheet is known.
    """
    found: dict[tuple[str, ...], float] = {}
    out = np.full(len(device), np.nan)
    for i, names in enumerate(zip(device, *categories, strict=True)):
        if names not in found:
            found[names] = _thermal_power_w(names)
        out[i] = found[names]
    return np.log(out)


def parts_in(name: str) -> tuple[str, int | None]:
    """A name without its count of parts, and the count; None where it states none."""
    spaced = name.replace("_", " ")
    for match in _COUNT.finditer(spaced):
        count = int(next(g for g in match.groups() if g))
        if 1 <= count <= MOST_PARTS:
            return (spaced[: match.start()] + " " + spaced[match.end() :]).strip(), count
    return spaced.strip(), None


def _thermal_power_w(names: tuple[str, ...]) -> float:
    count_of_device = parts_in(names[0])[1]
    for known in (_accelerator_w, _processor_w):
        for name in names:
            watts = known(parts_in(name)[0])
            if watts:
                return watts * (parts_in(name)[1] or count_of_device or 1)
    inside = (_accelerator_w(part) for part in _stretches(parts_in(names[0])[0].split()))
    return next((w for w in inside if w), float("nan")) * (count_of_device or 1)


def _stretches(words: list[str]) -> list[str]:
    """Neighbouring words of a name, the longest stretches first."""
    n = len(words)
    return [" ".join(words[i : i + k]) for k in range(n - 1, 0, -1) for i in range(n - k + 1)]


@lru_cache(maxsize=4096)
def _accelerator_w(name: str) -> float | None:
    found = find_gpu(name) if len(name) > 1 else None
    return None if found is None else found.row.tdp_w


@lru_cache(maxsize=4096)
def _processor_w(name: str) -> float | None:
    found = find_cpu(name) if len(name) > 1 else None
    return None if found is None else found.row.tdp_w
