"""The labelled data: which file, which label, which metric, which column feeds which input."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QComboBox, QFileDialog, QFrame, QLabel, QLineEdit, QVBoxLayout

from advisor.candidates import METRICS, Candidate, Workload, guess_mapping, open_data
from advisor.project.intake import CURRENT_WORKLOAD, add_data, workload_for
from advisor.project.project import Project
from advisor.project.runs import WorkloadSource
from ui import jobs
from ui.i18n import said, tr
from ui.pages.page import Page, clear
from ui.parts import button, caption, column, eyebrow, heading, quiet, soft
from ui.theme import theme

_AUTOMATIC = ""
Description = tuple[WorkloadSource, Workload, dict[str, list[str]], list[str]]
"""A workload's source, itself, what feeds each input, and the names of all columns."""


class DataCard(QFrame):
    """Shows the workload in use, and lets its reading be changed."""

    def __init__(self, page: Page) -> None:
        super().__init__()
        self._page, self._session = page, page.session
        self._seen: object = None
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
        """Read what is in use anew."""
        project = self._session.project
        key = project.setting(CURRENT_WORKLOAD)
        source = project.workloads.get(key) if key else None
        candidates = project.candidates.all()
        self.choose.setEnabled(bool(candidates))
        self.without.setVisible(source is not None and source.path is not None)
        seen = (source, tuple(c.key for c in candidates))
        if seen == self._seen:
            return
        self._seen = seen
        clear(self._fields)
        self.mapping.clear()
        if source is None or source.path is None:
            self._what.setText(
                tr(
                    "No labelled data: synthetic inputs that fit the models are used. Energy is "
                    "measured; accuracy stays unknown."
                )
            )
            return
        self._what.setText(source.path.name)
        if candidates:
            jobs.compute(
                self, _described, source, candidates, done=self._describe, failed=self._what.setText
            )

    # -- inside ------------------------------------------------------------------------------

    def _describe(self, found: Description) -> None:
        source, workload, mapping, names = found
        if self._seen is None or source.path is None:
            return
        clear(self._fields)
        self._what.setText(
            tr("{file}: {n} labelled samples", file=source.path.name, n=workload.samples)
        )
        self.label_box, self.metric_box, self.group_box = QComboBox(), QComboBox(), QComboBox()
        self.label_box.addItems([tr("none"), *names])
        self.label_box.setCurrentText(source.label or _guessed_label(workload, names))
        for name, metric in METRICS.items():
            if workload.task is None or workload.task in metric.tasks:
                self.metric_box.addItem(tr(metric.title), name)
        self.metric_box.setCurrentIndex(max(0, self.metric_box.findData(workload.metric)))
        self._field(tr("Label"), self.label_box)
        self._field(tr("Metric"), self.metric_box)
        self.group_box.addItems([tr("none"), *names])
        self.group_box.setCurrentText(source.group or tr("none"))
        self.group_box.setToolTip(tr("Fairness: accuracy is guarded for each group of this column"))
        self._field(tr("Group column"), self.group_box)
        for name, columns in mapping.items():
            edit = QLineEdit(", ".join(columns) if len(columns) <= 4 else _AUTOMATIC)
            edit.setPlaceholderText(tr("{n} columns, found by themselves", n=len(columns)))
            edit.editingFinished.connect(self._reread)
            self.mapping[name] = edit
            self._field(tr("Input “{name}”", name=name), edit)
        for note in workload.notes[:3]:
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

    def _reread(self) -> None:
        project = self._session.project
        source = project.workloads.get(project.setting(CURRENT_WORKLOAD) or "")
        if source is None or source.path is None:
            return
        label, group = _chosen(self.label_box), _chosen(self.group_box)
        given = {
            name: [c.strip() for c in edit.text().split(",") if c.strip()]
            for name, edit in self.mapping.items()
            if edit.text().strip()
        }
        metric = self.metric_box.currentData()
        known = (source.label or label, source.metric, source.group, source.mapping or {})
        if known != (label, metric, group, given):
            self._read(source.path, label=label, metric=metric, group=group, mapping=given)

    def _read(self, path: Path | None, **how: Any) -> None:
        self._page.work(_read, self._session.project, path, how)

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


def _guessed_label(workload: Workload, names: list[str]) -> str:
    if workload.labels is None:
        return ""
    return next((n for n in names if n.lower() in ("label", "labels", "y", "target")), "")


def _described(source: WorkloadSource, candidates: list[Candidate]) -> Description:
    assert source.path is not None
    workload = workload_for(candidates, source)
    names = open_data(source.path).names
    facts = guess_mapping(names, candidates[0].facts.inputs, source.label, source.mapping)
    mapping = {name: list(columns) for name, columns in facts.mapping.items()}
    return source.model_copy(update={"label": facts.label}), workload, mapping, list(names)


def _read(project: Project, path: Path | None, how: dict[str, Any]) -> None:
    add_data(project, path, project.candidates.all(), **how)
