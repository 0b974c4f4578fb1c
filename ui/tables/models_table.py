"""The tables of the portfolio page: models with their footprint, options, a plan, the review."""

from __future__ import annotations

import pandas as pd

from advisor.portfolio.review import Decision
from ui.i18n import tr
from ui.tables.frame_model import Column
from ui.tables.frame_table import FrameTable
from ui.theme import theme

KINDS = ("keep", "quantise", "shrink", "replace", "batch", "move", "cache", "cascade", "retire")
VERDICTS = (
    "no regret",
    "on the frontier",
    "dominated",
    "no distinguishable difference",
    "saves nothing",
    "accuracy unknown",
    "below the accuracy floor",
)
PROVENANCES = ("measured", "imported", "declared", "estimated", "predicted")


def models_table() -> FrameTable:
    """Models with energy, carbon and data quality; key: the model's id."""
    made = FrameTable(
        [
            Column("id", tr("Model")),
            Column("name", tr("Name"), stretch=True),
            Column("business_line", tr("Business line")),
            Column("tier", tr("Tier"), kind="number"),
            Column("stage", tr("Stage"), words={s: tr(s) for s in STAGES}),
            Column("energy_kwh", tr("Energy a year"), kind="figure", unit="kWh/year", bar=False),
            Column(
                "carbon_kg_location",
                tr("Carbon a year"),
                kind="figure",
                unit="kgCO2e/year",
                strong=True,
                bar=False,
            ),
            Column("carbon_kg_market", tr("Market-based, kg"), kind="number"),
            Column(
                "quality",
                tr("Data quality"),
                kind="number",
                hint=tr("1 measured … 5 unknown or outside the range of the data"),
            ),
            Column("unknown", tr("Unknown")),
        ],
        key="id",
    )
    made.setMinimumHeight(theme.px(360))
    return made


STAGES = ("development", "validation", "production", "retiring", "retired")


def options_table(*, plan: bool = False) -> FrameTable:
    """Options with saving, loss and evidence; key: the option."""
    columns = [
        Column("id", tr("Model")),
        Column("name", tr("Option"), stretch=True),
        Column("kind", tr("Kind"), words={k: tr(k) for k in KINDS}),
        Column(
            "saved_kg",
            tr("Saved a year"),
            kind="figure",
            unit="kgCO2e/year",
            bar=False,
            strong=True,
        ),
        Column("loss", tr("Points lost"), kind="figure", bar=False),
    ]
    if plan:
        columns += [
            Column("engineer_days", tr("Days"), kind="number"),
            Column("cost_eur", tr("One-off EUR"), kind="number"),
            Column("probability_right", tr("How often right"), kind="share"),
        ]
    else:
        columns += [
            Column("verdict", tr("Verdict"), words={v: tr(v) for v in VERDICTS}),
            Column("ratio_kg_per_point", tr("kg per point"), kind="number"),
        ]
    made = FrameTable(columns, key="option")
    made.setMinimumHeight(theme.px(300))
    return made


def models_frame(footprint: pd.DataFrame) -> pd.DataFrame:
    """The footprint with the columns that figures are read from."""
    said = footprint["provenance"]
    return footprint.assign(energy_kwh_provenance=said, carbon_kg_location_provenance=said)


def options_frame(options: pd.DataFrame) -> pd.DataFrame:
    """Options with the columns that figures are read from."""
    return options.rename(
        columns={"saved_low_kg": "saved_kg_low", "saved_high_kg": "saved_kg_high"}
    ).assign(saved_kg_provenance=options["provenance"], loss_provenance=options["provenance"])


def decisions_frame(decisions: list[Decision]) -> pd.DataFrame:
    """The review's work list."""
    return pd.DataFrame(
        [
            {
                "id": d.id,
                "model": d.model_id,
                "option": d.option,
                "state": d.state.value,
                "by": d.steps[-1].by if d.steps else "",
                "reason": d.steps[-1].reason if d.steps else "",
                "dependants": ", ".join(d.dependants),
                "open": len(d.open_checks),
            }
            for d in decisions
        ],
        columns=["id", "model", "option", "state", "by", "reason", "dependants", "open"],
    )
