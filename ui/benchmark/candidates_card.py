"""The candidates with the facts read from their graphs, and the levers that make greener ones."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from PySide6.QtWidgets import QFileDialog, QFrame

from advisor.candidates import Candidate
from advisor.candidates.levers import MakingLever, catalogue
from advisor.project.intake import add_variant
from advisor.project.project import Project
from ui import jobs
from ui.explanations import explain_candidate
from ui.i18n import said, tr
from ui.live_benchmark import LiveBenchmark
from ui.pages.page import Page
from ui.parts import DropArea, button, caption, column, heading, quiet, row
from ui.tables import Column, FrameTable
from ui.theme import theme

FIRST_LEVER = "int8-dynamic"


class CandidatesCard(QFrame):
    """Table of candidates, place to drop more, levers for the chosen one."""

    def __init__(self, page: Page) -> None:
        super().__init__()
        self._page, self._session = page, page.session
        self._live = LiveBenchmark.of(page.session)
        self._candidates: dict[str, Candidate] = {}
        self.setProperty("role", "card")
        self.table = FrameTable(_columns(), key="key")
        self.table.setMinimumHeight(theme.px(260))
        self.drop = DropArea(
            tr("Drop ONNX models or data here"), tr("or press Enter to choose files"), self._ask
        )
        self.int8 = button(tr("Make int8 variant"), self._make_int8, icon_name="variants")
        self.more = quiet(tr("Other levers"), self._all_levers)
        self.remove = quiet(tr("Remove"), self._remove, icon_name="close")
        self.hint = caption("")
        buttons = row(self.int8, self.more, 1, self.remove, space="small")
        self.setLayout(
            column(
                heading(tr("Candidates")), self.table, buttons, self.hint, self.drop, margin="large"
            )
        )
        self.drop.dropped.connect(self._session.receive)
        self.table.chosen.connect(self._choose)
        self.table.cell_asked.connect(self._explain)
        self._session.selected.connect(self.table.select_key)

    def refresh(self) -> None:
        """Read the shelf anew."""
        candidates = self._session.project.candidates.all()
        self._candidates = {c.key: c for c in candidates}
        self.table.show_frame(pd.DataFrame([self._row(c) for c in candidates], columns=_NAMES))
        self.table.setVisible(bool(candidates))
        self._offer()

    def show_course(self) -> None:
        """Show how each candidate fares in the run."""
        self.refresh()

    # -- inside ------------------------------------------------------------------------------

    def _row(self, candidate: Candidate) -> dict[str, object]:
        facts = candidate.facts
        flops = facts.flops_per_inference
        course = self._live.courses.get(candidate.key)
        return {
            "key": candidate.key,
            "name": candidate.name,
            "precision": facts.precision,
            "parameters": facts.parameters,
            "flops": flops.value if flops is not None else None,
            "bytes": _size(facts.weight_bytes),
            "bytes_order": facts.weight_bytes,
            "state": self._state(candidate.key) if course else "",
        }

    def _state(self, key: str) -> str:
        course = self._live.courses[key]
        if course.failure is not None:
            return tr("failed")
        if course.left_out:
            return tr("{n} windows, {m} left out", n=course.windows, m=course.left_out)
        if course.windows:
            return tr("{n} windows", n=course.windows)
        if course.warmed_up:
            return tr("warmed up")
        return tr("waiting") if self._live.running else ""

    def _choose(self, key: str) -> None:
        self._session.select(key)
        self._offer()

    def _offer(self) -> None:
        """Say which lever can be used on the chosen candidate, or why not."""
        chosen = self._candidates.get(self.table.current_key() or "")
        obstacle = None
        if chosen is not None:
            obstacle = _lever().obstacle(chosen)
        ready = chosen is not None and obstacle is None and not self._live.running
        self.int8.setEnabled(ready)
        self.remove.setEnabled(chosen is not None and not self._live.running)
        self.hint.setText(said(obstacle) if obstacle is not None else "")
        self.hint.setVisible(obstacle is not None)

    def _make_int8(self) -> None:
        chosen = self._candidates.get(self.table.current_key() or "")
        if chosen is not None:
            self._page.work(
                _variant,
                self._session.project,
                chosen,
                done=self._made,
                doing=tr("Making the int8 variant of {name} …", name=chosen.name),
            )

    def _all_levers(self) -> None:
        """The variants page plans a search from the chosen candidate."""
        known = self._session.memory.setdefault("variants", {})
        known.update(view="plan", parent=self.table.current_key())
        self._session.go_to("variants")

    def _made(self, candidate: Candidate) -> None:
        self._session.say(tr("{name} was made.", name=candidate.name))
        self._session.select(candidate.key)

    def _remove(self) -> None:
        project = self._session.project
        for key in self.table.selected_keys():
            project.candidates.remove(key)

    def _explain(self, key: str, _column: str) -> None:
        candidate = self._candidates.get(key)
        if candidate is not None:
            self._session.ask(explain_candidate(candidate))

    def _ask(self) -> list[Path]:
        chosen, _ = QFileDialog.getOpenFileNames(
            self, tr("Add models"), "", tr("Models and data") + " (*.onnx *.npz *.csv *.parquet)"
        )
        return [Path(c) for c in chosen]


_NAMES = ["key", "name", "precision", "parameters", "flops", "bytes", "bytes_order", "state"]


def _columns() -> list[Column]:
    return [
        Column("name", tr("Candidate"), stretch=True),
        Column("precision", tr("Precision"), width=70),
        Column("parameters", tr("Parameters"), kind="number", width=112),
        Column(
            "flops",
            tr("FLOPs"),
            kind="number",
            width=90,
            places=0,
            hint=tr("Floating point operations for one inference, read from the graph"),
        ),
        Column("bytes", tr("Weights"), width=76, order_by="bytes_order"),
        Column("state", tr("State"), width=150),
    ]


def _lever() -> MakingLever:
    found = next(lever for lever in catalogue() if lever.name == FIRST_LEVER)
    assert isinstance(found, MakingLever)
    return found


def _variant(project: Project, parent: Candidate) -> Candidate:
    jobs.current_task().check()
    return add_variant(project, parent, FIRST_LEVER)


def _size(count: int) -> str:
    for unit, step in (("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1_000)):
        if count >= step:
            return f"{count / step:,.1f} {unit}"
    return f"{count} B"
