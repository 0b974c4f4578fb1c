"""From a changed graph to a candidate on disk: checked, compared with its parent, written whole.

Every file that a lever makes goes through `finish`: ONNX checker, loads in ONNX Runtime, same
signature as the parent, outputs compared on the same inputs, lineage in `metadata_props`, atomic
write. A variant that fails any of these is not written.
"""

from __future__ import annotations

import io
import json
import logging
import os
import tempfile
from collections.abc import Generator, Mapping
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import ModelProto, TensorProto, numpy_helper
from pydantic import BaseModel, ConfigDict

from advisor import __version__
from advisor.candidates.candidate import Candidate, GraphFacts, TensorSpec, UnusableModelError
from advisor.candidates.graph import graph_facts, read_candidate
from advisor.candidates.graph_walk import tensor_bytes
from advisor.candidates.inference import open_session, run_model
from advisor.candidates.levers.lever import LeverError
from advisor.candidates.levers.lineage import COMPARISON, write_lineage
from advisor.candidates.synthetic import synthetic_workload
from advisor.candidates.workload import Workload, spread_inputs
from advisor.sentences import sentence

_COMPARED_SAMPLES = 64
_LARGEST_IN_ONE_FILE = 1_900_000_000
"""A protobuf message ends at 2 GiB; above this the weights go into a file beside the model."""


class Comparison(BaseModel):
    """How far a variant's outputs are from its parent's, on the same inputs."""

    model_config = ConfigDict(frozen=True)

    samples: int
    synthetic: bool
    largest_difference: float
    """Largest absolute difference of any float output."""
    largest_relative_difference: float
    """The same over the largest absolute value of that output in the parent."""
    equal_labels: float | None
    """Share of samples with the same class answered; None where no output is a label or scores."""


def load_whole(candidate: Candidate) -> ModelProto:
    """The model with its external weights in memory. Raises `LeverError`."""
    try:
        return with_raw_weights(onnx.load(str(candidate.path)))
    except (OSError, ValueError, onnx.checker.ValidationError) as error:
        raise LeverError(
            sentence(
                "{file} can no longer be read ({reason}); open it again.",
                file=candidate.path.name,
                reason=str(error),
            )
        ) from error


def with_raw_weights(model: ModelProto) -> ModelProto:
    """The model with its weights as raw bytes: lists of numbers make every library crawl."""
    for tensor in model.graph.initializer:
        if not tensor.HasField("raw_data") and tensor.data_type != TensorProto.STRING:
            tensor.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(tensor), tensor.name))
    return model


def finish(
    parent: Candidate,
    model: ModelProto,
    folder: Path,
    lever: str,
    settings: Mapping[str, Any],
    calibration: Workload | None = None,
    label: str | None = None,
) -> Candidate:
    """The variant as a candidate on disk, named parent.label (the lever's name when left out).

    `settings` are all settings that made it, for the record. Raises `LeverError` when the variant
    is not fit to be a candidate.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = _free_path(folder, parent, label or lever)
    with drafted(folder, path.name) as draft:
        save_whole(model, draft)
        _check(draft, lever)
        check_signature(parent.facts, graph_facts(model), lever)
        compared = compare(parent, draft, calibration)
        write_lineage(model, parent.key, lever, dict(settings), __version__)
        model.metadata_props.add(key=COMPARISON, value=compared.model_dump_json())
        save_whole(model, draft)
    made = read_candidate(path)
    return made.model_copy(update={"family": parent.family, "run_options": parent.run_options})


@contextmanager
def drafted(folder: Path, name: str) -> Generator[Path]:
    """A path to write a model to; what lies there at the end moves into the folder, or nothing."""
    with tempfile.TemporaryDirectory(prefix=".making-", dir=folder) as scratch:
        draft = Path(scratch) / name
        yield draft
        for made in sorted(Path(scratch).iterdir(), key=lambda p: p == draft):
            os.replace(made, folder / made.name)  # noqa: PTH105 - the graph last, when all is there


def _free_path(folder: Path, parent: Candidate, label: str) -> Path:
    """Parent and label as a file name; models of one name but other content keep apart."""
    path = folder / f"{parent.name}.{label}.onnx"
    if path.exists():
        try:
            same = read_candidate(path).parent_key == parent.key
        except UnusableModelError:
            same = True  # the remains of something broken: written over
        if not same:
            return folder / f"{parent.name}.{parent.sha256[:8]}.{label}.onnx"
    return path


def variant_name(lever: str, settings: Mapping[str, Any] | None) -> str:
    """Lever and the settings that differ from its defaults, fit for a file name."""
    parts = [lever]
    for key, value in (settings or {}).items():
        if isinstance(value, bool):
            parts.append(key if value else f"no-{key}")
        elif isinstance(value, str | int | float):
            parts.append(f"{key}-{value}")
    text = "-".join(parts).replace("_", "-")
    return "".join(c if c.isalnum() or c in "-." else "-" for c in text)


def comparison_of(candidate: Candidate) -> Comparison | None:
    """The comparison with the parent that is written in a variant's file."""
    text = candidate.facts.metadata.get(COMPARISON)
    return Comparison.model_validate_json(text) if text else None


def compare(parent: Candidate, variant: Path, calibration: Workload | None) -> Comparison:
    """Outputs of parent and variant on up to 64 samples (synthetic ones without data)."""
    workload = calibration or synthetic_workload(parent.facts, _COMPARED_SAMPLES, seed=0)
    inputs = spread_inputs(workload, _COMPARED_SAMPLES)
    try:
        before = run_model(parent.path, inputs, parent.path.name)
        after = run_model(variant, inputs, variant.name)
    except UnusableModelError as error:
        raise LeverError(error.said) from error
    largest, relative, equal = 0.0, 0.0, None
    highest: float | None = None
    for name in before.keys() & after.keys():
        a, b = _scores(before[name]), _scores(after[name])
        if a.shape != b.shape:
            raise LeverError(
                sentence(
                    "The variant's output “{output}” has another shape than its parent's; it was "
                    "not kept.",
                    output=name,
                )
            )
        if a.dtype.kind == "f":
            if not np.isfinite(b[np.isfinite(a)]).all():
                raise LeverError(
                    sentence(
                        "The variant's output “{output}” holds values that are not finite; it was "
                        "not kept.",
                        output=name,
                    )
                )
            gap = float(np.max(np.abs(a - b), initial=0.0))
            largest = max(largest, gap)
            relative = max(relative, gap / max(float(np.max(np.abs(a), initial=0.0)), 1e-12))
            if a.ndim == 2 and a.shape[1] > 1:
                highest = float(np.mean(a.argmax(axis=1) == b.argmax(axis=1)))
        elif a.ndim == 1:
            equal = float(np.mean(a == b))
    return Comparison(
        samples=len(next(iter(inputs.values()))),
        synthetic=workload.synthetic,
        largest_difference=largest,
        largest_relative_difference=relative,
        equal_labels=highest if equal is None else equal,
    )


def check_signature(parent: GraphFacts, variant: GraphFacts, lever: str) -> None:
    """Same names, element types and fixed sizes of inputs and outputs. Raises `LeverError`."""
    for before, after in ((parent.inputs, variant.inputs), (parent.outputs, variant.outputs)):
        by_name = {spec.name: spec for spec in after}
        for spec in before:
            if spec.name not in by_name or not _same(spec, by_name[spec.name]):
                raise LeverError(
                    sentence(
                        "{lever} changed the model's signature at “{name}”; the variant was not "
                        "kept.",
                        lever=lever,
                        name=spec.name,
                    )
                )


@contextmanager
def quiet() -> Generator[None]:
    """Keep what the quantiser prints and logs for developers out of our stdout and log."""
    root, library = logging.getLogger(), logging.getLogger("onnxruntime")
    level = library.level

    def nothing(_record: logging.LogRecord) -> bool:
        return False

    root.addFilter(nothing)  # only what is logged on the root logger itself, as the quantiser does
    library.setLevel(logging.CRITICAL + 1)
    try:
        with redirect_stdout(io.StringIO()):
            yield
    finally:
        root.removeFilter(nothing)
        library.setLevel(level)


def _same(before: TensorSpec, after: TensorSpec) -> bool:
    if before.dtype != after.dtype:
        return False
    if not before.shape or not after.shape:
        return True
    return len(before.shape) == len(after.shape) and all(
        not (isinstance(a, int) and isinstance(b, int)) or a == b
        for a, b in zip(before.shape, after.shape, strict=True)
    )


def _scores(output: Any) -> NDArray[Any]:
    if isinstance(output, list):
        return np.asarray([list(row.values()) for row in output], np.float64)
    return np.asarray(output)


def bytes_in_one_file(model: ModelProto) -> int:
    """About how long the message would be; protobuf itself cannot say so above 2 GiB."""
    return sum(tensor_bytes(tensor) for tensor in model.graph.initializer)


def save_whole(model: ModelProto, path: Path) -> None:
    """Write a model, with its weights beside it where one file cannot hold them."""
    if bytes_in_one_file(model) < _LARGEST_IN_ONE_FILE:
        path.write_bytes(model.SerializeToString())
        return
    whole = ModelProto()
    whole.CopyFrom(model)
    with_raw_weights(whole)  # only raw values can lie outside
    onnx.save_model(whole, str(path), save_as_external_data=True, location=path.name + ".data")


def run_whole(model: ModelProto, inputs: Mapping[str, NDArray[Any]], name: str) -> dict[str, Any]:
    """Outputs of a model in memory; one too large for a single message runs from a scratch file.

    Raises `UnusableModelError`.
    """
    if bytes_in_one_file(model) < _LARGEST_IN_ONE_FILE:
        return run_model(model.SerializeToString(), inputs, name)
    with tempfile.TemporaryDirectory(prefix="carbon-advisor-") as scratch:
        path = Path(scratch) / "model.onnx"
        save_whole(model, path)
        return run_model(path, inputs, name)


def _check(path: Path, lever: str) -> None:
    try:
        onnx.checker.check_model(str(path))
    except onnx.checker.ValidationError as error:
        raise LeverError(
            sentence(
                "{lever} made a model that the ONNX checker refuses ({reason}); it was not kept.",
                lever=lever,
                reason=" ".join(str(error).split())[:160],
            )
        ) from error
    try:
        open_session(path, path.name)
    except UnusableModelError as error:
        raise LeverError(error.said) from error


def settings_text(settings: Mapping[str, Any]) -> str:
    """Settings as one line for a reader: `method=minmax, per_channel=True`."""
    return ", ".join(
        f"{k}={json.dumps(v, default=str).strip(chr(34))}" for k, v in settings.items()
    )
