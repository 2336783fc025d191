"""Writes entries as pieces, each once in a round of publishing.

In: the ids of records or entries, and the records that are at hand.  Out: pieces by the
ids of their entries.  An article that cannot be written is left out and told of.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice

from feedsvc.errors import PublishError
from feedsvc.feeds import pieces
from feedsvc.feeds.entry import shortened
from feedsvc.model import Entry, Record

# Articles whose pieces are kept in case another feed shows them too: as many as three
# days have.
_KEPT = 200

Read = Callable[[Iterable[int]], Iterable[Record]]


class Press:
    """``read`` gives records by their numbers, ``fresh`` are those that are at hand,
    ``entry`` makes an entry or tells why not, ``problems`` is where that is told."""

    def __init__(
        self,
        read: Read,
        fresh: Mapping[int, Record],
        entry: Callable[[Record], Entry | None],
        formats: Sequence[str],
        problems: list[PublishError],
    ) -> None:
        self._read = read
        self._fresh = fresh
        self._entry = entry
        self._formats = tuple(dict.fromkeys(formats))
        self._problems = problems
        self._made: dict[str, dict[str, bytes]] = {}

    def articles(self, suffix: str, ids: Sequence[str]) -> pieces.Written:
        """The pieces of articles by their guids; fewer where one cannot be written."""
        missing = [one for one in ids if one not in self._made]
        records = self._records([int(one.rpartition("/")[2]) for one in missing])
        entries = [entry for entry in map(self._entry, records) if entry is not None]
        made = {one: self.entries(one, entries) for one in self._formats if entries}
        for one in missing:
            self._made[one] = {
                suffix: written[one] for suffix, written in made.items() if one in written
            }
        found = {one: self._made[one][suffix] for one in ids if suffix in self._made[one]}
        for old in list(islice(self._made, max(0, len(self._made) - _KEPT))):
            del self._made[old]
        return found

    def short(self, suffix: str, name: str, entry: Entry | None = None) -> bytes:
        """The piece of an entry (of the article's, where none is given) without its body.
        Raises ``ValueError``."""
        if entry is None:
            entry = next(map(self._entry, self._records([int(name.rpartition("/")[2])])), None)
        if entry is None:
            raise ValueError("no entry can be made of it")
        return pieces.made(suffix, [shortened(entry)])[name]

    def entries(self, suffix: str, entries: Sequence[Entry]) -> dict[str, bytes]:
        """Entries as pieces by their ids, fewer where one cannot be written."""
        try:
            return pieces.made(suffix, entries)
        except ValueError as error:
            if len(entries) > 1:
                found: dict[str, bytes] = {}
                for entry in entries:
                    found |= self.entries(suffix, [entry])
                return found
            problem = PublishError(
                f"no entry can be written of this record: {error}",
                about=f"article {entries[0].id.rpartition('/')[2]}",
                advice="it is left out of the feeds; run 'feedsvc archive verify'",
            )
            if str(problem) not in map(str, self._problems):
                self._problems.append(problem)
            return {}

    def _records(self, numbers: Sequence[int]) -> list[Record]:
        old = [number for number in numbers if number not in self._fresh]
        read = {record.id: record for record in self._read(old)} if old else {}
        found = (self._fresh.get(number) or read.get(number) for number in numbers)
        return [record for record in found if record is not None]
