"""The tables of the documents: one `Table` noun that every format sets in its own way.

A column of figures has one unit for all its rows, stated in its head; `cell_text` writes a figure
in it by the one rounding rule of `advisor.figures`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from advisor.figures import Language, reader_unit, unit_text, written
from advisor.quantities import Provenance, Quantity
from advisor.rank.option import OptionKind
from advisor.report.summary import (
    Action,
    FootprintRow,
    MeasuredRow,
    RiskRow,
    Summary,
    provenance_shares,
    sum_known,
)
from advisor.sentences import Sentence, sentence


@dataclass(frozen=True)
class Told:
    """A cell with a second, smaller line: the reason beneath an action, the range of a place."""

    text: Sentence | str
    detail: Sentence | str


Cell = Quantity | Sentence | Told | str | int | float | None


@dataclass(frozen=True)
class Column:
    """A column's head, the unit of its figures, and whether it holds figures at all."""

    heading: Sentence
    unit: str | None = None
    figures: bool = False
    weight: float = 1.0
    """Width relative to the other columns."""

    def head(self, language: Language) -> str:
        """The head with the unit in brackets."""
        words, unit = self.heading.text(language), self.unit_head(language)
        return f"{words} {unit}" if unit else words

    def unit_head(self, language: Language) -> str:
        """The unit in brackets; empty where there is none to state."""
        return f"[{unit_text(self.unit, language)}]" if self.unit and self.unit_shown else ""

    @property
    def unit_shown(self) -> bool:
        """True where the head has a unit to state."""
        return self.unit is not None and unit_text(self.unit) != ""


@dataclass(frozen=True)
class Table:
    """A table before any layout. `total` is its last line; `more` how many rows are elsewhere."""

    key: str
    title: Sentence
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    total: tuple[Cell, ...] | None = None
    more: int = 0
    note: Sentence | None = field(default=None)

    def first(self, count: int) -> Table:
        """The first rows only; the others are counted in `more`."""
        left = max(0, len(self.rows) - count)
        return Table(
            self.key, self.title, self.columns, self.rows[:count], self.total, left, self.note
        )


def cell_text(cell: Cell, column: Column, language: Language) -> str:
    """A cell as a reader sees it; unknown is said, never left as zero."""
    if isinstance(cell, Quantity):
        figure = written(cell, language, unit=column.unit)
        return figure.value if column.unit_shown else figure.text
    if cell is None:
        return written(None, language).value
    if isinstance(cell, Sentence):
        return cell.text(language)
    if isinstance(cell, Told):
        return _words(cell.text, language)
    if isinstance(cell, int):
        return f"{cell:,}"
    if isinstance(cell, float):
        return f"{cell:,.4g}"
    return cell


def _words(text: Sentence | str, language: Language) -> str:
    return text.text(language) if isinstance(text, Sentence) else text


def cell_detail(cell: Cell, column: Column, language: Language) -> str:
    """What stands small beneath a cell: the 95 % interval of a figure, the reason of an action."""
    if isinstance(cell, Told):
        return _words(cell.detail, language)
    if not isinstance(cell, Quantity) or cell.low == cell.high:
        return ""
    figure = written(cell, language, unit=column.unit)
    return f"{figure.low} – {figure.high}"


def column_unit(figures: Iterable[Quantity | None], fallback: str) -> str:
    """The one unit of a column: what suits a tenth of its largest figure, so that the rows that
    matter most are neither fractions nor six digits long."""
    known = [q for q in figures if q is not None and q.value]
    if not known:
        return fallback
    largest = max(abs(q.to(known[0].unit).value) for q in known)
    return reader_unit(known[0].model_copy(update={"value": largest / 10}))


def footprint_table(s: Summary) -> Table:
    """Footprint by business line, the largest first; a line a model where no line is known."""
    grouped = len({r.group for r in s.footprint if r.group}) > 1
    rows = _groups(s.footprint) if grouped else list(s.footprint)
    rows = sorted(rows, key=lambda r: -(r.carbon.value if r.carbon else -1.0))
    carbon_unit = column_unit([r.carbon for r in rows], "kgCO2e/year")
    energy_unit = column_unit([r.energy for r in rows], "kWh/year")
    market = any(r.carbon_market is not None for r in rows)
    columns = [
        Column(sentence("Business line") if grouped else sentence("Model"), weight=2.6),
        *([Column(sentence("Models"), figures=True, weight=0.7)] if grouped else []),
        Column(sentence("Energy"), energy_unit, figures=True),
        Column(sentence("Carbon, location-based"), carbon_unit, figures=True, weight=1.6),
        *(
            [Column(sentence("Carbon, market-based"), carbon_unit, figures=True, weight=1.6)]
            if market
            else []
        ),
        Column(sentence("Measured share"), "percent", figures=True)
        if grouped
        else Column(sentence("Evidence")),
    ]
    members = _by_group(s.footprint)

    def line(name: Cell, count: int, r: FootprintRow) -> tuple[Cell, ...]:
        return (
            name,
            *([count] if grouped else []),
            r.energy,
            r.carbon,
            *([r.carbon_market] if market else []),
            measured_share(members.get(r.id, s.footprint))
            if grouped
            else (sentence(str(r.carbon.provenance)) if r.carbon else sentence("unknown")),
        )

    whole = FootprintRow(
        id="",
        name="",
        energy=s.energy_total,
        carbon=s.footprint_total,
        carbon_market=s.footprint_market_total,
    )
    return Table(
        key="footprint",
        title=sentence("What we run and what it emits"),
        columns=tuple(columns),
        rows=tuple(
            line(r.name or sentence("Not assigned"), len(members.get(r.id, ())), r) for r in rows
        ),
        total=line(sentence("Total of what is known"), s.models, whole),
    )


def actions_table(s: Summary) -> Table:
    """The recommended actions in their order: one line each."""
    actions = s.actions
    saved_unit = column_unit([a.saved for a in actions], "kgCO2e/year")
    cost_unit = next((a.cost.unit for a in actions if a.cost), None)
    days = any(a.engineer_days is not None for a in actions)
    columns = [
        Column(sentence("Place"), weight=0.55),
        Column(sentence("Model and action"), weight=4.2),
        Column(sentence("Saves"), saved_unit, figures=True, weight=1.2),
        Column(sentence("Accuracy given up"), "point", figures=True, weight=1.45),
        *([Column(sentence("One-off cost"), cost_unit, figures=True)] if cost_unit else []),
        *([Column(sentence("Engineer days"), figures=True, weight=0.8)] if days else []),
        Column(sentence("Best choice in"), "percent", figures=True, weight=1.05),
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
                *([a.engineer_days] if days else []),
                confidence_text(a),
            )
            for a in actions
        ),
        note=sentence(
            "Accuracy is in points of each model's own metric; positive is worse. Small figures "
            "are 95 % intervals. “Best choice in” says how often the action came out best when all "
            "uncertainties were drawn at random."
        ),
    )


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
                r.before,
                r.after,
                _limit(r.amber, r.before),
                _limit(r.red, r.before),
                _status(r),
            )
            for r in s.risk
        ),
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
            Column(sentence("Figure"), weight=2),
            Column(sentence("Stated before"), figures=True),
            Column(sentence("Stated now"), figures=True),
            Column(sentence("Why"), weight=2.6),
            Column(sentence("When, by whom")),
        ),
        rows=tuple(
            (r.figure, r.before, r.after, r.reason, f"{r.at[:10]} {r.who}") for r in s.restatements
        ),
    )


def evidence_table(s: Summary) -> Table:
    """What the figures lead back to."""
    return Table(
        key="evidence",
        title=sentence("Evidence"),
        columns=(
            Column(sentence("Reference"), weight=2),
            Column(sentence("What it is"), weight=2.4),
            Column(sentence("SHA-256")),
        ),
        rows=tuple(
            (_breakable(e.reference), e.statement, (e.sha256 or "")[:16]) for e in s.evidence
        ),
    )


def _action_words(a: Action) -> Sentence:
    region = a.name.removeprefix("move to ")
    if a.kind is OptionKind.MOVE and region != a.name:
        return sentence("{model}: move to {region}", model=a.model, region=region)
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


def _limit(limit: Quantity | None, beside: Quantity | None) -> Cell:
    """A limit as it was set, not rounded like a figure, in the unit of the figure beside it."""
    if limit is None:
        return None
    shown = limit.to(reader_unit(beside)) if beside is not None else limit
    return f"{shown.value:,g} {unit_text(shown.unit)}"


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


def measured_share(rows: Iterable[FootprintRow]) -> Cell:
    """Share of the known footprint that rests on measurement, in whole percent."""
    shares = provenance_shares(rows)
    return f"{100 * shares.get(Provenance.MEASURED, 0.0):.0f}" if shares else None


def _by_group(rows: Sequence[FootprintRow]) -> dict[str, list[FootprintRow]]:
    groups: dict[str, list[FootprintRow]] = {}
    for r in rows:
        groups.setdefault(r.group or "", []).append(r)
    return groups


def _groups(rows: Sequence[FootprintRow]) -> list[FootprintRow]:
    def summed(
        members: list[FootprintRow], figure: Callable[[FootprintRow], Quantity | None]
    ) -> Quantity | None:
        return sum_known(figure(m) for m in members)

    return [
        FootprintRow(
            id=group,
            name=group,
            energy=summed(members, lambda m: m.energy),
            carbon=summed(members, lambda m: m.carbon),
            carbon_market=summed(members, lambda m: m.carbon_market),
        )
        for group, members in _by_group(rows).items()
    ]
