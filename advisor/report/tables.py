"""The tables of a summary: which columns and rows each has, before any layout."""

from __future__ import annotations

from collections.abc import Sequence

from advisor.figures import reader_unit
from advisor.quantities import Quantity
from advisor.rank.option import OptionKind
from advisor.report.summary import Action, DecisionRow, MeasuredRow, RiskRow, Summary
from advisor.report.sums import sum_known
from advisor.report.table import Cell, Column, InUnit, Table, Told, column_unit, whole_days
from advisor.sentences import Sentence, sentence


def actions_table(s: Summary) -> Table:
    """The recommended actions in their order: one line each."""
    actions = s.actions
    saved_unit = column_unit([a.saved for a in actions], "kgCO2e/year")
    cost_unit = next((a.cost.unit for a in actions if a.cost), None)
    days = any(a.engineer_days is not None for a in actions)
    columns = [
        Column(sentence("Place"), weight=0.5),
        Column(sentence("Model and action"), weight=4.75),
        Column(sentence("Saves"), saved_unit, figures=True, weight=1.2),
        Column(sentence("Accuracy lost"), _loss_unit(actions), figures=True, weight=1.15),
        *(
            [Column(sentence("One-off cost"), cost_unit, figures=True, weight=0.9)]
            if cost_unit
            else []
        ),
        *([Column(sentence("Engineer days"), figures=True, weight=0.9)] if days else []),
        Column(sentence("Best in"), "percent", figures=True, weight=0.95),
    ]
    return Table(
        key="actions",
        title=sentence("Recommended actions"),
        columns=tuple(columns),
        rows=tuple(
            (
                place_text(a),
                Told(_action_words(a), a.reason),
                a.saved,
                a.accuracy_loss,
                *([a.cost] if cost_unit else []),
                *([whole_days(a.engineer_days)] if days else []),
                confidence_text(a),
            )
            for a in actions
        ),
        note=sentence(
            "Accuracy is in points of each model's own metric; positive is worse. Small figures "
            "are 95 % intervals. “Best in” says how often the action came out best when all "
            "uncertainties were drawn at random."
        ),
    )


def _loss_unit(actions: Sequence[Action]) -> str | None:
    """The unit in which all of them lose accuracy; None where each states its own."""
    units = {a.accuracy_loss.unit for a in actions if a.accuracy_loss is not None}
    return next(iter(units)) if len(units) == 1 else None if units else "point"


def risk_table(s: Summary) -> Table:
    """Risk indicators before and after, with their limits."""
    return Table(
        key="risk",
        title=sentence("Risk position"),
        columns=(
            Column(sentence("Indicator"), weight=2.6),
            Column(sentence("Today"), figures=True),
            Column(sentence("After the actions"), figures=True),
            Column(sentence("Amber limit"), figures=True),
            Column(sentence("Red limit"), figures=True),
            Column(sentence("Status"), weight=1.2),
        ),
        rows=tuple(
            (
                r.name,
                _beside(r.before, _largest(r)),
                _beside(r.after, _largest(r)),
                _beside(r.amber, _largest(r), limit=True),
                _beside(r.red, _largest(r), limit=True),
                _status(r),
            )
            for r in s.risk
        ),
        note=_worsened(s.risk),
    )


def _worsened(rows: Sequence[RiskRow]) -> Sentence | None:
    """Why a share can rise although every action saves; None where no limit is newly broken."""
    order = {"amber": 1, "red": 2}
    if any(
        order.get(r.status_after, 0) > order.get(r.status_before, 0)
        and r.after is not None
        and r.after.unit in ("percent", "%")
        for r in rows
    ):
        return sentence(
            "A share can rise although no model emits more: the whole becomes smaller, and what is "
            "left is a larger part of it."
        )
    return None


def decisions_table(s: Summary) -> Table:
    """What the bank decided or has under review, the latest first."""
    agreed = sum_known(d.saved for d in s.decisions if d.state in ("agreed", "retired"))
    return Table(
        key="taken",
        title=sentence("Decisions taken and under review"),
        columns=(
            Column(sentence("Model and action"), weight=3.4),
            Column(
                sentence("Saves"),
                column_unit([d.saved for d in s.decisions], "kgCO2e/year"),
                figures=True,
                weight=1.3,
            ),
            Column(sentence("Decision"), weight=1.5),
            Column(sentence("When, by whom"), weight=1.6),
            Column(sentence("Why"), weight=2.7),
        ),
        rows=tuple(
            (
                _action_words(d),
                d.saved,
                _standing(d),
                Told(d.on.isoformat(), d.by),
                d.reason,
            )
            for d in s.decisions
        ),
        note=sentence("What is agreed saves {saved} ({saved.interval}).", saved=agreed)
        if agreed is not None
        else None,
    )


def measurements_table(s: Summary) -> Table:
    """The measured candidates, for the annex."""
    energy_unit = column_unit([m.energy for m in s.measured], "J/inference")
    latency_unit = column_unit([m.latency_p50 for m in s.measured], "ms")
    metrics = {m.metric for m in s.measured if m.metric}
    accuracy = sentence("Accuracy") if len(metrics) != 1 else sentence(metrics.pop())
    return Table(
        key="measurements",
        title=sentence("Measurements"),
        columns=(
            Column(sentence("Candidate"), weight=2.2),
            Column(sentence("Energy per inference"), energy_unit, figures=True),
            Column(sentence("Median latency"), latency_unit, figures=True),
            Column(accuracy, figures=True),
            Column(sentence("Windows used"), figures=True),
            Column(sentence("Windows left out"), figures=True),
            Column(sentence("Evidence")),
        ),
        rows=tuple(_measured_line(m) for m in s.measured),
    )


def restatements_table(s: Summary) -> Table:
    """What changed since it was first said."""
    return Table(
        key="restatements",
        title=sentence("Restated figures"),
        columns=(
            Column(sentence("Figure"), weight=1.8),
            Column(sentence("Stated before"), figures=True, weight=1.7),
            Column(sentence("Stated now"), figures=True, weight=1.7),
            Column(sentence("Difference"), figures=True, weight=1.7),
            Column(sentence("Why"), weight=2),
            Column(sentence("When, by whom")),
        ),
        rows=tuple(
            (
                r.figure,
                r.before,
                _beside(r.after, r.before),
                _beside(r.difference, r.before),
                r.reason,
                Told(r.at[:10], r.who),
            )
            for r in s.restatements
        ),
    )


def evidence_table(s: Summary) -> Table:
    """What the figures lead back to."""
    return Table(
        key="evidence",
        title=sentence("Evidence"),
        columns=(
            Column(sentence("Reference"), weight=2.1),
            Column(sentence("What it is"), weight=4.2),
            Column(sentence("SHA-256"), weight=1.5),
        ),
        rows=tuple(
            (_breakable(e.reference), e.statement, (e.sha256 or "")[:16]) for e in s.evidence
        ),
    )


def _action_words(a: Action | DecisionRow) -> Sentence:
    region = a.name.removeprefix("move to ")
    if a.kind is OptionKind.MOVE and region != a.name:
        return sentence("{model}: move to {region}", model=a.model, region=region)
    if isinstance(a, Action) and a.evidence and a.evidence[0].startswith("measurement:"):
        return sentence("{model}: use {action}", model=a.model, action=a.name)
    return sentence("{model}: {action}", model=a.model, action=a.name)


def _breakable(reference: str) -> str:
    """A reference that may be broken after its separators."""
    return reference.replace("/", "/\u200b").replace(":", ":\u200b")


def place_text(a: Action) -> Cell:
    """The place, with its range beneath where it is not certain."""
    if a.place is None:
        return "–"
    if a.place_low is None or a.place_high is None or a.place_low == a.place_high:
        return str(a.place)
    return Told(str(a.place), f"{a.place_low}–{a.place_high}")


def confidence_text(a: Action) -> Cell:
    """How often the action was the best choice, in whole percent; unknown is said."""
    return None if a.probability is None else f"{100 * a.probability:.0f}"


def _beside(figure: Quantity | None, first: Quantity | None, *, limit: bool = False) -> Cell:
    """A figure in the unit of the first of its row, so that a row can be compared at a glance."""
    if figure is None:
        return None
    return InUnit(figure, reader_unit(first or figure), limit)


def _largest(r: RiskRow) -> Quantity | None:
    """The figure whose unit a row takes: a limit in thousandths of its own unit fits no column."""
    known = [q for q in (r.before, r.red) if q is not None]
    return max(known, key=lambda q: q.to(known[0].unit).value, default=None)


def _standing(d: DecisionRow) -> Cell:
    if d.until is None:
        return sentence(d.state)
    words = "until {day}" if d.state == "deferred" else "from {day}"
    return Told(sentence(d.state), sentence(words, day=d.until.isoformat()))


def _status(r: RiskRow) -> Sentence:
    if r.after is None or r.status_before == r.status_after:
        return sentence(r.status_before)
    return sentence("{before} → {after}", before=r.status_before, after=r.status_after)


def _measured_line(m: MeasuredRow) -> tuple[Cell, ...]:
    return (
        m.name,
        m.energy,
        m.latency_p50,
        m.accuracy,
        m.windows_used,
        m.windows_excluded,
        sentence(str(m.energy.provenance)),
    )
