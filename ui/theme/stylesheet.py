"""The style sheet, generated from the tokens; lengths follow the scale.

Widgets say what they are by the dynamic properties `role` (labels, frames) and `kind` (buttons);
`ui.parts` sets them. No page writes a style sheet of its own.
"""

from __future__ import annotations

from pathlib import Path
from string import Template

from ui.theme.tokens import RADIUS_PX, TYPE_PX, Tokens

_RULES = Template("""
* { font-family: "$family"; }
QWidget { color: $ink; font-size: ${body}px; selection-background-color: $accent;
  selection-color: $on_accent; }
QMainWindow, QDialog, QWidget[role="page"], QWidget[role="ground"] { background: $ground; }
QToolTip { background: $surface; color: $ink; border: 1px solid $line_strong; padding: ${s6}px;
  font-size: ${small}px; }

QLabel { background: transparent; }
QLabel[role="display"] { font-size: ${display}px; font-weight: 700; }
QLabel[role="title"] { font-size: ${title}px; font-weight: 700; }
QLabel[role="heading"] { font-size: ${heading}px; font-weight: 700; }
QLabel[role="lead"] { font-size: ${heading}px; color: $ink_soft; }
QLabel[role="soft"] { color: $ink_soft; }
QLabel[role="caption"] { font-size: ${small}px; color: $ink_faint; }
QLabel[role="eyebrow"] { font-size: ${small}px; color: $ink_faint; font-weight: 700; }
QLabel[role="warning"] { color: $warning; }
QLabel[role="danger"] { color: $danger; }
QLabel[role="accent"] { color: $accent; font-weight: 700; }
QLabel[role="brand"] { font-size: ${heading}px; font-weight: 700; }
QLabel[tone="accent"] { color: $accent; }
QLabel[tone="warning"] { color: $warning; }
QLabel[tone="danger"] { color: $danger; }
QLabel[role="mono"] { font-size: ${small}px; color: $ink_soft; }

QFrame[role="card"] { background: $surface; border: 1px solid $line; border-radius: ${radius}px; }
QFrame[role="card"][clickable="true"]:hover { border-color: $accent; }
QFrame[role="card"][clickable="true"]:focus { border: 2px solid $accent; }
QFrame[role="well"] { background: $sunken; border: none; border-radius: ${radius}px; }
QFrame[role="notice"] { background: $accent_soft; border: none; border-radius: ${radius}px; }
QFrame[role="warning"] { background: $warning_soft; border: none; border-radius: ${radius}px; }
QFrame[role="danger"] { background: $danger_soft; border: none; border-radius: ${radius}px; }
QFrame[role="drop"] { background: $surface; border: 2px dashed $line_strong;
  border-radius: ${radius}px; }
QFrame[role="drop"][over="true"] { border-color: $accent; background: $accent_soft; }
QFrame[role="rule"] { background: $line; border: none; max-height: 1px; min-height: 1px; }
QFrame[role="navigation"] { background: $sunken; border: none; border-right: 1px solid $line; }
QFrame[role="details"] { background: $surface; border: none; border-left: 1px solid $line; }
QFrame[role="status"] { background: $sunken; border: none; border-top: 1px solid $line; }

QPushButton { background: $surface; color: $ink; border: 1px solid $line_strong;
  border-radius: ${r6}px; padding: ${s7}px ${s14}px; min-height: ${s18}px; }
QPushButton:hover { border-color: $accent; color: $accent; }
QPushButton:pressed { background: $accent_soft; }
QPushButton:focus { border: 2px solid $accent; padding: ${s6}px ${s13}px; }
QPushButton:disabled { color: $line_strong; border-color: $line; background: $surface; }
QPushButton:checked { background: $accent_soft; border-color: $accent; color: $accent; }
QPushButton[kind="primary"] { background: $accent; color: $on_accent; border-color: $accent;
  font-weight: 700; }
QPushButton[kind="primary"]:hover { background: $accent_hover; border-color: $accent_hover;
  color: $on_accent; }
QPushButton[kind="primary"]:focus { border: 2px solid $ink; }
QPushButton[kind="primary"]:disabled { background: $line; border-color: $line; color: $ink_faint; }
QPushButton[kind="quiet"] { background: transparent; border-color: transparent; color: $accent; }
QPushButton[kind="quiet"]:hover { background: $accent_soft; }
QPushButton[kind="quiet"]:focus { border: 2px solid $accent; }
QPushButton[kind="quiet"]:disabled { color: $line_strong; background: transparent; }
QPushButton[kind="danger"] { color: $danger; border-color: $danger; }
QPushButton[kind="danger"]:hover { background: $danger_soft; color: $danger; }
QPushButton[kind="navigation"] { background: transparent; border: none; text-align: left;
  border-radius: ${r6}px; padding: ${s9}px ${s12}px; color: $ink_soft; }
QPushButton[kind="navigation"]:hover { background: $line; color: $ink; }
QPushButton[kind="navigation"]:checked { background: $accent_soft; color: $accent;
  font-weight: 700; }
QPushButton[kind="navigation"]:focus { border: 2px solid $accent; padding: ${s7}px ${s10}px; }
QPushButton[kind="row"] { background: transparent; border: none; text-align: left;
  border-radius: ${r6}px; padding: ${s7}px ${s8}px; }
QPushButton[kind="row"]:hover { background: $accent_soft; color: $accent; }
QPushButton::menu-indicator { width: 0; }
QToolButton { background: transparent; border: 1px solid transparent; border-radius: ${r6}px;
  padding: ${s5}px; }
QToolButton:hover { background: $accent_soft; }
QToolButton:focus { border-color: $accent; }

QLineEdit, QSpinBox, QDoubleSpinBox, QComboBox, QDateEdit, QPlainTextEdit, QTextEdit {
  background: $surface; color: $ink; border: 1px solid $line_strong; border-radius: ${r6}px;
  padding: ${s6}px ${s9}px; min-height: ${s18}px; }
QLineEdit:focus, QSpinBox:focus, QDoubleSpinBox:focus, QComboBox:focus, QDateEdit:focus,
QPlainTextEdit:focus, QTextEdit:focus { border: 2px solid $accent; padding: ${s5}px ${s8}px; }
QLineEdit:disabled, QSpinBox:disabled, QDoubleSpinBox:disabled, QComboBox:disabled {
  color: $ink_faint; border-color: $line; }
QSpinBox::up-button, QSpinBox::down-button, QDoubleSpinBox::up-button,
QDoubleSpinBox::down-button { width: 0; border: none; }
QComboBox, QDateEdit { padding-right: ${s24}px; }
QComboBox::drop-down, QDateEdit::drop-down { border: none; width: ${s24}px; }
QComboBox::down-arrow, QDateEdit::down-arrow { image: url("$arrow"); width: ${s10}px;
  height: ${s10}px; margin-right: ${s9}px; }
QComboBox QAbstractItemView { background: $surface; border: 1px solid $line_strong;
  outline: none; padding: ${s4}px; selection-background-color: $accent_soft;
  selection-color: $accent; }
QCheckBox, QRadioButton { spacing: ${s8}px; background: transparent; }
QCheckBox::indicator, QRadioButton::indicator { width: ${s15}px; height: ${s15}px;
  border: 1px solid $line_strong; background: $surface; }
QCheckBox::indicator { border-radius: ${r4}px; }
QRadioButton::indicator { border-radius: ${s8}px; }
QCheckBox::indicator:checked, QRadioButton::indicator:checked { background: $accent;
  border-color: $accent; }
QCheckBox::indicator:checked { image: url("$tick"); }
QCheckBox::indicator:indeterminate { background: $accent_soft; border-color: $accent; }
QCheckBox[strong="true"] { font-weight: 700; }
QCheckBox::indicator:focus, QRadioButton::indicator:focus { border: 2px solid $accent; }
QSlider:horizontal { min-height: ${s20}px; }
QSlider::groove:horizontal { height: ${s4}px; background: $line; border-radius: 2px; }
QSlider::sub-page:horizontal { background: $accent; border-radius: 2px; }
QSlider::handle:horizontal { background: $accent; width: ${s16}px; height: ${s16}px;
  margin: -${s6}px 0; border-radius: ${s8}px; }

QProgressBar { background: $line; border: none; border-radius: ${r3}px; max-height: ${s6}px;
  min-height: ${s6}px; }
QProgressBar::chunk { background: $accent; border-radius: ${r3}px; }

QTableView, QTreeView, QListView { background: $surface; border: 1px solid $line;
  border-radius: ${radius}px; gridline-color: $line; outline: none;
  selection-background-color: $accent_soft; selection-color: $ink;
  alternate-background-color: $surface; }
QTableView::item, QTreeView::item, QListView::item { padding: ${s4}px ${s8}px;
  border-bottom: 1px solid $line; }
QTableView::item:selected, QTreeView::item:selected, QListView::item:selected {
  background: $accent_soft; color: $ink; }
QTableView:focus, QTreeView:focus, QListView:focus { border-color: $accent; }
QHeaderView { background: transparent; border: none; }
QHeaderView::section { background: $surface; color: $ink_faint; border: none;
  border-bottom: 1px solid $line_strong; padding: ${s7}px ${s8}px; font-size: ${small}px;
  font-weight: 700; }
QTableCornerButton::section { background: $surface; border: none; }

QScrollArea, QScrollArea > QWidget > QWidget[role="page"] { background: $ground; border: none; }
QScrollArea[role="clear"], QWidget[role="clear"] { background: transparent; border: none; }
QScrollBar:vertical { background: transparent; width: ${s10}px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: ${s10}px; margin: 0; }
QScrollBar::handle { background: $line_strong; border-radius: ${s4}px; margin: 2px; }
QScrollBar::handle:vertical { min-height: ${s30}px; }
QScrollBar::handle:horizontal { min-width: ${s30}px; }
QScrollBar::handle:hover { background: $ink_faint; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }

QMenuBar { background: $sunken; border-bottom: 1px solid $line; padding: ${s3}px ${s8}px; }
QMenuBar::item { background: transparent; padding: ${s5}px ${s10}px; border-radius: ${r4}px; }
QMenuBar::item:selected { background: $accent_soft; color: $accent; }
QMenu { background: $surface; border: 1px solid $line_strong; padding: ${s6}px; }
QMenu::item { padding: ${s7}px ${s24}px; border-radius: ${r4}px; }
QMenu::item:selected { background: $accent_soft; color: $accent; }
QMenu::item:disabled { color: $line_strong; }
QMenu::separator { height: 1px; background: $line; margin: ${s5}px ${s8}px; }
QStatusBar { background: $sunken; border-top: 1px solid $line; color: $ink_soft; }
QStatusBar::item { border: none; }
QSplitter::handle { background: transparent; }
QTabWidget::pane { border: none; border-top: 1px solid $line; background: transparent; }
QTabBar { background: transparent; }
QTabBar::tab { background: transparent; color: $ink_soft; border: none;
  border-bottom: 2px solid transparent; padding: ${s8}px ${s4}px; margin-right: ${s20}px; }
QTabBar::tab:hover { color: $ink; }
QTabBar::tab:selected { color: $accent; border-bottom-color: $accent; font-weight: 700; }
QTabBar::tab:focus { border-bottom-color: $ink; }
QGroupBox { border: none; margin-top: ${s20}px; font-weight: 700; }
QGroupBox::title { subcontrol-origin: margin; left: 0; }
""")


def stylesheet(tokens: Tokens, scale: float, family: str, pictures: Path) -> str:
    """The whole style sheet for a set of tokens at a scale.

    Qt's style sheets take pictures only from files: they are written to the folder `pictures`.
    """
    values = {name: str(value) for name, value in vars(tokens).items()}
    values |= {name: str(max(1, round(size * scale))) for name, size in TYPE_PX.items()}
    values |= {f"s{n}": str(round(n * scale)) for n in range(1, 41)}
    values |= {f"r{n}": str(round(n * scale)) for n in (3, 4, 6)}
    values["arrow"] = _picture(pictures, "arrow", "m5 9 7 7 7-7", tokens.ink_soft)
    values["tick"] = _picture(pictures, "tick", "m5 12.5 4.5 4.5L19 7.5", tokens.on_accent)
    return _RULES.substitute(values, family=family, radius=round(RADIUS_PX * scale))


def _picture(folder: Path, name: str, path: str, colour: str) -> str:
    file = folder / f"{name}-{colour.removeprefix('#')}.svg"
    file.write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" '
        f'stroke="{colour}" stroke-width="2.6" stroke-linecap="round" stroke-linejoin="round">'
        f'<path d="{path}"/></svg>',
        "utf-8",
    )
    return file.as_posix()
