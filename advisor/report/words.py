"""The sentences of the summary: headline, decisions asked for, and what is not known."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.quantities import Provenance, Quantity
from advisor.rank.option import OptionKind, Verdict
from advisor.report.kinds_table import cost_of, days_of
from advisor.report.summary import Action, Summary
from advisor.report.sums import (
    fewest_for,
    gained_by_trade,
    largest_by_model,
    provenance_shares,
    saved_together,
)
from advisor.sentences import Sentence, sentence

MOST = 90
"""Percent of a saving after which the actions that bring the rest are told apart."""


def _empty(s: Summary) -> bool:
    return not (s.models or s.options or s.measured)


def headline_of(s: Summary) -> Sentence:
    """The headline in one sentence, with its figure and interval."""
    if _empty(s):
        return sentence("Nothing has been measured or entered yet.")
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
        yield from _approve(free)
    trade = [a for a in untouched if a.verdict is Verdict.FRONTIER]
    if trade:
        yield _trade(trade, gained_by_trade(s.actions, trade))
    retire = [a for a in untouched if a.kind is OptionKind.RETIRE]
    if retire:
        yield sentence(
            "Decide on the retirement of {count} of these models; each has its dossier.",
            count=len(retire),
        )
    breached = sum(r.status_after in ("amber", "red") for r in s.risk)
    if breached:
        yield sentence(
            "Say how the risk limits are to be kept: {count} of {limits} stay breached even after "
            "all actions.",
            count=breached,
            limits=len(s.risk),
        )
    if not s.actions:
        yield sentence("None: nothing is recommended yet.")
    elif not waiting and not untouched and not breached:
        yield sentence("None: every recommended action has been decided.")


def _trade(trade: list[Action], gained: Quantity | None) -> Sentence:
    """What is asked about accuracy: to keep it where giving it up gains nothing to be told."""
    if gained is not None and gained.low <= 0:
        one = sentence(
            "Keep the accuracy: to give some up on one model saves no distinguishable amount more "
            "({saved.interval})."
        )
        many = sentence(
            "Keep the accuracy: to give some up on {count} models saves no distinguishable amount "
            "more ({saved.interval})."
        )
        return _asked(trade, one, many, gained)
    one = sentence(
        "Say whether accuracy may be given up on one model: that would save {saved} more "
        "({saved.interval})."
    )
    many = sentence(
        "Say how much accuracy may be given up: on {count} models that would save {saved} more "
        "({saved.interval})."
    )
    return _asked(trade, one, many, gained)


def _approve(free: list[Action]) -> Iterator[Sentence]:
    models = largest_by_model(free)
    if len(models) == 1:
        one = models[0]
        words = (
            sentence(
                "Approve {action} in place of {model}: it saves {saved} and loses no measurable "
                "accuracy."
            )
            if _measured(one)
            else sentence(
                "Approve for {model}: {action}; it saves {saved} and loses no measurable accuracy."
            )
        )
        values = {"model": one.model, "action": one.name, "saved": one.saved}
        yield words.model_copy(update={"values": values})
        return
    few = fewest_for((a.saved.value for a in models), MOST / 100)
    if len(models) >= 10 and few <= len(models) / 2:
        # What is worth doing first: the rest may cost most of the money for what nobody notices.
        yield _priced(
            sorted(models, key=lambda a: -a.saved.value)[:few],
            sentence(
                "Approve the {count} largest actions without measurable loss of accuracy: "
                "{share} % of the saving ({saved})."
            ),
            sentence(
                "Approve the {count} largest actions without measurable loss of accuracy: "
                "{share} % of the saving ({saved}; once {cost} and {days} engineer days)."
            ),
        )
        yield _priced(
            models,
            sentence("Or all {count} of them ({saved})."),
            sentence("Or all {count} of them ({saved}; once {cost} and {days} engineer days)."),
        )
        return
    yield _priced(
        models,
        sentence(
            "Approve the actions that cost no measurable accuracy on {count} models ({saved})."
        ),
        sentence(
            "Approve the actions that cost no measurable accuracy on {count} models ({saved}; once "
            "{cost} and {days} engineer days)."
        ),
    )


def _priced(actions: list[Action], bare: Sentence, priced: Sentence) -> Sentence:
    """One of two sentences: with what the actions cost once, or without where it is not known."""
    values = {"count": len(actions), "saved": saved_together(actions), "share": MOST}
    cost, days = cost_of(actions), days_of(actions)
    if cost is None or days is None:
        return bare.model_copy(update={"values": values})
    values |= {"cost": cost, "days": f"{days:,.0f}"}
    return priced.model_copy(update={"values": values})


def _asked(
    actions: list[Action], one: Sentence, many: Sentence, saved: Quantity | None = None
) -> Sentence:
    count = len({a.model_id for a in actions})
    values = {"count": count, "saved": saved or saved_together(actions)}
    return (one if count == 1 else many).model_copy(update={"values": values})


def unknowns_of(s: Summary) -> Iterator[Sentence]:
    """What the figures leave open, in the order of its weight."""
    if _empty(s):
        yield sentence("Everything: drop model files into the window, or import an inventory.")
    missing = sum(1 for row in s.footprint if row.carbon is None)
    if missing:
        yield sentence(
            "The footprint of {missing} of {models} models is unknown and is in no sum.",
            missing=missing,
            models=s.models,
        )
    yield from _weak_evidence(s)
    actions = largest_by_model(s.actions) if s.models > 1 else s.actions
    expected = [a for a in actions if a.evidence and not _measured(a)]
    if expected:
        yield sentence(
            "{count} of {actions} recommended actions rest on expected effects or on accuracy as "
            "reported; the models themselves were not measured before and after.",
            count=len(expected),
            actions=len(actions),
        )
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


def _measured(a: Action) -> bool:
    return all(reference.startswith("measurement:") for reference in a.evidence)


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
