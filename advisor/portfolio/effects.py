"""Options by the expected effects of levers on kinds of model (`profiles/levers/effects.csv`)."""

from __future__ import annotations

import pandas as pd
from pydantic import BaseModel, ConfigDict

from advisor.portfolio.option_table import option_table
from advisor.profiles import layered_rows
from advisor.rank.option import OptionKind
from advisor.sentences import sentence


class LeverEffect(BaseModel):
    """The expected effect of a lever on a kind of model; intervals are 95 %."""

    model_config = ConfigDict(frozen=True)

    lever: str
    option_kind: OptionKind
    model_kind: str
    minimum_parameters: float
    energy_saved: float
    energy_saved_low: float
    energy_saved_high: float
    loss: float
    loss_low: float
    loss_high: float
    one_off_cost_eur: float
    engineer_days: float
    source: str


def lever_effects() -> list[tuple[LeverEffect, str]]:
    """Every expected effect with its profile; the user's own replace the shipped ones."""
    rows = layered_rows("levers", "effects.csv", LeverEffect, lambda r: f"{r.lever}/{r.model_kind}")
    return [(row, profile.name) for row, profile in rows.values()]


def expected(
    table: pd.DataFrame, found: pd.DataFrame, measured: set[tuple[str, str]]
) -> list[pd.DataFrame]:
    """Options by expected effect; `measured` are (model, kind) that a measurement answers."""
    answered = {
        kind: {model for model, k in measured if k == kind} for kind in {k for _, k in measured}
    }
    return [
        _of_effect(table, found, effect, profile, answered.get(effect.option_kind.value, set()))
        for effect, profile in lever_effects()
    ]


def _of_effect(
    table: pd.DataFrame, found: pd.DataFrame, effect: LeverEffect, profile: str, answered: set[str]
) -> pd.DataFrame:
    applies = (
        (table["kind"] == effect.model_kind)
        & ~(table["parameters"] < effect.minimum_parameters)
        & (found["production_kg"] > 0)
        & ~table["id"].isin(answered)
    ).to_numpy()
    if effect.lever in ("int8-dynamic", "int8-static"):
        applies = applies & (table["precision"].fillna("float32") == "float32").to_numpy()
    if effect.option_kind is OptionKind.BATCH:
        applies = applies & ~(table["batch_size"] > 1).to_numpy()
    base = found.loc[applies, "production_kg"].to_numpy(float)
    base_kwh = found.loc[applies, "production_kwh"].to_numpy(float)
    said = sentence(
        "Expected effect, not measured on this model. {source} (profiles/{profile})",
        source=effect.source,
        profile=profile,
    )
    return option_table(
        {
            "id": table.loc[applies, "id"].to_numpy(),
            "kind": effect.option_kind.value,
            "name": effect.lever,
            "saved_kg": base * effect.energy_saved,
            "saved_low_kg": base * effect.energy_saved_low,
            "saved_high_kg": base * effect.energy_saved_high,
            "energy_saved_kwh": base_kwh * effect.energy_saved,
            "loss": effect.loss,
            "loss_low": effect.loss_low,
            "loss_high": effect.loss_high,
            "cost_eur": effect.one_off_cost_eur,
            "engineer_days": effect.engineer_days,
            "evidence": [said] * int(applies.sum()),
            "provenance": "estimated",
        }
    )
