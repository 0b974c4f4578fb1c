"""From what the rooms below found out to a `Summary`: one order, sums, decisions, sentences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from advisor.portfolio import Decision
from advisor.portfolio.review import due
from advisor.quantities import Provenance, Quantity
from advisor.rank.option import OptionKind, Recommendation, Verdict
from advisor.report.summary import (
    Action,
    DecisionRow,
    EvidenceReference,
    FootprintRow,
    Logo,
    MeasuredRow,
    Restatement,
    RiskRow,
    Summary,
)
from advisor.report.sums import largest_by_model, saved_together, sum_known
from advisor.report.words import asks_of, headline_of, unknowns_of
from advisor.sentences import Sentence


def summarise(
    *,
    project: str,
    as_of: date,
    footprint: Sequence[FootprintRow],
    recommendations: Sequence[Recommendation],
    names: Mapping[str, str] | None = None,
    decisions: Sequence[Decision] = (),
    organisation: str = "",
    logo: Logo | None = None,
    fictitious: bool = False,
    risk: Sequence[RiskRow] = (),
    measured: Sequence[MeasuredRow] = (),
    restatements: Sequence[Restatement] = (),
    evidence: Sequence[EvidenceReference] = (),
    notes: Sequence[Sentence] = (),
    basis: Sequence[Sentence] = (),
    log_head: str | None = None,
    program: str = "",
) -> Summary:
    """A `Summary` from what the rooms below found out.

    `names` maps model ids to names, `decisions` are those of the review, each about an option by
    its id; `notes` are further sentences about what is not known,
    `basis` says what the figures rest on.
    """
    known = {row.id: row.name for row in footprint} | dict(names or {})
    options = _actions(recommendations, known, {d.id: d for d in decisions}, as_of)
    draft = Summary(
        project=project,
        as_of=as_of,
        organisation=organisation,
        logo=logo,
        fictitious=fictitious,
        headline=Sentence(template=""),
        models=len(footprint),
        footprint=tuple(footprint),
        footprint_total=sum_known(row.carbon for row in footprint),
        footprint_market_total=sum_known(row.carbon_market for row in footprint),
        energy_total=sum_known(row.energy for row in footprint),
        embodied_total=sum_known(row.embodied for row in footprint),
        options=tuple(options),
        saved_no_regret=saved_together(a for a in options if _costs_nothing(a)),
        saved_most=saved_together(a for a in options if a.recommended),
        risk=tuple(risk),
        basis=tuple(basis),
        measured=tuple(measured),
        decisions=tuple(_decisions(decisions, options, known)),
        restatements=tuple(restatements),
        evidence=tuple(evidence),
        log_head=log_head,
        program=program,
    )
    return draft.model_copy(
        update={
            "headline": headline_of(draft),
            "decisions_asked": tuple(asks_of(draft)),
            "unknowns": (*unknowns_of(draft), *notes),
        }
    )


def _actions(
    recommendations: Sequence[Recommendation],
    names: Mapping[str, str],
    decisions: Mapping[str, Decision],
    as_of: date,
) -> list[Action]:
    waiting = {d.id for d in due(decisions.values(), as_of)}
    actions = [
        Action(
            id=r.option.id,
            model_id=r.option.model_id,
            model=names.get(r.option.model_id, r.option.model_id),
            name=r.option.name,
            kind=r.option.kind,
            verdict=r.verdict,
            place=r.place,
            place_low=r.place_low,
            place_high=r.place_high,
            saved=r.option.carbon_saved_kg,
            footprint_after=r.option.carbon_kg,
            accuracy_loss=r.option.accuracy_loss,
            cost=r.option.one_off_cost,
            engineer_days=r.option.engineer_days,
            incremental=r.incremental_kg_per_point,
            probability=r.probability_best,
            reason=r.reason,
            decision=decisions[r.option.id].state.value if r.option.id in decisions else None,
            decided=r.option.id in decisions and r.option.id not in waiting,
            evidence=r.option.evidence,
        )
        for r in recommendations
    ]
    return _in_order(actions)


def _in_order(actions: list[Action]) -> list[Action]:
    """Recommended actions first. Places of several models become one order.

    Each model is ranked on its own plane; over models, what costs no accuracy comes first by carbon
    saved, then the steps along the frontiers by carbon saved per point given up. Of several actions
    of one model that cost no accuracy the largest stands for all; the others keep no place.
    """
    places = [a.place for a in actions if a.place is not None]
    if len(set(places)) == len(places):
        return sorted(actions, key=lambda a: (a.place is None, a.place or 0))
    largest = {id(a) for a in largest_by_model(a for a in actions if _costs_nothing(a))}
    listed = [a for a in actions if a.recommended and (not _costs_nothing(a) or id(a) in largest)]
    listed.sort(key=_urgency)
    numbered = [
        a.model_copy(update={"place": n, "place_low": None, "place_high": None})
        for n, a in enumerate(listed, start=1)
    ]
    kept = {id(a) for a in listed}
    others = [a.model_copy(update={"place": None}) for a in actions if id(a) not in kept]
    return [*numbered, *others]


def _costs_nothing(a: Action) -> bool:
    return a.recommended and a.verdict is Verdict.NO_REGRET


def _urgency(a: Action) -> tuple[bool, float, float]:
    ratio = a.incremental.value if a.incremental is not None else 0.0
    return (not _costs_nothing(a), 0.0 if _costs_nothing(a) else -ratio, -a.saved.value)


def _decisions(
    decisions: Iterable[Decision], options: Sequence[Action], names: Mapping[str, str]
) -> list[DecisionRow]:
    """The decisions, the latest first; the saving is the one that was before those who decided."""
    actions = {a.id: a for a in options}
    rows: list[DecisionRow] = []
    for d in decisions:
        if not d.steps:
            continue
        last, action = d.steps[-1], actions.get(d.id)
        rows.append(
            DecisionRow(
                id=d.id,
                model=names.get(d.model_id, d.model_id),
                name=action.name if action else d.option,
                kind=OptionKind(d.kind),
                state=d.state.value,
                by=last.by,
                on=last.on,
                reason=last.reason,
                saved=_as_decided(d, action),
                until=d.deferred_until or d.retire_on,
            )
        )
    return sorted(rows, key=lambda r: r.on, reverse=True)


def _as_decided(d: Decision, action: Action | None) -> Quantity | None:
    if d.saved_kg is None:
        return None
    return Quantity.from_interval(
        d.saved_kg,
        d.saved_kg if d.saved_low_kg is None else d.saved_low_kg,
        d.saved_kg if d.saved_high_kg is None else d.saved_high_kg,
        "kgCO2e/year",
        action.saved.provenance if action else Provenance.ESTIMATED,
        str(d.evidence) or "decision",
        f"saving {d.id}",
    )
