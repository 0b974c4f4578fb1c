"""The sample: cheque-digit readers of several sizes, trained here on real scanned digits.

The data are the 1,797 8×8 digits that scikit-learn bundles (Alpaydin & Kaynak, "Optical Recognition
of Handwritten Digits", UCI, CC BY 4.0). 60 % train the models; the other 719 images are held out,
never seen in training, and are the labelled test data. Every seed is fixed.
"""

from __future__ import annotations

import shutil
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict

SAMPLE_VERSION = "1"
"""Raised when the recipe changes, so that a cached sample of an older recipe is made anew."""
HELD_OUT_SHARE = 0.4
_OPSET = 17
_DATA = "cheque-digits-test.npz"
_DONE = "sample-version.txt"


class SampleFiles(BaseModel):
    """Where the sample lies: models from the smallest to the largest, and the test data."""

    model_config = ConfigDict(frozen=True)

    models: tuple[Path, ...]
    data: Path
    label: str = "label"
    metric: str = "accuracy"


def make_sample(
    folder: Path, progress: Callable[[float, str], None] = lambda _fraction, _doing: None
) -> SampleFiles:
    """The sample in a folder, made (under 20 s on two cores) unless it is there already.

    `progress(fraction, doing)` is called between steps. Raises `OSError` when the folder cannot be
    written. The folder is complete or absent: it is moved into place when the last file is there.
    """
    files = SampleFiles(
        models=tuple(folder / f"{name}.onnx" for name in _recipes()), data=folder / _DATA
    )
    marker = folder / _DONE
    if marker.exists() and marker.read_text("utf-8").strip() == SAMPLE_VERSION:
        progress(1.0, "sample ready")
        return files
    folder.parent.mkdir(parents=True, exist_ok=True)
    making = Path(tempfile.mkdtemp(prefix=".sample-", dir=folder.parent))
    try:
        _make(making, progress)
        (making / _DONE).write_text(SAMPLE_VERSION, "utf-8")
        folder.mkdir(exist_ok=True)
        for made in sorted(making.iterdir(), key=lambda p: p.name == _DONE):
            made.replace(folder / made.name)  # the marker last: a crash leaves no half sample
    finally:
        shutil.rmtree(making, ignore_errors=True)
    progress(1.0, "sample ready")
    return files


def _make(folder: Path, progress: Callable[[float, str], None]) -> None:
    progress(0.0, "reading the digits")
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    bunch: Any = load_digits()
    parts = train_test_split(
        bunch.data.astype(np.float32),
        bunch.target.astype(np.int64),
        test_size=HELD_OUT_SHARE,
        stratify=bunch.target,
        random_state=0,
    )
    train, test, train_labels, test_labels = parts
    np.savez_compressed(folder / _DATA, X=test, label=test_labels)
    recipes = _recipes()
    for number, (name, recipe) in enumerate(recipes.items()):
        progress(0.1 + 0.9 * number / len(recipes), f"training {name}")
        _export(folder / f"{name}.onnx", recipe(), train, train_labels)


def _recipes() -> dict[str, Callable[[], Any]]:
    """File name → how the classifier is built, from the smallest to the largest."""

    def logistic() -> Any:
        from sklearn.linear_model import LogisticRegression

        return LogisticRegression(max_iter=300)

    def forest() -> Any:
        from sklearn.ensemble import RandomForestClassifier

        return RandomForestClassifier(200, random_state=0)

    def boosted() -> Any:
        from sklearn.ensemble import GradientBoostingClassifier

        return GradientBoostingClassifier(n_estimators=40, subsample=0.5, random_state=0)

    def network(*hidden: int, epochs: int) -> Callable[[], Any]:
        def build() -> Any:
            from sklearn.neural_network import MLPClassifier

            settings: dict[str, Any] = {"max_iter": epochs, "batch_size": 100, "random_state": 0}
            return MLPClassifier(hidden, **settings)

        return build

    return {
        "cheque-logistic-regression": logistic,
        "cheque-gradient-boosting-40": boosted,
        "cheque-random-forest-200": forest,
        "cheque-mlp-64": network(64, epochs=60),
        "cheque-mlp-256": network(256, epochs=40),
        "cheque-mlp-2048x2048": network(2048, 2048, epochs=5),
    }


def _export(path: Path, classifier: Any, train: Any, labels: Any) -> None:
    from skl2onnx import to_onnx
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    pipeline = make_pipeline(StandardScaler(), classifier)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # few epochs are meant
        pipeline.fit(train, labels)
    options = {id(pipeline): {"zipmap": False}}
    model: Any = to_onnx(pipeline, train[:1], options=options, target_opset=_OPSET)
    path.write_bytes(model.SerializeToString())
