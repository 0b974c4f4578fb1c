"""The portfolio's models as rows of the page's tables and tiles of its map."""

from __future__ import annotations

import pandas as pd

from advisor.portfolio import Plan
from advisor.portfolio.groups import GROUPINGS, group_keys, grouped
from ui.i18n import later, tr
from ui.portfolio.picture import PortfolioPicture, action_words

GROUP_WORDS = {
    "business_line": later("Business line"),
    "tier": later("Tier"),
    "owner": later("Owner"),
    "purpose": later("Purpose"),
    "kind": later("Kind of model"),
    "stage": later("Life cycle stage"),
    "region": later("Region"),
    "machine": later("Machine"),
    "account": later("Cloud account"),
    "vendor": later("Vendor"),
}
assert set(GROUP_WORDS) == set(GROUPINGS), "every grouping has its word"
_TABLE_NAMES = {
    "saved_kg": "saved_kg",
    "saved_low_kg": "saved_kg_low",
    "saved_high_kg": "saved_kg_high",
    "provenance": "saved_kg_provenance",
    "probability_right": "probability",
}


def models_table(picture: PortfolioPicture, plan: Plan | None) -> pd.DataFrame:
    """A row a model: footprint, data quality, and what the plan does with it."""
    found = picture.footprint
    table = pd.DataFrame(
        {
            "id": found["id"],
            "name": found["name"],
            "carbon_kg": found["carbon_kg_location"],
            "carbon_kg_low": found["carbon_kg_location_low"],
            "carbon_kg_high": found["carbon_kg_location_high"],
            "carbon_kg_provenance": found["energy_per_call_j_provenance"].where(
                found["carbon_kg_location"].notna(), None
            ),
            "quality": found["quality"],
        }
        | {name: found[name] for name in GROUPINGS}
    )
    chosen = _chosen(picture, plan).set_index("id")
    for name, shown in _TABLE_NAMES.items():
        column = chosen[name] if name in chosen else pd.Series(dtype=float)
        table[shown] = table["id"].map(column)
    actions = {
        str(row.id): action_words(str(row.kind), str(row.name_), row.fallback)
        for row in chosen.reset_index().rename(columns={"name": "name_"}).itertuples()
    }
    table["action"] = table["id"].map(actions)
    return table.sort_values("carbon_kg", ascending=False, na_position="last", kind="stable")


def groups_table(picture: PortfolioPicture, plan: Plan | None, by: str) -> pd.DataFrame:
    """A row a group, in a job: its carbon with its own interval, and what the plan saves there."""
    made = grouped(picture.footprint, _chosen(picture, plan), by)
    return made.assign(shown=[group_words(by, name) for name in made["group"]])


def group_words(by: str, name: str) -> str:
    """What a group is called."""
    if not name:
        return tr("not stated")
    return tr("tier {n}", n=name) if by == "tier" else name


def in_group(table: pd.DataFrame, by: str, name: str) -> pd.DataFrame:
    """The rows of one group."""
    return table[group_keys(table, by) == name]


def narrowed(table: pd.DataFrame, line: str, tier: str) -> pd.DataFrame:
    """The rows of one business line and tier, as `by_line_and_tier` names them."""
    return in_group(in_group(table, "business_line", line), "tier", tier)


def by_line_and_tier(picture: PortfolioPicture) -> pd.DataFrame:
    """Carbon of each business line and tier; columns group, part, value, models."""
    known = picture.footprint[picture.footprint["carbon_kg_location"] > 0]
    keys = [group_keys(known, "business_line"), group_keys(known, "tier")]
    amounts = known["carbon_kg_location"].groupby(keys)
    made = pd.DataFrame({"value": amounts.sum(), "models": amounts.size()})
    made.index.names = ["group", "part"]
    return made.reset_index()


def _chosen(picture: PortfolioPicture, plan: Plan | None) -> pd.DataFrame:
    return plan.chosen if plan is not None and plan.feasible else picture.options.iloc[:0]
