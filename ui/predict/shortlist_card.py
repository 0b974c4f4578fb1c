"""Measure these five next: what each benchmark would narrow in the inventory's total."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame

from advisor.figures import written
from advisor.predict.shortlist import Shortlist
from ui.i18n import language, tr
from ui.parts import button, column, heading, row, soft
from ui.tables import Column, FrameTable
from ui.theme import theme


class ShortlistCard(QFrame):
    """Emits `selected` with a model's id, `asked` with an id, `benchmark` to go and measure."""

    selected = Signal(str)
    asked = Signal(str)
    benchmark = Signal()
    portfolio = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.found: Shortlist | None = None
        self._said = soft("")
        self.go = button(tr("Go to the benchmark"), self.benchmark.emit)
        self.load = button(tr("Go to the portfolio"), self.portfolio.emit)
        self.table = FrameTable(
            [
                Column("place", tr("Place"), kind="number", width=64),
                Column("id", tr("Model"), width=110),
                Column("name", tr("Name"), stretch=True, strong=True),
                Column(
                    "energy_j", tr("Energy per call"), kind="figure", unit="J", width=190, log=True
                ),
                Column(
                    "year_kwh", tr("Energy a year"), kind="figure", unit="kWh", width=190, log=True
                ),
                Column(
                    "narrowing",
                    tr("Narrowed by then"),
                    kind="share",
                    width=130,
                    hint=tr("Share of the total's interval removed by this and those before it"),
                ),
            ],
            key="id",
        )
        self.table.setFixedHeight(theme.px(250))
        self.table.chosen.connect(self.selected)
        self.table.cell_asked.connect(lambda key, _: self.asked.emit(key))
        self.setLayout(
            column(
                row(heading(tr("Measure these five next")), 1, self.load, self.go, space="small"),
                self._said,
                self.table,
                space="small",
                margin="large",
            )
        )
        self.show_shortlist(None, waiting=True)

    def show_shortlist(self, found: Shortlist | None, *, waiting: bool = False) -> None:
        """Show it; None where the project has no inventory with anything to predict."""
        self.found = found
        self.table.setVisible(found is not None)
        self.go.setVisible(found is not None)
        self.load.setVisible(found is None and not waiting)
        if found is None:
            self._said.setText(
                ""
                if waiting
                else tr(
                    "With an inventory on the Portfolio page, the program names the models whose "
                    "benchmark would narrow the total the most."
                )
            )
            return
        now = written(found.total, language.code)
        self._said.setText(
            tr(
                "The {n} predicted models use {total} ({now}). With these measured the total would "
                "be known to about ± {left}, wherever it then lies.",
                n=found.predicted,
                total=now.text,
                now=now.interval,
                left=found.left,
            )
        )
        self.table.show_frame(found.steps)
