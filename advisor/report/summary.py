"""The noun `Summary`: everything a document says, as figures and sentences, before any layout.

`advisor.report.summarise` makes it out of the nouns of the rooms below; the documents are renderers
of it, so they cannot disagree. A `Summary` has no language: its `Sentence`s are put into words
where they are shown. It holds the project's date, never the clock's.
"""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel, ConfigDict

from advisor.quantities import Quantity
from advisor.rank.option import OptionKind, Verdict
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
    embodied: Quantity | None = None
    """Embodied carbon of its share of the hardware, kgCO2e/year; in no other figure."""


class Action(_Noun):
    """An option as a reader meets it: what to do about which model, and what it brings."""

    id: str
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
    """Where the bank's decision stands: proposed, under review, agreed …; None: there is none."""
    decided: bool = False
    """True where nothing is asked for any more: agreed, rejected, retired, or deferred for now."""
    evidence: tuple[str, ...] = ()

    @property
    def recommended(self) -> bool:
        """True for an action that has a place in the ranking."""
        return self.place is not None


class DecisionRow(_Noun):
    """A decision of the bank on an action, as taken in the review."""

    id: str
    model: str
    name: str
    """What is to be done, in the words of the action."""
    kind: OptionKind
    state: str
    by: str
    on: date
    reason: str
    saved: Quantity | None
    """kgCO2e/year as it stood when the decision was proposed."""
    until: date | None = None
    """For how long it is deferred, or the day of retirement."""


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
    difference: Quantity | None = None
    """After minus before; uncertainty that both have in common cancels. None: one is unknown."""
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
    embodied_total: Quantity | None = None
    """Embodied carbon of the hardware, kgCO2e/year; in no other figure."""
    options: tuple[Action, ...]
    """All options, recommended ones first in the order of their place."""
    saved_no_regret: Quantity | None
    """Sum over models of the best action that costs no distinguishable accuracy."""
    saved_most: Quantity | None
    """Sum over models of the largest recommended saving, accuracy given up included."""
    risk: tuple[RiskRow, ...] = ()
    decisions: tuple[DecisionRow, ...] = ()
    """What the bank has decided or has under review, the latest first."""
    decisions_asked: tuple[Sentence, ...] = ()
    unknowns: tuple[Sentence, ...] = ()
    basis: tuple[Sentence, ...] = ()
    """What the figures rest on: energy, grid, building, volume, each with its source."""
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
