"""What the bank has said, and what changed since: restatements.

Every publication keeps its figures with the digests of the profiles and the version of the program
behind them (`Published`). Nothing is overwritten: when a later summary says something else, the
document states both figures and what changed in between, read off the event log.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from advisor.project.log import LogEntry
from advisor.project.published import Published
from advisor.quantities import Quantity
from advisor.report.summary import Restatement, Summary
from advisor.sentences import Sentence, sentence

_FIGURES: dict[str, Sentence] = {
    "footprint": sentence("Emitted in a year, location-based"),
    "footprint_market": sentence("Emitted in a year, market-based"),
    "saved_no_regret": sentence("Saved without measurable loss of accuracy"),
    "saved_most": sentence("Saved at most, giving up accuracy"),
}
_CAUSES: dict[str, Sentence] = {
    "measurements": sentence("measurements were added or repeated"),
    "models": sentence("the inventory changed"),
    "settings": sentence("assumptions changed"),
    "run": sentence("measurements were added or repeated"),
}
_NEGLIGIBLE = 1e-12


def figures_of(s: Summary) -> dict[str, Quantity | None]:
    """The figures of a summary that a later one may restate."""
    return {
        "footprint": s.footprint_total,
        "footprint_market": s.footprint_market_total,
        "saved_no_regret": s.saved_no_regret,
        "saved_most": s.saved_most,
    }


def to_publish(
    earlier: Sequence[Published], s: Summary, profiles: Mapping[str, str], log: Sequence[LogEntry]
) -> Published | None:
    """The publication to keep for a summary; None when it says nothing new."""
    figures = figures_of(s)
    if earlier and _same(earlier[-1].figures, figures):
        return None
    return Published(
        number=len(earlier) + 1,
        figures=figures,
        profiles=dict(profiles),
        program=s.program,
        log_seq=log[-1].seq if log else 0,
    )


def restatements(published: Sequence[Published], log: Sequence[LogEntry]) -> list[Restatement]:
    """Every figure that a later publication changed, the latest first."""
    found: list[Restatement] = []
    for before, after in pairwise(published):
        between = [e for e in log if before.log_seq < e.seq <= after.log_seq]
        last = between[-1] if between else None
        for name, words in _FIGURES.items():
            old, new = before.figures.get(name), after.figures.get(name)
            if not _equal(old, new):
                found.append(
                    Restatement(
                        figure=words,
                        before=old,
                        after=new,
                        difference=None if old is None or new is None else new - old,
                        at=last.at if last else "",
                        who=last.who if last else "",
                        reason=_reason(before, after, between),
                        log_seq=after.log_seq,
                    )
                )
    return found[::-1]


def _reason(before: Published, after: Published, between: Sequence[LogEntry]) -> Sentence:
    changed = [
        name
        for name in sorted(before.profiles.keys() | after.profiles.keys())
        if before.profiles.get(name) != after.profiles.get(name)
    ]
    causes: list[str] = []
    for entry in between:
        shelf = entry.subject.partition("/")[0].partition(" (")[0]
        if shelf in _CAUSES and _CAUSES[shelf].template not in causes:
            causes.append(_CAUSES[shelf].template)
    if changed:
        return sentence("Profiles updated: {profiles}.", profiles=", ".join(changed[:4]))
    if len(causes) == 1:
        return sentence("Since then {cause}.", cause=causes[0])
    if causes:
        return sentence("Since then {cause} and {other}.", cause=causes[0], other=causes[1])
    if before.program != after.program:
        return sentence(
            "Method: program {before} became {after}.", before=before.program, after=after.program
        )
    return sentence("The reason is not recorded in the event log.")


def _same(old: Mapping[str, Quantity | None], new: Mapping[str, Quantity | None]) -> bool:
    return all(_equal(old.get(name), new.get(name)) for name in _FIGURES)


def _equal(old: Quantity | None, new: Quantity | None) -> bool:
    if old is None or new is None:
        return old is new
    size = max(abs(old.value), abs(new.value))
    return abs(old.value - new.value) <= _NEGLIGIBLE * size and old.unit == new.unit
