"""Sums over rows of a summary: what is known is added, what is missing is said elsewhere."""

from __future__ import annotations

from collections.abc import Iterable

from advisor.quantities import Provenance, Quantity, total
from advisor.rank.option import Verdict
from advisor.report.summary import Action, FootprintRow


def sum_known(figures: Iterable[Quantity | None]) -> Quantity | None:
    """The sum of the figures that are known; None when none is. What is missing is said elsewhere.

    The terms' sources are many: the sum is named by what it is, and keeps the weakest provenance.
    """
    items = [q for q in figures if q is not None]
    if len(items) == 1:
        return items[0]  # its own interval may be narrower than first order says
    return total(items) if items else None


def provenance_shares(rows: Iterable[FootprintRow]) -> dict[Provenance, float]:
    """Share of the known footprint by how its energy was got, strongest first; empty if unknown."""
    by_kind: dict[Provenance, float] = {}
    for row in rows:
        if row.carbon is not None:
            kind = energy_provenance(row, row.carbon)
            by_kind[kind] = by_kind.get(kind, 0.0) + row.carbon.value
    whole = sum(by_kind.values())
    if whole <= 0:
        return {}
    return {kind: by_kind[kind] / whole for kind in Provenance if kind in by_kind}


def energy_provenance(row: FootprintRow, carbon: Quantity) -> Provenance:
    """How the energy behind a footprint was got; volumes are always declared and do not count."""
    return row.energy_per_call.provenance if row.energy_per_call is not None else carbon.provenance


def largest_by_model(actions: Iterable[Action]) -> list[Action]:
    """Of each model the action that saves most: options of one model exclude each other."""
    largest: dict[str, Action] = {}
    for action in actions:
        best = largest.get(action.model_id)
        if best is None or action.saved.value > best.saved.value:
            largest[action.model_id] = action
    return list(largest.values())


def saved_together(actions: Iterable[Action]) -> Quantity | None:
    """What actions save together, one a model; None when there is none."""
    return sum_known(a.saved for a in largest_by_model(actions))


def gained_by_trade(actions: Iterable[Action], trade: Iterable[Action]) -> Quantity | None:
    """What giving up accuracy saves beyond what the same models save without; None for no trade."""
    free = {a.model_id: a for a in largest_by_model(a for a in actions if _free(a))}
    return sum_known(
        a.saved - free[a.model_id].saved if a.model_id in free else a.saved
        for a in largest_by_model(trade)
    )


def _free(a: Action) -> bool:
    return a.verdict is Verdict.NO_REGRET


def fewest_for(savings: Iterable[float], share: float) -> int:
    """How many of the largest savings bring a share (0 to 1) of them all."""
    ordered = sorted((s for s in savings if s > 0), reverse=True)
    wanted, so_far = share * sum(ordered), 0.0
    for count, saved in enumerate(ordered, start=1):
        so_far += saved
        if so_far >= wanted:
            return count
    return len(ordered)
