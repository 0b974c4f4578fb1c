"""The theme in force: tokens and scale, and the one function that puts them on the application."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from advisor.profiles import shipped_profiles_folder
from ui.garbage import held_back
from ui.theme.stylesheet import stylesheet
from ui.theme.tokens import DARK, LIGHT, SPACE_PX, TYPE_PX, Mode, Tokens

Choice = Literal["system", "light", "dark"]
"""What the user chose; `system` follows the desktop where it says something, else light."""

FAMILY = "Noto Sans JP"
SCALES = (1.0, 1.25, 1.5, 2.0, 2.5, 3.0)


class Theme(QObject):
    """Tokens and scale in force. Emits `changed` after they are on the application."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.tokens: Tokens = LIGHT
        self.scale = 1.0
        self._fonts_loaded = False
        self._styled = False
        self._pictures: TemporaryDirectory[str] | None = None

    def apply(self, choice: Choice = "system", scale: float = 1.0) -> None:
        """Put a theme on the running application: font, palette, style sheet."""
        app = QApplication.instance()
        if not isinstance(app, QApplication):
            raise TypeError("a theme needs a running QApplication")
        self.tokens = DARK if resolved(choice) == "dark" else LIGHT
        self.scale = min(max(scale, SCALES[0]), SCALES[-1])
        self._load_fonts()
        with held_back():
            if not self._styled:
                app.setStyle("Fusion")
                self._styled = True
            app.setFont(self.font())
            app.setPalette(palette(self.tokens))
            app.setStyleSheet(stylesheet(self.tokens, self.scale, FAMILY, self._folder()))
        self.changed.emit()

    def px(self, size: float) -> int:
        """A length at the scale in force; never less than one pixel."""
        return max(1, round(size * self.scale))

    def space(self, name: str) -> int:
        """A distance by its token: hair, small, medium, large, page."""
        return self.px(SPACE_PX[name])

    def font(self, size: str = "body", *, bold: bool = False) -> QFont:
        """A font by the name of its size."""
        font = QFont(FAMILY)
        font.setPixelSize(self.px(TYPE_PX[size]))
        font.setBold(bold)
        font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
        return font

    def colour(self, token: str, alpha: float = 1.0) -> QColor:
        """A token's colour, e.g. `theme.colour("accent", 0.2)`."""
        colour = QColor(getattr(self.tokens, token))
        colour.setAlphaF(alpha)
        return colour

    def _folder(self) -> Path:
        """Where the style sheet's pictures lie while the program runs."""
        if self._pictures is None:
            self._pictures = TemporaryDirectory(prefix="carbon-advisor-")
        return Path(self._pictures.name)

    def _load_fonts(self) -> None:
        if self._fonts_loaded:
            return
        for path in sorted((shipped_profiles_folder() / "fonts").glob("*.ttf")):
            QFontDatabase.addApplicationFont(str(path))
        self._fonts_loaded = True


def resolved(choice: Choice) -> Mode:
    """Light or dark; the desktop decides where the user left it to it."""
    if choice != "system":
        return choice
    scheme = QGuiApplication.styleHints().colorScheme()
    return "dark" if scheme == Qt.ColorScheme.Dark else "light"


def palette(tokens: Tokens) -> QPalette:
    """Qt's palette from our tokens, so that what no style rule touches fits too."""
    made = QPalette()
    role = QPalette.ColorRole
    for place, colour in {
        role.Window: tokens.ground,
        role.WindowText: tokens.ink,
        role.Base: tokens.surface,
        role.AlternateBase: tokens.sunken,
        role.Text: tokens.ink,
        role.Button: tokens.surface,
        role.ButtonText: tokens.ink,
        role.BrightText: tokens.danger,
        role.ToolTipBase: tokens.surface,
        role.ToolTipText: tokens.ink,
        role.PlaceholderText: tokens.ink_faint,
        role.Highlight: tokens.accent,
        role.HighlightedText: tokens.on_accent,
        role.Link: tokens.accent,
        role.LinkVisited: tokens.accent,
        role.Light: tokens.surface,
        role.Midlight: tokens.line,
        role.Mid: tokens.line_strong,
        role.Dark: tokens.line_strong,
        role.Shadow: tokens.sunken,
        role.Accent: tokens.accent,
    }.items():
        made.setColor(place, QColor(colour))
    for place in (role.WindowText, role.Text, role.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, place, QColor(tokens.line_strong))
    return made


theme = Theme()
"""The one theme of the process; Qt has one application, so it has one theme."""
