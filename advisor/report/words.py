"""The sentences of the summary: headline, decisions asked for, and what is not known."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.quantities import Provenance, Quantity
from advisor.rank.option import OptionKind, Verdict
from advisor.report.summary import Action, Summary
from advisor.report.sums import (
    fewest_for,
    largest_by_model,
    provenance_shares,
    saved_together,
)
from advisor.sentences import Sentence, sentence

MOST = 90
"""Percent of a saving after which the actions that bring the rest are told apart."""


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
    """The decisions asked for: what is proposed, and what is recommended and not yet decided."""
    waiting = [a for a in s.options if a.decision is not None and not a.decided]
    if waiting:
        yield _asked(
            waiting,
            sentence("Agree to or reject the proposal under review ({saved})."),
            sentence("Agree to or reject the {count} proposals under review ({saved})."),
        )
    untouched = [a for a in s.actions if a.decision is None]
    free = [a for a in untouched if a.verdict is Verdict.NO_REGRET]
    if free:
        yield _approve(free)
    trade = [a for a in untouched if a.verdict is Verdict.FRONTIER]
    if trade:
        yield _asked(
            trade,
            sentence(
                "Say whether accuracy may be given up on one model: it could then save {saved}."
            ),
            sentence(
                "Say how much accuracy may be given up: {count} models could then save {saved}."
            ),
        )
    retire = [a for a in untouched if a.kind is OptionKind.RETIRE]
    if retire:
        yield sentence(
            "Decide on the retirement of {count} of these models; each has its dossier.",
            count=len(retire),
        )
    breached = sum(r.status_after in ("amber", "red") for r in s.risk)
    if breached:
        yield sentence(
            "Say how the limits are to be met that stay breached after all actions: {count} of "
            "{limits} (risk position).",
            count=breached,
            limits=len(s.risk),
        )
    if not s.actions:
        yield sentence("None: nothing is recommended yet.")
    elif not waiting and not untouched and not breached:
        yield sentence("None: every recommended action has been decided.")


def _approve(free: list[Action]) -> Sentence:
    models = largest_by_model(free)
    few = fewest_for((a.saved.value for a in models), MOST / 100)
    if len(models) < 10 or few > len(models) / 2:
        return _asked(
            free,
            sentence("Approve the action that costs no measurable accuracy ({saved})."),
            sentence(
                "Approve the actions that cost no measurable accuracy on {count} models ({saved})."
            ),
        )
    return sentence(
        "Approve the actions that cost no measurable accuracy on {count} models ({saved}); "
        "the first {few} of them bring {share} % of it.",
        count=len(models),
        saved=saved_together(free),
        few=few,
        share=MOST,
    )


def _asked(actions: list[Action], one: Sentence, many: Sentence) -> Sentence:
    count = len({a.model_id for a in actions})
    values = {"count": count, "saved": saved_together(actions)}
    return (one if count == 1 else many).model_copy(update={"values": values})


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
    if s.embodied_total is not None:
        yield sentence(
            "The carbon of making the hardware ({embodied}) is in none of these figures.",
            embodied=s.embodied_total,
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
