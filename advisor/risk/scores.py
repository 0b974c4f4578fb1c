"""Inherent score, control effectiveness and residual score: per model, business line and bank.

The rules stand in the taxonomy; here they are applied to a whole table at once. A metric that is
unknown scores the taxonomy's `unknown` value and is counted, so that ignorance raises the score and
can be seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from advisor.quantities import Z95, Provenance
from advisor.risk.exposures import log_spread, overdue
from advisor.risk.taxonomy import Control, RiskDriver, Taxonomy

Array = NDArray[np.float64]
BANK = "(bank)"


@dataclass(frozen=True)
class Scores:
    """Scores of a portfolio. I models in the order of the table, D drivers of the taxonomy."""

    table: pd.DataFrame
    taxonomy: Taxonomy
    inherent: pd.DataFrame
    """Index `model_id`, a column a driver; likewise the others."""
    effectiveness: pd.DataFrame
    residual: pd.DataFrame
    unknown: pd.DataFrame
    """True where a metric behind the score is unknown."""

    def weights(self) -> Array:
        """What a model counts for in means. Shape (I,)."""
        return self.table[self.taxonomy.scoring.weight].fillna(0.0).to_numpy(float)

    def overall(self) -> pd.Series[float]:
        """A model's residual score over all drivers, as the taxonomy's `overall` says."""
        if self.taxonomy.scoring.overall == "highest":
            return self.residual.max(axis=1)
        return self.residual.mean(axis=1)

    def red(self) -> pd.Series[bool]:
        """True for models whose residual score is red."""
        return self.overall() >= self.taxonomy.scoring.red

    def heat_map(self, of: str = "residual") -> pd.DataFrame:
        """Weighted mean score: a row a business line (the bank last), a column a driver."""
        scores: pd.DataFrame = getattr(self, of)
        lines = self.table["business_line"].to_numpy()
        weights = self.weights()
        rows = {
            line: _weighted(scores.to_numpy()[lines == line], weights[lines == line])
            for line in sorted(set(lines))
        }
        rows[BANK] = _weighted(scores.to_numpy(), weights)
        table = pd.DataFrame.from_dict(rows, orient="index", columns=list(scores.columns))
        table.index.name = "business_line"
        return table

    def band(self, score: float) -> str:
        """`green`, `amber` or `red`."""
        scoring = self.taxonomy.scoring
        return "red" if score >= scoring.red else "amber" if score >= scoring.amber else "green"

    def behind(self, business_line: str, driver: str) -> pd.DataFrame:
        """The models behind a cell of the heat map, the heaviest contributions first."""
        chosen = np.ones(len(self.table), dtype=bool)
        if business_line != BANK:
            chosen = (self.table["business_line"] == business_line).to_numpy()
        table = pd.DataFrame(
            {
                "model_id": self.table["model_id"].to_numpy(),
                "name": self.table["name"].to_numpy(),
                "inherent": self.inherent[driver].to_numpy(),
                "effectiveness": self.effectiveness[driver].to_numpy(),
                "residual": self.residual[driver].to_numpy(),
                "unknown": self.unknown[driver].to_numpy(),
                "weight": self.weights(),
            }
        )[chosen]
        table["contribution"] = table["residual"] * table["weight"]
        return table.sort_values("contribution", ascending=False, ignore_index=True)


def score(table: pd.DataFrame, taxonomy: Taxonomy, as_of: date) -> Scores:
    """Scores of a checked table of exposures on a day."""
    metrics = metric_columns(table)
    index = pd.Index(table["model_id"], name="model_id")
    inherent, unknown, effectiveness = {}, {}, {}
    for driver in taxonomy.drivers:
        inherent[driver.key], unknown[driver.key] = _inherent(driver, metrics, taxonomy)
        effectiveness[driver.key] = _effectiveness(driver, taxonomy.controls, table, as_of)
    first = pd.DataFrame(inherent, index=index)
    held = pd.DataFrame(effectiveness, index=index)
    return Scores(
        table=table,
        taxonomy=taxonomy,
        inherent=first,
        effectiveness=held,
        residual=1.0 + (first - 1.0) * (1.0 - held),
        unknown=pd.DataFrame(unknown, index=index),
    )


def metric_columns(table: pd.DataFrame) -> pd.DataFrame:
    """The metrics of the taxonomy for each model; NaN where unknown.

    `materiality` is 5 − tier; `evidence_weakness` the rank of the provenance (0 measured … 4
    predicted); `uncertainty` the relative half-width of the 95 % interval; `region_share` and
    `vendor_share` the share of the bank's energy in the model's region or with its vendor;
    `intensity_rank` the model's quantile of kWh per decision; `downstream` the number of consumers;
    `without_fallback` the materiality of a model that nothing takes over from, else 0.
    """
    energy, carbon = table["energy_kwh"], table["carbon_kg"]
    intensity = energy / table["calls_per_year"].where(table["calls_per_year"] > 0)
    sigma = log_spread(table)
    given = table["energy_low_kwh"].notna() & table["energy_high_kwh"].notna()
    materiality = 5.0 - table["tier"]
    ranks = {p.value: p.rank for p in Provenance}
    last_year = table["carbon_kg_last_year"].where(table["carbon_kg_last_year"] > 0)
    lines = {
        "energy_share": _share(energy),
        "carbon_share": _share(carbon),
        "growth": carbon / last_year - 1.0,
        "grid_kg_per_kwh": carbon / energy.where(energy > 0),
        "materiality": materiality,
        "region_share": _group_share(table, "region"),
        "vendor_share": _group_share(table, "vendor"),
        "evidence_weakness": table["provenance"].map(ranks).astype(float),
        "intensity_rank": intensity.rank(pct=True),
        "uncertainty": pd.Series(np.sinh(Z95 * sigma), index=table.index).where(given),
        "downstream": table["feeds"].map(len).astype(float),
        "without_fallback": materiality.where(table["fallback"].isna(), 0.0),
    }
    return pd.DataFrame(lines)


def _inherent(
    driver: RiskDriver, metrics: pd.DataFrame, taxonomy: Taxonomy
) -> tuple[Array, NDArray[np.bool_]]:
    columns: list[Array] = []
    unknown = np.zeros(len(metrics), dtype=bool)
    for threshold in driver.metrics:
        values = metrics[threshold.metric].to_numpy(float)
        scores = 1.0 + np.searchsorted(threshold.breaks, values, side="right")
        missing = np.isnan(values)
        unknown |= missing
        columns.append(np.where(missing, taxonomy.scoring.unknown, scores))
    return np.max(columns, axis=0), unknown


def _effectiveness(
    driver: RiskDriver, controls: tuple[Control, ...], table: pd.DataFrame, as_of: date
) -> Array:
    left = np.ones(len(table))
    for control in controls:
        if driver.key in control.drivers:
            left = left * np.where(in_force(control, table, as_of), 1.0 - control.strength, 1.0)
    return 1.0 - left


def in_force(control: Control, table: pd.DataFrame, as_of: date) -> NDArray[np.bool_]:
    """Where a control is in place; unknown means it is not. Shape (I,)."""
    column, verb, value = control.condition
    cells = table[column]
    if verb == "known":
        return cells.notna().to_numpy()
    if verb == "unknown":
        return cells.isna().to_numpy()
    if verb == "not past":
        return (cells.notna() & ~overdue(table, as_of)).to_numpy()
    if verb == "below":
        return (cells < float(value or "nan")).fillna(False).to_numpy(dtype=bool)
    if pd.api.types.is_numeric_dtype(cells):
        return (cells == float(value or "nan")).to_numpy()
    return (cells == value).to_numpy()


def _weighted(scores: Array, weights: Array) -> Array:
    total = weights.sum()
    return weights @ scores / total if total > 0 else scores.mean(axis=0)


def _share(values: pd.Series[float]) -> pd.Series[float]:
    total = values.sum()
    return values / total if total > 0 else values * 0.0


def _group_share(table: pd.DataFrame, column: str) -> pd.Series[float]:
    shares = _share(table["energy_kwh"])
    return shares.groupby(table[column]).transform("sum").where(table[column].notna())
