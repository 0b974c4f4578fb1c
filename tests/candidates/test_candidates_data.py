"""Labelled data from files: mapping, casting, guesses, and each kind of bad data in words."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import true_models

from advisor.candidates import (
    Candidate,
    Task,
    TensorSpec,
    UnusableDataError,
    Workload,
    read_workload,
    synthetic_workload,
)
from advisor.candidates.inference import run_model
from advisor.candidates.rows import RowSplit, check_disjoint, split_for_calibration

TWO = (
    TensorSpec(name="age", dtype="int64", shape=("N", 1)),
    TensorSpec(name="x", dtype="float32", shape=("N", 3)),
)


@pytest.fixture
def table() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.random((20, 3)), columns=["a", "b", "c"])
    frame["age"] = rng.integers(18, 80, 20)
    frame["default"] = rng.integers(0, 2, 20)
    frame["region"] = np.where(frame["age"] > 40, "north", "south")
    return frame


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_table_is_mapped_by_name_then_by_what_is_left(
    tmp_path: Path, table: pd.DataFrame, kind: str
) -> None:
    path = tmp_path / f"data.{kind}"
    table.to_csv(path, index=False) if kind == "csv" else table.to_parquet(path)
    found = read_workload(path, TWO, group="region")
    assert found.inputs["age"].shape == (20, 1)
    assert found.inputs["x"].dtype == np.float32
    np.testing.assert_allclose(found.inputs["x"], table[["a", "b", "c"]], rtol=1e-6)
    assert found.task is Task.BINARY
    assert found.metric == "auc"
    assert list(found.groups) == list(table["region"])
    assert any("float64 read as float32" in str(note) for note in found.notes)


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_columns_of_words_feed_no_numbers_and_are_named(
    tmp_path: Path, table: pd.DataFrame, kind: str
) -> None:
    table["comment"] = [None, *["a, b"] * 19]
    path = tmp_path / f"data.{kind}"
    table.to_csv(path, index=False) if kind == "csv" else table.to_parquet(path)
    found = read_workload(path, TWO)
    np.testing.assert_allclose(found.inputs["x"], table[["a", "b", "c"]], rtol=1e-6)
    assert any("region, comment" in str(note) for note in found.notes)

    table["b"] = table["b"].astype(str).where(table.index != 7, "n. a.")
    path = tmp_path / f"mixed.{kind}"
    table.to_csv(path, index=False) if kind == "csv" else table.to_parquet(path)
    refused = "“b”.*n. a." if kind == "csv" else "takes 3 values.*offers 2"
    with pytest.raises(UnusableDataError, match=refused):
        read_workload(path, TWO)


def test_mapping_can_be_given_and_only_needed_columns_are_read(
    tmp_path: Path, table: pd.DataFrame
) -> None:
    table["broken"] = "text"
    path = tmp_path / "data.csv"
    table.to_csv(path, index=False, sep=";")
    found = read_workload(path, TWO, label="default", mapping={"x": ["c", "b", "a"]}, metric="f1")
    np.testing.assert_allclose(found.inputs["x"][:, 0], table["c"], rtol=1e-6)
    assert found.metric == "f1"


def test_pixel_columns_become_an_image(
    candidate: Callable[..., Candidate], data_files: tuple[Path, Path]
) -> None:
    found = read_workload(data_files[0], candidate("cnn").facts.inputs)
    assert found.inputs["X"].shape == (719, 1, 8, 8)
    assert (found.task, found.metric, found.samples) == (Task.CLASSIFICATION, "accuracy", 719)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (lambda t: t.drop(columns="c"), "takes 3 values"),
        (lambda t: t.assign(a="text"), "offers 2.*Left out.*: a"),
        (lambda t: t.iloc[:0], "no samples"),
        (lambda t: t.assign(default=[None, *t["default"][1:]]), "no label"),
    ],
    ids=["too few columns", "text", "no rows", "missing labels"],
)
def test_bad_tables(
    tmp_path: Path,
    table: pd.DataFrame,
    change: Callable[[pd.DataFrame], pd.DataFrame],
    word: str,
) -> None:
    path = tmp_path / "data.csv"
    change(table).to_csv(path, index=False)
    with pytest.raises(UnusableDataError, match=word):
        read_workload(path, TWO, group="region")


def test_bad_files(tmp_path: Path, table: pd.DataFrame) -> None:
    def refused(path: Path, **asked: object) -> str:
        with pytest.raises(UnusableDataError) as raised:
            read_workload(path, TWO, **asked)  # pyright: ignore[reportArgumentType]
        return str(raised.value)

    assert "does not exist" in refused(tmp_path / "nothing.csv")
    assert "folder" in refused(tmp_path)
    (tmp_path / "data.xlsx").write_bytes(b"x")
    assert ".npz, .csv or .parquet" in refused(tmp_path / "data.xlsx")
    (tmp_path / "data.npz").write_bytes(b"not a zip")
    assert "cannot be read" in refused(tmp_path / "data.npz")
    np.savez(tmp_path / "odd.npz", age=np.ones((3, 1)), x=np.ones((4, 3)))
    assert "differ in length" in refused(tmp_path / "odd.npz")
    np.savez(tmp_path / "objects.npz", age=np.ones((3, 1)), x=np.array([{}, {}, {}]))
    assert "could run code" in refused(tmp_path / "objects.npz")
    table.to_csv(tmp_path / "data.csv", index=False)
    assert "no column “nope”" in refused(tmp_path / "data.csv", label="nope")
    assert "not a metric" in refused(tmp_path / "data.csv", group="region", metric="nope")
    assert "does not suit" in refused(tmp_path / "data.csv", group="region", metric="rmse")


@pytest.mark.parametrize("kind", ["logistic", "cnn", "transformer", "lstm", "xgboost"])
def test_synthetic_inputs_fit_the_signature(candidate: Callable[..., Candidate], kind: str) -> None:
    found = candidate(kind)
    made = synthetic_workload(found.facts, 16, seed=3)
    again = synthetic_workload(found.facts, 16, seed=3)
    assert made.labels is None
    assert made.sha256 == again.sha256
    assert run_model(found.path, made.inputs)


def test_calibration_must_not_overlap(workload: Callable[..., object], candidate: object) -> None:
    dense = candidate("dense")  # pyright: ignore[reportCallIssue]
    test, train = workload(dense), workload(dense, train=True)
    check_disjoint(train, test)
    with pytest.raises(UnusableDataError, match="evaluation samples too"):
        check_disjoint(test, test)
    split = split_for_calibration(test)
    calibration, evaluation = split.parts(test)
    check_disjoint(calibration, evaluation)
    assert calibration.samples + evaluation.samples == test.samples
    assert split_for_calibration(test) == split
    again = RowSplit.model_validate_json(split.model_dump_json()).parts(test)
    assert [w.sha256 for w in again] == [calibration.sha256, evaluation.sha256]
    both = split.model_copy(update={"evaluation": ((0, test.samples),)})
    with pytest.raises(UnusableDataError, match="to calibrate and to judge"):
        both.parts(test)
    elsewhere = split.model_copy(update={"evaluation": ((0, 10**6),), "calibration": ()})
    with pytest.raises(UnusableDataError, match="belongs to other data"):
        elsewhere.parts(test)


@pytest.mark.parametrize("kind", ["another order", "as float32", "with zeros of either sign"])
def test_the_same_rows_are_found_however_they_were_saved(kind: str) -> None:
    rng = np.random.default_rng(0)
    values = rng.random((40, 3))
    values[::4] = 0.0
    texts = np.array([f"顧客{n % 7}" for n in range(40)], object)
    judged = Workload("judged", {"x": values, "name": texts})
    rows = rng.permutation(40)[:9]
    other = {"another order": values, "as float32": values.astype(np.float32).astype(np.float64),
             "with zeros of either sign": np.where(values == 0, -0.0, values)}[kind]  # fmt: skip
    calibration = Workload("calibration", {"x": other[rows], "name": texts[rows].astype(str)})
    with pytest.raises(UnusableDataError, match="9 of 9"):
        check_disjoint(calibration, judged)
    longer = np.array([*texts[:-1], "a name longer than any other"], object)
    with pytest.raises(UnusableDataError, match="39 of 40"):
        check_disjoint(Workload("longer", {"x": values, "name": longer.astype(str)}), judged)


def test_the_helper_data_is_disjoint(tmp_path: Path) -> None:
    train, test, _, _ = true_models.digits()
    assert len(train) + len(test) == 1797
    assert tmp_path.exists()
