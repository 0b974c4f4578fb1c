"""The start page: three ways in, and the projects opened last."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QFrame, QLabel, QPushButton, QSizePolicy

from ui.i18n import later, tr
from ui.pages.page import Page
from ui.parts import DropArea, button, column, eyebrow, heading, row, soft
from ui.theme import pixmap, theme


class StartPage(Page):
    """Where a newcomer begins."""

    place, name, icon_name = 0, "start", "start"
    title = later("Which of your models should become greener first?")
    lead = later(
        "Carbon Advisor measures AI models on this machine and ranks what could be done by carbon "
        "saved per unit of accuracy lost."
    )
    short_title = later("Start")

    def build(self) -> None:
        """Three ways in, then what was opened before."""
        ways = row(space="large")
        self.sample = button(
            tr("Open the sample"), self.session.sample_wanted.emit, kind="primary", icon_name="play"
        )
        drop = DropArea(
            tr("Drop ONNX models here"), tr("with labelled data, if you have it"), self._ask_models
        )
        drop.dropped.connect(self.session.receive)
        self.drop = drop
        inventory = button(tr("Import an inventory …"), self._ask_inventory, icon_name="table")
        for made in (
            _way(
                "benchmark",
                tr("See it work"),
                tr(
                    "Cheque-digit readers of several sizes, trained here, measured here: a full "
                    "recommendation within a minute."
                ),
                self.sample,
            ),
            _way(
                "drop",
                tr("Measure your models"),
                tr("Add model files. They are measured side by side; nothing leaves this machine."),
                drop,
            ),
            _way(
                "portfolio",
                tr("Look at the whole bank"),
                tr("A list of models (.xlsx, .csv) becomes a footprint, a plan and a risk view."),
                inventory,
            ),
        ):
            ways.addWidget(made, 1)
        self.body.addLayout(ways)
        self._recent()
        self.body.addStretch(1)

    def _recent(self) -> None:
        others = [a for a in self.session.preferences.recent if Path(a).exists()]
        if not others:
            return
        self.body.addSpacing(theme.px(8))
        self.body.addWidget(eyebrow(tr("Recent projects")))
        listed = column(space="hair")
        for address in others[:6]:
            listed.addWidget(self._recent_button(Path(address)))
        self.body.addLayout(listed)

    def _recent_button(self, path: Path) -> QPushButton:
        made = button(f"{path.stem}", lambda: self.session.receive([path]), icon_name="folder")
        made.setProperty("kind", "row")
        made.setToolTip(str(path))
        return made

    def _ask_models(self) -> list[Path]:
        chosen, _ = QFileDialog.getOpenFileNames(
            self,
            tr("Add models"),
            "",
            tr("Models and data") + " (*.onnx *.npz *.csv *.parquet)",
        )
        return [Path(c) for c in chosen]

    def _ask_inventory(self) -> None:
        self.session.go_to("portfolio")
        chosen, _ = QFileDialog.getOpenFileName(
            self, tr("Import an inventory"), "", tr("Inventories") + " (*.xlsx *.csv *.parquet)"
        )
        if chosen:
            self.session.receive([Path(chosen)])


def _way(icon_name: str, name: str, words: str, widget: QFrame | QPushButton) -> QFrame:
    made = QFrame()
    made.setProperty("role", "card")
    mark = QLabel()
    mark.setPixmap(pixmap(icon_name, 30, "accent"))
    inside = column(mark, heading(name), soft(words), space="medium", margin="large")
    inside.addStretch(1)
    if isinstance(widget, QPushButton):
        inside.addWidget(widget, 0, Qt.AlignmentFlag.AlignLeft)
    else:
        inside.addWidget(widget)
    made.setLayout(inside)
    made.setMinimumHeight(theme.px(300))
    made.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
    return made


PAGE = StartPage
