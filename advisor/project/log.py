"""The append-only event log: who changed or measured what, each entry chained to the one before.

hash = SHA-256 of the previous hash and the entry's canonical JSON; the first follows 64 zeros.
An auditor verifies the chain with nothing but this definition (`verify_chain`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from datetime import datetime

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict

from advisor.project.schema import LOG

GENESIS = "0" * 64


class LogEntry(BaseModel):
    """One entry of the log. `digest` is the SHA-256 of what was written."""

    model_config = ConfigDict(frozen=True)

    seq: int
    at: str
    who: str
    action: str
    subject: str
    digest: str
    previous: str
    hash: str


class ChainBreak(BaseModel):
    """Where and how the chain does not hold."""

    model_config = ConfigDict(frozen=True)

    seq: int
    reason: str


def entry_hash(
    seq: int, at: str, who: str, action: str, subject: str, digest: str, previous: str
) -> str:
    """The hash of an entry, from its fields and the hash before."""
    body = json.dumps([seq, at, who, action, subject, digest], ensure_ascii=False)
    return hashlib.sha256(f"{previous}{body}".encode()).hexdigest()


def append(
    connection: sa.Connection,
    at: datetime,
    who: str,
    action: str,
    subject: str,
    bodies: Sequence[str],
) -> int:
    """Add an entry inside the caller's transaction; returns its number."""
    if connection.dialect.name == "postgresql":  # SQLite's BEGIN IMMEDIATE has done this already
        connection.execute(sa.text("LOCK TABLE log IN EXCLUSIVE MODE"))
    last = connection.execute(sa.select(LOG.c.seq, LOG.c.hash).order_by(LOG.c.seq.desc()).limit(1))
    row = last.first()
    seq, previous = (row.seq + 1, row.hash) if row else (1, GENESIS)
    digest = digest_of(bodies)
    moment = at.isoformat(timespec="milliseconds")
    connection.execute(
        LOG.insert().values(
            seq=seq,
            at=moment,
            who=who,
            action=action,
            subject=subject,
            digest=digest,
            previous=previous,
            hash=entry_hash(seq, moment, who, action, subject, digest, previous),
        )
    )
    return seq


def digest_of(bodies: Iterable[str]) -> str:
    """SHA-256 over the bodies in order, each preceded by its length so none can shift."""
    digest = hashlib.sha256()
    for body in bodies:
        data = body.encode()
        digest.update(len(data).to_bytes(8, "big"))
        digest.update(data)
    return digest.hexdigest()


def verify_chain(entries: Sequence[LogEntry]) -> list[ChainBreak]:
    """Every place where the chain does not hold; empty when it does."""
    breaks: list[ChainBreak] = []
    previous = GENESIS
    for number, e in enumerate(entries, start=1):
        if e.seq != number:
            breaks.append(ChainBreak(seq=e.seq, reason=f"entry {number} is missing"))
        if e.previous != previous:
            breaks.append(ChainBreak(seq=e.seq, reason="does not follow the entry before it"))
        expected = entry_hash(e.seq, e.at, e.who, e.action, e.subject, e.digest, e.previous)
        if e.hash != expected:
            breaks.append(ChainBreak(seq=e.seq, reason="was changed after it was written"))
        previous = e.hash
    return breaks
