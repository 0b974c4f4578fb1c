"""The labelled data: which file, which label, which metric, which column feeds which input."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QComboBox, QFileDialog, QFrame, QLabel, QLineEdit, QVBoxLayout

from advisor.candidates import (
    METRICS,
    Candidate,
    Workload,
    guess_mapping,
    open_data,
)
from advisor.project.intake import CURRENT_WORKLOAD, workload_for
from advisor.project.runs import WorkloadSource
from ui import jobs
from ui.benchmark.refused_data import REFUSED, WAITING, RefusedData, take_data
from ui.i18n import said, tr
from ui.pages.page import Page, clear
from ui.parts import button, caption, column, eyebrow, heading, notice, quiet, soft
from ui.theme import theme

_AUTOMATIC = ""


@dataclass(frozen=True)
class Described:
    """How a data file is read, and the names to choose from."""

    source: WorkloadSource
    names: tuple[str, ...]
    mapping: dict[str, tuple[str, ...]]
    workload: Workload | None
    """None where the file does not fit the models yet."""


class DataCard(QFrame):
    """Shows the workload in use, and lets its reading be changed."""

    def __init__(self, page: Page) -> None:
        super().__init__()
        self._page, self._session = page, page.session
        self._seen: object = None
        self._source: WorkloadSource | None = None
        self._fed: dict[str, list[str]] = {}
        self.setProperty("role", "card")
        self.label_box = QComboBox()
        self.metric_box = QComboBox()
        self.group_box = QComboBox()
        self.mapping: dict[str, QLineEdit] = {}
        self._what = soft("")
        self._fields: QVBoxLayout = column(space="small")
        self.choose = button(tr("Choose data …"), self._ask, icon_name="folder")
        self.without = quiet(tr("Use synthetic inputs"), self._synthetic)
        self.setLayout(
            column(
                heading(tr("Data")),
                self._what,
                self._fields,
                column(self.choose, self.without, space="hair"),
                margin="large",
                space="small",
            )
        )

    def refresh(self) -> None:
        """Read what is in use anew; a file that did not fit comes first, to be mended here."""
        project = self._session.project
        key = project.setting(CURRENT_WORKLOAD)
        source = project.workloads.get(key) if key else None
        refused: RefusedData | None = self._session.memory.get(REFUSED)
        candidates = project.candidates.all()
        self.choose.setEnabled(bool(candidates))
        shown = refused.source if refused else source
        self.without.setVisible(shown is not None and shown.path is not None)
        waiting: Path | None = self._session.memory.get(WAITING)
        seen = (shown, refused, waiting, tuple(c.key for c in candidates))
        if seen == self._seen:
            return
        self._seen = seen
        clear(self._fields)
        self.mapping.clear()
        if waiting is not None and not candidates:
            self._what.setText(waiting.name)
            words = tr("Waits for a model: its columns are mapped to the inputs of the model.")
            self._fields.addWidget(notice(words))
            return
        if shown is None or shown.path is None:
            self._what.setText(
                tr(
                    "No labelled data: synthetic inputs that fit the models are used. Energy is "
                    "measured; accuracy stays unknown."
                )
            )
            return
        self._what.setText(shown.path.name)
        if candidates:
            describe = _described if refused is None else _offered
            jobs.compute(
                self, describe, shown, candidates, done=self._describe, failed=self._what.setText
            )

    # -- inside ------------------------------------------------------------------------------

    def _describe(self, found: Described) -> None:
        source, workload = found.source, found.workload
        refused: RefusedData | None = self._session.memory.get(REFUSED)
        if self._seen is None or source.path is None:
            return
        clear(self._fields)
        self._source = source
        self._what.setText(
            source.path.name
            if workload is None
            else tr("{file}: {n} labelled samples", file=source.path.name, n=workload.samples)
        )
        if workload is None and refused is not None:
            self._fields.addWidget(notice(said(refused.why), level="danger"))
        self.label_box, self.metric_box, self.group_box = QComboBox(), QComboBox(), QComboBox()
        self.label_box.addItems([tr("none"), *found.names])
        self.label_box.setCurrentText(source.label or tr("none"))
        self._field(tr("Label"), self.label_box)
        if workload is not None:
            for name, metric in METRICS.items():
                if workload.task is None or workload.task in metric.tasks:
                    self.metric_box.addItem(tr(metric.title), name)
            self.metric_box.setCurrentIndex(max(0, self.metric_box.findData(workload.metric)))
            self._field(tr("Metric"), self.metric_box)
        self.group_box.addItems([tr("none"), *found.names])
        self.group_box.setCurrentText(source.group or tr("none"))
        self.group_box.setToolTip(tr("Fairness: accuracy is guarded for each group of this column"))
        self._field(tr("Group column"), self.group_box)
        for name, columns in found.mapping.items():
            chosen = source.mapping.get(name, columns)
            given = name in source.mapping or len(columns) <= 4
            edit = QLineEdit(", ".join(chosen) if given else _AUTOMATIC)
            edit.setPlaceholderText(
                tr("{n} columns, found by themselves", n=len(columns))
                if columns
                else tr("columns, separated by commas")
            )
            edit.editingFinished.connect(self._reread)
            self.mapping[name] = edit
            self._field(tr("Input “{name}”", name=name), edit)
        self._fed = self._written_mapping()
        for note in workload.notes[:3] if workload is not None else ():
            self._fields.addWidget(caption(said(note)))
        if source.rows is not None:
            self._fields.addWidget(caption(tr("The rows that calibrate variants are left out.")))
        self.label_box.activated.connect(self._reread)
        self.metric_box.activated.connect(self._reread)
        self.group_box.activated.connect(self._reread)

    def _field(self, name: str, widget: QComboBox | QLineEdit) -> None:
        words: QLabel = eyebrow(name)
        words.setBuddy(widget)
        widget.setAccessibleName(name)
        widget.setMinimumWidth(theme.px(120))
        self._fields.addLayout(column(words, widget, space="hair"))

    def _written_mapping(self) -> dict[str, list[str]]:
        """The columns that are written into the fields of the inputs."""
        return {
            name: [c.strip() for c in edit.text().split(",") if c.strip()]
            for name, edit in self.mapping.items()
            if edit.text().strip()
        }

    def _reread(self) -> None:
        source = self._source
        if source is None or source.path is None:
            return
        label, group = _chosen(self.label_box), _chosen(self.group_box)
        metric = self.metric_box.currentData() or source.metric
        given = self._written_mapping()
        if (source.label, source.metric, source.group, self._fed) != (label, metric, group, given):
            if label != source.label:
                metric = None  # another label may be another task
            self._read(source.path, label=label, metric=metric, group=group, mapping=given)

    def _read(self, path: Path | None, **how: Any) -> None:
        project = self._session.project
        self._page.work(lambda: take_data(project, path, **how), done=self._taken)

    def _taken(self, refused: RefusedData | None) -> None:
        """The file is in use now, or stays here with what is wrong with it."""
        self._session.memory.pop(REFUSED, None)
        if refused is not None:
            self._session.memory[REFUSED] = refused
        self.refresh()

    def _synthetic(self) -> None:
        self._read(None)

    def _ask(self) -> None:
        chosen, _ = QFileDialog.getOpenFileName(
            self, tr("Choose data"), "", tr("Labelled data") + " (*.npz *.csv *.parquet)"
        )
        if chosen:
            self._read(Path(chosen))


def _chosen(box: QComboBox) -> str | None:
    return box.currentText() if box.currentIndex() > 0 else None


def _described(source: WorkloadSource, candidates: list[Candidate]) -> Described:
    assert source.path is not None
    workload = workload_for(candidates, source)
    columns = open_data(source.path)
    facts = guess_mapping(
        columns.names,
        candidates[0].facts.inputs,
        source.label,
        source.mapping,
        source.group,
        columns.words(),
    )
    known = source.model_copy(update={"label": facts.label})
    return Described(known, columns.names, facts.mapping, workload)


def _offered(source: WorkloadSource, candidates: list[Candidate]) -> Described:
    """What a file offers that does not fit yet: its columns, for the inputs of the models."""
    assert source.path is not None
    inputs = {spec.name: () for c in candidates for spec in c.facts.inputs}
    return Described(source, open_data(source.path).names, inputs, None)
