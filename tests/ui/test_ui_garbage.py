"""Garbage with widgets in it is collected between two events, never while Qt walks over them."""

import gc

import pytest
import shiboken6
from PySide6.QtWidgets import QLabel, QWidget

from ui.garbage import collect_what_is_due
from ui.theme import theme


class Collects(QWidget):
    """Sets a collection off whenever it hears of a new style, as any widget may by chance."""

    def __init__(self):
        super().__init__()
        self.ensurePolished()

    def changeEvent(self, event):
        if gc.isenabled():
            gc.collect()


def widget_in_a_cycle():
    label = QLabel("x")
    label.ensurePolished()
    label.itself = label
    return shiboken6.getCppPointer(label)[0]


def test_a_change_of_look_survives_garbage_with_widgets_in_it(qapp):
    probes = [Collects() for _ in range(5)]
    for _ in range(50):
        widget_in_a_cycle()
    theme.apply("dark", 1.0)  # it crashed the process
    theme.apply("light", 1.0)
    assert gc.isenabled()
    assert len(probes) == 5


def test_the_window_collects_by_itself_and_hands_collection_back(window, qtbot):
    assert not gc.isenabled()
    gone = []
    label = QLabel("x")
    label.itself = label
    label.destroyed.connect(lambda: gone.append(True))
    del label
    many = [[] for _ in range(5000)]
    assert gc.get_count()[0] > gc.get_threshold()[0]
    qtbot.waitUntil(lambda: bool(gone), timeout=10000)
    window.close()
    assert gc.isenabled()
    assert len(many) == 5000


@pytest.mark.parametrize("count", [0, 5000])
def test_nothing_is_collected_before_it_is_due(count, monkeypatch):
    collected = []
    monkeypatch.setattr(gc, "get_count", lambda: (count, 0, 0))
    monkeypatch.setattr(gc, "collect", collected.append)
    collect_what_is_due()
    assert collected == ([0] if count else [])
