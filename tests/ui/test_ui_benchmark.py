"""The benchmark page: load, wall meter and power analysis before a run; cautions after it."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from advisor.bench import LoadPattern
from ui.live_benchmark import LiveBenchmark


def put(card, edit, words):
    edit.setText(words)
    edit.editingFinished.emit()


def choose(box, value):
    box.setCurrentIndex(box.findData(value))
    box.activated.emit(box.currentIndex())


def test_settings_reach_the_plan_and_say_what_they_can_tell(with_models, qtbot):
    page = with_models.pages["benchmark"]
    with_models.go_to("benchmark")
    card = page.measurement
    assert not card.load.isVisible()
    qtbot.mouseClick(card._more, Qt.MouseButton.LeftButton)
    assert card.load.isVisible()
    assert not card.rate.isVisible()
    choose(card.precision, "quick")
    assert "27 blocks" in card._forecast.text()
    choose(card.load, "server")
    assert card.rate.isVisible()
    assert "arrival rate" in card._forecast.text()
    put(card, card.rate, "200")
    put(card, card.factor, "1.25, 1.15, 1.36")
    put(card, card.bound, "5")
    options = card.options()
    assert options["load"] is LoadPattern.SERVER
    assert options["arrival_rate_per_s"] == 200
    assert options["latency_bound_ms"] == 5
    assert (options["wall_factor"], options["wall_factor_range"]) == (1.25, (1.15, 1.36))
    assert "blocks" in card._forecast.text()
    with_models.set_language("ja")  # the page is built anew and remembers
    again = with_models.pages["benchmark"].measurement
    assert again.options() == options
    with_models.set_language("en")


def test_a_field_without_a_number_is_told_and_nothing_starts(with_models):
    page = with_models.pages["benchmark"]
    put(page.measurement, page.measurement.batch, "many")
    complaints = []
    with_models.session.complained.connect(complaints.append)
    page.measure()
    assert "no number" in complaints[0]
    assert "no number" in page.measurement._forecast.text()
    assert not LiveBenchmark.of(with_models.session).running


def test_after_a_run_the_page_says_what_must_be_known_of_it(with_models, qtbot):
    live = LiveBenchmark.of(with_models.session)
    live.start_first_look(with_models.session)
    qtbot.waitUntil(lambda: not live.running, timeout=120000)
    card = with_models.pages["benchmark"].live
    card._draw()
    said = [card._cautions.itemAt(i).widget().text() for i in range(card._cautions.count())]
    assert any("found in 80 of 100" in words for words in said)
    assert any("first look" in words for words in said)
    assert len(said) == len(set(said))


def test_data_that_comes_before_its_model_waits_for_it(window, qtbot, sample_files):
    window.session.receive([sample_files.data])
    assert window.current == "benchmark"
    data = window.pages["benchmark"].data
    assert sample_files.data.name in [w.text() for w in data.findChildren(QLabel)]
    model = next(p for p in sample_files.models if p.stem == "cheque-mlp-64")
    window.session.receive([model])
    qtbot.waitUntil(lambda: window.session.project.workloads.count() == 1, timeout=15000)
    assert window.session.project.workloads.all()[0].path == sample_files.data.resolve()
