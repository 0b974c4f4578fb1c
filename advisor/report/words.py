"""The sentences of the summary: headline, decisions asked for, and what is not known."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from advisor.quantities import Provenance, Quantity
from advisor.rank.option import OptionKind, Verdict
from advisor.sentences import Sentence, sentence

if TYPE_CHECKING:
    from advisor.report.summary import Summary


def headline_of(s: Summary) -> Sentence:
    """The headline in one sentence, with its figure and interval."""
    count = len({a.model_id for a in s.actions if a.verdict is Verdict.NO_REGRET})
    saved = s.saved_no_regret
    if saved is not None and s.models == 1:
        return sentence(
            "Changing the model in use would save {saved} (95 % interval {saved.interval}) "
            "without measurable loss of accuracy.",
            saved=saved,
        )
    if saved is not None and s.footprint_total is not None:
        return sentence(
            "Changing {count} of {models} models would save {saved} "
            "(95 % interval {saved.interval}), {share} of what they emit today, "
            "without measurable loss of accuracy.",
            count=count,
            models=s.models,
            saved=saved,
            share=percent(saved, s.footprint_total),
        )
    if saved is not None:
        return sentence(
            "Changing {count} of {models} models would save {saved} "
            "(95 % interval {saved.interval}) without measurable loss of accuracy.",
            count=count,
            models=s.models,
            saved=saved,
        )
    if s.saved_most is not None:
        return sentence(
            "Up to {saved} (95 % interval {saved.interval}) can be saved, all of it at the price "
            "of some accuracy.",
            saved=s.saved_most,
        )
    if s.footprint_total is not None:
        return sentence(
            "The {models} models emit {emitted} (95 % interval {emitted.interval}); no change "
            "examined saves a distinguishable amount of carbon.",
            models=s.models,
            emitted=s.footprint_total,
        )
    return sentence("The footprint of the {models} models is not known yet.", models=s.models)


def asks_of(s: Summary) -> Iterator[Sentence]:
    """The decisions asked for: what is recommended and not yet decided."""
    open_actions = [a for a in s.actions if a.decision is None]
    no_regret = {a.model_id for a in open_actions if a.verdict is Verdict.NO_REGRET}
    trade = {a.model_id for a in open_actions if a.verdict is Verdict.FRONTIER}
    retire = {a.model_id for a in open_actions if a.kind is OptionKind.RETIRE}
    saved = s.saved_no_regret
    if no_regret and saved is not None:
        yield (
            sentence("Approve the action that costs no measurable accuracy ({saved}).", saved=saved)
            if len(no_regret) == 1
            else sentence(
                "Approve the actions that cost no measurable accuracy on {count} models ({saved}).",
                count=len(no_regret),
                saved=saved,
            )
        )
    if trade and s.saved_most is not None:
        yield sentence(
            "Say how much accuracy may be given up: on {count} models further savings are "
            "possible (up to {saved} in all).",
            count=len(trade),
            saved=s.saved_most,
        )
    if retire:
        yield sentence(
            "Decide on the retirement of {count} models; a dossier for each is attached.",
            count=len(retire),
        )
    for row in s.risk:
        if row.status_after in ("amber", "red"):
            yield sentence(
                "Say how the limit of “{name}” is to be met: it stays breached after all "
                "recommended actions.",
                name=row.name.template,
            )
    if not open_actions and s.actions:
        yield sentence("None: every recommended action has been decided.")
    elif not s.actions:
        yield sentence("None: nothing is recommended yet.")


def unknowns_of(s: Summary) -> Iterator[Sentence]:
    """What the figures leave open, in the order of its weight."""
    missing = sum(1 for row in s.footprint if row.carbon is None)
    if missing:
        yield sentence(
            "The footprint of {missing} of {models} models is unknown and is in no sum.",
            missing=missing,
            models=s.models,
        )
    yield from _weak_evidence(s)
    no_accuracy = {a.model_id for a in s.options if a.verdict is Verdict.UNKNOWN}
    if no_accuracy:
        yield sentence(
            "The accuracy of options for {count} models is unknown; they are not recommended.",
            count=len(no_accuracy),
        )
    undistinguished = sum(1 for a in s.options if a.verdict is Verdict.NO_DIFFERENCE)
    if undistinguished:
        yield sentence(
            "For {count} options no difference can be distinguished from noise.",
            count=undistinguished,
        )
    if s.footprint_total is not None and s.footprint_market_total is None:
        yield sentence(
            "Carbon is location-based; without contract evidence no market-based figure is given."
        )
    if any(a.recommended and a.cost is None and a.engineer_days is None for a in s.options):
        yield sentence("The one-off cost of some recommended actions has not been entered.")
    estimated = [m for m in s.measured if m.energy.provenance is Provenance.ESTIMATED]
    if estimated:
        yield sentence(
            "No energy counter could be read for {count} measurements: their energy is "
            "estimated from processor time.",
            count=len(estimated),
        )


def _weak_evidence(s: Summary) -> Iterator[Sentence]:
    from advisor.report.summary import provenance_shares

    weak = sum(
        share
        for kind, share in provenance_shares(s.footprint).items()
        if kind in (Provenance.ESTIMATED, Provenance.PREDICTED)
    )
    if weak > 0:
        yield sentence(
            "{share} % of the known footprint is estimated or predicted, not measured.",
            share=round(100 * weak),
        )


def percent(part: Quantity, whole: Quantity) -> Quantity:
    """A share as a percentage; uncertainty that both figures have in common cancels."""
    return (part / whole).to("percent")
