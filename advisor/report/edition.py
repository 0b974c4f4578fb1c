"""For whom and in which language a document is made, and which of its sections it shows."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from advisor.figures import Language


class Audience(StrEnum):
    """Who reads: it decides which sections stand in the document."""

    BOARD = "board"
    REVIEWER = "reviewer"
    ENGINEER = "engineer"


class Section(StrEnum):
    """A part of the document that can be switched off."""

    FOOTPRINT = "footprint"
    KINDS = "kinds"
    ACTIONS = "actions"
    CHART = "chart"
    RISK = "risk"
    DECISIONS = "decisions"
    TAKEN = "taken"
    UNKNOWNS = "unknowns"
    BASIS = "basis"
    RESTATEMENTS = "restatements"
    MEASUREMENTS = "measurements"
    EVIDENCE = "evidence"


SUMMARY_SECTIONS = (
    Section.FOOTPRINT,
    Section.KINDS,
    Section.ACTIONS,
    Section.CHART,
    Section.RISK,
    Section.DECISIONS,
    Section.TAKEN,
    Section.UNKNOWNS,
    Section.BASIS,
)
"""The two pages everybody gets."""

_ANNEXES = {
    Audience.BOARD: (),
    Audience.REVIEWER: (Section.RESTATEMENTS, Section.EVIDENCE),
    Audience.ENGINEER: (Section.RESTATEMENTS, Section.MEASUREMENTS, Section.EVIDENCE),
}


def sections_for(audience: Audience) -> frozenset[Section]:
    """What an audience is shown unless it chooses otherwise."""
    return frozenset((*SUMMARY_SECTIONS, *_ANNEXES[audience]))


class Edition(BaseModel):
    """One way to set a `Summary`."""

    model_config = ConfigDict(frozen=True)

    language: Language = "en"
    audience: Audience = Audience.BOARD
    sections: frozenset[Section] | None = None
    """None: what the audience is shown by default."""

    def shows(self, section: Section) -> bool:
        """Whether a section stands in the document."""
        return section in (sections_for(self.audience) if self.sections is None else self.sections)
