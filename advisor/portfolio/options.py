"""Options for every model of the inventory, in columns: one row an option.

Where they come from, strongest first:
- *measured* variants of the candidate that is the model (`advisor.portfolio.measured`);
- *overlap* and *unused* models (`overlap`), *moves* to a cleaner grid (`moving`);
- *expected effects* of levers by kind of model (`effects`): wide, marked so, and left out where a
  measurement answers for the same kind of change.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from advisor.portfolio.effects import expected
from advisor.portfolio.model import Stage
from advisor.portfolio.moving import moves
from advisor.portfolio.option_table import COLUMNS, option_table
from advisor.portfolio.overlap import overlaps, unused
from advisor.portfolio.planning import Effort, planning, revalidation
from advisor.rank.option import Option, OptionKind
from advisor.sentences import Sentence, sentence


def portfolio_options(
    inventory: pd.DataFrame,
    footprint: pd.DataFrame,
    measured: Mapping[str, Sequence[Option]] | None = None,
) -> pd.DataFrame:
    """All options of all models; columns as in `option_table.COLUMNS`, `option` unique.

    `inventory` and `footprint` have the same rows. Models that are never to be touched, retired or
    of unknown carbon get none. `measured` gives `rank` options by model id (saved against the model
    in use); then the expected effects of the same kind are left out.
    """
    open_ = (
        footprint["carbon_kg_location"].notna()
        & ~inventory["never_touch"].astype(bool)
        & (inventory["stage"] != Stage.RETIRED.value)
    ).to_numpy()
    table = inventory[open_].reset_index(drop=True)
    found = footprint[open_].reset_index(drop=True)
    known = {
        model: [o for o in options if o.kind is not OptionKind.KEEP]
        for model, options in (measured or {}).items()
    }
    answered = {(model, o.kind.value) for model, options in known.items() for o in options}
    figures = planning()
    parts = [
        _measured(found, known, figures.measured),
        overlaps(table, found, figures.overlap),
        unused(table, found, figures.unused),
        moves(found, figures.move),
        *expected(table, found, answered),
    ]
    filled = [p for p in parts if len(p)]
    if not filled:  # nothing is known of any model, or none may be touched
        return option_table({})
    options = pd.concat(filled, ignore_index=True)
    _add_revalidation(options, table)
    options["option"] = options["id"] + "/" + options["name"]
    twice = options.groupby("option").cumcount()
    options["option"] += np.where(twice > 0, " " + (twice + 1).astype(str), "")
    return options[list(COLUMNS)]


def _measured(
    found: pd.DataFrame, measured: Mapping[str, Sequence[Option]], effort: Effort
) -> pd.DataFrame:
    grids = dict(zip(found["id"], found["grid_g_per_kwh"], strict=True))
    rows = [
        {
            "id": model,
            "kind": o.kind.value,
            "name": o.name,
            "saved_kg": o.carbon_saved_kg.value,
            "saved_low_kg": o.carbon_saved_kg.low,
            "saved_high_kg": o.carbon_saved_kg.high,
            "energy_saved_kwh": o.carbon_saved_kg.value * 1000 / grids[model]
            if grids[model]
            else np.nan,
            "loss": np.nan if o.accuracy_loss is None else o.accuracy_loss.value,
            "loss_low": np.nan if o.accuracy_loss is None else o.accuracy_loss.low,
            "loss_high": np.nan if o.accuracy_loss is None else o.accuracy_loss.high,
            "group_loss": np.nan if o.group_loss is None else o.group_loss.value,
            "cost_eur": effort.one_off_cost_eur if o.one_off_cost is None else o.one_off_cost.value,
            "engineer_days": effort.engineer_days if o.engineer_days is None else o.engineer_days,
            "evidence": _measured_where(o),
            "provenance": o.carbon_saved_kg.provenance.value,
        }
        for model, options in measured.items()
        if model in grids
        for o in options
    ]
    return option_table({k: [r[k] for r in rows] for k in rows[0]}) if rows else option_table({})


def _measured_where(option: Option) -> Sentence:
    return sentence(
        "Measured against the model in use: {source} ({reference}).",
        source=option.carbon_saved_kg.source,
        reference="; ".join(option.evidence),
    )


def _add_revalidation(options: pd.DataFrame, table: pd.DataFrame) -> None:
    """Days and money that a change of this tier brings; running cost saved at the power price."""
    figures = revalidation()
    tiers = options["id"].map(dict(zip(table["id"], table["tier"], strict=True))).astype(float)
    full = tiers.map({float(k): v for k, v in figures.days.items() if k != "unknown"})
    share = options["kind"].map(figures.share_by_option).astype(float).fillna(1.0)
    options["revalidation_days"] = full.fillna(figures.days["unknown"]) * share
    options["cost_eur"] = (
        options["cost_eur"].astype(float)
        + options["revalidation_days"] * figures.cost["eur_per_day"]
    )
    options["engineer_days"] = options["engineer_days"].astype(float) + options["revalidation_days"]
    options["money_saved_eur"] = (
        options["energy_saved_kwh"].astype(float) * figures.cost["eur_per_kwh"]
    )
