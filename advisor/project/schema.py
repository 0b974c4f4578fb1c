"""The schema of the project file, and its numbered migrations.

Every noun has a table of its own name with the same columns: each change adds a version, none is
overwritten, so an earlier figure can always be shown beside the restated one. The event log is
append-only; each entry holds the hash of the one before. SQLAlchemy Core keeps the same schema
usable on a PostgreSQL address.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import sqlalchemy as sa

SCHEMA_VERSION = 1
METADATA = sa.MetaData()

META = sa.Table(
    "meta",
    METADATA,
    sa.Column("name", sa.String, primary_key=True),
    sa.Column("value", sa.String, nullable=False),
)

LOG = sa.Table(
    "log",
    METADATA,
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("at", sa.String, nullable=False),
    sa.Column("who", sa.String, nullable=False),
    sa.Column("action", sa.String, nullable=False),
    sa.Column("subject", sa.String, nullable=False),
    sa.Column("digest", sa.String, nullable=False),
    sa.Column("previous", sa.String, nullable=False),
    sa.Column("hash", sa.String, nullable=False),
)

EVENTS = sa.Table(
    "events",
    METADATA,
    sa.Column("run_id", sa.String, primary_key=True),
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("kind", sa.String, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("log_seq", sa.Integer, nullable=False),
)


def noun_table(name: str) -> sa.Table:
    """The table of one noun: versions of each key, the current one flagged."""
    if name in METADATA.tables:
        return METADATA.tables[name]
    return sa.Table(
        name,
        METADATA,
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("key", sa.String, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("current", sa.Boolean, nullable=False),
        sa.Column("removed", sa.Boolean, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("log_seq", sa.Integer, nullable=False),
        sa.Index(f"ix_{name}_key_current", "key", "current"),
    )


Migration = Callable[[sa.Connection], None]
MIGRATIONS: dict[int, Migration] = {}
"""Version reached → what brings a file of the version before to it."""


def create_or_migrate(connection: sa.Connection, nouns: Iterable[str]) -> int:
    """Bring the file to `SCHEMA_VERSION`; new nouns' tables are added. Returns the version found.

    A version newer than this program's is left untouched.
    """
    for name in nouns:
        noun_table(name)
    found = schema_version(connection)
    if found > SCHEMA_VERSION:
        return found
    METADATA.create_all(connection)
    if found == 0:
        connection.execute(META.insert().values(name="schema_version", value=str(SCHEMA_VERSION)))
        return SCHEMA_VERSION
    for version in range(found + 1, SCHEMA_VERSION + 1):
        MIGRATIONS[version](connection)
        connection.execute(
            META.update().where(META.c.name == "schema_version").values(value=str(version))
        )
    return found


def schema_version(connection: sa.Connection) -> int:
    """0 for an empty database."""
    if not sa.inspect(connection).has_table("meta"):
        return 0
    value = connection.execute(
        sa.select(META.c.value).where(META.c.name == "schema_version")
    ).scalar()
    return int(value) if value is not None else 0
