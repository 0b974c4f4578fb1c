"""The power law in plain text, its exponents with their intervals, and partial dependence."""

from __future__ import annotations

import pandas as pd
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame

from advisor.predict.fitted import FittedModel
from ui.charts.dependence_chart import DependenceChart
from ui.i18n import later, tr
from ui.parts import caption, column, heading, row, text, well
from ui.predict.gathering import DEPENDENCE, FIGURES
from ui.tables import Column, FrameTable
from ui.theme import theme

EXPONENTS = {
    "parameters": later("parameters"),
    "flops_per_call": later("operations per call"),
    "throughput": later("calls per second"),
    "idle power": later("idle power"),
}


class LawCard(QFrame):
    """Emits `asked` with the name of an exponent."""

    asked = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.formula = text("", "body", selectable=True)
        self.table = FrameTable(
            [
                Column("words", tr("Exponent of"), stretch=True, strong=True),
                Column("value", tr("Value"), kind="figure", unit="1", width=250),
            ],
            key="name",
        )
        self.table.setFixedHeight(theme.px(212))
        self.table.cell_asked.connect(lambda key, _: self.asked.emit(key))
        across = row(space="large")
        across.addWidget(well(self.formula, 1), 2)
        across.addWidget(self.table, 3)
        self.setLayout(
            column(
                heading(tr("The power law")),
                caption(
                    tr(
                        "The part that can be written down in one line. At constant power the "
                        "exponent of the calls per second is −1."
                    )
                ),
                across,
                caption(tr("95 % intervals: whole families drawn anew with replacement.")),
                space="small",
                margin="large",
            )
        )

    def show_law(self, model: FittedModel) -> None:
        """Show formula and exponents."""
        named = model.formula
        for name, words in EXPONENTS.items():
            named = named.replace(f" {name}^", f" {tr(words)}^")
        self.formula.setText(
            named.replace("E = ", tr("Energy per call") + " = ", 1).replace(" · ", "\n· ")
        )
        self.table.show_frame(
            pd.DataFrame(
                [
                    {
                        "name": e.name,
                        "words": tr(EXPONENTS[e.name]) if e.name in EXPONENTS else e.name,
                        "value": e.value,
                        "value_low": e.low,
                        "value_high": e.high,
                        "value_provenance": "estimated",
                    }
                    for e in model.exponents
                    if e.name != "constant"
                ]
            )
        )


class DependenceCard(QFrame):
    """Three lines: energy over parameters, operations, calls per second."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.charts = {
            name: DependenceChart(tr(FIGURES[name][0]), FIGURES[name][1]) for name in DEPENDENCE
        }
        across = row(space="medium")
        for chart in self.charts.values():
            chart.setFixedHeight(theme.px(250))
        for chart in self.charts.values():
            across.addWidget(chart, 1)
        self.setLayout(
            column(
                heading(tr("Partial dependence")),
                caption(
                    tr(
                        "One figure is set to each value in turn for a sample of the runs, the "
                        "others stay. Line: mean prediction; band: the middle 80 % of the runs."
                    )
                ),
                across,
                margin="large",
            )
        )
        self._shown: set[str] = set()

    def show_dependence(self, found: dict[str, pd.DataFrame]) -> None:
        """Draw what is there so far."""
        for name, table in found.items():
            if name not in self._shown:
                self._shown.add(name)
                self.charts[name].show_line(table, "low_j", "high_j")

    def forget(self) -> None:
        """Other runs: draw anew."""
        self._shown.clear()
