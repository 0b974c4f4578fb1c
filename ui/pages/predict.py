"""The predict page: what a model would use, how sure that is, and what to measure next."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from advisor.predict.judgement import Judgement
from ui import jobs
from ui.i18n import later, tr
from ui.live_benchmark import LiveBenchmark
from ui.pages.page import Page
from ui.parts import button, column, row
from ui.parts.drop_area import paths_of
from ui.predict.batch_card import SUFFIXES, BatchCard
from ui.predict.calculators_card import TokensCard, TrainingCard
from ui.predict.contenders_card import ContendersCard
from ui.predict.gathering import (
    Batch,
    PredictPicture,
    Stage,
    gathered,
    judged,
    listed,
    predicted_file,
    written_file,
)
from ui.predict.law_card import DependenceCard, LawCard
from ui.predict.live_answer import LiveAnswer
from ui.predict.questions import Questions
from ui.predict.shortlist_card import ShortlistCard
from ui.predict.trust_card import TrustCard
from ui.predict.what_if_card import Asked, WhatIfCard


class PredictPage(Page):
    """What-if, many models, what to measure next, and how far all that can be trusted."""

    place, name, icon_name = 30, "predict", "predict"
    title = later("Predict")
    lead = later("What a model would use, before anybody runs it, and how sure that is.")

    def build(self) -> None:
        """Put the cards together; the fit begins when the page is first looked at."""
        self.picture: PredictPicture | None = None
        self._task: jobs.Task | None = None
        self._stale = True
        self.setAcceptDrops(True)
        self._cards()
        self._content = QWidget()
        self._content.setProperty("role", "page")
        calculators = row(space="large")
        for card in (self.training, self.tokens):
            calculators.addWidget(card, 1)
        self._content.setLayout(
            column(
                self.what_if,
                self.batch,
                self.shortlist,
                self.trust,
                self.dependence,
                self.law,
                self.contenders,
                calculators,
                space="large",
            )
        )
        self._begin = button(tr("Fit now"), self.fit, kind="primary", icon_name="play")
        self._empty = self.show_empty(
            tr("Predictions rest on a fit"),
            tr(
                "The shipped public runs and what was measured here are fitted together: some ten "
                "seconds the first time, then it is kept. What is shown here follows from it."
            ),
            self._begin,
        )
        for widget in (self._content, self._empty):
            widget.hide()
            self.body.addWidget(widget)
        self.body.addStretch(1)
        self._connect()
        self._take_up()
        self.when_changed("measurements candidates", self._runs_changed)
        self.when_changed("models", self._list)

    def fit(self) -> None:
        """Fit, leave groups out, work out the dependence: in a job that can be cancelled."""
        if LiveBenchmark.of(self.session).running:
            self._wait_for_benchmark()
            return
        self.clear_notes()
        self._stale = False
        self._begin.hide()
        self._empty.setVisible(self.picture is None)
        if self._task is not None:
            self._task.cancel()
        project, kept = self.session.project, self.memory.get("picture")
        self._task = jobs.follow(
            self,
            lambda: gathered(project, kept),
            on_event=self._staged,
            failed=self.complain,
            doing=tr("Reading the runs …"),
        )
        self._task.cancelled.connect(self._left)
        self.progress.show_task(self._task)

    def open_table(self, path: Path) -> None:
        """Predict every model of a file."""
        if self.picture is None:
            self.memory["waiting file"] = path
            return
        self.work(
            predicted_file,
            self.picture.learnt,
            path,
            done=self._batch_made,
            doing=tr("Reading {file} …", file=path.name),
        )

    # -- putting together --------------------------------------------------------------------

    def _cards(self) -> None:
        self.what_if = WhatIfCard()
        self.batch = BatchCard()
        self.shortlist = ShortlistCard()
        self.trust = TrustCard()
        self.law, self.dependence = LawCard(), DependenceCard()
        self.contenders = ContendersCard()
        self.training, self.tokens = TrainingCard(), TokensCard()

    def _connect(self) -> None:
        self.live = LiveAnswer(self)
        self.live.made.connect(self._answered)
        self.live.failed.connect(self.complain)
        self.what_if.wanted.connect(self._ask)
        self.batch.chosen.connect(self.open_table)
        self.batch.exported.connect(self._export)
        self.batch.selected.connect(self.session.select)
        self.shortlist.selected.connect(self.session.select)
        self.shortlist.benchmark.connect(lambda: self.session.go_to("benchmark"))
        self.shortlist.portfolio.connect(lambda: self.session.go_to("portfolio"))
        self.contenders.wanted.connect(self._judge)
        self.trust.point_asked.connect(self.session.select)
        self.questions = Questions(self.session)
        self.questions.of_models(self.what_if, self.batch, self.shortlist)
        self.questions.of_trust(self.trust, self.law, self.contenders)
        self.questions.of_calculators(self.training, self.tokens)
        self.session.selected.connect(self._selected)

    def _take_up(self) -> None:
        """After the page was built anew: what was fitted, asked and predicted is kept."""
        kept: PredictPicture | None = self.memory.get("picture")
        if kept is not None:
            self._stale = self.memory.get("stale", False)
            self._show(kept)
        batch: Batch | None = self.memory.get("batch")
        if batch is not None:
            self.batch.show_batch(batch)

    # -- the fit -----------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._stale and (self._task is None or not self._task.running):
            QTimer.singleShot(0, self, self.fit)

    def _runs_changed(self) -> None:
        self._stale = self.memory["stale"] = True
        if self.isVisible():
            self.fit()

    def _wait_for_benchmark(self) -> None:
        """A fit would take processor time from the windows that are being measured."""
        live = LiveBenchmark.of(self.session)
        self.clear_notes()
        self.note(tr("A benchmark is running; the fit waits, so as not to disturb it."))
        self._begin.hide()
        self._empty.setVisible(self.picture is None)
        live.ended.connect(self._benchmark_ended)

    def _benchmark_ended(self) -> None:
        LiveBenchmark.of(self.session).ended.disconnect(self._benchmark_ended)
        if self._stale and self.isVisible():
            self.fit()

    def _staged(self, stage: Stage) -> None:
        if stage.picture is not None:
            self._show(stage.picture)

    def _left(self) -> None:
        self._begin.show()
        self._empty.setVisible(self.picture is None)
        self._stale = self.memory["stale"] = self.picture is None

    def _show(self, picture: PredictPicture) -> None:
        before, self.picture = self.picture, picture
        self.questions.learnt = picture.learnt
        self.memory["picture"] = picture
        self.memory["stale"] = False
        other = before is None or before.learnt is not picture.learnt
        self._empty.hide()
        self._content.show()
        self._say_estimates(picture)
        if other:
            self.dependence.forget()
            self.what_if.show_choices(picture.learnt)
            self.law.show_law(picture.learnt.model)
            self.what_if.put(self.memory.get("asked", self.what_if.question()))
            self.what_if.ask()
            self._list()
        if other or before is None or before.judgement is not picture.judgement:
            self._show_judgement(picture)
        self.trust.show_left_out(picture.left_out)
        self.dependence.show_dependence(picture.dependence)
        batch: Batch | None = self.memory.get("batch")
        again = batch.path if batch is not None and other and before is not None else None
        waiting: Path | None = self.memory.pop("waiting file", again)
        if waiting is not None and (waiting != again or waiting.is_file()):
            self.open_table(waiting)

    def _show_judgement(self, picture: PredictPicture) -> None:
        learnt = picture.learnt
        self.contenders.show_judgement(
            picture.judgement, learnt.used, learnt.model.contenders, other=picture.judged_other
        )

    def _say_estimates(self, picture: PredictPicture) -> None:
        self.clear_notes()
        if picture.estimates:
            self.note(
                tr(
                    "Predictions learn from meters only. Measurements of this project that are "
                    "estimates, and so left aside: {n}.",
                    n=picture.estimates,
                )
            )

    # -- what if, many models, what next -----------------------------------------------------

    def _ask(self, question: Asked, over: str) -> None:
        self.memory["asked"] = question
        if self.picture is not None:
            self.live.ask(self.picture.learnt, question, over)

    def _answered(self, answer: object) -> None:
        found, line = answer if isinstance(answer, tuple) else (None, None)
        self.questions.prediction = found
        self.what_if.show_answer(found, line)

    def _batch_made(self, batch: Batch) -> None:
        self.memory["batch"] = batch
        self.batch.show_batch(batch)

    def _export(self, path: Path) -> None:
        if self.batch.batch is not None:
            self.work(
                written_file,
                self.batch.batch,
                path,
                done=lambda p: self.session.say(tr("Exported to {file}.", file=p.name)),
                doing=tr("Exporting …"),
            )

    def _list(self) -> None:
        if self.picture is not None:
            learnt, project = self.picture.learnt, self.session.project
            self.work(listed, learnt, project, done=self.shortlist.show_shortlist)

    def _judge(self) -> None:
        if self.picture is not None:
            project, learnt = self.session.project, self.picture.learnt
            words = tr("Judging every contender …")
            self.work(judged, project, learnt, done=self._judged, doing=words)

    def _judged(self, found: Judgement) -> None:
        if self.picture is not None:
            self._show(replace(self.picture, judgement=found, judged_other=False))

    # -- in ----------------------------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(p.suffix.lower() in SUFFIXES for p in paths_of(event)):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        found = [p for p in paths_of(event) if p.suffix.lower() in SUFFIXES]
        if found:
            event.acceptProposedAction()
            self.open_table(found[0])

    def _selected(self, key: str) -> None:
        self.trust.mark(key)
        for table in (self.batch.table, self.shortlist.table):
            table.select_key(key)


PAGE = PredictPage
