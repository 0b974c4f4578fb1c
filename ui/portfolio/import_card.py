"""An inventory on its way in: mapping, wrong rows, difference; nothing is kept before “Import”."""

from __future__ import annotations

import math

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
)

from advisor.portfolio.fields import FIELDS, FieldKind
from advisor.portfolio.mapping import ColumnMapping
from advisor.sentences import sentence
from ui.i18n import said, tr
from ui.parts import button, caption, column, heading, notice, row, soft
from ui.portfolio.arrival import Arrival
from ui.tables import Column, FrameTable
from ui.theme import theme

MOST_WRONG = 200


class ImportCard(QFrame):
    """Shows an arrival. Emits `remapped` (mapping), `mended` (row, column, cell), `confirmed`."""

    remapped = Signal(object)
    mended = Signal(int, str, str)
    confirmed = Signal()
    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.arrival: Arrival | None = None
        self._filling = False
        self._title = heading("")
        self._said = column(space="small")
        self.columns = _grid(
            (tr("Column"), tr("First cells"), tr("Field"), tr("Converted")), (220, 260, 220)
        )
        self.columns.setMinimumHeight(theme.px(230))
        self.columns.itemChanged.connect(self._refactored)
        self.decimal = self._convention(
            tr("Decimal mark"),
            ((tr("point: 1,234.5"), "."), (tr("comma: 1.234,5"), ",")),
            "decimal",
        )
        self.day_first = self._convention(
            tr("Dates like 3/4/2026"),
            ((tr("day first"), True), (tr("month first"), False)),
            "day_first",
        )
        self.wrong = _grid(
            (tr("Row"), tr("Model"), tr("Cell (edit to mend)"), tr("Reason")), (64, 120, 190)
        )
        self.wrong.setMinimumHeight(theme.px(190))
        self.wrong.itemChanged.connect(self._edited)
        self._wrong_title = heading("")
        self.changes = FrameTable(
            [
                Column("id", tr("Model"), width=110),
                Column("field", tr("Field"), width=170),
                Column("before", tr("Before"), width=220),
                Column("after", tr("After"), stretch=True),
            ]
        )
        self._change = soft("")
        self.confirm = button(tr("Import"), self.confirmed.emit, kind="primary", icon_name="check")
        leave = button(tr("Leave it"), self.left.emit)
        layout = column(
            row(self._title, 1, leave, self.confirm, space="small"),
            self._said,
            caption(
                tr(
                    "Which column is which field, and in what unit, was guessed from the headings; "
                    "change field or factor here."
                )
            ),
            row(
                soft(tr("Decimal mark")),
                self.decimal,
                soft(tr("Dates like 3/4/2026")),
                self.day_first,
                1,
                space="small",
            ),
            self.columns,
            self._wrong_title,
            self.wrong,
            heading(tr("What would change")),
            self._change,
            self.changes,
            space="medium",
            margin="large",
        )
        self.setLayout(layout)

    def show_arrival(self, arrival: Arrival) -> None:
        """Show it, anew after each change."""
        self.arrival = arrival
        self._filling = True
        self._title.setText(tr("{file}: {n} rows", file=arrival.source, n=len(arrival.raw)))
        while (item := self._said.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.deleteLater()
        if arrival.obstacle:
            self._said.addWidget(notice(arrival.obstacle, level="warning"))
        self._fill_columns(arrival)
        self._fill_wrong(arrival)
        self._fill_change(arrival)
        self._filling = False

    def _fill_columns(self, arrival: Arrival) -> None:
        self.columns.setRowCount(len(arrival.mapping.columns))
        for number, known in enumerate(arrival.mapping.columns):
            cells = [str(v) for v in arrival.raw[known.column].head(3) if str(v)]
            for place, words in ((0, known.column), (1, " · ".join(cells))):
                self.columns.setItem(number, place, _fixed(words))
            self.columns.setCellWidget(number, 2, self._field_choice(known.column, known.field))
            self.columns.setItem(number, 3, _factor(known))
        how = arrival.intake.how if arrival.intake else None
        for made, set_, found in (
            (self.decimal, arrival.mapping.decimal, how.decimal if how else None),
            (self.day_first, arrival.mapping.day_first, how.day_first if how else None),
        ):
            at = made.findData(found)
            words = made.itemText(at) if at > 0 else ""
            made.setItemText(0, tr("as found: {what}", what=words) if words else tr("as found"))
            made.setCurrentIndex(max(made.findData(set_), 0) if set_ is not None else 0)

    def _field_choice(self, column_name: str, field: str | None) -> QComboBox:
        made = QComboBox()
        made.setAccessibleName(tr("Field of column {column}", column=column_name))
        made.addItem(tr("left out"), None)
        for name in FIELDS:
            made.addItem(field_words(name), name)
        made.setCurrentIndex(max(made.findData(field), 0))
        made.activated.connect(lambda: self._mapped(column_name, made.currentData()))
        return made

    def _convention(
        self, name: str, choices: tuple[tuple[str, object], ...], setting: str
    ) -> QComboBox:
        made = QComboBox()
        made.setAccessibleName(name)
        made.addItem(tr("as found"), None)
        for words, value in choices:
            made.addItem(words, value)
        made.setMinimumWidth(theme.px(190))
        made.activated.connect(lambda: self._read_as(setting, made.currentData()))
        return made

    def _read_as(self, setting: str, value: object) -> None:
        if self.arrival is not None:
            self.remapped.emit(self.arrival.mapping.model_copy(update={setting: value}))

    def _refactored(self, item: QTableWidgetItem) -> None:
        if self._filling or self.arrival is None or item.column() != 3:
            return
        known = self.arrival.mapping.columns[item.row()]
        factor = factor_written(item.text())
        if factor is None:
            self._filling = True
            item.setText(_factor(known).text())
            self._filling = False
        elif factor != known.factor:
            mapping = self.arrival.mapping.with_column(known.column, known.field, factor)
            self.remapped.emit(mapping)

    def _mapped(self, column_name: str, field: str | None) -> None:
        if self.arrival is not None:
            self.remapped.emit(self.arrival.mapping.with_column(column_name, field))

    def _fill_wrong(self, arrival: Arrival) -> None:
        wrong = arrival.intake.wrong if arrival.intake else []
        rows = arrival.intake.wrong_rows if arrival.intake else 0
        words = tr("Rows that cannot be taken: {n}", n=rows)
        if len(wrong) > MOST_WRONG:
            words += " · " + tr("the first {n} cells are shown", n=MOST_WRONG)
        self._wrong_title.setText(words)
        for widget in (self._wrong_title, self.wrong):
            widget.setVisible(bool(wrong))
        self.wrong.setRowCount(min(len(wrong), MOST_WRONG))
        for number, bad in enumerate(wrong[:MOST_WRONG]):
            cell = QTableWidgetItem(bad.cell)
            cell.setData(Qt.ItemDataRole.UserRole, (bad.number, bad.column))
            reason = _fixed(said(bad.reason))
            reason.setToolTip(said(bad.reason))
            for place, item in enumerate(
                (_fixed(str(bad.number)), _fixed(bad.model_id), cell, reason)
            ):
                self.wrong.setItem(number, place, item)

    def _edited(self, item: QTableWidgetItem) -> None:
        asked = item.data(Qt.ItemDataRole.UserRole)
        if self._filling or asked is None or self.arrival is None or self.arrival.intake is None:
            return
        if asked[1] in self.arrival.raw:
            self.mended.emit(asked[0], asked[1], item.text())

    def _fill_change(self, arrival: Arrival) -> None:
        change = arrival.change
        count = 0 if change is None else len(change.added) + change.changed["id"].nunique()
        self.confirm.setEnabled(count > 0)
        self.confirm.setText(tr("Import {n} models", n=count) if count else tr("Nothing to import"))
        self.changes.setVisible(change is not None and len(change.changed) > 0)
        if change is None:
            self._change.setText(tr("Nothing yet: the mapping has to name the model's id."))
            return
        self._change.setText(
            tr(
                "{new} new, {changed} changed, {same} unchanged. {absent} models of the project "
                "are not in this table; they stay.",
                new=len(change.added),
                changed=int(change.changed["id"].nunique()),
                same=change.unchanged,
                absent=len(change.absent),
            )
        )
        shown = change.changed.reset_index(drop=True)
        self.changes.show_frame(
            shown.assign(
                field=shown["field"].map(field_words),
                before=shown["before"].map(_cell),
                after=shown["after"].map(_cell),
            )
        )


def _grid(heads: tuple[str, ...], widths: tuple[int, ...]) -> QTableWidget:
    made = QTableWidget(0, len(heads))
    made.setHorizontalHeaderLabels(list(heads))
    made.verticalHeader().hide()
    made.setShowGrid(False)
    made.verticalHeader().setDefaultSectionSize(theme.px(38))
    header = made.horizontalHeader()
    header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    for place, width in enumerate(widths):
        made.setColumnWidth(place, theme.px(width))
    header.setSectionResizeMode(len(heads) - 1, QHeaderView.ResizeMode.Stretch)
    return made


def field_words(name: str) -> str:
    """What a field of the inventory is called."""
    return said(sentence(name)).replace("_", " ")


def _cell(value: object) -> str:
    if isinstance(value, float):
        return "–" if math.isnan(value) else f"{value:,.10g}"
    if isinstance(value, tuple):
        return "; ".join(map(str, value)) or "–"
    return "–" if value is None else str(value)


def factor_written(text: str) -> float | None:
    """The factor as a person writes it; None where it is none."""
    try:
        factor = float(text.replace("×", "").replace(",", "").split("(")[0].strip())
    except ValueError:
        return None
    return factor if math.isfinite(factor) and factor > 0 else None


def _factor(known: ColumnMapping) -> QTableWidgetItem:
    """What cells are multiplied by, to be changed; nothing for words and dates."""
    spec = FIELDS.get(known.field or "")
    if spec is None or spec.kind not in (FieldKind.NUMBER, FieldKind.SHARE):
        return _fixed("")
    unit = f"  ({known.unit} → {spec.unit})" if known.unit and spec.unit else ""
    return QTableWidgetItem(f"× {known.factor:,.6g}{unit}")


def _fixed(words: str) -> QTableWidgetItem:
    made = QTableWidgetItem(words)
    made.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
    return made
