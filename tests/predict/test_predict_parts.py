"""Kernels, closed forms, intervals, tokens: arithmetic against slow but sure ways."""

import math
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.predict.blend import WORST, blend_weights, weighted_median
from advisor.predict.columns import Columns
from advisor.predict.contender import index_groups, merged_groups, sliced_groups
from advisor.predict.encoding import Encoder, Knowledge
from advisor.predict.gaussian_process import Conditioned, left_out, search
from advisor.predict.generation import generation_energy
from advisor.predict.intervals import calibrate
from advisor.predict.learning import learn
from advisor.predict.left_out_search import _density
from advisor.predict.process import components
from advisor.predict.rows import measured_rows
from advisor.predict.training import UnknownDeviceError, training_energy
from advisor.quantities import Provenance


@pytest.fixture(scope="module")
def world(table, columns):
    rows, _, _ = measured_rows(table.head(40), columns)
    encoded = Encoder(Knowledge.DEVICE).fit(rows).encode(rows)
    y = rows.log_energy - encoded.offset
    terms = components(rows, Knowledge.DEVICE, smooth=True)
    return rows, encoded, y - y.mean(), search(terms, encoded, y - y.mean(), iterations=8)


def test_closed_form_left_out_equals_refitting(world):
    rows, encoded, y, parameters = world
    groups = index_groups(rows.family)
    mean, deviation = left_out(parameters, encoded, y, groups)
    for index in groups:
        rest = np.setdiff1d(np.arange(len(rows)), index)
        slow = Conditioned(parameters, encoded.take(rest), y[rest])
        slow_mean, slow_deviation = slow.predict(encoded.take(index))
        np.testing.assert_allclose(mean[index], slow_mean, rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(deviation[index], slow_deviation, rtol=1e-3)


def test_gradients_agree_with_differences(world):
    rows, encoded, y, parameters = world
    covariance, theta = parameters.covariance, parameters.theta[:-1]
    masks = covariance.masks(encoded, encoded)
    groups = index_groups(rows.family)
    noise = 0.01 * np.eye(len(y))

    smooth = {}

    def density(t, kept=None):
        return _density(covariance.matrix(t, encoded, encoded, masks, kept) + noise, y, groups)

    _, W = density(theta, smooth)
    gradient = covariance.gradient(theta, encoded, W, masks, smooth)
    for i in range(0, len(theta), 5):
        step = np.zeros_like(theta)
        step[i] = 1e-5
        slope = (density(theta + step)[0] - density(theta - step)[0]) / 2e-5
        assert gradient[i] == pytest.approx(slope, rel=2e-3, abs=2e-3)


@settings(max_examples=30, deadline=None)
@given(st.integers(5, 60), st.integers(1, 12), st.integers(0, 10_000))
def test_merged_folds_keep_groups_whole(n, most, seed):
    names = np.random.default_rng(seed).integers(0, 9, n).astype(str).astype(object)
    groups = index_groups(names)
    folds = merged_groups(groups, most)
    assert len(folds) <= most or len(folds) == len(groups)
    assert sorted(np.concatenate(folds).tolist()) == list(range(n))
    for fold in folds:
        inside = set(names[fold])
        assert not inside & set(np.delete(names, fold))


def test_intervals_of_normal_errors_have_the_normal_width():
    rng = np.random.default_rng(0)
    residual = rng.normal(0, 0.2, 4000)
    groups = [np.arange(i, 4000, 40) for i in range(40)]
    found = calibrate(residual, np.full(4000, 0.2), groups)
    assert found.multiplier(0.9) == pytest.approx(1.645, rel=0.05)
    assert found.multiplier(0.8) < found.multiplier(0.9) < found.multiplier(0.95)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 1000))
def test_the_blend_is_a_weighted_median_that_one_failure_does_not_move(seed):
    rng = np.random.default_rng(seed)
    target = rng.normal(size=60)
    members = np.array([target + s * rng.normal(size=60) for s in (0.05, 0.06, 0.07, 2.0)])
    weights = blend_weights(target, members)
    assert weights.sum() == pytest.approx(1)
    assert weights[3] == 0
    error = np.abs(members - target).mean(axis=1)
    np.testing.assert_array_equal(weights > 0, error <= WORST * error.min())
    middle = weighted_median(members, weights)
    assert (members.min(axis=0) <= middle).all()
    assert (middle <= members.max(axis=0)).all()
    np.testing.assert_allclose(weighted_median(members, np.ones(4)), np.median(members, axis=0))
    members[3] = 1e6
    np.testing.assert_array_equal(weighted_median(members, weights), middle)
    even = np.array([0.3, 0.3, 0.3, 0.1])
    assert np.abs(weighted_median(members, even) - target).max() < 1


def test_training_energy_follows_its_formula():
    found = training_energy(10, "A100 SXM4 80GB", mean_utilisation=1.0, pue=1.5, host_factor=1.0)
    assert found.value == pytest.approx(10 * 400 * 1.5 / 1000)
    assert found.unit == "kWh"
    assert found.provenance is Provenance.PREDICTED
    assert found.low < found.value < found.high
    unsure = training_energy(10, "A100 SXM4 80GB")
    assert unsure.relative_half_width > found.relative_half_width
    with pytest.raises(UnknownDeviceError, match="quantum"):
        training_energy(1, "quantum thing")


def test_decode_and_prefill_are_apart_and_batching_saves():
    one = generation_energy(8e9, 1000, 200, "A100 SXM4 80GB", batch=1)
    many = generation_energy(8e9, 1000, 200, "A100 SXM4 80GB", batch=64)
    assert many.decode.value < one.decode.value
    assert many.prefill.value == pytest.approx(one.prefill.value)
    longer = generation_energy(8e9, 1000, 400, "A100 SXM4 80GB", batch=1)
    assert longer.prefill.value == pytest.approx(one.prefill.value)
    assert longer.decode.value > 1.9 * one.decode.value
    assert one.request.value == pytest.approx(one.prefill.value + one.decode.value)
    assert math.isfinite(one.request.high)


def test_runs_alike_say_more_than_any_slope_where_energy_moves_in_steps():
    """Energy by building blocks: no smooth curve over the size alone says it."""
    rng = np.random.default_rng(3)
    kind = rng.integers(0, 30, 240)
    size = 1e6 * (1 + 0.03 * kind)
    step = rng.permutation(30)[kind]
    table = pd.DataFrame(
        {"size": size, "j": np.exp(0.1 * step + 0.02 * rng.normal(size=240)), "run": range(240)}
    )
    columns = Columns(energy="j", sizes=("size",), family="run")
    rows, _, _ = measured_rows(table, columns)
    learnt = learn(rows, merged_groups(index_groups(rows.family), 12), "family")
    errors = {x.contender.name: x.inner_error for x in learnt if not x.contender.rival}
    assert errors["neighbours"] < 0.5 * errors["power law"]
    assert errors["blend"] < 1.2 * errors["neighbours"]


def test_slices_of_one_group_ask_for_what_lies_beyond_and_say_little_of_another_group():
    rng = np.random.default_rng(4)
    table = pd.DataFrame({"size": np.exp(rng.normal(size=100)), "j": np.ones(100)})
    rows, _, _ = measured_rows(table, Columns(energy="j", sizes=("size",)))
    slices = sliced_groups(rows, 5)
    assert sorted(np.concatenate(slices)) == list(range(100))
    ends = sorted((rows.sizes[s].min(), rows.sizes[s].max()) for s in slices)
    assert all(a[1] <= b[0] for a, b in pairwise(ends))
    residual = rng.normal(size=100)
    groups = calibrate(residual, np.ones(100), slices)
    alone = calibrate(residual, np.ones(100), slices, alone=True)
    assert alone.multiplier(0.9) > 1.3 * groups.multiplier(0.9)
