"""Reconciliation: the models' sum beside a meter or an invoice, the residual as its own line."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field

from advisor.portfolio.errors import PortfolioError
from advisor.portfolio.totals import column_total
from advisor.quantities import Z95, Provenance, Quantity
from advisor.sentences import Sentence, sentence

SCOPES = ("machine", "region", "account")


class Statement(BaseModel):
    """A meter's or invoice's figure for the year, at the site (PUE included)."""

    model_config = ConfigDict(frozen=True)

    scope: str
    """`machine`, `region` (the site or cloud region), `account` (cloud account) or `all`."""
    name: str = ""
    """Of the machine, region or account; empty for `all`."""
    kwh: float = Field(ge=0)
    half_width: float = Field(default=0.02, ge=0)
    """Relative, 95 %: revenue meters of class 1 to 2."""
    source: str = "invoice"


class Reconciliation(BaseModel):
    """The models' sum beside the statement, with the residual as a line of its own."""

    model_config = ConfigDict(frozen=True)

    statement: Statement
    models: int
    uncovered: int
    """Models there whose energy is unknown."""
    modelled_kwh: Quantity
    stated_kwh: Quantity
    residual_kwh: Quantity
    """Stated less modelled: what no model explains (negative: models claim more than was used)."""
    finding: Sentence


def reconcile(footprint: pd.DataFrame, statements: Iterable[Statement]) -> list[Reconciliation]:
    """One reconciliation per statement. Raises `PortfolioError` for a name nobody runs under."""
    return [_reconciled(footprint, s) for s in statements]


def _reconciled(footprint: pd.DataFrame, statement: Statement) -> Reconciliation:
    if statement.scope == "all":
        rows = footprint
    elif statement.scope in SCOPES:
        rows = footprint[footprint[statement.scope] == statement.name]
    else:
        raise PortfolioError(
            sentence(
                "A statement is for a machine, a region, an account or all, not for “{scope}”.",
                scope=statement.scope,
            )
        )
    known = rows[rows["energy_kwh"].notna()]
    if known.empty:
        raise PortfolioError(
            sentence(
                "No model with known energy runs under “{name}”; check the name of the statement.",
                name=statement.name,
            )
        )
    modelled = column_total(known, "energy_kwh")
    sigma = statement.half_width * statement.kwh / Z95
    stated = Quantity.from_spread(
        statement.kwh,
        "kWh/year",
        Provenance.IMPORTED,
        statement.source,
        {f"statement {statement.name}": sigma},
    )
    residual = (stated - modelled).named("stated less modelled")
    return Reconciliation(
        statement=statement,
        models=len(known),
        uncovered=len(rows) - len(known),
        modelled_kwh=modelled,
        stated_kwh=stated,
        residual_kwh=residual,
        finding=_finding(residual, stated),
    )


def _finding(residual: Quantity, stated: Quantity) -> Sentence:
    if not residual.excludes_zero:
        return sentence("The models explain {stated} within their interval.", stated=stated)
    if residual.value > 0:
        return sentence(
            "{residual} ({percent} %) of {stated} are explained by no model: look for models that "
            "are not in the inventory, and for standing energy that nobody reserved.",
            residual=residual,
            percent=round(100 * residual.value / stated.value, 1),
            stated=stated,
        )
    return sentence(
        "The models claim {excess} more than {stated}: energies or volumes are too high, or the "
        "statement does not cover them all.",
        excess=residual * -1.0,
        stated=stated,
    )
