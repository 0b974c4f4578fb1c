"""The answer of the what-if: energy with its interval, what it rests on, what it warns of."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QWidget

from advisor.figures import written
from advisor.predict.grade import Grade
from advisor.predict.local_runs import Prediction
from advisor.quantities import Provenance, Quantity
from ui.figures import ProvenanceMark, paint_interval
from ui.i18n import language, later, said, tr
from ui.parts import caption, column, eyebrow, notice, row, text
from ui.theme import theme

STATES = {
    "size only": later("size only"),
    "size and throughput": later("size and throughput"),
    "size, throughput and device": later("size, throughput and device"),
}

GRADES = {
    Grade.INSIDE.value: later("inside"),
    Grade.BEYOND.value: later("beyond"),
    Grade.FAR.value: later("far beyond"),
}
"""Where a prediction lies, seen from what was measured."""
GRADES_HINT = later(
    "Beyond: no run is nearer than half the runs' spread. Far beyond: than one and a half times. "
    "Intervals are wider there, as tests that left such runs out ask for."
)


class _Bar(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.quantity: Quantity | None = None
        self.setMinimumHeight(theme.px(16))

    def sizeHint(self) -> QSize:
        return QSize(theme.px(160), theme.px(16))

    def paintEvent(self, event: QPaintEvent) -> None:
        q = self.quantity
        if q is None or q.low <= 0:
            return
        box = QRectF(self.rect()).adjusted(theme.px(5), 1, -theme.px(5), -1)
        scale = (q.low / 2, q.high * 2)
        paint_interval(QPainter(self), box, q.value, q.low, q.high, scale, log=True)


class Outcome(QFrame):
    """Stays in place while sliders move; emits `asked` on click or Enter."""

    asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "well")
        self.setProperty("clickable", True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setToolTip(tr("Where does this number come from?"))
        self.setAccessibleName(tr("Energy per call"))
        self.value = text("–", "display", wrap=False)
        self.unit = text("", "soft", wrap=False)
        self.interval = caption("")
        self.state = text("", "body")
        self.share = caption("")
        self._bar = _Bar()
        self.reach = {
            Grade.BEYOND: notice(""),
            Grade.FAR: notice("", level="warning"),
        }
        for each in self.reach.values():
            each.setToolTip(tr(GRADES_HINT))
            each.hide()
        self.setLayout(
            column(
                eyebrow(tr("Energy per call")),
                row(self.value, self.unit, 1, space="small"),
                self._bar,
                self.interval,
                row(ProvenanceMark(Provenance.PREDICTED), 1),
                self.state,
                self.share,
                *self.reach.values(),
                1,
                space="small",
                margin="large",
            )
        )

    def show_prediction(self, found: Prediction | None) -> None:
        """Show a prediction; None where nothing is known to predict from."""
        self._bar.quantity = None if found is None else found.energy
        self._bar.update()
        if found is None:
            self.value.setText("–")
            self.unit.setText("")
            self.interval.setText("")
            self.share.setText("")
            self.state.setText(tr("Say at least one size or the calls per second."))
            self._say_reach(None)
            return
        shown = written(found.energy, language.code)
        self.value.setText(shown.value)
        self.unit.setText(shown.unit)
        self.interval.setText(tr("95 %: {interval}", interval=shown.interval))
        self.state.setText(tr("From {state}.", state=tr(STATES[found.state])))
        self.share.setText(share_words(found.local_share))
        self._say_reach(found)

    def _say_reach(self, found: Prediction | None) -> None:
        for grade, each in self.reach.items():
            each.setVisible(found is not None and found.grade == grade)
            each.say(said(found.reason) if found is not None else "")

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self.asked.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Space):
            self.asked.emit()
        else:
            super().keyPressEvent(event)


def share_words(share: float) -> str:
    """How much of a prediction rests on what was measured here."""
    if share <= 0:
        return tr("Rests on the shipped runs alone; nothing measured here takes part.")
    part = f"{100 * share:.1f}\N{NO-BREAK SPACE}%"
    return tr("Weight of the runs measured here: {share}.", share=part)
