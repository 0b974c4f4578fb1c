"""Validation on whole groups: right on a known law, sensible on what tables really look like."""

import numpy as np
import pandas as pd
import pytest

from advisor.predict import Columns, UnusableTableError
from advisor.predict.validation import CHOSEN, validate


def _by_name(found, name):
    return next(s for s in found.scores if s.contender == name)


def test_a_known_law_is_found_and_beats_every_rival(table, columns):
    found = validate(table, columns, "family", processes=1)
    chosen = _by_name(found, CHOSEN)
    assert chosen.median_error < 0.06
    assert chosen.r2_log > 0.99
    for rival in (s for s in found.scores if s.rival):
        assert chosen.mape < rival.mape, rival.contender
    assert 0.75 <= chosen.coverage["90%"] <= 1.0
    assert chosen.width["80%"] < chosen.width["90%"] < chosen.width["95%"]
    assert found.scores[0].contender == CHOSEN
    assert sum(found.chosen.values()) == 4
    assert found.predictions["predicted_j"].notna().all()


def test_the_answer_of_a_left_out_group_takes_no_part(table, columns):
    spoilt = table.copy()
    gone = spoilt["family"] == "gnn"
    spoilt.loc[gone, "energy_mj"] *= 50
    clean = validate(table, columns, "family", processes=1).predictions
    after = validate(spoilt, columns, "family", processes=1).predictions
    at = clean["group"] == "gnn"
    np.testing.assert_allclose(
        clean.loc[at, "predicted_j"], after.loc[at, "predicted_j"], rtol=1e-9
    )
    assert not np.allclose(clean.loc[~at, "predicted_j"], after.loc[~at, "predicted_j"], rtol=1e-3)


def test_gaps_text_and_nonsense_are_left_out_with_words(table, columns):
    spoilt = table.astype({"energy_mj": object, "idle_w": object})
    spoilt.loc[0, "energy_mj"] = "n/a"
    spoilt.loc[1, "energy_mj"] = -3
    spoilt.loc[2, "energy_mj"] = 0
    spoilt.loc[3, "idle_w"] = "unknown"
    spoilt.loc[4, "board"] = None
    found = validate(spoilt, columns, "board", processes=1)
    assert found.runs == len(table) - 3
    words = " ".join(str(n) for n in found.notes)
    assert "3 of 72 rows were left out" in words
    assert "idle_w" in words


def test_one_group_only_leaves_single_runs_out_and_says_so(table, columns):
    found = validate(table[table["family"] == "cnn"], columns, "family", processes=1)
    assert "one group only" in " ".join(str(n) for n in found.notes)
    assert found.scores[0].runs == 18


@pytest.mark.parametrize("rows", [10, 4])
def test_few_rows_give_an_answer(table, columns, rows):
    found = validate(table.sample(rows, random_state=1), columns, "family", processes=1)
    assert found.scores[0].runs == rows
    assert np.isfinite(found.scores[0].median_error)


def test_ten_rows_are_predicted_better_than_by_the_devices_mean(table, columns):
    found = validate(table.sample(10, random_state=1), columns, "family", processes=1)
    rival = _by_name(found, "device's mean power ÷ throughput")
    assert found.scores[0].median_error < rival.median_error


def test_throughput_is_enough_and_neither_size_nor_throughput_is_not(table, columns):
    found = validate(table, columns.model_copy(update={"sizes": ()}), "family", processes=1)
    assert found.scores[0].median_error < 0.3
    neither = columns.model_copy(update={"sizes": (), "throughput": None})
    with pytest.raises(UnusableTableError, match="size, or the throughput"):
        validate(table, neither, "family")


def test_constant_columns_duplicates_and_no_throughput(table):
    same = pd.concat([table.head(20)] * 2).assign(params_m=3.0, macs_m=5.0)
    columns = Columns(energy="energy_mj", energy_unit="mJ", sizes=("params_m", "macs_m"))
    found = validate(same, columns, "family", processes=1)
    assert np.isfinite(found.scores[0].median_error)


def test_unusable_tables_are_refused_in_one_sentence(table, columns):
    with pytest.raises(UnusableTableError, match="no column “nowhere”"):
        validate(table, columns, "nowhere")
    with pytest.raises(UnusableTableError, match="not a unit of energy"):
        validate(table, columns.model_copy(update={"energy_unit": "kg"}), "family")
    with pytest.raises(UnusableTableError, match="No row has a positive number"):
        validate(table.assign(energy_mj="x"), columns, "family")
    with pytest.raises(UnusableTableError, match="at least 4"):
        validate(table.head(2), columns, "family")
