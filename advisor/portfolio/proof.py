"""Proof of retirement: after its day a model's energy has to be zero, by its meter.

What was saved is worked out from metered months where they lie on both sides of the day; else it is
what was expected less what still runs, and says so.
"""

from __future__ import annotations

from datetime import date

import pandas as pd
from pydantic import BaseModel, ConfigDict

from advisor.portfolio.kept_plan import METER_HALF_WIDTH
from advisor.portfolio.review import Decision, State
from advisor.quantities import Z95, Provenance, Quantity
from advisor.sentences import Sentence, sentence

MONTHS_BEFORE = 12


class Proof(BaseModel):
    """Whether a retired model is quiet, and what was saved beside what was expected."""

    model_config = ConfigDict(frozen=True)

    model_id: str
    alarm: bool
    """It still runs, or nobody meters it."""
    quiet: bool
    months: int
    """Metered months after the day."""
    energy_since: Quantity | None
    realised: Quantity | None
    """kgCO2e a year; None while nobody meters the model."""
    expected_kg: float | None
    said: Sentence
    basis: Sentence


def proof_of_retirement(
    decision: Decision, on: date, metered: pd.DataFrame, grids: dict[str, float]
) -> Proof | None:
    """The proof on a day; None before the day of retirement, or where nothing is retired.

    `metered` as `advisor.portfolio.metered.metered_frame`; `grids` are gCO2e/kWh by model id. The
    month in which the day falls counts on neither side.
    """
    day = decision.retire_on
    agreed = decision.state in (State.AGREED, State.RETIRED) and decision.kind == "retire"
    if day is None or not agreed or on <= day:
        return None
    model = decision.model_id
    before, after = _sides(metered, model, day)
    energy = _energy(after, model) if len(after) else None
    quiet = energy is not None and not energy.low > 0
    realised, basis = _realised(decision, metered, grids, before, after)
    return Proof(
        model_id=model,
        alarm=not quiet,
        quiet=quiet,
        months=len(after),
        energy_since=energy,
        realised=realised,
        expected_kg=decision.saved_kg,
        said=_said(model, energy, quiet),
        basis=basis,
    )


def _sides(metered: pd.DataFrame, model: str, day: date) -> tuple[pd.DataFrame, pd.DataFrame]:
    mine = metered[metered["id"] == model].sort_values("month")
    first = day.replace(day=1)
    clean = day.day == 1
    after = mine[[m > first or (clean and m == first) for m in mine["month"]]]
    before = mine[[m < first for m in mine["month"]]].tail(MONTHS_BEFORE)
    return before, after


def _energy(rows: pd.DataFrame, model: str) -> Quantity:
    kwh = float(rows["energy_kwh"].sum())
    return Quantity.from_spread(
        kwh,
        "kWh",
        Provenance.IMPORTED,
        f"{len(rows)} metered months of {model}",
        {f"meter of {model}": METER_HALF_WIDTH * kwh / Z95},
        log=False,
    )


def _said(model: str, energy: Quantity | None, quiet: bool) -> Sentence:
    if energy is None:
        return sentence("{model} should be retired, but nobody meters it: no proof.", model=model)
    if quiet:
        return sentence("{model} is quiet since its day of retirement.", model=model)
    return sentence(
        "{model} still runs: {energy} since its day of retirement.", model=model, energy=energy
    )


def _realised(
    decision: Decision,
    metered: pd.DataFrame,
    grids: dict[str, float],
    before: pd.DataFrame,
    after: pd.DataFrame,
) -> tuple[Quantity | None, Sentence]:
    grid = grids.get(decision.model_id)
    if after.empty or grid is None or decision.retire_on is None:
        return None, sentence("Savings are not proven before a metered month after the day.")
    left = _yearly(after, grid, decision.model_id)
    inherited = _inherited(decision, metered, grids)
    if len(before) and inherited is not None:
        saved = _yearly(before, grid, decision.model_id + " before") - left - inherited
        return saved, sentence(
            "Metered: {before} months before the day, {after} after, the increase of what took "
            "over charged.",
            before=len(before),
            after=len(after),
        )
    if decision.saved_kg is None:
        return None, sentence("Nobody metered it before the day, and no saving was expected.")
    expected = Quantity.from_interval(
        decision.saved_kg,
        decision.saved_kg if decision.saved_low_kg is None else decision.saved_low_kg,
        decision.saved_kg if decision.saved_high_kg is None else decision.saved_high_kg,
        "kgCO2e/year",
        Provenance.ESTIMATED,
        "expected saving",
        f"saving {decision.id}",
    )
    return expected - left, sentence(
        "Nobody metered both sides of the day: the expected saving less what still runs."
    )


def _inherited(
    decision: Decision, metered: pd.DataFrame, grids: dict[str, float]
) -> Quantity | None:
    """Increase of the model that took over; zero where none did, None where nobody metered it."""
    other = decision.fallback
    if other is None or decision.retire_on is None or other in ("rule", "human"):
        return Quantity.exact(0.0, "kgCO2e/year", Provenance.DECLARED, "no model took over")
    before, after = _sides(metered, other, decision.retire_on)
    grid = grids.get(other)
    if before.empty or after.empty or grid is None:
        return None
    return _yearly(after, grid, other) - _yearly(before, grid, other + " before")


def _yearly(rows: pd.DataFrame, grid: float, what: str) -> Quantity:
    kg = 12 * float(rows["energy_kwh"].mean()) * grid / 1000
    return Quantity.from_spread(
        kg,
        "kgCO2e/year",
        Provenance.IMPORTED,
        f"metered months of {what}",
        {f"meter of {what}": METER_HALF_WIDTH * kg / Z95},
        log=False,
    )
