"""Theme, scale, language and navigation of the real window."""

import ast
import tomllib
from pathlib import Path

import pytest
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QLabel, QPushButton

from ui.i18n import language, tr
from ui.theme import theme
from ui.theme.tokens import DARK, LIGHT, contrast

UI = Path(__file__).resolve().parents[2] / "ui"


def literals(path):
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        named = isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("tr", "later")
        if named and node.args and isinstance(node.args[0], ast.Constant):
            yield node.args[0].value


def japanese():
    """The window's own words, and those it shares with the calculations (`tr` asks both)."""
    known = {}
    for folder in (UI.parent / "advisor" / "translations", UI / "i18n"):
        for path in sorted((folder / "ja").glob("*.toml")):
            known.update(tomllib.loads(path.read_text("utf-8")))
    return known


@pytest.mark.parametrize("path", sorted(UI.rglob("*.py")), ids=lambda p: str(p.relative_to(UI)))
def test_every_word_of_the_window_has_its_japanese(path):
    known = japanese()
    assert [words for words in literals(path) if words not in known] == []


def test_translations_ask_for_the_same_values():
    import string

    def names(template):
        return {field for _, field, _, _ in string.Formatter().parse(template) if field}

    wrong = {en: ja for en, ja in japanese().items() if names(en) != names(ja)}
    assert wrong == {}


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
def test_text_can_be_read_on_its_ground(tokens):
    grounds = (tokens.ground, tokens.surface, tokens.sunken)
    for ink in (tokens.ink, tokens.ink_soft, tokens.ink_faint, tokens.accent):
        for ground in grounds:
            assert contrast(ink, ground) >= 4.5, (ink, ground)
    assert contrast(tokens.on_accent, tokens.accent) >= 4.5
    assert contrast(tokens.accent, tokens.accent_soft) >= 4.5
    assert contrast(tokens.warning, tokens.warning_soft) >= 4.5
    assert contrast(tokens.danger, tokens.danger_soft) >= 4.5
    for shade in tokens.series:
        assert contrast(shade, tokens.surface) >= 3.0, shade


def test_the_language_changes_live(window):
    assert window.navigation.buttons["compare"].text() == "Compare"
    window.set_language("ja")
    assert window.navigation.buttons["compare"].text() == "比較"
    shown = " ".join(label.text() for label in window.pages["start"].findChildren(QLabel))
    assert "どのモデルから" in shown
    window.set_language("en")
    assert window.navigation.buttons["compare"].text() == "Compare"
    assert window.session.preferences.language == "en"


def test_light_and_dark_paint_different_grounds(window, qtbot):
    def ground():
        picture = window.grab().toImage()
        return QColor(picture.pixel(picture.width() // 2, picture.height() - 60)).lightness()

    window.set_look(theme_choice="light")
    light = ground()
    window.set_look(theme_choice="dark")
    dark = ground()
    assert light > 200
    assert dark < 60


def test_scale_grows_type_and_buttons(window):
    def height():
        button = next(b for b in window.pages["start"].findChildren(QPushButton) if b.text())
        return button.sizeHint().height()

    before = height()
    window.set_look(scale=3.0)
    assert height() > 2.4 * before
    window.set_look(scale=1.0)


def test_pages_stand_in_the_order_of_the_data(window):
    order = [page.name for page in window.page_types]
    wanted = ["start", "benchmark", "compare", "predict", "portfolio", "risk", "report"]
    assert [n for n in order if n in wanted] == [n for n in wanted if n in order]
    for name in order:
        window.go_to(name)
        assert window.current == name


def test_unknown_words_fall_back_to_english():
    language.choose("ja")
    try:
        assert tr("a sentence nobody translated {n}", n=1) == "a sentence nobody translated 1"
    finally:
        language.choose("en")


def test_theme_lengths_follow_the_scale(qapp):
    theme.apply("light", 2.0)
    assert theme.px(10) == 20
    theme.apply("light", 1.0)
    assert theme.px(10) == 10


def test_true_false_and_none_outlive_lost_references(qapp):
    import sys

    from ui.session import QObject, Signal

    class Bell(QObject):
        rung = Signal(str)

    bell = Bell()
    for _ in range(2000):
        bell.rung.emit("x")
    label = QLabel()
    for _ in range(2000):
        label.setText("x")
    assert all(sys.getrefcount(value) > 1 << 30 for value in (True, False, None))
