"""Running a model once over some samples, to compare answers; energy is the bench's business.

ONNX Runtime on the CPU, in this process, in chunks: a graph with a fixed batch gets exactly that
batch (the last one padded and cut again).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from advisor.candidates.candidate import UnusableModelError
from advisor.sentences import sentence

Array = NDArray[Any]
_CHUNK = 256
_ERRORS_ONLY = 3
_LOADING = re.compile(r"^.*Load model from .*? failed: ?")
"""The path in between is a scratch folder's."""


def open_session(
    model: Path | bytes, name: str, threads: int = 1, *, parallel: bool = False
) -> Any:
    """An ONNX Runtime session on the CPU. Raises `UnusableModelError` when it does not load.

    `threads` 0 leaves their number to ONNX Runtime; `parallel` runs branches side by side.
    """
    import onnxruntime as ort  # a quarter of a second: only when a model is really run

    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    if parallel:
        options.execution_mode = ort.ExecutionMode.ORT_PARALLEL
    else:
        options.inter_op_num_threads = 1
    options.log_severity_level = _ERRORS_ONLY
    try:
        source = str(model) if isinstance(model, Path) else model
        return ort.InferenceSession(source, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime raises a dozen unrelated types
        raise UnusableModelError(
            sentence(
                "ONNX Runtime cannot load {file}: {reason}",
                file=name,
                reason=runtime_reason(error),
            )
        ) from error


def run_model(
    model: Path | bytes | Any, inputs: Mapping[str, Array], name: str = "the model"
) -> dict[str, Any]:
    """Outputs by name for all samples: arrays, or lists of dicts for `ZipMap`.

    `model` is a path, a serialised model or an open session. Raises `UnusableModelError`.
    """
    session = open_session(model, name) if isinstance(model, Path | bytes) else model
    wanted = {entry.name for entry in session.get_inputs()}
    inputs = {key: values for key, values in inputs.items() if key in wanted}
    if wanted - inputs.keys():
        raise UnusableModelError(
            sentence(
                "{file} wants the input “{input}”, which the data does not give.",
                file=name,
                input=", ".join(sorted(wanted - inputs.keys())),
            )
        )
    samples = len(next(iter(inputs.values())))
    first = session.get_inputs()[0].shape if session.get_inputs() else []
    fixed = first[0] if first and isinstance(first[0], int) else None
    chunk = fixed or _CHUNK
    parts: list[list[Any]] = []
    for start in range(0, samples, chunk):
        feed = {k: _padded(v[start : start + chunk], fixed) for k, v in inputs.items()}
        try:
            parts.append(session.run(None, feed))
        except Exception as error:  # ONNX Runtime raises a dozen unrelated types
            raise UnusableModelError(
                sentence(
                    "ONNX Runtime cannot run {file}: {reason}",
                    file=name,
                    reason=runtime_reason(error),
                )
            ) from error
    names = [output.name for output in session.get_outputs()]
    return {n: _joined([p[i] for p in parts], samples) for i, n in enumerate(names)}


def runtime_reason(error: Exception) -> str:
    """ONNX Runtime's message without its source paths and codes, at most 200 characters."""
    text = " ".join(str(error).split())
    for mark in (
        " : FAIL : ",
        " : NOT_IMPLEMENTED : ",
        " : INVALID_GRAPH : ",
        " : INVALID_ARGUMENT",
    ):
        if mark in text:
            text = text.split(mark, 1)[1]
    text = _LOADING.sub("", text)
    return (text[:200] or type(error).__name__).rstrip(".") + "."


def _padded(values: Array, batch: int | None) -> Array:
    if batch is None or len(values) == batch:
        return values
    return np.concatenate([values, np.repeat(values[-1:], batch - len(values), axis=0)])


def _joined(parts: list[Any], samples: int) -> Any:
    if isinstance(parts[0], list):
        return [row for part in parts for row in part][:samples]
    arrays = [np.asarray(part) for part in parts]
    if arrays[0].ndim == 0:
        return arrays[0]
    return np.concatenate(arrays)[:samples]
