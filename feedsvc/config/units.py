"""Durations and sizes as a person writes them.

Text in, ``timedelta`` or bytes out; ``ValueError`` with what was wanted.
"""

from __future__ import annotations

import re
from datetime import timedelta

_DURATION = re.compile(r"(\d{1,9})([smhd])", re.ASCII)
_SIZE = re.compile(r"(\d{1,9})(B|KB|MB|GB)", re.ASCII)
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_BYTES = {"B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9}

WANTED_DURATION = "wanted a duration such as 90s, 10m, 2h or 14d"
WANTED_SIZE = "wanted a size such as 500KB or 5MB"
LONGEST = timedelta(days=36_500)


def duration(text: str) -> timedelta:
    """``90s``, ``10m``, ``2h`` or ``14d``; a hundred years at most."""
    match = _DURATION.fullmatch(text.strip())
    if not match:
        raise ValueError(WANTED_DURATION)
    seconds = int(match[1]) * _SECONDS[match[2]]
    if seconds > LONGEST.total_seconds():
        raise ValueError("must be 36500d at most")
    return timedelta(seconds=seconds)


def size(text: str) -> int:
    """``800B``, ``500KB``, ``5MB`` or ``1GB`` in bytes; a KB is 1000 of them."""
    match = _SIZE.fullmatch(text.strip())
    if not match:
        raise ValueError(WANTED_SIZE)
    return int(match[1]) * _BYTES[match[2]]


def spell_duration(value: timedelta) -> str:
    """The shortest way to write a duration: 120 seconds are ``2m``."""
    seconds = int(value.total_seconds())
    for unit in "dhm":
        if seconds and seconds % _SECONDS[unit] == 0:
            return f"{seconds // _SECONDS[unit]}{unit}"
    return f"{seconds}s"


def spell_size(value: int) -> str:
    """The shortest way to write a size: 2,000,000 bytes are ``2MB``."""
    for unit in ("GB", "MB", "KB"):
        if value and value % _BYTES[unit] == 0:
            return f"{value // _BYTES[unit]}{unit}"
    return f"{value}B"
