"""Work off the GUI thread, tables over frames, charts, preferences, undo."""

import threading
import time
from types import SimpleNamespace

import pandas as pd
import pytest
from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QFontMetricsF, QGuiApplication

from advisor.bench import Measurement
from advisor.candidates import UnusableModelError
from advisor.project import Project
from advisor.quantities import Provenance, Quantity, quantity_columns
from advisor.sentences import sentence
from ui import jobs
from ui.charts import Chart
from ui.charts.axis import FigureAxis, log_text
from ui.explanations import explain_option_energy
from ui.preferences import Preferences, preferences_path, read_preferences
from ui.tables import Column, FrameTable


def energy(value):
    return Quantity.from_interval(
        value, value * 0.9, value * 1.1, "J", Provenance.MEASURED, "meter", "windows"
    )


def test_results_and_failures_arrive_in_the_gui_thread(qtbot):
    owner, heard = QObject(), []
    task = jobs.compute(
        owner, threading.get_ident, done=lambda i: heard.append((i, threading.get_ident()))
    )
    qtbot.waitUntil(lambda: not task.running, timeout=3000)
    assert heard[0][0] != heard[0][1]
    assert heard[0][1] == threading.get_ident()

    def bad():
        raise UnusableModelError(sentence("{file} is no model.", file="x.onnx"))

    told = []
    task = jobs.compute(owner, bad, failed=told.append)
    qtbot.waitUntil(lambda: not task.running, timeout=3000)
    assert told == ["x.onnx is no model."]


def test_cancel_closes_the_iterator(qtbot):
    closed, seen, done = threading.Event(), [], []

    def events():
        try:
            while True:
                time.sleep(0.01)
                yield 1
        finally:
            closed.set()

    owner = QObject()
    task = jobs.follow(owner, events, on_event=seen.append, done=done.append)
    qtbot.waitUntil(lambda: len(seen) > 2, timeout=3000)
    with qtbot.waitSignal(task.ended, timeout=1000):
        task.cancel()
    assert closed.wait(1.0)
    assert not task.running
    assert done == []


def test_a_callback_never_reaches_an_owner_that_is_gone(qtbot):
    import shiboken6

    owner, heard = QObject(), []
    task = jobs.compute(owner, time.sleep, 0.1, done=heard.append)
    shiboken6.delete(owner)
    qtbot.waitUntil(lambda: not task.running, timeout=3000)
    assert heard == []


@pytest.fixture
def table(qtbot):
    made = FrameTable(
        [Column("name", "Name"), Column("e", "Energy", "figure", "J"), Column("n", "N", "number")],
        key="name",
    )
    qtbot.addWidget(made)
    figures = [energy(0.002), energy(0.001), None]
    made.show_frame(
        pd.DataFrame({"name": ["b", "a", "c"], "n": [1, 2, None], **quantity_columns("e", figures)})
    )
    return made


def test_missing_cells_read_as_a_dash_and_sort_last(table):
    assert table.rows.cell(2, 1).text == "–"
    assert table.rows.cell(2, 2).text == "–"
    for order in (Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder):
        table.sortByColumn(1, order)
        assert table.rows.cell(2, 0).text == "c"
    table.sortByColumn(1, Qt.SortOrder.AscendingOrder)
    assert table.rows.cell(0, 0).text == "a"


def test_copy_gives_headings_interval_and_provenance(table):
    table.copy()
    lines = QGuiApplication.clipboard().text().splitlines()
    assert lines[0] == "Name\tEnergy\tN"
    assert "measured" in lines[1]
    assert "1.80 – 2.20 mJ" in lines[1]


def test_filter_and_selection(table):
    table.filter("C")
    assert table.rows.rowCount() == 1
    table.filter("")
    heard = []
    table.chosen.connect(heard.append)
    table.select_key("a")
    assert heard == []
    assert table.current_key() == "a"


def test_a_hundred_thousand_rows_sort_and_filter(qtbot):
    count = 100_000
    frame = pd.DataFrame({"name": [f"m{i}" for i in range(count)], "n": range(count, 0, -1)})
    made = FrameTable([Column("name", "Name"), Column("n", "N", "number")], key="name")
    qtbot.addWidget(made)
    made.show_frame(frame)
    made.sortByColumn(1, Qt.SortOrder.AscendingOrder)
    assert made.rows.cell(0, 0).text == f"m{count - 1}"
    made.filter("m99999")
    assert made.rows.rowCount() == 1


def test_log_ticks_stand_at_one_two_five(qapp):
    axis = FigureAxis("left", "Energy", log=True)
    ticks = axis.tickValues(-3, 0, 300)[0][1]
    assert [log_text(10**t) for t in ticks][:4] == ["0.001", "0.002", "0.005", "0.01"]


def test_log_ticks_side_by_side_do_not_run_into_each_other(qapp):
    axis = FigureAxis("bottom", "Measured", "J", log=True)
    wide = QFontMetricsF(axis.style["tickFont"]).horizontalAdvance("500 mJ")
    for size in (200, 400, 900, 1800):
        ticks = axis.tickValues(-2.7, 1.2, size)[0][1]
        assert len(ticks) >= 3
        assert (ticks[1] - ticks[0]) / 3.9 * size > wide or size == 200
    few, many = (len(axis.tickValues(-2.7, 1.2, size)[0][1]) for size in (400, 1800))
    assert few < many


def test_charts_export_and_mark(qtbot, tmp_path):
    chart = Chart("x", "y", log_y=True, legend=True)
    qtbot.addWidget(chart)
    chart.resize(400, 300)
    chart.show()
    chart.points("p", [1, 2], [1, 100], y_low=[0.5, 50], y_high=[2, 200], keys=["a", "b"])
    chart.mark("b")
    assert chart.place_of("b") is not None
    for suffix in (".png", ".svg"):
        chart.save(tmp_path / f"chart{suffix}")
        assert (tmp_path / f"chart{suffix}").stat().st_size > 500


def test_preferences_survive_and_damage_does_not_hurt():
    Preferences(language="ja", theme="dark", scale=2.0).save()
    assert read_preferences().language == "ja"
    preferences_path().write_text("{damaged")
    assert read_preferences() == Preferences()


def test_joules_are_written_with_prefixes_and_a_figure_may_bring_its_unit(qapp):
    axis = FigureAxis("left", "Energy", "J", log=True)
    assert axis.tickStrings([-4.30103, 0.0, 3.0], 1.0, 1.0) == ["50 µJ", "1 J", "1 kJ"]
    table = FrameTable([Column("loss", "Lost", kind="figure", unit="point")])
    table.show_frame(pd.DataFrame({"loss": [1.5, 2.0], "loss_unit": ["1", "point"]}))
    assert table.as_tsv().splitlines()[1:] == ["1.500", "2.000 points"]


def test_an_energy_moved_between_runs_leads_to_its_measurement(project_path):
    measured = Measurement(
        run_id="r",
        candidate="c",
        workload_sha256="d",
        device="cpu",
        batch_size=1,
        energy_j=energy(2.0),
        energy_above_idle_j=None,
        latency_ms={},
        throughput_per_s=energy(1.0),
        metric=None,
        accuracy=None,
        windows_used=3,
        windows_excluded=0,
        coverage="package",
    )
    with Project.open(project_path) as project:
        project.measurements.put(measured)
        option = SimpleNamespace(id="r/c", energy_j=energy(2.0))
        assert explain_option_energy(project, option).inputs == ()
        option.energy_j = energy(1.5)
        found = explain_option_energy(project, option)
    assert found.quantity.value == 1.5
    assert [e.quantity.value for e in found.inputs] == [2.0]
