"""Rows as the numbers a regression takes: standardised, one scale a category, names as tokens.

The encoder is fitted on training rows only. Every feature belongs to a *block*, and blocks share
one hyperparameter in the kernels (all levels of one category, for instance), so that a table with
many categories does not buy itself freedom.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from advisor.predict.device_power import DevicePower
from advisor.predict.rows import UNKNOWN, Floats, Names, Rows

MOST_TOKENS = 80
"""Words of a category that are told apart, the most frequent ones: names without end cost time."""


class Knowledge(StrEnum):
    """What a query knows; each has its own fitted model."""

    SIZE = "size only"
    THROUGHPUT = "size and throughput"
    DEVICE = "size, throughput and device"


@dataclass(frozen=True)
class Encoded:
    """n rows as arrays.

    `offset` (n,) is what physics alone says of the log energy, up to a constant: − log throughput,
    + log power of the device (`DevicePower`). `everything` (n, p) and `workload` (n, q: all but
    the device's own figures) are standardised features with their blocks; `codes` are the levels
    of device and family (−1: none known); `tokens` (n, t) has unit rows.
    """

    offset: Floats
    everything: Floats
    everything_blocks: NDArray[np.intp]
    workload: Floats
    workload_blocks: NDArray[np.intp]
    codes: dict[str, NDArray[np.intp]]
    tokens: Floats

    def __len__(self) -> int:
        return len(self.offset)

    def single(self) -> Encoded:
        """The same in single precision."""

        def small(x: Floats) -> Floats:
            return x.astype(np.float32)  # pyright: ignore[reportReturnType]

        return Encoded(
            self.offset,
            small(self.everything),
            self.everything_blocks,
            small(self.workload),
            self.workload_blocks,
            self.codes,
            small(self.tokens),
        )

    def take(self, index: NDArray[np.intp]) -> Encoded:
        """The rows at an index."""
        return Encoded(
            self.offset[index],
            self.everything[index],
            self.everything_blocks,
            self.workload[index],
            self.workload_blocks,
            {k: v[index] for k, v in self.codes.items()},
            self.tokens[index],
        )


def split_name(name: str) -> list[str]:
    """The tokens of a name: “xavier-armnn-v21.05” → xavier, armnn, v21.05."""
    parts = re.split(r"[^a-z0-9.]+", name.lower())
    return [p for p in parts if p]


class _Vocabulary:
    """Names as unit vectors of their tokens, rare tokens weighing more (inverse frequency)."""

    def __init__(self, names: Names, *, whole: bool) -> None:
        levels, counts = np.unique(names.astype(str), return_counts=True)
        seen: dict[str, int] = {}
        for level, count in zip(levels, counts, strict=True):
            for token in self._tokens(level, whole):
                seen[token] = seen.get(token, 0) + int(count)
        total = int(counts.sum())
        self.whole = whole
        kept = sorted(seen)
        if whole:
            kept = sorted(sorted(seen, key=lambda t: (-seen[t], t))[:MOST_TOKENS])
        self.index = {t: i for i, t in enumerate(kept)}
        self.weight = np.array([np.sqrt(np.log1p(total / seen[t])) for t in kept], dtype=float)

    @staticmethod
    def _tokens(name: str, whole: bool) -> list[str]:
        if name == UNKNOWN:
            return []
        return list(dict.fromkeys([*split_name(name), *(["=" + name] if whole else [])]))

    def vectors(self, names: Names) -> Floats:
        levels, inverse = np.unique(names.astype(str), return_inverse=True)
        out = np.zeros((len(levels), len(self.index)))
        for row, level in enumerate(levels):
            for token in self._tokens(level, self.whole):
                at = self.index.get(token)
                if at is not None:
                    out[row, at] = self.weight[at]
        norm = np.linalg.norm(out, axis=1, keepdims=True)
        return (out / np.where(norm > 0, norm, 1.0))[inverse]


class Encoder:
    """Learns scales, levels and tokens from training rows, then encodes any rows."""

    def __init__(self, knowledge: Knowledge) -> None:
        self.knowledge = knowledge

    def fit(self, rows: Rows) -> Encoder:
        """Learn from training rows."""
        knows_rate = self.knowledge != Knowledge.SIZE
        knows_device = self.knowledge == Knowledge.DEVICE
        self.use_rate = knows_rate and bool(np.isfinite(rows.log_throughput).any())
        self.power = DevicePower().fit(rows, knows_device=knows_device)
        self.use_device = knows_device and len(set(rows.device) - {UNKNOWN}) > 0
        numbers, names = self._numeric(rows)
        self.middle = np.array([np.nanmedian(c) if np.isfinite(c).any() else 0.0 for c in numbers])
        filled = self._filled(numbers)
        self.mean, self.scale = filled.mean(axis=1), filled.std(axis=1)
        self.scale[self.scale < 1e-9] = np.inf  # a constant column says nothing
        self.marked = [i for i, c in enumerate(numbers) if 0 < np.isnan(c).sum() < len(c)]
        device = self.power.figures(rows)
        self.device_mean, self.device_scale = device.mean(axis=0), device.std(axis=0)
        self.device_scale[self.device_scale < 1e-9] = np.inf
        self.vocabularies = {k: _Vocabulary(v, whole=True) for k, v in rows.categories.items()}
        self.number_names = names
        self.device_vocabulary = _Vocabulary(rows.device, whole=False)
        self.levels = {
            "device": {n: i for i, n in enumerate(sorted(set(rows.device) - {UNKNOWN}))},
            "family": {n: i for i, n in enumerate(sorted(set(rows.family) - {UNKNOWN}))},
        }
        return self

    def encode(self, rows: Rows) -> Encoded:
        """The rows as arrays; names and levels never seen count as unknown."""
        numbers, _ = self._numeric(rows)
        X = (self._filled(numbers).T - self.mean) / self.scale
        blocks = list(range(X.shape[1]))
        parts = [X]
        for i in self.marked:
            parts.append(np.isnan(numbers[i]).astype(float)[:, None])
            blocks.append(blocks[-1] + 1)
        for name, vocabulary in self.vocabularies.items():
            V = vocabulary.vectors(rows.categories[name])
            if V.shape[1]:
                parts.append(V)
                blocks += [max(blocks, default=-1) + 1] * V.shape[1]
        workload = np.hstack(parts)
        own = (self.power.figures(rows) - self.device_mean) / self.device_scale
        first = max(blocks, default=-1) + 1
        everything = np.hstack([workload, own])
        everything_blocks = [*blocks, *range(first, first + own.shape[1])]
        offset = self.power.level(rows)
        if self.use_rate:
            offset = offset - rows.log_throughput
        return Encoded(
            offset=offset,
            everything=everything,
            everything_blocks=np.array(everything_blocks, dtype=np.intp),
            workload=workload,
            workload_blocks=np.array(blocks, dtype=np.intp),
            codes={
                "device": self._codes("device", rows.device, use=self.use_device),
                "family": self._codes("family", rows.family, use=True),
            },
            tokens=self.device_vocabulary.vectors(rows.device)
            if self.use_device
            else np.zeros((len(rows), 0)),
        )

    def rising(self) -> list[int]:
        """Positions in `everything` of figures with which the target cannot fall.

        Size for energy itself; throughput × size for power.
        """
        k = len(self.number_names)
        sizes = (k - 1) // 2 if self.use_rate else k
        return list(range(sizes + 1, k)) if self.use_rate else list(range(sizes))

    def _numeric(self, rows: Rows) -> tuple[list[Floats], list[str]]:
        columns = [rows.sizes[:, i] for i in range(rows.sizes.shape[1])]
        names = [f"log {n}" for n in rows.size_names]
        if self.use_rate:
            columns.append(rows.log_throughput)
            names.append("log throughput")
            for i, n in enumerate(rows.size_names):
                columns.append(rows.sizes[:, i] + rows.log_throughput)
                names.append(f"log throughput × {n}")
        return columns, names

    def _filled(self, numbers: list[Floats]) -> Floats:
        n = len(numbers[0]) if numbers else 0
        out = np.empty((len(numbers), n))
        for i, column in enumerate(numbers):
            out[i] = np.where(np.isnan(column), self.middle[i], column)
        return out

    def _codes(self, which: str, names: Names, *, use: bool) -> NDArray[np.intp]:
        if not use:
            return np.full(len(names), -1, dtype=np.intp)
        levels = self.levels[which]
        return np.array([levels.get(n, -1) for n in names], dtype=np.intp)
