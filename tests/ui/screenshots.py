"""Pictures of every page, light and dark, English and Japanese, at 100 % and 200 %.

    python tests/ui/screenshots.py OUTDIR [--project FILE] [--page NAME]

Opens the real window offscreen on the sample (measured here first where it was not yet; kept in
OUTDIR/data, so that a second call is quick) and writes
OUTDIR/<page>-<theme>-<language>-<scale>.png.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any


def main() -> None:
    """Take the pictures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("out", type=Path)
    parser.add_argument("--project", type=Path)
    parser.add_argument("--page")
    asked = parser.parse_args()
    out = asked.out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ["CARBON_ADVISOR_DATA"] = str(out / "data")
    os.environ["XDG_CONFIG_HOME"] = str(out / "config")

    from PySide6.QtWidgets import QApplication

    from ui.app import open_window
    from ui.live_benchmark import LiveBenchmark
    from ui.risk.page import TABS

    app = QApplication([])
    window = open_window(app, asked.project)

    def wait(until: Callable[[], bool], limit_s: float) -> None:
        end = time.monotonic() + limit_s
        while not until() and time.monotonic() < end:
            app.processEvents()
            time.sleep(0.01)

    wait(lambda: window.machine.equipment is not None, 10)
    if asked.project is None:
        before = window.session.project
        window.open_sample()
        wait(lambda: window.session.project is not before, 180)
        live = LiveBenchmark.of(window.session)
        wait(lambda: not live.running, 180)
    if asked.project is None and asked.page in (None, "variants"):
        _search(window, wait)
    for scale in (1.0, 2.0):
        for look in ("light", "dark"):
            for code in ("en", "ja"):
                window.set_language(code)
                window.set_look(theme_choice=look, scale=scale)
                window.resize(round(1280 * scale), round(800 * scale))
                for page in window.page_types:
                    if asked.page and page.name != asked.page:
                        continue
                    window.go_to(page.name)
                    if page.name == "predict":
                        shown = window.pages["predict"]
                        wait(lambda shown=shown: _complete(shown), 120)
                    if page.name == "variants":
                        _variants(window, wait, out, f"{look}-{code}-{scale:.0%}".replace("%", ""))
                        continue
                    wait(lambda: False, 1.5)
                    name = f"{page.name}-{look}-{code}-{scale:.0%}.png".replace("%", "")
                    window.grab().save(str(out / name))
                    if page.name == "predict":
                        _scroll_to(shown, shown.trust)
                        wait(lambda: False, 0.4)
                        window.grab().save(str(out / f"trust-{name.partition('-')[2]}"))
                if asked.page in (None, "risk"):
                    risk = window.pages["risk"]
                    window.go_to("risk")
                    for tab in TABS if risk.picture is not None else ():
                        risk.go_to_tab(tab)
                        wait(lambda: False, 1.5)
                        name = f"risk-{tab}-{look}-{code}-{scale:.0%}.png".replace("%", "")
                        window.grab().save(str(out / name))
                if not asked.page:
                    compare = window.pages["compare"]
                    wait(lambda shown=compare: shown.ranking is not None, 5)
                    window.go_to("compare")
                    compare._explain_current()
                    wait(lambda: False, 0.4)
                    name = f"details-{look}-{code}-{scale:.0%}.png".replace("%", "")
                    window.grab().save(str(out / name))
                    window.hide_details()
    window.set_language("en")
    window.set_look(theme_choice="light", scale=1.0)
    window.close()


def _search(window: Any, wait: Callable[[Callable[[], bool], float], None]) -> None:
    """Search variants of the model in use for two minutes, unless it was done before."""
    from advisor.bench import Precision
    from advisor.project.variants import latest_search

    done = latest_search(window.session.project)
    if done is not None and done.finished:
        return
    window.go_to("variants")
    page = window.pages["variants"]
    page.memory["view"] = "plan"
    page.refresh()
    wait(lambda: page.plan is not None, 30)
    page.settings.budget.setCurrentIndex(page.settings.budget.findData(120.0))
    precision = page.settings.precision
    precision.setCurrentIndex(precision.findData(Precision.GLANCE.value))
    page.start()
    wait(lambda: page.live.course is not None and page.live.course.finished, 400)
    wait(lambda: not page.live.running, 30)
    page.result.layers.button.click()
    wait(lambda: page.result.layers.chart.isVisible(), 60)


def _variants(
    window: Any, wait: Callable[[Callable[[], bool], float], None], out: Path, ending: str
) -> None:
    """The plan, the result, and the result's lower half with a row chosen."""
    page = window.pages["variants"]
    for view in ("plan", "result"):
        page.memory["view"] = view
        page.refresh()
        wait(lambda: page.plan is not None and page.live.course is not None, 20)
        wait(lambda: False, 1.5)
        name = "variants" if view == "plan" else "variants-result"
        window.grab().save(str(out / f"{name}-{ending}.png"))
    page.result.outcomes.table.selectRow(0)
    wait(lambda: False, 0.4)
    _scroll_to(page, page.result.outcomes)
    wait(lambda: False, 0.4)
    window.grab().save(str(out / f"variants-table-{ending}.png"))
    _scroll_to(page, page.result.layers)
    wait(lambda: False, 0.4)
    window.grab().save(str(out / f"variants-layers-{ending}.png"))


def _complete(page: Any) -> bool:
    """Whether the predict page shows everything it gathers."""
    return page.picture is not None and len(page.picture.dependence) == len(page.dependence.charts)


def _scroll_to(page: Any, card: Any) -> None:
    """Bring a card of a page to the top."""
    from PySide6.QtWidgets import QScrollArea

    scroll = page.findChild(QScrollArea)
    scroll.verticalScrollBar().setValue(card.mapTo(scroll.widget(), card.rect().topLeft()).y())


if __name__ == "__main__":
    main()
