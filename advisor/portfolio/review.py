"""The retirement review as a state machine: nothing here knows a database, a clock or a window.

    proposed → under review → agreed | rejected | deferred;  deferred → under review
    agreed → retired (with its checklist complete);  undo goes one state back

Four eyes: who agrees is not who proposed, however the name is spelt. The checklist follows PRA
SS1/23 (principle 1.2: the inventory keeps decommissioned models; principle 3: dependants and
overlays; principle 5: residual risk of what takes over).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import date
from enum import StrEnum

import pandas as pd
from pydantic import BaseModel, ConfigDict

from advisor.portfolio.errors import PortfolioError
from advisor.sentences import Sentence, sentence

CHECKLIST = (
    "owner and users informed",
    "dependent models and reports moved to the replacement",
    "fallback validated for the inherited population",
    "fairness of the fallback compared by group",
    "data, code and documentation archived for the retention period",
    "inventory entry kept as decommissioned",
    "capacity given back and access closed",
)


POLICY = "policy: "
"""How a rule signs what it proposes."""
_TITLES = {"dr", "prof", "mr", "mrs", "ms", "sir", "herr", "frau", "mme", "様", "さん"}
"""Words that are no part of a name."""


class State(StrEnum):
    """Where a proposal stands."""

    PROPOSED = "proposed"
    UNDER_REVIEW = "under review"
    AGREED = "agreed"
    REJECTED = "rejected"
    DEFERRED = "deferred"
    RETIRED = "retired"


_MOVES: dict[State, tuple[State, ...]] = {
    State.PROPOSED: (State.UNDER_REVIEW, State.REJECTED),
    State.UNDER_REVIEW: (State.AGREED, State.REJECTED, State.DEFERRED),
    State.DEFERRED: (State.UNDER_REVIEW, State.REJECTED),
    State.AGREED: (State.RETIRED, State.UNDER_REVIEW),
    State.REJECTED: (State.UNDER_REVIEW,),
    State.RETIRED: (),
}


class Step(BaseModel):
    """One change of state: who, when, why."""

    model_config = ConfigDict(frozen=True)

    state: State
    by: str
    on: date
    reason: str


class Decision(BaseModel):
    """A proposal about one model with its history; the noun that the project keeps."""

    model_config = ConfigDict(frozen=True)

    id: str
    model_id: str
    option: str
    kind: str
    reason: str
    evidence: Sentence | str = ""
    """A sentence; plain words in projects of before."""
    saved_kg: float | None = None
    saved_low_kg: float | None = None
    saved_high_kg: float | None = None
    fallback: str | None = None
    dependants: tuple[str, ...] = ()
    retire_on: date | None = None
    deferred_until: date | None = None
    checked: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()

    @property
    def state(self) -> State:
        """The present state."""
        return self.steps[-1].state if self.steps else State.PROPOSED

    @property
    def open_checks(self) -> tuple[str, ...]:
        """What of the checklist is still to be done."""
        return tuple(c for c in CHECKLIST if c not in self.checked)


def propose(
    option: pd.Series, inventory: pd.DataFrame, by: str, on: date, reason: str = ""
) -> Decision:
    """A proposal from a row of the options table, with what depends on the model."""
    model = str(option["id"])
    return Decision(
        id=str(option["option"]),
        model_id=model,
        option=str(option["name"]),
        kind=str(option["kind"]),
        reason=reason,
        evidence=option["evidence"] or "",
        saved_kg=_known(option["saved_kg"]),
        saved_low_kg=_known(option["saved_low_kg"]),
        saved_high_kg=_known(option["saved_high_kg"]),
        fallback=None if pd.isna(option["fallback"]) else str(option["fallback"]),
        dependants=dependants(model, inventory),
        steps=(Step(state=State.PROPOSED, by=_person(by), on=on, reason=reason),),
    )


def dependants(model_id: str, inventory: pd.DataFrame) -> tuple[str, ...]:
    """Models that consume its output, and models whose fallback it is."""
    own = inventory.loc[inventory["id"] == model_id, "feeds"]
    fed = set(own.iloc[0]) if len(own) else set()
    relying = set(inventory.loc[inventory["fallback"] == model_id, "id"])
    return tuple(sorted(fed | relying))


def next_states(decision: Decision) -> tuple[State, ...]:
    """Where a decision may go from here; only a retirement ends in `retired`."""
    moves = _MOVES[decision.state]
    return tuple(m for m in moves if m is not State.RETIRED or decision.kind == "retire")


def moved(
    decision: Decision,
    to: State,
    by: str,
    on: date,
    reason: str,
    *,
    until: date | None = None,
    retire_on: date | None = None,
) -> Decision:
    """The decision in its next state. Raises `PortfolioError` for a move that is not allowed."""
    if to not in next_states(decision):
        raise PortfolioError(
            sentence(
                "A decision that is {now} cannot become {next}.",
                now=decision.state.value,
                next=to.value,
            )
        )
    person = _person(by)
    if not reason.strip():
        raise PortfolioError(sentence("A decision needs a reason; write one."))
    if to is State.AGREED:
        _check_second(decision, person)
    if to is State.DEFERRED and (until is None or until <= on):
        raise PortfolioError(sentence("Deferring needs a later day; give one."))
    if to is State.RETIRED and decision.open_checks:
        raise PortfolioError(
            sentence(
                "{count} items of the checklist are not done yet, the first: {check}.",
                count=len(decision.open_checks),
                check=decision.open_checks[0],
            )
        )
    return decision.model_copy(
        update={
            "steps": (*decision.steps, Step(state=to, by=person, on=on, reason=reason)),
            "deferred_until": until if to is State.DEFERRED else None,
            "retire_on": retire_on or decision.retire_on,
        }
    )


def _check_second(decision: Decision, person: str) -> None:
    """Whoever proposed it cannot agree; where a rule did, whoever took it under review cannot."""
    proposer = decision.steps[0].by
    if not proposer.startswith(POLICY):
        if same_person(person, proposer):
            raise PortfolioError(
                sentence(
                    "{person} proposed it and cannot agree to it: a second person has to.",
                    person=person,
                )
            )
        return
    reviewer = decision.steps[-1].by
    if same_person(person, reviewer):
        raise PortfolioError(
            sentence(
                "A rule proposed it and {person} took it under review: a second person has to "
                "agree.",
                person=person,
            )
        )


def undone(decision: Decision) -> Decision:
    """The decision one state back. Raises `PortfolioError` at the first."""
    if len(decision.steps) < 2:
        raise PortfolioError(sentence("There is nothing to undo: it is only proposed."))
    return decision.model_copy(update={"steps": decision.steps[:-1], "deferred_until": None})


def ticked(decision: Decision, check: str) -> Decision:
    """One item of the checklist done. Raises `PortfolioError` for an item it does not have."""
    if check not in CHECKLIST:
        raise PortfolioError(sentence("“{check}” is not on the checklist.", check=check))
    return decision.model_copy(update={"checked": tuple({*decision.checked, check})})


def due(decisions: Iterable[Decision], on: date) -> list[Decision]:
    """The work list of a day: open proposals, and deferred ones whose day has come."""
    return [
        d
        for d in decisions
        if d.state in (State.PROPOSED, State.UNDER_REVIEW)
        or (d.state is State.DEFERRED and d.deferred_until is not None and d.deferred_until <= on)
    ]


def same_person(one: str, other: str) -> bool:
    """Whether two signatures can be one person's: better one colleague too many than one too few.

    Case, accents, width, punctuation, titles, an address after the name and the order of the words
    do not matter, nor a first name cut to its initial. Words with nothing but other spaces between
    their letters (as in Japanese) are the same name.
    """
    a, b = _name_words(one), _name_words(other)
    if not a or not b:
        return one.strip() == other.strip()
    if "".join(a) == "".join(b):
        return True
    short, long = sorted((a, b), key=len)
    left = list(long)
    for word in sorted(short, key=len, reverse=True):
        match = next((w for w in left if _same_word(word, w)), None)
        if match is None:
            return False
        left.remove(match)
    # at least one whole word has to be the same: two initials are no name
    return any(len(w) > 1 and w in long for w in short)


def _same_word(one: str, other: str) -> bool:
    return one == other or (1 in (len(one), len(other)) and one[0] == other[0])


def _name_words(name: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", name)).casefold()
    plain = unicodedata.normalize("NFC", re.sub("[\u0300-\u036f]", "", plain))
    plain = re.sub(r"[<(\[].*?[>)\]]", " ", plain).split("@")[0]
    words = re.findall(r"\w+", plain.replace("_", " "))
    return [w for w in words if w not in _TITLES]


def _person(name: str) -> str:
    if not name.strip():
        raise PortfolioError(sentence("Who decides? Give a name."))
    return name.strip()


def _known(value: float) -> float | None:
    return None if pd.isna(value) else float(value)
