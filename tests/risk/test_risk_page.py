"""The risk page in a real window, from an inventory in a real project."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("PySide6")

from advisor.portfolio.model import Model
from advisor.project import Project
from advisor.risk.scores import BANK
from ui.i18n import language
from ui.pages.risk import RiskPage
from ui.risk_picture import RECOMMENDED
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
def session(qtbot, tmp_path: Path):
    theme.apply("light")
    project = Project.create(tmp_path / "p.advisor")
    made = Session(project)
    yield made
    made.close()


def test_an_empty_project_says_what_is_missing(qtbot, session: Session) -> None:
    page = RiskPage(session)
    qtbot.addWidget(page)
    page.show()
    qtbot.waitUntil(lambda: page._empty.isVisible(), timeout=20_000)
    assert page.picture is None


def test_from_inventory_to_loss_and_down_to_models(qtbot, session: Session) -> None:
    session.project.models.put_many(inventory())
    page = RiskPage(session)
    qtbot.addWidget(page)
    page.show()
    qtbot.waitUntil(lambda: page.picture is not None, timeout=60_000)
    assert page.heat.rowCount() == 3
    assert page.heat.columnCount() == 7
    assert page.indicators.rows.rowCount() == 7
    assert page.regulation.rows.rowCount() > 30
    assert page.prices.item.listDataItems()

    page.heat.asked.emit("Retail", "supply")
    assert page.behind.rows.rowCount() == 6
    page.heat.asked.emit(BANK, "supply")
    assert page.behind.rows.rowCount() == 12

    page.scenario.setCurrentIndex(page.scenario.findData("severe"))
    page.stress()
    qtbot.waitUntil(lambda: page.result is not None, timeout=60_000)
    qtbot.waitUntil(lambda: page.run.isEnabled(), timeout=20_000)
    assert page.result is not None
    assert page.result.scenario.key == "severe"
    assert page.tail.rows.rowCount() == 12
    assert page._figures.count() == 1  # one row of cards: no plan was chosen

    page._keep()
    assert len(session.project.shelf("readings").all()) == 7
    opened = {b.indicator for b in session.project.shelf("breaches").all()}
    assert "top10_share" in opened


def test_the_recommended_plan_on_the_same_draws(qtbot, session: Session) -> None:
    session.project.models.put_many(inventory())
    page = RiskPage(session)
    qtbot.addWidget(page)
    qtbot.waitUntil(lambda: page.picture is not None, timeout=60_000)
    page._use_plan(RECOMMENDED)
    page.stress()
    qtbot.waitUntil(lambda: page.result is not None, timeout=30_000)
    assert page.result is not None
    assert page.result.after is not None
    assert page._figures.count() == 2


def test_the_page_speaks_japanese(qtbot, session: Session) -> None:
    session.project.models.put_many(inventory())
    language.choose("ja")
    try:
        page = RiskPage(session)
        qtbot.addWidget(page)
        qtbot.waitUntil(lambda: page.picture is not None, timeout=60_000)
        assert page.heat.horizontalHeaderItem(0).text() == "エネルギー費用"
        assert page.run.text() == "ストレステストを実行"
    finally:
        language.choose("en")
