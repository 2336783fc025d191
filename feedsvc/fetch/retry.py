"""Which failures are tried again, and after how long.  Pure: no clock, no network."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from feedsvc.errors import (
    FetchError,
    Malformed,
    StatusRefused,
    TlsRefused,
    Truncated,
    Unreachable,
)

AGAIN = frozenset({429, 500, 502, 503, 504})
"""Statuses that may be gone in a moment; 403, 404 and 410 are answers."""

WAIT_AT_MOST = timedelta(minutes=2)
"""A longer ``Retry-After`` ends the try: the site is left alone until then."""

NONSENSE = timedelta(days=1)
"""What asks for more than this is a mistake, and says nothing: no page stops the others for it."""

_FIRST = 2.0
_LONGEST = 60.0


def worth_another(error: FetchError) -> bool:
    """Whether the same request may well succeed in a moment."""
    if isinstance(error, StatusRefused):
        return error.status in AGAIN and (error.retry_after or 0) <= WAIT_AT_MOST.total_seconds()
    # A certificate does not mend by itself within a minute, a dropped handshake may.
    if isinstance(error, TlsRefused):
        return "certificate" not in error.message.lower()
    return isinstance(error, (Unreachable, Truncated, Malformed))


def wants_peace(error: StatusRefused) -> bool:
    """Whether the site asks for more patience than fits into a poll."""
    return error.status == 429 or (
        error.status in AGAIN and (error.retry_after or 0) > WAIT_AT_MOST.total_seconds()
    )


def wait(attempt: int, error: FetchError, rng: random.Random) -> float:
    """Seconds before the next try; ``attempt`` counts the failures so far, from 1.

    Full jitter: anything between nothing and a bound that doubles, so that many
    readers of a site that was down do not come back in step.  Never less than the
    site asked for.
    """
    asked = error.retry_after or 0.0 if isinstance(error, StatusRefused) else 0.0
    return max(asked, rng.uniform(0, min(_LONGEST, _FIRST * 2 ** (attempt - 1))))


def retry_after(value: str | None, now: datetime) -> float | None:
    """Seconds that a ``Retry-After`` header asks for (RFC 9110, 10.2.3), in either form.

    ``None`` where the header is missing or says nothing that can be meant; a date gone by
    is 0.
    """
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        seconds = float(text[:9])
    else:
        when = http_date(text)
        if when is None:
            return None
        seconds = max(0.0, (when - now).total_seconds())
    return seconds if seconds <= NONSENSE.total_seconds() else None


def http_date(text: str) -> datetime | None:
    """The time in a header, else ``None``."""
    try:
        when = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    # "-0000" gives a naive time: the header must be in GMT, so it is.
    return when if when.tzinfo else when.replace(tzinfo=UTC)
