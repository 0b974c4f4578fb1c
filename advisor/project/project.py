"""`Project`: one SQLite file (`*.advisor`), the memory of everything that was measured and decided.

Every change is one transaction and one entry of the hash-chained event log. There is no Save: what
a call returned from is on disk (WAL, synchronous=FULL). The same schema opens on a PostgreSQL
address for a team.
"""

from __future__ import annotations

import getpass
import os
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import sqlalchemy as sa
from sqlalchemy import exc as sa_exc

from advisor.bench.events import EVENT, Event, PowerSampled, Progress
from advisor.bench.measurement import Measurement
from advisor.candidates.candidate import Candidate
from advisor.portfolio.model import Model
from advisor.project.database import engine_of
from advisor.project.errors import ProjectError
from advisor.project.log import ChainBreak, LogEntry, append, digest_of, verify_chain
from advisor.project.runs import BenchmarkRun, Setting, WorkloadSource
from advisor.project.schema import EVENTS, LOG, SCHEMA_VERSION, create_or_migrate, noun_table
from advisor.project.shelf import Shelf
from advisor.project.shelves import SHELVES
from advisor.sentences import sentence

_SQLITE_MAGIC = b"SQLite format 3\x00"


class Project:
    """An open project. Use `Project.open` or `Project.create`; close it, or use it in `with`."""

    def __init__(
        self, address: str, *, who: str | None = None, now: Callable[[], datetime] | None = None
    ) -> None:
        self.address = address
        self._who = who or _user()
        self._now = now or (lambda: datetime.now(UTC))
        self._listeners: list[Callable[[str], None]] = []
        self._engine = engine_of(address)
        self._shelves: dict[str, Shelf[Any]] = {}
        try:
            with self._transaction() as connection:
                found = create_or_migrate(connection, SHELVES)
        except sa_exc.OperationalError as error:
            self._engine.dispose()
            raise ProjectError(
                sentence(
                    "The project {file} cannot be opened: {reason}.",
                    file=address,
                    reason=str(error.orig),
                )
            ) from error
        except sa_exc.DatabaseError as error:
            self._engine.dispose()
            raise ProjectError(
                sentence(
                    "{file} is damaged and cannot be opened ({reason}); restore it from a copy.",
                    file=address,
                    reason=str(error.orig),
                )
            ) from error
        if found > SCHEMA_VERSION:
            self._engine.dispose()
            raise ProjectError(
                sentence(
                    "{file} was written by a newer version of this program (format {format}); "
                    "update the program to open it.",
                    file=address,
                    format=found,
                )
            )
        for name, spec in SHELVES.items():
            self._shelves[name] = Shelf(spec, self, self._tell)

    # -- ways in ---------------------------------------------------------------------------

    @classmethod
    def create(cls, path: Path, **options: Any) -> Self:
        """A new project file. Raises `ProjectError` when the file is there already."""
        if path.exists():
            raise ProjectError(
                sentence(
                    "{file} is there already; open it, or choose another name.", file=str(path)
                )
            )
        if not path.parent.is_dir():
            raise ProjectError(
                sentence(
                    "The folder {file} does not exist; create it first.", file=str(path.parent)
                )
            )
        return cls(str(path), **options)

    @classmethod
    def open(cls, path: Path | str, **options: Any) -> Self:
        """An existing project file or database address. Raises `ProjectError`."""
        if "://" in str(path):
            return cls(str(path), **options)
        path = Path(path)
        if not path.is_file():
            raise ProjectError(
                sentence(
                    "There is no project file {file}; check the name, or create it.",
                    file=str(path),
                )
            )
        with suppress(OSError), path.open("rb") as file:
            head = file.read(16)
            if head and head != _SQLITE_MAGIC:
                raise ProjectError(
                    sentence(
                        "{file} is not a Carbon Advisor project; choose another file.",
                        file=str(path),
                    )
                )
        return cls(str(path), **options)

    @classmethod
    def open_or_create(cls, path: Path, **options: Any) -> Self:
        """The project at a path, new if there is none."""
        return cls.open(path, **options) if path.exists() else cls.create(path, **options)

    def close(self) -> None:
        """Fold the write-ahead log into the file and let go of it."""
        with suppress(sa_exc.SQLAlchemyError), self.reading() as connection:
            if self._engine.dialect.name == "sqlite":
                connection.execute(sa.text("PRAGMA wal_checkpoint(TRUNCATE)"))
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # -- shelves ---------------------------------------------------------------------------

    def shelf(self, name: str) -> Shelf[Any]:
        """The shelf of a noun by its table name. Raises `KeyError`."""
        return self._shelves[name]

    @property
    def candidates(self) -> Shelf[Candidate]:
        """Model files, and what levers made of them."""
        return self._shelves["candidates"]

    @property
    def workloads(self) -> Shelf[WorkloadSource]:
        """Where the labelled data came from."""
        return self._shelves["workloads"]

    @property
    def runs(self) -> Shelf[BenchmarkRun]:
        """What each benchmark set out to do."""
        return self._shelves["runs"]

    @property
    def measurements(self) -> Shelf[Measurement]:
        """The figures of candidates."""
        return self._shelves["measurements"]

    @property
    def models(self) -> Shelf[Model]:
        """The inventory."""
        return self._shelves["models"]

    # -- settings --------------------------------------------------------------------------

    def setting(self, name: str, default: Any = None) -> Any:
        """A setting as plain data."""
        found: Setting | None = self._shelves["settings"].get(name)
        return default if found is None else found.value

    def set(self, **settings: Any) -> None:
        """Change settings; what did not change is not logged."""
        self._shelves["settings"].put_many(
            [Setting(name=name, value=value) for name, value in settings.items()], action="set"
        )

    # -- the events of benchmarks ----------------------------------------------------------

    def record(self, event: Event) -> None:
        """Keep an event of a run. What only moves the screen (progress, samples) is not kept."""
        if isinstance(event, Progress | PowerSampled):
            return
        body = event.model_dump_json()
        with self.writing(event.kind, f"run/{event.run_id}", [body]) as (connection, log_seq):
            query = sa.select(sa.func.max(EVENTS.c.seq)).where(EVENTS.c.run_id == event.run_id)
            last = connection.execute(query).scalar()
            connection.execute(
                EVENTS.insert().values(
                    run_id=event.run_id,
                    seq=0 if last is None else last + 1,
                    kind=event.kind,
                    body=body,
                    log_seq=log_seq,
                )
            )
        self._tell("events")

    def events(self, run_id: str) -> list[Event]:
        """Every kept event of a run, in order."""
        query = sa.select(EVENTS.c.body).where(EVENTS.c.run_id == run_id).order_by(EVENTS.c.seq)
        with self.reading() as connection:
            bodies: Sequence[str] = connection.execute(query).scalars().all()
        return [EVENT.validate_json(body) for body in bodies]

    # -- the log ---------------------------------------------------------------------------

    def log(self) -> list[LogEntry]:
        """The whole event log, in order."""
        with self.reading() as connection:
            rows = connection.execute(sa.select(LOG).order_by(LOG.c.seq)).mappings().all()
        return [LogEntry.model_validate(dict(row)) for row in rows]

    def verify(self) -> list[ChainBreak]:
        """Check the chain, and that every stored body is what its entry of the log says."""
        bodies: dict[int, list[str]] = {}
        tables = [noun_table(name) for name in SHELVES]
        with self.reading() as connection:
            for table in (*tables, EVENTS):
                query = sa.select(table.c.log_seq, table.c.body).order_by(table.c.seq)
                for row in connection.execute(query):
                    bodies.setdefault(row.log_seq, []).append(row.body)
        entries = self.log()
        changed = [
            ChainBreak(seq=e.seq, reason="what it recorded was changed afterwards")
            for e in entries
            if digest_of(bodies.pop(e.seq, [])) != e.digest
        ]
        foreign = [ChainBreak(seq=seq, reason="has no entry in the log") for seq in bodies]
        return [*verify_chain(entries), *changed, *foreign]

    def subscribe(self, listener: Callable[[str], None]) -> Callable[[], None]:
        """Be told the name of each shelf (or `events`) that changed; returns what ends it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def _tell(self, what: str) -> None:
        for listener in tuple(self._listeners):
            listener(what)

    # -- transactions ----------------------------------------------------------------------

    @contextmanager
    def reading(self) -> Generator[sa.Connection]:
        """A connection to read with; it holds no lock."""
        with self._engine.connect() as connection:
            yield connection.execution_options(isolation_level="AUTOCOMMIT")

    @contextmanager
    def writing(
        self, action: str, subject: str, bodies: Sequence[str]
    ) -> Generator[tuple[sa.Connection, int]]:
        """One transaction with its log entry. Raises `ProjectError`; then nothing was written."""
        try:
            with self._transaction() as connection:
                seq = append(connection, self._now(), self._who, action, subject, bodies)
                yield connection, seq
        except sa_exc.OperationalError as error:
            raise ProjectError(
                sentence(
                    "{file} could not be written ({reason}); free space or close the other program "
                    "that holds it, and try again. Nothing saved before is lost.",
                    file=self.address,
                    reason=str(error.orig),
                )
            ) from error

    @contextmanager
    def _transaction(self) -> Generator[sa.Connection]:
        with self._engine.connect() as connection, connection.begin():
            yield connection


def _user() -> str:
    chosen = os.environ.get("CARBON_ADVISOR_USER")
    if chosen:
        return chosen
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown"
