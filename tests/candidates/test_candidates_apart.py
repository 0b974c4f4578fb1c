"""Work in a process of its own: results, mistakes, crashes, hangs, and stopping at once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from advisor.candidates.apart import Apart, ApartError
from advisor.candidates.levers import LeverError
from advisor.sentences import sentence


def result(call: Generator[None, None, Any]) -> Any:
    try:
        while True:
            next(call)
    except StopIteration as end:
        return end.value


def summed(array: np.ndarray, more: float) -> float:
    print("libraries print what they like")
    Path("litter.data").write_text("and leave files behind")
    return float(array.sum()) + more


@dataclass
class Counted:
    array: np.ndarray


def identity_of(counted: Counted) -> int:
    return id(counted.array)


def refuses() -> None:
    raise LeverError(sentence("It has only {trees} trees.", trees=3))


def breaks() -> None:
    raise ZeroDivisionError("oops")


def crashes() -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def litters(told: Path) -> None:
    """Leaves a file where a lever has its scratch, says where, and hangs."""
    where = Path(tempfile.mkdtemp(prefix="carbon-advisor-"))
    (where / "half-made.onnx").write_bytes(b"0" * 1000)
    told.with_suffix(".part").write_text(str(where))
    told.with_suffix(".part").rename(told)
    time.sleep(60)


def hangs(told: Path) -> None:
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    told.with_suffix(".part").write_text(f"{os.getpid()} {child.pid}")
    told.with_suffix(".part").rename(told)
    time.sleep(60)


@pytest.fixture
def apart() -> Iterator[Apart]:
    made = Apart()
    yield made
    made.close()


def gone(pid: int) -> bool:
    """Whether a process ended (a zombie that nobody has waited for counts as ended)."""
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_text().rsplit(")", 1)[1].split()[0] == "Z"


def test_results_come_back_and_nothing_is_left_behind(
    apart: Apart, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    large = np.arange(100_000.0)
    assert result(apart.call(summed, large, 1.0)) == large.sum() + 1
    assert not list(tmp_path.iterdir())
    first = result(apart.call(identity_of, Counted(large)))
    assert result(apart.call(identity_of, Counted(large))) == first  # it went over once


def test_mistakes_keep_their_words_and_the_next_call_goes_on(apart: Apart) -> None:
    with pytest.raises(LeverError, match="only 3 trees") as refused:
        result(apart.call(refuses))
    assert refused.value.said.values == {"trees": 3}  # still to be said in any language
    with pytest.raises(ApartError, match="ZeroDivisionError: oops"):
        result(apart.call(breaks))
    with pytest.raises(ApartError, match="SIGSEGV"):
        result(apart.call(crashes))
    assert result(apart.call(summed, np.ones(3), 0.0)) == 3


def test_what_cannot_travel_is_done_here(apart: Apart) -> None:
    assert result(apart.call(lambda: os.getpid())) == os.getpid()


@pytest.mark.parametrize("how", ["stopped", "time limit"])
def test_a_hang_ends_with_all_it_started(apart: Apart, tmp_path: Path, how: str) -> None:
    told = tmp_path / "pids"
    call = apart.call(hangs, told, limit_s=None if how == "stopped" else 8.0)
    while not told.exists():
        next(call)
    if how == "stopped":
        call.close()
    else:
        with pytest.raises(ApartError, match="stopped after 8 s"):
            result(call)
    until = time.monotonic() + 10
    pids = [int(pid) for pid in told.read_text().split()]
    while not all(map(gone, pids)):
        assert time.monotonic() < until
        time.sleep(0.05)


_KILLED = """
import sys, pathlib
sys.path[:0] = sys.argv[2:]
from test_candidates_apart import Apart, litters
for _ in Apart().call(litters, pathlib.Path(sys.argv[1])):
    pass
"""


@pytest.mark.parametrize("how", ["stopped", "killed"])
def test_nothing_half_made_is_left_among_the_temporary_files(
    apart: Apart, tmp_path: Path, how: str
) -> None:
    told = tmp_path / "where"
    if how == "stopped":
        call = apart.call(litters, told)
        while not told.exists():
            next(call)
        call.close()
    else:
        here = [str(Path(__file__).parent)]
        asking = subprocess.Popen([sys.executable, "-c", _KILLED, str(told), *here])
        while not told.exists():
            assert asking.poll() is None
            time.sleep(0.05)
        asking.kill()
        asking.wait()
    until = time.monotonic() + 10
    while Path(told.read_text()).exists():
        assert time.monotonic() < until
        time.sleep(0.05)
