"""Tables over pandas frames."""

from ui.tables.frame_model import Column
from ui.tables.frame_table import FrameTable

__all__ = ["Column", "FrameTable"]
