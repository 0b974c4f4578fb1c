"""Every sentence of this room reads in Japanese, with the same values in it."""

from __future__ import annotations

import ast
from pathlib import Path
from string import Formatter

import advisor.candidates
from advisor.sentences import catalogue

ROOM = Path(advisor.candidates.__file__).parent
FILES = [*ROOM.rglob("*.py"), *(ROOM.parent / "bench").glob("search*.py")]


def templates() -> set[str]:
    return {
        node.args[0].value
        for path in FILES
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and getattr(node.func, "id", "") == "sentence"
        and isinstance(node.args[0], ast.Constant)
    }


def fields(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name}


def test_every_sentence_is_translated() -> None:
    japanese = catalogue("ja")
    assert len(templates()) > 150
    assert not templates() - japanese.keys()
    assert not {t for t in templates() if fields(t) != fields(japanese[t])}
