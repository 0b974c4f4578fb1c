"""Recommendations as a table, for the terminal, the window and the report alike."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from advisor.figures import Language
from advisor.quantities import quantity_columns
from advisor.rank.option import Recommendation
from advisor.rank.reasons import percent_saved
from advisor.sentences import translate


def ranking_frame(
    recommendations: Sequence[Recommendation], language: Language = "en"
) -> pd.DataFrame:
    """One row a recommendation, in the order given; unknown figures are empty cells.

    Columns: place, place_low, place_high, model_id, option, kind, verdict, basis; then value,
    `_low`, `_high`, `_provenance` of energy_j (J/inference), accuracy, carbon_kg and
    carbon_saved_kg (kgCO2e/year), accuracy_loss (in accuracy_loss_unit),
    incremental_kg_per_point; then carbon_saved_percent, probability_best,
    probability_recommended, reason, candidate, option_id.
    """
    options = [r.option for r in recommendations]
    return pd.DataFrame(
        {
            "place": pd.array([r.place for r in recommendations], dtype="Int64"),
            "place_low": pd.array([r.place_low for r in recommendations], dtype="Int64"),
            "place_high": pd.array([r.place_high for r in recommendations], dtype="Int64"),
            "model_id": [o.model_id for o in options],
            "option": [o.name for o in options],
            "kind": [translate(o.kind.value, language) for o in options],
            "verdict": [translate(r.verdict.value, language) for r in recommendations],
            "basis": [translate(o.basis.value, language) for o in options],
            **quantity_columns("energy_j", [o.energy_j for o in options]),
            **quantity_columns("accuracy", [o.accuracy for o in options]),
            **quantity_columns("carbon_kg", [o.carbon_kg for o in options]),
            **quantity_columns("carbon_saved_kg", [o.carbon_saved_kg for o in options]),
            "carbon_saved_percent": [percent_saved(o) for o in options],
            **quantity_columns("accuracy_loss", [o.accuracy_loss for o in options]),
            "accuracy_loss_unit": [
                o.accuracy_loss.unit if o.accuracy_loss else None for o in options
            ],
            **quantity_columns(
                "incremental_kg_per_point",
                [r.incremental_kg_per_point for r in recommendations],
            ),
            "probability_best": [r.probability_best for r in recommendations],
            "probability_recommended": [r.probability_recommended for r in recommendations],
            "reason": [r.reason.text(language) for r in recommendations],
            "candidate": [o.candidate for o in options],
            "option_id": [o.id for o in options],
        }
    )
