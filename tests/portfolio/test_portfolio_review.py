"""The review's states, four eyes, proof of retirement, rules on trial, months and differences."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.portfolio import (
    MeteredMonth,
    PortfolioError,
    SimulationSettings,
    State,
    explain_difference,
    footprint,
    metered_frame,
    moved,
    next_states,
    optimum,
    portfolio_options,
    proof_of_retirement,
    proposals,
    propose,
    read_rules,
    sample_inventory,
    simulate,
    try_rule,
)
from advisor.portfolio.optimum import Budgets
from advisor.portfolio.policy import EXAMPLE
from advisor.portfolio.review import (
    CHECKLIST,
    Decision,
    dependants,
    due,
    same_person,
    ticked,
    undone,
)

DAY = date(2026, 11, 24)
STOCK = sample_inventory(300)
FOUND = footprint(STOCK)
OPTIONS = portfolio_options(STOCK, FOUND)


def proposal():
    row = OPTIONS[OPTIONS["kind"] == "retire"].iloc[0]
    return propose(row, STOCK, "Aiko", DAY, "hungry and weaker")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Ann Lee", "Lee, Ann", True),
        ("Ann Lee", "A. Lee", True),
        ("Ann Lee", "ann.lee@bank.example", True),
        ("Dr Ann Mary Lee", "Ann Lee", True),
        ("Zoé Müller", "zoe muller", True),
        ("山田 太郎", "山田太郎", True),
        ("Ann Lee", "Ben Lee", False),
        ("A. Lee", "B. Lee", False),
        ("A", "Ann Lee", False),
        ("山田太郎", "山田花子", False),
        ("原", "腹", False),
    ],
)
def test_one_person_by_any_spelling(one, other, same):
    assert same_person(one, other) is same
    assert same_person(other, one) is same


def test_what_a_rule_proposed_needs_two_people_as_well():
    row = OPTIONS[OPTIONS["kind"] == "retire"].iloc[0]
    by_rule = propose(row, STOCK, "policy: unused", DAY, "fewer than 300 calls")
    d = moved(by_rule, State.UNDER_REVIEW, "Bea", DAY, "taken up")
    with pytest.raises(PortfolioError, match="second person"):
        moved(d, State.AGREED, "bea", DAY, "convincing")
    assert moved(d, State.AGREED, "Cem", DAY, "convincing").state is State.AGREED


def test_the_way_from_proposal_to_retirement():
    d = moved(proposal(), State.UNDER_REVIEW, "Bea", DAY, "taken up")
    d = moved(d, State.AGREED, "Bea", DAY, "convincing", retire_on=date(2026, 12, 31))
    with pytest.raises(PortfolioError, match="not done yet"):
        moved(d, State.RETIRED, "Bea", DAY, "gone")
    for check in CHECKLIST:
        d = ticked(d, check)
    d = moved(d, State.RETIRED, "Bea", DAY, "gone")
    assert d.state is State.RETIRED
    assert Decision.model_validate_json(d.model_dump_json()) == d


def test_four_eyes_reason_and_allowed_moves():
    d = moved(proposal(), State.UNDER_REVIEW, "Bea", DAY, "taken up")
    with pytest.raises(PortfolioError, match="second person"):
        moved(d, State.AGREED, " aiko ", DAY, "mine")
    for spelling in ("AIKO", "Ａｉｋｏ", "aiko@bank.example", "Aiko (Markets)", "Aikó"):
        with pytest.raises(PortfolioError, match="second person"):
            moved(d, State.AGREED, spelling, DAY, "mine")
    with pytest.raises(PortfolioError, match="needs a reason"):
        moved(d, State.AGREED, "Bea", DAY, " ")
    with pytest.raises(PortfolioError, match="Who decides"):
        moved(d, State.AGREED, "", DAY, "x")
    with pytest.raises(PortfolioError, match="cannot become"):
        moved(proposal(), State.AGREED, "Bea", DAY, "at once")
    with pytest.raises(PortfolioError, match="later day"):
        moved(d, State.DEFERRED, "Bea", DAY, "not now", until=DAY)


def test_deferred_comes_back_on_its_day_and_undo_goes_one_back():
    d = moved(proposal(), State.UNDER_REVIEW, "Bea", DAY, "taken up")
    d = moved(d, State.DEFERRED, "Bea", DAY, "audit", until=date(2027, 1, 15))
    assert due([d], date(2027, 1, 14)) == []
    assert due([d], date(2027, 1, 15)) == [d]
    assert undone(d).state is State.UNDER_REVIEW
    with pytest.raises(PortfolioError, match="nothing to undo"):
        undone(proposal())


def test_dependants_are_who_it_feeds_and_whose_fallback_it_is():
    stock = STOCK.copy()
    stock.at[0, "feeds"] = ("M00005",)
    stock.loc[7, "fallback"] = "M00001"
    assert {"M00005", "M00008"} <= set(dependants("M00001", stock))


def agreed(**changes):
    d = proposal()
    for state, by in ((State.UNDER_REVIEW, "Ann"), (State.AGREED, "Ben")):
        d = moved(d, state, by, DAY, "looked at", retire_on=date(2026, 12, 1))
    return d.model_copy(update=changes)


def meter(*rows):
    return metered_frame([MeteredMonth(model_id=i, month=m, energy_kwh=e) for i, m, e in rows])


def test_a_model_that_still_runs_raises_an_alarm():
    d, after = agreed(fallback=None), date(2027, 2, 1)
    me, grids = d.model_id, {d.model_id: 500.0}
    nothing = meter()
    assert proof_of_retirement(d, d.retire_on, nothing, grids) is None
    assert proof_of_retirement(proposal(), after, nothing, grids) is None, "nobody agreed yet"
    unmetered = proof_of_retirement(d, after, nothing, grids)
    assert unmetered.alarm
    assert "nobody meters" in str(unmetered.said)
    assert unmetered.realised is None
    january, december, november = date(2027, 1, 1), date(2026, 12, 1), date(2026, 11, 1)
    runs = proof_of_retirement(d, after, meter((me, november, 90.0), (me, january, 40.0)), grids)
    assert runs.alarm
    assert "still runs" in str(runs.said)
    assert runs.realised.value == pytest.approx(12 * 50.0 * 0.5)
    quiet = proof_of_retirement(
        d, after, meter((me, november, 90.0), (me, december, 0.0), (me, january, 0.0)), grids
    )
    assert (quiet.alarm, quiet.months) == (False, 2)
    assert quiet.realised.value == pytest.approx(12 * 90.0 * 0.5)
    assert quiet.realised.low < quiet.realised.value < quiet.realised.high


def test_what_took_over_is_charged_and_unmetered_sides_fall_back_to_the_expectation():
    d, after = agreed(fallback="other"), date(2027, 2, 1)
    me, grids = d.model_id, {d.model_id: 500.0, "other": 500.0}
    november, january = date(2026, 11, 1), date(2027, 1, 1)
    both = meter(
        (me, november, 90.0),
        (me, january, 0.0),
        ("other", november, 10.0),
        ("other", january, 30.0),
    )
    assert proof_of_retirement(d, after, both, grids).realised.value == pytest.approx(12 * 70 * 0.5)
    one_side = proof_of_retirement(d, after, meter((me, january, 2.0)), grids)
    assert one_side.realised.value == pytest.approx(d.saved_kg - 12 * 2 * 0.5)
    assert "Nobody metered both sides" in str(one_side.basis)


def test_next_states_and_only_a_retirement_ends_retired():
    d = agreed()
    assert next_states(d) == (State.RETIRED, State.UNDER_REVIEW)
    other = d.model_copy(update={"kind": "quantise"})
    assert next_states(other) == (State.UNDER_REVIEW,)
    with pytest.raises(PortfolioError, match="cannot become"):
        moved(other, State.RETIRED, "Ben", DAY, "done")


def test_a_rule_proposes_retirements_with_its_name_and_lists_models_without_one():
    (rule,) = read_rules(EXAMPLE.replace("1.0", "100.0"))
    trial = try_rule(rule, STOCK, FOUND)
    made, without = proposals(trial, OPTIONS, STOCK, DAY)
    assert {d.model_id for d in made} | set(without) == set(trial.models)
    assert all(d.kind == "retire" and d.steps[0].by == f"policy: {rule.name}" for d in made)
    assert all(d.reason.startswith("calls_last_90_days below 300") for d in made)


def test_rules_are_tried_and_unknown_never_fulfils():
    (rule,) = read_rules(EXAMPLE)
    trial = try_rule(rule, STOCK, FOUND)
    by_id = STOCK.set_index("id")
    scores = by_id["metric_value"]
    for model in trial.models:
        row = by_id.loc[model]
        assert row["calls_last_90_days"] < 300
        assert scores[model] - scores[row["fallback"]] <= 1.0
    assert not set(trial.models) & set(trial.undecided)
    for model in trial.undecided:
        fallback = by_id.loc[model, "fallback"]
        assert (
            fallback is None
            or fallback not in by_id.index
            or (by_id.loc[fallback, "metric"] != by_id.loc[model, "metric"])
        )


def test_a_rule_about_an_unknown_field_is_refused():
    (rule,) = read_rules(
        '[[rule]]\nname="x"\nthen="watch"\nwhen=[{field="mood",is="below",value=1}]'
    )
    with pytest.raises(PortfolioError, match="mood"):
        try_rule(rule, STOCK, FOUND)


def test_the_months_under_nothing_and_under_a_plan():
    still = SimulationSettings(
        growth_per_year=0, growth_std=0, grid_change_per_year=0, grid_change_std=0, months=24
    )
    nothing = simulate(FOUND, None, still)
    whole = FOUND["carbon_kg_location"].sum()
    assert nothing["carbon_kg"].iloc[:12].sum() == pytest.approx(whole)
    plan = optimum(OPTIONS, STOCK, Budgets(engineer_days=300))
    planned = simulate(FOUND, plan.chosen, still)
    assert planned["in_force"].is_monotonic_increasing
    last = nothing["carbon_kg"].iloc[-1] - planned["carbon_kg"].iloc[-1]
    assert last * 12 == pytest.approx(plan.saved_kg)
    assert (planned["carbon_kg_low"] <= planned["carbon_kg"]).all()
    growing = simulate(FOUND, None, SimulationSettings(growth_per_year=0.5, months=24))
    assert growing["carbon_kg"].iloc[-1] > nothing["carbon_kg"].iloc[-1]
    width = growing["carbon_kg_high"] - growing["carbon_kg_low"]
    assert width.iloc[-1] > width.iloc[0]  # the further ahead the less is known


positive = st.floats(0.1, 1e6)


@given(st.lists(st.tuples(*[positive] * 6), min_size=1, max_size=6))
def test_volume_efficiency_and_intensity_add_up_to_the_difference(rows):
    ids = [f"m{i}" for i in range(len(rows))]
    names = ["calls", "kwh_per_call", "g_per_kwh"]
    plan = pd.DataFrame([r[:3] for r in rows], columns=names).assign(id=ids)
    actual = pd.DataFrame([r[3:] for r in rows], columns=names).assign(id=ids)
    d = explain_difference(plan, actual)
    parts = d.volume_kg + d.efficiency_kg + d.intensity_kg
    scale = max(abs(d.volume_kg), abs(d.efficiency_kg), abs(d.intensity_kg), abs(d.total_kg), 1e-9)
    assert abs(parts - d.total_kg) <= 1e-6 * scale


def test_only_what_changed_is_blamed():
    plan = pd.DataFrame(
        {"id": ["a"], "calls": [100.0], "kwh_per_call": [1.0], "g_per_kwh": [400.0]}
    )
    d = explain_difference(plan, plan.assign(calls=150.0))
    assert d.volume_kg == pytest.approx(20.0)
    assert d.efficiency_kg == d.intensity_kg == 0.0
    assert np.isclose(explain_difference(plan, plan.iloc[:0]).volume_kg, -40.0)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[rule]\nname = 1", "no valid TOML"),
        ('[rule]\nname = "a"', "two pairs of brackets"),
        ("# nothing", "holds no rule"),
        ('[[rule]]\nname="a"\nthen="watch"\nwhen=[]', "at least one condition"),
        ('[[rule]]\nname="a"\nthen="retire it"\nwhen=[]', "“a” cannot be used: then"),
        (
            '[[rule]]\nname="a"\nthen="watch"\nwhen=[{field="tier",is="less than",value=3}]',
            "when 1 is",
        ),
        (
            '[[rule]]\nname="a"\nthen="watch"\nwhen=[{field="tier",is="below",value="x"}]',
            "a number",
        ),
        (2 * '[[rule]]\nname="a"\nthen="watch"\nwhen=[{field="tier",is="below",value=3}]\n', "Two"),
        ('[[rule]]\nname="a"\nthen="watch"\nwhen=[{field="teir",is="below",value=3}]', "“tier”"),
        ('[[rule]]\nname="a"\nthen="watch"\nwhen=[{field="owner",is="below",value=3}]', "words"),
    ],
)
def test_bad_rules_are_told_with_their_place_and_a_way_out(text, said):
    def tried():
        return [try_rule(rule, STOCK, FOUND) for rule in read_rules(text)]

    with pytest.raises(PortfolioError, match=said):
        tried()


def test_a_rule_that_watches_proposes_nothing():
    text = '[[rule]]\nname="a"\nthen="watch"\nwhen=[{field="tier",is="at most",value=4}]'
    trial = try_rule(read_rules(text)[0], STOCK, FOUND)
    assert len(trial.models) > 100
    assert proposals(trial, OPTIONS, STOCK, DAY) == ([], ())
