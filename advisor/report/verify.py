"""Checking an evidence pack: every byte, the hash chain, and the figures computed again.

The pack's project is rebuilt in a temporary file and summarised with the pack's own profiles; what
differs from the summary inside is named, figure by figure.
"""

from __future__ import annotations

import base64
import hashlib
import json
import math
import os
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from advisor.bench import measure
from advisor.profiles import shipped_profiles_folder
from advisor.project import LogEntry, Project
from advisor.project.schema import EVENTS, LOG, noun_table
from advisor.report.archive import packed
from advisor.report.documents.data import render
from advisor.report.evidence import EDITION, manifest_digest, pack_date
from advisor.report.finding import Finding
from advisor.report.gather import PROGRAM, summary_of
from advisor.report.opened_pack import OWN, OpenedPack, opened, project_file
from advisor.report.pack_log import Rows, log_findings, rows_of, written_rows
from advisor.report.summary import Summary
from advisor.sentences import Sentence, sentence

_SAME = 1e-6
"""Relative difference up to which a recomputed figure counts as the same: other processors round
otherwise in the last bits, and a prediction is kept in single precision. The smallest difference
that a document can show is a thousand times larger."""
_TOLD = 30
"""Differing figures that are named one by one; the others are counted."""


def verify(path: Path, signer: bytes | None = None) -> list[Finding]:
    """Everything checked about a pack, in order. Raises `NotAPackError`.

    `signer` is the raw public key of who must have signed it; None: whoever it was, or nobody.
    """
    pack = opened(path)
    files, manifest = pack.files, pack.manifest
    findings = [*_bytes(pack), *_signature(files, manifest, signer)]
    if pack.damaged:
        words = sentence("Log and figures cannot be checked before the damaged files are whole.")
        return [*findings, Finding.bad("contents", words)]
    try:
        log = [LogEntry.model_validate(row) for row in rows_of(files, "log.jsonl")]
        rows = written_rows(files)
        findings += log_findings(log, rows)
        findings += _figures(log, rows, files)
    except Exception as error:  # a forger may write anything anywhere: none of it stops the check
        why = (str(error).splitlines() or [""])[0][:160] or type(error).__name__
        words = sentence("The contents cannot be read: {why}", why=why)
        findings.append(Finding.bad("contents", words))
    if manifest.get("program") != PROGRAM:
        words = sentence(
            "Made by {made}, checked by {now}.", made=str(manifest.get("program")), now=PROGRAM
        )
        findings.append(Finding.good("program", words))
    return findings


def _bytes(pack: OpenedPack) -> list[Finding]:
    found = [
        Finding.bad("files", words)
        for words in (_wrong(name, pack) for name in sorted(pack.digests.keys() | pack.names - OWN))
        if words is not None
    ]
    if pack.manifest.get("digest") != manifest_digest(pack.manifest):
        words = sentence("The manifest was changed after it was written.")
        found.append(Finding.bad("manifest", words))
    if not found and packed(pack.files, pack_date(pack.manifest)) != pack.data:
        words = sentence("The archive around the files was changed after it was written.")
        found.append(Finding.bad("archive", words))
    words = sentence("All {count} files are as they were packed.", count=len(pack.digests))
    return found or [Finding.good("files", words)]


def _wrong(name: str, pack: OpenedPack) -> Sentence | None:
    """What is wrong with a file; None where it is as it was packed."""
    if name in pack.damaged:
        return sentence("{name} is damaged: its bytes are not those that were packed.", name=name)
    if name not in pack.files:
        return sentence("{name} is missing from the pack.", name=name)
    if name not in pack.digests:
        return sentence("{name} was added: the manifest knows no such file.", name=name)
    if pack.digests[name] != hashlib.sha256(pack.files[name]).hexdigest():
        return sentence("{name} was changed after it was packed.", name=name)
    return None


def _signature(
    files: dict[str, bytes], manifest: dict[str, Any], signer: bytes | None
) -> list[Finding]:
    if "signature.json" not in files and signer is not None:
        words = sentence("The pack is not signed, so it does not show that the given key made it.")
        return [Finding.bad("signature", words)]
    if "signature.json" not in files:
        words = sentence("The pack is not signed: it shows damage, not who made it.")
        return [Finding.good("signature", words)]
    try:
        signed = json.loads(files["signature.json"])
        public = base64.b64decode(signed["public_key"], validate=True)
        Ed25519PublicKey.from_public_bytes(public).verify(
            base64.b64decode(signed["signature"], validate=True), str(manifest["digest"]).encode()
        )
    except (InvalidSignature, KeyError, TypeError, ValueError):
        words = sentence("The signature does not fit the pack.")
        return [Finding.bad("signature", words)]
    fingerprint = hashlib.sha256(public).hexdigest()[:16]
    if signer is not None and signer != public:
        words = sentence("Signed by another than the given key: by {key}.", key=fingerprint)
        return [Finding.bad("signature", words)]
    words = sentence("Signed with the key {key} (SHA-256 of the public key).", key=fingerprint)
    return [Finding.good("signature", words)]


def _figures(log: list[LogEntry], rows: Rows, files: dict[str, bytes]) -> list[Finding]:
    """The summary, and every measurement from its raw windows, computed again."""
    said = json.loads(files["summary.json"])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / project_file(str(said["summary"]["project"]))
        with _profiles_of(files, Path(folder)), _rebuilt(path, log, rows) as project:
            now = json.loads(render(summary_of(project), EDITION))
            again = {
                f"{m.run_id}/{m.candidate}": m
                for stored in project.runs.all()
                for m in measure(project.events(stored.run_id))
            }
            kept = {f"{m.run_id}/{m.candidate}": m for m in project.measurements.all()}
    differing = differences(said["summary"], now["summary"], "summary")
    if said["summary"].get("program") == PROGRAM:
        shown = json.loads(render(Summary.model_validate(said["summary"]), EDITION))
        differing += differences(said["document"], shown["document"], "document")
    else:  # another version may say the same in other words
        differing = [d for d in differing if _is_number(d[1]) or _is_number(d[2])]
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
        found.append(Finding.bad("figures", words))
    words = sentence(
        "The summary and {count} measurements come out the same from the raw windows.",
        count=sum(key in again for key in kept),
    )
    return found or [Finding.good("figures", words)]


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


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


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
def _rebuilt(path: Path, log: list[LogEntry], rows: Rows) -> Generator[Project]:
    """The project as it was, in a temporary file."""
    with Project.create(path) as project, project._transaction() as connection:  # pyright: ignore[reportPrivateUsage]
        for name, table in rows.items():
            kind = name.removeprefix("shelves/").removesuffix(".jsonl")
            if table:
                place = EVENTS if name.startswith("events/") else noun_table(kind)
                connection.execute(place.insert(), list(table))
        if log:
            connection.execute(LOG.insert(), [e.model_dump() for e in log])
    with Project.open(path) as project:
        yield project
