"""An evidence pack proves its figures, and a change of any byte is found."""

from __future__ import annotations

import io
import json
import random
import zipfile
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from advisor.cli import main
from advisor.project import Project
from advisor.report.archive import packed
from advisor.report.evidence import canonical, evidence_pack, manifest_digest, pack_date
from advisor.report.finding import Finding
from advisor.report.gather import publish, summary_of
from advisor.report.opened_pack import NotAPackError
from advisor.report.signing import SigningKeyError, read_key, read_public_key
from advisor.report.verify import verify


def check(data: bytes, folder: Path) -> list[Finding]:
    path = folder / "pack.zip"
    path.write_bytes(data)
    return verify(path)


def holds(data: bytes, folder: Path) -> bool:
    try:
        return all(f.holds for f in check(data, folder))
    except NotAPackError:
        return False


def reforged(data: bytes, name: str, old: bytes, new: bytes) -> bytes:
    """The pack with one file changed and the manifest made to fit, as a careful forger would."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        files = {n: archive.read(n) for n in archive.namelist()}
    assert old in files[name]
    files[name] = files[name].replace(old, new)
    manifest = json.loads(files["manifest.json"])
    import hashlib

    manifest["files"][name] = hashlib.sha256(files[name]).hexdigest()
    manifest["digest"] = manifest_digest(manifest)
    files["manifest.json"] = canonical(manifest)
    return packed(files, pack_date(manifest))


def test_an_untouched_pack_holds_and_comes_out_the_same(
    measured_project: Project, tmp_path: Path
) -> None:
    data = evidence_pack(measured_project)
    assert data == evidence_pack(measured_project)
    findings = check(data, tmp_path)
    assert [str(f.statement) for f in findings if not f.holds] == []
    assert any("2 measurements come out the same" in str(f.statement) for f in findings)


def test_any_changed_byte_is_found(measured_project: Project, tmp_path: Path) -> None:
    data = evidence_pack(measured_project)
    draw = random.Random(7)
    places = [0, len(data) - 1, *(draw.randrange(len(data)) for _ in range(25))]
    for place in places:
        changed = bytearray(data)
        changed[place] ^= 1 << draw.randrange(8)
        assert not holds(bytes(changed), tmp_path), f"byte {place} of {len(data)}"
    assert not holds(data + b"x", tmp_path)
    assert not holds(data[: len(data) // 2], tmp_path)


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("log.jsonl", b'"who": "tester"', b'"who": "nobody"', "was changed after it was written"),
        ("events/run-1.jsonl", b"1000.0", b"2000.0", "is not what is in the pack"),
        ("shelves/settings.jsonl", b"2000000000", b"1000000000", "computed again it is"),
        ("summary.json", b'"provenance": "measured"', b'"provenance": "declared"', "says declared"),
    ],
)
def test_a_consistent_forgery_is_found_by_chain_and_recomputation(
    measured_project: Project, tmp_path: Path, name: str, old: bytes, new: bytes, said: str
) -> None:
    findings = check(reforged(evidence_pack(measured_project), name, old, new), tmp_path)
    assert any(said in str(f.statement) for f in findings if not f.holds)


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        ("summary.json", (b'"headline": "', b'"headline": "Nearly '), "document.headline says"),
        ("shelves/settings.jsonl", (b'"current": true', b'"current": false'), "order or versions"),
        ("shelves/candidates.jsonl", (b'"key": "aaaa', b'"key": "bbbb'), "order or versions"),
        ("log.jsonl", (b'"digest"', b'"digest" '), ""),
    ],
)
def test_what_the_chain_does_not_cover_follows_from_what_it_covers(
    measured_project: Project, tmp_path: Path, name: str, change: tuple[bytes, bytes], said: str
) -> None:
    findings = check(reforged(evidence_pack(measured_project), name, *change), tmp_path)
    wrong = [str(f.statement) for f in findings if not f.holds]
    assert any(said in words for words in wrong) if said else not wrong


def test_each_damaged_added_or_missing_file_is_named(
    measured_project: Project, tmp_path: Path
) -> None:
    data = evidence_pack(measured_project)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        files = {n: archive.read(n) for n in archive.namelist()}
        header = archive.getinfo("summary.json").header_offset
    bent = bytearray(data)
    bent[header + 200] ^= 1
    damaged = [str(f.statement) for f in check(bytes(bent), tmp_path) if not f.holds]
    assert damaged[0] == "summary.json is damaged: its bytes are not those that were packed."
    del files["log.jsonl"]
    files["more.txt"] = b"more"
    day = pack_date(json.loads(files["manifest.json"]))
    wrong = [str(f.statement) for f in check(packed(files, day), tmp_path) if not f.holds]
    assert "log.jsonl is missing from the pack." in wrong
    assert "more.txt was added: the manifest knows no such file." in wrong


def test_a_hostile_archive_is_refused_before_anything_is_inflated(
    measured_project: Project, tmp_path: Path
) -> None:
    bomb = tmp_path / "bomb.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("manifest.json", b" " * (80 * 1024**2))
    with pytest.raises(NotAPackError, match="would inflate to 80 MiB"):
        verify(bomb)
    out = tmp_path / "out.zip"
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("../../evil.txt", b"evil")
    with pytest.raises(NotAPackError, match="leads out of it"):
        verify(out)
    data = evidence_pack(measured_project)
    forged = reforged(data, "summary.json", b'"project": "bank"', b'"project": "../../evil"')
    assert not holds(forged, tmp_path)
    assert not list(tmp_path.parent.parent.glob("evil*"))


def test_a_signature_names_its_key_and_fits_one_pack_only(
    measured_project: Project, tmp_path: Path
) -> None:
    key = Ed25519PrivateKey.generate()
    data = evidence_pack(measured_project, key)
    assert any("Signed with the key" in str(f.statement) for f in check(data, tmp_path))
    assert holds(data, tmp_path)
    forged = reforged(data, "README.txt", b"Evidence", b"Evidently")
    failed = [f.check for f in check(forged, tmp_path) if not f.holds]
    assert failed == ["signature"]


def test_a_signed_pack_is_written_and_checked_from_the_terminal(
    measured_project: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    measured_project.close()
    key, pack = tmp_path / "key.pem", tmp_path / "e.zip"
    private = Ed25519PrivateKey.generate()
    key.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    address = measured_project.address
    assert main(["evidence", "--project", address, "--out", str(pack), "--key", str(key)]) == 0
    assert main(["verify", str(pack)]) == 0
    assert "Signed with the key" in capsys.readouterr().out
    pack.write_bytes(pack.read_bytes().replace(b"README", b"REEDME"))
    assert main(["verify", str(pack)]) in (1, 2)
    assert main(["verify", str(key)]) == 2
    assert "damaged or no evidence pack" in capsys.readouterr().err


def test_the_given_signer_and_nobody_else_must_have_signed(
    measured_project: Project, tmp_path: Path
) -> None:
    key, other = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    public, stranger = tmp_path / "key.pub", tmp_path / "other.pem"
    public.write_bytes(key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH))
    stranger.write_bytes(
        other.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    )
    pack = tmp_path / "pack.zip"
    pack.write_bytes(evidence_pack(measured_project, key))
    assert all(f.holds for f in verify(pack, read_public_key(public)))
    said = [str(f.statement) for f in verify(pack, read_public_key(stranger)) if not f.holds]
    assert said[0].startswith("Signed by another than the given key")
    pack.write_bytes(evidence_pack(measured_project))
    assert [f.check for f in verify(pack, read_public_key(public)) if not f.holds] == ["signature"]


@pytest.mark.parametrize("form", [PrivateFormat.OpenSSH, PrivateFormat.PKCS8])
def test_a_locked_key_signs_with_its_passphrase_only(tmp_path: Path, form: PrivateFormat) -> None:
    path, free = tmp_path / "locked", tmp_path / "free"
    private = Ed25519PrivateKey.generate()
    locked = BestAvailableEncryption(b"secret")
    path.write_bytes(private.private_bytes(Encoding.PEM, form, locked))
    free.write_bytes(private.private_bytes(Encoding.PEM, form, NoEncryption()))
    raw = private.private_bytes_raw()
    assert read_key(path, "secret").private_bytes_raw() == raw
    assert read_key(free, "not needed").private_bytes_raw() == raw
    with pytest.raises(SigningKeyError, match="is locked: give its passphrase"):
        read_key(path)
    with pytest.raises(SigningKeyError, match="does not open the key"):
        read_key(path, "wrong")


def test_a_key_that_cannot_sign_is_one_sentence(tmp_path: Path) -> None:
    rsa, text = tmp_path / "rsa.pem", tmp_path / "key.txt"
    made = generate_private_key(65537, 2048)
    rsa.write_bytes(made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    text.write_text("no key")
    for path, words in (
        (rsa, "is not an Ed25519 key"),
        (text, "is not a private key in PEM or OpenSSH form"),
        (tmp_path / "none", "cannot be read"),
    ):
        with pytest.raises(SigningKeyError, match=words):
            read_key(path)
    with pytest.raises(SigningKeyError, match="is not a public key"):
        read_public_key(text)


def test_a_changed_assumption_restates_the_figure_and_says_why(measured_project: Project) -> None:
    assert publish(measured_project, summary_of(measured_project))
    assert not publish(measured_project, summary_of(measured_project))
    assert summary_of(measured_project).restatements == ()
    measured_project.set(pue=1.6)
    assert publish(measured_project, summary_of(measured_project))
    found = summary_of(measured_project).restatements
    total = next(r for r in found if "location" in r.figure.template)
    assert total.before is not None
    assert total.after is not None
    assert total.after.value / total.before.value == pytest.approx(1.6 / 1.3)
    assert "assumptions changed" in str(total.reason)
    assert total.difference is not None
    assert total.difference.value == pytest.approx(total.after.value - total.before.value)
    # energy and grid are in both figures: their uncertainty counts once, for the difference alone
    apart = (total.after.std**2 + total.before.std**2) ** 0.5
    assert 0 < total.difference.std < apart / 2
    assert total.difference.excludes_zero
    assert total.who == "tester"


def test_the_documents_of_a_project_are_the_same_bytes_each_time(
    measured_project: Project, tmp_path: Path
) -> None:
    measured_project.close()
    made: list[dict[str, bytes]] = []
    for name in ("one", "two"):
        out = tmp_path / name
        arguments = ["report", "--project", measured_project.address, "--out", str(out)]
        assert (
            main([*arguments, "--lang", "en,ja", "--format", "pdf,xlsx,pptx,docx,html,json"]) == 0
        )
        made.append({p.name: p.read_bytes() for p in out.iterdir()})
    assert made[0] == made[1]
    assert len(made[0]) == 12


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        (["--lang", "fr"], "is not a language"),
        (["--format", "odt"], "is not a format"),
        (["--audience", "all"], "is not an audience"),
        (["--as-of", "yesterday"], "is not a date"),
        (["--logo", "logo.gif"], "is not a picture"),
        (["--logo", "TMP/broken.png"], "is damaged, not what its name says"),
    ],
)
def test_bad_input_to_report_is_one_sentence(
    measured_project: Project,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    extra: list[str],
    words: str,
) -> None:
    measured_project.close()
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    arguments = ["report", "--project", measured_project.address, "--out", str(tmp_path / "o")]
    extra = [word.replace("TMP", str(tmp_path)) for word in extra]
    assert main([*arguments, *extra]) == 2
    assert words in capsys.readouterr().err
