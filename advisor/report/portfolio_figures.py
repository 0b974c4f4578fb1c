"""The inventory as a summary sees it: footprint of every model, the plan, and the risk position.

Columns of the portfolio become figures whose named sources of uncertainty are those of
`advisor.portfolio.totals`, so that a summary's total is the portfolio's total.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from advisor.portfolio import Budgets, Study, optimum
from advisor.portfolio.data_quality import predicted_reach
from advisor.quantities import Z95, Provenance, Quantity
from advisor.rank.option import Option, OptionKind, Recommendation, Verdict
from advisor.report.action_names import action_name
from advisor.report.basis import portfolio_basis
from advisor.report.summary import FootprintRow, RiskRow
from advisor.risk import read_appetite, read_taxonomy, readings, score
from advisor.risk.portfolio_exposures import (
    exposures_after,
    exposures_of,
    without_retired,
)
from advisor.sentences import Sentence, sentence

_COMMON = "assumptions common to options"
EMBODIED_RELATIVE_STD = 0.35
"""Of embodied factors, common to all models: as in `advisor.portfolio.totals`."""


class PortfolioFigures(NamedTuple):
    """What the inventory brings to a summary."""

    footprint: tuple[FootprintRow, ...]
    recommendations: tuple[Recommendation, ...]
    risk: tuple[RiskRow, ...]
    feasible: bool
    """False where no plan keeps within the budgets."""
    basis: tuple[Sentence, ...]
    """What the figures rest on."""


def portfolio_figures(
    study: Study, as_of: date, budgets: Budgets | None = None
) -> PortfolioFigures:
    """Footprint, the plan that saves most within models' floors and budgets, the risk it leaves.

    All from the study that the portfolio page shows. Where no plan keeps within the budgets nothing
    is recommended. Raises the rooms' own errors.
    """
    inventory, found, options = study.inventory, study.footprint, study.options
    rows = tuple(_row(r) for r in found.to_dict("records"))
    assumed = int(found["pue_assumed"].astype(bool).sum())
    basis = tuple(portfolio_basis(rows, assumed, predicted_reach(found)))
    if found["carbon_kg_location"].isna().all():
        return PortfolioFigures(rows, (), (), True, basis)  # nothing known: nothing to save
    plan = optimum(options, inventory, budgets or Budgets())
    chosen = plan.chosen if plan.feasible else options.iloc[:0]
    ranked = study.ranked
    verdicts = dict(zip(ranked["option"], ranked["verdict"], strict=True))
    names = dict(zip(found["id"], found["name"], strict=True))
    instead = _without_loss(chosen, options, inventory, verdicts)
    others = ranked[~ranked["option"].isin({*chosen["option"], *instead["option"]})]
    return PortfolioFigures(
        rows,
        (
            *_recommended(pd.concat([chosen, instead]), verdicts, names),
            *(_other(r, str(verdicts[r["option"]])) for r in others.to_dict("records")),
        ),
        _risk(found, chosen, as_of),
        plan.feasible,
        basis,
    )


def _row(r: Mapping[Any, Any]) -> FootprintRow:
    per_call = r["energy_per_call_j"]
    known = None if pd.isna(r["provenance"]) else Provenance(r["provenance"])
    return FootprintRow(
        id=str(r["id"]),
        name=str(r["name"]),
        group=_text(r["business_line"]),
        owner=_text(r["owner"]),
        stage=_text(r["stage"]),
        tier=None if pd.isna(r["tier"]) else int(r["tier"]),
        region=_text(r["region"]),
        calls_per_year=None if pd.isna(r["calls_per_year"]) else float(r["calls_per_year"]),
        energy_per_call=None
        if pd.isna(per_call)
        else Quantity.from_interval(
            float(per_call),
            float(r["energy_per_call_j_low"]),
            float(r["energy_per_call_j_high"]),
            "J/inference",
            Provenance(r["energy_per_call_j_provenance"]),
            "inventory",
            f"energy of {r['id']}",
        ),
        energy=_figure(r, "energy_kwh", "kWh/year", known),
        carbon=_figure(r, "carbon_kg_location", "kgCO2e/year", known),
        carbon_market=_figure(r, "carbon_kg_market", "kgCO2e/year", known),
        embodied=_embodied(r),
    )


def _embodied(r: Mapping[Any, Any]) -> Quantity | None:
    if pd.isna(r["embodied_kg"]):
        return None
    value = float(r["embodied_kg"])
    return Quantity.from_spread(
        value,
        "kgCO2e/year",
        Provenance.IMPORTED,
        f"embodied carbon of the hardware of {r['id']}, by its share",
        {"embodied factors": EMBODIED_RELATIVE_STD * value},
    )


def _figure(
    r: Mapping[Any, Any], column: str, unit: str, provenance: Provenance | None
) -> Quantity | None:
    if pd.isna(r[column]):
        return None
    value = float(r[column])
    pue = "assumed PUE" if r["pue_assumed"] else f"PUE of {r['region']}"
    parts = {
        f"energy of {r['id']}": r["rv_energy"],
        f"volume of {r['id']}": r["rv_volume"],
        "prediction": r["rv_prediction"],
        pue: r["rv_pue"],
    }
    contract = column == "carbon_kg_market" and r["market_g_per_kwh"] != r["grid_g_per_kwh"]
    if column != "energy_kwh" and not contract:
        parts[str(r["grid_source"])] = r["rv_grid"]
    spread = {k: value * float(np.sqrt(v)) for k, v in parts.items() if pd.notna(v)}
    source = f"inventory, model {r['id']}"
    return Quantity.from_spread(value, unit, provenance or Provenance.DECLARED, source, spread)


def _recommended(
    chosen: pd.DataFrame, verdicts: Mapping[Any, Any], names: Mapping[Any, Any]
) -> list[Recommendation]:
    """The plan's changes: no regret first, then by carbon saved; places 1, 2, 3 …"""
    records = chosen.to_dict("records")
    free = {r["option"]: float(r["loss_low"]) <= 0 for r in records}
    records.sort(key=lambda r: (not free[r["option"]], -r["saved_kg"]))
    return [
        Recommendation(
            option=_option(r),
            verdict=Verdict.NO_REGRET if free[r["option"]] else Verdict.FRONTIER,
            place=place,
            reason=_reason(r, names, free=free[r["option"]]),
            probability_best=None
            if pd.isna(r.get("probability_right", np.nan))
            else float(r["probability_right"]),
        )
        for place, r in enumerate(records, start=1)
    ]


def _without_loss(
    chosen: pd.DataFrame,
    options: pd.DataFrame,
    inventory: pd.DataFrame,
    verdicts: Mapping[Any, Any],
) -> pd.DataFrame:
    """For models whose planned change gives up accuracy: the best change that gives up none.

    Without it the saving that costs no accuracy would leave these models out, and the price of
    giving some up would look like a bargain. It costs no more than the planned change, so that the
    plan's limits hold with it too; no retirement, since others may rest on the model.
    """
    given_up = chosen[chosen["loss_low"] > 0].set_index("id")
    planned = given_up.reindex(options["id"]).set_index(options.index)
    within = [
        (options[c].fillna(0.0) <= planned[c].fillna(np.inf))
        for c in ("saved_kg", "cost_eur", "engineer_days")
    ]
    no_regret = options["option"].map(verdicts) == Verdict.NO_REGRET.value
    fits = options["id"].isin(given_up.index) & np.logical_and.reduce(within)
    found = options[fits & no_regret & (options["kind"] != OptionKind.RETIRE.value)]
    return optimum(found, inventory, Budgets()).chosen if len(found) else found


def _other(r: Mapping[Any, Any], verdict: str) -> Recommendation:
    known = {str(v): v for v in Verdict}
    return Recommendation(
        option=_option(r),
        verdict=known.get(verdict, Verdict.DOMINATED),
        place=None,
        reason=sentence("Not in the plan."),
    )


def _option(r: Mapping[Any, Any]) -> Option:
    sigma = (float(r["saved_high_kg"]) - float(r["saved_low_kg"])) / (2 * Z95)
    half = sigma * float(np.sqrt(0.5))  # as `advisor.portfolio.optimum`: half the variance common
    provenance = (
        Provenance(r["provenance"]) if isinstance(r["provenance"], str) else Provenance.ESTIMATED
    )
    loss = None
    if pd.notna(r["loss"]):
        loss = Quantity.from_interval(
            float(r["loss"]),
            float(r["loss_low"]),
            float(r["loss_high"]),
            "point",
            provenance,
            str(r["evidence"]),
            f"loss {r['option']}",
        )
    cost = None
    if pd.notna(r["cost_eur"]):
        cost = Quantity.exact(float(r["cost_eur"]), "EUR", Provenance.ESTIMATED, "lever profile")
    return Option(
        id=str(r["option"]),
        model_id=str(r["id"]),
        kind=OptionKind(r["kind"]),
        name=action_name(str(r["kind"]), str(r["name"])),
        carbon_saved_kg=Quantity.from_spread(
            float(r["saved_kg"]),
            "kgCO2e/year",
            provenance,
            str(r["evidence"]),
            {f"saving {r['option']}": half, _COMMON: half},
            log=False,
        ),
        accuracy_loss=loss,
        one_off_cost=cost,
        engineer_days=None if pd.isna(r["engineer_days"]) else float(r["engineer_days"]),
        evidence=(str(r["evidence"]),) if r["evidence"] else (),
    )


def _reason(r: Mapping[Any, Any], names: Mapping[Any, Any], *, free: bool) -> Sentence:
    if r["kind"] == "retire":
        fallback = r["fallback"]
        if isinstance(fallback, str) and fallback:
            return sentence(
                "{model} takes over its load.", model=str(names.get(fallback, fallback))
            )
        return sentence("Hardly anybody uses it.")
    if free:
        return sentence("No loss expected; verify before going live.")
    return sentence("The largest saving that the model's accuracy floor allows.")


def _risk(found: pd.DataFrame, chosen: pd.DataFrame, as_of: date) -> tuple[RiskRow, ...]:
    appetite, taxonomy = read_appetite(), read_taxonomy()
    table = exposures_of(found).table
    covered = chosen[chosen["id"].isin(set(table["model_id"]))]
    after = without_retired(exposures_after(table, covered), covered)
    before_now = readings(score(table, taxonomy, as_of), appetite, as_of)
    then = {r.key: r for r in readings(score(after, taxonomy, as_of), appetite, as_of)}
    rows: list[RiskRow] = []
    for r in before_now:
        limit = appetite.limit(r.key)
        if limit is None or r.value is None:
            continue
        rows.append(
            RiskRow(
                name=sentence(limit.name),
                before=r.value,
                after=then[r.key].value,
                amber=Quantity.exact(limit.amber, limit.unit, Provenance.DECLARED, "appetite"),
                red=Quantity.exact(limit.red, limit.unit, Provenance.DECLARED, "appetite"),
                status_before=str(r.level),
                status_after=str(then[r.key].level),
            )
        )
    return tuple(rows)


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
