"""What a summary says follows from the nouns it is made of."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.portfolio import (
    Budgets,
    Decision,
    State,
    models_of,
    moved,
    sample_inventory,
)
from advisor.portfolio.review import Step
from advisor.project import Project
from advisor.quantities import Provenance, Quantity
from advisor.rank.option import Option, OptionKind, Recommendation, Verdict
from advisor.report import FootprintRow, Summary, summarise
from advisor.report.abatement import abatement_steps
from advisor.report.footprint_table import footprint_table
from advisor.report.gather import summary_of
from advisor.report.kinds_table import kinds_table
from advisor.report.sums import fewest_for, provenance_shares
from advisor.report.tables import actions_table

Make = Callable[..., Any]


def small(*options: object, footprint: tuple[FootprintRow, ...] = ()) -> Summary:
    return summarise(
        project="p",
        as_of=date(2026, 1, 1),
        footprint=footprint,
        recommendations=options,  # type: ignore[arg-type]
    )


def test_options_of_one_model_exclude_each_other_in_every_sum(recommendation: Make) -> None:
    first = recommendation(1, "m", OptionKind.QUANTISE, Verdict.NO_REGRET, 100.0, 0.0)
    second = recommendation(2, "m", OptionKind.SHRINK, Verdict.FRONTIER, 140.0, 0.5)
    s = small(first, second)
    assert s.saved_no_regret is not None
    assert s.saved_no_regret.value == pytest.approx(100.0)
    assert s.saved_most is not None
    assert s.saved_most.value == pytest.approx(140.0)
    assert [step.cumulative.value for step in abatement_steps(s)] == pytest.approx([100.0, 140.0])


def test_an_unknown_footprint_is_said_and_is_in_no_sum(figure: Make) -> None:
    rows = (
        FootprintRow(id="a", name="A", carbon=figure(10.0, "kgCO2e/year")),
        FootprintRow(id="b", name="B"),
    )
    s = small(footprint=rows)
    assert s.footprint_total is not None
    assert s.footprint_total.value == pytest.approx(10.0)
    assert any("1 of 2 models is unknown" in str(u) for u in s.unknowns)


def test_nothing_known_is_a_sentence_and_not_a_zero() -> None:
    s = small(footprint=(FootprintRow(id="a", name="A"),))
    assert s.footprint_total is None
    assert "not known yet" in str(s.headline)
    assert "nothing is recommended" in str(s.decisions_asked[0])


def test_what_saves_nothing_distinguishable_is_no_headline(
    figure: Make, recommendation: Make
) -> None:
    rows = (FootprintRow(id="m", name="M", carbon=figure(50.0, "kgCO2e/year")),)
    same = recommendation(1, "m", OptionKind.QUANTISE, Verdict.NO_DIFFERENCE, 0.1, 0.0)
    assert "no change examined saves" in str(small(same, footprint=rows).headline)


def test_a_price_in_accuracy_is_said_in_the_headline(recommendation: Make) -> None:
    trade = recommendation(1, "m", OptionKind.SHRINK, Verdict.FRONTIER, 30.0, 0.5)
    assert "at the price of some accuracy" in str(small(trade).headline)


def decision(option: Option, *states: State, until: date | None = None) -> Decision:
    """A decision about an option, moved through the review by two people."""
    day = date(2026, 1, 1)
    made = Decision(
        id=option.id,
        model_id=option.model_id,
        option=option.name,
        kind=str(option.kind),
        reason="",
        saved_kg=option.carbon_saved_kg.value,
        saved_low_kg=option.carbon_saved_kg.low,
        saved_high_kg=option.carbon_saved_kg.high,
        steps=(Step(state=State.PROPOSED, by="Ann", on=day, reason="saves most"),),
    )
    for state in states:
        made = moved(made, state, "Bob", day, f"now {state}", until=until)
    return made


def decided(recommendations: list[Recommendation], decisions: list[Decision]) -> Summary:
    return summarise(
        project="p",
        as_of=date(2026, 2, 1),
        footprint=(),
        recommendations=recommendations,
        decisions=decisions,
    )


def test_what_was_agreed_is_told_and_not_asked_for_again(recommendation: Make) -> None:
    first = recommendation(1, "m", OptionKind.QUANTISE, Verdict.NO_REGRET, 100.0, 0.0)
    other = recommendation(2, "n", OptionKind.QUANTISE, Verdict.NO_REGRET, 70.0, 0.0)
    agreed = decision(first.option, State.UNDER_REVIEW, State.AGREED)
    s = decided([first], [agreed])
    assert [str(d) for d in s.decisions_asked] == [
        "None: every recommended action has been decided."
    ]
    (row,) = s.decisions
    assert (row.state, row.by, row.reason) == ("agreed", "Bob", "now agreed")
    assert row.saved is not None
    assert row.saved.value == pytest.approx(100.0)
    (asked,) = decided([first, other], [agreed]).decisions_asked
    assert str(asked).startswith("Approve quantise to int8 in place of n: it saves 70 kg CO₂e")


def test_a_proposal_under_review_is_asked_for_by_itself(recommendation: Make) -> None:
    options = [
        recommendation(n, f"m{n}", OptionKind.QUANTISE, Verdict.NO_REGRET, 100.0, 0.0)
        for n in (1, 2, 3)
    ]
    proposed = decision(options[0].option)
    s = decided(options, [proposed])
    first, second = (str(d) for d in s.decisions_asked)
    assert first.startswith("Agree to or reject the proposal under review (100")
    assert "on 2 models (200" in second


def test_a_deferred_decision_is_asked_for_again_when_its_day_has_come(
    recommendation: Make,
) -> None:
    option = recommendation(1, "m", OptionKind.QUANTISE, Verdict.NO_REGRET, 100.0, 0.0)
    path = (State.UNDER_REVIEW, State.DEFERRED)
    over = decision(option.option, *path, until=date(2026, 1, 31))
    later = decision(option.option, *path, until=date(2026, 3, 1))
    assert "proposal under review" in str(decided([option], [over]).decisions_asked[0])
    assert "has been decided" in str(decided([option], [later]).decisions_asked[0])


def test_the_few_actions_that_bring_most_are_counted(recommendation: Make) -> None:
    savings = [1000.0, 500.0, *(1.0 for _ in range(18))]
    assert fewest_for(savings, 0.9) == 2
    assert fewest_for([], 0.9) == 0
    options = [
        recommendation(n, f"m{n}", OptionKind.MOVE, Verdict.NO_REGRET, saved, 0.0)
        for n, saved in enumerate(savings, start=1)
    ]
    largest, whole = (str(d) for d in decided(options, []).decisions_asked[:2])
    assert "all 20 of them (1.52" in whole
    assert "once 45,000 EUR and 40 engineer days" in whole
    assert "the 2 largest actions" in largest
    assert "once 2,700 EUR and 4 engineer days" in largest


def test_a_programme_is_summed_by_kind_with_what_a_tonne_costs(recommendation: Make) -> None:
    options = [
        recommendation(1, "a", OptionKind.RETIRE, Verdict.NO_REGRET, 1000.0, 0.0),
        recommendation(2, "b", OptionKind.RETIRE, Verdict.NO_REGRET, 500.0, 0.0),
        recommendation(3, "c", OptionKind.SHRINK, Verdict.FRONTIER, 2500.0, 0.5),
    ]
    rows = tuple(FootprintRow(id=key, name=key) for key in "abc")
    table = kinds_table(small(*options, footprint=rows))
    assert [str(row[0]) for row in table.rows] == ["Make the model smaller", "Retire the model"]
    assert table.total is not None
    assert table.total[1] == 3
    assert [row[3] for row in table.rows] == [1, 0]
    saved, cost = table.total[2], table.total[4]
    assert isinstance(saved, Quantity)
    assert isinstance(cost, Quantity)
    assert saved.value == pytest.approx(4000.0)
    assert cost.value == pytest.approx(1300 + 1400 + 1500)
    assert "costs 1,050 EUR once" in str(table.note)  # 4,200 EUR for 4 t a year


@given(st.lists(st.floats(0.01, 1e6), min_size=1, max_size=40))
def test_shares_by_provenance_are_whole_and_groups_add_up(
    figure: Make, values: list[float]
) -> None:
    kinds = list(Provenance)
    rows = tuple(
        FootprintRow(
            id=str(n),
            name=str(n),
            group="AB"[n % 2],
            carbon=figure(v, "kgCO2e/year", provenance=kinds[n % len(kinds)], name=str(n)),
        )
        for n, v in enumerate(values)
    )
    assert sum(provenance_shares(rows).values()) == pytest.approx(1.0)
    s = small(footprint=rows)
    table = footprint_table(s)
    carbon = next(i for i, c in enumerate(table.columns) if "location" in c.heading.template)
    parts = [row[carbon].value for row in table.rows]  # type: ignore[union-attr]
    assert sum(parts) == pytest.approx(sum(values))


def test_the_table_of_actions_holds_the_recommended_ones_in_order(bank: Make) -> None:
    s = bank()
    assert len(actions_table(s).rows) == len(s.actions) == 30
    assert [a.place for a in s.actions] == sorted(a.place or 0 for a in s.actions)


def test_what_the_window_decides_and_adopts_stands_in_the_summary(tmp_path: Path) -> None:
    sample = sample_inventory(40)
    known = sample[sample["energy_per_call_j"].notna()].reset_index(drop=True)
    with Project.create(tmp_path / "bank.advisor", who="tester") as project:
        project.models.put_many(models_of(known))
        free = summary_of(project)
        first = free.actions[0]
        project.shelf("decisions").put(
            Decision(
                id=first.id,
                model_id=first.model_id,
                option="batch",
                kind=str(first.kind),
                reason="",
                saved_kg=first.saved.value,
                steps=(Step(state=State.PROPOSED, by="Ann", on=date(2026, 1, 1), reason="why"),),
            )
        )
        asked = summary_of(project)
        assert next(a for a in asked.actions if a.id == first.id).decision == "proposed"
        assert "proposal under review" in str(asked.decisions_asked[0])
        assert asked.decisions[0].model == first.model
        project.set(portfolio_budgets=Budgets(engineer_days=10.0).model_dump(mode="json"))
        limited = summary_of(project)
        assert sum(a.engineer_days or 0 for a in limited.actions) <= 10.0
        assert any("within the limits" in str(u) for u in limited.unknowns)
        too_much = Budgets(carbon_target_kg=1e12).model_dump(mode="json")
        project.set(portfolio_budgets=too_much)
        nothing = summary_of(project)
        assert nothing.actions == ()
        assert any("No plan keeps within" in str(u) for u in nothing.unknowns)


def test_an_error_in_the_labels_unit_is_no_point(bank: Make) -> None:
    s = bank()
    first, *rest = s.actions
    assert first.accuracy_loss is not None
    error = first.accuracy_loss.model_copy(update={"unit": "1"})
    mixed = s.model_copy(
        update={"options": (first.model_copy(update={"accuracy_loss": error}), *rest)}
    )
    heads = [c.head("en") for c in actions_table(mixed).columns]
    assert "Accuracy lost" in heads
    assert "Accuracy lost [points]" in [c.head("en") for c in actions_table(s).columns]
