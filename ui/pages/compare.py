"""The compare page: what to do first, the ranking, and the plane of accuracy lost, carbon saved."""

from __future__ import annotations

from PySide6.QtWidgets import QComboBox, QFrame, QWidget

from advisor.figures import percent
from advisor.rank import Recommendation
from ui.charts.plane_chart import PlaneChart
from ui.explanations import (
    explain_footprint,
    explain_loss,
    explain_option_energy,
    explain_ratio,
    explain_saving,
)
from ui.figures import Explanation, FigureCard
from ui.i18n import later, said, tr
from ui.operational.card import OperationalCard
from ui.operational.explain import explain_worked_energy
from ui.pages.page import Page, clear
from ui.parts import button, caption, card, column, eyebrow, heading, quiet, row, soft, text, title
from ui.ranking import VERDICTS, Ranking, ranked
from ui.tables import Column, FrameTable
from ui.theme import theme

_ASSUMED = {
    "calls_per_year": later("1,000,000 inferences a year"),
    "region": later("the world's mean grid"),
    "pue": later("a PUE of 1.0"),
}


class ComparePage(Page):
    """Ranks what was measured. One selection moves table, plane and details."""

    place, name, icon_name = 20, "compare", "compare"
    title = later("Compare")
    lead = later("Ranked by carbon saved per unit of accuracy lost; steps without regret first.")

    def build(self) -> None:
        """First recommendation, plane, table."""
        self.ranking: Ranking | None = None
        self._ask = button(
            tr("Where does this number come from?"), self._explain_current, icon_name="info"
        )
        self.other_ways = quiet(
            tr("Add a cache, a cascade, a move …"), self._show_other_ways, icon_name="plus"
        )
        self.commands.addWidget(self._ask)
        self._top = column(space="large")
        self.table = FrameTable(_columns(), key="candidate")
        self.table.setMinimumHeight(theme.px(330))
        self.plane = PlaneChart()
        self.plane.setMinimumHeight(theme.px(360))
        self.baseline = QComboBox()
        self.baseline.setAccessibleName(tr("Model in use today"))
        self._reason = soft("")
        self._content = QWidget()
        self._content.setProperty("role", "page")
        self.baseline.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        head = row(heading(tr("Ranking")), 1, self.other_ways)
        label = text(tr("Model in use today"), "eyebrow", wrap=False)
        in_use = row(label, self.baseline, 1, space="small")
        self._content.setLayout(
            column(
                self._top,
                card(
                    heading(tr("Accuracy lost, carbon saved")),
                    self.plane,
                    caption(
                        tr(
                            "Pale bars: what all options share (meter, grid, volume). It moves "
                            "them together and leaves their order as it is."
                        )
                    ),
                ),
                card(head, in_use, self.table, self._reason),
                space="large",
            )
        )
        self.operational = OperationalCard(self)
        self._empty = self.show_empty(
            tr("Nothing has been measured yet"),
            tr("Measure at least two candidates; then they are ranked here."),
            button(tr("Go to the benchmark"), lambda: self.session.go_to("benchmark")),
            button(tr("Open the sample"), self.session.sample_wanted.emit, kind="primary"),
        )
        self._alone = self.show_empty(
            tr("One model was measured"),
            tr("Measure another, find greener variants of it, or enter an option below."),
            button(tr("Go to the benchmark"), lambda: self.session.go_to("benchmark")),
            button(tr("Find greener variants"), lambda: self.session.go_to("variants")),
        )
        for widget in (self._empty, self._alone, self._content, self.operational):
            widget.hide()
            self.body.addWidget(widget)
        self.body.addStretch(1)
        self.table.chosen.connect(self.session.select)
        self.table.cell_asked.connect(self.explain)
        self.plane.clicked.connect(self.session.select)
        self.session.selected.connect(self._selected)
        self.baseline.activated.connect(self._choose_baseline)
        self.operational.kept.chosen.connect(lambda: self.bring_into_view(self.table))
        self.when_changed("measurements settings operational", self.refresh)

    def refresh(self) -> None:
        """Rank anew, in a job."""
        self.work(ranked, self.session.project, done=self._show)

    def explain(self, key: str, column_name: str) -> None:
        """Answer where a cell of the table comes from."""
        found = self.ranking.of_candidate(key) if self.ranking else None
        if found is not None:
            self.session.ask(self._explanation(found, column_name))

    # -- inside ------------------------------------------------------------------------------

    def _show(self, ranking: Ranking | None) -> None:
        self.ranking = ranking
        several = ranking is not None and ranking.several
        self._empty.setVisible(ranking is None)
        self._alone.setVisible(ranking is not None and not several)
        self._content.setVisible(several)
        self._ask.setVisible(several)
        self.operational.setVisible(ranking is not None)
        self.clear_notes()
        if ranking is None:
            return
        self.operational.show_ranking(ranking)
        if not ranking.several:
            return
        words = {verdict: tr(text) for verdict, text in VERDICTS.items()}
        self.table.show_frame(ranking.frame)
        self.plane.show_ranking(ranking.recommendations, words)
        self._fill_top(ranking)
        self._fill_baseline(ranking)
        assumed = [tr(_ASSUMED[name]) for name in ranking.assumed.assumed]
        if assumed:
            self.note(
                tr(
                    "Nobody entered {what}: these are assumed. Enter your own on the Benchmark "
                    "page.",
                    what=tr(", ").join(assumed),
                )
            )
        self._selected(self.session.selection or "")

    def _fill_top(self, ranking: Ranking) -> None:
        clear(self._top)
        best = next((r for r in ranking.recommendations if r.place == 1), None)
        if best is None:
            self._top.addWidget(
                card(
                    eyebrow(tr("First recommendation")),
                    heading(tr("Nothing measured here can be told to be better than what is used")),
                    soft(
                        tr("More windows, a finer meter or other candidates may show a difference.")
                    ),
                )
            )
            return
        option = best.option
        words: QFrame = card(
            eyebrow(tr("First recommendation")),
            title(option.name),
            soft(said(best.reason)),
            caption(_certainty(best)),
            1,
            space="small",
        )
        across = row(space="large")
        across.addWidget(words, 2)
        figures = (
            (tr("Carbon saved a year"), option.carbon_saved_kg, "carbon_saved_kg"),
            (tr("Accuracy lost"), option.accuracy_loss, "accuracy_loss"),
        )
        for name, quantity, asked in figures:
            made = FigureCard(name, quantity)
            key = option.candidate or ""
            made.asked.connect(lambda key=key, asked=asked: self.explain(key, asked))
            across.addWidget(made, 1)
        self._top.addLayout(across)

    def _fill_baseline(self, ranking: Ranking) -> None:
        self.baseline.clear()
        for key, name in ranking.choices:
            self.baseline.addItem(name, key)
        self.baseline.setCurrentIndex(self.baseline.findData(ranking.baseline))

    def _choose_baseline(self) -> None:
        key = self.baseline.currentData()
        if self.ranking is not None and key != self.ranking.baseline:
            self.session.set(tr("Change the model in use"), baseline=key)

    def _selected(self, key: str) -> None:
        self.table.select_key(key or None)
        self.plane.mark(key or None)
        found = self.ranking.of_candidate(key) if self.ranking and key else None
        self._reason.setText(
            said(found.reason)
            if found
            else tr("Choose a row to read its reason; Enter asks where a number comes from.")
        )

    def _show_other_ways(self) -> None:
        self.bring_into_view(self.operational)
        self.operational.lever.setFocus()

    def _explain_current(self) -> None:
        if self.ranking is None:
            return
        best = next((r for r in self.ranking.recommendations if r.place == 1), None)
        key = self.table.current_key() or (best.option.candidate if best else None)
        index = self.table.currentIndex()
        name = _columns()[index.column()].name if index.isValid() else "carbon_saved_kg"
        if key is None and self.ranking.choices:
            key = self.ranking.baseline
        if key is not None:
            self.explain(key, name)

    def _explanation(self, found: Recommendation, column_name: str) -> Explanation:
        project = self.session.project
        worked = self.ranking.worked_out(found.option.candidate or "") if self.ranking else None
        energy = (
            explain_worked_energy(project, worked)
            if worked is not None
            else explain_option_energy(project, found.option)
        )
        if column_name == "energy_j" and energy is not None:
            return energy
        if column_name == "accuracy_loss":
            return explain_loss(project, found)
        if column_name == "incremental_kg_per_point":
            return explain_ratio(found)
        if column_name == "carbon_kg":
            return explain_footprint(project, found.option)
        return explain_saving(project, found)


def _certainty(best: Recommendation) -> str:
    if best.probability_best is None:
        return ""
    return tr("The best choice in {share} of the draws.", share=percent(best.probability_best))


def _columns() -> list[Column]:
    return [
        Column("place", tr("Place"), kind="number", width=60),
        Column("option", tr("Option"), stretch=True, strong=True),
        Column("verdict", tr("Verdict"), width=128),
        Column("carbon_saved_kg", tr("Saved a year"), "figure", "kgCO2e/year", width=150),
        Column("accuracy_loss", tr("Accuracy lost"), "figure", "point", width=134),
        Column(
            "energy_j",
            tr("Energy used"),
            "figure",
            "J",
            width=104,
            log=True,
            hint=tr("Energy per inference"),
        ),
        Column(
            "incremental_kg_per_point",
            tr("Saved per point"),
            "figure",
            "kgCO2e/year/point",
            width=130,
            bar=False,
            hint=tr("Carbon saved per accuracy point given up, from the previous step"),
        ),
        Column(
            "probability_best",
            tr("Best in"),
            kind="share",
            width=72,
            hint=tr("Share of the draws in which this option is the best choice"),
        ),
    ]


PAGE = ComparePage
