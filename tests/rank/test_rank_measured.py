"""Options from the measurements of one run: paired, floored, on a chosen basis."""

import numpy as np
import pytest

from advisor.bench.measurement import Measurement
from advisor.carbon import grid_intensity
from advisor.quantities import Provenance, Quantity
from advisor.rank import (
    Basis,
    RankError,
    Verdict,
    default_baseline,
    options_from_measurements,
    own_savings,
    rank,
)

GRID = grid_intensity("JP", 2024)
RNG = np.random.default_rng(3)
DRIFT = 0.05 * RNG.standard_normal(1000)


def measured(key, joules, accuracy, metric="accuracy", data="d", loss_noise=None):
    own = 0.01 * RNG.standard_normal(1000)
    loss = (
        None
        if accuracy is None
        else -accuracy + (0.3 * RNG.standard_normal(1000) if loss_noise is None else loss_noise)
    )
    return Measurement(
        run_id="r",
        candidate=key,
        workload_sha256=data,
        device="cpu",
        batch_size=1,
        energy_j=Quantity.from_spread(
            joules,
            "J/inference",
            Provenance.MEASURED,
            key,
            {"shared drift r": 0.05 * joules, f"windows r/{key}": 0.01 * joules},
        ),
        energy_above_idle_j=Quantity.from_spread(
            joules / 2, "J/inference", Provenance.MEASURED, key, {f"windows r/{key}": 0.01 * joules}
        ),
        latency_ms={},
        throughput_per_s=Quantity.exact(1, "inference/s", Provenance.MEASURED, key),
        metric=metric if accuracy is not None else None,
        accuracy=None
        if accuracy is None
        else Quantity.from_spread(
            accuracy, "point", Provenance.MEASURED, key, {f"samples d/{key}": 0.5}, log=False
        ),
        windows_used=9,
        windows_excluded=0,
        coverage="package",
        energy_draws_j=tuple(joules * np.exp(DRIFT + own)),
        loss_draws=() if loss is None else tuple(loss),
    )


NOISE = 0.5 * RNG.standard_normal(1000)
BIG = measured("big", 0.10, 97.5, loss_noise=NOISE)


def test_what_candidates_share_cancels_in_the_saving():
    close = measured("close", 0.095, 97.5, loss_noise=NOISE)
    options = options_from_measurements([BIG, close], "big", 1e9, 1.2, GRID)
    saved = options[1].carbon_saved_kg
    # 5 % drift on each would drown a difference of 5 %; paired, 1 % each leaves it visible
    assert saved.low > 0
    hand = (0.10 - 0.095) * 1e9 / 3.6e6 * 1.2 * GRID.value / 1e3
    assert saved.value == pytest.approx(hand)


def test_paired_losses_see_a_small_loss_that_unpaired_ones_would_miss():
    worse = measured("worse", 0.05, 97.3, loss_noise=NOISE + 0.01 * RNG.standard_normal(1000))
    option = options_from_measurements([BIG, worse], "big", 1e9, 1.2, GRID)[1]
    assert option.accuracy_loss is not None
    assert option.accuracy_loss.low > 0.15
    assert (BIG.accuracy - worse.accuracy).low < 0


def test_the_baseline_is_the_model_in_use_and_the_first_original_if_none_is_named():
    other = measured("other", 0.01, 97.0)
    assert default_baseline([BIG, other]) == "big"
    assert options_from_measurements([other, BIG], "big", 1e9, 1, GRID)[0].candidate == "big"
    with pytest.raises(RankError, match="not among"):
        options_from_measurements([other], "big", 1e9, 1, GRID)
    with pytest.raises(RankError, match="nothing to rank"):
        default_baseline([])


def test_the_floor_by_direction_of_the_metric():
    weak = measured("weak", 0.01, 94.0)
    found = rank(options_from_measurements([BIG, weak], "big", 1e9, 1, GRID, floor=96.0))
    assert {r.option.candidate: r.verdict for r in found}["weak"] is Verdict.BELOW_FLOOR
    base = measured("base", 0.1, 10.0, metric="rmse", loss_noise=20.0 + NOISE)
    worse = measured("worse", 0.01, 12.0, metric="rmse", loss_noise=24.0 + NOISE)
    option = options_from_measurements([base, worse], "base", 1e9, 1, GRID, floor=11.0)[1]
    assert option.accuracy_loss.value == pytest.approx(2.0)
    assert option.loss_allowed == pytest.approx(1.0)


def test_total_and_above_idle_are_named():
    small = measured("small", 0.02, 97.5)
    total = options_from_measurements([BIG, small], "big", 1e9, 1, GRID)[1]
    above = options_from_measurements([BIG, small], "big", 1e9, 1, GRID, basis=Basis.ABOVE_IDLE)[1]
    assert above.carbon_saved_kg.value == pytest.approx(total.carbon_saved_kg.value / 2)
    assert (total.basis, above.basis) == (Basis.TOTAL, Basis.ABOVE_IDLE)


def test_without_labels_accuracy_stays_unknown():
    blind = measured("blind", 0.02, None)
    found = rank(options_from_measurements([BIG, blind], "big", 1e9, 1, GRID))
    assert found[-1].verdict is Verdict.UNKNOWN or found[1].verdict is Verdict.UNKNOWN


def test_different_metrics_or_data_are_refused():
    with pytest.raises(RankError, match="different metrics"):
        options_from_measurements([BIG, measured("a", 1, 1, "auc")], "big", 1, 1, GRID)
    with pytest.raises(RankError, match="different data"):
        options_from_measurements([BIG, measured("a", 1, 1, data="e")], "big", 1, 1, GRID)


def test_what_all_savings_share_says_nothing_of_their_order():
    options = options_from_measurements(
        [BIG, measured("small", 0.02, 97.5), measured("close", 0.021, 97.5)], "big", 1e9, 1, GRID
    )
    own = own_savings(options)
    for option in options[1:]:
        mine = own[option.id]
        assert set(mine.spread) == {f"windows r/{option.candidate}"}
        assert mine.high - mine.low < 0.2 * (
            option.carbon_saved_kg.high - option.carbon_saved_kg.low
        )
        assert mine.value == option.carbon_saved_kg.value
    assert own_savings(options[:1])[options[0].id] == options[0].carbon_saved_kg
