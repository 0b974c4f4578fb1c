"""A search whose process is killed goes on from the last line of its journal."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from advisor.bench.search import (
    Measuring,
    SearchEvent,
    SearchFinished,
    StageStarted,
    VariantGuarded,
    VariantMade,
)
from advisor.candidates import Candidate
from advisor.project.variants import read_journal

_ALONE = """
import sys
from advisor.bench.plan import PRESETS, Precision, Preset
PRESETS[Precision.GLANCE] = Preset(0.3, 2, 2, 0.1, 0.2)
from advisor.cli import main
sys.exit(main(sys.argv[1:]))
"""


def windows(events: list[SearchEvent], stage: str) -> list[tuple[str, int]]:
    return [
        (e.event.window.candidate, e.event.window.block)
        for e in events
        if isinstance(e, Measuring) and e.stage == stage and e.event.kind == "window_measured"
    ]


def test_a_killed_search_goes_on(
    candidate: Callable[..., Candidate], data_files: tuple[Path, Path], tmp_path: Path
) -> None:
    """Killed without warning in the full measurement; the second run takes all over."""
    command = [
        sys.executable, "-c", _ALONE, "find-variants", str(candidate("dense").path),
        "--data", str(data_files[0]), "--project", str(tmp_path / "p.advisor"),
        "--precision", "glance", "--threads", "1", "--json",
        *(f"--without={name}" for name in ("int8-static", "threads", "graph-optimised")),
    ]  # fmt: skip
    first = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    until = time.monotonic() + 120
    while time.monotonic() < until and len(windows(_journal(tmp_path), "full")) < 2:
        assert first.poll() is None
        time.sleep(0.1)
    os.killpg(first.pid, signal.SIGKILL)
    first.wait()
    before = _journal(tmp_path)
    assert len(windows(before, "full")) >= 2
    assert not any(isinstance(e, SearchFinished) for e in before)
    files = {p: p.stat().st_mtime_ns for p in (tmp_path / "p-variants").glob("*.onnx")}
    second = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert second.returncode == 0, second.stderr
    after = _journal(tmp_path)[len(before) :]
    assert {p: p.stat().st_mtime_ns for p in files} == files
    assert not [e for e in after if isinstance(e, VariantGuarded)]
    assert [e.stage for e in after if isinstance(e, StageStarted)][-1] == "full"
    assert not set(windows(before, "full")) & set(windows(after, "full"))
    made = [e.candidate.key for e in after if isinstance(e, VariantMade)]
    end = after[-1]
    assert isinstance(end, SearchFinished)
    assert set(end.finalists) <= set(made)
    every = windows(before, "full") + windows(after, "full")
    assert len(every) == 2 * (1 + len(end.finalists))


def _journal(folder: Path) -> list[SearchEvent]:
    return [
        e for path in (folder / "p-variants").glob("search-*.jsonl") for e in read_journal(path)
    ]
