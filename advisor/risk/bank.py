"""The bank's own figures: prices it pays, what it passes on, its capital. Declared, not guessed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from advisor.profiles import profile_paths, read_profile
from advisor.risk.errors import RiskError
from advisor.risk.refusals import refused
from advisor.sentences import sentence

ANY_REGION = "any"
Cost = Annotated[float, Field(ge=0)]
Rate = Annotated[float, Field(gt=0)]


class BankFigures(BaseModel):
    """What the bank declares. `None` is unknown: what would follow from it stays unknown."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    name: str
    currency: Literal["EUR", "USD", "JPY"]
    price_year: int = Field(ge=1990, le=2100)
    """All money is real money of this year."""
    power_price_per_kwh: dict[str, Cost]
    """By region; `any` for the rest. Includes today's carbon cost."""
    wholesale_share: float = Field(ge=0, le=1)
    """Share of the power price that follows the wholesale market within a year (not hedged)."""
    carbon_to_power_pass_through: float = Field(ge=0, le=1.5)
    provider_pass_through: float = Field(ge=0, le=1.5)
    """Share of a provider's energy and carbon cost that reaches the bank's cloud bill."""
    budget_carbon_price_per_t: float | None = Field(default=None, ge=0)
    """Carbon price inside the budgeted power price; None takes the scenario's own baseline."""
    discount_rate: float = Field(default=0.0, ge=0, lt=1)
    tax_rate: float = Field(default=0.0, ge=0, lt=1)
    internal_carbon_price_per_t: float = Field(ge=0)
    cet1_capital: float | None = Field(default=None, gt=0)
    risk_weighted_assets: float | None = Field(default=None, gt=0)
    outage_cost_per_hour: dict[int, Cost] | None = None
    """By tier, where the table of exposures has no figure of its own."""
    remediation_cost: float | None = Field(default=None, ge=0)
    exchange: dict[str, Rate] = Field(default_factory=dict)
    """Own exchange rates, units per USD of the price year."""
    source: str = ""

    def power_prices(self, table: pd.DataFrame) -> NDArray[np.float64]:
        """Money per kWh for each model: its own, its region's, or the default. Shape (I,).

        Raises `RiskError` where no price is known.
        """
        by_region = table["region"].map(self.power_price_per_kwh)
        prices = table["power_price_per_kwh"].fillna(by_region.astype(float))
        prices = prices.fillna(self.power_price_per_kwh.get(ANY_REGION, np.nan))
        if prices.isna().any():
            region = table.loc[prices.isna(), "region"].iloc[0]
            raise RiskError(
                sentence(
                    "No power price is known for the region {region}; add it to the bank's "
                    "figures.",
                    region=str(region),
                )
            )
        return prices.to_numpy(float)

    def outage_costs(self, table: pd.DataFrame) -> NDArray[np.float64]:
        """Money per hour of standstill for each model; NaN where unknown. Shape (I,)."""
        by_tier = table["tier"].map(self.outage_cost_per_hour or {})
        return table["outage_cost_per_hour"].fillna(by_tier.astype(float)).to_numpy(float)

    def remediation_costs(self, table: pd.DataFrame) -> NDArray[np.float64]:
        """Money to fix one model below an efficiency floor; NaN where unknown. Shape (I,)."""
        default = np.nan if self.remediation_cost is None else self.remediation_cost
        return table["remediation_cost"].fillna(default).to_numpy(float)


def read_bank_figures(path: Path | None = None, *, name: str = "bank_figures") -> BankFigures:
    """The bank's figures from a file, or the user's over the shipped ones. Raises `RiskError`."""
    if path is None:
        layers = profile_paths("frameworks").get(f"{name}.toml", [])
        if not layers:
            raise RiskError(
                sentence("There is no profile {name}; reinstall the program.", name=f"{name}.toml")
            )
        path = layers[-1]
    profile = read_profile(path)
    raw: dict[str, Any] = dict(profile.document.get("bank", {}))
    try:
        return BankFigures(**raw, source=profile.citation)
    except ValidationError as error:
        raise refused(error, path.name, "bank") from error
