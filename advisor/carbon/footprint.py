"""Joules to kgCO2e a year, by part of the life cycle.

    production = energy per inference · inferences per year · PUE · grid intensity
    standing   = standing power · hours reserved · PUE · grid intensity
    training   = runs per year · energy of a run · PUE · grid intensity
    embodied   = total embodied · (time ÷ lifetime) · share of the machine      (ISO/IEC 21031, M)
    SCI        = (E · I + M) per inference, E with PUE and standing energy, I location-based

Sources: ISO/IEC 21031:2024 (Software Carbon Intensity), GHG Protocol scope 2 guidance, ISO/IEC
30134-2 (PUE), Cloud Carbon Footprint methodology (embodied).
"""

from __future__ import annotations

from pydantic import BaseModel

from advisor.carbon.errors import CarbonError
from advisor.profiles import layered_rows
from advisor.quantities import Provenance, Quantity, total
from advisor.sentences import sentence

PER_YEAR = "kgCO2e/year"
HOURS_PER_YEAR = 8766.0


class _EmbodiedRow(BaseModel):
    item: str
    carbon_kg: float
    lifetime_years: float
    relative_std: float
    source: str


def calls_quantity(calls_per_year: Quantity | float) -> Quantity:
    """Inferences per year; a bare number is declared by the user. Raises `CarbonError` below 0."""
    calls = (
        calls_per_year
        if isinstance(calls_per_year, Quantity)
        else Quantity.exact(
            float(calls_per_year), "inference/year", Provenance.DECLARED, "inferences per year"
        )
    )
    if calls.value < 0:
        raise CarbonError(sentence("Inferences per year cannot be negative; correct them."))
    return calls


def pue_quantity(pue: Quantity | float, *, relative_std: float = 0.03, site: str = "") -> Quantity:
    """Power usage effectiveness, at least 1; a bare number is declared.

    The default uncertainty of 3 % is that of the two meters behind a yearly PUE (ISO/IEC 30134-2
    category 2: revenue meters of class 1 to 2 at both ends). Raises `CarbonError` below 1.
    """
    quantity = (
        pue
        if isinstance(pue, Quantity)
        else Quantity.from_spread(
            float(pue),
            "1",
            Provenance.DECLARED,
            f"PUE{' of ' + site if site else ''}",
            {f"PUE{' ' + site if site else ''}": relative_std * (float(pue) - 1.0)},
        )
    )
    if quantity.value < 1.0:
        raise CarbonError(
            sentence("A PUE below 1 does not exist (given: {pue}); correct it.", pue=quantity.value)
        )
    return quantity


def annual_footprint(
    energy_j: Quantity,
    calls_per_year: Quantity | float,
    pue: Quantity | float,
    grid: Quantity,
) -> Quantity:
    """Production carbon of a model in kgCO2e/year.

    `energy_j` is joules per inference (unit J/inference, or J meant per inference), `grid` is in
    gCO2e/kWh. Raises `UnitError` for other dimensions and `CarbonError` for impossible values.
    """
    energy = per_inference(energy_j)
    return (energy * calls_quantity(calls_per_year) * pue_quantity(pue) * grid).to(PER_YEAR)


def per_inference(energy_j: Quantity) -> Quantity:
    """The figure in J/inference; one given in plain joules is meant per inference."""
    if "inference" in energy_j.unit:
        return energy_j.to("J/inference")
    return energy_j.to("J").model_copy(update={"unit": "J/inference"})


def standing_footprint(
    standing_power_w: Quantity,
    reserved_share: float,
    pue: Quantity | float,
    grid: Quantity,
    *,
    hours_per_year: float = HOURS_PER_YEAR,
) -> Quantity:
    """Carbon of what is kept on for the model around the clock, in kgCO2e/year.

    `standing_power_w` is the machine's idle power, `reserved_share` the part held for the model.
    """
    hours = Quantity.exact(hours_per_year, "h/year", Provenance.DECLARED, "hours on")
    return (standing_power_w * reserved_share * hours * pue_quantity(pue) * grid).to(PER_YEAR)


def training_footprint(
    energy_per_run: Quantity, runs_per_year: float, pue: Quantity | float, grid: Quantity
) -> Quantity:
    """Carbon of training and retraining in kgCO2e/year; `energy_per_run` in any energy unit."""
    runs = Quantity.exact(runs_per_year, "1/year", Provenance.DECLARED, "training runs per year")
    return (energy_per_run * runs * pue_quantity(pue) * grid).to(PER_YEAR)


def embodied_footprint(
    item: str,
    share: float,
    *,
    pieces: float = 1.0,
    lifetime_years: float | None = None,
) -> Quantity:
    """Embodied carbon of hardware, amortised evenly over its life, in kgCO2e/year.

    `item` is a row of `profiles/cloud/embodied.csv` (`server`, `gpu`, `h100`, `a100`); `share` is
    the model's part of it (time and resource, 0 to 1). Raises `CarbonError` for an unknown item.
    """
    rows = layered_rows("cloud", "embodied.csv", _EmbodiedRow, lambda r: r.item)
    if item not in rows:
        raise CarbonError(
            sentence(
                "No embodied carbon is known for “{item}”; use one of {known}.",
                item=item,
                known=", ".join(rows),
            )
        )
    row, profile = rows[item]
    a_year = row.carbon_kg * pieces * share / (lifetime_years or row.lifetime_years)
    return Quantity.from_spread(
        a_year,
        PER_YEAR,
        profile.header.provenance,
        f"{row.source} ({profile.citation})",
        {f"embodied {item}": a_year * row.relative_std},
    )


def sci(parts: list[Quantity], calls_per_year: Quantity | float) -> Quantity:
    """Software Carbon Intensity per inference in gCO2e/inference (ISO/IEC 21031).

    `parts` are the yearly figures that belong to it: production and standing energy at the
    location-based intensity, and embodied; no contracts, no offsets. Raises `CarbonError` without
    inferences.
    """
    calls = calls_quantity(calls_per_year)
    if calls.value == 0:
        raise CarbonError(
            sentence("Carbon per inference needs inferences: this model has none in the year.")
        )
    return (total(parts, "SCI: operational and embodied") / calls).to("gCO2e/inference")
