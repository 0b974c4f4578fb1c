"""The navigation on the left: the pages in the order of the data."""

from __future__ import annotations

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QButtonGroup, QFrame, QLabel, QPushButton

from ui.i18n import tr
from ui.pages.page import Page
from ui.parts import caption, column, row, text
from ui.theme import icon, pixmap, theme


class Navigation(QFrame):
    """One button a page; Ctrl+1 … reach them. Emits `chosen` with the page's name."""

    chosen = Signal(str)

    def __init__(self, pages: list[type[Page]], project: str) -> None:
        super().__init__()
        self.setProperty("role", "navigation")
        self.setFixedWidth(theme.px(208))
        self.buttons: dict[str, QPushButton] = {}
        group = QButtonGroup(self)
        mark = QLabel()
        mark.setPixmap(pixmap("leaf", 22, "accent"))
        brand = row(mark, text("Carbon Advisor", "brand", wrap=False), 1, space="small")
        brand.setContentsMargins(theme.px(8), theme.px(4), 0, theme.px(14))
        layout = column(brand, space="hair")
        edge = theme.space("medium")
        layout.setContentsMargins(edge, theme.space("large"), edge, edge)
        for page in pages:
            made = self._button(page)
            group.addButton(made)
            layout.addWidget(made)
        layout.addStretch(1)
        name = caption(project)
        name.setContentsMargins(theme.px(8), 0, 0, 0)
        name.setToolTip(tr("The open project; every change is saved at once"))
        layout.addWidget(name)
        self.setLayout(layout)

    def show_page(self, name: str) -> None:
        """Mark the page that is in front."""
        self.buttons[name].setChecked(True)

    def _button(self, page: type[Page]) -> QPushButton:
        made = QPushButton(tr(page.short_title or page.title))
        made.setProperty("kind", "navigation")
        made.setCheckable(True)
        made.setIcon(icon(page.icon_name))
        made.setIconSize(QSize(theme.px(20), theme.px(20)))
        made.clicked.connect(lambda: self.chosen.emit(page.name))
        self.buttons[page.name] = made
        return made
