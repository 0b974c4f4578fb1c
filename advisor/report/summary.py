"""The noun `Summary`: everything a document says, as figures and sentences, before any layout.

`summarise` makes it out of the nouns of the rooms below; the documents are renderers of it, so they
cannot disagree. A `Summary` has no language: its `Sentence`s are put into words where they are
shown. It holds the project's date, never the clock's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from pydantic import BaseModel, ConfigDict

from advisor.quantities import Provenance, Quantity, total
from advisor.rank.option import OptionKind, Recommendation, Verdict
from advisor.report.words import asks_of, headline_of, unknowns_of
from advisor.sentences import Sentence


class _Noun(BaseModel):
    model_config = ConfigDict(frozen=True)


class Logo(_Noun):
    """The bank's mark as it stands in the project."""

    media_type: str
    """`image/svg+xml`, `image/png` or `image/jpeg`."""
    base64: str


class FootprintRow(_Noun):
    """One model and what a year of it emits. None is unknown, never zero."""

    id: str
    name: str
    group: str | None = None
    """Business line, for the summary table."""
    owner: str | None = None
    stage: str | None = None
    tier: int | None = None
    region: str | None = None
    hardware: str | None = None
    calls_per_year: float | None = None
    energy_per_call: Quantity | None = None
    """Joules per inference."""
    energy: Quantity | None = None
    """Electric energy, kWh/year."""
    carbon: Quantity | None = None
    """Location-based, kgCO2e/year."""
    carbon_market: Quantity | None = None
    """Market-based, kgCO2e/year."""


class Action(_Noun):
    """An option as a reader meets it: what to do about which model, and what it brings."""

    model_id: str
    model: str
    name: str
    kind: OptionKind
    verdict: Verdict
    place: int | None
    place_low: int | None = None
    place_high: int | None = None
    saved: Quantity
    """kgCO2e/year, positive saves."""
    footprint_after: Quantity | None = None
    accuracy_loss: Quantity | None
    """Points of the model's own metric, positive is worse; None is unknown."""
    cost: Quantity | None = None
    engineer_days: float | None = None
    incremental: Quantity | None = None
    """kgCO2e/year per accuracy point given up, from the step before on the frontier."""
    probability: float | None = None
    reason: Sentence
    decision: str | None = None
    """accept, reject or defer, where the bank has decided."""
    evidence: tuple[str, ...] = ()

    @property
    def recommended(self) -> bool:
        """True for an action that has a place in the ranking."""
        return self.place is not None


class RiskRow(_Noun):
    """A risk indicator before and after the recommended actions, with its limits."""

    name: Sentence
    before: Quantity | None
    after: Quantity | None = None
    amber: Quantity | None = None
    red: Quantity | None = None
    status_before: str = "unknown"
    status_after: str = "unknown"
    """within appetite, amber, red or unknown."""


class MeasuredRow(_Noun):
    """The figures of one measured candidate, for the engineer and the reviewer."""

    run_id: str
    candidate: str
    name: str
    sha256: str
    device: str
    energy: Quantity
    """Joules per inference."""
    latency_p50: Quantity | None
    throughput: Quantity
    metric: str | None
    accuracy: Quantity | None
    windows_used: int
    windows_excluded: int
    coverage: str
    warnings: tuple[str, ...] = ()


class Restatement(_Noun):
    """An earlier figure that a new factor, method or measurement changed."""

    figure: Sentence
    before: Quantity | None
    after: Quantity | None
    at: str
    who: str
    reason: Sentence
    log_seq: int


class EvidenceReference(_Noun):
    """What a figure leads back to."""

    reference: str
    """`measurement:RUN/KEY`, `profile:PATH`, `log:SEQ` …"""
    statement: str
    sha256: str | None = None


class Summary(_Noun):
    """What management reads; see the module."""

    project: str
    as_of: date
    organisation: str = ""
    logo: Logo | None = None
    fictitious: bool = False
    headline: Sentence
    models: int
    footprint: tuple[FootprintRow, ...]
    footprint_total: Quantity | None
    footprint_market_total: Quantity | None
    energy_total: Quantity | None
    options: tuple[Action, ...]
    """All options, recommended ones first in the order of their place."""
    saved_no_regret: Quantity | None
    """Sum over models of the best action that costs no distinguishable accuracy."""
    saved_most: Quantity | None
    """Sum over models of the largest recommended saving, accuracy given up included."""
    risk: tuple[RiskRow, ...] = ()
    decisions_asked: tuple[Sentence, ...] = ()
    unknowns: tuple[Sentence, ...] = ()
    measured: tuple[MeasuredRow, ...] = ()
    restatements: tuple[Restatement, ...] = ()
    evidence: tuple[EvidenceReference, ...] = ()
    log_head: str | None = None
    """Hash of the last entry of the project's event log."""
    program: str = ""

    @property
    def actions(self) -> tuple[Action, ...]:
        """The recommended options, in the order of their place."""
        return tuple(a for a in self.options if a.recommended)

    @property
    def chosen(self) -> tuple[Action, ...]:
        """One action a model: its best place. Options of one model exclude each other."""
        first: dict[str, Action] = {}
        for action in self.actions:
            first.setdefault(action.model_id, action)
        return tuple(first.values())


def summarise(
    *,
    project: str,
    as_of: date,
    footprint: Sequence[FootprintRow],
    recommendations: Sequence[Recommendation],
    names: Mapping[str, str] | None = None,
    decisions: Mapping[str, str] | None = None,
    organisation: str = "",
    logo: Logo | None = None,
    fictitious: bool = False,
    risk: Sequence[RiskRow] = (),
    measured: Sequence[MeasuredRow] = (),
    restatements: Sequence[Restatement] = (),
    evidence: Sequence[EvidenceReference] = (),
    notes: Sequence[Sentence] = (),
    log_head: str | None = None,
    program: str = "",
) -> Summary:
    """A `Summary` from what the rooms below found out.

    `names` maps model ids to names, `decisions` option ids to accept, reject or defer; `notes` are
    further sentences about what is not known.
    """
    known = {row.id: row.name for row in footprint} | dict(names or {})
    options = _actions(recommendations, known, decisions or {})
    no_regret = _largest_by_model(a for a in options if _costs_nothing(a))
    most = _largest_by_model(a for a in options if a.recommended)
    footprint_total = sum_known(row.carbon for row in footprint)
    draft = Summary(
        project=project,
        as_of=as_of,
        organisation=organisation,
        logo=logo,
        fictitious=fictitious,
        headline=Sentence(template=""),
        models=len(footprint),
        footprint=tuple(footprint),
        footprint_total=footprint_total,
        footprint_market_total=sum_known(row.carbon_market for row in footprint),
        energy_total=sum_known(row.energy for row in footprint),
        options=tuple(options),
        saved_no_regret=sum_known(a.saved for a in no_regret),
        saved_most=sum_known(a.saved for a in most),
        risk=tuple(risk),
        measured=tuple(measured),
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


def _actions(
    recommendations: Sequence[Recommendation],
    names: Mapping[str, str],
    decisions: Mapping[str, str],
) -> list[Action]:
    actions = [
        Action(
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
            decision=decisions.get(r.option.id),
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
    largest = {id(a) for a in _largest_by_model(a for a in actions if _costs_nothing(a))}
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


def _largest_by_model(actions: Iterable[Action]) -> list[Action]:
    largest: dict[str, Action] = {}
    for action in actions:
        best = largest.get(action.model_id)
        if best is None or action.saved.value > best.saved.value:
            largest[action.model_id] = action
    return list(largest.values())
