"""Set-up says what is missing and what to type, and does nothing twice."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "installer" / "bootstrap.py"


@pytest.fixture
def bootstrap(monkeypatch, tmp_path):
    spec = importlib.util.spec_from_file_location("bootstrap", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(module, "STAMP", tmp_path / ".venv" / "stamp")
    return module


def test_without_a_verb_it_says_how_to_use_it():
    done = subprocess.run([sys.executable, SCRIPT], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "bootstrap.py run" in done.stderr


def test_an_old_python_is_told(bootstrap, monkeypatch, capsys):
    monkeypatch.setattr(bootstrap, "OLDEST_PYTHON", (99, 0))
    assert bootstrap.main(["run"]) == 2
    assert "newer is needed" in capsys.readouterr().err


def test_missing_qt_libraries_give_the_exact_line_to_type(bootstrap, monkeypatch):
    monkeypatch.setattr(bootstrap.os, "geteuid", lambda: 1000)
    monkeypatch.setattr(bootstrap.sys, "platform", "linux")
    with pytest.raises(bootstrap.CannotContinueError, match="sudo apt-get install -y libnope9"):
        bootstrap.install_qt_libraries({"libnope.so.9": "libnope9"})


def test_libraries_that_are_there_are_not_asked_for(bootstrap):
    assert bootstrap.missing_packages({"libc.so.6": "libc6"}) == []


def test_a_stamp_saves_the_second_installation(bootstrap, monkeypatch):
    installed = []
    monkeypatch.setattr(bootstrap, "pip", lambda *arguments: installed.append(arguments))
    bootstrap.install_python_packages(["cpu"])
    first = len(installed)
    assert first == 2
    bootstrap.install_python_packages(["cpu"])
    assert len(installed) == first
    bootstrap.install_python_packages(["cpu", "dev"])
    assert len(installed) == 2 * first
    bootstrap.install_python_packages(["cpu"])
    assert len(installed) == 2 * first


def test_a_failed_installation_leaves_no_stamp(bootstrap, monkeypatch):
    def broken(*arguments):
        raise bootstrap.CannotContinueError("no network")

    monkeypatch.setattr(bootstrap, "pip", broken)
    with pytest.raises(bootstrap.CannotContinueError):
        bootstrap.install_python_packages(["cpu"])
    assert not bootstrap.STAMP.exists()


def test_every_dependency_is_pinned_and_no_address_is_given():
    lines = [
        line
        for line in (SCRIPT.parent / "constraints.txt").read_text("utf-8").splitlines()
        if line and not line.startswith("#")
    ]
    assert all("==" in line and "/" not in line for line in lines)
