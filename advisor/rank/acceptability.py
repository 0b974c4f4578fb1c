"""The acceptability curve: which option is best, for each worth of an accuracy point.

For a worth λ (kgCO2e a year that one point is worth) the net benefit of an option is
NB = carbon saved − λ · points lost, and its acceptability is the share of draws in which its NB is
the largest. Net benefit is linear, so nothing is divided (van Hout et al. 1994; Fenwick et al.
2001).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from advisor.rank.draws import quantity_draws
from advisor.rank.option import Option


def default_worths(options: Sequence[Option], count: int = 41) -> list[float]:
    """Worths that span the ratios met among the options: 0, then evenly in log space."""
    ratios = [
        o.carbon_saved_kg.value / o.accuracy_loss.value
        for o in options
        if o.accuracy_loss is not None and o.accuracy_loss.value > 0 < o.carbon_saved_kg.value
    ]
    if not ratios:
        return [0.0, 1.0]
    return [0.0, *np.geomspace(min(ratios) / 30, max(ratios) * 30, count - 1).tolist()]


def acceptability(options: Sequence[Option], worths: Sequence[float] | None = None) -> pd.DataFrame:
    """Share of draws in which each option is best; index: worth in kg per point, columns: ids.

    Options of unknown accuracy cannot compete and are left out. Rows add up to 1.
    """
    known = [o for o in options if o.accuracy_loss is not None]
    worths = default_worths(known) if worths is None else list(worths)
    if not known:
        return pd.DataFrame(index=pd.Index(worths, name="kg_per_point"))
    count = max((len(o.carbon_saved_draws_kg) for o in known), default=0) or 1000
    saved = np.array([_draws(o, count, loss=False) for o in known])
    lost = np.array([_draws(o, count, loss=True) for o in known])
    shares = []
    for worth in worths:
        best = np.argmax(saved - worth * lost, axis=0)
        shares.append(np.bincount(best, minlength=len(known)) / count)
    return pd.DataFrame(
        shares, index=pd.Index(worths, name="kg_per_point"), columns=[o.id for o in known]
    )


def _draws(option: Option, count: int, *, loss: bool) -> np.ndarray:
    quantity = option.accuracy_loss if loss else option.carbon_saved_kg
    kept = option.accuracy_loss_draws if loss else option.carbon_saved_draws_kg
    assert quantity is not None
    return np.asarray(kept) if len(kept) == count else quantity_draws(quantity, count)
