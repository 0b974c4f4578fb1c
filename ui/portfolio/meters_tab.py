"""Meters and invoices: the models' sum beside them, and shared machines split among models."""

from __future__ import annotations

import pandas as pd
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QDoubleSpinBox, QWidget

from advisor.carbon import Allocation
from advisor.portfolio import MachineMeter, Statement, reconcile
from advisor.portfolio.reconciliation import SCOPES, Reconciliation
from advisor.project.inventory import TERMS, PortfolioTerms
from ui.i18n import later, said, tr
from ui.pages.page import Page
from ui.parts import button, caption, card, column, heading, quiet, row, soft
from ui.parts.fields import inset
from ui.portfolio.picture import PortfolioPicture
from ui.tables import Column, FrameTable
from ui.theme import theme

SCOPE_WORDS = {
    "all": later("all models"),
    "machine": later("machine"),
    "region": later("site or region"),
    "account": later("cloud account"),
}
METHODS = {
    Allocation.RESERVATION: later("by what is reserved"),
    Allocation.PROPORTIONAL: later("by use, idle by what is reserved"),
    Allocation.SHAPLEY: later("Shapley value"),
}
SPLIT = "kWh"


def reconciled(picture: PortfolioPicture) -> list[Reconciliation]:
    """Every statement of the project beside the models, in a job. Raises `PortfolioError`."""
    return reconcile(picture.footprint, picture.terms.statements)


class MetersTab(QWidget):
    """Reconciliation above, allocation of metered machines below. Each change can be undone."""

    def __init__(self, page: Page) -> None:
        super().__init__()
        self.setProperty("role", "page")
        self._page = page
        self.picture: PortfolioPicture | None = None
        self.statement = _Entry((*SCOPE_WORDS,), (tr("kWh in the year"),))
        self.meter = _Entry(("machine",), (tr("busy, kWh"), tr("idle, kWh")))
        self.lines = FrameTable(_line_columns(), key="key")
        self.split = FrameTable(_split_columns(), key="id")
        for table, height in ((self.lines, 170), (self.split, 260)):
            table.setMinimumHeight(theme.px(height))
        self.method = QComboBox()
        self.method.setAccessibleName(tr("How machines are split"))
        for code, words in METHODS.items():
            self.method.addItem(tr(words), code.value)
        self.method.activated.connect(self._pick_method)
        self._findings = soft("")
        self._exactly = soft("")
        self.setLayout(column(self._reconciliation(), self._machines(), space="large"))
        self.statement.given.connect(self._add_statement)
        self.meter.given.connect(self._add_meter)

    def show_picture(self, picture: PortfolioPicture) -> None:
        """Show another picture."""
        self.picture = picture
        names = {s: _names(picture.footprint, s) for s in SCOPES}
        self.statement.offer(names)
        self.meter.offer(names)
        self.method.setCurrentIndex(self.method.findData(picture.terms.allocation.value))
        self._page.work(reconciled, picture, done=self._show_lines)
        self._show_split(picture)

    # -- putting together --------------------------------------------------------------------

    def _reconciliation(self) -> QWidget:
        return card(
            row(
                heading(tr("Reconciliation")),
                1,
                quiet(tr("Remove the chosen line"), self._remove_statement, icon_name="close"),
            ),
            caption(
                tr(
                    "The models' sum beside a meter or an invoice of the year, at the site (PUE "
                    "included). What no model explains is a column of its own."
                )
            ),
            self.statement,
            self.lines,
            self._findings,
        )

    def _machines(self) -> QWidget:
        return card(
            row(
                heading(tr("Shared machines")),
                1,
                quiet(tr("Remove the machine's meter"), self._remove_meter, icon_name="close"),
                self.method,
                space="small",
            ),
            caption(
                tr(
                    "A metered machine's energy is split among its models and adds up to the "
                    "meter exactly. The interval is the spread between the three methods."
                )
            ),
            self.meter,
            self.split,
            self._exactly,
        )

    # -- what is shown -----------------------------------------------------------------------

    def _show_lines(self, found: list[Reconciliation]) -> None:
        self.lines.show_frame(_line_rows(found))
        self.lines.setVisible(bool(found))
        self._findings.setVisible(bool(found))
        self._findings.setText("\n".join(said(line.finding) for line in found))

    def _show_split(self, picture: PortfolioPicture) -> None:
        table = picture.study.allocated
        self.split.show_frame(_split_rows(table, picture.footprint))
        self.split.setVisible(len(table) > 0)
        self._exactly.setVisible(len(table) > 0)
        sums = [
            tr(
                "{machine}: {n} models, together {kwh} kWh, as metered.",
                machine=m.machine,
                n=int((table["machine"] == m.machine).sum()),
                kwh=f"{m.dynamic_kwh + m.idle_kwh:,.1f}",
            )
            for m in picture.terms.meters
        ]
        self._exactly.setText("\n".join(sums))

    # -- changes -----------------------------------------------------------------------------

    def _add_statement(self, scope: str, name: str, figures: list[float]) -> None:
        if self.picture is None:
            return
        made = Statement(scope=scope, name=name, kwh=figures[0])
        kept = [s for s in self.picture.terms.statements if (s.scope, s.name) != (scope, name)]
        self._set(tr("Add a statement"), statements=(*kept, made))

    def _remove_statement(self) -> None:
        key = self.lines.current_key()
        if self.picture is not None and key is not None:
            kept = [s for s in self.picture.terms.statements if f"{s.scope}/{s.name}" != key]
            self._set(tr("Remove a statement"), statements=tuple(kept))

    def _add_meter(self, _scope: str, name: str, figures: list[float]) -> None:
        if self.picture is None:
            return
        made = MachineMeter(machine=name, dynamic_kwh=figures[0], idle_kwh=figures[1])
        kept = [m for m in self.picture.terms.meters if m.machine != name]
        self._set(tr("Add a machine's meter"), meters=(*kept, made))

    def _remove_meter(self) -> None:
        model = self.split.current_key()
        if self.picture is not None and model is not None:
            table = self.picture.study.allocated
            machines = set(table.loc[table["id"] == model, "machine"])
            kept = [m for m in self.picture.terms.meters if m.machine not in machines]
            self._set(tr("Remove a machine's meter"), meters=tuple(kept))

    def _pick_method(self) -> None:
        self._set(
            tr("Choose how machines are split"), allocation=Allocation(self.method.currentData())
        )

    def _set(self, words: str, **changed: object) -> None:
        if self.picture is not None:
            after: PortfolioTerms = self.picture.terms.model_copy(update=changed)
            self._page.session.set(words, **{TERMS: after.model_dump(mode="json")})


class _Entry(QWidget):
    """Scope, name and figures to enter. Emits `given` with them."""

    given = Signal(str, str, list)

    def __init__(self, scopes: tuple[str, ...], figures: tuple[str, ...]) -> None:
        super().__init__()
        self.scope, self.name = QComboBox(), QComboBox()
        self.scope.setAccessibleName(tr("What it covers"))
        self.name.setAccessibleName(tr("Name"))
        self.name.setMinimumWidth(theme.px(220))
        for scope in scopes:
            self.scope.addItem(tr(SCOPE_WORDS[scope]), scope)
        self.scope.currentIndexChanged.connect(self._fill)
        self._names: dict[str, list[str]] = {}
        self.figures: list[QDoubleSpinBox] = []
        parts: list[QWidget] = [self.scope, self.name]
        for words in figures:
            field = inset(QDoubleSpinBox())
            field.setRange(0, 1e12)
            field.setDecimals(1)
            field.setGroupSeparatorShown(True)
            field.setAccessibleName(words)
            field.setMinimumWidth(theme.px(120))
            label = soft(words)
            label.setWordWrap(False)
            parts += [label, field]
            self.figures.append(field)
        self.add = button(tr("Add"), self._give, icon_name="plus")
        self.setLayout(row(*parts, self.add, 1, space="small"))

    def offer(self, names: dict[str, list[str]]) -> None:
        """Names to choose from, by scope."""
        self._names = names
        self._fill()

    def _fill(self) -> None:
        scope = self.scope.currentData()
        chosen = self.name.currentText()
        self.name.clear()
        self.name.addItems(self._names.get(scope, []))
        self.name.setVisible(scope != "all")
        self.name.setCurrentIndex(max(self.name.findText(chosen), 0))
        self.add.setEnabled(scope == "all" or self.name.count() > 0)

    def _give(self) -> None:
        scope = self.scope.currentData()
        name = "" if scope == "all" else self.name.currentText()
        self.given.emit(scope, name, [f.value() for f in self.figures])


def _names(footprint: pd.DataFrame, scope: str) -> list[str]:
    return sorted(str(v) for v in footprint[scope].dropna().unique())


def _line_columns() -> list[Column]:
    return [
        Column("what", tr("Meter or invoice"), stretch=True, strong=True),
        Column("stated", tr("Stated"), "figure", SPLIT, width=140, bar=False),
        Column("modelled", tr("Explained by models"), "figure", SPLIT, width=160, bar=False),
        Column("residual", tr("Unexplained"), "figure", SPLIT, width=150),
        Column("models", tr("Models"), kind="number", width=80),
        Column("uncovered", tr("Unknown"), kind="number", width=90),
    ]


def _line_rows(found: list[Reconciliation]) -> pd.DataFrame:
    records: list[dict[str, object]] = []
    for line in found:
        scope, name = line.statement.scope, line.statement.name
        record: dict[str, object] = {
            "key": f"{scope}/{name}",
            "what": f"{name} ({tr(SCOPE_WORDS[scope])})" if name else tr(SCOPE_WORDS[scope]),
            "models": line.models,
            "uncovered": line.uncovered,
        }
        for column_name, q in (
            ("stated", line.stated_kwh),
            ("modelled", line.modelled_kwh),
            ("residual", line.residual_kwh),
        ):
            record |= {
                column_name: q.value,
                f"{column_name}_low": q.low,
                f"{column_name}_high": q.high,
                f"{column_name}_provenance": q.provenance.value,
            }
        records.append(record)
    columns = ["key", *(c.name for c in _line_columns())]
    return pd.DataFrame(records) if records else pd.DataFrame(columns=columns)


def _split_columns() -> list[Column]:
    return [
        Column("id", tr("Model"), width=90),
        Column("name", tr("Name"), stretch=True, strong=True),
        Column("machine", tr("Machine"), width=190),
        Column("allocated", tr("By the meter"), "figure", SPLIT, width=160),
        Column("modelled", tr("By the model alone"), "figure", SPLIT, width=160, bar=False),
    ]


def _split_rows(table: pd.DataFrame, footprint: pd.DataFrame) -> pd.DataFrame:
    names = dict(zip(footprint["id"], footprint["name"], strict=True))
    return pd.DataFrame(
        {
            "id": table["id"],
            "name": table["id"].map(names),
            "machine": table["machine"],
            "allocated": table["allocated_kwh"],
            "allocated_low": table["allocated_low_kwh"],
            "allocated_high": table["allocated_high_kwh"],
            "allocated_provenance": "imported",
            "modelled": table["modelled_kwh"],
        }
    )
