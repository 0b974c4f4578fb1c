"""Where the figures of the predict page come from."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd

from advisor.predict.exponents import Exponent
from advisor.predict.local_runs import Learnt, Prediction
from advisor.predict.picture import Coverage, LeftOut
from advisor.predict.scores import Score
from advisor.predict.shortlist import Shortlist
from advisor.quantities import Provenance, Quantity
from ui.figures import Explanation
from ui.i18n import figure, interval, said, tr
from ui.predict.contenders_card import name_words
from ui.predict.gathering import FIGURES
from ui.predict.law_card import EXPONENTS
from ui.predict.log_slider import short_number
from ui.predict.outcome import STATES, share_words


def explain_prediction(
    learnt: Learnt, found: Prediction, asked: dict[str, float | str]
) -> Explanation:
    """The what-if's answer."""
    return Explanation(
        title=tr("Energy per call"),
        quantity=found.energy,
        formula=tr("log E = log idle power − log calls per second + f(what is known)"),
        meaning=tr(
            "f is learnt from the runs by the contender named below; what is not known takes no "
            "part. The interval is conformal: calibrated on whole families (and devices) left out."
        ),
        chain=(
            tr("From {state}.", state=tr(STATES[found.state])),
            *((share_words(found.local_share),) if pd.notna(found.local_share) else ()),
            *_runs(learnt),
        ),
        facts=(
            *_asked(asked),
            (tr("Contender"), name_words(found.used.partition(": ")[2])),
            (tr("Distance from what was measured"), f"{found.distance:.2f}"),
            *_model(learnt),
        ),
        cautions=(said(found.reason),) if found.extrapolated else (),
    )


def explain_row(learnt: Learnt, row: Any) -> Explanation:
    """A model of a batch."""
    asked = {
        name: row[name]
        for name in (*FIGURES, "device", "precision", "family")
        if name in row and pd.notna(row[name])
    }
    if pd.isna(row["energy_j"]):
        return Explanation(
            title=tr("Energy per call: {name}", name=str(row["name"])),
            quantity=None,
            meaning=tr("Unknown: neither a size nor the calls per second is given."),
            facts=_asked(asked),
        )
    made = explain_prediction(learnt, Prediction.of(row), asked)
    return replace(made, title=tr("Energy per call: {name}", name=str(row["name"])))


def explain_point(learnt: Learnt, found: LeftOut, key: str) -> Explanation:
    """A run predicted without its group."""
    row: Any = found.points.set_index("key").loc[key]
    runs = learnt.runs
    at = int(key.removeprefix("run ")) if key.startswith("run ") else None
    source = str(runs.iloc[at]["source"]) if at is not None else tr("measured here")
    measured = Quantity.exact(float(row["measured_j"]), "J", _provenance(at), source)
    return Explanation(
        title=tr("{model}, predicted without its {what}", model=row["model"], what=_what(found)),
        quantity=quantity_of(row, "predicted_j", "J"),
        formula=tr("predicted ÷ measured = {factor}", factor=f"{row['factor']:.3f}"),
        meaning=tr(
            "Nothing of its group took part in the prediction; the width of the interval is "
            "calibrated on the residuals of the other groups."
        ),
        inputs=(Explanation(title=tr("Measured"), quantity=measured, meaning=source),),
        facts=(
            (tr("Family"), str(row["family"])),
            (tr("Device"), str(row["device"])),
            (tr("Precision"), str(row["precision"])),
            *_model(learnt),
        ),
    )


def explain_group(found: LeftOut, group: str) -> Explanation:
    """The residuals of a family or a device."""
    row: Any = found.residuals.set_index("group").loc[group]
    inside = ((_percent(c.nominal), _percent(c.by_group.get(group))) for c in found.coverage)
    return Explanation(
        title=tr("Residuals: {group}", group=group),
        quantity=None,
        formula=tr("factor = predicted ÷ measured"),
        meaning=tr("Each run of the group was predicted by runs outside the group alone."),
        facts=(
            (tr("Runs"), f"{int(row['runs']):,}"),
            (tr("Median error"), _percent(row["median_error"])),
            (tr("Median factor"), f"{row['median']:.3f}"),
            (tr("Middle 90 %"), f"{row['p05']:.3f} – {row['p95']:.3f}"),
            *((tr("Inside the {level} interval", level=a), b) for a, b in inside),
        ),
    )


def explain_coverage(found: LeftOut, level: str) -> Explanation:
    """How often the truth lies inside."""
    coverage: Coverage = next(c for c in found.coverage if f"{c.nominal:g}" == level)
    worst = sorted(coverage.by_group.items(), key=lambda item: item[1])[:8]
    return Explanation(
        title=tr("Coverage at {level}", level=_percent(coverage.nominal)),
        quantity=None,
        formula=tr("coverage = runs inside the interval ÷ all runs"),
        meaning=tr(
            "{found} of the runs lie inside; over whole groups drawn anew {low} to {high}.",
            found=_percent(coverage.found),
            low=_percent(coverage.low),
            high=_percent(coverage.high),
        ),
        chain=(tr("Each group's interval is calibrated on the residuals of the other groups."),),
        facts=tuple((name, _percent(share)) for name, share in worst),
    )


def explain_score(score: Score) -> Explanation:
    """A row of the contenders' table."""
    return Explanation(
        title=name_words(score.contender),
        quantity=None,
        formula=tr("error = |predicted − measured| ÷ measured"),
        meaning=tr("A naive rival that a prediction has to beat.")
        if score.rival
        else tr("Judged on families that took no part in anything it was made from."),
        facts=(
            (tr("Runs"), f"{score.runs:,}"),
            ("MAPE", _percent(score.mape)),
            (tr("Median error"), _percent(score.median_error)),
            (tr("Median error, device known"), _percent(score.known_device_median_error)),
            (tr("Worst family"), score.worst_group or "–"),
            (tr("Its median error"), _percent(score.worst_group_median_error)),
            *(
                (tr("Inside the {level} interval", level=q.replace("%", " %")), _percent(share))
                for q, share in score.coverage.items()
            ),
        ),
    )


def explain_exponent(learnt: Learnt, exponent: Exponent) -> Explanation:
    """An exponent of the power law."""
    words = tr(EXPONENTS[exponent.name]) if exponent.name in EXPONENTS else exponent.name
    return Explanation(
        title=tr("Exponent of {name}", name=words),
        quantity=Quantity(
            value=exponent.value,
            low=exponent.low,
            high=exponent.high,
            unit="1",
            provenance=Provenance.ESTIMATED,
            source=learnt.model.model_id,
        ),
        formula=learnt.model.formula,
        meaning=tr(
            "Robust (Huber) regression of log energy on the logarithms of the figures; the "
            "interval by drawing whole families anew with replacement."
        ),
        facts=_model(learnt),
    )


def explain_step(learnt: Learnt, found: Shortlist, key: str) -> Explanation:
    """A model that should be measured."""
    row: Any = found.steps.set_index("id").loc[key]
    return Explanation(
        title=tr("Measure next: {name}", name=str(row["name"])),
        quantity=quantity_of(row, "energy_j", "J"),
        formula=tr("gain = covariance with the total² ÷ (its variance + noise)"),
        meaning=tr(
            "Of the interval of {total}, {share} is gone when this and those before it are "
            "measured: it is uncertain, used often, and like others that are; models of one new "
            "device or family narrow together.",
            total=figure(found.total),
            share=_percent(row["narrowing"]),
        ),
        inputs=(
            Explanation(
                title=tr("Energy of the {n} predicted models", n=found.predicted),
                quantity=found.total,
                meaning=found.total.source,
            ),
            Explanation(
                title=tr("Half-width of the total with these measured"), quantity=found.left
            ),
        ),
        facts=(
            (tr("Energy a year"), f"{row['year_kwh']:,.0f} kWh"),
            (tr("Total, interval now"), interval(found.total)),
            *_model(learnt),
        ),
    )


def explain_calculated(title: str, formula: str, quantity: Quantity) -> Explanation:
    """A result of a calculator."""
    return Explanation(
        title=title,
        quantity=quantity,
        formula=formula,
        meaning=quantity.source,
        facts=tuple(
            (name, tr("{n} % of the variance", n=f"{100 * share:.1f}"))
            for name, share in quantity.uncertainty_budget
        ),
    )


def quantity_of(row: Any, name: str, unit: str) -> Quantity:
    """A predicted figure of a row with its interval."""
    return Quantity(
        value=float(row[name]),
        low=float(row[f"{name}_low"]),
        high=float(row[f"{name}_high"]),
        unit=unit,
        provenance=Provenance.PREDICTED,
        source="",
    )


def _runs(learnt: Learnt) -> tuple[str, ...]:
    shipped = learnt.runs["source"].iloc[0] if len(learnt.runs) else ""
    return (
        tr("{n} shipped runs: {source}", n=learnt.shipped, source=str(shipped)),
        *((tr("{n} runs measured here.", n=learnt.local),) if learnt.local else ()),
    )


def _model(learnt: Learnt) -> tuple[tuple[str, str], ...]:
    return (
        (tr("Prediction model"), learnt.model.model_id),
        (tr("Data (SHA-256)"), learnt.model.data_sha256),
    )


def _asked(asked: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    words = {
        **{name: tr(words) for name, (words, _) in FIGURES.items()},
        "device": tr("Device"),
        "precision": tr("Precision"),
        "family": tr("Family"),
    }
    return tuple(
        (words[name], value if isinstance(value, str) else _with_unit(float(value), name))
        for name, value in asked.items()
    )


def _with_unit(value: float, name: str) -> str:
    return f"{short_number(value)} {FIGURES[name][1]}".strip()


def _what(found: LeftOut) -> str:
    return tr("family") if found.leave == "family" else tr("device")


def _provenance(at: int | None) -> Provenance:
    return Provenance.MEASURED if at is None else Provenance.IMPORTED


def _percent(share: float | None) -> str:
    return "–" if share is None or pd.isna(share) else f"{100 * share:.1f} %"
