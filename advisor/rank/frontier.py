"""The efficient frontier on the plane (accuracy lost, carbon saved): the upper concave hull.

Points dominated by another (no less loss, no more saving) are out, then those that a mixture of two
others beats (extended dominance). Along what is left the incremental ratio Δsaved / Δlost falls.

Source: Cantor (1994), "Cost-effectiveness analysis, extended dominance, and ethics"; the hull by
Andrew's monotone chain (1979).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Frontier:
    """Indices of the points given, sorted into what they are.

    `on`: along the hull, loss rising, without the start. `dominated`: index → index of one that
    dominates it (−1: the start). `extended`: index → the two neighbours whose mixture beats it.
    """

    on: tuple[int, ...]
    dominated: dict[int, int] = field(default_factory=dict)
    extended: dict[int, tuple[int, int]] = field(default_factory=dict)


def efficient_frontier(
    losses: Sequence[float],
    savings: Sequence[float],
    start: tuple[float, float] = (0.0, 0.0),
) -> Frontier:
    """The frontier from `start` over points (`losses[i]`, `savings[i]`).

    `start` is the best choice that costs no accuracy: (0, 0) for the model as it is. A point that
    saves no more than the start, or loses no less and saves no more than another, is dominated. Of
    two equal points the first stays. Raises `ValueError` for sequences of different length.
    """
    if len(losses) != len(savings):
        raise ValueError("as many losses as savings are needed")
    dominated: dict[int, int] = {}
    undominated: list[int] = []
    best_index, best_saving = -1, start[1]
    for i in sorted(range(len(losses)), key=lambda i: (losses[i], -savings[i], i)):
        if savings[i] <= best_saving:
            dominated[i] = best_index
        else:
            undominated.append(i)
            best_index, best_saving = i, savings[i]
    return _hull(losses, savings, start, undominated, dominated)


def _hull(
    losses: Sequence[float],
    savings: Sequence[float],
    start: tuple[float, float],
    undominated: list[int],
    dominated: dict[int, int],
) -> Frontier:
    def at(i: int) -> tuple[float, float]:
        return start if i < 0 else (losses[i], savings[i])

    hull = [-1]
    extended: dict[int, tuple[int, int]] = {}
    for i in undominated:
        while len(hull) > 1 and not _falls(at(hull[-2]), at(hull[-1]), at(i)):
            extended[hull.pop()] = (-1, i)
        hull.append(i)
    for out in extended:  # the neighbours on the finished hull
        left = max((h for h in hull if at(h)[0] <= losses[out]), key=lambda h: at(h)[0])
        right = min((h for h in hull if at(h)[0] > losses[out]), key=lambda h: at(h)[0], default=-1)
        extended[out] = (left, right)
    return Frontier(tuple(h for h in hull if h >= 0), dominated, extended)


def _falls(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]) -> bool:
    """Whether the ratio from b to c is smaller than from a to b (cross product, no division)."""
    return (b[1] - a[1]) * (c[0] - b[0]) > (c[1] - b[1]) * (b[0] - a[0])
