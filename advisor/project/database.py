"""The database behind a project: how SQLite is opened so that nothing written is lost."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import event as sa_event
from sqlalchemy import exc as sa_exc

from advisor.project.errors import ProjectError
from advisor.sentences import sentence


def engine_of(address: str) -> sa.Engine:
    """Opens a file's path, or a database address with `://`. Raises `ProjectError`."""
    try:
        engine = sa.create_engine(address if "://" in address else f"sqlite:///{address}")
    except (sa_exc.ArgumentError, ImportError) as error:
        raise ProjectError(
            sentence(
                "{file} cannot be opened as a database: {reason}.",
                file=address,
                reason=str(error),
            )
        ) from error
    if engine.dialect.name == "sqlite":
        sa_event.listen(engine, "connect", _sqlite_connected)
        sa_event.listen(engine, "begin", _sqlite_begin)
    return engine


def _sqlite_connected(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver's implicit transactions are off; see _begin
    connection.execute("PRAGMA busy_timeout = 10000")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")


def _sqlite_begin(connection: sa.Connection) -> None:
    # Taken at once, so that two writers can never read the same last entry of the chain.
    if connection.get_execution_options().get("isolation_level") != "AUTOCOMMIT":
        connection.exec_driver_sql("BEGIN IMMEDIATE")
