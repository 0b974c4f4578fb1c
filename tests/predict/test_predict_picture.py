"""What is drawn of the predictions: left-out runs, coverage, dependence, shortlist, judgement."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from advisor.bench import Measurement
from advisor.candidates import Candidate, GraphFacts
from advisor.portfolio import Model, inventory_frame
from advisor.predict import fit, picture
from advisor.predict.contender import index_groups
from advisor.predict.dependence import along, partial_dependence, span
from advisor.predict.extrapolation import Trial, Widening, calibrated, trials
from advisor.predict.grade import BEYOND, FAR, Grade, grades
from advisor.predict.judgement import (
    Judgement,
    as_profile,
    judge,
    rules_digest,
    runs_digest,
    shipped_judgement,
)
from advisor.predict.local_runs import (
    Learnt,
    from_inventory,
    learnt_from,
    local_runs,
)
from advisor.predict.next_measurement import measure_next
from advisor.predict.picture import LEVELS, left_out
from advisor.predict.prior import PRIOR_COLUMNS, shipped_hyperparameters, shipped_runs
from advisor.predict.reach import Reach
from advisor.predict.rows import measured_rows
from advisor.predict.shortlist import shortlist
from advisor.profiles import read_profile
from advisor.quantities import Provenance, Quantity

SOME = ("resnet50", "bert", "mobilenet-v1", "ssd-resnet34")


def some_runs(per_family=45):
    runs = shipped_runs()
    parts = [runs[runs["family"] == f].sample(per_family, random_state=1) for f in SOME]
    return pd.concat(parts, ignore_index=True)


@pytest.fixture(scope="module")
def learnt():
    runs = some_runs()
    model = fit(runs, PRIOR_COLUMNS, thorough=False, known=shipped_hyperparameters())
    return Learnt(model, runs, len(runs))


@pytest.fixture(scope="module")
def found(learnt):
    return left_out(learnt)


def facts(parameters, precision="float32"):
    return GraphFacts(
        parameters=parameters,
        flops_per_inference=Quantity.exact(2e6, "1", Provenance.DECLARED, "graph"),
        bytes_moved_per_inference=None,
        weight_bytes=4 * parameters,
        operators={"MatMul": 2},
        precision=precision,
        inputs=(),
        outputs=(),
        opset=17,
        opsets={"": 17},
    )


def candidate(name, key, parent=None, family=""):
    return Candidate(
        name=name,
        path=Path(f"/nowhere/{name}.onnx"),
        sha256=key,
        family=family,
        parent_key=parent,
        facts=facts(1_000_000),
    )


def measurement(key, provenance=Provenance.MEASURED, above=0.006):
    def exact(value, unit):
        return Quantity.exact(value, unit, provenance, "meter")

    return Measurement(
        run_id="r1",
        candidate=key,
        workload_sha256="d",
        device="a desk",
        batch_size=1,
        energy_j=exact(0.010, "J/inference"),
        energy_above_idle_j=None if above is None else exact(above, "J/inference"),
        latency_ms={},
        throughput_per_s=exact(2000.0, "inference/s"),
        metric=None,
        accuracy=None,
        windows_used=9,
        windows_excluded=0,
        coverage="package",
    )


def test_local_runs_are_what_a_meter_read():
    known = {c.key: c for c in (candidate("net", "a"), candidate("net int8", "b", parent="a"))}
    runs = local_runs(
        [
            measurement("a"),
            measurement("b", above=None),
            measurement("a", Provenance.ESTIMATED),
            measurement("gone"),
        ],
        known,
    )
    assert runs["key"].tolist() == ["a", "b"]
    assert runs["family"].tolist() == ["net", "net"]
    assert runs["precision"].tolist() == ["fp32", "fp32"]
    assert runs["idle_w"].iloc[0] == pytest.approx((0.010 - 0.006) * 2000)
    assert np.isnan(runs["idle_w"].iloc[1])
    assert runs["flops_per_call"].tolist() == [2e6, 2e6]


def test_local_runs_take_part_and_move_their_own_device(learnt, monkeypatch):
    shipped = some_runs()
    monkeypatch.setattr("advisor.predict.local_runs.shipped_runs", lambda: shipped)
    known = {"a": candidate("net", "a")}
    local = pd.concat([local_runs([measurement("a")], known)] * 3, ignore_index=True)
    local["throughput_per_s"] = [1000.0, 2000.0, 4000.0]
    local["energy_j"] = [0.02, 0.01, 0.005]
    both = learnt_from(local)
    assert (both.shipped, both.local) == (len(shipped), 3)
    asked = {
        "parameters": 1e6,
        "flops_per_call": 2e6,
        "throughput_per_s": 2000.0,
        "device": "a desk",
        "idle_w": 8.0,
    }
    alone, moved = learnt.predict_one(**asked), both.predict_one(**asked)
    assert alone.local_share == 0
    assert 0.05 < moved.local_share <= 1
    assert abs(np.log(moved.energy.value / 0.01)) < abs(np.log(alone.energy.value / 0.01))
    assert along(both, asked, "throughput_per_s")[0].local_share == pytest.approx(moved.local_share)
    assert both.devices()["device"].iloc[0] == "a desk"
    points = left_out(both).points
    assert points[points["local"]]["key"].tolist() == ["a", "a", "a"]


@pytest.mark.parametrize("word", ["fp32", "float32", "FP32"])
def test_a_precision_is_known_by_any_of_its_words(learnt, word):
    asked = {"parameters": 2.5e7, "throughput_per_s": 200.0}
    plain = learnt.predict_one(**asked, precision="fp32").energy
    assert learnt.predict_one(**asked, precision=word).energy.value == plain.value
    assert learnt.predict_one(**asked).energy.value != plain.value


def test_nothing_known_stays_unknown(learnt):
    frame = pd.DataFrame(
        {"parameters": [1e7, np.nan], "throughput_per_s": [np.nan, np.nan], "device": "x"}
    )
    result = learnt.predict(frame)
    assert np.isfinite(result["energy_j"].iloc[0])
    assert result.iloc[1][["energy_j", "energy_j_low", "energy_j_provenance"]].isna().all()
    with pytest.raises(ValueError, match="size or the throughput"):
        learnt.predict_one(device="x")


def test_a_group_takes_no_part_in_its_own_picture(learnt, found):
    """Other energies of one family change nothing of what is predicted for it."""
    runs = learnt.runs.copy()
    own = runs["family"] == "resnet50"
    runs.loc[own, "energy_j"] *= 7.0
    # the same hyperparameters and rows, other energies of one family
    model = fit(runs, PRIOR_COLUMNS, thorough=False, known=shipped_hyperparameters())
    other = left_out(Learnt(model, runs, len(runs)))
    here = (found.points["family"] == "resnet50").to_numpy()
    before, after = found.points["predicted_j"], other.points["predicted_j"]
    np.testing.assert_allclose(np.log(after[here]), np.log(before[here]), atol=0.02)
    assert not np.allclose(after[~here], before[~here], rtol=0.01)


def test_a_groups_own_residuals_do_not_widen_its_interval(learnt):
    level = list(learnt.model.levels.values())[-1]
    rows, _, _ = measured_rows(learnt.runs, PRIOR_COLUMNS)
    groups = index_groups(rows.family)
    mean, scale = level.chosen.left_out(rows, groups)

    def widths():
        found = trials(level.chosen, rows, groups, (mean, scale))[: len(groups)]
        return [picture._half_widths(found, i, len(groups), level, rows) for i in range(2)]

    before = widths()
    mean = mean.copy()
    mean[groups[1]] += 9.0
    after = widths()
    np.testing.assert_array_equal(after[1], before[1])
    assert (after[0] > before[0]).all()


def test_beyond_the_data_intervals_hold_what_was_left_out(found):
    """Each grade's share inside, from intervals that rest on other trials."""
    assert {g.grade for g in found.by_grade} >= {Grade.BEYOND, Grade.FAR}
    for each in found.by_grade:
        assert each.trials >= 1
        assert each.inside[0.8] <= each.inside[0.9] <= each.inside[0.95]
        assert each.inside[0.95] > 0.8


def test_errors_beyond_and_far_beyond_set_the_widths_there():
    rng = np.random.default_rng(4)
    distance = np.linspace(0.1, 6, 300)
    worse = np.where(distance > FAR, 5.0, np.where(distance > BEYOND, 2.0, 1.0))
    tests = [
        Trial(np.arange(300) + 300 * i, worse * rng.normal(0, 1, 300), np.ones(300), distance)
        for i in range(12)
    ]
    near = calibrated([t.within(Grade.INSIDE) for t in tests]).multiplier(0.9)
    reach = Widening.of(tests).multipliers(np.full(300, near), distance, 0.9)
    assert (np.diff(reach) >= 0).all()
    for grade in Grade:
        here = grades(distance) == grade.value
        inside = np.mean([np.abs(t.residual[here]) <= reach[here] for t in tests])
        assert 0.88 < inside < 0.96
    none = Widening.of([]).multipliers(np.full(300, near), distance, 0.9)
    np.testing.assert_array_equal(none, near)


def test_the_reason_names_the_figure_that_is_out_of_range_and_by_what(learnt):
    base = {"parameters": 2.56e7, "flops_per_call": 8.2e9, "throughput_per_s": 500.0}
    inside = learnt.predict_one(**base)
    smallest = float(learnt.runs["parameters"].min())
    small = learnt.predict_one(**{**base, "parameters": smallest / 400})
    assert not inside.extrapolated
    assert str(inside.reason) == "Inside what was measured."
    assert small.grade == Grade.FAR
    assert "parameters 400 times smaller than the smallest measured" in str(small.reason)
    assert "400 分の 1" in small.reason.text("ja")
    largest = float(learnt.runs["flops_per_call"].max())
    mixed = learnt.predict_one(parameters=smallest, flops_per_call=largest, throughput_per_s=500.0)
    assert "no run has them together" in str(mixed.reason)


def test_intervals_widen_with_distance_without_a_step(learnt):
    parameters = np.geomspace(2.56e7, 2.56e13, 400)
    frame = pd.DataFrame(
        {"parameters": parameters, "flops_per_call": 8.2e9, "throughput_per_s": 500.0}
    )
    result = learnt.predict(frame)
    half = np.log(result["energy_j_high"] / result["energy_j"]).to_numpy()
    assert result["grade"].iloc[0] == "inside"
    assert result["grade"].iloc[-1] == "far"
    assert half[-1] > half[0]
    assert np.abs(np.diff(half)).max() < 0.1


def test_many_predictions_are_summed_up_by_grade():
    names = pd.Series(["inside", "far", "far", None])
    reach = Reach.of(names, np.array([1.0, 2.0, 1.0, 9.0]))
    assert reach.rows == {Grade.INSIDE: 1, Grade.BEYOND: 0, Grade.FAR: 2}
    assert reach.energy == {Grade.INSIDE: 0.25, Grade.BEYOND: 0.0, Grade.FAR: 0.75}
    assert "far beyond it: 2 models (75 % of the predicted energy)" in str(reach.words())
    assert Reach.of(names).energy is None
    assert "大きく範囲外：2 モデル。" in Reach.of(names).words().text("ja")


def test_coverage_counts_the_runs_inside(found):
    points = found.points
    inside = points["measured_j"].between(points["predicted_j_low"], points["predicted_j_high"])
    at_95 = found.coverage[-1]
    assert at_95.found == pytest.approx(inside.mean())
    for name, share in at_95.by_group.items():
        assert share == pytest.approx(inside[points["family"] == name].mean())
    assert [c.nominal for c in found.coverage] == list(LEVELS)
    shares = [c.found for c in found.coverage]
    assert shares == sorted(shares)
    for each in found.coverage:
        assert 0 <= each.low <= each.found <= each.high <= 1


def test_residuals_are_quantiles_of_the_factor_worst_first(found):
    table = found.residuals
    assert set(table["group"]) == set(SOME)
    worst = np.abs(np.log(table["median"]))
    assert worst.is_monotonic_decreasing
    for row in table.itertuples():
        factor = found.points.loc[found.points["family"] == row.group, "factor"]
        assert row.median == pytest.approx(np.exp(np.median(np.log(factor))))
        assert row.p05 <= row.p25 <= row.median <= row.p75 <= row.p95
        assert row.runs == len(factor)


def test_devices_can_be_left_out_as_well(learnt, found):
    by_device = left_out(learnt, "device")
    assert set(by_device.residuals["group"]) == set(learnt.runs["device"])
    assert not np.allclose(by_device.points["predicted_j"], found.points["predicted_j"])


def test_dependence_falls_with_throughput_and_stays_in_the_range(learnt):
    table = partial_dependence(learnt, "throughput_per_s")
    low, high = span(learnt, "throughput_per_s")
    assert table["value"].between(low, high).all()
    assert table["energy_j"].iloc[-1] < table["energy_j"].iloc[0] / 10
    assert (table["low_j"] <= table["high_j"]).all()


def test_the_line_passes_through_the_model_that_was_asked(learnt):
    asked = {"parameters": 2.5e7, "flops_per_call": 8e9, "throughput_per_s": 200.0}
    found, line = along(learnt, asked, "throughput_per_s", points=201)
    alone = learnt.predict_one(**asked)
    assert found.energy.value == pytest.approx(alone.energy.value)
    assert (found.used, found.local_share) == (alone.used, alone.local_share)
    at = np.interp(np.log(200.0), np.log(line["value"]), np.log(line["energy_j"]))
    assert at == pytest.approx(np.log(found.energy.value), abs=0.02)
    _, beyond = along(learnt, {**asked, "throughput_per_s": 1e7}, "throughput_per_s")
    assert beyond["value"].iloc[-1] == pytest.approx(1e7)


def test_the_shortlist_narrows_the_total_of_what_is_predicted(learnt):
    models = [
        Model(id="big", name="Big", parameters=3e8, flops_per_call=4e11, calls_per_year=1e9),
        Model(id="small", name="Small", parameters=5e5, flops_per_call=3e7, calls_per_year=1e3),
        Model(id="known", name="Known", parameters=1e6, energy_per_call_j=0.1, calls_per_year=1e9),
        Model(id="unused", name="Unused", parameters=1e6),
        Model(id="nothing", name="Nothing known", calls_per_year=1e9),
    ]
    listed = shortlist(learnt, inventory_frame(models), k=2)
    assert listed is not None
    assert listed.predicted == 2
    assert listed.steps["id"].tolist() == ["big", "small"]
    assert listed.steps["narrowing"].is_monotonic_increasing
    year = learnt.predict(from_inventory(inventory_frame(models[:2])))["energy_j"] * [1e9, 1e3]
    assert listed.total.value == pytest.approx(year.sum() / 3.6e6)
    assert listed.total.low < listed.after.low < listed.total.value
    assert listed.after.high < listed.total.high
    assert shortlist(learnt, inventory_frame(models[2:])) is None


def test_what_measuring_promises_is_what_it_brings():
    """Devices nobody measured: promise, measure the named models, fit anew, compare."""
    every = shipped_runs()
    new = ("rpi4-armnn-v21.11-neon", "firefly-armnn-v22.05-opencl", "odroid-armnn-v21.11-neon")
    runs = some_runs()[lambda t: ~t["device"].isin(new)].reset_index(drop=True)
    stock = every[every["device"].isin(new)].groupby("device").head(8).reset_index(drop=True)
    calls = np.exp(np.random.default_rng(0).normal(0, 1, len(stock))) / stock["energy_j"]
    asked = stock.drop(columns="energy_j").assign(calls_per_year=calls)

    def fitted(table):
        return fit(table, PRIOR_COLUMNS, thorough=False, known=shipped_hyperparameters())

    steps = measure_next(asked, fitted(runs), 3)
    assert len({stock["device"][s.row] for s in steps}) == 3
    assert steps[-1].half_width_after < 0.4 * steps[0].half_width_before
    for count in (1, 3):
        at = [s.row for s in steps[:count]]
        then = fitted(pd.concat([runs, stock.iloc[at]], ignore_index=True))
        brought = measure_next(asked.drop(index=at), then, 1)[0].half_width_before
        assert 0.7 < steps[count - 1].half_width_after / brought < 1.4


def test_the_shipped_judgement_is_of_the_shipped_runs_and_beats_the_rivals():
    shipped = shipped_judgement()
    assert shipped is not None
    again = "run python -m advisor.predict.shipping"
    assert shipped.runs_sha256 == runs_digest(shipped_runs()), again
    assert shipped.rules == rules_digest(shipped_runs()), again
    assert set(shipped.chosen) <= {s.contender for s in shipped.scores if not s.rival}
    first, rivals = shipped.scores[0], [s for s in shipped.scores if s.rival]
    assert len(rivals) >= 3
    assert first.median_error < min(r.median_error for r in rivals)


def test_a_judgement_survives_its_file(tmp_path):
    runs = some_runs(9)[lambda t: t["family"].isin(SOME[:3])]
    told = []
    made = judge(runs, "2026-11-25", progress=lambda *a: told.append(a), processes=1)
    assert told[-1][0] == told[-1][1] == 3
    assert {s.rival for s in made.scores} == {True, False}
    path = tmp_path / "judgement.toml"
    path.write_text(as_profile(made), encoding="utf-8")
    profile = read_profile(path)
    again = Judgement.model_validate({**profile.document, "made_on": profile.header.checked})
    assert again.chosen == made.chosen
    assert again.runs_sha256 == runs_digest(runs) != runs_digest(some_runs(9))
    for kept, score in zip(again.scores, made.scores, strict=True):
        assert kept.contender == score.contender
        assert kept.median_error == pytest.approx(score.median_error, rel=1e-5)
