"""The portfolio page on the real sample of 600 fictitious models, in the real window."""

from datetime import date

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QMessageBox

from advisor.portfolio import (
    Budgets,
    footprint,
    models_of,
    moved,
    predicted_energy,
    propose,
    sample_inventory,
    totals,
)
from advisor.portfolio.review import State
from ui.portfolio import picture as picture_module
from ui.portfolio.arrival import arrival_of
from ui.portfolio.carbon_map import squarified
from ui.portfolio.readings import take_readings

WAIT_MS = 60_000


@pytest.fixture(scope="module")
def predictions():
    return predicted_energy(sample_inventory())


@pytest.fixture
def page(window, qtbot, predictions, monkeypatch):
    """The page with the sample; the predictions are the real ones, made once for the module."""
    monkeypatch.setattr(picture_module, "predictions_of", lambda *_: predictions)
    window.go_to("portfolio")
    page = window.pages["portfolio"]
    page.incoming.sample()
    qtbot.waitUntil(lambda: page.picture is not None, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: page.picture.predictions is not None, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: page.part("models").table.rows.rowCount() == 600, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: _map_and_table_agree(page), timeout=WAIT_MS)
    return page


def _map_and_table_agree(page) -> bool:
    """Both show the predictions: each is filled in a step of its own."""
    models = page.part("models")
    listed = models.table.rows.shown_frame()["carbon_kg"].sum()
    return sum(tile.value for tile in models.map.tiles) == pytest.approx(listed)


def tab(page, name):
    page.tabs.go_to(name)
    return page.part(name)


def complaint(page, qtbot):
    qtbot.waitUntil(lambda: page.findChild(QMessageBox, "complaint") is not None)
    box = page.findChild(QMessageBox, "complaint")
    words = box.text()
    box.close()
    return words


def test_an_empty_project_offers_ways_in(window, qtbot):
    window.go_to("portfolio")
    page = window.pages["portfolio"]
    qtbot.waitUntil(lambda: page._empty.isVisible())
    assert not page._content.isVisible()


def test_the_sample_shows_its_real_total_and_every_model(page, predictions):
    inventory = sample_inventory()
    expected = totals(footprint(inventory, predictions)).carbon_location_kg
    shown = page.picture.total.carbon_location_kg
    assert shown.value == pytest.approx(expected.value)
    assert (shown.low, shown.high) == pytest.approx((expected.low, expected.high))
    assert page.part("models").table.rows.rowCount() == 600
    assert page.picture.fictitious


def test_every_figure_answers_where_it_comes_from(page, qtbot):
    for place in range(page.figures.cards.count()):
        with qtbot.waitSignal(page.session.asked) as asked:
            page.figures.cards.itemAt(place).widget().asked.emit()
        assert asked.args[0].title
    model = page.plan.chosen["id"].iloc[0]
    for column in ("carbon_kg", "saved_kg"):
        with qtbot.waitSignal(page.session.asked) as asked:
            page.part("models").explain(model, column)
        assert asked.args[0].quantity is not None


def test_table_sorts_filters_and_follows_the_map(page):
    column = next(
        n for n, c in enumerate(page.part("models").table.rows.columns) if c.name == "carbon_kg"
    )
    page.part("models").table.rows.sort(column, Qt.SortOrder.AscendingOrder)
    known = page.part("models").table.rows.shown_frame()["carbon_kg"].dropna()
    assert known.is_monotonic_increasing
    tile = page.part("models").map.tiles[0]
    page.part("models").map.chosen.emit(tile.group, tile.part)
    shown = page.part("models").table.rows.shown_frame()
    assert set(shown["business_line"]) == {tile.group}
    assert shown["carbon_kg"].sum() == pytest.approx(tile.value)
    page.part("models").narrow(None)
    page.part("models").search.setText("fraud")
    page.part("models").filter()
    assert 0 < page.part("models").table.rows.rowCount() < 600
    assert page.part("models").table.rows.shown_frame()["name"].str.contains("fraud").all()


def test_a_step_of_the_curve_chooses_its_model(page):
    option = page.picture.curve["option"].iloc[7]
    page.part("models").curve.clicked.emit(option)
    assert page.part("models").table.current_key() == page.picture.curve["id"].iloc[7]
    assert page.part("models").curve.step_near(8.2) == 7


def test_limits_are_solved_anew_and_kept(page, qtbot):
    first = page.plan
    tab(page, "plan").what_if.limits["engineer_days"].set_range(first.engineer_days, 300.0)
    tab(page, "plan").what_if.limits["engineer_days"].changed.emit()
    qtbot.waitUntil(lambda: page.plan is not first, timeout=WAIT_MS)
    assert 0 < page.plan.engineer_days <= 300
    assert 0 < page.plan.saved_kg < first.saved_kg
    tab(page, "plan").what_if.adopted.emit(tab(page, "plan").what_if.budgets())
    assert page.budgets() == Budgets(engineer_days=300.0)
    page.session.undo.undo()
    assert page.budgets() == Budgets()


def test_what_cannot_be_is_explained_with_a_way_out(page, qtbot):
    page.solve(Budgets(engineer_days=200.0, carbon_target_kg=page.plan.saved_kg * 0.9))
    qtbot.waitUntil(lambda: not tab(page, "plan").what_if.plan.feasible, timeout=WAIT_MS)
    assert page.plan.feasible, "the plan in force stays until there is another"
    relaxations = tab(page, "plan").what_if.plan.relaxations
    assert {r.limit for r in relaxations} == {"engineer_days", "carbon_target_kg"}
    least = next(r.needed for r in relaxations if r.limit == "carbon_target_kg")
    page.solve(Budgets(engineer_days=200.0, carbon_target_kg=least * 0.999))
    qtbot.waitUntil(lambda: tab(page, "plan").what_if.plan.feasible, timeout=WAIT_MS)


def test_import_shows_wrong_rows_mends_them_and_updates(window, qtbot, tmp_path):
    path = tmp_path / "inventory.csv"
    path.write_text(
        "Model ID,Model name,Tier,Annual volume (thousand),Region\n"
        "A1,Scorecard,2,500,GBR\nA2,Fraud net,nine,20,DEU\n",
        encoding="utf-8",
    )
    window.go_to("portfolio")
    page = window.pages["portfolio"]
    page.open_inventory(path)
    qtbot.waitUntil(lambda: page.incoming.isVisible())
    wrong = page.incoming.card.arrival.intake.wrong
    assert [(w.number, w.model_id, w.field) for w in wrong] == [(3, "A2", "tier")]
    assert page.incoming.card.wrong.item(0, 0).text() == "3"
    page.incoming.card.wrong.item(0, 2).setText("1")
    qtbot.waitUntil(lambda: not page.incoming.card.arrival.intake.wrong)
    page.incoming.card.confirm.click()
    qtbot.waitUntil(lambda: window.session.project.models.count() == 2)
    kept = window.session.project.models.get("A1")
    assert (kept.calls_per_year, kept.tier) == (500_000, 2)
    assert window.session.project.models.get("A2").tier == 1

    path.write_text(path.read_text("utf-8").replace("nine", "1").replace(",500,", ",600,"))
    change = arrival_of(window.session.project, path).change
    assert (change.added, change.unchanged) == ([], 1)
    assert change.changed[["id", "field"]].to_numpy().tolist() == [["A1", "calls_per_year"]]


def test_marks_factors_and_dates_of_a_table_can_be_set_by_hand(window, qtbot, tmp_path):
    path = tmp_path / "inventory.csv"
    path.write_text(
        'Model ID,Energy per call (Wh),Validation date\nA1,"1,500",3/4/2026\n', encoding="utf-8"
    )
    window.go_to("portfolio")
    page = window.pages["portfolio"]
    page.open_inventory(path)
    card = page.incoming.card
    qtbot.waitUntil(lambda: card.arrival is not None and card.arrival.intake is not None)

    def taken():
        return card.arrival.intake.inventory.iloc[0]

    assert taken()["energy_per_call_j"] == 1500 * 3600
    assert "point" in card.decimal.currentText()
    card.decimal.setCurrentIndex(card.decimal.findData(","))
    card.decimal.activated.emit(card.decimal.currentIndex())
    qtbot.waitUntil(lambda: taken()["energy_per_call_j"] == 1.5 * 3600)
    card.day_first.setCurrentIndex(card.day_first.findData(False))
    card.day_first.activated.emit(card.day_first.currentIndex())
    qtbot.waitUntil(lambda: taken()["validated"] == date(2026, 3, 4))
    assert card.columns.item(1, 3).text() == "× 3,600  (Wh → J)"
    card.columns.item(1, 3).setText("7.2")
    qtbot.waitUntil(lambda: taken()["energy_per_call_j"] == pytest.approx(1.5 * 7.2))
    card.columns.item(1, 3).setText("many")
    assert card.columns.item(1, 3).text().startswith("× 7.2")


def test_cells_from_the_clipboard_come_in_and_nonsense_is_told(window, qtbot):
    window.go_to("portfolio")
    page = window.pages["portfolio"]
    QGuiApplication.clipboard().setText("id\tname\nB1\tAssistant\n")
    page.incoming.paste()
    qtbot.waitUntil(lambda: page.incoming.isVisible())
    assert page.incoming.card.arrival.change.added == ["B1"]
    page.incoming.card.left.emit()
    assert not page.incoming.isVisible()
    assert window.session.project.models.count() == 0
    QGuiApplication.clipboard().setText("  ")
    page.incoming.paste()
    assert "clipboard" in complaint(page, qtbot)


def test_the_plan_lists_its_changes_in_order_and_they_go_to_review(page, qtbot):
    changes = tab(page, "plan").changes
    qtbot.waitUntil(lambda: changes.table.rows.rowCount() == len(page.plan.chosen), timeout=WAIT_MS)
    shown = changes.table.rows.shown_frame()
    assert shown["place"].is_monotonic_increasing
    no_regret = shown[shown["verdict"] == "no regret"]
    assert no_regret["saved_kg"].is_monotonic_decreasing
    assert set(shown["verdict"].head(len(no_regret))) == {"no regret"}
    with qtbot.waitSignal(page.session.asked) as asked:
        changes.asked.emit(shown["id"].iloc[0])
    ranked = page.picture.study.ranked
    assert len(asked.args[0].inputs) == (ranked["id"] == shown["id"].iloc[0]).sum() - 1
    changes.propose.click()
    assert "name" in complaint(page, qtbot)
    changes.person.setText("Ann")
    changes.reason.setText("the plan of the autumn")
    changes.most.click()
    few = changes.wanted()
    assert len(few) < len(shown) / 2
    assert shown.set_index("option").loc[few, "saved_kg"].sum() >= 0.9 * shown["saved_kg"].sum()
    changes.table.selectRow(0)
    changes.table.selectAll()
    changes.propose.click()
    shelf = page.session.project.shelf("decisions")
    assert shelf.count() == len(shown)
    changes.propose.click()
    assert shelf.count() == len(shown), "nothing is proposed twice"
    page.session.undo.undo()
    assert shelf.count() == 0, "one step back for all of them"


def test_review_needs_two_people_and_can_be_undone(page, qtbot):
    retire = page.plan.chosen[page.plan.chosen["kind"] == "retire"].iloc[0]
    page.session.select(retire["id"])
    tab(page, "review").review.person.setText("Ann")
    tab(page, "review").review.reason.setText("nobody calls it")
    tab(page, "review").review.propose.click()
    qtbot.waitUntil(lambda: len(tab(page, "review").review.decisions) == 1)
    shelf = page.session.project.shelf("decisions")

    def step(state, person):
        tab(page, "review").review.table.selectRow(0)
        tab(page, "review").review.person.setText(person)
        tab(page, "review").review.reason.setText("looked at")
        tab(page, "review").review.move_to(state)

    step(State.UNDER_REVIEW, "Ann")
    step(State.AGREED, "ann")
    assert "second person" in complaint(page, qtbot)
    assert shelf.get(retire["option"]).state is State.UNDER_REVIEW
    step(State.AGREED, "Ben")
    assert shelf.get(retire["option"]).state is State.AGREED
    page.session.undo.undo()
    assert shelf.get(retire["option"]).state is State.UNDER_REVIEW
    assert not page.session.project.verify(), "the log's chain holds"


def test_a_model_without_anything_known_still_has_its_row(window, qtbot):
    window.session.project.models.put_many(
        models_of(sample_inventory().head(1).assign(region=None, calls_per_year=float("nan")))
    )
    window.go_to("portfolio")
    page = window.pages["portfolio"]
    qtbot.waitUntil(lambda: page.picture is not None, timeout=WAIT_MS)
    assert page.picture.total is None
    qtbot.waitUntil(lambda: page.part("models").table.rows.rowCount() == 1)
    assert page.part("models").table.rows.cell(0, 4).text == "–", "unknown is no zero"


@given(st.lists(st.floats(0.01, 1e6), min_size=1, max_size=30))
def test_tiles_fill_the_box_in_proportion(values):
    values = sorted(values, reverse=True)
    box = QRectF(3, 5, 400, 250)
    tiles = squarified(values, box)
    whole = sum(values)
    for value, tile in zip(values, tiles, strict=True):
        share = tile.width() * tile.height() / (400 * 250)
        assert share == pytest.approx(value / whole, rel=1e-6, abs=1e-9)
    frame = pd.DataFrame([(t.left(), t.right(), t.top(), t.bottom()) for t in tiles])
    assert frame[0].min() >= 3 - 1e-4
    assert frame[1].max() <= 403 + 1e-4
    assert frame[2].min() >= 5 - 1e-4
    assert frame[3].max() <= 255 + 1e-4


def test_models_are_grouped_and_a_group_narrows_them(page, qtbot):
    models = tab(page, "models")
    models.group_by("tier")
    qtbot.waitUntil(lambda: models.groups.rows.rowCount() > 1, timeout=WAIT_MS)
    groups = models.groups.rows.shown_frame()
    assert groups["models"].sum() == 600
    assert groups["carbon_kg"].sum() == pytest.approx(page.picture.total.carbon_location_kg.value)
    first = groups.iloc[0]
    models.groups.chosen.emit(first["group"])
    assert models.table.rows.rowCount() == first["models"]
    models._show_all()
    assert models.table.rows.rowCount() == 600


def test_plans_are_kept_by_name_compared_and_undone(page, qtbot):
    plan = tab(page, "plan")
    plan.keep_plan()
    assert "name" in complaint(page, qtbot)
    plan.name.setText("Everything")
    plan.keep_plan()
    shelf = page.session.project.shelf("plans")
    assert shelf.get("Everything").saved_kg == page.plan.saved_kg
    before = page.plan
    page.solve(Budgets(engineer_days=200.0))
    qtbot.waitUntil(lambda: page.plan is not before, timeout=WAIT_MS)
    assert plan.sides[0].currentData() == "Everything"
    words = [w.text() for w in plan.findChildren(QLabel)]
    assert any("changes are in both" in w for w in words)
    page.session.undo.undo()
    assert shelf.get("Everything") is None
    page.memory["budgets"] = None


def test_months_follow_their_assumptions_and_actuals_stand_beside(page, qtbot, tmp_path):
    plan, months = tab(page, "plan"), tab(page, "months")
    plan.show_picture(page.picture)
    plan.show_plan(page.plan)
    plan.name.setText("Autumn")
    plan.keep_plan()
    qtbot.waitUntil(lambda: bool(months._sum.text()), timeout=WAIT_MS)
    first = months._sum.text()
    months.fields["growth_per_year"].setValue(40.0)
    qtbot.waitUntil(lambda: months._sum.text() != first, timeout=WAIT_MS)
    kept = months.chosen()
    model = next(m for m in kept.models if m.calls_per_year and m.energy_kwh > 1)
    text = f"model,month,energy (MWh),calls\n{model.id},{kept.start:%Y-%m},9,1000\nM2,never,1,1\n"
    take_readings(page, text)
    assert "never" in complaint(page, qtbot)
    qtbot.waitUntil(lambda: months.actuals.rows.rowCount() == 1, timeout=WAIT_MS)
    row = months.actuals.rows.shown_frame().iloc[0]
    assert (row["metered"], row["verdict"]) == (1, "differs")
    page.session.undo.clear()


def test_an_assumption_just_typed_is_not_taken_back_by_a_new_picture(page, qtbot):
    months = tab(page, "months")
    before = page.picture.terms.simulation.growth_per_year
    months.fields["growth_per_year"].setValue(25.0)
    months.show_picture(page.picture)  # as when something else in the project changed meanwhile
    assert months.fields["growth_per_year"].value() == 25.0
    qtbot.waitUntil(
        lambda: page.picture.terms.simulation.growth_per_year not in (before, None), timeout=WAIT_MS
    )
    assert page.picture.terms.simulation.growth_per_year == pytest.approx(0.25)
    page.session.undo.undo()


def test_rules_are_tried_then_bind_then_propose(page, qtbot):
    rules = tab(page, "rules")
    qtbot.waitUntil(lambda: len(rules.trials) == 1, timeout=WAIT_MS)
    rules.text.setPlainText("[[rule]]\nname = 'x'")
    rules.run()
    assert "then" in complaint(page, qtbot)
    rules.text.setPlainText(
        '[[rule]]\nname="unused"\nthen="propose retirement"\n'
        'when=[{field="calls_last_90_days",is="below",value=300}]\n'
    )
    rules.run()
    qtbot.waitUntil(lambda: rules.trials[0].rule.name == "unused", timeout=WAIT_MS)
    assert not page.session.project.shelf("decisions").count(), "trying decides nothing"
    assert not rules.propose.isEnabled()
    rules.bind.click()
    qtbot.waitUntil(lambda: rules.propose.isEnabled(), timeout=WAIT_MS)
    rules.propose.click()
    found = page.session.project.shelf("decisions").all()
    assert found
    assert {d.model_id for d in found} <= set(rules.trials[0].models)
    page.session.undo.undo()
    assert not page.session.project.shelf("decisions").count(), "one step back for all of them"


def test_statements_and_machines_show_residual_and_exact_split(page, qtbot):
    meters = tab(page, "meters")
    meters.statement.scope.setCurrentIndex(meters.statement.scope.findData("region"))
    meters.statement.name.setCurrentText("GBR")
    meters.statement.figures[0].setValue(900_000)
    meters.statement.add.click()
    qtbot.waitUntil(lambda: meters.lines.rows.rowCount() == 1, timeout=WAIT_MS)
    line = meters.lines.rows.shown_frame().iloc[0]
    assert line["residual"] == pytest.approx(line["stated"] - line["modelled"])
    stock = page.picture.inventory
    machine = stock.loc[stock["reserved_share"] > 0, "machine"].value_counts().index[0]
    meters.meter.name.setCurrentText(machine)
    for field, kwh in zip(meters.meter.figures, (1000.0, 500.0), strict=True):
        field.setValue(kwh)
    meters.meter.add.click()
    qtbot.waitUntil(lambda: meters.split.rows.rowCount() > 0, timeout=WAIT_MS)
    by_use = meters.split.rows.shown_frame()["allocated"].tolist()
    assert sum(by_use) == pytest.approx(1500.0)
    meters.method.setCurrentIndex(meters.method.findData("reservation"))
    meters.method.activated.emit(meters.method.currentIndex())
    qtbot.waitUntil(
        lambda: meters.split.rows.shown_frame()["allocated"].tolist() != by_use, timeout=WAIT_MS
    )
    assert sum(meters.split.rows.shown_frame()["allocated"]) == pytest.approx(1500.0)


def test_a_retired_model_that_still_runs_raises_an_alarm(page, qtbot):
    review = tab(page, "review")
    row = page.plan.chosen[page.plan.chosen["kind"] == "retire"].iloc[0]
    day = date(2026, 1, 5)
    decision = propose(row, page.picture.inventory, "Ann", day, "unused")
    for state, by in ((State.UNDER_REVIEW, "Ben"), (State.AGREED, "Ben")):
        decision = moved(decision, state, by, day, "looked at", retire_on=day)
    page.session.put("decisions", decision, "agree")
    assert review.proofs.rows.rowCount() == 1
    assert "nobody meters" in review.proofs.rows.shown_frame()["said"].iloc[0]
    take_readings(page, f"model,month,kwh\n{decision.model_id},2026-03,12\n")
    qtbot.waitUntil(
        lambda: "still runs" in review.proofs.rows.shown_frame()["said"].iloc[0], timeout=WAIT_MS
    )


def test_models_come_from_an_mlflow_registry(window, qtbot, tmp_path):
    window.go_to("portfolio")
    page = window.pages["portfolio"]
    page.incoming.read_registry(f"sqlite:///{tmp_path / 'none.db'}")
    assert "no MLflow store" in complaint(page, qtbot)
