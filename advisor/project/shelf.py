"""A shelf holds all versions of one kind of noun; the current one of each key is what is used."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Generic, Protocol

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict

from advisor.project.schema import noun_table
from advisor.project.shelves import Noun, ShelfSpec

_CHUNK = 500


class Pen(Protocol):
    """The project's way to write: a transaction, and the entry of the log that goes with it."""

    def reading(self) -> AbstractContextManager[sa.Connection]:
        """A connection to read with."""
        ...

    def writing(
        self, action: str, subject: str, bodies: Sequence[str]
    ) -> AbstractContextManager[tuple[sa.Connection, int]]:
        """A transaction with its log entry's number."""
        ...


class Version(BaseModel, Generic[Noun]):
    """One version of a noun as it stood after entry `log_seq` of the log."""

    model_config = ConfigDict(frozen=True)

    version: int
    removed: bool
    log_seq: int
    noun: Noun


class Shelf(Generic[Noun]):
    """All nouns of one kind in the project."""

    def __init__(self, spec: ShelfSpec[Noun], pen: Pen, changed: Callable[[str], None]) -> None:
        self._spec = spec
        self._pen = pen
        self._changed = changed
        self._table = noun_table(spec.name)

    # -- reading ---------------------------------------------------------------------------

    def all(self) -> list[Noun]:
        """The current nouns, in the order in which they first came."""
        return list(self._select(sa.true()))

    def get(self, key: str) -> Noun | None:
        """The current noun of a key."""
        return next(self._select(self._table.c.key == key), None)

    def count(self) -> int:
        """How many current nouns there are."""
        t = self._table
        with self._pen.reading() as connection:
            query = sa.select(sa.func.count()).where(t.c.current, ~t.c.removed)
            return int(connection.execute(query).scalar_one())

    def history(self, key: str) -> list[Version[Noun]]:
        """Every version of a key, oldest first."""
        t = self._table
        with self._pen.reading() as connection:
            rows = connection.execute(
                sa.select(t.c.version, t.c.removed, t.c.log_seq, t.c.body)
                .where(t.c.key == key)
                .order_by(t.c.version)
            ).all()
        return [
            Version(
                version=r.version, removed=r.removed, log_seq=r.log_seq, noun=self._read(r.body)
            )
            for r in rows
        ]

    # -- writing ---------------------------------------------------------------------------

    def put(self, noun: Noun, *, action: str = "put") -> None:
        """Add a noun, or a new version of it. Unchanged nouns write nothing."""
        self.put_many([noun], action=action)

    def put_many(self, nouns: Iterable[Noun], *, action: str = "put") -> int:
        """Add or update nouns in one transaction and one log entry; returns how many changed."""
        by_key = {self._spec.key(n): n.model_dump_json() for n in nouns}
        known = self._current(by_key)
        changed = {k: b for k, b in by_key.items() if known.get(k, (0, ""))[1] != b}
        if not changed:
            return 0
        self._write(changed, {k: known[k][0] for k in changed if k in known}, action, removed=False)
        return len(changed)

    def remove(self, key: str, *, action: str = "remove") -> bool:
        """Take a noun off the shelf (its history stays); False if it was not there."""
        return self.remove_many([key], action=action) > 0

    def remove_many(self, keys: Iterable[str], *, action: str = "remove") -> int:
        """Take nouns off the shelf in one transaction and one log entry; returns how many."""
        known = {k: found for k, found in self._current(keys).items() if found[1]}
        if known:
            bodies = {k: body for k, (_, body) in known.items()}
            self._write(bodies, {k: v for k, (v, _) in known.items()}, action, removed=True)
        return len(known)

    def restore(self, key: str, version: int) -> None:
        """Make an earlier version current again, as a new version (undo). Raises `KeyError`."""
        for old in self.history(key):
            if old.version == version:
                latest = self.history(key)[-1].version
                body = old.noun.model_dump_json()
                self._write({key: body}, {key: latest}, "restore", removed=old.removed)
                return
        raise KeyError(f"{self._spec.name} {key} has no version {version}")

    # -- inside ----------------------------------------------------------------------------

    def _read(self, body: str) -> Noun:
        return self._spec.noun.model_validate_json(body)

    def _select(self, condition: sa.ColumnElement[bool]) -> Iterator[Noun]:
        t = self._table
        first = t.alias("first")
        query = (
            sa.select(t.c.body)
            .join(first, sa.and_(first.c.key == t.c.key, first.c.version == 1))
            .where(t.c.current, ~t.c.removed, condition)
            .order_by(first.c.seq)
        )
        with self._pen.reading() as connection:
            bodies = list(connection.execute(query).scalars())
        return (self._read(body) for body in bodies)

    def _current(self, keys: Iterable[str]) -> dict[str, tuple[int, str]]:
        """Key → (version, body); the body is empty when the noun was removed."""
        t, wanted = self._table, list(keys)
        found: dict[str, tuple[int, str]] = {}
        with self._pen.reading() as connection:
            for start in range(0, len(wanted), _CHUNK):
                query = sa.select(t.c.key, t.c.version, t.c.removed, t.c.body).where(
                    t.c.current, t.c.key.in_(wanted[start : start + _CHUNK])
                )
                for row in connection.execute(query):
                    found[row.key] = (row.version, "" if row.removed else row.body)
        return found

    def _write(
        self, bodies: dict[str, str], known: dict[str, int], action: str, *, removed: bool
    ) -> None:
        t, name = self._table, self._spec.name
        subject = f"{name}/{next(iter(bodies))}" if len(bodies) == 1 else f"{name} ({len(bodies)})"
        with self._pen.writing(action, subject, list(bodies.values())) as (connection, log_seq):
            replaced = list(known)
            for start in range(0, len(replaced), _CHUNK):
                connection.execute(
                    t.update()
                    .where(t.c.current, t.c.key.in_(replaced[start : start + _CHUNK]))
                    .values(current=False)
                )
            connection.execute(
                t.insert(),
                [
                    {
                        "key": key,
                        "version": known.get(key, 0) + 1,
                        "current": True,
                        "removed": removed,
                        "body": body,
                        "log_seq": log_seq,
                    }
                    for key, body in bodies.items()
                ],
            )
        self._changed(name)
