"""What people read is said in both languages: every sentence and every error for people."""

import ast
import tomllib
from pathlib import Path
from string import Formatter

import pytest

ROOM = Path(__file__).resolve().parents[2] / "advisor"
FILES = sorted(ROOM.rglob("*.py"))
ON_THE_GROUND = {"UnitError"}
"""Raised below `sentences`, which it cannot import."""


def trees():
    return {path: ast.parse(path.read_text("utf-8")) for path in FILES}


def called(node):
    return isinstance(node, ast.Call) and getattr(node.func, "id", "")


@pytest.fixture(scope="module")
def japanese():
    known = {}
    for path in sorted((ROOM / "translations" / "ja").glob("*.toml")):
        known.update(tomllib.loads(path.read_text("utf-8")))
    return known


def fields(template):
    return {name.split(".")[0] for _, name, _, _ in Formatter().parse(template) if name}


def test_every_sentence_has_its_japanese_with_the_same_values(japanese):
    literals = {
        node.args[0].value
        for tree in trees().values()
        for node in ast.walk(tree)
        if called(node) == "sentence" and node.args and isinstance(node.args[0], ast.Constant)
    } - {"{text}"}
    assert sorted(literals - japanese.keys()) == []
    assert [t for t in sorted(literals) if fields(t) != fields(japanese[t])] == []


def test_no_error_for_people_is_said_in_english_only():
    kinds = {"SaidError"}
    for _ in range(4):  # subclasses of subclasses
        kinds |= {
            node.name
            for tree in trees().values()
            for node in ast.walk(tree)
            if isinstance(node, ast.ClassDef) and {getattr(b, "id", "") for b in node.bases} & kinds
        }
    assert {"ProjectError", "RiskError", "UnusableTableError", "MeterError"} <= kinds
    english = [
        f"{path.relative_to(ROOM)}:{node.lineno}"
        for path, tree in trees().items()
        for node in ast.walk(tree)
        if called(node) in kinds - ON_THE_GROUND
        and node.args
        and isinstance(node.args[0], ast.Constant | ast.JoinedStr)
    ]
    assert english == []
