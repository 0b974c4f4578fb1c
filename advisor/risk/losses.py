"""The losses of one portfolio over all paths, and how they split over drivers, models and lines."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from advisor.risk.loss import LOSS_DRIVERS, BlockLoss, LossBasis
from advisor.risk.measures import (
    Estimate,
    expected_loss,
    expected_shortfall,
    tail_size,
    value_at_risk,
)
from advisor.sentences import Sentence, sentence

Array = NDArray[np.float64]


@dataclass(frozen=True)
class LossDistribution:
    """The losses of one portfolio. N paths, T years, D drivers, I models."""

    label: str
    currency: str
    years: tuple[int, ...]
    losses: Array
    """Weighted over the years, shape (N,)."""
    by_path: Array
    """The same by driver, shape (N, D)."""
    by_year: Array
    """Not weighted, shape (N, T, D)."""
    model_ids: tuple[str, ...]
    business_lines: tuple[str, ...]
    expected: Array
    """Mean by model and driver, shape (I, D)."""
    tail: Array
    """Mean over the tail by model and driver: Euler shares of the expected shortfall, (I, D)."""
    tail_error: Array
    """Standard error of each model's share, shape (I,)."""
    tail_level: float
    not_covered: dict[str, int]
    assumed: dict[str, int]
    """Models for which a default stands in, by the column that is empty; see `assumptions`."""

    def expected_loss(self) -> Estimate:
        """Mean over all paths."""
        return expected_loss(self.losses)

    def var(self, level: float) -> Estimate:
        """Value at risk."""
        return value_at_risk(self.losses, level)

    def shortfall(self, level: float | None = None) -> Estimate:
        """Expected shortfall, by default at the level that is split over models."""
        return expected_shortfall(self.losses, level or self.tail_level)

    def annual(self) -> Array:
        """Loss of the whole bank by path and year, not discounted. Shape (N, T)."""
        return self.by_year.sum(axis=2)

    def by_driver(self) -> pd.DataFrame:
        """Expected loss and share of the expected shortfall with their errors, a row a driver."""
        size = tail_size(len(self.losses), self.tail_level)
        worst = self.by_path[np.argsort(self.losses, kind="stable")[-size:]]
        return pd.DataFrame(
            {
                "expected_loss": self.expected.sum(axis=0),
                "expected_loss_error": _mean_error(self.by_path),
                "shortfall_share": self.tail.sum(axis=0),
                "shortfall_share_error": _mean_error(worst),
            },
            index=pd.Index(LOSS_DRIVERS, name="driver"),
        )

    def assumptions(self) -> tuple[Sentence, ...]:
        """What stands in for empty cells of the exposures, and for how many models."""
        return tuple(sentence(_ASSUMED[name], count=count) for name, count in self.assumed.items())

    def by_model(self) -> pd.DataFrame:
        """A row a model: expected loss, share of the shortfall with its error, by driver."""
        table = pd.DataFrame(self.tail, columns=[f"shortfall_{d}" for d in LOSS_DRIVERS])
        table.insert(0, "model_id", list(self.model_ids))
        table.insert(1, "business_line", list(self.business_lines))
        table.insert(2, "expected_loss", self.expected.sum(axis=1))
        table.insert(3, "shortfall_share", self.tail.sum(axis=1))
        table.insert(4, "shortfall_share_error", self.tail_error)
        return table.sort_values("shortfall_share", ascending=False, ignore_index=True)

    def by_business_line(self) -> pd.DataFrame:
        """Share of the shortfall: a row a business line, a column a driver."""
        table = pd.DataFrame(self.tail, columns=list(LOSS_DRIVERS))
        return table.groupby(pd.Index(self.business_lines, name="business_line")).sum()


_ASSUMED = {
    "scope": "The scope of {count} models is unknown; they count as on own machines.",
    "energy_low_kwh": "The energy of {count} models has no interval; it counts as exact.",
    "planned_growth": "No growth is planned for {count} models; their volume counts as constant.",
}


class Tally:
    """Gathers blocks in order: all totals, running means, and the rows of the largest losses."""

    def __init__(self, paths: int, models: int, tail_level: float) -> None:
        self._paths = paths
        self._tail_level = tail_level
        self._totals: list[Array] = []
        self._by_path: list[Array] = []
        self._by_year: list[Array] = []
        self._sum = np.zeros((models, len(LOSS_DRIVERS)))
        self._keep = tail_size(paths, tail_level)
        self._worst_totals = np.empty(0)
        self._worst = np.empty((0, models, len(LOSS_DRIVERS)), dtype=np.float32)

    def add(self, block: BlockLoss) -> None:
        """Take in the next block of paths."""
        by_driver = block.by_model.sum(axis=1, dtype=float)
        totals = by_driver.sum(axis=1)
        self._by_path.append(by_driver)
        self._totals.append(totals)
        self._by_year.append(block.by_year)
        self._sum += block.by_model.sum(axis=0, dtype=float)
        floor = self._worst_totals.min() if len(self._worst_totals) >= self._keep else -np.inf
        chosen = totals > floor
        if not chosen.any():
            return
        worst_totals = np.concatenate([self._worst_totals, totals[chosen]])
        worst = np.concatenate([self._worst, block.by_model[chosen]])
        order = np.argsort(worst_totals, kind="stable")[::-1][: self._keep]
        self._worst_totals, self._worst = worst_totals[order], worst[order]

    def distribution(
        self,
        label: str,
        currency: str,
        years: tuple[int, ...],
        table: pd.DataFrame,
        basis: LossBasis,
    ) -> LossDistribution:
        """The losses of all blocks so far."""
        return LossDistribution(
            label=label,
            currency=currency,
            years=years,
            losses=np.concatenate(self._totals),
            by_path=np.concatenate(self._by_path),
            by_year=np.concatenate(self._by_year),
            model_ids=tuple(table["model_id"]),
            business_lines=tuple(table["business_line"]),
            expected=self._sum / self._paths,
            tail=self._worst.mean(axis=0, dtype=float),
            tail_error=_mean_error(self._worst.sum(axis=2, dtype=float)),
            tail_level=self._tail_level,
            not_covered=basis.not_covered,
            assumed=basis.assumed,
        )


def _mean_error(rows: Array) -> Array:
    """Standard error of the mean of each column; 0 from a single row."""
    count = len(rows)
    return rows.std(axis=0, ddof=1) / np.sqrt(count) if count > 1 else np.zeros(rows.shape[1])
