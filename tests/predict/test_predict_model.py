"""The fitted model: levels, intervals, words, files, what to measure next."""

import json
import zipfile

import numpy as np
import pandas as pd
import pytest
import skops.io

from advisor.predict import Columns, Knowledge, fit
from advisor.predict.contender import index_groups
from advisor.predict.exponents import formula, power_law_exponents
from advisor.predict.next_measurement import measure_next
from advisor.predict.process import Process
from advisor.predict.rows import measured_rows
from advisor.predict.storing import FORMAT, UnusableModelFileError, load, read_card, save


@pytest.fixture(scope="module")
def fitted(table, columns):
    return fit(table, columns)


def test_each_row_uses_the_best_level_its_knowledge_permits(fitted):
    asked = pd.DataFrame(
        {
            "macs_m": [100.0, 100.0, 100.0, 100.0],
            "params_m": [10.0] * 4,
            "per_s": [np.nan, 20.0, 20.0, 20.0],
            "board": [None, None, "alpha-x1", "never heard of"],
            "idle_w": [np.nan, np.nan, np.nan, 10.0],
        }
    )
    found = fitted.predict(asked)
    assert [u.split(":")[0] for u in found["used"]] == [
        "size only",
        "size and throughput",
        "size, throughput and device",
        "size, throughput and device",
    ]
    width = np.log(found["energy_j_high"] / found["energy_j_low"])
    assert width[2] < width[0]
    assert (found["energy_j_low"] < found["energy_j"]).all()
    assert (found["energy_j_provenance"] == "predicted").all()
    assert (found["model_id"] == fitted.model_id).all()


def test_far_away_is_marked_extrapolated(fitted, table):
    near = fitted.predict(table)
    assert not near["extrapolated"].any()
    far = table.head(3).assign(macs_m=1e9, params_m=1e9, per_s=1e-6)
    assert fitted.predict(far)["extrapolated"].all()


def test_the_power_law_stands_in_words_with_intervals(fitted):
    rng = np.random.default_rng(3)
    size, rate = np.exp(rng.normal(5, 2, 200)), np.exp(rng.normal(1, 2, 200))
    runs = pd.DataFrame(
        {
            "size": size,
            "rate": rate,
            "energy": 2.0 * size**0.7 / rate * np.exp(rng.normal(0, 0.1, 200)),
            "family": rng.integers(0, 12, 200).astype(str),
        }
    )
    columns = Columns(energy="energy", sizes=("size",), throughput="rate", family="family")
    rows, _, _ = measured_rows(runs, columns)
    found = power_law_exponents(rows, Knowledge.THROUGHPUT, index_groups(rows.family))
    exponent = {e.name: e for e in found}
    assert exponent["size"].low < 0.7 < exponent["size"].high
    assert exponent["throughput"].low < -1.0 < exponent["throughput"].high
    assert exponent["size"].high - exponent["size"].low < 0.1
    assert formula(found).startswith("E = 2")
    assert fitted.formula.startswith("E = ")


def test_contenders_and_rivals_are_kept_with_the_model(fitted):
    names = [s.contender for s in fitted.contenders]
    assert "constant median" in names
    assert any(n.startswith("power law: size only") for n in names)
    assert any(n.startswith("Gaussian process") for n in names)


def test_a_stored_model_predicts_the_same_and_holds_no_pickle(fitted, table, tmp_path):
    path = tmp_path / "energy.skops"
    card = save(fitted, path)
    assert card.data_sha256 == fitted.data_sha256
    assert read_card(path).versions["scikit-learn"]
    again = load(path)
    before, after = fitted.predict(table), again.predict(table)
    pd.testing.assert_frame_equal(after, before, rtol=1e-4)
    pd.testing.assert_series_equal(after["energy_j"], before["energy_j"], rtol=1e-12)
    assert again.contenders == fitted.contenders
    process = next(iter(_processes(again)))
    kept, spread = process.conditioned.left_out([np.arange(5)])
    np.testing.assert_allclose(kept[:5], _left_out(fitted, process.knowledge)[:5], rtol=1e-9)
    assert np.isfinite(spread[:5]).all()
    with zipfile.ZipFile(path) as archive:
        assert not [n for n in archive.namelist() if n.endswith((".pkl", ".pickle"))]


def _processes(model):
    """The Gaussian processes behind a model's levels."""
    for level in model.levels.values():
        members = getattr(level.chosen, "members", [level.chosen])
        yield from (m for m in members if isinstance(m, Process))


def _left_out(model, knowledge):
    process = next(p for p in _processes(model) if p.knowledge == knowledge)
    return process.conditioned.left_out([np.arange(5)])[0]


def test_files_of_strangers_are_refused(tmp_path):
    class Bomb:
        pass

    path = tmp_path / "bomb.skops"
    skops.io.dump({"levels": Bomb()}, path)
    with pytest.raises(UnusableModelFileError, match="not a fitted model"):
        load(path)
    with zipfile.ZipFile(path, "a") as archive:
        card = {"format": FORMAT, "model_id": "x", "data_sha256": "x", "versions": {}}
        archive.writestr("advisor.json", json.dumps(card))
    with pytest.raises(UnusableModelFileError, match="no part of a fitted model"):
        load(path)
    path.write_bytes(b"no zip")
    with pytest.raises(UnusableModelFileError):
        load(path)


@pytest.mark.parametrize("part", ["advisor.json", "schema.json", "array"])
def test_altered_and_incomplete_files_are_refused_in_one_sentence(fitted, tmp_path, part):
    path, altered = tmp_path / "energy.skops", tmp_path / "altered.skops"
    save(fitted, path)
    with zipfile.ZipFile(path) as whole:
        members = {n: whole.read(n) for n in whole.namelist()}
    name = part if part in members else next(n for n in members if n.endswith(".npy"))
    if part == "advisor.json":
        members[name] = members[name].replace(fitted.model_id.encode(), b"predict-another")
    elif part == "schema.json":
        del members[name]
    else:
        members[name] = members[name][:-1] + bytes([members[name][-1] ^ 1])
    with zipfile.ZipFile(altered, "w") as archive:
        for each, content in members.items():
            archive.writestr(each, content)
    with pytest.raises(UnusableModelFileError, match=r"altered|cannot be used"):
        load(altered)


def test_the_next_measurement_is_the_one_that_matters(fitted, table):
    inventory = pd.DataFrame(
        {
            "macs_m": [100.0, 120.0, 100.0, 90.0],
            "params_m": [10.0, 11.0, 10.0, 9.0],
            "calls_per_year": [1e3, 1e9, np.nan, 2e3],
        }
    )
    found = measure_next(inventory, fitted, 3)
    assert found[0].row == 1
    assert found[0].narrowing > 0.5
    assert 2 not in [n.row for n in found]
    widths = [n.half_width_before for n in found]
    assert widths == sorted(widths, reverse=True)
    assert measure_next(inventory.assign(calls_per_year=0), fitted) == []
