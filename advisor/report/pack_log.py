"""The event log of an evidence pack: its chain, and that what is in the pack is what it recorded.

The chain covers the body of every row. What stands beside a body (its key, its version, which one
is current) follows from the bodies and their order, and is held against them here, so that a forger
who keeps the log cannot make an older version the valid one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from advisor.project import LogEntry, verify_chain
from advisor.project.log import digest_of
from advisor.project.shelves import SHELVES
from advisor.report.finding import Finding
from advisor.sentences import Sentence, sentence

Rows = Mapping[str, Sequence[Mapping[str, Any]]]
"""File of the pack → its rows, in its order."""


def rows_of(files: Mapping[str, bytes], name: str) -> list[dict[str, Any]]:
    """The rows of a JSON-lines file; none where the pack has no such file."""
    return [json.loads(line) for line in files.get(name, b"").decode("utf-8").splitlines()]


def written_rows(files: Mapping[str, bytes]) -> dict[str, list[dict[str, Any]]]:
    """Everything that the log recorded: the shelves, then the events of every run."""
    shelves = [f"shelves/{name}.jsonl" for name in sorted(SHELVES)]
    events = sorted(name for name in files if name.startswith("events/"))
    return {name: rows_of(files, name) for name in (*shelves, *events)}


def log_findings(log: Sequence[LogEntry], rows: Rows) -> list[Finding]:
    """What is wrong with the log and what it recorded; that it holds where nothing is."""
    wrong = [*_chain(log), *_recorded(log, rows), *_beside(rows)]
    if wrong:
        return [Finding.bad("log", words) for words in wrong]
    words = sentence(
        "The chain of {count} log entries holds, and so does what they wrote.", count=len(log)
    )
    return [Finding.good("log", words)]


def _chain(log: Sequence[LogEntry]) -> Iterator[Sentence]:
    for broken in verify_chain(log):
        yield sentence("Log entry {seq}: {reason}.", seq=broken.seq, reason=broken.reason)


def _recorded(log: Sequence[LogEntry], rows: Rows) -> Iterator[Sentence]:
    bodies: dict[int, list[str]] = {}
    for table in rows.values():
        for row in table:
            bodies.setdefault(row["log_seq"], []).append(row["body"])
    for entry in log:
        if digest_of(bodies.pop(entry.seq, [])) != entry.digest:
            yield sentence(
                "What log entry {seq} ({action} {subject}) wrote is not what is in the pack.",
                seq=entry.seq,
                action=entry.action,
                subject=entry.subject,
            )
    for seq in bodies:
        yield sentence("The pack holds rows of a log entry {seq} that is not in the log.", seq=seq)


def _beside(rows: Rows) -> Iterator[Sentence]:
    """Rows whose order, key, version or flag does not follow from what the log recorded."""
    for name, table in rows.items():
        order = [(row["log_seq"], row["seq"]) for row in table]
        right = order == sorted(order) and len({row["seq"] for row in table}) == len(table)
        shelf = name.removeprefix("shelves/").removesuffix(".jsonl")
        if not right or (shelf in SHELVES and not _versions_follow(shelf, table)):
            yield sentence(
                "{name}: order or versions are not those that the log recorded.", name=name
            )


def _versions_follow(shelf: str, table: Sequence[Mapping[str, Any]]) -> bool:
    spec, last = SHELVES[shelf], dict[str, Mapping[str, Any]]()
    for row in table:
        if spec.key(spec.noun.model_validate_json(row["body"])) != row["key"]:
            return False
        before = last.get(row["key"])
        if row["version"] != (before["version"] + 1 if before else 1):
            return False
        if row["removed"] and before is None:
            return False
        last[row["key"]] = row
    return all(bool(row["current"]) is (last[row["key"]] is row) for row in table)
