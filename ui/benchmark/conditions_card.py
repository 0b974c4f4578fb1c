"""Where and how often the model runs in a year."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCompleter, QFrame, QLineEdit

from advisor.carbon import CarbonError
from advisor.carbon.grid import grid_rows, region_code
from advisor.project.assumptions import Assumptions, assumptions
from advisor.sources import source_text
from ui.i18n import figure, language, said, tr
from ui.pages.page import Page
from ui.parts import caption, column, heading
from ui.parts.fields import labelled


class ConditionsCard(QFrame):
    """Edits the project's assumptions."""

    def __init__(self, page: Page) -> None:
        super().__init__()
        self._session = page.session
        self.setProperty("role", "card")
        self.calls = QLineEdit()
        self.region = QLineEdit()
        self.pue = QLineEdit()
        self._grid = caption("")
        names = sorted({rows[-1].name for rows in grid_rows().values()})
        completer = QCompleter(names, self)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        self.region.setCompleter(completer)
        self.calls.setPlaceholderText(tr("1,000,000 (assumed)"))
        self.region.setPlaceholderText(tr("World mean (assumed)"))
        self.pue.setPlaceholderText(tr("1.0 (assumed)"))
        self.setLayout(
            column(
                heading(tr("Conditions")),
                labelled(tr("Inferences per year"), self.calls),
                labelled(tr("Country or cloud region"), self.region),
                self._grid,
                labelled(tr("PUE of the building"), self.pue),
                margin="large",
                space="small",
            )
        )
        for edit in (self.calls, self.region, self.pue):
            edit.editingFinished.connect(self._keep)

    def refresh(self) -> None:
        """Show what the project holds."""
        known = assumptions(self._session.project)
        _put(self.calls, "" if known.calls_per_year is None else f"{known.calls_per_year:,.0f}")
        _put(self.region, known.region or "")
        _put(self.pue, "" if known.pue is None else f"{known.pue:g}")
        try:
            grid = known.grid
            shown = figure(grid)
            self._grid.setText(
                tr(
                    "Grid: {shown} ({source})",
                    shown=shown,
                    source=source_text(grid.source, language.code),
                )
            )
        except CarbonError as error:
            self._grid.setText(str(error))

    def _keep(self) -> None:
        before = assumptions(self._session.project)
        try:
            entered = {
                "calls_per_year": _number(self.calls),
                "region": self.region.text().strip() or None,
                "pue": _number(self.pue),
            }
            Assumptions.model_validate(before.model_dump() | entered)
            if entered["region"]:
                region_code(str(entered["region"]))
        except CarbonError as error:
            self._refuse(said(getattr(error, "said", str(error))))
            return
        except ValueError:
            self._refuse(
                tr(
                    "Inferences per year must be a number above 0, and PUE a number from 1 to 5; "
                    "correct the field or leave it empty."
                )
            )
            return
        changed = {k: v for k, v in entered.items() if v != getattr(before, k)}
        if changed:
            self._session.set(tr("Change the conditions"), **changed)

    def _refuse(self, words: str) -> None:
        self._session.complained.emit(words)
        self.refresh()


def _put(edit: QLineEdit, words: str) -> None:
    if not edit.hasFocus():
        edit.setText(words)


def _number(edit: QLineEdit) -> float | None:
    words = edit.text().replace(",", "").replace(" ", "").strip()
    return float(words) if words else None
