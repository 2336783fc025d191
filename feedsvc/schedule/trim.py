"""Memory that is free but not given back to the system.

glibc keeps what a poll has freed for the next one, in pieces that fit less and less, so
that a daemon would seem to grow for weeks although it holds no more.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import cache


def give_back() -> None:
    """Give freed memory back to the system; nothing where the C library has no such call
    (musl, macOS), which then do without."""
    _malloc_trim()(0)


@cache
def _malloc_trim() -> Callable[[int], object]:
    try:
        trim: Callable[[int], object] = ctypes.CDLL(None).malloc_trim
    except (OSError, AttributeError):
        return lambda kept: None
    return trim
