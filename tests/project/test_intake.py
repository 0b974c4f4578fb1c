"""Models, variants and data come into a project; what cannot be used is refused with a sentence."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from advisor.candidates import UnusableDataError
from advisor.candidates.levers import LeverError
from advisor.project import Project
from advisor.project.intake import (
    add_data,
    add_models,
    add_variant,
    calibration_for,
    lever_kinds,
    workload_for,
)
from advisor.project.variants import plan_variants


def linear(path, input_name="X", shape=("N", 6), width=6):
    weights = np.random.default_rng(0).normal(size=(width, 3)).astype(np.float32)
    nodes = [helper.make_node("MatMul", ["flat", "W"], ["scores"])]
    nodes.insert(0, helper.make_node("Flatten", [input_name], ["flat"]))
    graph = helper.make_graph(
        nodes,
        "linear",
        [helper.make_tensor_value_info(input_name, TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["N", 3])],
        [numpy_helper.from_array(weights, "W")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 10
    onnx.save(model, path)
    return path


@pytest.fixture
def project(tmp_path):
    with Project.create(tmp_path / "bank.advisor") as opened:
        yield opened


@pytest.fixture
def data(tmp_path):
    rng = np.random.default_rng(1)
    path = tmp_path / "test.npz"
    np.savez(path, X=rng.normal(size=(40, 6)).astype(np.float32), label=rng.integers(0, 3, 40))
    return path


def test_good_files_come_in_and_bad_ones_are_refused_each_with_its_reason(project, tmp_path):
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"not a model")
    added, refused = add_models(project, [linear(tmp_path / "a.onnx"), broken])
    assert [c.name for c in added] == ["a"]
    assert [r.path for r in refused] == [broken]
    assert "broken.onnx" in str(refused[0].error)
    assert [c.name for c in project.candidates.all()] == ["a"]


def test_a_variant_stands_beside_its_parent(project, tmp_path):
    (parent,), _ = add_models(project, [linear(tmp_path / "a.onnx")])
    made = add_variant(project, parent, "int8-dynamic")
    assert made.parent_key == parent.key
    assert made.path.parent.name == "bank-variants"
    assert project.candidates.get(made.key) == made
    assert lever_kinds(project.candidates.all()) == {made.key: "quantise"}
    with pytest.raises(LeverError, match="not a lever"):
        add_variant(project, parent, "magic")


def test_data_is_remembered_and_read_again(project, tmp_path, data):
    (model,), _ = add_models(project, [linear(tmp_path / "a.onnx")])
    source, workload = add_data(project, data, [model], label="label")
    again = workload_for([model], project.workloads.get(source.key))
    assert again.sha256 == workload.sha256
    assert np.array_equal(again.inputs["X"], workload.inputs["X"])


def test_a_split_source_reads_the_same_rows_again(project, tmp_path, data):
    (model,), _ = add_models(project, [linear(tmp_path / "a.onnx")])
    source, whole = add_data(project, data, [model], label="label")
    plan = plan_variants(project, [model], source, whole)
    part = source.model_copy(update={"rows": plan.split, "sha256": plan.workload.sha256})
    project.workloads.put(part)
    kept = project.workloads.get(part.key)
    assert kept == part != source
    assert workload_for([model], kept).sha256 == plan.workload.sha256
    assert calibration_for([model], kept).sha256 == plan.calibration.sha256
    everything = plan.split.model_copy(update={"evaluation": ((0, 40),)})
    with pytest.raises(UnusableDataError, match="to calibrate and to judge"):
        calibration_for([model], kept.model_copy(update={"rows": everything}))


def test_data_that_changed_since_is_refused(project, tmp_path, data):
    (model,), _ = add_models(project, [linear(tmp_path / "a.onnx")])
    source, _ = add_data(project, data, [model], label="label")
    np.savez(data, X=np.zeros((40, 6), np.float32), label=np.zeros(40, int))
    with pytest.raises(UnusableDataError, match="content changed"):
        workload_for([model], source)


def test_two_models_with_different_input_names_share_the_data(project, tmp_path, data):
    models, _ = add_models(
        project, [linear(tmp_path / "a.onnx"), linear(tmp_path / "b.onnx", input_name="features")]
    )
    _, workload = add_data(project, data, models, label="label")
    assert np.array_equal(workload.inputs["X"], workload.inputs["features"])


def test_one_input_name_in_two_shapes_is_refused(project, tmp_path, data):
    models, _ = add_models(
        project,
        [linear(tmp_path / "a.onnx"), linear(tmp_path / "b.onnx", shape=("N", 2, 3))],
    )
    with pytest.raises(UnusableDataError, match="another shape"):
        add_data(project, data, models, label="label")


def test_without_data_the_inputs_are_synthetic_and_accuracy_unknown(project, tmp_path):
    (model,), _ = add_models(project, [linear(tmp_path / "a.onnx")])
    source, workload = add_data(project, None, [model])
    assert workload.synthetic
    assert workload.labels is None
    assert workload_for([model], source).sha256 == workload.sha256
