"""The habits that keep the house in order: floors, types, style, names."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOOLS = Path(sys.executable).parent


def ran(*command):
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def tracked_files():
    code, listing = ran("git", "ls-files")
    if code:
        pytest.skip("not a git checkout: which files belong to the program is not known")
    return [ROOT / name for name in listing.splitlines() if (ROOT / name).is_file()]


def test_imports_only_point_down():
    code, said = ran(str(TOOLS / "lint-imports"), "--no-cache")
    assert code == 0, said


def test_types_hold():
    code, said = ran(str(TOOLS / "basedpyright"))
    assert code == 0, said


@pytest.mark.parametrize("check", [("check",), ("format", "--check")])
def test_style_holds(check):
    code, said = ran(str(TOOLS / "ruff"), *check, ".")
    assert code == 0, said


def test_no_catch_all_modules():
    banned = {"utils", "helpers", "manager", "misc", "common"}
    assert not [p for p in tracked_files() if p.suffix == ".py" and p.stem in banned]


def test_no_index_address_is_named():
    pattern = re.compile(r"(index-url|pypi\.org|pythonhosted|registry\.npmjs)")
    named = [
        p
        for p in tracked_files()
        if p.suffix in (".txt", ".toml", ".cfg", ".md", ".yaml", ".py", ".json")
        and p != Path(__file__)
        and pattern.search(p.read_text("utf-8"))
    ]
    assert named == []
