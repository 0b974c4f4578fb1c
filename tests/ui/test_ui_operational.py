"""Levers without a file in the window: entered by hand, ranked, explained, undone."""

import sys
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

sys.path.insert(0, str(Path(__file__).parents[1] / "project"))
from tiny_network import measure_pair

from advisor.project import Project
from advisor.quantities import Provenance
from ui.i18n import language


@pytest.fixture
def compare(window, qtbot, tmp_path):
    (tmp_path / "pair").mkdir()
    window.session.open(Project.open(measure_pair(tmp_path / "pair")))
    window.go_to("compare")
    page = window.pages["compare"]
    qtbot.waitUntil(lambda: page.ranking is not None and page.ranking.several, timeout=10000)
    return page


def enter(compare, qtbot, count):
    qtbot.mouseClick(compare.operational.enter, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(compare.ranking.worked) == count, timeout=20000)
    return compare.ranking.worked[-1]


def complaint(window):
    return window.pages["compare"].findChild(object, "complaint")


def test_a_cache_and_a_cascade_stand_in_the_ranking_and_are_taken_back(window, compare, qtbot):
    card = compare.operational
    qtbot.mouseClick(compare.other_ways, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(card.enter, Qt.MouseButton.LeftButton)
    assert "Enter the share" in complaint(window).text()
    complaint(window).close()
    qtbot.waitUntil(lambda: complaint(window) is None)
    card.form.rate.setValue(40.0)
    card.form.lookup.setText("much")
    qtbot.mouseClick(card.enter, Qt.MouseButton.LeftButton)
    assert "is not an energy" in complaint(window).text()
    card.form.lookup.setText("1 nJ")
    cached = enter(compare, qtbot, 1)
    assert cached.name == "tiny + cache 40 %"
    assert cached.energy_j.provenance is Provenance.ESTIMATED
    assert compare.table.current_key() == cached.candidate

    card.lever.setCurrentIndex(1)
    assert card.form.small.currentText() == "half"
    cascade = enter(compare, qtbot, 2)
    compare.explain(cascade.candidate, "energy_j")
    told = window.details.explanation
    assert [asked.title for asked in told.inputs] == ["half", "tiny"]
    assert "learnt on" in told.chain[0]

    card.kept.removed.emit(cached.candidate)
    qtbot.waitUntil(lambda: len(compare.ranking.worked) == 1, timeout=5000)
    window.session.undo.undo()
    qtbot.waitUntil(lambda: len(compare.ranking.worked) == 2, timeout=5000)


def test_a_move_needs_a_region_or_hours(window, compare, qtbot, tmp_path):
    card = compare.operational
    card.lever.setCurrentIndex(2)
    qtbot.mouseClick(card.enter, Qt.MouseButton.LeftButton)
    assert "region" in complaint(window).text()
    complaint(window).close()
    card.form.region.setText("Norway")
    assert enter(compare, qtbot, 1).name == "tiny in Norway"
    card.lever.setCurrentIndex(3)
    day = tmp_path / "day.csv"
    day.write_text("\n".join(str(100 + 10 * h) for h in range(24)))
    card.form.use(day)
    assert "day.csv" in str(enter(compare, qtbot, 2).rests_on[0])


def test_what_can_be_retired_is_the_model_in_use(compare, qtbot, monkeypatch):
    card = compare.operational
    card.lever.setCurrentIndex(4)
    assert [card.form.model.itemText(n) for n in range(card.form.model.count())] == ["tiny"]
    card.form.fallback.setCurrentIndex(1)
    assert not card.form.accuracy.isEnabled()
    monkeypatch.setattr(language, "code", "ja")
    assert enter(compare, qtbot, 1).name == "tiny を廃止し half が引き継ぐ"
