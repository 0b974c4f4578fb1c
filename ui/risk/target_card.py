"""The bank's own target: a straight path from a base year to a target year."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDoubleSpinBox, QFrame, QSpinBox

from advisor.risk import Target
from ui.i18n import tr
from ui.parts import button, column, eyebrow, heading, row, soft
from ui.parts.fields import inset
from ui.risk.picture import RiskPicture
from ui.theme import theme


class TargetCard(QFrame):
    """Emits `chosen` with a `Target`."""

    chosen = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.base_year, self.target_year = inset(QSpinBox()), inset(QSpinBox())
        for spin in (self.base_year, self.target_year):
            spin.setRange(2000, 2100)
        self.base_year.setAccessibleName(tr("Base year"))
        self.target_year.setAccessibleName(tr("Target year"))
        self.base = inset(QDoubleSpinBox())
        self.base.setRange(0, 1e15)
        self.base.setDecimals(0)
        self.base.setGroupSeparatorShown(True)
        self.base.setAccessibleName(tr("Footprint of the base year [kg CO₂e]"))
        self.cut = inset(QDoubleSpinBox())
        self.cut.setRange(0, 100)
        self.cut.setDecimals(0)
        self.cut.setSuffix(" %")
        self.cut.setAccessibleName(tr("Reduction"))
        fields = row(space="large")
        for words, widget, width in (
            (tr("Base year"), self.base_year, 90),
            (tr("Footprint of the base year [kg CO₂e]"), self.base, 240),
            (tr("Target year"), self.target_year, 90),
            (tr("Reduction"), self.cut, 90),
        ):
            widget.setFixedWidth(theme.px(width))
            fields.addLayout(column(eyebrow(words), widget, space="hair"))
        fields.addStretch(1)
        fields.addLayout(column(1, button(tr("Set the target"), self._set), space="hair"))
        self._state = soft("")
        self.setLayout(
            column(heading(tr("Target")), self._state, fields, space="small", margin="large")
        )

    def show_target(self, picture: RiskPicture) -> None:
        """Show the target in force, or offer today's footprint as its base."""
        target = picture.target
        self._state.setText(
            tr("The indicator “footprint above the target path” follows it.")
            if target
            else tr("No target is set; today's footprint is offered as its base.")
        )
        today = picture.readings[0].day.year
        self.base_year.setValue(target.base_year if target else today)
        self.target_year.setValue(target.target_year if target else today + 5)
        total = float(picture.exposures.table["carbon_kg"].sum())
        self.base.setValue(target.base_kg if target else total)
        self.cut.setValue(100 * target.reduction if target else 50)

    def _set(self) -> None:
        self.chosen.emit(
            Target(
                base_year=self.base_year.value(),
                base_kg=self.base.value(),
                target_year=self.target_year.value(),
                reduction=self.cut.value() / 100,
            )
        )
