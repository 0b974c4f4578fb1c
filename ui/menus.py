"""The menu bar: projects, undo and redo of decisions, pages, look, language, about."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu

from ui.i18n import NAMES, language, later, tr
from ui.theme import SCALES, Choice

if TYPE_CHECKING:
    from ui.main_window import MainWindow

_THEMES: dict[Choice, str] = {
    "system": later("As the desktop"),
    "light": later("Light"),
    "dark": later("Dark"),
}
_KEY = QKeySequence.StandardKey


def fill_menus(window: MainWindow) -> None:
    """Build the window's menu bar anew, in the language in force."""
    bar = window.menuBar()
    bar.clear()
    for old in bar.findChildren(QMenu):
        old.deleteLater()
    _file(window, bar.addMenu(tr("File")))
    _edit(window, bar.addMenu(tr("Edit")))
    _view(window, bar.addMenu(tr("View")))
    about = bar.addMenu(tr("Help"))
    _act(about, tr("Meters on this machine"), window.explain_meters)
    _act(about, tr("About Carbon Advisor"), window.show_about)


def _file(window: MainWindow, menu: QMenu) -> None:
    _act(menu, tr("New project …"), window.new_project, _KEY.New)
    _act(menu, tr("Open project …"), window.choose_project, _KEY.Open)
    recent = menu.addMenu(tr("Open recent"))
    for address in window.session.preferences.recent:
        _act(recent, Path(address).name, lambda a=address: window.open_project(Path(a)))
    recent.setEnabled(bool(window.session.preferences.recent))
    _act(menu, tr("Open the sample"), window.open_sample)
    menu.addSeparator()
    _act(menu, tr("Add models …"), window.choose_models, QKeySequence("Ctrl+M"))
    menu.addSeparator()
    _act(menu, tr("Quit"), window.close, _KEY.Quit)


def _edit(window: MainWindow, menu: QMenu) -> None:
    stack = window.session.undo
    undo = stack.createUndoAction(menu, tr("Undo"))
    undo.setShortcut(QKeySequence(_KEY.Undo))
    redo = stack.createRedoAction(menu, tr("Redo"))
    redo.setShortcut(QKeySequence(_KEY.Redo))
    menu.addActions([undo, redo])


def _view(window: MainWindow, menu: QMenu) -> None:
    for number, page in enumerate(window.page_types, start=1):
        _act(
            menu,
            tr(page.short_title or page.title),
            lambda name=page.name: window.go_to(name),
            QKeySequence(f"Ctrl+{number}"),
        )
    menu.addSeparator()
    _act(menu, tr("Hide details"), window.hide_details, QKeySequence("Esc"))
    menu.addSeparator()
    chosen = window.session.preferences
    look = menu.addMenu(tr("Appearance"))
    _choice(
        look,
        [
            (tr(w), t == chosen.theme, lambda t=t: window.set_look(theme_choice=t))
            for t, w in _THEMES.items()
        ],
    )
    size = menu.addMenu(tr("Size"))
    _choice(
        size,
        [(f"{s:.0%}", s == chosen.scale, lambda s=s: window.set_look(scale=s)) for s in SCALES],
    )
    tongue = menu.addMenu("Language / 言語")
    _choice(
        tongue,
        [
            (name, code == language.code, lambda c=code: window.set_language(c))
            for code, name in NAMES.items()
        ],
    )


def _act(
    menu: QMenu,
    words: str,
    act: Callable[[], object],
    keys: QKeySequence | QKeySequence.StandardKey | None = None,
) -> QAction:
    made = menu.addAction(words)
    if keys is not None:
        made.setShortcut(QKeySequence(keys))
    made.triggered.connect(lambda: act())
    return made


def _choice(menu: QMenu, choices: list[tuple[str, bool, Callable[[], object]]]) -> None:
    group = QActionGroup(menu)
    for words, checked, act in choices:
        made = _act(menu, words, act)
        made.setCheckable(True)
        made.setChecked(checked)
        group.addAction(made)
