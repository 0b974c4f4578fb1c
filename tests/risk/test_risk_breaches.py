"""A breach from its opening to its end: action, escalation, four eyes, acceptance, forecast."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from advisor.quantities import Provenance, Quantity
from advisor.risk import (
    Breach,
    BreachState,
    Level,
    Reading,
    RiskError,
    closure_confirmed,
    closure_proposed,
    closure_refused,
    escalated,
    outlook,
    read_appetite,
    updated_breaches,
    with_action,
)

START = date(2026, 1, 15)
APPETITE = read_appetite()


def reading(value: float, day: date) -> Reading:
    limit = APPETITE.limit("growth")
    assert limit is not None
    figure = Quantity.exact(value, "%", Provenance.MEASURED, "test")
    return Reading(key="growth", day=day, value=figure, level=limit.level(value), models=("m",))


def opened(value: float = 15.0) -> Breach:
    (made,) = updated_breaches([], [reading(value, START)], APPETITE)
    return made


def test_two_people_close_a_breach() -> None:
    breach = with_action(opened(), "Weber", START, "slow the rollout", START + timedelta(days=60))
    assert breach.state is BreachState.ACTION
    breach = closure_proposed(breach, "Weber", START + timedelta(days=9), "rollout halved")
    with pytest.raises(RiskError, match="second person"):
        closure_confirmed(breach, " weber ", START + timedelta(days=10))
    closed = closure_confirmed(breach, "Ito", START + timedelta(days=10))
    assert closed.state is BreachState.CLOSED
    assert closed.reason == "rollout halved"
    assert [s.by for s in closed.steps] == ["automatic rule", "Weber", "Weber", "Ito"]


def test_a_refusal_leaves_it_where_it_was() -> None:
    breach = closure_proposed(opened(), "Weber", START, "it is noise", date(2027, 1, 1))
    refused = closure_refused(breach, "Ito", START, "four readings say it is not")
    assert refused.state is BreachState.OPEN
    assert refused.accepted_until is None


def test_who_does_not_act_is_escalated_once() -> None:
    log = [opened()]
    assert log[0].escalated_to == "Executive committee"
    log = updated_breaches(log, [reading(16, START + timedelta(days=30))], APPETITE)
    assert log[0].escalated_to == "Executive committee"
    log = updated_breaches(log, [reading(16, START + timedelta(days=31))], APPETITE)
    assert log[0].escalated_to == "Board risk committee"
    assert log[0].steps[-1].by == "automatic rule"
    again = updated_breaches(log, [reading(16, START + timedelta(days=90))], APPETITE)
    assert len(again[0].steps) == len(log[0].steps)


def test_an_action_in_time_holds_the_escalation_back_until_it_is_late() -> None:
    due = START + timedelta(days=60)
    log = [with_action(opened(), "Weber", START, "slow the rollout", due)]
    log = updated_breaches(log, [reading(16, due)], APPETITE)
    assert log[0].escalated_to == "Executive committee"
    log = updated_breaches(log, [reading(16, due + timedelta(days=1))], APPETITE)
    assert log[0].escalated_to == "Board risk committee"


def test_a_person_escalates_to_the_top_only() -> None:
    breach = escalated(opened(), "Weber", START, "outside my power", APPETITE)
    assert breach.escalated_to == "Board risk committee"
    with pytest.raises(RiskError, match="highest"):
        escalated(breach, "Weber", START, "again", APPETITE)


def test_an_accepted_risk_is_not_opened_again_until_it_is_worse_or_its_day_has_come() -> None:
    until = START + timedelta(days=90)
    proposed = closure_proposed(opened(), "Weber", START, "accepted by the committee", until)
    log = [closure_confirmed(proposed, "Ito", START)]
    within = START + timedelta(days=30)
    assert updated_breaches(log, [reading(15, within)], APPETITE) == log
    assert len(updated_breaches(log, [reading(40, within)], APPETITE)) == 2
    assert len(updated_breaches(log, [reading(15, until + timedelta(days=1))], APPETITE)) == 2


def test_a_breach_kept_before_there_were_steps_still_reads() -> None:
    raw = opened().model_dump(mode="json", exclude={"steps", "due", "accepted_until"})
    assert Breach.model_validate(raw).state is BreachState.OPEN


@pytest.mark.parametrize(
    ("slope", "start", "begins"),
    [
        (6.0, 2.0, "Crosses the amber limit around"),
        (6.0, 12.0, "Crosses the red limit around"),
        (6.0, 30.0, "Beyond the red limit"),
        (-6.0, 40.0, "Improving by"),
        (0.01, 2.0, "Worse by"),
    ],
)
def test_the_outlook_says_what_comes_next(slope: float, start: float, begins: str) -> None:
    limit = APPETITE.limit("growth")
    assert limit is not None
    days = [START + timedelta(days=30 * k) for k in range(8)]
    noise = np.random.default_rng(3).normal(0, 1e-4, len(days))
    values = [
        start + slope * (d - START).days / 365.25 + e for d, e in zip(days, noise, strict=True)
    ]
    found = outlook(days, values, limit)
    assert str(found.said).startswith(begins)
    assert (found.crossing is not None) == begins.startswith("Crosses")
    few = outlook(days[:3], values[:3], limit)
    assert "3 of the 4 days" in str(few.said)


def test_the_stressed_loss_has_limits_like_an_indicator() -> None:
    limit = APPETITE.limit("stress_loss")
    assert limit is not None
    assert limit.level(APPETITE.loss.red_basis_points * 2) is Level.RED
