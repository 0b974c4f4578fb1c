"""Every lever on true models of every kind: correct files, and obstacles in words."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import onnx
import onnxruntime as ort
import pytest

from advisor.candidates import (
    Candidate,
    Workload,
    answers_from_outputs,
    read_candidate,
    score,
)
from advisor.candidates.guard import Limits
from advisor.candidates.inference import run_model
from advisor.candidates.levers import (
    CommandLever,
    LeverError,
    MakingLever,
    OperationalLever,
    catalogue,
    lever_named,
    making,
)
from advisor.candidates.levers.export import export_with_energy
from advisor.candidates.levers.fewer_trees import accuracy_curve
from advisor.candidates.levers.lineage import PREFIX
from advisor.candidates.levers.making import comparison_of
from advisor.candidates.levers.mixed_int8 import sensitivity_of
from advisor.candidates.levers.plug_ins import ContainedLever
from advisor.candidates.levers.why import why_no_gain
from advisor.quantities import Provenance, Quantity

KINDS = (
    "logistic",
    "forest",
    "boosting",
    "xgboost",
    "lightgbm",
    "mlp",
    "cnn",
    "transformer",
    "lstm",
)
FILE_LEVERS = (
    "int8-dynamic", "int8-static", "fp16", "int4-weights", "graph-optimised", "pruning",
    "fewer-trees", "mixed-int8",
)  # fmt: skip
APPLIES = {
    "int8-dynamic": {"mlp", "cnn", "transformer", "lstm"},
    "int8-static": {"mlp", "cnn", "transformer", "lstm"},
    "fp16": {"mlp", "cnn", "transformer", "lstm"},
    "int4-weights": {"mlp", "transformer"},
    "graph-optimised": set(KINDS),
    "pruning": {"mlp", "cnn", "transformer"},
    "fewer-trees": {"forest", "boosting", "xgboost", "lightgbm"},
    "mixed-int8": {"mlp", "cnn", "transformer"},
}


def accuracy(found: Candidate, data: Workload) -> float:
    assert data.labels is not None
    assert data.task is not None
    outputs = run_model(found.path, data.inputs)
    return score("accuracy", data.labels, answers_from_outputs(outputs, data.task, np.arange(10)))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", FILE_LEVERS)
def test_lever(
    candidate: Callable[..., Candidate],
    workload: Callable[..., Workload],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    name: str,
) -> None:
    parent, lever = candidate(kind), lever_named(name)
    here, folder = tmp_path / "here", tmp_path / "made"
    here.mkdir()
    monkeypatch.chdir(here)
    assert isinstance(lever, MakingLever)
    obstacle = lever.obstacle(parent)
    assert (obstacle is None) == (kind in APPLIES[name]), str(obstacle)
    if obstacle:
        with pytest.raises(LeverError):
            lever.make(parent, folder)
        assert not folder.exists()
        return
    calibration = workload(parent, train=True)
    if name == "graph-optimised" and kind in ("logistic", "forest", "xgboost", "lstm"):
        with pytest.raises(LeverError, match="nothing left"):
            lever.make(parent, folder, calibration=calibration)
        return
    made = lever.make(parent, folder, calibration=calibration)
    onnx.checker.check_model(str(made.path))
    ort.InferenceSession(str(made.path), providers=["CPUExecutionProvider"])
    assert (made.parent_key, made.lever) == (parent.key, name)
    assert [i.name for i in made.facts.inputs] == [i.name for i in parent.facts.inputs]
    props = made.facts.metadata
    assert props[PREFIX + "parent"] == parent.sha256
    assert props[PREFIX + "version"]
    compared = comparison_of(made)
    assert compared is not None
    assert compared.samples == 64
    assert [p.name for p in folder.iterdir()] == [made.path.name]  # nothing half-made is left
    assert not list(here.iterdir())  # nor anything where the user happens to be
    assert made.family == parent.family
    reread = read_candidate(made.path)
    assert (reread.sha256, reread.lever_settings) == (made.sha256, made.lever_settings)
    if name in ("fp16", "graph-optimised"):
        assert accuracy(made, workload(parent)) == pytest.approx(
            accuracy(parent, workload(parent)), abs=0.01
        )


def test_quantised_weights_are_smaller(
    candidate: Callable[..., Candidate], workload: Callable[..., Workload], tmp_path: Path
) -> None:
    parent = candidate("transformer")
    calibration = workload(parent, train=True)
    for name, precision, share in (
        ("int8-dynamic", "int8", 0.3), ("int8-static", "int8", 0.3),
        ("int4-weights", "int4", 0.2), ("fp16", "float16", 0.51),
    ):  # fmt: skip
        made = lever_named(name).make(parent, tmp_path, calibration=calibration)
        assert made.facts.precision == precision
        assert made.facts.weight_bytes < share * parent.facts.weight_bytes


def test_nothing_to_quantise_is_said_plainly(candidate: Callable[..., Candidate]) -> None:
    said = lever_named("int8-dynamic").obstacle(candidate("logistic"))
    assert "Nothing in this model can be quantised" in str(said)


def test_static_int8_without_data(candidate: Callable[..., Candidate], tmp_path: Path) -> None:
    with pytest.raises(LeverError, match="calibration data"):
        lever_named("int8-static").make(candidate("cnn"), tmp_path)


@pytest.mark.parametrize(
    ("name", "settings", "said"),
    [
        ("int8-static", {"metod": "entropy"}, "no setting “metod”"),
        ("int8-static", {"method": "guess"}, "not a way of calibrating"),
        ("pruning", {"share": 1.5}, "1.5 is not"),
        ("pruning", {"share": "half"}, "half is not"),
        ("batch", {"batchsize": 8}, "no setting “batchsize”"),
        ("graph-optimised", {"level": "all"}, "not a level"),
    ],
)
def test_settings_that_make_no_sense_are_refused(
    candidate: Callable[..., Candidate],
    workload: Callable[..., Workload],
    tmp_path: Path,
    name: str,
    settings: dict[str, object],
    said: str,
) -> None:
    parent = candidate("mlp")
    with pytest.raises(LeverError, match=said):
        lever_named(name).make(
            parent, tmp_path, settings=settings, calibration=workload(parent, train=True)
        )
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["int8-dynamic", "int8-static", "pruning", "mixed-int8"])
def test_a_variant_too_large_for_one_file_keeps_its_weights_beside_it(
    candidate: Callable[..., Candidate],
    workload: Callable[..., Workload],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    """The limit of 2 GB, lowered to a few kilobytes; the parent's weights lie outside as well."""
    monkeypatch.setattr(making, "_LARGEST_IN_ONE_FILE", 4000)
    whole = onnx.load(str(candidate("mlp").path))
    onnx.save_model(
        whole, str(tmp_path / "large.onnx"), save_as_external_data=True, location="large.data"
    )
    parent = read_candidate(tmp_path / "large.onnx")
    made = lever_named(name).make(
        parent, tmp_path / "made", calibration=workload(parent, train=True)
    )
    beside = made.path.with_name(made.path.name + ".data")
    assert beside.stat().st_size > 1000
    assert made.path.stat().st_size < beside.stat().st_size
    assert {p.name for p in made.path.parent.iterdir()} == {made.path.name, beside.name}
    assert accuracy(made, workload(parent)) > 0.8
    assert read_candidate(made.path).sha256 == made.sha256


@pytest.mark.parametrize("settings", [{"opset": 11}, {"opset": 21}, {"batch": 8}])
def test_static_int8_in_old_and_new_opsets_and_with_a_fixed_batch(
    candidate: Callable[..., Candidate],
    workload: Callable[..., Workload],
    tmp_path: Path,
    settings: dict[str, int],
) -> None:
    parent = candidate("dense", **settings)
    made = lever_named("int8-static").make(
        parent, tmp_path, calibration=workload(parent, train=True)
    )
    assert made.lever_settings["per_channel"] is (settings.get("opset") != 11)
    assert accuracy(made, workload(parent)) > accuracy(parent, workload(parent)) - 0.05


def test_the_three_ways_of_calibrating_differ(
    candidate: Callable[..., Candidate], workload: Callable[..., Workload], tmp_path: Path
) -> None:
    parent = candidate("transformer")
    calibration = workload(parent, train=True)
    made = [
        lever_named("int8-static").make(
            parent, tmp_path, settings={"method": method}, calibration=calibration
        )
        for method in ("minmax", "entropy", "percentile")
    ]
    compared = {comparison_of(c).largest_difference for c in made}  # pyright: ignore[reportOptionalMemberAccess]
    assert len(compared) == 3


def test_pruned_models_are_really_smaller(
    candidate: Callable[..., Candidate], workload: Callable[..., Workload], tmp_path: Path
) -> None:
    for kind in ("mlp", "cnn", "transformer"):
        parent = candidate(kind)
        made = lever_named("pruning").make(
            parent, tmp_path, settings={"share": 0.25}, calibration=workload(parent, train=True)
        )
        assert made.facts.parameters < 0.9 * parent.facts.parameters
        assert accuracy(made, workload(parent)) > accuracy(parent, workload(parent)) - 0.1


@pytest.mark.parametrize("kind", ["forest", "boosting", "xgboost", "lightgbm"])
def test_the_curve_of_trees_ends_at_the_parent(
    candidate: Callable[..., Candidate], workload: Callable[..., Workload], kind: str
) -> None:
    parent = candidate(kind)
    data = workload(parent)
    found = accuracy_curve(parent, data, (0.1, 0.5, 1.0))
    curve = found.points
    whole = curve[-1].accuracy_points
    assert found.least(Limits(most_loss_points=2.0)) == pytest.approx(whole - 2.0)
    assert found.least(Limits(most_loss_points=2.0, floor_points=99.9)) == 99.9
    assert found.least(Limits(most_loss_points=None)) is None
    assert [p.trees for p in curve] == sorted(p.trees for p in curve)
    assert curve[-1].accuracy_points == pytest.approx(100 * accuracy(parent, data))
    assert curve[0].accuracy_points < curve[-1].accuracy_points


def test_truncated_boosting_is_that_of_scikit_learn(
    candidate: Callable[..., Candidate], workload: Callable[..., Workload], tmp_path: Path
) -> None:
    """Half of 20 rounds equals a model trained with 10 rounds (same seed, no early stop)."""
    parent, shorter = candidate("boosting"), candidate("boosting", rounds=10)
    made = lever_named("fewer-trees").make(parent, tmp_path)
    inputs = workload(parent).inputs
    ours, theirs = run_model(made.path, inputs), run_model(shorter.path, inputs)
    np.testing.assert_allclose(ours["probabilities"], theirs["probabilities"], atol=1e-5)


def test_sensitivity_finds_the_head_of_the_cnn(
    candidate: Callable[..., Candidate], workload: Callable[..., Workload], tmp_path: Path
) -> None:
    parent = candidate("cnn")
    calibration, data = workload(parent, train=True), workload(parent)
    layers = sensitivity_of(parent, calibration)
    assert [layer.nodes for layer in layers] == [("conv1",), ("conv2",), ("head",)]
    assert max(layers, key=lambda s: s.relative_difference).nodes == ("head",)
    plain = lever_named("int8-static").make(parent, tmp_path, calibration=calibration)
    mixed = lever_named("mixed-int8").make(parent, tmp_path, calibration=calibration)
    assert mixed.lever_settings["keep"] == ["head"]
    assert accuracy(mixed, data) > accuracy(plain, data)


def test_run_time_levers_make_no_file(candidate: Callable[..., Candidate], tmp_path: Path) -> None:
    parent = candidate("mlp")
    made = lever_named("batch").make(parent, tmp_path, settings={"batch_size": 64})
    assert made.path == parent.path
    assert made.key != parent.key
    assert made.run_options == {"batch_size": 64}
    assert not list(tmp_path.iterdir())
    fixed = lever_named("batch").obstacle(candidate("dense", batch=8))
    assert "fixed at 8" in str(fixed)


def _q(value: float, unit: str = "J", half: float = 0.1) -> Quantity:
    low, high = value * (1 - half), value * (1 + half)
    return Quantity.from_interval(
        value, low, high, unit, Provenance.MEASURED, "test", f"of {value}"
    )


def test_cache_saves_its_hit_rate_less_the_look_up() -> None:
    cache = lever_named("cache")
    assert isinstance(cache, OperationalLever)
    found = cache.effect(_q(0.3, "1"), _q(2.0), _q(0.02))
    assert found.energy_ratio.value == pytest.approx(0.71)
    with pytest.raises(LeverError, match="between 0 and 1"):
        cache.effect(_q(1.3, "1"), _q(2.0))


def test_cascade_is_learnt_on_one_half_and_judged_on_the_other(
    candidate: Callable[..., Candidate], workload: Callable[..., Workload]
) -> None:
    small, large = candidate("dense"), candidate("cnn")
    truth = workload(small).labels
    given = {
        c.key: answers_from_outputs(run_model(c.path, workload(c).inputs), workload(c).task, None)
        for c in (small, large)
    }
    first = np.arange(len(truth)) < len(truth) // 2

    def part(c: Candidate, rows: np.ndarray) -> object:
        whole = given[c.key]
        return type(whole)(whole.labels[rows], whole.probabilities[rows], whole.classes)

    lever = lever_named("cascade")
    plan = lever.learn("accuracy", truth[first], part(small, first), part(large, first), 0.3)
    assert plan.validation_loss_points <= 0.3
    assert 0 < plan.validation_escalation < 1
    assert plan.curve[0].escalated == 0
    assert (plan.curve[-1].escalated, plan.curve[-1].loss_points) == (1, 0)
    cheaper = [p for p in plan.curve if p.threshold < plan.threshold]
    assert all(p.loss_points > 0.3 for p in cheaper)  # the lowest threshold that will do
    rest = (truth[~first], part(small, ~first), part(large, ~first))
    judged = lever.judge(plan, "accuracy", *rest)
    found = lever.effect(plan, judged, _q(1.0), _q(50.0))
    share = found.energy_ratio.value - 1 / 50
    assert share == pytest.approx(np.mean(judged.escalated_draws), abs=0.01)
    assert 0 < judged.escalated.low < share < judged.escalated.high < 1
    assert len(judged.loss_draws) == len(judged.escalated_draws) == 1000
    assert found.accuracy_loss.low <= found.accuracy_loss.value <= found.accuracy_loss.high


def test_move_changes_carbon_not_energy() -> None:
    hours = [_q(100 + 10 * n, "gCO2e/kWh") for n in range(24)]
    found = lever_named("move").effect_of_hours(hours, 4, 1.0)
    assert found.energy_ratio is None
    assert found.settings == {"hours": [0, 1, 2, 3]}
    assert found.intensity_ratio.value == pytest.approx(115 / 215)


def test_retire_without_a_known_fallback_stays_unknown() -> None:
    retire = lever_named("retire")
    assert retire.effect(_q(1.0), "human", None).energy_ratio is None
    assert retire.effect(_q(1.0), "rule", None, 0.0).energy_ratio.value == 0


def test_smaller_siblings_share_inputs(candidate: Callable[..., Candidate]) -> None:
    sibling = lever_named("smaller-sibling")
    others = [candidate("dense"), candidate("mlp"), candidate("transformer")]
    names = [c.name for c in sibling.siblings(candidate("transformer"), others)]
    assert names == ["dense", "mlp"]  # same 64 values a sample, fewer operations


def test_why_int8_may_gain_nothing(candidate: Callable[..., Candidate], tmp_path: Path) -> None:
    parent = candidate("mlp")
    made = lever_named("int8-dynamic").make(parent, tmp_path)
    said = " ".join(map(str, why_no_gain(parent, made, frozenset({"avx2"}))))
    assert "matrices are small" in said
    assert "VNNI" in said
    assert "VNNI" not in " ".join(map(str, why_no_gain(parent, made, frozenset({"avx512_vnni"}))))


def test_why_int8_gains_nothing_on_a_gpu(
    candidate: Callable[..., Candidate], workload: Callable[..., Workload], tmp_path: Path
) -> None:
    """As measured on an H100: 1.5 times the energy of fp32 where static, 9 times where dynamic."""
    parent = candidate("mlp")
    dynamic = lever_named("int8-dynamic").make(parent, tmp_path)
    rows = workload(parent, train=True)
    static = lever_named("int8-static").make(parent, tmp_path, calibration=rows)
    flags = frozenset({"avx2"})
    assert "CUDA kernel" in " ".join(map(str, why_no_gain(parent, dynamic, flags, gpu=True)))
    assert "TensorRT" in " ".join(map(str, why_no_gain(parent, static, flags, gpu=True)))
    for made in (dynamic, static):
        assert "CUDA" not in " ".join(map(str, why_no_gain(parent, made, flags)))


def test_your_own_tool(candidate: Callable[..., Candidate], tmp_path: Path) -> None:
    copy = f"{sys.executable} -c 'import shutil,sys; shutil.copy(*sys.argv[1:])'"
    made = CommandLever("own", f"{copy} {{in}} {{out}}").make(candidate("mlp"), tmp_path)
    assert (made.lever, made.parent_key) == ("own", candidate("mlp").key)
    for command, word in (
        ("no-such-tool {in} {out}", "no command"),
        (f"{sys.executable} -c 'raise SystemExit(\"out of luck\")' {{in}} {{out}}", "out of luck"),
        (f"{sys.executable} -c '' {{in}} {{out}}", "wrote no file"),
        (f"{sys.executable} -c 'import sys; open(sys.argv[2],\"w\").write(\"x\")' {{in}} {{out}}",
         "not an ONNX model"),
        ("tool", "must name"),
    ):  # fmt: skip
        with pytest.raises(LeverError, match=word):
            CommandLever("own", command).make(candidate("mlp"), tmp_path / "other")


def test_a_broken_plug_in_is_contained_and_named(candidate: Callable[..., Candidate]) -> None:
    def explode(*_given: object, **_more: object) -> None:
        raise ZeroDivisionError("oops")

    inner = SimpleNamespace(
        name="bad", kind="shrink", title="t", changes="c", needs=(), risks=(), obstacle=explode,
        expected_energy_ratio=explode, variants=explode, make=explode,
    )  # fmt: skip
    lever = ContainedLever(inner)
    assert "plug-in bad is broken" in str(lever.obstacle(candidate("mlp")))
    assert lever.variants(candidate("mlp")) == ()
    with pytest.raises(LeverError, match="plug-in bad is broken"):
        lever.make(candidate("mlp"), Path())


def test_every_lever_says_what_it_needs_to() -> None:
    names = [lever.name for lever in catalogue()]
    assert len(set(names)) == len(names) >= 16
    for lever in catalogue():
        assert str(lever.title)
        assert str(lever.changes)
        assert lever.risks
        assert isinstance(lever, MakingLever | OperationalLever)


def test_the_exported_copy_states_its_measured_energy(
    candidate: Callable[..., Candidate], tmp_path: Path
) -> None:
    parent = candidate("mlp")
    path = export_with_energy(parent, _q(0.002, "J/inference"), tmp_path)
    stated = json.loads(read_candidate(path).facts.metadata[PREFIX + "energy"])
    assert stated["value"] == 0.002
    assert stated["provenance"] == "measured"
    assert stated["measured_sha256"] == parent.sha256
    assert [p.name for p in tmp_path.iterdir()] == [path.name]
