"""`carbon-advisor predict` at the terminal: answers, files, one sentence for what is unusable."""

import io
import json

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


@pytest.fixture
def ten(table):
    return table.iloc[::7].head(10).reset_index(drop=True)


def _validate(terminal, path, *more):
    return terminal("predict", "validate", path, *COLUMNS, "--leave-out", "family", *more)


def test_ten_rows_with_gaps_text_and_nonsense_are_answered_aloud(terminal, ten, tmp_path):
    odd = ten.astype(object)
    odd.loc[0, "macs_m"] = "12 MMACs"
    odd.loc[1, "energy_mj"] = -1
    odd.loc[2, "energy_mj"] = 0
    odd.loc[3, "per_s"] = "n/a"
    odd.loc[4, "board"] = None
    odd["idle_w"] = 5.0
    path = tmp_path / "odd.csv"
    odd.to_csv(path, index=False)
    code, out, said = _validate(terminal, path, "--json")
    assert code == 0, said
    found = json.loads(out)
    assert found["runs"] == 7
    assert found["contenders"][0]["runs"] == 7
    notes = " ".join(found["notes"])
    assert "2 of 10 rows were left out: no positive number in “energy_mj”" in notes
    assert "no positive number in “per_s”" in notes
    assert "no positive number in “macs_m”" in notes


@pytest.mark.parametrize("comma", [",", "."])
def test_semicolons_and_decimal_commas_give_the_same_figures(terminal, ten, tmp_path, comma):
    plain, other = tmp_path / "plain.csv", tmp_path / "other.csv"
    ten.to_csv(plain, index=False)
    ten.to_csv(other, index=False, sep=";", decimal=comma, encoding="utf-16")
    first, second = (json.loads(_validate(terminal, p, "--json")[1]) for p in (plain, other))
    assert first["contenders"] == second["contenders"]


def test_what_is_no_table_or_lacks_a_column_is_one_sentence(terminal, ten, tmp_path):
    def refused(path):
        code, out, said = _validate(terminal, path)
        assert code == 2
        assert out == ""
        assert "Traceback" not in said
        return " ".join(said.split())

    def written(name, frame):
        frame.to_csv(tmp_path / name, index=False)
        return tmp_path / name

    (tmp_path / "noise.csv").write_bytes(bytes(range(128, 256)) * 9)
    (tmp_path / "noise.parquet").write_bytes(b"PAR1 no")
    (tmp_path / "nothing.csv").write_text("")
    assert "UTF-8" in refused(tmp_path / "noise.csv")
    assert "cannot be read as a table" in refused(tmp_path / "noise.parquet")
    assert "empty" in refused(tmp_path / "nothing.csv")
    assert "no file" in refused(tmp_path / "nowhere.csv")
    assert "is a folder" in refused(tmp_path)
    assert "is empty" in refused(written("header.csv", ten.head(0)))
    assert "no column “idle_w”" in refused(written("lacks.csv", ten.drop(columns="idle_w")))
    assert "to leave out; it has board" in refused(written("f.csv", ten.drop(columns="family")))
    upper = written("upper.csv", ten.rename(columns={"board": "Board"}))
    assert "no column “board”; did you mean “Board”?" in refused(upper)
    twice = pd.concat([ten, ten["macs_m"]], axis=1)
    assert "more than one column “macs_m”" in refused(written("twice.csv", twice))
    below = ten.assign(energy_mj=-ten["energy_mj"])
    assert "No row has a positive number" in refused(written("below.csv", below))


def test_columns_that_hold_the_answer_are_refused(terminal, ten, tmp_path):
    def refused(frame, *more):
        path = tmp_path / "leak.csv"
        frame.to_csv(path, index=False)
        code, out, said = _validate(terminal, path, *more)
        assert code == 2
        assert out == ""
        return " ".join(said.split())

    watts = ten["energy_mj"] / 1e3 * ten["per_s"]
    assert "“energy_mj” is the energy itself" in refused(ten, "--size", "energy_mj")
    joules = ten.assign(joules=ten["energy_mj"] / 1e3)
    assert "“joules” is an exact multiple of “energy_mj”" in refused(joules, "--size", "joules")
    power = ten.assign(idle_w=watts.round(4))
    assert "“idle_w” is an exact multiple of “energy_mj” × “per_s”: average power" in refused(power)
    fit = ("predict", "fit", tmp_path / "leak.csv", *COLUMNS, "--output", tmp_path / "x.skops")
    code, _, said = terminal(*fit)
    assert code == 2
    assert "average power" in " ".join(said.split())


def test_a_unit_in_a_cell_is_read_and_told(terminal, ten, tmp_path):
    plain, odd = tmp_path / "plain.csv", tmp_path / "odd.csv"
    ten.to_csv(plain, index=False)
    cells = ten.astype(object)
    cells.loc[0, "energy_mj"] = f"{ten['energy_mj'][0] / 1e3:.17g} J"
    cells.loc[1, "energy_mj"] = f"{ten['energy_mj'][1]:.17g} mJ / inference"
    cells.loc[2, "idle_w"] = f"{ten['idle_w'][2] * 1e3:.17g} mW"
    cells.to_csv(odd, index=False)
    first, second = (json.loads(_validate(terminal, p, "--json")[1]) for p in (plain, odd))
    told = "2 cells of “energy_mj” carry a unit of their own, which was read."
    assert told in second["notes"]
    for one, other in zip(first["contenders"], second["contenders"], strict=True):
        assert other["mape"] == pytest.approx(one["mape"])


def test_a_worker_that_is_ended_is_one_sentence(terminal, ten, tmp_path, monkeypatch):
    from joblib.externals.loky.process_executor import TerminatedWorkerError

    def ended(*_, processes, **__):
        raise TerminatedWorkerError(f"{processes} workers got SIGTERM")

    monkeypatch.setattr("advisor.predict.validation.validate", ended)
    ten.to_csv(tmp_path / "ten.csv", index=False)
    code, out, said = _validate(terminal, tmp_path / "ten.csv", "--processes", "3")
    assert code == 2
    assert out == ""
    assert "try again with --processes 1" in " ".join(said.split())


def test_one_group_and_constant_columns_are_answered(terminal, ten, tmp_path):
    path = tmp_path / "constant.csv"
    odd = ten.assign(family="one", macs_m=1.0, params_m=None, idle_w=2.0, board="b")
    odd.assign(energy_mj=7.0).to_csv(path)
    code, out, said = _validate(terminal, path)
    assert code == 0, said
    assert "chosen by nested" in out
    assert "one group only" in said
    assert "No row has a positive number in “params_m”, so it takes no part." in said
