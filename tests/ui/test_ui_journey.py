"""The whole journey in the real window, on the real sample: measure, rank, ask, cancel."""

import shutil
import time

import numpy as np
import pandas as pd
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QFileDialog, QLabel, QMessageBox

from advisor.bench import Precision
from advisor.rank import Verdict
from ui.live_benchmark import LiveBenchmark


def words_of(widget):
    return " ".join(label.text() for label in widget.findChildren(QLabel))


def complaint(window):
    boxes = [b for b in window.findChildren(QMessageBox) if b.isVisible()]
    return boxes[0].text() if boxes else ""


def test_from_dropped_models_to_the_source_of_a_number(with_models, qtbot):
    window = with_models
    page = window.pages["benchmark"]
    assert page.candidates.table.rows.rowCount() == 2
    live = LiveBenchmark.of(window.session)
    longest = {"gap": 0.0, "last": time.monotonic()}

    def tick():
        now = time.monotonic()
        longest["gap"] = max(longest["gap"], now - longest["last"])
        longest["last"] = now

    heart = QTimer()
    heart.timeout.connect(tick)
    heart.start(20)
    live.start(
        window.session, precision=Precision.GLANCE, time_budget_s=6.0, idle_s=0.5, warm_up_max_s=1.0
    )
    qtbot.waitUntil(lambda: not live.running, timeout=60000)
    heart.stop()
    assert live.failure is None
    assert all(course.window_j for course in live.courses.values())
    assert longest["gap"] < 3.0  # a hang, not a timing: the machine may be busy

    window.go_to("compare")
    compare = window.pages["compare"]
    qtbot.waitUntil(lambda: compare.ranking is not None, timeout=10000)
    shown = compare.table.rows
    assert shown.rowCount() == 2
    verdicts = [r.verdict for r in compare.ranking.recommendations]
    assert Verdict.BASELINE in verdicts

    smallest = next(k for k, name in compare.ranking.choices if name == "cheque-mlp-64")
    window.session.select(smallest)
    assert compare.table.current_key() == smallest
    compare.explain(smallest, "energy_j")
    assert window.details.isVisible()
    said = words_of(window.details).replace("\u200b", "")
    measurement = window.session.project.measurements.all()[0]
    assert "Where does this number come from?" in said
    assert measurement.run_id in said
    assert smallest.split("?")[0] in said  # the file's digest

    largest = next(k for k, name in compare.ranking.choices if name != "cheque-mlp-64")
    compare.explain(largest, "carbon_saved_kg")
    assert "grid intensity" in words_of(window.details)


def test_cancel_keeps_what_was_measured_and_continue_is_offered(with_models, qtbot):
    window = with_models
    live = LiveBenchmark.of(window.session)
    page = window.pages["benchmark"]
    live.start(
        window.session,
        precision=Precision.GLANCE,
        idle_s=0.2,
        warm_up_max_s=1.0,
        blocks_max=12,
        target_half_width=0.0001,
    )
    qtbot.waitUntil(lambda: any(c.windows for c in live.courses.values()), timeout=40000)
    thread_stopped = live.task.stopped
    qtbot.mouseClick(page.progress.stop, Qt.MouseButton.LeftButton)
    assert not live.running
    assert thread_stopped.wait(10)
    qtbot.waitUntil(lambda: page._go_on.isVisible(), timeout=5000)
    run = window.session.project.runs.all()[-1]
    kept = [e for e in window.session.project.events(run.run_id) if e.kind == "window_measured"]
    assert kept


def test_a_wrong_file_is_told_in_one_sentence(window, qtbot, tmp_path, sample_files):
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"this is no graph")
    whole = tmp_path / "whole.onnx"
    shutil.copy(sample_files.models[0], whole)
    window.session.receive([broken, whole])
    qtbot.waitUntil(lambda: complaint(window) != "", timeout=10000)
    assert "broken.onnx" in complaint(window)
    assert "Traceback" not in complaint(window)
    assert window.session.project.candidates.count() == 1


def test_data_that_does_not_fit_is_mended_where_it_is_shown(window, qtbot, tmp_path, sample_files):
    model = next(p for p in sample_files.models if p.stem == "cheque-mlp-64")
    with np.load(sample_files.data) as arrays:
        pixels = arrays["X"].reshape(len(arrays["X"]), -1)[:40]
        table = pd.DataFrame(pixels).add_prefix("pixel").assign(digit=arrays["label"][:40])
    table.to_parquet(tmp_path / "digits.parquet")
    window.session.receive([model, tmp_path / "digits.parquet", tmp_path / "missing.onnx"])
    qtbot.waitUntil(lambda: complaint(window) != "", timeout=15000)
    assert "missing.onnx" in complaint(window)
    assert "which column is the label" in complaint(window)
    assert window.current == "benchmark"
    card = window.pages["benchmark"].data
    qtbot.waitUntil(lambda: card.label_box.findText("digit") > 0, timeout=15000)
    assert "digits.parquet" in words_of(card)
    assert window.session.project.workloads.count() == 0
    card.label_box.setCurrentText("digit")
    card.label_box.activated.emit(card.label_box.currentIndex())
    qtbot.waitUntil(lambda: "40 labelled samples" in words_of(card), timeout=15000)
    assert window.session.project.workloads.all()[0].label == "digit"


def test_a_file_of_unknown_kind_is_told(window, tmp_path):
    strange = tmp_path / "notes.txt"
    strange.write_text("hello")
    window.session.receive([strange])
    assert "notes.txt" in complaint(window)


def test_a_figure_that_cannot_be_is_refused_and_undo_takes_back(with_models, qtbot):
    window = with_models
    conditions = window.pages["benchmark"].conditions
    conditions.pue.setText("0.4")
    conditions.pue.editingFinished.emit()
    assert "PUE" in complaint(window)
    assert window.session.setting("pue") is None
    conditions.region.setText("Japan")
    conditions.region.editingFinished.emit()
    assert window.session.setting("region") == "Japan"
    window.session.undo.undo()
    assert window.session.setting("region") is None


def test_int8_variant_is_one_click(with_models, qtbot):
    window = with_models
    card = window.pages["benchmark"].candidates
    key = next(k for k, c in card._candidates.items() if c.name == "cheque-mlp-64")
    card.table.selectRow(card.table.rows.row_of(key))
    assert card.int8.isEnabled()
    qtbot.mouseClick(card.int8, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.session.project.candidates.count() == 3, timeout=20000)
    made = window.session.project.candidates.all()[-1]
    assert made.parent_key == key


def test_a_new_project_never_replaces_a_file_that_is_there(window, tmp_path, monkeypatch):
    there = tmp_path / "bank.advisor"
    there.write_bytes(b"the only copy")
    for typed in ("bank", "bank.advisor"):  # the ending is added to what was typed
        asked = (str(tmp_path / typed), "")
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, a=asked, **__: a)
        window.new_project()
        assert "is there already" in complaint(window)
    assert there.read_bytes() == b"the only copy"
    asked = (str(tmp_path / "bank.v2"), "")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, **__: asked)
    window.new_project()
    assert window.session.project.address == str(tmp_path / "bank.v2.advisor")
