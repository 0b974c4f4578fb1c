"""Signing evidence with a key that the user has: Ed25519 (RFC 8032), in OpenSSH or PEM form."""

from __future__ import annotations

import base64
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
    load_ssh_private_key,
    load_ssh_public_key,
)

from advisor.sentences import SaidError, Sentence, sentence


class SigningKeyError(SaidError):
    """A key that cannot sign. Its text: what is wrong, and what to do."""


def signature_of(digest: str, key: Ed25519PrivateKey) -> dict[str, str]:
    """Public key and signature over the manifest's digest, base64."""
    public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return {
        "algorithm": "Ed25519",
        "public_key": base64.b64encode(public).decode(),
        "signature": base64.b64encode(key.sign(digest.encode())).decode(),
    }


def read_public_key(path: Path) -> bytes:
    """The 32 bytes of an Ed25519 public key in OpenSSH or PEM form. Raises `SigningKeyError`."""
    data = _read(path)
    load = load_pem_public_key if data.startswith(b"-----") else load_ssh_public_key
    try:
        key = load(data)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise SigningKeyError(
            sentence("{file} is not a public key; give the signer's .pub file.", file=str(path))
        ) from error
    if not isinstance(key, Ed25519PublicKey):
        raise SigningKeyError(
            sentence("{file} is not an Ed25519 key, so it signed no evidence pack.", file=str(path))
        )
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)


def read_key(path: Path, password: str | None = None) -> Ed25519PrivateKey:
    """An Ed25519 private key in PEM or OpenSSH form. Raises `SigningKeyError`."""
    data = _read(path)
    try:
        key = _loaded(data, password.encode() if password else None)
    except (TypeError, ValueError, UnsupportedAlgorithm) as error:
        if isinstance(error, TypeError) or b"ENCRYPTED" in data or b"OPENSSH" in data:
            raise SigningKeyError(_passphrase(path, given=password is not None)) from error
        raise SigningKeyError(
            sentence(
                "{file} is not a private key in PEM or OpenSSH form; make one with "
                "ssh-keygen -t ed25519 and give the file without .pub.",
                file=str(path),
            )
        ) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise SigningKeyError(
            sentence(
                "{file} is not an Ed25519 key; make one with ssh-keygen -t ed25519.", file=str(path)
            )
        )
    return key


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SigningKeyError(
            sentence(
                "The key {file} cannot be read: {reason}.",
                file=str(path),
                reason=str(error.strerror),
            )
        ) from error


def _loaded(data: bytes, passphrase: bytes | None) -> object:
    load = load_ssh_private_key if b"OPENSSH" in data else load_pem_private_key
    try:
        return load(data, None)  # a passphrase that is there, but not needed, does no harm
    except (TypeError, ValueError):
        if passphrase is None:
            raise
    return load(data, passphrase)


def _passphrase(path: Path, *, given: bool) -> Sentence:
    if given:
        return sentence(
            "The passphrase does not open the key {file}; give the one it was made with.",
            file=str(path),
        )
    return sentence(
        "The key {file} is locked: give its passphrase in CARBON_ADVISOR_KEY_PASSWORD.",
        file=str(path),
    )
