"""Articles that fail again and again: when each is tried next, and how many do in a row.

In: what became of each article that was found and not yet kept.  Out: whether one is
to be tried now, and the length of the row.  Kept in the memory; where it is forgotten
all are tried at once.  Not its job: failures of the site as a whole (``fetch.backoff``),
what an article that is held lacks (``parse``).
"""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import datetime, timedelta

from feedsvc.cycle.read import A_DAY, GONE_STATUSES
from feedsvc.errors import StatusRefused
from feedsvc.fetch import Memory

_KEY = "failing"
_NOTHING = json.dumps({"since": {}, "row": 0})

LONGEST = timedelta(days=1)
"""Between two tries of one article, however long it has failed."""


class Failing:
    """Used while the archive's lock is held; remembered from one poll to the next."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._saved = memory.get(_KEY)
        told = json.loads(self._saved or _NOTHING)
        self._since = {
            int(key): (datetime.fromisoformat(first), datetime.fromisoformat(last))
            for key, (first, last) in told["since"].items()
        }
        self.row: int = told["row"]
        """New articles in a row that failed, none having been read well since."""

    def is_due(self, article_id: int, now: datetime) -> bool:
        """Whether to try an article now: at the poll after the first failure, then after
        half the time that it has been failing, a day at most.  So what fails for an hour
        is late by half an hour at most, and what fails for a year costs a request a day.
        """
        if article_id not in self._since:
            return True
        first, last = self._since[article_id]
        # A last try that lies ahead: the clock was set back since.
        return last > now or now - last >= min(LONGEST, (last - first) / 2)

    def order(self, article_id: int) -> tuple[bool, int]:
        """The key to sort by: the oldest first, but those that failed before come last.
        One that the site answers as it would answer if it were down ends a poll, and
        must not do so before the others were read."""
        return article_id in self._since, article_id

    def failed(self, article_id: int, now: datetime, *, held: bool = False) -> None:
        """It failed; one that is ``held`` is tried at every poll."""
        first, _ = self._since.get(article_id, (now, now))
        first = min(first, now)
        self._since[article_id] = (first, first if held else max(first, now))

    def all_failed(self, article_id: int, now: datetime) -> None:
        """The site is down, as this article's answer told.  What failed before may have
        failed for the same reason: it is tried anew, as if it were the first time."""
        self._since = dict.fromkeys((*self._since, article_id), (now, now))

    def new_one(self, *, well: bool) -> None:
        """An article was tried for the first time: count how many fail in a row."""
        self.row = 0 if well else self.row + 1

    def tried(self, article_id: int) -> bool:
        """Whether it failed before."""
        return article_id in self._since

    def since(self) -> tuple[int, datetime | None]:
        """How many articles fail now, and since when the first of them does."""
        return len(self._since), min((first for first, _ in self._since.values()), default=None)

    def save(self, pending: Collection[int]) -> None:
        """Keep what is known of the articles that are still to be read."""
        self._since = {key: times for key, times in self._since.items() if key in pending}
        told = json.dumps(
            {
                "since": {
                    str(key): [first.isoformat(), last.isoformat()]
                    for key, (first, last) in sorted(self._since.items())
                },
                "row": self.row,
            }
        )
        if told != (self._saved or _NOTHING):
            self._memory.put(_KEY, told)
            self._saved = told


def never_there(memory: Memory, article_id: int, error: Exception, now: datetime) -> bool:
    """Whether a listed article has no page: 404 or 410, three times in a row at least
    and for a day.  More is asked than of one that is kept, which only gets a mark."""
    key = f"never-there:{article_id}"
    if not (isinstance(error, StatusRefused) and error.status in GONE_STATUSES):
        if memory.get(key):
            memory.put(key, "")
        return False
    since, _, times = (memory.get(key) or f"{now.isoformat()} 0").partition(" ")
    # A time that lies ahead was noted before the clock was set back.
    since = min(since, now.isoformat(), key=datetime.fromisoformat)
    memory.put(key, f"{since} {int(times) + 1}")
    return int(times) >= 2 and now - datetime.fromisoformat(since) >= A_DAY
