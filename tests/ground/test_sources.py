"""Sources are kept in English and read in the reader's language, part by part."""

import tomllib
from string import Formatter

import pytest

from advisor.sentences import TRANSLATIONS
from advisor.sources import source_text

KNOWN = tomllib.loads((TRANSLATIONS / "ja" / "sources.toml").read_text("utf-8"))


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("as entered", "入力値"),
        ("grid intensity DEU", "系統排出係数 DEU"),
        ("windows 7a729/1f3c", "測定区間 7a729/1f3c"),
        (
            "run 7a72, big, 9 windows, meter rapl + nvml:0:energy, above idle",
            "測定 7a72、big、9 区間、計測器 rapl + nvml:0:energy、アイドル分を除く",
        ),
        (
            "run 7a72, big, 9 windows, meter rapl × Inferences per year, as entered × PUE",
            "測定 7a72、big、9 区間、計測器 rapl × 年間推論回数（入力値） × PUE",
        ),
        (
            'Grid intensity of World, 2024: Ember, "Data"; world mean assumed, since no region was '
            "entered",
            'World の系統排出係数（2024 年）：Ember, "Data"; 地域の入力がないため世界平均と仮定',
        ),
        ("a publication nobody translated, p. 7", "a publication nobody translated, p. 7"),
        ("no {braces} are filled", "no {braces} are filled"),
    ],
)
def test_a_source_is_read_part_by_part(source, shown):
    assert source_text(source, "ja") == shown
    assert source_text(source, "en") == source


def test_translations_keep_the_values():
    def fields(template):
        return {name for _, name, _, _ in Formatter().parse(template) if name}

    assert [t for t, said in KNOWN.items() if fields(t) != fields(said)] == []
