"""The risk page in a real window, from an inventory in a real project."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("PySide6")

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox

from advisor.portfolio.model import Model
from advisor.project import Project
from advisor.risk import RULEBOOKS, in_force, versions
from advisor.risk.scores import BANK
from ui import jobs
from ui.i18n import language
from ui.risk.page import RiskPage
from ui.risk.picture import RECOMMENDED
from ui.session import Session
from ui.theme import theme


def inventory() -> list[Model]:
    return [
        Model(
            id=f"m{i}",
            name=f"model {i}",
            business_line=("Retail", "Markets")[i % 2],
            tier=1 + i % 4,
            region="DEU",
            pue=1.4,
            calls_per_year=1e6 * (i + 1),
            energy_per_call_j=50.0,
            energy_provenance="measured",
            fictitious=True,
            kind="mlp",
            family="mlp",
            metric="auc",
            metric_value=80.0,
            metric_floor=76.0,
            hardware="AMD EPYC 7R13",
            precision="float32",
            batch_size=1,
            purpose="churn",
            status="approved",
            owner="owner 01",
            machine="m",
        )
        for i in range(12)
    ]


@pytest.fixture
def session(qtbot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CARBON_ADVISOR_PROFILES", str(tmp_path / "profiles"))
    monkeypatch.setattr("ui.risk.picture.PATHS", 400)
    monkeypatch.setattr("ui.risk.picture.REVERSE_PATHS", 200)
    theme.apply("light")
    project = Project.create(tmp_path / "p.advisor")
    made = Session(project)
    yield made
    jobs.wait_for_all()
    made.close()


@pytest.fixture
def page(qtbot, session: Session, request: pytest.FixtureRequest) -> RiskPage:
    """The page on twelve models; its first stress test has run (without a plan: quicker)."""
    session.project.models.put_many(inventory())
    session.memory["risk"] = {"plan": getattr(request, "param", None)}
    made = RiskPage(session)
    qtbot.addWidget(made)
    made.show()
    settled(qtbot, made)
    return made


def settled(qtbot, page: RiskPage) -> None:
    """Wait until a stress test is shown and the reading of its loss with it."""

    def shown() -> bool:
        return (
            page.result is not None
            and page.picture is not None
            and any(r.key == "stress_loss" for r in page.picture.readings)
            and page.run.isEnabled()
        )

    qtbot.waitUntil(shown, timeout=60_000)


def test_an_empty_project_says_what_is_missing(qtbot, session: Session) -> None:
    page = RiskPage(session)
    qtbot.addWidget(page)
    page.show()
    qtbot.waitUntil(lambda: page._empty.isVisible(), timeout=20_000)
    assert page.picture is None
    assert not page.tabs.isVisible()


def test_the_overview_has_it_all_and_leads_down_to_models(qtbot, page: RiskPage) -> None:
    assert page.dashboard.heat.rowCount() == 3
    assert page.dashboard.heat.columnCount() == 7
    assert page.dashboard._tiles.count() == 8
    assert page.dashboard.losses.item.listDataItems()
    for tab in ("limits", "stress", "regulation"):
        page.go_to_tab(tab)
    assert page.limits.indicators.rows.rowCount() == 8
    assert page.regulation.table.rows.rowCount() > 30
    assert page.stress_tab.prices.item.listDataItems()
    assert len(page.stress_tab._charts) >= 4

    page.dashboard.heat.asked.emit("Retail", "supply")
    assert page.behind.isVisible()
    assert page.behind.table.rows.rowCount() == 6
    page.dashboard.heat.asked.emit(BANK, "supply")
    assert page.behind.table.rows.rowCount() == 12
    for ask in (
        lambda: page.dashboard.drill_reading("top10_share"),
        lambda: page.stress_tab.drill(None),
        lambda: page.stress_tab.drill("energy_price"),
        lambda: page.regulation.table.chosen.emit("csddd-2026-470"),
    ):
        page.behind.hide()
        ask()
        assert page.behind.isVisible()
        assert page.behind.table.rows.rowCount() >= 10


@pytest.mark.parametrize("page", [RECOMMENDED], indirect=True)
def test_with_and_without_the_recommended_plan_on_the_same_draws(qtbot, page: RiskPage) -> None:
    assert page.result is not None
    assert page.memory["plan"] == RECOMMENDED
    assert page.result.after is not None
    assert page.result.scenario.key == "severe"
    page.go_to_tab("stress")
    assert page.stress_tab.icaap.rows.rowCount() == 20
    page.bar.use_plan(None)
    page.scenario.setCurrentIndex(page.scenario.findData("orderly"))
    before = page.result
    page.stress()
    qtbot.waitUntil(lambda: page.result is not before, timeout=60_000)
    assert page.result.after is None
    assert page.result.scenario.key == "orderly"


def test_an_edit_that_leaves_the_number_of_models_makes_the_figures_new(
    qtbot, page: RiskPage
) -> None:
    assert page.picture is not None
    before, result = page.picture.exposures.table["carbon_kg"].sum(), page.result
    first = inventory()[0]
    page.session.project.models.put(first.model_copy(update={"calls_per_year": 1e9}))
    qtbot.waitUntil(
        lambda: (
            page.picture is not None
            and page.picture.exposures.table["carbon_kg"].sum() > 2 * before
        ),
        timeout=30_000,
    )
    qtbot.waitUntil(lambda: page.result is not None and page.result is not result, timeout=60_000)


def test_a_breach_is_kept_acted_on_and_closed_by_two(qtbot, page: RiskPage) -> None:
    project = page.session.project
    page.decisions.keep()
    assert len(project.shelf("readings").all()) == 8
    opened = {b.indicator for b in project.shelf("breaches").all()}
    assert "top10_share" in opened

    card = page.limits.breaches
    page.go_to_tab("limits")
    key = next(b.id for b in project.shelf("breaches").all() if b.indicator == "top10_share")
    settled(qtbot, page)
    card.table.selectRow(card.table.rows.row_of(key))
    card.person.setText("Weber")
    card.words.setText("two models are replaced")
    card.buttons["act"].click()
    assert project.shelf("breaches").get(key).action == "two models are replaced"
    qtbot.waitUntil(lambda: card._breaches[key].action != "", timeout=20_000)
    card.words.setText("done")
    card.buttons["propose"].click()
    qtbot.waitUntil(lambda: card._breaches[key].state.value == "closure proposed", timeout=20_000)
    card.buttons["confirm"].click()
    box = page.findChild(QMessageBox, "complaint")
    assert box is not None
    assert "second person" in box.text()
    box.close()
    card.person.setText("Ito")
    card.buttons["confirm"].click()
    assert project.shelf("breaches").get(key).closed is not None


def test_the_reverse_test_answers_and_is_kept(qtbot, page: RiskPage) -> None:
    assert page.result is not None
    page.reverse(page.result.before.var(0.999).value * 2)
    qtbot.waitUntil(
        lambda: page.session.project.setting("reverse_stress_test") is not None, timeout=60_000
    )
    kept = page.session.project.setting("reverse_stress_test")
    assert 1.0 < kept["severity"] < 4.0
    assert "times the severity" in kept["said"]


def test_a_limit_is_changed_in_the_window_and_wrong_ones_are_refused(qtbot, page: RiskPage) -> None:
    rules, book = page.rules, RULEBOOKS["appetite"]
    page.go_to_tab("rules")

    def row(group: str, setting: str) -> int:
        found = [
            n
            for n in range(rules.table.rowCount())
            if rules.table.item(n, 0).text().startswith(group)
            and rules.table.item(n, 1).text() == setting
        ]
        return found[0]

    rules.table.item(row("Share of the ten", "red limit"), 2).setText("10")
    rules.person.setText("Ito")
    rules.reason.setText("board of November")
    rules._keep()
    assert "must lie beyond" in rules.error.text()
    assert len(versions(book)) == 1
    rules.table.item(row("Share of the ten", "red limit"), 2).setText("seventy")
    assert "not a number" in rules.error.text()
    rules.table.item(row("Share of the ten", "red limit"), 2).setText("99.5")
    rules._keep()
    assert [v.version for v in versions(book)] == ["1.0", "2"]
    assert in_force(book).header.model_extra["changed_by"] == "Ito"
    assert page.session.project.setting("rules_appetite")["version"] == "2"
    qtbot.waitUntil(
        lambda: page.picture is not None and page.picture.appetite.version == "2", timeout=20_000
    )
    limit = page.picture.appetite.limit("top10_share")
    assert limit.red == 99.5


def test_own_pathway_and_scenario_from_the_window(qtbot, page: RiskPage) -> None:
    card = page.stress_tab.scenarios
    page.go_to_tab("stress")
    card.title.setText("Our shock")
    card.values.setText("1: 3.0, 2: 1.0")
    card._add()
    assert page.findChild(QMessageBox, "complaint") is not None
    card.source.setText("treasury")
    card._add()
    qtbot.waitUntil(lambda: page.scenario.findData("own_our_shock") >= 0, timeout=20_000)
    for number in range(card.pathways.count()):
        item = card.pathways.item(number)
        if item.data(Qt.ItemDataRole.UserRole) in ("own_our_shock", "grid_stalls"):
            item.setCheckState(Qt.CheckState.Checked)
    card.name.setText("Ours")
    card._combine()
    qtbot.waitUntil(lambda: page.scenario.findData("own_ours") >= 0, timeout=20_000)


def test_showback_by_month_and_team(qtbot, page: RiskPage) -> None:
    page.go_to_tab("showback")
    qtbot.waitUntil(lambda: page.showback.teams.rows.rowCount() > 0, timeout=30_000)
    assert page.showback.teams.rows.rowCount() == 2
    assert page.showback.chart.item.listDataItems() or page.showback.chart.item.items
    page.showback.teams.chosen.emit("Retail · owner 01")
    assert page.behind.table.rows.rowCount() == 6


def test_the_target_is_set_in_the_window(qtbot, page: RiskPage) -> None:
    page.go_to_tab("rules")
    page.rules.target.cut.setValue(40)
    page.rules.target._set()
    qtbot.waitUntil(lambda: page.picture is not None and page.picture.target is not None)
    assert page.picture.target.reduction == 0.4
    page.session.undo.undo()
    qtbot.waitUntil(lambda: page.picture is not None and page.picture.target is None)


def test_the_page_speaks_japanese(qtbot, session: Session) -> None:
    session.project.models.put_many(inventory())
    language.choose("ja")
    try:
        page = RiskPage(session)
        qtbot.addWidget(page)
        settled(qtbot, page)
        assert page.dashboard.heat.horizontalHeaderItem(0).text() == "エネルギー費用"
        assert page.run.text() == "ストレステストを実行"
        assert page.tabs.tabText(0) == "概要"
    finally:
        language.choose("en")
