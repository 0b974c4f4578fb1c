"""The foot of the window: which meters are in use, and how far they can be trusted."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QFrame, QLabel

from advisor.figures import gain_text
from advisor.meters import MeterFacts
from advisor.quantities import Provenance
from ui.figures import ProvenanceMark
from ui.i18n import later, tr
from ui.machine import Machine
from ui.parts import row, text
from ui.theme import theme

_TRUST = {
    Provenance.MEASURED: later("reads a counter: trust it for small differences too"),
    Provenance.ESTIMATED: later("no counter can be read: trust it for large differences only"),
}
_STAYS_MS = 6000


class StatusStrip(QFrame):
    """Meters on the left, passing words on the right. Emits `asked` when clicked."""

    asked = Signal()

    def __init__(self, machine: Machine) -> None:
        super().__init__()
        self.setProperty("role", "status")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setToolTip(tr("What can be measured on this machine, and what could be done for more"))
        self._machine = machine
        self._meters = row(space="large")
        self._words = text("", "caption", wrap=False)
        inside = row(space="large")
        edge = theme.space("large")
        inside.setContentsMargins(edge, theme.px(7), edge, theme.px(7))
        inside.addLayout(self._meters)
        inside.addStretch(1)
        inside.addWidget(self._words)
        self.setLayout(inside)
        machine.found.connect(self._show)
        self._show()

    def say(self, words: str) -> None:
        """Show passing words for some seconds."""
        self._words.setText(words)
        QTimer.singleShot(_STAYS_MS, self._words, lambda: self._words.setText(""))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self.asked.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Space):
            self.asked.emit()
        else:
            super().keyPressEvent(event)

    def _show(self) -> None:
        while (item := self._meters.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        equipment = self._machine.equipment
        if equipment is None:
            self._meters.addWidget(text(tr("Looking for meters …"), "caption", wrap=False))
            return
        if not equipment.meters:
            self._meters.addWidget(text(tr("No meter works here"), "danger", wrap=False))
        for facts in equipment.meters:
            self._meters.addWidget(ProvenanceMark(facts.provenance))
            self._meters.addWidget(_words_for(facts))


def _words_for(facts: MeterFacts) -> QLabel:
    label = text(
        tr("{meter}: {trust}", meter=meter_name(facts), trust=trust(facts)), "caption", wrap=False
    )
    label.setToolTip(facts.coverage.statement)
    return label


def meter_name(facts: MeterFacts) -> str:
    """A meter's name for people."""
    if facts.name == "estimate":
        return tr("CPU estimate")
    if facts.name == "rapl":
        return tr("RAPL energy counters")
    if facts.name.startswith("nvml"):
        return facts.device
    return facts.name


def trust(facts: MeterFacts) -> str:
    """How far a meter can be trusted, in words and in its systematic uncertainty."""
    return tr(
        "{words} (systematic, 95 %: {gain})",
        words=tr(_TRUST.get(facts.provenance, _TRUST[Provenance.ESTIMATED])),
        gain=gain_text(facts.gain_relative_std),
    )
