"""The window: pages, charts, tables and details over `advisor`; it holds no arithmetic."""

from __future__ import annotations

import sys


def _keep_true_and_false() -> None:
    """Give True and False references to spare, as Python 3.12 does for good (PEP 683).

    PySide6 6.12 on Python 3.11 takes a reference from True with every `Signal.emit` and never gives
    it back; after some hundreds of signals the interpreter would end with `bool_dealloc`.
    """
    if sys.version_info < (3, 12):
        import ctypes

        for value in (True, False):
            ctypes.c_ssize_t.from_address(id(value)).value += 1 << 40


_keep_true_and_false()
