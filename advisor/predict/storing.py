"""A fitted model as a file, without pickle: skops, which loads only types it is told to trust.

Beside the model stand its data's hash, its model id and the versions of the libraries that made it.
A file written by other versions is tried and, where it cannot be used, refused with the reason.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import io
import json
import zipfile
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import pandas as pd
import skops.io

from advisor.predict.columns import Columns
from advisor.predict.encoding import Knowledge
from advisor.predict.exponents import Exponent
from advisor.predict.fitted import FittedModel
from advisor.predict.scores import Score
from advisor.sentences import SaidError, Sentence, sentence

FORMAT = 5
LIBRARIES = ("numpy", "pandas", "scikit-learn", "scipy", "skops")
_OWN = "advisor.predict."
_TRUSTED = frozenset(
    {
        "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
        "sklearn.metrics._dist_metrics.EuclideanDistance64",
        "sklearn.neighbors._kd_tree.KDTree",
        "sklearn.neighbors._ball_tree.BallTree",
    }
)
"""Types that a fitted model consists of, beside those skops trusts by itself."""
_CARD = "advisor.json"


class UnusableModelFileError(SaidError):
    """A file that holds no usable fitted model. One sentence: why, and what to do."""


@dataclass(frozen=True)
class Card:
    """What a stored model says of itself."""

    format: int
    model_id: str
    data_sha256: str
    versions: dict[str, str]
    content_sha256: str
    """Of the model's id and of every member of the archive: tells a damaged or altered file."""


def current_versions() -> dict[str, str]:
    """Versions of the libraries that a stored model depends on."""
    return {name: importlib.metadata.version(name) for name in LIBRARIES}


def save(model: FittedModel, path: Path) -> Card:
    """Write a fitted model; the file is a zip archive of JSON and plain arrays."""
    temporary = path.with_name(path.name + ".part")
    skops.io.dump(_state(model), temporary, compression=zipfile.ZIP_DEFLATED, compresslevel=1)
    with zipfile.ZipFile(temporary, "a") as archive:
        content = _content_sha256(archive, model.model_id)
        card = Card(FORMAT, model.model_id, model.data_sha256, current_versions(), content)
        archive.writestr(_CARD, json.dumps(card.__dict__))
    temporary.replace(path)
    return card


def read_card(path: Path) -> Card:
    """What a stored model says of itself, without loading it. Raises `UnusableModelFileError`."""
    if not path.exists():
        raise UnusableModelFileError(
            sentence("There is no file {file}; check the name.", file=str(path))
        )
    try:
        with zipfile.ZipFile(path) as archive:
            said = json.loads(archive.read(_CARD))
            return Card(**{f.name: said.get(f.name, "") for f in fields(Card)})
    except (OSError, zipfile.BadZipFile, LookupError, ValueError, AttributeError) as error:
        raise UnusableModelFileError(
            sentence(
                "{file} is not a fitted model of this program; fit the model anew.", file=str(path)
            )
        ) from error


def load(path: Path) -> FittedModel:
    """Read a fitted model. Raises `UnusableModelFileError`: wrong format, unknown types, broken."""
    card = read_card(path)
    if card.format != FORMAT:
        raise UnusableModelFileError(
            sentence(
                "{file} was written in format {format}, this program reads {ours}; fit anew.",
                file=str(path),
                format=str(card.format),
                ours=str(FORMAT),
            )
        )
    try:
        state = skops.io.load(path, trusted=_harmless(path, card))
        return _restored(state, card)
    except UnusableModelFileError:
        raise
    except Exception as error:
        other = [n for n, v in current_versions().items() if card.versions.get(n) != v]
        because = (
            "it was made with other versions of " + ", ".join(other) if other else "it is damaged"
        )
        raise UnusableModelFileError(
            sentence(
                "{file} cannot be used: {reason}; fit the model anew on the same data.",
                file=str(path),
                reason=str(because),
            )
        ) from error


def _harmless(path: Path, card: Card) -> list[str]:
    """The types of an unaltered file, none of which can do anything but predict."""
    needed = skops.io.get_untrusted_types(file=path)
    strange = [t for t in needed if not _trusted(t)]
    if strange:
        raise UnusableModelFileError(
            sentence(
                "{file} holds {strange}, which is no part of a fitted model; do not use this file.",
                file=str(path),
                strange=str(strange[0]),
            )
        )
    with zipfile.ZipFile(path) as archive:
        if _content_sha256(archive, card.model_id) != card.content_sha256:
            raise UnusableModelFileError(
                sentence(
                    "{file} was damaged or altered after it was written; fit the model anew.",
                    file=str(path),
                )
            )
    return sorted(needed)


def _content_sha256(archive: zipfile.ZipFile, model_id: str) -> str:
    digest = hashlib.sha256(model_id.encode())
    for name in sorted(set(archive.namelist()) - {_CARD}):
        digest.update(name.encode() + archive.read(name))
    return digest.hexdigest()


def _trusted(type_name: str) -> bool:
    return type_name.startswith(_OWN) or type_name in _TRUSTED


def _state(model: FittedModel) -> dict[str, Any]:
    """Plain data for what pydantic and pandas hold, the fitted levels as they are."""
    return {
        "levels": {k.value: v for k, v in model.levels.items()},
        "columns": model.columns.model_dump_json(),
        "contenders": [s.model_dump_json() for s in model.contenders],
        "exponents": [e.model_dump_json() for e in model.exponents],
        "notes": [n.model_dump_json() for n in model.notes],
        "measured": model.measured.to_json(orient="split", double_precision=15),
    }


def _restored(state: dict[str, Any], card: Card) -> FittedModel:
    return FittedModel(
        Columns.model_validate_json(state["columns"]),
        {Knowledge(k): v for k, v in state["levels"].items()},
        card.model_id,
        card.data_sha256,
        [Score.model_validate_json(s) for s in state["contenders"]],
        [Exponent.model_validate_json(e) for e in state["exponents"]],
        pd.read_json(io.StringIO(state["measured"]), orient="split"),
        [Sentence.model_validate_json(n) for n in state["notes"]],
    )
