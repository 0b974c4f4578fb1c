"""How far predictions can be trusted: agreement, coverage, residuals, one selection in all."""

from __future__ import annotations

import pandas as pd
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QFrame

from advisor.predict.picture import LEVELS, GradeCoverage, LeftOut
from ui.charts.agreement import AgreementChart
from ui.charts.coverage_chart import CoverageChart
from ui.charts.residual_ranges import MOST_GROUPS, ResidualRanges
from ui.i18n import later, tr
from ui.parts import caption, column, eyebrow, heading, quiet, row, soft
from ui.predict.outcome import GRADES, GRADES_HINT
from ui.tables import Column, FrameTable
from ui.theme import theme

LEAVES = {"family": later("model families"), "device": later("devices")}


class TrustCard(QFrame):
    """Emits keys of what was clicked: a point, a level of the coverage, a group."""

    point_asked = Signal(str)
    level_asked = Signal(str)
    group_asked = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.found: dict[str, LeftOut] = {}
        self.chosen: str | None = None
        self.leave = QComboBox()
        self.leave.setAccessibleName(tr("Left out"))
        for name, words in LEAVES.items():
            self.leave.addItem(tr(words), name)
        self.agreement = AgreementChart()
        self.agreement.setFixedHeight(theme.px(400))
        self.coverage = CoverageChart()
        self.coverage.setFixedHeight(theme.px(360))
        self.residuals = ResidualRanges()
        self.by_grade = FrameTable(_grade_columns(), key="grade")
        self.by_grade.setFixedHeight(theme.px(172))
        self._said = soft("")
        self._many = caption("")
        self._widen = quiet(tr("Show all"), lambda: self.choose(None), icon_name="close")
        self._widen.hide()
        agreement = column(eyebrow(tr("Predicted against measured")), self.agreement)
        coverage = column(
            eyebrow(tr("Coverage of the intervals")),
            self.coverage,
            caption(tr("Bars: 95 % interval over groups. Faint squares: single groups.")),
            1,
        )
        above = row(space="large")
        above.addLayout(agreement, 3)
        above.addLayout(coverage, 2)
        head = row(
            heading(tr("How far can it be trusted?")),
            1,
            self._widen,
            eyebrow(tr("Left out")),
            self.leave,
            space="small",
        )
        below = column(
            eyebrow(tr("Residuals by group, the worst first")), self.residuals, self._many
        )
        reach = column(
            eyebrow(tr("By distance from what was measured")),
            self.by_grade,
            caption(
                tr(
                    "Whole families left out, and the largest, smallest, fastest and slowest third "
                    "of the runs; each test's intervals rest on the other tests."
                )
            ),
        )
        self.setLayout(
            column(head, self._said, above, reach, below, space="medium", margin="large")
        )
        self.leave.activated.connect(lambda: self.choose(None))
        self.agreement.clicked.connect(self.point_asked)
        self.coverage.clicked.connect(self.level_asked)
        self.residuals.clicked.connect(self._group_clicked)

    @property
    def current(self) -> LeftOut | None:
        """What is shown."""
        return self.found.get(str(self.leave.currentData()))

    def show_left_out(self, found: dict[str, LeftOut]) -> None:
        """Show what is there so far; the rest follows."""
        if found != self.found:
            before = self.current
            self.found = dict(found)
            if self.current is not before:
                self._draw()

    def choose(self, group: str | None) -> None:
        """Give one family or device its colour, quieten the others."""
        self.chosen = group
        self._widen.setVisible(group is not None)
        self._draw()

    def mark(self, key: str) -> None:
        """Ring a run that was chosen elsewhere."""
        self.agreement.mark(key)

    def _group_clicked(self, group: str) -> None:
        self.choose(group)
        self.group_asked.emit(group)

    def _draw(self) -> None:
        found = self.current
        if found is None:
            return
        self.agreement.show_points(found.points, self.chosen, found.leave)
        self.coverage.show_coverage(found.coverage)
        self.residuals.show_residuals(found.residuals, self.chosen)
        self.by_grade.show_frame(pd.DataFrame([_grade_row(g) for g in found.by_grade]))
        left = len(found.residuals) - MOST_GROUPS
        self._many.setText(
            tr("Line: middle 90 % of the runs; bar: middle half; point: median.")
            + (
                " " + tr("{n} groups with smaller residuals are not drawn.", n=left)
                if left > 0
                else ""
            )
        )
        error, r2 = found.score.median_error, found.score.r2_log
        self._said.setText(
            tr(
                "{runs} runs, each predicted without its own {what}: median error {error} %, "
                "R² of log energy {r2}.",
                runs=found.score.runs,
                what=tr("family") if found.leave == "family" else tr("device"),
                error="–" if error is None else f"{100 * error:.1f}",
                r2="–" if r2 is None else f"{r2:.3f}",
            )
        )


def _grade_row(found: GradeCoverage) -> dict[str, object]:
    return {
        "grade": found.grade.value,
        "runs": found.runs,
        "trials": found.trials,
        **{f"in_{q}": found.inside[q] for q in LEVELS},
        "median_error": found.median_error,
        "factor": f"×÷ {found.factor:.1f}",
    }


def _grade_columns() -> list[Column]:
    inside = (
        Column(f"in_{q}", tr("in {q} %", q=f"{100 * q:.0f}"), kind="share", width=96)
        for q in LEVELS
    )
    return [
        Column(
            "grade",
            tr("Measured range"),
            words={k: tr(v) for k, v in GRADES.items()},
            stretch=True,
            hint=tr(GRADES_HINT),
        ),
        Column("runs", tr("Runs"), kind="number", width=90),
        Column("trials", tr("Tests"), kind="number", width=80),
        *inside,
        Column("median_error", tr("Median error"), kind="share", width=120),
        Column(
            "factor",
            tr("95 % interval"),
            width=130,
            hint=tr("The upper end of the typical interval ÷ the prediction"),
        ),
    ]
