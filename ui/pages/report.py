"""The report page: the documents as they will print, live, and all of them exported at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QCheckBox, QComboBox, QFileDialog, QLabel, QWidget

from advisor.project import Project
from ui import jobs
from ui.i18n import language, later, said, tr
from ui.pages.page import Page, clear
from ui.parts import button, card, column, eyebrow, heading, row
from ui.theme import theme

AUDIENCES = {
    "board": later("Board"),
    "reviewer": later("Reviewer"),
    "engineer": later("Engineer"),
}
SECTIONS = {
    "footprint": later("Footprint"),
    "kinds": later("Actions by kind"),
    "actions": later("Recommended actions"),
    "chart": later("Chart"),
    "risk": later("Risk position"),
    "decisions": later("Decisions asked for"),
    "taken": later("Decisions taken"),
    "unknowns": later("What we do not know"),
    "basis": later("What the figures rest on"),
    "restatements": later("Restated figures"),
    "measurements": later("Measurements"),
    "evidence": later("Evidence"),
}
LANGUAGES = {"en": "English", "ja": "日本語"}
EVERYTHING = (
    *("pdf", "html", "pptx", "docx", "xlsx", "json"),
    *("dossiers", "disclosures", "evidence"),
)


class ReportPage(Page):
    """Language, audience and sections on the left; the pages beside them."""

    place, name, icon_name = 60, "report", "page"
    title = later("Report")
    lead = later("The two pages that management reads, and the evidence that an auditor follows.")

    def build(self) -> None:
        """Choices, pages, export."""
        self._asked = 0
        self._summary: Any = None
        self.export = button(tr("Export everything …"), self._choose_folder, kind="primary")
        self.commands.addWidget(self.export)
        self.language = _choice(LANGUAGES, self.memory.get("language", language.code))
        self.audience = _choice(
            {k: tr(v) for k, v in AUDIENCES.items()}, self.memory.get("audience", "board")
        )
        self.language.setAccessibleName(tr("Language of the document"))
        self.audience.setAccessibleName(tr("Audience"))
        self.sections = {key: QCheckBox(tr(words)) for key, words in SECTIONS.items()}
        choices = card(
            eyebrow(tr("Language of the document")),
            self.language,
            eyebrow(tr("Audience")),
            self.audience,
            eyebrow(tr("Sections")),
            *self.sections.values(),
            1,
        )
        choices.setMaximumWidth(theme.px(250))
        self._pages = column(space="medium")
        sheet = QWidget()
        sheet.setProperty("role", "page")
        sheet.setLayout(column(heading(tr("As it will print")), self._pages))
        self.body.addLayout(row(column(choices, 1), column(sheet, 1), 1, space="large"))
        self._tick_defaults()
        self.language.activated.connect(self._language_chosen)
        self.audience.activated.connect(self._audience_chosen)
        for box in self.sections.values():
            box.toggled.connect(self.refresh)
        shelves = "measurements settings models decisions readings breaches published"
        self.when_changed(shelves, self._project_changed)

    def refresh(self) -> None:
        """Set the pages anew, in a job; only the latest answer is shown."""
        self._asked += 1
        self.work(
            pages_of,
            self.session.project,
            self.edition(),
            self._asked,
            self._summary,
            done=self._show,
            doing=tr("Setting the pages …"),
        )

    def edition(self) -> Any:
        """What is chosen, as the documents understand it."""
        from advisor.report import Audience, Edition, Section

        return Edition(
            language=self.language.currentData(),
            audience=Audience(self.audience.currentData()),
            sections=frozenset(Section(k) for k, box in self.sections.items() if box.isChecked()),
        )

    def export_to(self, folder: Path) -> None:
        """Write every format, dossier, disclosure and the evidence pack into a folder, in a job."""
        self.export.setEnabled(False)
        task = self.work(
            _export_in_job,
            self.session.project,
            folder,
            self.edition(),
            done=lambda count: self.session.say(
                tr("{count} files are in {folder}.", count=count, folder=str(folder))
            ),
            doing=tr("Making the documents …"),
        )
        task.ended.connect(lambda: self.export.setEnabled(True))

    # -- inside ------------------------------------------------------------------------------

    def _choose_folder(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, tr("Export everything …"))
        if folder:
            self.export_to(Path(folder))

    def _project_changed(self) -> None:
        self._summary = None
        self.refresh()

    def _language_chosen(self) -> None:
        self.memory["language"] = self.language.currentData()
        self.refresh()

    def _audience_chosen(self) -> None:
        self.memory["audience"] = self.audience.currentData()
        self._tick_defaults()
        self.refresh()

    def _tick_defaults(self) -> None:
        from advisor.report import Audience, sections_for

        shown = sections_for(Audience(self.audience.currentData()))
        for key, box in self.sections.items():
            box.blockSignals(True)
            box.setChecked(key in shown)
            box.blockSignals(False)

    def _show(self, answer: tuple[int, list[bytes], Any]) -> None:
        asked, pictures, summary = answer
        if asked != self._asked:
            return
        self._summary = summary
        clear(self._pages)
        width = theme.px(640)
        for number, picture in enumerate(pictures, start=1):
            page = QPixmap()
            page.loadFromData(picture)
            sheet = QLabel()
            sheet.setAccessibleName(tr("Page {number}", number=number))
            scale = sheet.devicePixelRatioF()
            shown = page.scaledToWidth(
                int(width * scale), Qt.TransformationMode.SmoothTransformation
            )
            shown.setDevicePixelRatio(scale)
            sheet.setPixmap(shown)
            self._pages.addWidget(sheet)


def pages_of(
    project: Project, edition: Any, asked: int, summary: Any
) -> tuple[int, list[bytes], Any]:
    """The pages as PNG, the number of the question that they answer, and the summary they set.

    `summary` is the one made before, while the project has not changed; None: make it.
    """
    from advisor.report.documents.pdf import preview
    from advisor.report.gather import summary_of

    made = summary or summary_of(project)
    jobs.current_task().check()
    return asked, preview(made, edition, 144), made


def _export_in_job(project: Project, folder: Path, edition: Any) -> int:
    from advisor.report.export import export

    task = jobs.current_task()
    for fraction, doing in export(project, folder, EVERYTHING, [edition]):
        task.check()
        task.report(fraction, said(doing))
    return sum(path.is_file() for path in folder.rglob("*"))


def _choice(words: dict[str, str], chosen: str) -> QComboBox:
    box = QComboBox()
    for key, text in words.items():
        box.addItem(text, key)
    box.setCurrentIndex(max(0, box.findData(chosen)))
    return box


PAGE = ReportPage
