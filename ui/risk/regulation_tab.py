"""The regulation map: what is asked for, where our value comes from, how much of it is filled."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from advisor.risk import by_regime
from advisor.risk.regulation import KEPT
from ui.charts.coverage_bars import CoverageBars
from ui.i18n import tr
from ui.parts import card, column, heading, soft
from ui.parts.words import text
from ui.risk.behind import Drill
from ui.risk.frames import coverage_frame, models_of_obligation
from ui.risk.picture import RiskPicture
from ui.risk.words import COVERAGE, in_words
from ui.tables import Column, FrameTable
from ui.theme import theme


class RegulationTab(QWidget):
    """Emits `drilled` with the models that lack a field of an obligation."""

    drilled = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "page")
        self.picture: RiskPicture | None = None
        self.bars = CoverageBars()
        self.bars.chosen.connect(self._filter)
        self.table = FrameTable(
            [
                Column("regime", tr("Regime"), width=110),
                Column("reference", tr("Reference"), width=170),
                Column("obligation", tr("Asks for"), stretch=True),
                Column(
                    "coverage", tr("Coverage"), words=in_words(COVERAGE), strong=True, width=150
                ),
                Column("share", tr("Filled"), kind="share", width=66),
                Column("applies_from", tr("Applies from"), width=100),
                Column("checked", tr("Checked"), width=96),
            ],
            key="key",
        )
        self.table.setMinimumHeight(theme.px(420))
        self.table.chosen.connect(self._show_one)
        self._about = text(
            tr("Choose a row for its status, its fields and what is missing."), "soft"
        )
        self.setLayout(
            column(
                card(
                    heading(tr("Coverage by regime")),
                    soft(tr("Coverage of the figures asked for. No claim of compliance is made.")),
                    self.bars,
                ),
                card(heading(tr("Obligations")), self._about, self.table),
                space="large",
            )
        )
        self._regime = ""

    def show_picture(self, picture: RiskPicture) -> None:
        """Show everything anew."""
        self.picture = picture
        words = in_words(COVERAGE) | {"outside": tr("outside the program")}
        self.bars.show_regimes(by_regime(picture.coverage), words)
        self.table.show_frame(coverage_frame(picture))

    def _filter(self, regime: str) -> None:
        self._regime = "" if regime == self._regime else regime
        self.table.filter(self._regime)

    def _show_one(self, key: str) -> None:
        if self.picture is None:
            return
        row = next(r for r in self.picture.coverage if r.obligation.key == key)
        rule = row.obligation
        fields = ", ".join(
            f"{tr(KEPT[name[1:]]) if name.startswith('@') else name} {100 * share:.0f} %"
            for name, share in row.by_field.items()
        )
        lines = [
            f"{rule.regime} · {rule.reference} · {rule.version}",
            tr("Status: {status}. Applies from {day}.", status=rule.status, day=rule.applies_from),
            tr("Our fields: {fields}", fields=fields or "–"),
            tr("Where the value comes from: {origin}", origin=rule.origin),
            tr("Checked on {day} in {where}.", day=rule.checked, where=rule.checked_in),
            rule.note,
        ]
        self._about.setText("\n".join(line for line in lines if line))
        if row.lacking:
            title = tr("Largest models without a field of {reference}", reference=rule.reference)
            self.drilled.emit(Drill(title, models_of_obligation(self.picture, row)))
