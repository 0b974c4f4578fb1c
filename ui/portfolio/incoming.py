"""An inventory on its way into the project: what is read, shown, mended and confirmed."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QInputDialog, QVBoxLayout, QWidget

from ui.i18n import tr
from ui.pages.page import Page
from ui.portfolio.arrival import (
    Arrival,
    arrival_of,
    from_registry,
    keep,
    keep_sample,
    mapped,
    mended,
)
from ui.portfolio.import_card import ImportCard


class Incoming(QWidget):
    """The card of an arrival with its work; lives through a page's rebuilding by its memory."""

    changed = Signal()
    """An arrival came, or went."""

    def __init__(self, page: Page) -> None:
        super().__init__()
        self._page = page
        self.card = ImportCard()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.card)
        self.card.remapped.connect(self._remap)
        self.card.mended.connect(self._mend)
        self.card.confirmed.connect(self._confirm)
        self.card.left.connect(lambda: self.show_arrival(None))

    @property
    def arrival(self) -> Arrival | None:
        """What waits to be confirmed."""
        return self._page.memory.get("arrival")

    def read(self, source: Path | str) -> None:
        """Take in a file or pasted text: shows mapping, wrong rows and difference."""
        self._page.work(
            arrival_of,
            self._page.session.project,
            source,
            done=self.show_arrival,
            doing=tr("Reading the inventory …"),
        )

    def paste(self) -> None:
        """Take in what is on the clipboard."""
        self.read(QGuiApplication.clipboard().text())

    def ask_file(self) -> None:
        """Let the user choose a file."""
        chosen, _ = QFileDialog.getOpenFileName(
            self,
            tr("Import an inventory"),
            "",
            tr("Inventories") + " (*.xlsx *.csv *.tsv *.parquet)",
        )
        if chosen:
            self.read(Path(chosen))

    def ask_registry(self) -> None:
        """Let the user name an MLflow registry."""
        address, given = QInputDialog.getText(
            self,
            tr("Import from MLflow"),
            tr("Address of the tracking server, or sqlite:///PATH of a local store"),
        )
        if given and address.strip():
            self.read_registry(address.strip())

    def read_registry(self, address: str) -> None:
        """Take in the registered models of an MLflow store."""
        self._page.work(
            from_registry,
            self._page.session.project,
            address,
            done=self.show_arrival,
            doing=tr("Reading the registry …"),
        )

    def sample(self) -> None:
        """Put the fictitious models into the project."""
        page = self._page
        page.work(keep_sample, page.session.project, doing=tr("Making 600 fictitious models …"))

    def show_arrival(self, arrival: Arrival | None) -> None:
        """Show what came, or nothing."""
        self._page.memory["arrival"] = arrival
        self.setVisible(arrival is not None)
        if arrival is not None:
            self.card.show_arrival(arrival)
        self.changed.emit()

    def _remap(self, mapping: object) -> None:
        arrival, page = self.card.arrival, self._page
        if arrival is not None:
            page.work(
                mapped,
                page.session.project,
                arrival.source,
                arrival.raw,
                mapping,
                done=self.show_arrival,
            )

    def _mend(self, number: int, column_name: str, cell: str) -> None:
        arrival, page = self.card.arrival, self._page
        if arrival is not None:
            project = page.session.project
            page.work(mended, project, arrival, number, column_name, cell, done=self.show_arrival)

    def _confirm(self) -> None:
        arrival, page = self.card.arrival, self._page
        if arrival is not None:
            self.card.confirm.setEnabled(False)
            page.work(
                keep,
                page.session.project,
                arrival,
                done=self._imported,
                doing=tr("Importing {n} models …", n=len(arrival.raw)),
            )

    def _imported(self, count: int) -> None:
        self.show_arrival(None)
        self._page.session.say(tr("{n} models were imported.", n=count))
