"""What options share apart from what is their own: level and order are not equally uncertain."""

from __future__ import annotations

from collections.abc import Sequence

from advisor.quantities import Quantity
from advisor.rank.option import Option


def own_savings(options: Sequence[Option]) -> dict[str, Quantity]:
    """Option id → carbon saved, its interval from what not all options share; kgCO2e/year.

    A named source that stands in every saving (meter gain, grid intensity, volume, the windows of
    the model in use) moves all of them together: it says how much is saved, not by which option.
    First order, by the spread of `Quantity`.
    """
    savings = {o.id: o.carbon_saved_kg for o in options if o.carbon_saved_kg.spread}
    if len(savings) < 2:
        return {o.id: o.carbon_saved_kg for o in options}
    shared = set.intersection(*(set(q.spread) for q in savings.values()))
    return {
        o.id: Quantity.from_spread(
            o.carbon_saved_kg.value,
            o.carbon_saved_kg.unit,
            o.carbon_saved_kg.provenance,
            o.carbon_saved_kg.source,
            {name: s for name, s in o.carbon_saved_kg.spread.items() if name not in shared},
            log=False,
        )
        for o in options
    }
