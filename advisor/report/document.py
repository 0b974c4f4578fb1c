"""The content of a document in its order: what every format sets, each in its own way."""

from __future__ import annotations

from dataclasses import dataclass

from advisor.figures import Language, WrittenFigure, written
from advisor.quantities import Quantity
from advisor.report.edition import Edition, Section
from advisor.report.footprint_table import footprint_table
from advisor.report.kinds_table import kinds_table
from advisor.report.summary import Summary
from advisor.report.table import Table
from advisor.report.tables import (
    actions_table,
    decisions_table,
    evidence_table,
    measurements_table,
    restatements_table,
    risk_table,
)
from advisor.sentences import Sentence, sentence


@dataclass(frozen=True)
class Tile:
    """A figure that stands large beneath the headline."""

    label: Sentence
    figure: Quantity | None
    absent: Sentence | None = None
    """What is said where there is no figure since nothing was found; None: it is unknown."""

    def shown(self, language: Language) -> WrittenFigure:
        """The figure as written; its absence in a word."""
        if self.figure is None and self.absent is not None:
            word = self.absent.text(language)
            return WrittenFigure(value=word, low=word, high=word, unit="")
        return written(self.figure, language)


@dataclass(frozen=True)
class Block:
    """One section: a table, a list of sentences, or the place of the chart."""

    section: Section
    title: Sentence
    table: Table | None = None
    items: tuple[Sentence, ...] = ()
    chart: bool = False


@dataclass(frozen=True)
class Document:
    """A summary laid out in order; sections that are switched off or empty are not in it."""

    title: Sentence
    headline: Sentence
    tiles: tuple[Tile, ...]
    blocks: tuple[Block, ...]

    def block(self, section: Section) -> Block | None:
        """The block of a section, if it is shown."""
        return next((b for b in self.blocks if b.section is section), None)


def document_of(s: Summary, edition: Edition) -> Document:
    """The content that an edition of a summary shows."""
    blocks = [b for b in _blocks(s) if edition.shows(b.section)]
    none_found = sentence("none found") if s.options else None
    return Document(
        title=sentence("Energy and carbon of AI models: summary for management"),
        headline=s.headline,
        tiles=(
            Tile(sentence("Emitted today"), s.footprint_total),
            Tile(sentence("Saved, accuracy kept"), s.saved_no_regret, none_found),
            _most(s, none_found),
        ),
        blocks=tuple(blocks),
    )


def _most(s: Summary, none_found: Sentence | None) -> Tile:
    """What is saved beyond the actions that cost no accuracy; the same figure is not said twice."""
    label = sentence("Saved at most, accuracy given up")
    if s.saved_no_regret is not None and s.saved_most == s.saved_no_regret:
        return Tile(label, None, sentence("nothing more"))
    return Tile(label, s.saved_most, none_found)


def _blocks(s: Summary) -> list[Block]:
    tables = [
        (Section.FOOTPRINT, footprint_table(s)),
        (Section.KINDS, kinds_table(s)),
        (Section.ACTIONS, actions_table(s)),
        (Section.RISK, risk_table(s)),
        (Section.TAKEN, decisions_table(s)),
        (Section.RESTATEMENTS, restatements_table(s)),
        (Section.MEASUREMENTS, measurements_table(s)),
        (Section.EVIDENCE, evidence_table(s)),
    ]
    blocks = {k: Block(k, t.title, table=t) for k, t in tables if t.rows}
    if s.options:
        blocks[Section.CHART] = Block(Section.CHART, sentence("The way down"), chart=True)
    blocks[Section.DECISIONS] = Block(
        Section.DECISIONS, sentence("Decisions asked for"), items=s.decisions_asked
    )
    blocks[Section.UNKNOWNS] = Block(
        Section.UNKNOWNS, sentence("What we do not know"), items=s.unknowns or (_NOTHING,)
    )
    if s.basis:
        blocks[Section.BASIS] = Block(
            Section.BASIS, sentence("What the figures rest on"), items=s.basis
        )
    return [blocks[section] for section in Section if section in blocks]


_NOTHING = sentence("Nothing that we know of is left out of these figures.")
