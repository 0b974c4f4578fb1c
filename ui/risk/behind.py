"""The models behind a figure: one table for every drill-down of the risk page."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame

from ui.i18n import tr
from ui.parts import column, heading, quiet, row, soft
from ui.tables import Column, FrameTable
from ui.theme import theme


@dataclass(frozen=True)
class Drill:
    """A question for the models behind a figure, and its answer."""

    title: str
    frame: pd.DataFrame
    columns: tuple[Column, ...] = ()
    """Beside model, name, business line, owner and carbon."""


class BehindCard(QFrame):
    """Shows the models of the last question. Emits `chosen` and `wanted` with a model's id."""

    chosen = Signal(str)
    wanted = Signal(str)
    """Opened by double click or Enter."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self._title = heading("")
        self._hint = soft(tr("Double click opens the model in the portfolio."))
        self._place = column()
        head = row(space="small")
        head.addWidget(self._title, 1)
        head.addWidget(quiet(tr("Close"), self.hide, icon_name="close"))
        self.setLayout(column(head, self._hint, self._place, space="small", margin="large"))
        self.table: FrameTable | None = None
        self.hide()

    def show_drill(self, drill: Drill) -> None:
        """Show an answer."""
        if self.table is not None:
            self._place.removeWidget(self.table)
            self.table.deleteLater()
        self._title.setText(drill.title)
        self._hint.setText(
            tr("Double click opens the model in the portfolio.")
            if len(drill.frame)
            else tr("No model is behind it.")
        )
        self.table = FrameTable(
            [
                Column("model_id", tr("Model"), width=96),
                Column("name", tr("Name"), stretch=True, strong=True),
                Column("business_line", tr("Business line"), width=150),
                Column("owner", tr("Owner"), width=110),
                Column("carbon_kg", tr("Carbon a year [kg CO₂e]"), kind="number", width=180),
                *drill.columns,
            ],
            key="model_id",
        )
        self.table.chosen.connect(self.chosen)
        self.table.cell_asked.connect(lambda key, _: self.wanted.emit(key))
        self.table.setMinimumHeight(theme.px(240))
        self.table.show_frame(drill.frame.reset_index(drop=True))
        self._place.addWidget(self.table)
        self.show()
