"""What the site's headers say of time: how long to wait, and how this machine's clock goes.

In: the site's answers, each with the time it came.  Out: the seconds that ``Retry-After``
asks for; how far the clock is ahead of the site's, by ``Date``.  One answer says little of
that: a cache may have kept it, one server's clock may be wrong.  So the median of a poll's
answers counts, and where they are few the last ones of the polls before count too.
"""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from feedsvc.fetch.transport import Answer
from feedsvc.memory import Memory, Topic

ENOUGH = 3
"""Answers from which a median can be told."""

NONSENSE = timedelta(days=1)
"""What asks for more than this is a mistake, and says nothing: no page stops the others for it."""


class SiteDates:
    """Used under the fetcher's lock; remembers by how much the last answers differed (s)."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._seen: list[float] = []

    def saw(self, answer: Answer, now: datetime) -> None:
        """Take note of an answer that came now.  One that a cache gave (``Age``, RFC 9111,
        5.1) tells an older time, and is passed over."""
        date = http_date(answer.header("date") or "")
        if date is not None and (answer.header("age") or "0").strip() == "0":
            self._seen.append((now - date).total_seconds())

    def ahead(self) -> timedelta | None:
        """How far this machine's clock is ahead (behind: below nought); ``None`` where too
        little is known.  Remembers what was seen, for the next poll."""
        seen, before = self._seen, self._before()
        if len(seen) < ENOUGH:
            seen = [*before, *seen][-ENOUGH:]
        # In whole minutes: mostly there is nothing new to be written down.
        last = [60 * round(one / 60) for one in seen[-ENOUGH:]]
        if last != before:
            self._memory.keep(Topic.CLOCK, seconds=last)
        # The upper one of two in the middle; `statistics` would be 0.2 MB more for it.
        return timedelta(seconds=sorted(seen)[len(seen) // 2]) if len(seen) >= ENOUGH else None

    def _before(self) -> list[float]:
        kept = self._memory.recall(Topic.CLOCK).get("seconds", [])
        sound = isinstance(kept, list) and all(type(one) in (int, float) for one in kept)
        return [float(one) for one in kept] if sound else []


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
