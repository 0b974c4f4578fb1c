"""The evidence pack: a zip from which anybody can recompute a summary and check every byte.

Inside: `log.jsonl` (the event log), `shelves/*.jsonl` (every version of every noun, with the number
of its log entry), `events/*.jsonl` (the raw windows of every run), `profiles/` (every profile read,
with its source in its header), `summary.json`, and `manifest.json` with versions and SHA-256 of all
of them. The manifest holds its own digest; the zip is written in one canonical way, so a change of
any byte is found. Whoever rewrites everything consistently is found by the signature (Ed25519, RFC
8032) over the manifest's digest, or by comparing that digest with one kept elsewhere.
"""

from __future__ import annotations

import hashlib
import json
import platform
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from advisor.profiles import shipped_profiles_folder
from advisor.project import Project
from advisor.project.schema import EVENTS, noun_table
from advisor.project.shelves import SHELVES
from advisor.report.archive import packed
from advisor.report.documents.data import render
from advisor.report.edition import Audience, Edition
from advisor.report.gather import PROGRAM, all_profiles, summary_of
from advisor.report.signing import signature_of

SCHEMA = "carbon-advisor/evidence/1"
EDITION = Edition(language="en", audience=Audience.ENGINEER)
"""The edition of the summary inside a pack."""
_LIBRARIES = ("numpy", "scipy", "onnxruntime", "onnx", "scikit-learn", "pydantic", "SQLAlchemy")


def evidence_pack(project: Project, key: Ed25519PrivateKey | None = None) -> bytes:
    """The pack of a project, signed when a key is given. The same project gives the same bytes."""
    summary = summary_of(project)
    files = {
        "README.txt": _README.encode(),
        "log.jsonl": _lines(e.model_dump(mode="json") for e in project.log()),
        **_shelves(project),
        **_events(project),
        **_profiles(),
        "summary.json": render(summary, EDITION),
    }
    manifest: dict[str, Any] = {
        "schema": SCHEMA,
        "project": summary.project,
        "as_of": summary.as_of.isoformat(),
        "log_head": summary.log_head,
        "program": PROGRAM,
        "python": platform.python_version(),
        "libraries": {name: _version(name) for name in _LIBRARIES},
        "files": {name: _digest(data) for name, data in files.items()},
    }
    manifest["digest"] = manifest_digest(manifest)
    files["manifest.json"] = canonical(manifest)
    if key is not None:
        files["signature.json"] = canonical(signature_of(manifest["digest"], key))
    return packed(files, summary.as_of)


def canonical(value: Any) -> bytes:
    """JSON in one way only: sorted keys, no insignificant blanks but line ends."""
    return (json.dumps(value, ensure_ascii=False, sort_keys=True, indent=1) + "\n").encode()


def manifest_digest(manifest: dict[str, Any]) -> str:
    """SHA-256 of the manifest without its own digest."""
    return _digest(canonical({k: v for k, v in manifest.items() if k != "digest"}))


def pack_date(manifest: dict[str, Any]) -> date:
    """The project's date in a manifest."""
    return date.fromisoformat(manifest["as_of"])


def _shelves(project: Project) -> dict[str, bytes]:
    made: dict[str, bytes] = {}
    for name in sorted(SHELVES):
        table = noun_table(name)
        with project.reading() as connection:
            rows = connection.execute(sa.select(table).order_by(table.c.seq)).mappings().all()
        made[f"shelves/{name}.jsonl"] = _lines(dict(row) for row in rows)
    return made


def _events(project: Project) -> dict[str, bytes]:
    query = sa.select(EVENTS).order_by(EVENTS.c.run_id, EVENTS.c.seq)
    by_run: dict[str, list[dict[str, Any]]] = {}
    with project.reading() as connection:
        for row in connection.execute(query).mappings():
            by_run.setdefault(row["run_id"], []).append(dict(row))
    return {f"events/{run}.jsonl": _lines(rows) for run, rows in by_run.items()}


def _profiles() -> dict[str, bytes]:
    """Every profile with all its layers: the shipped one, and the user's own over it."""
    made: dict[str, bytes] = {}
    shipped = shipped_profiles_folder()
    for name, layers in all_profiles().items():
        for path in layers:
            place = "shipped" if path.is_relative_to(shipped) else "own"
            made[f"profiles/{place}/{name}"] = path.read_bytes()
    return made


def _lines(rows: Any) -> bytes:
    return "".join(
        json.dumps(row, ensure_ascii=False, sort_keys=True) + "\n" for row in rows
    ).encode()


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


_README = """Evidence pack of Carbon Advisor.

Check it on any machine that has the program:   carbon-advisor verify PACK.zip
By hand: SHA-256 of every file is in manifest.json. Each entry of log.jsonl holds
hash = SHA-256(previous hash + JSON array [seq, at, who, action, subject, digest]), and digest =
SHA-256 over the bodies written in that entry, each preceded by its length in 8 bytes (big-endian).
"""
