"""How a command of this group answers: a table in the reader's language, JSON, or CSV."""

from __future__ import annotations

import sys
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import pandas as pd

from advisor.cli.console import bad_input, fail, note, print_json, print_table
from advisor.cli.rank import language_named
from advisor.cli.risk.options import KINDS
from advisor.figures import Language
from advisor.risk import RiskError
from advisor.sentences import Sentence, translate


@dataclass(frozen=True)
class Answer:
    """The form and the language of an answer; at most one of JSON and CSV."""

    language: Language
    as_json: bool = False
    as_csv: bool = False

    def word(self, words: str) -> str:
        """A word or heading in the reader's language."""
        return translate(words, self.language)

    def say(self, said: Sentence) -> None:
        """A sentence to the person, on stderr."""
        note(said.text(self.language))

    def show(
        self, title: str, columns: Sequence[str], rows: Sequence[Sequence[str]], data: object
    ) -> None:
        """Rows as a table for a person; else `data` as JSON, or the rows as CSV."""
        if self.as_json:
            print_json(data)
        elif self.as_csv:
            self.print_csv(pd.DataFrame(rows, columns=list(columns)))
        else:
            self.table(title, columns, rows)

    def table(self, title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """A table for a person, on stdout."""
        print_table(self.word(title), [self.word(c) for c in columns], [list(r) for r in rows])

    def print_csv(self, frame: pd.DataFrame, about: Mapping[str, object] | None = None) -> None:
        """A frame as CSV on stdout, with what its figures name as comments above it."""
        header = "".join(f"# {key}: {value}\n" for key, value in (about or {}).items())
        sys.stdout.write(header + frame.to_csv(index=False))

    @contextmanager
    def bad_input(self) -> Generator[None]:
        """Bad input ends with one sentence in the reader's language and exit code 2."""
        with bad_input(*KINDS):
            try:
                yield
            except RiskError as error:
                fail(error.said.text(self.language))


def answer(lang: str, *, as_json: bool = False, as_csv: bool = False) -> Answer:
    """The answer that the options ask for; exit code 2 for an unknown language or two forms."""
    language = language_named(lang)
    if as_json and as_csv:
        fail(translate("Choose one of --json and --csv.", language))
    return Answer(language, as_json, as_csv)
