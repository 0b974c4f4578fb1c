"""`carbon-advisor predict` at the terminal: answers, files, one sentence for what is unusable."""

import io

import pandas as pd
import pytest

from advisor.cli import main

COLUMNS = (
    *("--energy", "energy_mj", "--energy-unit", "mJ", "--size", "macs_m", "--size", "params_m"),
    *("--throughput", "per_s", "--device", "board", "--idle-power", "idle_w"),
    *("--precision", "precision"),
)


@pytest.fixture
def terminal(capsys):
    """Run a command; its exit code, what it printed, and what it said beside."""

    def run(*arguments):
        code = main([str(a) for a in arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


@pytest.fixture(scope="module")
def runs(table, tmp_path_factory):
    path = tmp_path_factory.mktemp("predict") / "runs.csv"
    table.head(40).to_csv(path, index=False)
    return path


def test_a_table_is_fitted_kept_and_predicts_with_its_name(terminal, runs, table, tmp_path):
    kept = tmp_path / "bank.skops"
    code, out, said = terminal("predict", "fit", runs, *COLUMNS, "--output", kept)
    assert code == 0, said
    assert "E = " in out
    assert "constant median" in out
    assert "Kept in" in said
    code, out, said = terminal("predict", "models", runs, "--model", kept)
    assert code == 0, said
    found = pd.read_csv(io.StringIO(out))
    error = found["predicted_energy_j"] / (found["energy_mj"] / 1e3) - 1
    assert error.abs().median() < 0.1
    assert (found["predicted_energy_j_low"] < found["predicted_energy_j"]).all()
    assert found["predicted_model_id"].str.startswith("predict-").all()
    code, out, _ = terminal("predict", "models", runs, "--model", kept, "--level", "0.5")
    narrower = pd.read_csv(io.StringIO(out))
    assert (narrower["predicted_energy_j_high"] < found["predicted_energy_j_high"]).all()


def test_a_strange_model_file_or_level_is_one_sentence(terminal, runs, tmp_path):
    broken = tmp_path / "broken.skops"
    broken.write_bytes(b"no archive")
    code, _, said = terminal("predict", "models", runs, "--model", broken)
    assert code == 2
    assert "not a fitted model of this program" in said
    code, _, said = terminal("predict", "models", runs, "--model", broken, "--level", "95")
    assert code == 2
    assert "not between 0 and 1" in said
