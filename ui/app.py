"""The entry point of the window: `main(argv)`; `--sample` opens the sample, a path a project."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from advisor.project import Project, ProjectError
from ui.i18n import language
from ui.machine import Machine
from ui.main_window import MainWindow
from ui.places import first_project_path
from ui.preferences import Preferences, read_preferences
from ui.session import Session
from ui.theme import icon, theme


def main(argv: list[str] | None = None) -> int:
    """Open the window and run until it is closed; returns the exit code."""
    parser = argparse.ArgumentParser(prog="carbon-advisor window")
    parser.add_argument("project", nargs="?", type=Path)
    parser.add_argument("--sample", action="store_true")
    asked = parser.parse_args(argv)
    if not has_screen():
        sys.stderr.write(
            "carbon-advisor: there is no screen to open a window on; set DISPLAY, or use the "
            "commands of the terminal (carbon-advisor --help).\n"
        )
        return 2
    app = QApplication.instance() or QApplication(sys.argv[:1])
    if not isinstance(app, QApplication):
        return 1
    try:
        window = open_window(app, asked.project)
    except ProjectError as error:
        sys.stderr.write(f"carbon-advisor: {error}\n")
        return 2
    if asked.sample:
        QTimer.singleShot(0, window.open_sample)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    return app.exec()


def has_screen() -> bool:
    """Whether Qt would find a screen; asked first, because Qt aborts the process without one."""
    if not sys.platform.startswith("linux"):
        return True
    return any(os.environ.get(n) for n in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))


def open_window(app: QApplication, path: Path | None = None) -> MainWindow:
    """The window on a project (the last one, or a first one, without a path).

    Raises `ProjectError` for a path that cannot be opened.
    """
    app.setApplicationName("carbon-advisor")
    app.setApplicationDisplayName("Carbon Advisor")
    preferences = read_preferences()
    language.choose(preferences.language)
    theme.apply(preferences.theme, preferences.scale)
    app.setWindowIcon(icon("leaf", "accent", size=64))
    project = Project.open_or_create(path) if path is not None else _last_project(preferences)
    preferences.opened(project.address)
    machine = Machine()
    window = MainWindow(Session(project, preferences), machine)
    window.show()
    machine.look()
    return window


def _last_project(preferences: Preferences) -> Project:
    if preferences.recent:
        with suppress(ProjectError):
            return Project.open(Path(preferences.recent[0]))
    return Project.open_or_create(first_project_path())
