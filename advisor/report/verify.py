"""Checking an evidence pack: every byte, the hash chain, and the figures computed again.

The pack's project is rebuilt in a temporary file and summarised with the pack's own profiles; what
differs from the summary inside is named, figure by figure.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import math
import os
import tempfile
import zipfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import BaseModel, ConfigDict, ValidationError

from advisor.bench import measure
from advisor.profiles import shipped_profiles_folder
from advisor.project import LogEntry, Project, verify_chain
from advisor.project.log import digest_of
from advisor.project.schema import EVENTS, LOG, noun_table
from advisor.project.shelves import SHELVES
from advisor.report.archive import packed
from advisor.report.documents.data import render
from advisor.report.evidence import EDITION, SCHEMA, manifest_digest, pack_date
from advisor.report.gather import PROGRAM, summary_of
from advisor.sentences import Sentence, sentence

_SAME = 1e-6
"""Relative difference up to which a recomputed figure counts as the same: other processors round
otherwise in the last bits, and a prediction is kept in single precision. The smallest difference
that a document can show is a thousand times larger."""


_TOLD = 30
"""Differing figures that are named one by one; the others are counted."""


class NotAPackError(ValueError):
    """A file that is no evidence pack at all. Its text: what, where, what to do."""


class Finding(BaseModel):
    """One thing that was checked."""

    model_config = ConfigDict(frozen=True)

    check: str
    holds: bool
    statement: Sentence


def verify(path: Path) -> list[Finding]:
    """Everything checked about a pack, in order. Raises `NotAPackError`."""
    data, files, manifest = _opened(path)
    findings = [*_bytes(data, files, manifest), *_signature(files, manifest)]
    try:
        log = [LogEntry.model_validate(row) for row in _rows(files, "log.jsonl")]
        findings += _chain(log, files)
        findings += _figures(log, files)
    except (KeyError, TypeError, ValueError, ValidationError) as error:
        words = sentence("The contents cannot be read: {why}", why=str(error).splitlines()[0])
        findings.append(Finding(check="contents", holds=False, statement=words))
    if manifest.get("program") != PROGRAM:
        words = sentence(
            "Made by {made}, checked by {now}.", made=str(manifest.get("program")), now=PROGRAM
        )
        findings.append(Finding(check="program", holds=True, statement=words))
    return findings


def _opened(path: Path) -> tuple[bytes, dict[str, bytes], dict[str, Any]]:
    try:
        data = path.read_bytes()
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            files = {name: archive.read(name) for name in archive.namelist()}
        manifest = json.loads(files["manifest.json"])
    except OSError as error:
        raise NotAPackError(f"{path} cannot be read: {error.strerror}.") from error
    except (zipfile.BadZipFile, KeyError, ValueError, NotImplementedError, RuntimeError) as error:
        raise NotAPackError(
            f"{path} is damaged or no evidence pack of this program ({error}); get it again."
        ) from error
    except Exception as error:  # zlib.error has no public base: any failure to inflate is damage
        raise NotAPackError(f"{path} is damaged ({error}); get it again.") from error
    if not isinstance(manifest, dict) or manifest.get("schema") != SCHEMA:
        raise NotAPackError(f"{path} is no evidence pack that this program knows; update it.")
    return data, files, manifest


def _bytes(data: bytes, files: dict[str, bytes], manifest: dict[str, Any]) -> list[Finding]:
    said: dict[str, str] = manifest.get("files", {})
    own = {"manifest.json", "signature.json"}
    changed = [
        name
        for name in sorted(said.keys() | files.keys() - own)
        if name not in files or said.get(name) != hashlib.sha256(files[name]).hexdigest()
    ]
    found = [
        Finding(
            check="files",
            holds=False,
            statement=sentence("{name} is not what the manifest says.", name=name),
        )
        for name in changed
    ]
    if manifest.get("digest") != manifest_digest(manifest):
        words = sentence("The manifest was changed after it was written.")
        found.append(Finding(check="manifest", holds=False, statement=words))
    if not found and packed(files, pack_date(manifest)) != data:
        words = sentence("The archive around the files was changed after it was written.")
        found.append(Finding(check="archive", holds=False, statement=words))
    words = sentence("All {count} files are as they were packed.", count=len(said))
    return found or [Finding(check="files", holds=True, statement=words)]


def _signature(files: dict[str, bytes], manifest: dict[str, Any]) -> list[Finding]:
    if "signature.json" not in files:
        words = sentence("The pack is not signed: it shows damage, not who made it.")
        return [Finding(check="signature", holds=True, statement=words)]
    try:
        signed = json.loads(files["signature.json"])
        public = base64.b64decode(signed["public_key"], validate=True)
        Ed25519PublicKey.from_public_bytes(public).verify(
            base64.b64decode(signed["signature"], validate=True), str(manifest["digest"]).encode()
        )
    except (InvalidSignature, KeyError, TypeError, ValueError):
        words = sentence("The signature does not fit the pack.")
        return [Finding(check="signature", holds=False, statement=words)]
    fingerprint = hashlib.sha256(public).hexdigest()[:16]
    words = sentence("Signed with the key {key} (SHA-256 of the public key).", key=fingerprint)
    return [Finding(check="signature", holds=True, statement=words)]


def _chain(log: list[LogEntry], files: dict[str, bytes]) -> list[Finding]:
    found = [
        Finding(
            check="log",
            holds=False,
            statement=sentence("Log entry {seq}: {reason}.", seq=b.seq, reason=b.reason),
        )
        for b in verify_chain(log)
    ]
    bodies: dict[int, list[str]] = {}
    names = [f"shelves/{name}.jsonl" for name in sorted(SHELVES)]
    for name in (*names, *sorted(n for n in files if n.startswith("events/"))):
        for row in _rows(files, name) if name in files else ():
            bodies.setdefault(row["log_seq"], []).append(row["body"])
    for entry in log:
        if digest_of(bodies.get(entry.seq, [])) != entry.digest:
            words = sentence(
                "What log entry {seq} ({action} {subject}) wrote is not what is in the pack.",
                seq=entry.seq,
                action=entry.action,
                subject=entry.subject,
            )
            found.append(Finding(check="log", holds=False, statement=words))
    words = sentence(
        "The chain of {count} log entries holds, and so does what they wrote.", count=len(log)
    )
    return found or [Finding(check="log", holds=True, statement=words)]


def _figures(log: list[LogEntry], files: dict[str, bytes]) -> list[Finding]:
    """The summary, and every measurement from its raw windows, computed again."""
    said = json.loads(files["summary.json"])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{said['summary']['project']}.advisor"
        with _profiles_of(files, Path(folder)), _rebuilt(path, log, files) as project:
            now = json.loads(render(summary_of(project), EDITION))
            again = {
                f"{m.run_id}/{m.candidate}": m
                for stored in project.runs.all()
                for m in measure(project.events(stored.run_id))
            }
            kept = {f"{m.run_id}/{m.candidate}": m for m in project.measurements.all()}
    differing = differences(said["summary"], now["summary"], "summary")
    for key, measurement in kept.items():
        if key in again:
            differing += differences(
                measurement.energy_j.model_dump(mode="json"),
                again[key].energy_j.model_dump(mode="json"),
                f"measurement {key[:28]}",
            )
    found = [
        Finding(
            check="figures",
            holds=False,
            statement=sentence(
                "{where} says {said}; computed again it is {now}.", where=w, said=a, now=b
            ),
        )
        for w, a, b in sorted(differing, key=lambda d: d[0].count("."))[:_TOLD]
    ]
    if len(differing) > _TOLD:
        words = sentence("{count} more figures differ.", count=len(differing) - _TOLD)
        found.append(Finding(check="figures", holds=False, statement=words))
    words = sentence(
        "The summary and {count} measurements come out the same from the raw windows.",
        count=sum(key in again for key in kept),
    )
    return found or [Finding(check="figures", holds=True, statement=words)]


def differences(said: Any, now: Any, where: str) -> list[tuple[str, str, str]]:
    """Where two plain structures differ: path, what was said, what it is now."""
    if isinstance(said, dict) and isinstance(now, dict):
        keys = [k for k in sorted(said.keys() | now.keys()) if k != "program"]
        return [d for k in keys for d in differences(said.get(k), now.get(k), f"{where}.{k}")]
    if isinstance(said, list) and isinstance(now, list) and len(said) == len(now):
        pairs = zip(said, now, strict=True)
        return [d for n, (a, b) in enumerate(pairs) for d in differences(a, b, f"{where}[{n}]")]
    if isinstance(said, float) and isinstance(now, int | float):
        same = math.isclose(said, now, rel_tol=_SAME, abs_tol=1e-300)
        return [] if same else [(where, repr(said), repr(now))]
    return [] if said == now else [(where, str(said)[:80], str(now)[:80])]


@contextmanager
def _profiles_of(files: dict[str, bytes], folder: Path) -> Generator[None]:
    """The pack's profiles over the program's own where they differ, while it is being checked."""
    shipped = shipped_profiles_folder()
    for place in ("shipped", "own"):  # the bank's own rows come last and win, as they did there
        head = f"profiles/{place}/"
        for name, data in files.items():
            own = shipped / name.removeprefix(head)
            same = own.is_file() and own.read_bytes() == data
            if name.startswith(head) and not same:
                target = (folder / "profiles" / name[len(head) :]).resolve()
                if folder.resolve() in target.parents:
                    target.parent.mkdir(parents=True, exist_ok=True)
                    target.write_bytes(data)
    before = os.environ.get("CARBON_ADVISOR_PROFILES")
    os.environ["CARBON_ADVISOR_PROFILES"] = str(folder / "profiles")
    try:
        yield
    finally:
        if before is None:
            del os.environ["CARBON_ADVISOR_PROFILES"]
        else:
            os.environ["CARBON_ADVISOR_PROFILES"] = before


@contextmanager
def _rebuilt(path: Path, log: list[LogEntry], files: dict[str, bytes]) -> Generator[Project]:
    """The project as it was, in a temporary file."""
    with Project.create(path) as project, project._transaction() as connection:  # pyright: ignore[reportPrivateUsage]
        tables = [(noun_table(name), f"shelves/{name}.jsonl") for name in SHELVES]
        tables += [(EVENTS, n) for n in sorted(files) if n.startswith("events/")]
        for table, name in tables:
            rows = _rows(files, name) if name in files else []
            if rows:
                connection.execute(table.insert(), rows)
        if log:
            connection.execute(LOG.insert(), [e.model_dump() for e in log])
    with Project.open(path) as project:
        yield project


def _rows(files: dict[str, bytes], name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in files[name].decode("utf-8").splitlines()]
