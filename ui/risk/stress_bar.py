"""What the stress test runs with: the scenario, the plan it is compared with, and Run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QStyle,
    QStyleOptionComboBox,
    QStylePainter,
    QWidget,
)

from advisor.risk import Library
from advisor.risk.library import FIRST_SCENARIO
from ui.i18n import tr
from ui.parts import button, menu_button, row
from ui.risk.picture import RECOMMENDED
from ui.risk.scenario_card import pathway_words
from ui.theme import theme


class _ElidedBox(QComboBox):
    """A combo box whose text ends in … where there is no room for all of it."""

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, option = QStylePainter(self), QStyleOptionComboBox()
        self.initStyleOption(option)
        box, field = QStyle.ComplexControl.CC_ComboBox, QStyle.SubControl.SC_ComboBoxEditField
        room = self.style().subControlRect(box, option, field, self).width() - theme.px(8)
        option.currentText = self.fontMetrics().elidedText(  # pyright: ignore[reportAttributeAccessIssue]
            self.currentText(), Qt.TextElideMode.ElideRight, room
        )
        painter.drawComplexControl(box, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)


class StressBar(QWidget):
    """Choices live in `memory`. Emits `wanted`, and `scenario_chosen` with a key."""

    wanted = Signal()
    scenario_chosen = Signal(str)

    def __init__(self, memory: dict[str, Any]) -> None:
        super().__init__()
        self._memory = memory
        self.scenario = _ElidedBox()
        self.scenario.setAccessibleName(tr("Scenario"))
        self.scenario.setFixedWidth(theme.px(300))
        self.scenario.currentIndexChanged.connect(self._chosen)
        self.plan = menu_button(
            tr("Plan"),
            [
                (tr("No plan"), lambda: self.use_plan(None)),
                (tr("The recommended plan"), lambda: self.use_plan(RECOMMENDED)),
                (tr("From a footprint …"), self._choose_plan),
            ],
        )
        self.run = button(
            tr("Run the stress test"), self.wanted.emit, kind="primary", icon_name="play"
        )
        self.setLayout(row(self.scenario, self.plan, self.run, space="small"))
        self.use_plan(memory.get("plan", RECOMMENDED))

    @property
    def key(self) -> str:
        """Key of the chosen scenario."""
        return str(self.scenario.currentData())

    def use_plan(self, plan: Path | str | None) -> None:
        """What the stress test compares with: a footprint, the recommended plan, or nothing."""
        self._memory["plan"] = plan
        words = plan.name if isinstance(plan, Path) else tr("The recommended plan")
        self.plan.setText(f"{words if plan else tr('No plan')}  ▾")

    def show_shelf(self, shelf: Library) -> None:
        """Offer the scenarios, then single pathways; what was chosen stays chosen."""
        entries = [(tr(s.name), s.key) for s in shelf.scenarios.values()]
        entries += [(pathway_words(p), p.key) for p in shelf.pathways.values()]
        shown = [self.scenario.itemData(i) for i in range(self.scenario.count())]
        if shown == [key for _, key in entries]:
            return
        wanted = self._memory.get("scenario", FIRST_SCENARIO)
        self.scenario.blockSignals(True)
        self.scenario.clear()
        for words, key in entries:
            self.scenario.addItem(words, key)
        self.scenario.setCurrentIndex(max(self.scenario.findData(wanted), 0))
        self.scenario.blockSignals(False)
        self.scenario.setToolTip(self.scenario.currentText())

    def _chosen(self) -> None:
        self.scenario.setToolTip(self.scenario.currentText())
        if self.scenario.currentData():
            self._memory["scenario"] = self.key
            self.scenario_chosen.emit(self.key)

    def _choose_plan(self) -> None:
        chosen, _ = QFileDialog.getOpenFileName(
            self, tr("Footprint after the plan"), "", "CSV, Parquet (*.csv *.parquet)"
        )
        if chosen:
            self.use_plan(Path(chosen))
