"""The variants page in the real window: plan, search, stop, go on, and what it found."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import onnx
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QLabel, QMessageBox, QPushButton

sys.path.insert(0, str(Path(__file__).parents[1] / "project"))
sys.path.insert(0, str(Path(__file__).parents[1] / "candidates"))
import true_models
from tiny_network import QUICKLY, save_network

from advisor.bench import Precision
from advisor.bench.search_plan import Rung
from advisor.candidates import read_candidate
from advisor.project.intake import CURRENT_WORKLOAD, add_data, add_models
from advisor.project.outcomes import Verdict
from advisor.project.variants import latest_search

TRIED = {"int8-dynamic", "batch", "pruning"}


def words_of(widget):
    return " ".join(label.text() for label in widget.findChildren(QLabel))


def complaint(window):
    boxes = [b for b in window.findChildren(QMessageBox) if b.isVisible()]
    return boxes[0].text() if boxes else ""


@pytest.fixture
def page(window, qtbot, tmp_path):
    project = window.session.project
    model, data = save_network(tmp_path)
    (candidate,), _ = add_models(project, [model])
    add_data(project, data, [candidate], label="label", group="group")
    window.go_to("variants")
    made = window.pages["variants"]
    qtbot.waitUntil(lambda: made.plan is not None, timeout=15000)
    return made


def hurry(page):
    """The plan with few variants and short windows."""
    ticks = {e.lever: e.lever in TRIED for e in page.plan.entries}
    quick = replace(page.plan, rungs=(Rung(window_s=0.05, blocks=2),), bench=QUICKLY)
    page.plan = quick.choosing(ticks)
    page.settings.precision.setCurrentIndex(page.settings.precision.findData(Precision.GLANCE))
    page.settings.budget.setCurrentIndex(0)
    page.settings.most_loss.setValue(3.0)


def test_the_plan_tells_what_applies_and_can_be_edited(page, qtbot):
    boxes = page.plan_card.boxes
    by_id = {e.id: e for e in page.plan.entries}
    assert {by_id[key].lever for key in boxes} >= TRIED
    said = words_of(page.plan_card)
    assert "expected" in said
    assert "Risk:" in said
    assert "no trees" in said
    before = len(page.plan.wanted)
    ticked = next(box for key, box in boxes.items() if by_id[key].lever == "int8-dynamic")
    ticked.setChecked(False)
    assert len(page.plan.wanted) == before - 1
    assert page.plan_card.summary.text().startswith(f"{before - 1} variants")
    assert "300 rows" in words_of(page.settings)
    assert page.settings.gap.isVisibleTo(page.settings)  # the data has groups


def test_a_search_stops_goes_on_and_shows_every_variant(window, page, qtbot, monkeypatch, tmp_path):
    hurry(page)
    live = page.live
    qtbot.mouseClick(page._start, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: live.course is not None and live.course.stage != "", timeout=60000)
    stopped = live.task.stopped
    qtbot.mouseClick(page.progress.stop, Qt.MouseButton.LeftButton)
    assert stopped.wait(10)
    assert not latest_search(window.session.project).finished

    window.set_language("ja")  # every page is built anew, and the search is still known
    window.set_language("en")
    window.go_to("variants")
    page = window.pages["variants"]
    qtbot.waitUntil(page._go_on.isVisible, timeout=5000)
    qtbot.mouseClick(page._go_on, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not page.live.running, timeout=90000)
    assert page.live.course.finished
    outcomes = {o.key: o for o in page.live.course.outcomes()}
    verdicts = {o.verdict for o in outcomes.values()}
    assert {Verdict.GREENER, Verdict.REFUSED, Verdict.DOES_NOT_APPLY} <= verdicts
    table = page.result.outcomes.table
    refused = next(o for o in outcomes.values() if o.verdict is Verdict.REFUSED)
    table.selectRow(table.rows.row_of(refused.key))
    detail = words_of(page.result.outcomes)
    assert "It loses" in detail
    assert "north" in detail  # the metric by group
    page.result.explain(refused.key, "loss")
    assert "on the same rows" in words_of(window.details)

    assert "Outputs compared on 64 samples" in detail
    best = next(o for o in outcomes.values() if o.finalist)
    table.selectRow(table.rows.row_of(best.key))
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path / "copy"))
    save = page.result.outcomes.findChild(QPushButton, "save_copy")
    qtbot.mouseClick(save, Qt.MouseButton.LeftButton)
    copied = tmp_path / "copy" / best.candidate.path.name
    qtbot.waitUntil(copied.exists, timeout=10000)
    stated = json.loads(read_candidate(copied).facts.metadata["carbon_advisor.energy"])
    assert stated["measured_sha256"] == best.candidate.sha256

    page.result.layers.button.click()
    qtbot.waitUntil(lambda: page.result.layers.chart.isVisibleTo(page), timeout=20000)
    window.go_to("compare")
    compare = window.pages["compare"]
    qtbot.waitUntil(lambda: compare.ranking is not None, timeout=10000)
    ranked = {key for key, _ in compare.ranking.choices}
    assert {o.key for o in outcomes.values() if o.finalist} <= ranked


def test_an_own_tool_joins_the_plan_or_says_what_it_lacks(window, page, qtbot):
    page.settings.tool.setText("shrink {in}")
    page.settings.tool.returnPressed.emit()
    assert "{out}" in complaint(window)
    window.findChild(QMessageBox, "complaint").accept()
    page.settings.tool.setText("shrink {in} {out}")
    page.settings.tool.returnPressed.emit()
    qtbot.waitUntil(lambda: "own-tool-1" in {e.lever for e in page.plan.entries}, timeout=10000)
    assert "shrink {in} {out}" in " ".join(b.text() for b in page.plan_card.boxes.values())


def test_a_plan_without_a_tick_is_not_started(window, page):
    page.plan = page.plan.choosing({e.lever: False for e in page.plan.entries})
    page.start()
    assert "tick at least one" in complaint(window)
    assert not page.live.running


def test_the_benchmark_page_leads_here(window, page, qtbot):
    window.go_to("benchmark")
    qtbot.mouseClick(window.pages["benchmark"].candidates.more, Qt.MouseButton.LeftButton)
    assert window.current == "variants"
    assert page.plan_card.isVisibleTo(page)


def test_a_group_column_is_chosen_with_the_data(window, page, qtbot):
    window.go_to("benchmark")
    card = window.pages["benchmark"].data
    qtbot.waitUntil(lambda: card.group_box.count() > 1, timeout=10000)
    assert card.group_box.currentText() == "group"
    card.group_box.setCurrentIndex(0)
    card.group_box.activated.emit(0)
    project = window.session.project
    current = lambda: project.workloads.get(project.setting(CURRENT_WORKLOAD))  # noqa: E731
    qtbot.waitUntil(lambda: current().group is None, timeout=10000)


def test_without_a_model_the_page_offers_ways_in(window):
    window.go_to("variants")
    assert "No model to start from" in words_of(window.pages["variants"])


def test_a_tree_ensemble_shows_its_curve_before_the_search(window, qtbot, tmp_path):
    project = window.session.project
    onnx.save(true_models.forest(20), str(tmp_path / "forest.onnx"))
    test, _ = true_models.save_data(tmp_path)
    (candidate,), _ = add_models(project, [tmp_path / "forest.onnx"])
    add_data(project, test, [candidate], label="label")
    window.go_to("variants")
    card = window.pages["variants"].trees
    qtbot.waitUntil(lambda: card.isVisibleTo(window), timeout=20000)
    assert "180 rows that calibrate" in words_of(card)
    qtbot.waitUntil(lambda: card.chart.isVisibleTo(card), timeout=5000)
