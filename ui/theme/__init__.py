"""How the window looks: tokens, palette, style sheet, fonts, icons."""

from ui.theme.icons import icon, pixmap
from ui.theme.theme import SCALES, Choice, theme
from ui.theme.tokens import Tokens

__all__ = ["SCALES", "Choice", "Tokens", "icon", "pixmap", "theme"]
