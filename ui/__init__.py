"""The window: pages, charts, tables and details over `advisor`; it holds no arithmetic."""

from __future__ import annotations

import sys


def _keep_constants() -> None:
    """Give True, False and None references to spare, as Python 3.12 does for good (PEP 683).

    PySide6 6.12 on Python 3.11 takes a reference from True with every `Signal.emit`, and one from
    None with every call that returns nothing, and never gives them back; after some thousands of
    calls the interpreter would end with `bool_dealloc` or `none_dealloc`.
    """
    if sys.version_info < (3, 12):
        import ctypes

        for value in (True, False, None, NotImplemented):
            ctypes.c_ssize_t.from_address(id(value)).value += 1 << 40


_keep_constants()
