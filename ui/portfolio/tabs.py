"""Parts of a page under a bar of tabs; each part is as tall as it needs, and built when asked."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QTabBar, QVBoxLayout, QWidget

from ui.parts import column


class Tabs(QWidget):
    """A bar and the part that is shown. Emits `shown` with a part built or brought to the front."""

    shown = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "page")
        self.bar = QTabBar()
        self.bar.setExpanding(False)
        self.bar.setDrawBase(False)
        self._names: list[str] = []
        self._makers: list[Callable[[], QWidget]] = []
        self._parts: dict[str, QWidget] = {}
        self._layout: QVBoxLayout = column(self.bar, space="large")
        self.setLayout(self._layout)
        self.bar.currentChanged.connect(self._changed)

    def add(self, name: str, title: str, make: Callable[[], QWidget]) -> None:
        """A part by its name; `make` is called when it is first wanted."""
        self._names.append(name)
        self._makers.append(make)
        self.bar.addTab(title)

    def part(self, name: str) -> QWidget:
        """The part of a name, built if it was not yet."""
        if name not in self._parts:
            made = self._makers[self._names.index(name)]()
            made.hide()
            self._parts[name] = made
            self._layout.addWidget(made)
        return self._parts[name]

    def built(self, name: str) -> QWidget | None:
        """The part of a name where it was built already."""
        return self._parts.get(name)

    @property
    def current(self) -> str:
        """Name of the part in front."""
        return self._names[self.bar.currentIndex()]

    def go_to(self, name: str) -> None:
        """Bring a part to the front."""
        number = self._names.index(name)
        if number == self.bar.currentIndex():
            self._changed(number)
        self.bar.setCurrentIndex(number)

    def _changed(self, number: int) -> None:
        if not 0 <= number < len(self._names) or len(self._names) != self.bar.count():
            return
        front = self.part(self._names[number])
        for part in self._parts.values():
            part.setVisible(part is front)
        self.shown.emit(self._names[number])
