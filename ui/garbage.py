"""Python's garbage collection, only ever between two events of the window.

Widgets that stand in a reference cycle (every pyqtgraph plot has some) are deleted by whatever
collection comes next. Where that falls into Qt's walk over all widgets (a change of style) or into
another thread, Qt goes on with a widget that is no more, and the program crashes.
"""

from __future__ import annotations

import gc
from collections.abc import Generator
from contextlib import contextmanager

from PySide6.QtCore import QObject, QTimer

_PERIOD_MS = 250


class GarbageCollection(QObject):
    """Collects by Python's own thresholds, from a timer of the thread that made it."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        gc.disable()
        gc.freeze()  # what the imports made stays, and no later collection walks through it
        timer = QTimer(self)
        timer.timeout.connect(collect_what_is_due)
        timer.start(_PERIOD_MS)

    def stop(self) -> None:
        """Give collection back to Python (at the end of the window)."""
        self.deleteLater()
        gc.unfreeze()
        gc.enable()


def collect_what_is_due() -> None:
    """Collect the oldest generation whose count is over its threshold."""
    counts, thresholds = gc.get_count(), gc.get_threshold()
    due = [n for n in range(3) if counts[n] > thresholds[n]]
    if due:
        gc.collect(max(due))


@contextmanager
def held_back() -> Generator[None]:
    """No collection inside the block."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()
