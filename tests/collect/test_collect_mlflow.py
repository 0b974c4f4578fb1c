"""Import from a real MLflow registry over a local SQLite store."""

import pytest

from advisor.collect.mlflow import read_registry
from advisor.portfolio import PortfolioError, difference, inventory_frame, models_of

pytest.importorskip("mlflow")


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    from mlflow.tracking import MlflowClient

    folder = tmp_path_factory.mktemp("mlflow")
    uri = f"sqlite:///{folder / 'mlflow.db'}"
    client = MlflowClient(tracking_uri=uri, registry_uri=uri)
    experiment = client.create_experiment("e", artifact_location=str(folder / "artifacts"))
    run = client.create_run(experiment)
    client.log_metric(run.info.run_id, "energy_consumed", 12.5)
    client.log_param(run.info.run_id, "parameters", "4300000")
    client.create_registered_model(
        "card fraud", tags={"carbon.tier": "1", "calls_per_year": "1e9", "unrelated": "x"},
        description="card fraud",
    )  # fmt: skip
    client.create_model_version("card fraud", str(folder), run_id=run.info.run_id)
    client.set_registered_model_alias("card fraud", "champion", "1")
    client.create_registered_model("churn", tags={"tier": "nine"})
    client.create_registered_model("empty")
    return uri


def test_models_versions_runs_and_tags_become_an_inventory(store):
    intake = read_registry(store)
    models = {m.id: m for m in models_of(intake.inventory)}
    fraud = models["mlflow:card fraud"]
    assert (fraud.tier, fraud.calls_per_year, fraud.stage.value) == (1, 1e9, "production")
    assert fraud.training_energy_kwh == 12.5
    assert fraud.parameters == 4.3e6
    assert fraud.purpose == "card fraud"
    empty = models["mlflow:empty"]
    assert empty.calls_per_year is None
    assert empty.energy_per_call_j is None
    (wrong,) = intake.wrong
    assert wrong.model_id == "mlflow:churn"
    assert "nine" in str(wrong.reason)


def test_importing_again_changes_nothing(store):
    inventory = read_registry(store).inventory
    before = inventory_frame(models_of(inventory))
    change = difference(before, read_registry(store).inventory)
    assert not change.added
    assert change.changed.empty


def test_small_pages_give_the_same_models(store):
    assert len(read_registry(store, page=1).raw) == 3


def test_an_unreadable_or_empty_registry_is_said(tmp_path):
    absent = tmp_path / "new.db"
    with pytest.raises(PortfolioError, match="no MLflow store"):
        read_registry(f"sqlite:///{absent}")
    assert not absent.exists(), "looking makes no store"
    absent.touch()
    with pytest.raises(PortfolioError, match="holds no model"):
        read_registry(f"sqlite:///{absent}")
    with pytest.raises(PortfolioError, match="cannot be read"):
        read_registry("nonsense://nowhere")
