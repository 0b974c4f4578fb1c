"""One form a lever without a file: the figures that only the user has."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, TypeVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QCompleter,
    QDoubleSpinBox,
    QFileDialog,
    QGridLayout,
    QSpinBox,
    QWidget,
)

from advisor.candidates.levers import LeverError
from advisor.carbon.grid import grid_rows, region_code
from advisor.project.entering import joules_of, read_hours, share_of_percent
from advisor.project.operational import CacheSettings, MoveSettings, RetireSettings, Settings
from ui.i18n import later, tr
from ui.parts import button, caption, column, grid
from ui.parts.fields import inset, labelled, line
from ui.theme import theme

Field = TypeVar("Field", bound=QWidget)
Choices = Sequence[tuple[str, str]]
"""Key and name of every measured candidate."""
_LEAST_WIDTH, _ACROSS = 150, 3


class Form(QWidget):
    """Fields of one lever. `lever` names it in the catalogue, `title` is what it is called here."""

    lever: ClassVar[str]
    title: ClassVar[str]

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "clear")
        self.model = _box()

    def show_choices(self, choices: Choices, baseline: str) -> None:
        """Offer the measured candidates; the model in use is the likeliest."""
        _offer(self.model, choices, baseline)


class EnteredForm(Form):
    """A form whose figures are all that is needed."""

    def settings(self) -> Settings:
        """What was entered. Raises `LeverError` or `CarbonError`."""
        raise NotImplementedError


class CacheForm(EnteredForm):
    """Repeat rate and the energy of a look-up."""

    lever, title = "cache", later("Response cache")

    def __init__(self) -> None:
        super().__init__()
        self.rate, self.give_or_take = _percent(0.0), _percent(0.0)
        self.rate.setSpecialValueText(tr("unknown"))
        self.lookup = _sized(line(tr("unknown, or e.g. 2 µJ")))
        self.setLayout(
            _fields(
                labelled(tr("Model"), self.model),
                labelled(tr("Requests that repeat an earlier one"), self.rate),
                labelled(tr("Give or take (95 %)"), self.give_or_take),
                labelled(tr("Energy of one look-up"), self.lookup),
            )
        )

    def settings(self) -> CacheSettings:
        if not self.rate.value():
            raise LeverError(tr("Enter the share of requests that repeat an earlier one."))
        return CacheSettings(
            model=self.model.currentData(),
            repeat_rate=share_of_percent(self.rate.value()),
            give_or_take=share_of_percent(self.give_or_take.value()),
            lookup_j=joules_of(self.lookup.text()),
        )


class CascadeForm(Form):
    """The pair, and what it may lose where it learns."""

    lever, title = "cascade", later("Cascade: small, then large where unsure")

    def __init__(self) -> None:
        super().__init__()
        self.small = _box()
        self.most_loss = _sized(inset(QDoubleSpinBox()))
        self.most_loss.setRange(0.0, 100.0)
        self.most_loss.setDecimals(2)
        self.most_loss.setSingleStep(0.1)
        self.setLayout(
            _fields(
                labelled(tr("Answers first"), self.small),
                labelled(tr("Answers where the first is unsure"), self.model),
                labelled(tr("Accuracy it may lose (points)"), self.most_loss),
            )
        )

    def show_choices(self, choices: Choices, baseline: str) -> None:
        super().show_choices(choices, baseline)
        other = next((key for key, _ in choices if key != baseline), baseline)
        _offer(self.small, choices, other)


class RegionForm(EnteredForm):
    """Where to."""

    lever, title = "move", later("Move to another region")

    def __init__(self) -> None:
        super().__init__()
        self.region = _sized(line(tr("Country or cloud region")))
        names = sorted({rows[-1].name for rows in grid_rows().values()})
        completer = QCompleter(names, self)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        self.region.setCompleter(completer)
        self.setLayout(
            _fields(labelled(tr("Model"), self.model), labelled(tr("Where to"), self.region))
        )

    def settings(self) -> MoveSettings:
        return MoveSettings(
            model=self.model.currentData(), region=region_code(self.region.text().strip())
        )


class HoursForm(EnteredForm):
    """When: the grid of a typical day, and how much of the work may wait."""

    lever, title = "move", later("Run in the cleanest hours")

    def __init__(self) -> None:
        super().__init__()
        self.file: Path | None = None
        self._choose = _sized(button(tr("Choose a file …"), self._ask, icon_name="folder"))
        self.hours_needed, self.may_wait = _sized(inset(QSpinBox())), _percent(100.0)
        self.hours_needed.setRange(1, 24)
        self.hours_needed.setValue(8)
        hint = tr("24 lines, one an hour from 0:00: the grid's gCO₂e per kWh on a typical day.")
        self.setLayout(
            column(
                _fields(
                    labelled(tr("Model"), self.model),
                    labelled(tr("Grid by hour (CSV)"), self._choose),
                    labelled(tr("Hours of a day that the work takes"), self.hours_needed),
                    labelled(tr("Work that may wait"), self.may_wait),
                ),
                caption(hint),
                space="small",
            )
        )

    def use(self, file: Path) -> None:
        """Take the hours from a file."""
        self.file = file
        self._choose.setText(file.name)

    def settings(self) -> MoveSettings:
        if self.file is None:
            raise LeverError(tr("Choose a file that gives the grid of each hour."))
        return MoveSettings(
            model=self.model.currentData(),
            hours=read_hours(self.file),
            hours_source=self.file.name,
            hours_needed=self.hours_needed.value(),
            may_wait=share_of_percent(self.may_wait.value()),
        )

    def _ask(self) -> None:
        chosen, _ = QFileDialog.getOpenFileName(
            self, tr("Grid by hour (CSV)"), "", tr("Data") + " (*.csv)"
        )
        if chosen:
            self.use(Path(chosen))


class RetireForm(EnteredForm):
    """What takes over, and of how many requests."""

    lever, title = "retire", later("Retire the model in use")

    def __init__(self) -> None:
        super().__init__()
        self.fallback, self.inherited = _box(), _percent(100.0)
        self.fallback_j = _sized(line(tr("0, or e.g. 5 mJ")))
        self.accuracy = _sized(line(tr("unknown")))
        self.setLayout(
            _fields(
                labelled(tr("Model in use today"), self.model),
                labelled(tr("What takes over"), self.fallback),
                labelled(tr("Requests that are still asked"), self.inherited),
                labelled(tr("Energy of one such answer"), self.fallback_j),
                labelled(tr("Its accuracy (points)"), self.accuracy),
            )
        )
        self.fallback.currentIndexChanged.connect(self._offer_rule)

    def show_choices(self, choices: Choices, baseline: str) -> None:
        super().show_choices([c for c in choices if c[0] == baseline], baseline)
        others = [c for c in choices if c[0] != baseline]
        _offer(self.fallback, [("", tr("a rule, a person, or nothing")), *others], "")
        self._offer_rule()

    def settings(self) -> RetireSettings:
        return RetireSettings(
            model=self.model.currentData(),
            fallback=self.fallback.currentData(),
            fallback_j=joules_of(self.fallback_j.text()) or 0.0,
            inherited_share=share_of_percent(self.inherited.value()),
            accuracy_points=_points(self.accuracy.text()),
        )

    def _offer_rule(self) -> None:
        own = not self.fallback.currentData()
        self.fallback_j.setEnabled(own)
        self.accuracy.setEnabled(own)


def all_forms() -> list[CascadeForm | EnteredForm]:
    """Every form, in the order in which they are offered."""
    return [CacheForm(), CascadeForm(), RegionForm(), HoursForm(), RetireForm()]


def _fields(*fields: QWidget) -> QGridLayout:
    """At most three fields side by side: more do not fit beside the navigation."""
    rows = [fields[start : start + _ACROSS] for start in range(0, len(fields), _ACROSS)]
    made = grid(rows, space="small")
    for number in range(_ACROSS):
        made.setColumnStretch(number, 1)
    return made


def _sized(widget: Field) -> Field:
    """As wide as there is room for."""
    widget.setMinimumWidth(theme.px(_LEAST_WIDTH))
    return widget


def _box() -> QComboBox:
    made = _sized(QComboBox())
    made.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    return made


def _percent(value: float) -> QDoubleSpinBox:
    made = inset(QDoubleSpinBox())
    made.setRange(0.0, 100.0)
    made.setDecimals(1)
    made.setSuffix(" %")
    made.setSingleStep(5.0)
    made.setValue(value)
    return _sized(made)


def _offer(box: QComboBox, choices: Choices, chosen: str) -> None:
    """What was chosen before stays, where it is still offered."""
    before = box.currentData()
    box.clear()
    for key, name in choices:
        box.addItem(name, key)
    keys = [key for key, _ in choices]
    wanted = before if before in keys else chosen
    box.setCurrentIndex(max(0, box.findData(wanted)))


def _points(words: str) -> float | None:
    if not words.strip():
        return None
    try:
        return float(words)
    except ValueError as error:
        raise LeverError(tr("“{words}” is not a number of points.", words=words)) from error
