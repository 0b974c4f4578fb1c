"""Levers of others through a real entry point: taken in when sound, contained when not."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import onnx
import pytest

from advisor.bench import search_variants
from advisor.bench.search import VariantMade, VariantRefused, plan_search, search
from advisor.candidates import Candidate, Workload
from advisor.candidates.levers import MakingLever, broken_plug_ins, catalogue
from advisor.candidates.levers.lineage import PREFIX
from advisor.candidates.levers.making import comparison_of
from advisor.candidates.levers.plug_ins import plugged_in

ACME = '''
import os, signal, sys, time
import onnx
from onnx import numpy_helper
from advisor.candidates import read_candidate


class Acme:
    """What a stranger may write: plain strings, and files wherever it likes."""

    kind, title, changes, needs, risks = "shrink", "Acme", "Something.", (), ("Who knows.",)

    def obstacle(self, candidate):
        return None

    def expected_energy_ratio(self, candidate):
        return 0.5

    def variants(self, candidate):
        return ({"grade": 1},)

    def make(self, candidate, folder, *, settings=None, calibration=None):
        open("notes.txt", "w").write("where the program happens to be")
        model = self.changed(onnx.load(str(candidate.path)))
        onnx.save(model, str(folder / "model.onnx"))
        return read_candidate(folder / "model.onnx")


def one(name, changed):
    return type(name, (Acme,), {"name": name, "changed": staticmethod(changed)})


def shaved(model):
    weights = next(t for t in model.graph.initializer if t.name == "head.w")
    values = numpy_helper.to_array(weights).copy()
    values[abs(values) < 1e-4] = 0
    weights.CopyFrom(numpy_helper.from_array(values, weights.name))
    return model


def renamed(model):
    model.graph.output[0].name = "other"
    model.graph.node[-1].output[0] = "other"
    return model


def garbage(model):
    model.graph.node[0].op_type = "NoSuchOperator"
    return model


sound = one("acme-sound", shaved)
renames = one("acme-renames", renamed)
garbles = one("acme-garbles", garbage)
raises = one("acme-raises", lambda model: 1 / 0)
leaves = one("acme-leaves", lambda model: sys.exit(3))
crashes = one("acme-crashes", lambda model: os.kill(os.getpid(), signal.SIGSEGV))
hangs = one("acme-hangs", lambda model: time.sleep(600))
unnamed = Acme
'''
NAMES = ("sound", "renames", "garbles", "raises", "leaves", "crashes", "hangs", "unnamed")


@pytest.fixture
def acme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A distribution with entry points, installed the way pip does: a folder and its metadata."""
    site = tmp_path / "site"
    told = site / "acme_levers-1.0.dist-info"
    told.mkdir(parents=True)
    (site / "acme_levers.py").write_text(ACME)
    (told / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-levers\nVersion: 1.0\n")
    points = "\n".join(f"{name} = acme_levers:{name}" for name in (*NAMES, "gone"))
    (told / "entry_points.txt").write_text(f"[advisor.levers]\n{points}\n")
    monkeypatch.syspath_prepend(str(site))
    importlib.invalidate_caches()
    plugged_in.cache_clear()
    yield
    plugged_in.cache_clear()
    sys.modules.pop("acme_levers", None)


@pytest.mark.usefixtures("acme")
def test_what_strangers_make_is_checked_and_what_they_break_is_named(
    candidate: Callable[..., Candidate],
    workload: Callable[..., Workload],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setattr(search_variants, "_STRANGERS_LIMIT_S", 12.0)
    broken = {name: str(reason) for name, reason in broken_plug_ins()}
    assert set(broken) == {"unnamed", "gone"}
    assert "no attribute 'name'" in broken["unnamed"]
    levers = [one for one in catalogue() if one.name.startswith("acme-")]
    assert len(levers) == 7
    assert all(isinstance(one, MakingLever) for one in levers)
    parent = candidate("dense")
    plan = plan_search([parent], workload(parent), Path("../made"), levers=levers)
    assert all(entry.expected_energy_ratio is None for entry in plan.entries)

    made, refused = {}, {}
    events = search(plan)
    for event in events:
        if isinstance(event, VariantMade):
            made[event.candidate.lever] = event.candidate
        elif isinstance(event, VariantRefused):
            refused[event.lever] = str(event.reason)
        elif len(made) + len(refused) == len(levers):
            break
    events.close()

    assert set(made) == {"acme-sound"}, refused
    variant = made["acme-sound"]
    assert comparison_of(variant) is not None
    assert variant.facts.metadata[PREFIX + "parent"] == parent.sha256
    assert variant.lever_settings == {"grade": 1}
    onnx.checker.check_model(str(variant.path))
    assert variant.path.parent == tmp_path / "made"  # wherever the lever itself ran
    assert [p.name for p in plan.folder.iterdir()] == [variant.path.name]
    for name, words in {
        "acme-renames": "signature at “probabilities”",
        "acme-garbles": "NoSuchOperator",
        "acme-raises": "broken (ZeroDivisionError",
        "acme-leaves": "broken (SystemExit",
        "acme-crashes": "crashed (SIGSEGV)",
        "acme-hangs": "stopped after 12 s",
    }.items():
        assert words in refused[name]
        assert name in refused[name]
    assert not list(here.iterdir())
