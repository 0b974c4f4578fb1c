"""The predict page in the real window, fitted on a few of the shipped runs."""

import threading
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from PySide6.QtWidgets import QLabel, QMessageBox

from advisor.portfolio import Model
from advisor.predict import fit
from advisor.predict.dependence import partial_dependence
from advisor.predict.grade import Grade
from advisor.predict.judgement import runs_digest, shipped_judgement
from advisor.predict.local_runs import Learnt, local_runs
from advisor.predict.picture import LEAVES, left_out
from advisor.predict.prior import PRIOR_COLUMNS, shipped_hyperparameters, shipped_runs
from advisor.project.prediction import OwnPrediction
from ui.i18n import tr
from ui.live_benchmark import LiveBenchmark
from ui.predict import gathering
from ui.predict.gathering import DEPENDENCE, PredictPicture
from ui.predict.log_slider import read_number, short_number

WAIT_MS = 30_000


@pytest.fixture(scope="module")
def learnt():
    runs = shipped_runs()
    some = ("resnet50", "bert", "mobilenet-v1", "ssd-resnet34")
    runs = pd.concat(
        [runs[runs["family"] == f].sample(40, random_state=1) for f in some], ignore_index=True
    )
    model = fit(runs, PRIOR_COLUMNS, thorough=False, known=shipped_hyperparameters())
    return Learnt(model, runs, len(runs))


@pytest.fixture
def fits(learnt, monkeypatch):
    """How often a fit was asked for; the fit itself is the module's."""
    asked = []

    def own_prediction(project):
        asked.append(project.measurements.count())
        return OwnPrediction(learnt, None)

    monkeypatch.setattr(gathering, "own_prediction", own_prediction)
    return asked


def opened(window, qtbot):
    window.show()
    window.go_to("predict")
    page = window.pages["predict"]
    qtbot.waitUntil(lambda: page.picture is not None, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: len(page.picture.dependence) == 3, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: page.what_if.outcome.value.text() != "–", timeout=WAIT_MS)
    return page


@pytest.fixture(scope="module")
def picture(learnt):
    """The whole picture, gathered once."""
    return PredictPicture(
        runs_digest(local_runs([], {})),
        0,
        learnt,
        {leave: left_out(learnt, leave) for leave in LEAVES},
        {name: partial_dependence(learnt, name) for name in DEPENDENCE},
    )


@pytest.fixture
def page(window, qtbot, fits, picture):
    """The page with a picture gathered before."""
    window.session.memory["predict"] = {"picture": picture}
    return opened(window, qtbot)


def test_the_page_gathers_what_it_shows(window, qtbot, fits, picture):
    page = opened(window, qtbot)
    assert fits == [0]
    for leave in LEAVES:
        pd.testing.assert_frame_equal(
            page.picture.left_out[leave].points, picture.left_out[leave].points
        )
    for name in DEPENDENCE:
        pd.testing.assert_frame_equal(page.picture.dependence[name], picture.dependence[name])
    assert page.picture.judgement == shipped_judgement()
    assert page.trust.current.score == picture.left_out["family"].score


def settle(page, qtbot, act):
    """Do something to the what-if and wait for the answer to it."""
    before = page.questions.prediction
    act()
    qtbot.waitUntil(lambda: page.questions.prediction is not before, timeout=WAIT_MS)
    return page.questions.prediction


def complaint(page, qtbot):
    qtbot.waitUntil(lambda: page.findChild(QMessageBox, "complaint") is not None)
    box = page.findChild(QMessageBox, "complaint")
    words = box.text()
    box.close()
    qtbot.waitUntil(lambda: page.findChild(QMessageBox, "complaint") is None)
    return words


def test_the_answer_is_the_models_own_prediction(page, learnt):
    expected = learnt.predict_one(
        **{n: s.value for n, s in page.what_if.sliders.items() if s.value is not None}
    )
    shown = page.questions.prediction
    assert shown.energy.value == pytest.approx(expected.energy.value)
    assert expected.state in page.what_if.outcome.state.text()
    assert "shipped runs alone" in page.what_if.outcome.share.text()


def test_less_knowledge_is_named_and_wider(page, qtbot):
    def width(found):
        return found.energy.high / found.energy.low

    rich = settle(page, qtbot, lambda: page.what_if.device.setCurrentIndex(1))
    assert rich.state == "size, throughput and device"
    assert page.what_if.sliders["idle_w"].value is not None, "the device's idle power came along"
    settle(page, qtbot, lambda: page.what_if.device.setCurrentIndex(0))
    rate = page.what_if.sliders["throughput_per_s"]
    poor = settle(page, qtbot, lambda: rate.on.setChecked(False))
    assert poor.state == "size only"
    assert "size only" in page.what_if.outcome.state.text()
    assert width(poor) > width(rich)


def test_far_from_every_run_is_warned_of(page, qtbot):
    far = page.what_if.outcome.reach[Grade.FAR]
    assert not far.isVisible()
    field = page.what_if.sliders["parameters"].field
    field.setText("70 G")
    found = settle(page, qtbot, field.editingFinished.emit)
    assert found.extrapolated
    assert far.isVisible()
    assert "parameters 210 times the largest measured" in far.findChildren(QLabel)[1].text()
    with qtbot.waitSignal(page.session.asked) as asked:
        page.what_if.outcome.asked.emit()
    assert asked.args[0].cautions
    assert asked.args[0].quantity == found.energy


def test_nothing_known_asks_for_something(page, qtbot):
    for name in ("parameters", "flops_per_call", "throughput_per_s"):
        page.what_if.sliders[name].on.setChecked(False)
    qtbot.waitUntil(lambda: page.what_if.outcome.value.text() == "–")
    assert "at least one" in page.what_if.outcome.state.text()


def test_the_picture_shows_left_out_runs_and_answers_for_each(page, qtbot):
    trust = page.trust
    found = trust.current
    key = found.points["key"].iloc[3]
    assert trust.agreement.place_of(key) is not None
    for signal, value in (
        (trust.agreement.clicked, key),
        (trust.coverage.clicked, "0.9"),
        (trust.residuals.clicked, "resnet50"),
        (page.law.asked, "throughput"),
    ):
        with qtbot.waitSignal(page.session.asked) as asked:
            signal.emit(value)
        assert asked.args[0].title
    assert trust.chosen == "resnet50"
    trust.leave.setCurrentIndex(1)
    trust.leave.activated.emit(1)
    assert trust.current.leave == "device"
    assert trust.chosen is None


def test_the_law_stands_in_words(page, learnt):
    shown = page.law.formula.text()
    for exponent in learnt.model.exponents[1:]:
        assert f"{exponent.value:.2f}".replace("-", "−") in shown
    assert page.law.table.rows.rowCount() == len(learnt.model.exponents) - 1


def test_the_contenders_are_those_of_the_judgement(page, learnt, qtbot):
    scores = shipped_judgement().scores
    table = page.contenders.table.rows.shown_frame()
    state = "size, throughput and device"
    judged = [s for s in scores if s.rival or "chosen" in s.contender or state in s.contender]
    here = table[table["standing"] == "used here"]["label"].tolist()
    assert here == [learnt.used], "what answers here stands among them, judged or not"
    labels = [label for label in table["label"] if label not in here]
    assert labels == [s.contender for s in judged if s.contender not in here]
    assert (table["standing"] == "naive rival").sum() == sum(s.rival for s in scores)
    assert "Without what was measured here" in page.contenders._said.text(), "other runs than these"
    with qtbot.waitSignal(page.session.asked) as asked:
        page.contenders.asked.emit(table["label"].iloc[1])
    assert dict(asked.args[0].facts)["MAPE"] == f"{100 * scores[1].mape:.1f} %"


def test_judging_anew_is_kept_in_the_project(window, page, qtbot, monkeypatch):
    asked = []

    def judge(runs, made_on, *, progress):
        asked.append(len(runs))
        progress(1, 2)
        shipped = shipped_judgement()
        return shipped.model_copy(update={"runs_sha256": runs_digest(runs), "made_on": made_on})

    monkeypatch.setattr(gathering, "judge", judge)
    page.contenders.judge.click()
    qtbot.waitUntil(lambda: not page.picture.judged_other, timeout=WAIT_MS)
    assert asked == [len(page.picture.learnt.runs)]
    assert "Without what was measured here" not in page.contenders._said.text()
    del window.session.memory["predict"]
    window.set_language("ja")
    again = opened(window, qtbot)
    assert again.picture.judgement == page.picture.judgement
    assert not again.picture.judged_other


def test_a_file_of_models_is_predicted_and_exported(page, qtbot, tmp_path, learnt):
    path = tmp_path / "models.csv"
    path.write_text(
        "Model ID,Model name,Parameters (million),Throughput (per second)\n"
        "A1,Reader,25.6,500\nA2,Nothing known,,\nA3,Odd,many,3\n",
        encoding="utf-8",
    )
    page.open_table(path)
    qtbot.waitUntil(lambda: page.batch.batch is not None, timeout=WAIT_MS)
    frame = page.batch.batch.frame
    assert frame["id"].tolist() == ["A1", "A2"]
    expected = learnt.predict_one(parameters=25.6e6, throughput_per_s=500.0)
    assert frame["energy_j"].iloc[0] == pytest.approx(expected.energy.value)
    assert np.isnan(frame["energy_j"].iloc[1])
    assert (page.batch.batch.unknown, page.batch.batch.unreadable) == (1, 1)
    for row in ("A1", "A2"):
        with qtbot.waitSignal(page.session.asked) as asked:
            page.batch.asked.emit(row, "energy_j")
        assert (asked.args[0].quantity is None) == (row == "A2")
    for name, read in (("out.xlsx", pd.read_excel), ("out.csv", pd.read_csv)):
        page.batch.exported.emit(tmp_path / name)
        qtbot.waitUntil(lambda name=name: (tmp_path / name).exists(), timeout=WAIT_MS)
        qtbot.waitUntil(lambda: not page.progress.isVisible(), timeout=WAIT_MS)
        kept = read(tmp_path / name)
        assert kept["model_id"].iloc[0] == learnt.model.model_id
        assert kept["energy_j_high"].iloc[0] == pytest.approx(expected.energy.high)


def test_other_runs_predict_the_file_anew(page, qtbot, tmp_path, picture, learnt):
    path = tmp_path / "models.csv"
    path.write_text("id,parameters\nA1,1000000\n", encoding="utf-8")
    page.open_table(path)
    qtbot.waitUntil(lambda: page.batch.batch is not None, timeout=WAIT_MS)
    first = page.batch.batch
    other = replace(learnt, runs=learnt.runs.copy())
    page._show(replace(picture, learnt=other))
    qtbot.waitUntil(lambda: page.batch.batch is not first, timeout=WAIT_MS)
    assert page.batch.batch.path == path
    path.unlink()
    page._show(replace(picture, learnt=learnt))
    qtbot.wait(200)
    assert page.findChild(QMessageBox, "complaint") is None


def test_a_file_with_nothing_to_predict_from_is_told(page, qtbot, tmp_path):
    path = tmp_path / "names.csv"
    path.write_text("colour,shape\nred,round\n", encoding="utf-8")
    page.open_table(path)
    assert "colour, shape" in complaint(page, qtbot)
    page.open_table(tmp_path / "gone.csv")
    assert "gone.csv" in complaint(page, qtbot)


def test_an_inventory_is_answered_with_what_to_measure_next(page, qtbot):
    assert page.shortlist.load.isVisible()
    page.session.project.models.put_many(
        [
            Model(id=f"M{n}", name=f"model {n}", parameters=10.0**n, calls_per_year=1e6)
            for n in range(4, 11)
        ]
    )
    qtbot.waitUntil(lambda: page.shortlist.found is not None, timeout=WAIT_MS)
    assert page.shortlist.table.rows.rowCount() == 5
    with qtbot.waitSignal(page.session.asked) as asked:
        page.shortlist.asked.emit(page.shortlist.found.steps["id"].iloc[0])
    assert asked.args[0].inputs[0].quantity == page.shortlist.found.total


def test_built_anew_the_page_keeps_what_was_asked_and_fits_nothing(
    window, page, fits, qtbot, tmp_path
):
    path = tmp_path / "models.csv"
    path.write_text("id,parameters\nA1,1000000\n", encoding="utf-8")
    page.open_table(path)
    qtbot.waitUntil(lambda: page.batch.batch is not None, timeout=WAIT_MS)
    found = settle(page, qtbot, lambda: page.what_if.sliders["parameters"].set_value(3e6))
    window.set_language("ja")
    again = window.pages["predict"]
    assert again is not page
    qtbot.waitUntil(lambda: again.questions.prediction is not None, timeout=WAIT_MS)
    assert again.questions.prediction.energy.value == pytest.approx(found.energy.value)
    assert again.batch.batch.frame["id"].tolist() == ["A1"]
    assert "規模" in again.what_if.outcome.state.text()
    assert fits == []


def test_what_is_left_aside_is_said_also_after_the_page_was_built_anew(
    window, qtbot, fits, picture, monkeypatch
):
    window.session.memory["predict"] = {"picture": picture}
    monkeypatch.setattr(window.session.project.measurements, "count", lambda: 9)
    page = opened(window, qtbot)

    def said(where):
        words = tr(
            "Predictions learn from meters only. Measurements of this project that are estimates, "
            "and so left aside: {n}.",
            n=9,
        )
        return words in [label.text() for label in where.findChildren(QLabel)]

    qtbot.waitUntil(lambda: said(page), timeout=WAIT_MS)
    window.set_language("ja")
    again = opened(window, qtbot)
    qtbot.waitUntil(lambda: not again._task.running, timeout=WAIT_MS)
    assert said(again)


def test_a_cancelled_fit_can_be_begun_again(window, qtbot, learnt, monkeypatch):
    gate = threading.Event()

    def slow(_):
        gate.wait(20)
        return OwnPrediction(learnt, None)

    monkeypatch.setattr(gathering, "own_prediction", slow)
    window.show()
    window.go_to("predict")
    page = window.pages["predict"]
    qtbot.waitUntil(lambda: page.progress.isVisible(), timeout=WAIT_MS)
    assert not page._content.isVisible()
    page.progress.stop.click()
    gate.set()
    qtbot.waitUntil(lambda: page._begin.isVisible(), timeout=WAIT_MS)
    page._begin.click()
    qtbot.waitUntil(lambda: page.picture is not None, timeout=WAIT_MS)
    assert page._content.isVisible()


def test_the_fit_waits_for_a_benchmark(window, qtbot, fits, monkeypatch):
    live = LiveBenchmark.of(window.session)
    monkeypatch.setattr(LiveBenchmark, "running", property(lambda self: not fits and gate[0]))
    gate = [True]
    window.show()
    window.go_to("predict")
    page = window.pages["predict"]
    qtbot.waitUntil(lambda: page._empty.isVisible(), timeout=WAIT_MS)
    words = " ".join(label.text() for label in page.findChildren(QLabel))
    assert "benchmark is running" in words
    assert fits == []
    gate[0] = False
    live.ended.emit()
    qtbot.waitUntil(lambda: page.picture is not None, timeout=WAIT_MS)


def test_the_calculators_say_the_same_as_the_calculations(page, qtbot):
    from advisor.predict.generation import generation_energy
    from advisor.predict.training import training_energy

    page.training.hours.setValue(250)
    page.training.known.setChecked(True)
    page.training.utilisation.setValue(80)
    device = page.training.device.currentText()
    assert page.training.result == training_energy(250, device, mean_utilisation=0.8, pue=1.3)
    page.tokens.output.setValue(500)
    expected = generation_energy(8e9, 1000, 500, page.tokens.device.currentText(), batch=64)
    assert page.tokens.result == expected
    with qtbot.waitSignal(page.session.asked) as asked:
        page.tokens.asked.emit(page.tokens.result.decode)
    assert asked.args[0].quantity == expected.decode


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("25.6 M", 25.6e6),
        ("8.2G", 8.2e9),
        ("1,500", 1500.0),
        ("3e7", 3e7),
        ("0", None),
        ("x", None),
    ],
)
def test_numbers_with_a_suffix_are_read(text, value):
    assert read_number(text) == value


@pytest.mark.parametrize("value", [0.5, 12.0, 999.0, 4321.0, 2.56e7, 8.2e9, 1.5e13])
def test_a_shown_number_reads_back(value):
    assert read_number(short_number(value)) == pytest.approx(value, rel=5e-3)
