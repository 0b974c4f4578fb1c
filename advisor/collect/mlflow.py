"""Models of an MLflow registry as an inventory: each registered model with its newest version.

Tags of the model, then of the version, then parameters and metrics of the run that made it are
read under the inventory's own field names, with or without the prefix `carbon.` (`carbon.tier`,
`calls_per_year`). What MLflow does not say stays unknown. CodeCarbon's `energy_consumed` (kWh) of
the run is the energy of one training.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from advisor.portfolio import Intake, PortfolioError, take_in
from advisor.portfolio.fields import FIELDS
from advisor.sentences import sentence

if TYPE_CHECKING:
    from mlflow.entities.model_registry import ModelVersion, RegisteredModel
    from mlflow.tracking import MlflowClient

PREFIX = "carbon."
_SQLITE = "sqlite:///"
_STAGES = {
    "Production": "production",
    "Staging": "validation",
    "Archived": "retired",
    "None": "development",
}
_ALIASES = {
    "champion": "production",
    "production": "production",
    "challenger": "validation",
    "staging": "validation",
    "archived": "retired",
}


def read_registry(tracking_uri: str, *, page: int = 200) -> Intake:
    """The registered models of an MLflow store as an intake (id: `mlflow:NAME`).

    `tracking_uri` is a server's address or `sqlite:///PATH`. Raises `PortfolioError` when MLflow is
    not installed, the store cannot be read, or holds no registered model.
    """
    try:
        from mlflow.exceptions import MlflowException
        from mlflow.tracking import MlflowClient
    except ImportError as error:
        raise PortfolioError(
            sentence("MLflow is not installed; install the extra “mlflow” and try again.")
        ) from error
    _check_file(tracking_uri)
    try:
        client = MlflowClient(tracking_uri=tracking_uri, registry_uri=tracking_uri)
        rows = [_row(client, model) for model in _registered(client, page)]
    except ImportError as error:  # a local store needs more of MLflow than a server's address
        raise PortfolioError(
            sentence(
                "This MLflow store needs the package {package}; install the extra “mlflow”.",
                package=str(error.name),
            )
        ) from error
    except (MlflowException, OSError) as error:
        raise PortfolioError(
            sentence(
                "The MLflow registry at {address} cannot be read: {reason}.",
                address=tracking_uri,
                reason=str(error).splitlines()[0],
            )
        ) from error
    if not rows:
        raise PortfolioError(
            sentence("The MLflow registry at {address} holds no model.", address=tracking_uri)
        )
    columns = [n for n in FIELDS if any(n in row for row in rows)]
    return take_in(pd.DataFrame(rows, columns=columns, dtype=object))


def _check_file(tracking_uri: str) -> None:
    """A local store has to be there: MLflow would make an empty one at a mistyped path."""
    if tracking_uri.startswith(_SQLITE) and not Path(tracking_uri.removeprefix(_SQLITE)).is_file():
        raise PortfolioError(
            sentence(
                "There is no MLflow store {path}; check the address.",
                path=tracking_uri.removeprefix(_SQLITE),
            )
        )


def _registered(client: MlflowClient, page: int) -> list[RegisteredModel]:
    models: list[RegisteredModel] = []
    token: str | None = None
    while True:
        found = client.search_registered_models(max_results=page, page_token=token)
        models += list(found)
        token = found.token
        if not token:
            return models


def _row(client: MlflowClient, model: RegisteredModel) -> dict[str, Any]:
    versions = client.search_model_versions(f"name = '{model.name}'")
    newest = max(versions, key=lambda v: int(v.version), default=None)
    said: dict[str, Any] = {}
    if newest is not None and newest.run_id:
        said |= _of_run(client, newest.run_id)
    if newest is not None:
        said |= _fields(newest.tags)
    said |= _fields(model.tags)
    stage = _stage(model, newest)
    return {
        "name": model.name,
        "purpose": model.description or None,
        **({"stage": stage} if stage else {}),
        **said,
        "id": f"mlflow:{model.name}",
    }


def _of_run(client: MlflowClient, run_id: str) -> dict[str, Any]:
    run = client.get_run(run_id)
    said = _fields(run.data.params) | _fields(run.data.metrics) | _fields(run.data.tags)
    consumed = run.data.metrics.get("energy_consumed")
    if consumed is not None:
        said.setdefault("training_energy_kwh", consumed)
    owner = run.data.tags.get("mlflow.user")
    if owner:
        said.setdefault("owner", owner)
    return said


def _fields(pairs: dict[str, Any]) -> dict[str, Any]:
    """Entries whose key is a field of the inventory."""
    named = {key.removeprefix(PREFIX).strip().lower(): value for key, value in pairs.items()}
    return {k: v for k, v in named.items() if k in FIELDS and k != "id"}


def _stage(model: RegisteredModel, newest: ModelVersion | None) -> str | None:
    for alias in model.aliases or {}:
        if alias.lower() in _ALIASES:
            return _ALIASES[alias.lower()]
    stage = getattr(newest, "current_stage", None)
    return _STAGES.get(str(stage)) if stage and stage != "None" else None
