"""Words in the reader's language: English is the key, `ja/*.toml` holds the Japanese."""

from ui.i18n.language import NAMES, figure, interval, language, later, said, tr

__all__ = ["NAMES", "figure", "interval", "language", "later", "said", "tr"]
