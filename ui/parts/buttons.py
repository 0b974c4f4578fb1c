"""Buttons by their weight: one primary a page, plain ones, quiet ones, icons."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QMenu, QPushButton, QToolButton

from ui.theme import icon, theme


def button(
    words: str,
    clicked: Callable[[], object] | None = None,
    *,
    kind: str = "plain",
    icon_name: str | None = None,
    hint: str = "",
) -> QPushButton:
    """A push button of a kind: plain, primary, quiet, danger. The keyboard reaches it."""
    made = QPushButton(words)
    made.setProperty("kind", kind)
    made.setCursor(Qt.CursorShape.PointingHandCursor)
    made.setAutoDefault(False)
    if icon_name:
        colour = {"primary": "on_accent", "quiet": "accent", "danger": "danger"}.get(kind, "ink")
        made.setIcon(icon(icon_name, colour, size=18, gap=4))
        made.setIconSize(QSize(theme.px(22), theme.px(18)))
    if hint:
        made.setToolTip(hint)
    if clicked is not None:
        made.clicked.connect(lambda: clicked())
    return made


def quiet(
    words: str, clicked: Callable[[], object] | None = None, *, icon_name: str | None = None
) -> QPushButton:
    """A button without a frame, for what is seldom wanted."""
    return button(words, clicked, kind="quiet", icon_name=icon_name)


def menu_button(
    words: str,
    choices: Iterable[tuple[str, Callable[[], object]]],
    *,
    kind: str = "plain",
    icon_name: str | None = None,
) -> QPushButton:
    """A button that offers a menu of (words, what to do)."""
    made = button(f"{words}  ▾", kind=kind, icon_name=icon_name)
    menu = QMenu(made)
    for name, chosen in choices:
        menu.addAction(name).triggered.connect(lambda _=False, act=chosen: act())
    made.setMenu(menu)
    return made


def tool(
    icon_name: str, hint: str, clicked: Callable[[], object] | None = None, *, size: int = 18
) -> QToolButton:
    """An icon that acts; `hint` says what it does, also to a screen reader."""
    made = QToolButton()
    made.setIcon(icon(icon_name, size=size))
    made.setIconSize(QSize(theme.px(size), theme.px(size)))
    made.setToolTip(hint)
    made.setAccessibleName(hint)
    made.setCursor(Qt.CursorShape.PointingHandCursor)
    made.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    if clicked is not None:
        made.clicked.connect(lambda: clicked())
    return made
