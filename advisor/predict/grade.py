"""Grades of distance from what was measured (`advisor.predict.distance`)."""

from __future__ import annotations

from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

BEYOND, FAR = 1.0, 3.0
"""Distances where the grades begin. Left-out families of the shipped runs reach about 3."""


class Grade(StrEnum):
    """How far from what was measured; everything but `INSIDE` is extrapolated."""

    INSIDE = "inside"
    BEYOND = "beyond"
    FAR = "far"


def grades(distance: NDArray[np.float64]) -> NDArray[np.object_]:
    """The grade of each distance by its name, empty where it is not known."""
    found = np.select(
        [distance <= BEYOND, distance <= FAR, distance > FAR],
        [Grade.INSIDE.value, Grade.BEYOND.value, Grade.FAR.value],
        "",
    )
    return found.astype(object)
