"""Measured energy out into an ONNX model's `metadata_props`, so that a model carries its figure.

Keys begin with `carbon_advisor.`; the digest of the measured file stands among them, since writing
metadata changes the file's own digest. The graph and its weights are not touched.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import onnx
from google.protobuf.message import DecodeError

from advisor.bench import Measurement
from advisor.collect.imported import CollectError
from advisor.sentences import sentence

PREFIX = "carbon_advisor."


def energy_properties(m: Measurement, sha256: str, program: str) -> dict[str, str]:
    """What is written, by key."""
    said = {
        "energy_j_per_inference": repr(m.energy_j.value),
        "energy_j_per_inference_low": repr(m.energy_j.low),
        "energy_j_per_inference_high": repr(m.energy_j.high),
        "provenance": str(m.energy_j.provenance),
        "device": m.device,
        "batch_size": str(m.batch_size),
        "coverage": m.coverage,
        "run": m.run_id,
        "workload_sha256": m.workload_sha256,
        "measured_model_sha256": sha256,
        "program": program,
    }
    return {PREFIX + key: value for key, value in said.items()}


def write_properties(model: Path, out: Path, properties: dict[str, str]) -> None:
    """Write a copy of the model with these properties; others stay. Raises `CollectError`."""
    try:
        proto = onnx.load(str(model), load_external_data=False)
    except (OSError, DecodeError) as error:
        raise CollectError(
            sentence("{model} cannot be read as an ONNX model; choose another.", model=str(model))
        ) from error
    outside = any(t.data_location == onnx.TensorProto.EXTERNAL for t in proto.graph.initializer)
    if outside and model.parent.resolve() != out.parent.resolve():
        raise CollectError(
            sentence(
                "{model} keeps its weights in files beside it; write the copy into {parent}.",
                model=str(model),
                parent=str(model.parent),
            )
        )
    kept = {p.key: p.value for p in proto.metadata_props} | properties
    onnx.helper.set_model_props(proto, kept)
    part = out.with_name(out.name + ".part")
    try:
        part.write_bytes(proto.SerializeToString(deterministic=True))
        part.replace(out)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise CollectError(
            sentence(
                "{file} cannot be written: {reason}.", file=str(out), reason=str(error.strerror)
            )
        ) from error


def read_properties(model: Path) -> dict[str, str]:
    """Our properties of a model, without the prefix. Raises `CollectError`."""
    try:
        proto = onnx.load(str(model), load_external_data=False)
    except (OSError, DecodeError) as error:
        raise CollectError(
            sentence("{model} cannot be read as an ONNX model; choose another.", model=str(model))
        ) from error
    props = {p.key: p.value for p in proto.metadata_props}
    return {k.removeprefix(PREFIX): v for k, v in props.items() if k.startswith(PREFIX)}


def digest_of_file(path: Path) -> str:
    """SHA-256 of a file. Raises `CollectError`."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise CollectError(
            sentence("{file} cannot be read: {reason}.", file=str(path), reason=str(error.strerror))
        ) from error
