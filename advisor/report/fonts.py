"""The shipped fonts, and small cuts of them to embed in a page."""

from __future__ import annotations

import base64
import io
from functools import cache
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

from advisor.profiles import shipped_profiles_folder

FAMILY = "Noto Sans JP"


def fonts_folder() -> Path:
    """The folder of the shipped font files."""
    return shipped_profiles_folder() / "fonts"


def font_paths() -> dict[int, Path]:
    """Weight → file; empty when the fonts were not installed."""
    files = {400: "NotoSansJP-Regular.ttf", 700: "NotoSansJP-Bold.ttf"}
    return {w: p for w, n in files.items() if (p := fonts_folder() / n).is_file()}


@cache
def embedded_faces(text: str) -> str:
    """CSS `@font-face` rules holding only the glyphs that `text` needs; empty without fonts."""
    rules = [
        "@font-face{"
        f"font-family:'{FAMILY}';font-weight:{weight};font-display:swap;"
        f"src:url(data:font/woff;base64,{_cut(path, text)}) format('woff');}}"
        for weight, path in font_paths().items()
    ]
    return "\n".join(rules)


def _cut(path: Path, text: str) -> str:
    font = TTFont(path, recalcTimestamp=False)
    options = subset.Options()
    options.recalc_timestamp = False
    options.layout_features = ["kern", "palt", "ccmp", "locl"]
    cutter = subset.Subsetter(options)
    cutter.populate(text="".join(sorted(set(text))))
    cutter.subset(font)
    font.flavor = "woff"
    out = io.BytesIO()
    font.save(out, reorderTables=True)
    return base64.b64encode(out.getvalue()).decode("ascii")
