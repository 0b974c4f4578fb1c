"""Importing again: what it would change, and the inventory after it; keyed by model id."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from advisor.portfolio.fields import FIELDS


@dataclass(frozen=True)
class Difference:
    """What an import would change: ids added, ids changed with their cells, ids unchanged."""

    added: list[str]
    changed: pd.DataFrame
    """Columns: id, field, before, after."""
    unchanged: int
    absent: list[str]
    """In the project, not in the table: kept as they are, and named."""


def difference(before: pd.DataFrame, incoming: pd.DataFrame) -> Difference:
    """What taking the incoming rows over the present ones would change, by id and field.

    A field the incoming table does not know (empty) leaves the present value as it is.
    """
    old, new = before.set_index("id"), incoming.set_index("id")
    both = new.index.intersection(old.index)
    changes: list[pd.DataFrame] = []
    touched: set[str] = set()
    for name in [c for c in new.columns if c in old.columns]:
        was, now = old.loc[both, name], new.loc[both, name]
        differs = _differs(was, now)
        if differs.any():
            ids = both[differs]
            touched.update(ids)
            changes.append(
                pd.DataFrame(
                    {
                        "id": ids,
                        "field": name,
                        "before": was[differs].astype(object).to_numpy(),
                        "after": now[differs].astype(object).to_numpy(),
                    }
                )
            )
    changed = (
        pd.concat(changes, ignore_index=True)
        if changes
        else pd.DataFrame(columns=["id", "field", "before", "after"])
    )
    return Difference(
        added=list(new.index.difference(old.index, sort=False)),
        changed=changed,
        unchanged=len(both) - len(touched),
        absent=list(old.index.difference(new.index, sort=False)),
    )


def updated(before: pd.DataFrame, incoming: pd.DataFrame) -> pd.DataFrame:
    """The inventory after taking the incoming rows over the present ones; nothing is doubled."""
    old, new = before.set_index("id"), incoming.set_index("id")
    both = new.index.intersection(old.index)
    merged = old.copy()
    for name in [c for c in new.columns if c in merged.columns]:
        was, now = old.loc[both, name], new.loc[both, name]
        differs = _differs(was, now)
        if differs.any():
            column = merged[name].astype(object) if merged[name].dtype == object else merged[name]
            column.loc[both[differs]] = now[differs]
            merged[name] = column
    added = new.loc[new.index.difference(old.index, sort=False)]
    whole = pd.concat([merged, added]) if len(added) else merged
    return whole.reset_index()[list(FIELDS)]


def _differs(was: pd.Series, now: pd.Series) -> pd.Series:
    known = now.notna() & (now.map(lambda v: v != ()) if now.dtype == object else True)
    if was.dtype.kind == "f" and now.dtype.kind == "f":
        same = np.isclose(was, now, rtol=1e-12, atol=0.0, equal_nan=True)
    else:
        same = (was.astype(object) == now.astype(object)).to_numpy(bool)
    return known & ~pd.Series(same, index=now.index)
