"""What each option of a model brings and costs, and on what evidence."""

from __future__ import annotations

from typing import Any

import pandas as pd

from advisor.portfolio import Plan
from ui.figures import Explanation
from ui.i18n import later, said, tr
from ui.portfolio.picture import PortfolioPicture, action_words, figure_of

VERDICTS = {
    "no regret": later("no regret"),
    "on the frontier": later("trade-off on the efficient frontier"),
    "dominated": later("dominated by another option of the model"),
    "below the accuracy floor": later("below the model's accuracy floor"),
    "accuracy unknown": later("its accuracy is unknown"),
    "no distinguishable difference": later("no distinguishable difference"),
    "saves nothing": later("saves nothing"),
}


def planned_options(plan: Plan | None, model_id: str) -> tuple[Explanation, ...]:
    """What the plan does with the model; empty where it leaves it alone."""
    if plan is None or not plan.feasible:
        return ()
    rows = plan.chosen[plan.chosen["id"] == model_id]
    return tuple(_option(row) for _, row in rows.iterrows())


def _option(row: Any) -> Explanation:
    aliased = row.rename({"saved_low_kg": "saved_kg_low", "saved_high_kg": "saved_kg_high"}).copy()
    aliased["saved_kg_provenance"] = row["provenance"]
    words = action_words(str(row["kind"]), str(row["name"]), row["fallback"])
    return Explanation(
        title=tr("Saved a year: {what}", what=words),
        quantity=figure_of(aliased, "saved_kg"),
        formula=tr("saved = carbon today − carbon after the change"),
        meaning=said(row["evidence"]),
        facts=(
            *(((tr("Verdict"), tr(VERDICTS[row["verdict"]])),) if "verdict" in row else ()),
            (tr("Accuracy lost"), _between(row["loss"], row["loss_low"], row["loss_high"])),
            (tr("Gap between groups grows by"), number_words(row["group_loss"], tr("points"))),
            (tr("Energy saved a year"), number_words(row["energy_saved_kwh"], "kWh")),
            (tr("Running cost saved a year"), number_words(row["money_saved_eur"], "EUR")),
            (tr("One-off cost"), number_words(row["cost_eur"], "EUR")),
            (tr("Engineer days"), number_words(row["engineer_days"], "")),
            (tr("of these for revalidation"), number_words(row["revalidation_days"], "")),
            *_right(row),
        ),
    )


def other_options(
    picture: PortfolioPicture, plan: Plan | None, model_id: str
) -> tuple[Explanation, ...]:
    """The model's options that the plan does not take, the best first, with their verdicts."""
    ranked = picture.study.ranked
    taken = set() if plan is None else set(plan.chosen["option"])
    rows = ranked[(ranked["id"] == model_id) & ~ranked["option"].isin(taken)]
    return tuple(_option(row) for _, row in rows.iterrows())


def _right(row: Any) -> tuple[tuple[str, str], ...]:
    if "probability_right" not in row:  # of an option that no plan takes
        return ()
    return ((tr("Right in"), f"{100 * float(row['probability_right']):.0f} %"),)


def number_words(value: float, unit: str) -> str:
    """A figure without an interval."""
    if pd.isna(value):
        return tr("unknown")
    text = f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.0f}"
    return f"{text} {unit}".strip()


def _between(value: float, low: float, high: float) -> str:
    if pd.isna(value):
        return tr("unknown")
    return tr(
        "{value} points ({low} to {high})",
        value=f"{value:.2f}",
        low=f"{low:.2f}",
        high=f"{high:.2f}",
    )
