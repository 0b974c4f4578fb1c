"""The bank's name, logo and the documents' date, kept in the project."""

from __future__ import annotations

import base64
import io
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

from PIL import Image

from advisor.project import Project, ProjectError
from advisor.sentences import sentence

_LARGEST_LOGO = 4 * 1024**2
_LOGO_TYPES = {".svg": "image/svg+xml", ".png": "image/png", ".jpg": "image/jpeg"}


def set_identity(
    project: Project,
    *,
    organisation: str | None = None,
    logo: Path | None = None,
    as_of: date | None = None,
) -> None:
    """Keep the bank's name, logo and the documents' date in the project. Raises `ProjectError`."""
    if organisation is not None:
        project.set(organisation=organisation)
    if as_of is not None:
        project.set(as_of=as_of.isoformat())
    if logo is not None:
        kind = _LOGO_TYPES.get(logo.suffix.lower().replace("jpeg", "jpg"))
        if kind is None:
            raise ProjectError(
                sentence(
                    "{logo} is not a picture for a logo; use SVG, PNG or JPEG.", logo=str(logo)
                )
            )
        try:
            data = logo.read_bytes()
        except OSError as error:
            raise ProjectError(
                sentence(
                    "The logo {logo} cannot be read: {reason}.",
                    logo=str(logo),
                    reason=str(error.strerror),
                )
            ) from error
        _check_picture(logo, data, kind)
        project.set(logo={"media_type": kind, "base64": base64.b64encode(data).decode("ascii")})


def _check_picture(path: Path, data: bytes, kind: str) -> None:
    """Refuse a logo that no document could show. Raises `ProjectError`."""
    try:
        if kind == "image/svg+xml":
            whole = ElementTree.fromstring(data).tag.rpartition("}")[2] == "svg"
        else:
            with Image.open(io.BytesIO(data)) as picture:
                whole = picture.get_format_mimetype() == kind
                picture.load()
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        whole = False
    if not whole or len(data) > _LARGEST_LOGO:
        raise ProjectError(
            sentence(
                "{file} is damaged, not what its name says, or larger than {value} MiB; "
                "choose another picture for the logo.",
                file=str(path),
                value=str(_LARGEST_LOGO // 1024**2),
            )
        )
