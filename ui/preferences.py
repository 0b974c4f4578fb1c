"""What the window remembers of its user between two starts: one small JSON file, no secrets."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

import platformdirs
from pydantic import BaseModel, ValidationError

from advisor.figures import Language
from ui.theme import Choice

_RECENT = 8


class Preferences(BaseModel):
    """Language, theme, scale and the projects opened last."""

    language: Language = "en"
    theme: Choice = "system"
    scale: float = 1.0
    recent: tuple[str, ...] = ()
    width: int = 1280
    height: int = 800

    def save(self) -> None:
        """Write them; a folder that cannot be written costs nothing but the memory."""
        path = preferences_path()
        with suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            fresh = path.with_suffix(".new")
            fresh.write_text(self.model_dump_json(indent=1), "utf-8")
            fresh.replace(path)

    def opened(self, address: str) -> None:
        """Put a project first among the recent ones."""
        others = [a for a in self.recent if a != address]
        self.recent = (address, *others)[:_RECENT]
        self.save()


def preferences_path() -> Path:
    """Where they lie."""
    return Path(platformdirs.user_config_dir("carbon-advisor", appauthor=False)) / "window.json"


def read_preferences() -> Preferences:
    """The saved preferences, or fresh ones where there are none or they are damaged."""
    with suppress(OSError, ValidationError, json.JSONDecodeError, UnicodeDecodeError):
        return Preferences.model_validate_json(preferences_path().read_text("utf-8"))
    return Preferences()
