"""Own scenarios: pathways chosen and combined under a name, own pathways typed in."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
)

from advisor.risk import Driver, Library, Pathway, RiskError, own_keys, values_by_year
from ui.i18n import later, tr
from ui.parts import button, column, eyebrow, heading, row, soft
from ui.parts.fields import line
from ui.theme import theme

DRIVER_WORDS = {
    Driver.ENERGY_PRICE: later("Power price, multiple of budget"),
    Driver.CARBON_PRICE: later("Carbon price, money per tonne"),
    Driver.GRID_INTENSITY: later("Grid intensity, multiple of today"),
    Driver.SUPPLY_HOURS: later("Hours rationed a year"),
    Driver.VOLUME: later("Volume, multiple of plan"),
    Driver.DISCLOSURE_COST: later("Disclosure, money per model and year"),
    Driver.EFFICIENCY_FLOOR: later("Efficiency floor, quantile that may stay"),
    Driver.EMISSION_CAP: later("Cap, share of today's emissions"),
    Driver.PENALTY: later("Penalty, money per tonne"),
}
_LEVELS = {
    Driver.CARBON_PRICE: "EUR2024/t CO2",
    Driver.SUPPLY_HOURS: "h",
    Driver.DISCLOSURE_COST: "EUR2024/model/year",
    Driver.EFFICIENCY_FLOOR: "quantile of kWh per 1,000 decisions",
    Driver.PENALTY: "EUR2024/t CO2",
}
"""Drivers whose values are levels, with the unit that is offered; the others are multiples."""


class ScenarioCard(QFrame):
    """Emits `combined` (name, keys), `added` (fields), `removed` (a key), `imported` (a file)."""

    combined = Signal(str, list)
    added = Signal(dict)
    removed = Signal(str)
    imported = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.pathways = QListWidget()
        self.pathways.setMinimumHeight(theme.px(220))
        self.pathways.setAccessibleName(tr("Pathways"))
        self.filter = line(tr("Filter the pathways"), 220)
        self.filter.textChanged.connect(self._narrow)
        self.name = line(tr("Name of the scenario"), 260)
        self.remove = button(tr("Remove own"), self._remove)
        self.driver = QComboBox()
        for driver, words in DRIVER_WORDS.items():
            self.driver.addItem(tr(words), driver.value)
        self.driver.setAccessibleName(tr("Driver"))
        self.driver.currentIndexChanged.connect(self._offer_unit)
        self.title = line(tr("Name of the pathway"), 220)
        self.unit = line(tr("Unit"), 150)
        self.values = line(tr("Values: 2027: 100, 2030: 150, or 1: 2.0, 2: 1.0"), 0)
        self.source = line(tr("Source, or whose assumption it is"), 0)
        self.setLayout(
            column(
                heading(tr("Own scenarios")),
                soft(
                    tr("Tick pathways, name the combination. Two levels of one driver never mix.")
                ),
                row(
                    self.filter,
                    1,
                    button(tr("Import NGFS pathways …"), self._import, icon_name="folder"),
                    space="small",
                ),
                self.pathways,
                row(
                    self.name,
                    button(tr("Combine"), self._combine, icon_name="check"),
                    1,
                    self.remove,
                    space="small",
                ),
                eyebrow(tr("A pathway of your own")),
                row(self.driver, self.title, self.unit, 1, space="small"),
                _wide(self.values, self.source),
                row(button(tr("Add the pathway"), self._add), 1),
                space="small",
                margin="large",
            )
        )
        self._offer_unit()

    def show_shelf(self, shelf: Library) -> None:
        """List every pathway, and the user's own scenarios, which can be removed."""
        own = own_keys()
        self.pathways.clear()
        scenarios = [s for s in shelf.scenarios.values() if s.key in own]
        for key, words in (
            *((s.key, tr("{name} (own scenario)", name=s.name)) for s in scenarios),
            *((p.key, pathway_words(p)) for p in shelf.pathways.values()),
        ):
            item = QListWidgetItem(words)
            item.setData(Qt.ItemDataRole.UserRole, key)
            item.setCheckState(Qt.CheckState.Unchecked)
            self.pathways.addItem(item)

    def chosen_keys(self) -> list[str]:
        """Keys of what is ticked."""
        items = [self.pathways.item(i) for i in range(self.pathways.count())]
        ticked = [i for i in items if i.checkState() == Qt.CheckState.Checked]
        return [str(i.data(Qt.ItemDataRole.UserRole)) for i in ticked]

    def _combine(self) -> None:
        self.combined.emit(self.name.text(), self.chosen_keys())

    def _remove(self) -> None:
        for key in self.chosen_keys():
            self.removed.emit(key)

    def _import(self) -> None:
        chosen, _ = QFileDialog.getOpenFileName(
            self, tr("Export of the NGFS Scenario Explorer"), "", "CSV, Excel (*.csv *.xlsx)"
        )
        if chosen:
            self.imported.emit(Path(chosen))

    def _add(self) -> None:
        driver = Driver(self.driver.currentData())
        text = self.values.text()
        self.added.emit(
            {
                "name": self.title.text(),
                "driver": driver.value,
                "form": "level" if driver in _LEVELS else "multiplier",
                "unit": self.unit.text() or "1",
                "values": text,
                "source": self.source.text(),
            }
        )

    def _narrow(self, words: str) -> None:
        for number in range(self.pathways.count()):
            item = self.pathways.item(number)
            item.setHidden(words.casefold() not in item.text().casefold())

    def _offer_unit(self) -> None:
        self.unit.setText(_LEVELS.get(Driver(self.driver.currentData()), "1"))


def pathway_words(pathway: Pathway) -> str:
    """A pathway's name with its model and region."""
    parts = [tr(pathway.name), pathway.model or "", pathway.region]
    return " · ".join(part for part in parts if part and part != "any")


def pathway_of(fields: dict[str, str], today: date) -> Pathway:
    """The pathway of the form's fields. Raises `RiskError`."""
    values = values_by_year(fields["values"])
    calendar = bool(values) and min(values) >= today.year - 50
    key = "_".join("".join(c if c.isalnum() else " " for c in fields["name"]).split())
    if not (key and fields["source"].strip() and values):
        raise RiskError(tr("A pathway needs a name, values and a source; fill in all three."))
    return Pathway.model_validate(
        {
            **fields,
            "key": f"own_{key.casefold()}",
            "family": "own",
            "values": values,
            "timing": "calendar" if calendar else "relative",
        }
    )


def _wide(*fields: QLineEdit) -> QHBoxLayout:
    made = row(space="small")
    for field in fields:
        made.addWidget(field, 1)
    return made
