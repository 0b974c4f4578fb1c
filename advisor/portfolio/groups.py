"""The portfolio by owner, purpose, region …: each group's carbon with its own interval."""

from __future__ import annotations

import pandas as pd

from advisor.portfolio.totals import column_total

GROUPINGS = (
    "business_line",
    "tier",
    "owner",
    "purpose",
    "kind",
    "stage",
    "region",
    "machine",
    "account",
    "vendor",
)
MOST_GROUPS = 400
"""Groups beyond the largest so many are put together as one."""
REST = "…"


def grouped(footprint: pd.DataFrame, chosen: pd.DataFrame, by: str) -> pd.DataFrame:
    """One row a group, the largest carbon first.

    Columns: group (text; empty: not stated), models, covered, carbon_kg with `_low`, `_high`,
    `_provenance`, quality (mean score by carbon), saved_kg (of the plan's `chosen` options there).
    """
    keys = group_keys(footprint, by)
    sizes = footprint["carbon_kg_location"].fillna(0.0).groupby(keys).sum()
    largest = set(sizes.sort_values(ascending=False).index[:MOST_GROUPS])
    keys = keys.where(keys.isin(largest), REST)
    saved = footprint["id"].map(chosen.set_index("id")["saved_kg"]) if len(chosen) else None
    rows = [
        _row(str(name), rows, None if saved is None else saved[rows.index])
        for name, rows in footprint.groupby(keys.to_numpy(), sort=False)
    ]
    made = pd.DataFrame(rows)
    return made.sort_values("carbon_kg", ascending=False, na_position="last", ignore_index=True)


def group_keys(footprint: pd.DataFrame, by: str) -> pd.Series[str]:
    """The group of each model as text; empty where nobody stated it."""
    column = footprint[by]
    if by == "tier":
        return column.map(lambda t: "" if pd.isna(t) else str(int(t))).astype(str)
    return column.astype(object).where(column.notna(), "").astype(str)


def _row(name: str, rows: pd.DataFrame, saved: pd.Series | None) -> dict[str, object]:
    known = rows[rows["carbon_kg_location"].notna()]
    whole = column_total(known, "carbon_kg_location") if len(known) else None
    carbon = known["carbon_kg_location"]
    weight = float(carbon.sum())
    return {
        "group": name,
        "models": len(rows),
        "covered": len(known),
        "carbon_kg": float("nan") if whole is None else whole.value,
        "carbon_kg_low": float("nan") if whole is None else whole.low,
        "carbon_kg_high": float("nan") if whole is None else whole.high,
        "carbon_kg_provenance": None if whole is None else whole.provenance.value,
        "quality": float((known["quality"] * carbon).sum() / weight) if weight else float("nan"),
        "saved_kg": float("nan") if saved is None else float(saved.sum()),
    }
