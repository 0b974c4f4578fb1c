"""Where the figures of the portfolio page come from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pandas as pd

from advisor.portfolio import Plan, PortfolioTotal
from advisor.portfolio.data_quality import predicted_reach
from advisor.predict.grade import Grade
from advisor.predict.reach import reason_of
from advisor.quantities import Quantity
from ui.figures import Explanation, provenance_word
from ui.i18n import later, said, tr
from ui.portfolio.explain_option import number_words, other_options, planned_options
from ui.portfolio.picture import CARBON, PortfolioPicture, figure_of, plan_saving

STAGES = {
    "development": later("development"),
    "validation": later("validation"),
    "production": later("production"),
    "retiring": later("being retired"),
    "retired": later("retired"),
    "training": later("training"),
    "standing": later("standing"),
    "retirement": later("after retirement"),
}
MISSING = {
    "energy per call": later("energy per call"),
    "calls per year": later("calls per year"),
    "region": later("region"),
    "PUE": later("PUE"),
    "standing energy": later("standing energy"),
    "training energy": later("training energy"),
    "validation energy": later("validation energy"),
    "embodied carbon": later("embodied carbon"),
}


def explain_total(picture: PortfolioPicture) -> Explanation:
    """The carbon of the whole inventory."""
    total = picture.total
    if total is None:
        return Explanation(title=tr("Carbon of all models a year"), quantity=None)
    sources = tuple(
        (_source_words(name), tr("{n} % of the variance", n=f"{100 * share:.1f}"))
        for name, share in total.carbon_location_kg.uncertainty_budget[:6]
    )
    stages = tuple(
        (tr(STAGES[name]), _kg(amount)) for name, amount in total.by_stage_kg.items() if amount
    )
    lacking = tuple(
        (tr("Lacking: {what}", what=tr(MISSING[name])), tr("{n} models", n=count))
        for name, count in total.unknown.items()
        if name in MISSING
    )
    return Explanation(
        title=tr("Carbon of all models a year"),
        quantity=total.carbon_location_kg,
        formula=tr("Σ models (production + standing + training + validation) × grid intensity"),
        meaning=tr(
            "Location-based. {covered} of {models} models are covered; what nobody stated is left "
            "out and listed, not counted as zero.",
            covered=total.covered,
            models=total.models,
        ),
        chain=tr_spread(),
        facts=(*stages, *sources, *lacking),
        inputs=_totals_beside(total),
    )


def tr_spread() -> tuple[str, ...]:
    """How the interval of a total is put together."""
    return (
        tr("The models' own energies add in quadrature."),
        tr("What they share (predictions, PUE, the grid of a region) adds linearly."),
    )


def explain_quality(picture: PortfolioPicture) -> Explanation:
    """The data-quality score and what it counts."""
    counts = picture.footprint["quality"].value_counts().sort_index()
    return Explanation(
        title=tr("Data quality"),
        quantity=None,
        formula=tr("Σ score × carbon ÷ Σ carbon"),
        meaning=tr(
            "1 measured · 2 imported from a meter or tracker · 3 declared · 4 estimated or "
            "predicted · 5 predicted far beyond what was measured, or unknown; one worse for an "
            "assumed PUE. Weighted by carbon, as PCAF weighs by exposure."
        ),
        facts=tuple(
            (tr("Score {n}", n=int(str(score))), tr("{n} models", n=int(count)))
            for score, count in counts.items()
        ),
    )


def explain_shares(picture: PortfolioPicture) -> Explanation:
    """How much of the carbon is measured, predicted, declared."""
    total, reach = picture.total, predicted_reach(picture.footprint)
    if total is None:
        return Explanation(title=tr("Where the energy comes from"), quantity=None)
    return Explanation(
        title=tr("Where the energy comes from"),
        quantity=None,
        formula=tr("share = carbon of models of that provenance ÷ carbon of all"),
        meaning=" ".join(
            (
                tr("By the provenance of the energy per call."),
                *((tr("Predicted energies. {reach}", reach=reach.words()),) if reach else ()),
            )
        ),
        facts=(
            *(
                (provenance_word(name), f"{100 * share:.1f} %")
                for name, share in sorted(
                    total.share_by_provenance.items(), key=lambda item: -item[1]
                )
            ),
            (tr("unknown"), tr("{n} models", n=total.models - total.covered)),
        ),
    )


def explain_plan(plan: Plan) -> Explanation:
    """What a plan saves and what it costs."""
    return Explanation(
        title=tr("Saving of the plan"),
        quantity=plan_saving(plan),
        formula=tr("maximise Σ saved, at most one option a model, within floors and limits"),
        meaning=tr(
            "The exact optimum (mixed-integer programme, HiGHS), proven to within {gap:.4f} % of "
            "the best there is.",
            gap=100 * plan.gap,
        ),
        chain=(
            tr("A model that takes over is not retired; a model that feeds others stays."),
            tr("Half of the variance is taken as common to all models of the portfolio."),
        ),
        facts=(
            (tr("Changes"), f"{len(plan.chosen):,}"),
            (tr("Accuracy given up, weighted by tier"), f"{plan.loss:,.2f}"),
            (tr("One-off cost"), f"€ {plan.cost_eur:,.0f}"),
            (tr("Engineer days"), f"{plan.engineer_days:,.0f}"),
        ),
    )


def explain_model(picture: PortfolioPicture, plan: Plan | None, model_id: str) -> Explanation:
    """A model's footprint, part by part."""
    row: Any = picture.footprint.set_index("id").loc[model_id]
    known = figure_of(_aliased(row), "carbon_kg")
    parts = tuple(
        (tr(STAGES[name]), _kg(float(row[f"{name}_kg"])))
        for name in ("production", "standing", "training", "validation", "retirement")
        if pd.notna(row[f"{name}_kg"]) and row[f"{name}_kg"]
    )
    unknown = [tr(MISSING[w]) for w in str(row["unknown"]).split("; ") if w in MISSING]
    cautions = (
        *((tr("Unknown: {what}.", what=tr(", ").join(unknown)),) if unknown else ()),
        *((tr("Nobody stated a PUE: 1.56 is assumed."),) if row["pue_assumed"] else ()),
        *((said(reason_of(row)),) if row["grade"] in (Grade.BEYOND, Grade.FAR) else ()),
    )
    saving = planned_options(plan, model_id)
    return Explanation(
        title=tr("Carbon a year: {name}", name=str(row["name"])),
        quantity=known,
        formula=tr("(calls × energy per call + standing + training + validation) × PUE × grid"),
        meaning=tr("Location-based, from the inventory's row {id}.", id=model_id),
        facts=(
            *parts,
            (tr("Region"), _text(row["region"])),
            (tr("Grid intensity"), number_words(row["grid_g_per_kwh"], "gCO2e/kWh")),
            (tr("Source of the grid's figure"), _text(row["grid_source"])),
            ("PUE", number_words(row["pue"], "")),
            (tr("Calls a year"), number_words(row["calls_per_year"], "")),
            (tr("Carbon, market-based"), number_words(row["carbon_kg_market"], "kgCO2e")),
            (tr("Embodied carbon a year"), number_words(row["embodied_kg"], "kgCO2e")),
            (tr("Data quality"), str(row["quality"])),
        ),
        inputs=tuple(
            made
            for made in (_energy(row), *saving, *other_options(picture, plan, model_id))
            if made is not None
        ),
        cautions=cautions,
    )


def explain_saving(picture: PortfolioPicture, plan: Plan | None, model_id: str) -> Explanation:
    """What the plan does with a model; its footprint where the plan leaves it alone."""
    found = planned_options(plan, model_id)
    if not found:
        return explain_model(picture, plan, model_id)
    return replace(found[0], inputs=other_options(picture, plan, model_id))


def _energy(row: Any) -> Explanation | None:
    q = figure_of(row, "energy_per_call_j", "J")
    if q is None:
        return None
    return Explanation(
        title=tr("Energy per call"),
        quantity=q,
        meaning=tr("As the inventory states it, or predicted from size and throughput."),
    )


def _totals_beside(total: PortfolioTotal) -> tuple[Explanation, ...]:
    beside: tuple[tuple[Callable[[], str], Quantity | None], ...] = (
        (lambda: tr("Energy of all models a year"), total.energy_kwh),
        (lambda: tr("Carbon, market-based"), total.carbon_market_kg),
        (lambda: tr("Embodied carbon a year"), total.embodied_kg),
    )
    return tuple(Explanation(title=name(), quantity=q, meaning=q.source) for name, q in beside if q)


def _aliased(row: Any) -> pd.Series:
    made = row.rename(
        {
            "carbon_kg_location": "carbon_kg",
            "carbon_kg_location_low": "carbon_kg_low",
            "carbon_kg_location_high": "carbon_kg_high",
        }
    ).copy()
    made["carbon_kg_provenance"] = row["provenance"]
    return made


SOURCES = {
    "energy of single models": later("energy of single models"),
    "volume of single models": later("volume of single models"),
    "prediction": later("prediction"),
    "PUE of sites": later("PUE of sites"),
    "assumed PUE": later("assumed PUE"),
}


def _source_words(name: str) -> str:
    if name.startswith("grid intensity "):
        return tr("grid intensity {region}", region=name.removeprefix("grid intensity "))
    return tr(SOURCES[name]) if name in SOURCES else name


def _kg(amount: float) -> str:
    return f"{amount:,.3g} {CARBON.split('/')[0]}" if amount < 1000 else f"{amount:,.0f} kgCO2e"


def _text(value: object) -> str:
    return value if isinstance(value, str) and value else "–"
