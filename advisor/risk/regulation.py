"""The regulation map: obligation → our field → where its value comes from → how much is filled.

The map is data (`profiles/frameworks/regulation_map.csv`); here coverage is counted on a table of
exposures. Coverage is shown, compliance is never claimed.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from enum import StrEnum

import pandas as pd
from pydantic import BaseModel, ConfigDict

from advisor.profiles import layered_rows

FULL = 0.9995
KEPT = {
    "appetite": "risk appetite with limits",
    "event_log": "the project's event log",
    "hourly_timestamps": "hourly time stamps of energy",
    "indicators": "indicator readings",
    "internal_carbon_price": "an internal carbon price",
    "inventory": "the model inventory",
    "net_revenue": "the bank's net revenue",
    "plan": "a plan with its costs and savings",
    "reverse_stress_test": "a reverse stress test",
    "scenarios": "scenarios with their sources",
    "stress_test": "a stress test",
    "target": "a reduction target",
    "taxonomy": "the risk taxonomy",
    "training_compute": "computing used for training",
}
"""What a map may ask for beside columns, in words."""


class Coverage(StrEnum):
    """How much of an obligation's figures is filled."""

    COMPLETE = "complete"
    PARTIAL = "partial"
    MISSING = "missing"
    OUTSIDE = "outside the program"


class Obligation(BaseModel):
    """One row of the map."""

    model_config = ConfigDict(frozen=True)

    key: str
    regime: str
    version: str
    status: str
    applies_from: date
    checked: date
    reference: str
    obligation: str = ""
    """Paraphrase; empty where only the number may be cited."""
    xbrl_element: str = ""
    needs: str
    origin: str
    checked_in: str
    note: str = ""

    @property
    def fields(self) -> tuple[str, ...]:
        """The columns and things that must be filled; none for what lies outside."""
        return () if self.needs == "-" else tuple(self.needs.split("|"))


class CoverageRow(BaseModel):
    """An obligation with how much of it is filled."""

    model_config = ConfigDict(frozen=True)

    obligation: Obligation
    coverage: Coverage
    share: float | None
    """Mean over its fields of the share of the footprint that is filled; None outside."""
    by_field: dict[str, float]
    lacking: tuple[str, ...]
    """Ids of the largest models for which a column is empty (at most 20)."""
    in_force: bool
    """True when it applies on the day of the question."""


def read_obligations() -> list[Obligation]:
    """The map, the user's rows over the shipped ones. Raises `ProfileError`."""
    rows = layered_rows("frameworks", "regulation_map.csv", Obligation, lambda o: o.key)
    return [row for row, _ in rows.values()]


def coverage(
    table: pd.DataFrame,
    kept: Collection[str],
    as_of: date,
    obligations: Collection[Obligation] | None = None,
) -> list[CoverageRow]:
    """Coverage of each obligation by a checked table of exposures and what else the bank keeps.

    A column counts by the share of the footprint (carbon, or models where there is none) for which
    it is filled; a thing (`@word`) counts when it is in `kept`.
    """
    weight = table["carbon_kg"].fillna(0.0)
    if weight.sum() <= 0:
        weight = pd.Series(1.0, index=table.index)
    weight = weight / weight.sum()
    rows: list[CoverageRow] = []
    for obligation in read_obligations() if obligations is None else obligations:
        filled: dict[str, float] = {}
        empty = pd.Series(False, index=table.index)
        for name in obligation.fields:
            if name.startswith("@"):
                filled[name] = 1.0 if name[1:] in kept else 0.0
            elif name in table.columns:
                known = table[name].notna()
                filled[name] = float(weight[known].sum())
                empty |= ~known
            else:
                filled[name] = 0.0
        shares = list(filled.values())
        lacking = table.loc[empty].nlargest(20, "carbon_kg")["model_id"]
        rows.append(
            CoverageRow(
                obligation=obligation,
                coverage=_coverage(shares),
                share=sum(shares) / len(shares) if shares else None,
                by_field=filled,
                lacking=tuple(lacking),
                in_force=obligation.applies_from <= as_of,
            )
        )
    return rows


def by_regime(rows: Collection[CoverageRow]) -> pd.DataFrame:
    """Obligations of each regime by coverage: a row a regime in the order of the map.

    Columns: `regime`, `complete`, `partial`, `missing`, `outside` (counts), `filled` (mean share of
    what is inside the program, empty where nothing is).
    """
    made: dict[str, dict[str, float]] = {}
    for row in rows:
        counts = made.setdefault(row.obligation.regime, dict.fromkeys(Coverage, 0))
        counts[row.coverage] += 1
    table = pd.DataFrame.from_dict(made, orient="index", columns=list(Coverage)).astype(int)
    table.columns = [c.name.lower() for c in Coverage]
    shares = pd.Series([r.share for r in rows], dtype=float)
    regimes = [r.obligation.regime for r in rows]
    table["filled"] = shares.groupby(regimes).mean().reindex(table.index)
    return table.rename_axis("regime").reset_index()


def _coverage(shares: list[float]) -> Coverage:
    if not shares:
        return Coverage.OUTSIDE
    if min(shares) >= FULL:
        return Coverage.COMPLETE
    return Coverage.MISSING if max(shares) <= 0.0 else Coverage.PARTIAL
