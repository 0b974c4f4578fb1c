"""The bank's own rules: read, changed, checked, put in force as a new version, restored."""

from __future__ import annotations

from datetime import date
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHeaderView,
    QLineEdit,
    QMenu,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from advisor.risk import (
    RULEBOOKS,
    RiskError,
    Rulebook,
    RuleSetting,
    RuleVersion,
    in_force,
    keep_rules,
    restore,
    rules_of,
    versions,
    with_copy,
    with_setting,
    without_entry,
)
from ui.i18n import said, tr
from ui.parts import button, card, column, heading, row, soft
from ui.parts.fields import line
from ui.parts.words import text
from ui.risk.picture import RiskPicture
from ui.risk.rule_words import setting_words
from ui.risk.target_card import TargetCard
from ui.theme import theme

_SETTING = Qt.ItemDataRole.UserRole


class RulesTab(QWidget):
    """Emits `kept` with a book and its new version; drafts live in `memory`."""

    kept = Signal(object, object)

    def __init__(self, memory: dict[str, Any]) -> None:
        super().__init__()
        self.setProperty("role", "page")
        self._drafts: dict[str, dict[str, Any]] = memory.setdefault("drafts", {})
        self._fictitious: bool | None = None
        self.book = QComboBox()
        self.book.setAccessibleName(tr("Rule book"))
        self.book.currentIndexChanged.connect(lambda _: self.show_book())
        self.filter = QLineEdit()
        self.filter.setPlaceholderText(tr("Filter the settings"))
        self.filter.setAccessibleName(tr("Filter the settings"))
        self.filter.setFixedWidth(theme.px(220))
        self.filter.textChanged.connect(self._narrow)
        self.version = soft("")
        self.table = QTableWidget(0, 3)
        self.table.setHorizontalHeaderLabels([tr("Entry"), tr("Setting"), tr("Value")])
        self.table.verticalHeader().hide()
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        header = self.table.horizontalHeader()
        for place, share in enumerate((QHeaderView.ResizeMode.Interactive,) * 2):
            header.setSectionResizeMode(place, share)
        header.setSectionResizeMode(2, QHeaderView.ResizeMode.Stretch)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.table.setColumnWidth(0, theme.px(330))
        self.table.setColumnWidth(1, theme.px(240))
        self.table.setMinimumHeight(theme.px(420))
        self.table.itemChanged.connect(self._typed)
        self.person = line(tr("Your name"), 180)
        self.reason = line(tr("Why the rules change"), 0)
        self.error = text("", "danger")
        self.error.hide()
        self.target = TargetCard()
        self.history = button(f"{tr('Versions')}  ▾")
        self.history.setMenu(QMenu(self.history))
        self.grow = button(tr("Add a name …"), self._grow)
        self.grown = line(tr("Region or currency"), 150)
        self.setLayout(self._sections())
        self.show_picture(None)

    def show_picture(self, picture: RiskPicture | None) -> None:
        """Offer the books that this inventory follows, and its target."""
        if picture is not None:
            self.target.show_target(picture)
        fictitious = picture is not None and picture.fictitious
        if fictitious == self._fictitious:
            self.show_book()
            return
        self._fictitious = fictitious
        left_out = "bank" if fictitious else "fictitious_bank"
        self.book.blockSignals(True)
        self.book.clear()
        for key, book in RULEBOOKS.items():
            if key != left_out:
                self.book.addItem(tr(book.title), key)
        self.book.blockSignals(False)
        self.show_book()

    def show_book(self) -> None:
        """Every setting of the chosen book, what was changed and not yet kept in bold."""
        book = self._book()
        self.error.hide()
        document = self._draft(book)
        try:
            before = {row.path: row.text for row in rules_of(book)}
            rows = rules_of(book, document)
            known = versions(book)
        except ValueError as error:
            self._complain(error)
            return
        self.table.blockSignals(True)
        self.table.setRowCount(len(rows))
        for number, setting in enumerate(rows):
            changed = before.get(setting.path) != setting.text
            for place, words in enumerate(
                (tr(setting.group), setting_words(setting), setting.text)
            ):
                item = QTableWidgetItem(words)
                item.setData(_SETTING, setting)
                if place < 2:
                    item.setFlags(item.flags() & ~Qt.ItemFlag.ItemIsEditable)
                elif changed:
                    item.setFont(theme.font("body", bold=True))
                self.table.setItem(number, place, item)
        self.table.blockSignals(False)
        self._narrow(self.filter.text())
        self._show_versions(known)
        for widget in (self.grow, self.grown):
            widget.setVisible(bool(book.grows))

    # -- inside ------------------------------------------------------------------------------

    def _sections(self) -> Any:
        head = row(self.book, self.filter, 1, self.history, space="small")
        entries = row(
            button(tr("Double the entry"), lambda: self._entry(with_copy)),
            button(tr("Take the entry away"), lambda: self._entry(without_entry)),
            self.grown,
            self.grow,
            1,
            button(tr("Undo all changes"), self._forget),
            space="small",
        )
        foot = row(self.person, space="small")
        foot.addWidget(self.reason, 1)
        foot.addWidget(button(tr("Put in force"), self._keep, kind="primary", icon_name="check"))
        rules = card(
            heading(tr("Rules of the bank")),
            soft(tr("Your version lies over the shipped one; every earlier one is kept.")),
            head,
            self.version,
            self.table,
            entries,
            self.error,
            foot,
        )
        return column(rules, self.target, space="large")

    def _book(self) -> Rulebook:
        return RULEBOOKS[self.book.currentData() or "appetite"]

    def _draft(self, book: Rulebook) -> dict[str, Any]:
        return self._drafts.get(book.key) or dict(in_force(book).document)

    def _typed(self, item: QTableWidgetItem) -> None:
        setting: RuleSetting = item.data(_SETTING)
        book = self._book()
        try:
            self._drafts[book.key] = with_setting(self._draft(book), setting.path, item.text())
        except RiskError as error:
            self.show_book()
            self._complain(error)
            return
        self.show_book()

    def _entry(self, change: Any) -> None:
        item = self.table.item(self.table.currentRow(), 0)
        entry = item.data(_SETTING).entry if item is not None else None
        if entry is None:
            self._complain(tr("Choose a row of an entry first: an indicator, a control, a pair."))
            return
        book = self._book()
        self._drafts[book.key] = change(self._draft(book), entry)
        self.show_book()

    def _grow(self) -> None:
        book, name = self._book(), self.grown.text().strip()
        if not name:
            self._complain(tr("Write the region or currency to add."))
            return
        place = book.grows[1] if len(name) == 3 and name in ("USD", "EUR", "JPY") else book.grows[0]
        self._drafts[book.key] = with_setting(self._draft(book), (*place, name), "0")
        self.grown.clear()
        self.show_book()

    def _forget(self) -> None:
        self._drafts.pop(self._book().key, None)
        self.show_book()

    def _keep(self) -> None:
        book = self._book()
        try:
            made = keep_rules(
                book, self._draft(book), self.person.text(), date.today(), self.reason.text()
            )
        except ValueError as error:
            self._complain(error)
            return
        self._drafts.pop(book.key, None)
        self.reason.clear()
        self.show_book()
        self.kept.emit(book, made)

    def _restore(self, version: str) -> None:
        book = self._book()
        try:
            made = restore(book, version, self.person.text(), date.today())
        except ValueError as error:
            self._complain(error)
            return
        self._drafts.pop(book.key, None)
        self.show_book()
        self.kept.emit(book, made)

    def _show_versions(self, known: list[RuleVersion]) -> None:
        now = known[-1]
        words = tr("Version {version}, shipped with the program.", version=now.version)
        if now.by:
            words = tr(
                "Version {version}, by {by} on {on}: {reason}",
                version=now.version,
                by=now.by,
                on=now.on,
                reason=now.reason,
            )
        self.version.setText(words)
        menu = self.history.menu()
        menu.clear()
        for each in known[:-1]:
            label = tr("Restore version {version} ({on})", version=each.version, on=each.on)
            menu.addAction(label).triggered.connect(
                lambda _=False, version=each.version: self._restore(version)
            )
        self.history.setVisible(len(known) > 1)

    def _complain(self, error: ValueError | str) -> None:
        sentence = getattr(error, "said", None)
        self.error.setText(said(sentence) if sentence is not None else str(error))
        self.error.show()

    def _narrow(self, words: str) -> None:
        wanted = words.casefold()
        for number in range(self.table.rowCount()):
            cells = [self.table.item(number, place) for place in range(3)]
            found = any(wanted in cell.text().casefold() for cell in cells if cell is not None)
            self.table.setRowHidden(number, not found)
