"""The window's tests: offscreen, with folders of their own, the real sample made once."""

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest
from PySide6.QtCore import QEvent

from advisor.candidates.sample import make_sample
from advisor.project import Project
from ui import jobs
from ui.app import open_window
from ui.i18n import language
from ui.theme import theme


@pytest.fixture(scope="session")
def sample_files(tmp_path_factory):
    return make_sample(tmp_path_factory.mktemp("sample") / "models")


@pytest.fixture(autouse=True)
def own_folders(tmp_path, monkeypatch):
    monkeypatch.setenv("CARBON_ADVISOR_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


@pytest.fixture
def project_path(tmp_path):
    path = tmp_path / "test.advisor"
    Project.create(path).close()
    return path


@pytest.fixture
def window(qtbot, qapp, project_path):
    made = open_window(qapp, project_path)
    qtbot.addWidget(made)
    yield made
    made.close()
    jobs.wait_for_all()
    made.deleteLater()
    qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    language.choose("en")
    theme.apply("light", 1.0)


SMALL = ("cheque-mlp-64", "cheque-mlp-2048x2048")


@pytest.fixture
def with_models(window, qtbot, sample_files):
    models = [p for p in sample_files.models if p.stem in SMALL]
    window.session.receive([*models, sample_files.data])
    qtbot.waitUntil(lambda: window.session.project.workloads.count() == 1, timeout=15000)
    qtbot.waitUntil(lambda: window.current == "benchmark", timeout=5000)
    return window
