"""The search as it goes and what it found: stages, the best variant, the table, the layers."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QWidget

from advisor.candidates.levers.export import export_with_energy
from advisor.project.layer_damage import known_layer_damage, layer_damage, no_layers
from advisor.project.outcomes import Outcome, Verdict
from advisor.project.search_course import SearchCourse
from ui.figures import FigureCard
from ui.i18n import said, tr
from ui.pages.page import Page, clear
from ui.parts import caption, card, column, eyebrow, row, soft, title
from ui.variants.explain import explain_outcome
from ui.variants.layers_card import LayersCard
from ui.variants.live_search import LiveSearch
from ui.variants.outcomes_card import OutcomesCard
from ui.variants.stages_card import StagesCard
from ui.variants.words import variant_title


class ResultView(QWidget):
    """Reads the course of the live search; `show_course` draws it anew."""

    def __init__(self, page: Page) -> None:
        super().__init__()
        self._page, self._session = page, page.session
        self._live = LiveSearch.of(page.session)
        self._shown: tuple[int, int, bool, int] | None = None
        self._worked_out = 0
        """How often layers were worked out on this page."""
        self.setProperty("role", "page")
        self.stages = StagesCard()
        self.outcomes = OutcomesCard()
        self.layers = LayersCard(self._work_out_layers)
        self._best: QHBoxLayout = row(space="large")
        self.setLayout(column(self.stages, self._best, self.outcomes, self.layers, space="large"))
        self.outcomes.chosen.connect(self._session.select)
        self.outcomes.asked.connect(self.explain)
        self.outcomes.copy_wanted.connect(self._save_copy)
        self._session.selected.connect(self.outcomes.table.select_key)

    def show_course(self) -> None:
        """Show what is known of the search by now."""
        course = self._live.course
        if course is None:
            return
        known = (id(course), course.revision, self._live.running, self._worked_out)
        if known == self._shown:
            return
        self._shown = known
        outcomes = course.outcomes()
        self.stages.show_course(course, words=self._state(course))
        self.outcomes.show_outcomes(course.plan, outcomes)
        self._show_best(course, outcomes)
        self._show_layers(course)

    def explain(self, key: str, column_name: str) -> None:
        """Answer where a cell of the table comes from."""
        outcome, course = self.outcomes.outcome(key), self._live.course
        if outcome is not None and course is not None:
            found = explain_outcome(self._session.project, course.plan, outcome, column_name)
            if found is not None:
                self._session.ask(found)

    # -- inside ------------------------------------------------------------------------------

    def _state(self, course: SearchCourse) -> str:
        parent = course.plan.parents[0].name
        if course.finished:
            return tr("Variants of {name}. The search is finished.", name=parent)
        if self._live.running:
            return tr("Variants of {name}. The table fills as the search goes.", name=parent)
        return tr(
            "Variants of {name}. The search stopped here; Continue goes on at this stage.",
            name=parent,
        )

    def _show_best(self, course: SearchCourse, outcomes: list[Outcome]) -> None:
        clear(self._best)
        if not course.finished:
            return
        best = course.best()
        counts = tr(
            "{n} greener, {m} refused by the guard, {k} that do not apply.",
            n=_count(outcomes, Verdict.GREENER),
            m=_count(outcomes, Verdict.REFUSED),
            k=_count(outcomes, Verdict.DOES_NOT_APPLY),
        )
        if best is None:
            nothing = tr(
                "No variant within the limits uses distinguishably less energy than its parent on "
                "this machine. The reasons are below."
            )
            self._best.addWidget(
                card(
                    eyebrow(tr("Best variant")),
                    title(tr("Nothing greener was found here")),
                    soft(nothing),
                    caption(counts),
                    space="small",
                )
            )
            return
        words = card(
            eyebrow(tr("Best variant")),
            title(variant_title(course.plan, best.entry)),
            soft(" ".join(said(reason) for reason in best.reasons)),
            caption(counts),
            caption(_still_more(course, best)),
            1,
            space="small",
        )
        self._best.addWidget(words, 2)
        figures = (
            (tr("Energy change"), best.energy_change, "change"),
            (tr("Accuracy lost"), best.guard.loss if best.guard else None, "loss"),
        )
        for name, quantity, column_name in figures:
            made = FigureCard(name, quantity)
            made.asked.connect(lambda key=best.key, asked=column_name: self.explain(key, asked))
            self._best.addWidget(made, 1)

    def _show_layers(self, course: SearchCourse) -> None:
        parent, rows = course.plan.parents[0], course.plan.calibration
        if rows is None or no_layers(parent, rows) is not None:
            self.layers.hide()
            return
        layers = course.layers.get(parent.key) or known_layer_damage(
            self._session.project, parent, rows
        )
        self.layers.setVisible(layers is not None or not self._live.running)
        self.layers.show_layers(layers, course.kept_in_float)

    def _work_out_layers(self) -> None:
        course = self._live.course
        if course is not None and course.plan.calibration is not None:
            self._page.work(
                layer_damage,
                self._session.project,
                course.plan.parents[0],
                course.plan.calibration,
                done=self._layers_known,
                doing=tr("Quantising one layer after the other …"),
            )

    def _save_copy(self, key: str) -> None:
        outcome = self.outcomes.outcome(key)
        if outcome is None or outcome.candidate is None or outcome.measurement is None:
            return
        folder = QFileDialog.getExistingDirectory(self, tr("Folder for the copy"))
        if folder:
            self._page.work(
                export_with_energy,
                outcome.candidate,
                outcome.measurement.energy_j,
                Path(folder),
                done=self._copied,
                doing=tr("Writing the copy …"),
            )

    def _copied(self, path: Path) -> None:
        self._session.said.emit(tr("Saved as {file}.", file=path))

    def _layers_known(self, _layers: object) -> None:
        self._worked_out += 1
        self.show_course()


def _still_more(course: SearchCourse, best: Outcome) -> str:
    most = course.best(waiting=True)
    if most is None or most.key == best.key:
        return ""
    name = variant_title(course.plan, most.entry)
    return tr("Where requests can wait for each other, “{name}” saves more.", name=name)


def _count(outcomes: list[Outcome], verdict: Verdict) -> int:
    return sum(o.verdict is verdict for o in outcomes)
