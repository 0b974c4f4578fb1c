"""The rule of ranking, case by case, in both languages."""

import math

import numpy as np
import pytest

from advisor.quantities import Provenance, Quantity
from advisor.rank import (
    Option,
    OptionKind,
    RankError,
    Verdict,
    acceptability,
    rank,
    ranking_frame,
)

RNG = np.random.default_rng(7)


def quantity(value, sigma, unit, name):
    return Quantity.from_spread(value, unit, Provenance.MEASURED, "bench", {name: sigma}, log=False)


def option(name, saved, saved_sigma, loss, loss_sigma=0.1, kind=OptionKind.REPLACE, allowed=None):
    q = quantity(saved, saved_sigma, "kgCO2e/year", f"s {name}")
    lost = None if loss is None else quantity(loss, loss_sigma, "point", f"l {name}")
    return Option(
        id=name,
        model_id="m",
        kind=kind,
        name=name,
        carbon_kg=quantity(1000 - saved, 5.0, "kgCO2e/year", f"c {name}"),
        carbon_saved_kg=q,
        accuracy_loss=lost,
        loss_allowed=allowed,
        carbon_saved_draws_kg=tuple(saved + saved_sigma * RNG.standard_normal(1000)),
        accuracy_loss_draws=()
        if loss is None
        else tuple(loss + loss_sigma * RNG.standard_normal(1000)),
    )


KEEP = option("keep", 0, 0, 0, 0, kind=OptionKind.KEEP)


def verdicts(*options):
    return {r.option.name: r.verdict for r in rank([KEEP, *options])}


def test_no_regret_first_in_order_of_carbon_and_never_by_ratio():
    # b gains accuracy and saves less: by ratio (negative!) it would come before a
    found = rank(
        [KEEP, option("b", 100, 5, -1.0), option("a", 500, 5, 0.05), option("c", 700, 5, 2)]
    )
    assert [r.option.name for r in found] == ["a", "b", "c", "keep"]
    assert [r.place for r in found] == [1, 2, 3, None]
    assert [r.verdict for r in found[:3]] == [
        Verdict.NO_REGRET,
        Verdict.NO_REGRET,
        Verdict.FRONTIER,
    ]
    assert found[0].incremental_kg_per_point is None
    assert found[0].probability_best > 0.9  # in the rest of the draws its loss would show
    assert "cannot be ruled out" in str(found[0].reason)


def test_the_ratio_is_incremental_from_the_step_before():
    found = {r.option.name: r for r in rank([KEEP, option("a", 400, 5, 1), option("b", 600, 5, 3)])}
    assert math.isclose(found["a"].incremental_kg_per_point.value, 400)
    assert math.isclose(found["b"].incremental_kg_per_point.value, 100)  # the average says 200
    assert found["b"].incremental_kg_per_point.low < 100 < found["b"].incremental_kg_per_point.high


def test_dominated_and_extended_dominated_are_out_and_say_by_whom():
    found = {
        r.option.name: r
        for r in rank(
            [
                KEEP,
                option("a", 400, 5, 1),
                option("lazy", 300, 5, 2),
                option("mixed", 420, 5, 2.5),
                option("b", 700, 5, 3),
            ]
        )
    }
    assert found["lazy"].verdict is Verdict.DOMINATED
    assert "a saves at least as much" in str(found["lazy"].reason)
    assert found["mixed"].verdict is Verdict.EXTENDED_DOMINATED
    assert "Between a and b" in str(found["mixed"].reason)
    assert found["lazy"].place is None


def test_a_tradeoff_that_saves_no_more_than_a_no_regret_option_is_dominated():
    assert verdicts(option("free", 500, 5, 0.0), option("dear", 480, 5, 2))["dear"] is (
        Verdict.DOMINATED
    )


def test_noise_is_called_noise():
    found = {r.option.name: r for r in rank([KEEP, option("same", 8, 10, 0.0)])}
    assert found["same"].verdict is Verdict.NO_DIFFERENCE
    assert "No distinguishable difference" in str(found["same"].reason)
    assert found["same"].place is None
    assert found["same"].probability_recommended < 0.6


def test_unknown_accuracy_floor_and_more_carbon():
    found = verdicts(
        option("unlabelled", 500, 5, None),
        option("weak", 500, 5, 3.0, allowed=1.0),
        option("hungry", -200, 5, -2.0),
    )
    assert found == {
        "keep": Verdict.BASELINE,
        "unlabelled": Verdict.UNKNOWN,
        "weak": Verdict.BELOW_FLOOR,
        "hungry": Verdict.WORSE,
    }


def test_no_ratio_where_the_steps_loss_cannot_be_told_from_zero():
    found = {
        r.option.name: r
        for r in rank([KEEP, option("a", 400, 5, 1, 0.2), option("b", 410, 1, 1.05, 0.2)])
    }
    assert found["b"].verdict is Verdict.FRONTIER
    assert found["b"].incremental_kg_per_point is None
    assert "no ratio is given" in str(found["b"].reason)


def test_two_close_options_share_the_first_place():
    found = {
        r.option.name: r for r in rank([KEEP, option("a", 500, 20, 0), option("b", 495, 20, 0)])
    }
    assert 0.3 < found["b"].probability_best < 0.6
    assert (found["a"].place_low, found["a"].place_high) == (1, 2)
    assert math.isclose(found["a"].probability_best + found["b"].probability_best, 1.0)


def test_the_acceptability_curve_adds_up_and_turns_with_the_worth_of_a_point():
    options = [KEEP, option("a", 400, 5, 1), option("b", 700, 5, 3)]
    curve = acceptability(options, [0.0, 250.0, 1e4])
    assert np.allclose(curve.sum(axis=1), 1.0)
    assert curve.idxmax(axis=1).tolist() == ["b", "a", "keep"]


def test_a_model_without_its_present_state_cannot_be_ranked():
    with pytest.raises(RankError, match="exactly one option"):
        rank([option("a", 1, 1, 1)])


def test_every_reason_speaks_japanese():
    found = rank(
        [
            KEEP,
            option("a", 400, 5, 1),
            option("b", 700, 5, 3),
            option("x", 300, 5, 2),
            option("e", 420, 5, 2.5),
            option("n", 1, 10, 0),
            option("r", 100, 5, -2),
            option("u", 100, 5, None),
            option("f", 100, 5, 3, allowed=1),
            option("w", -100, 5, 0),
        ]
    )
    for r in found:
        assert any("\u3040" <= c <= "\u9fff" for c in r.reason.text("ja")), r.reason.template


def test_the_table_leaves_unknown_cells_empty():
    table = ranking_frame(rank([KEEP, option("u", 100, 5, None), option("a", 400, 5, 1)]), "ja")
    unknown = table[table["option"] == "u"].iloc[0]
    assert unknown["accuracy_loss"] is None or np.isnan(unknown["accuracy_loss"])
    assert unknown["verdict"] == "精度不明"
    assert table.loc[0, "incremental_kg_per_point"] == pytest.approx(400)
