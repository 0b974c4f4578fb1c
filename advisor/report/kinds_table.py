"""The recommended actions by kind: what a whole programme saves, costs and takes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from advisor.quantities import Quantity
from advisor.rank.option import OptionKind, Verdict
from advisor.report.summary import Action, Summary
from advisor.report.sums import largest_by_model, sum_known
from advisor.report.table import Cell, Column, Table, column_unit, whole_days
from advisor.sentences import Sentence, sentence

KINDS: dict[OptionKind, Sentence] = {
    OptionKind.RETIRE: sentence("Retire the model"),
    OptionKind.MOVE: sentence("Move to cleaner electricity"),
    OptionKind.QUANTISE: sentence("Compute with fewer bits"),
    OptionKind.SHRINK: sentence("Make the model smaller"),
    OptionKind.REPLACE: sentence("Replace by a smaller model"),
    OptionKind.BATCH: sentence("Answer in batches"),
    OptionKind.CACHE: sentence("Keep answers for next time"),
    OptionKind.CASCADE: sentence("Let a small model answer first"),
}


def kinds_table(s: Summary) -> Table:
    """One line a kind, the one that saves most first; no rows for a single model's options."""
    chosen = largest_by_model(s.actions) if s.models > 1 else []
    groups: dict[OptionKind, list[Action]] = {}
    for action in chosen:
        groups.setdefault(action.kind, []).append(action)
    ordered = sorted(groups.items(), key=lambda g: -sum(a.saved.value for a in g[1]))
    sums = [sum_known(a.saved for a in members) for _, members in ordered]
    unit = cost_unit(chosen)
    days = any(a.engineer_days is not None for a in chosen)

    def line(name: Cell, members: Sequence[Action], saved: Quantity | None) -> tuple[Cell, ...]:
        return (
            name,
            len(members),
            saved,
            sum(a.verdict is Verdict.FRONTIER for a in members),
            *([cost_of(members)] if unit else []),
            *([whole_days(days_of(members))] if days else []),
        )

    return Table(
        key="kinds",
        title=sentence("Recommended actions by kind"),
        columns=(
            Column(sentence("What is to be done"), weight=2.6),
            Column(sentence("Models"), figures=True, weight=0.7),
            Column(sentence("Saves"), column_unit(sums, "kgCO2e/year"), figures=True, weight=1.3),
            Column(sentence("Giving up accuracy"), figures=True, weight=1.2),
            *([Column(sentence("One-off cost"), unit, figures=True)] if unit else []),
            *([Column(sentence("Engineer days"), figures=True)] if days else []),
        ),
        rows=tuple(
            line(KINDS.get(kind, sentence(kind.value)), members, saved)
            for (kind, members), saved in zip(ordered, sums, strict=True)
        ),
        total=line(sentence("All recommended actions"), chosen, sum_known(a.saved for a in chosen))
        if chosen
        else None,
        note=_price(chosen),
    )


def cost_unit(actions: Iterable[Action]) -> str | None:
    """The currency of the one-off costs; None where none is known."""
    return next((a.cost.unit for a in actions if a.cost is not None), None)


def cost_of(actions: Iterable[Action]) -> Quantity | None:
    """One-off cost of actions, as far as it is known; None where nothing is."""
    known = [a.cost for a in actions if a.cost is not None]
    return sum_known(c for c in known if c.unit == known[0].unit)


def days_of(actions: Iterable[Action]) -> float | None:
    """Engineer days of actions, as far as they are known; None where nothing is."""
    known = [a.engineer_days for a in actions if a.engineer_days is not None]
    return sum(known) if known else None


def _price(actions: Sequence[Action]) -> Sentence | None:
    """What a tonne saved every year costs once: the figure by which a board compares ways."""
    costed = [a for a in actions if a.cost is not None]
    cost, saved = cost_of(costed), sum_known(a.saved for a in costed)
    if cost is None or saved is None or saved.low <= 0 or cost.value <= 0:
        return None
    price = (cost / saved.to("tCO2e/year")).model_copy(update={"unit": cost.unit})
    return sentence(
        "Each tonne saved every year costs {price} once ({price.interval}).", price=price
    )
