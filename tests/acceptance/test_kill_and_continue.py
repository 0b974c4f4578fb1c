"""`kill -9` in the middle of a benchmark: every finished window is there, and it goes on."""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from skl2onnx import to_onnx
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier

from advisor.bench import WindowMeasured
from advisor.project import Project

COMMAND = [sys.executable, "-m", "advisor.cli"]


@pytest.fixture(scope="module")
def two_readers(tmp_path_factory):
    folder = tmp_path_factory.mktemp("readers")
    digits = load_digits()
    train, labels = digits.data[:900].astype(np.float32), digits.target[:900]
    for name, model in {
        "logistic": LogisticRegression(max_iter=50),
        "mlp": MLPClassifier((64,), max_iter=10, random_state=0),
    }.items():
        proto = to_onnx(
            model.fit(train, labels), train[:1], options={"zipmap": False}, target_opset=17
        )
        (folder / f"{name}.onnx").write_bytes(proto.SerializeToString())
    np.savez(folder / "test.npz", X=digits.data[900:].astype(np.float32), label=digits.target[900:])
    return folder


def windows_of(path):
    with Project.open(path) as project:
        return [
            event.window
            for run in project.runs.all()
            for event in project.events(run.run_id)
            if isinstance(event, WindowMeasured)
        ]


def test_a_killed_benchmark_keeps_its_windows_and_continues(two_readers, tmp_path):
    file = tmp_path / "bank.advisor"
    models = [str(two_readers / f"{n}.onnx") for n in ("logistic", "mlp")]
    arguments = ["--data", str(two_readers / "test.npz"), "--label", "label"]
    running = subprocess.Popen(
        [
            *COMMAND,
            "bench",
            *models,
            *arguments,
            "--project",
            str(file),
            "--precision",
            "glance",
            "--time-budget",
            "40",
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline and (not file.exists() or len(windows_of(file)) < 2):
        assert running.poll() is None, "the benchmark ended before it could be killed"
        time.sleep(0.2)
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()

    kept = windows_of(file)
    assert len(kept) >= 2

    done = subprocess.run(
        [*COMMAND, "bench", "--continue", "--project", str(file), "--json"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    everything = windows_of(file)
    assert everything[: len(kept)] == kept, "windows measured before the kill have to stay"
    assert {(w.candidate, w.block) for w in kept} < {(w.candidate, w.block) for w in everything}
    with Project.open(file) as project:
        assert len(project.runs.all()) == 1
        assert project.runs.all()[0].finished
        assert {m.candidate for m in project.measurements.all()} == {w.candidate for w in kept}
        assert project.verify() == []


def test_nothing_to_continue_is_one_sentence(tmp_path):
    Project.create(tmp_path / "empty.advisor").close()
    done = subprocess.run(
        [*COMMAND, "bench", "--continue", "--project", str(tmp_path / "empty.advisor")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "no benchmark to continue" in done.stderr
    assert "Traceback" not in done.stderr
