"""``pending.jsonl``: articles found and not yet read, written down before the first
of them is read, so that a walk cut short leaves no hole.

It is also the archive's write-ahead note: a record that a crash left without its
journal line stands here, so that nobody has to search the whole archive for it, and by it
is told what a crash can leave at the end of a file, and what it cannot (:class:`Leftovers`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime

from feedsvc import atomic
from feedsvc.archive import records
from feedsvc.archive.append import LineFile, unwritable
from feedsvc.archive.tree import Tree
from feedsvc.catalogue.state import State
from feedsvc.errors import ArchiveError
from feedsvc.model import Row, Status
from feedsvc.recordjson import time_from_json, time_json

_REMEMBERED = "pending:"
_LINE_BEGIN = b'{"at": "'  # of the journal
_ID = re.compile(rb'"id": (\d+),')
_OF_LAYOUT = b'"event": "layout",'


@dataclass(frozen=True, slots=True)
class Pending:
    """An article that was found and is to be read: the row that listed it, and when.

    Of one that was withdrawn also when its record was first seen, and where that came from.
    """

    id: int
    url: str
    found_at: datetime
    sections: tuple[str, ...] = ()
    title: str = ""
    summary: str = ""
    listed_at: datetime | None = None
    hint: Status | None = None
    first_seen_at: datetime | None = None
    origin: str | None = None

    @classmethod
    def of(cls, row: Row, found_at: datetime) -> Pending:
        return cls(
            row.id, row.url, found_at, row.sections, row.title, row.summary, row.listed_at, row.hint
        )

    @property
    def row(self) -> Row:
        """The row again, its byline left out."""
        return Row(
            self.id,
            self.url,
            self.title,
            self.summary,
            listed_at=self.listed_at,
            sections=self.sections,
            hint=self.hint,
        )

    def after(self, before: Pending | None) -> Pending:
        """The same article found again: today's row, every section, the first time."""
        if before is None:
            return self
        return replace(
            self,
            found_at=min(before.found_at, self.found_at),
            sections=tuple(dict.fromkeys((*before.sections, *self.sections))),
            listed_at=self.listed_at or before.listed_at,
            hint=self.hint or before.hint,
            first_seen_at=before.first_seen_at or self.first_seen_at,
            origin=before.origin or self.origin,
        )

    def to_bytes(self) -> bytes:
        """The line with its newline."""
        values = {
            "id": self.id,
            "url": self.url,
            "found_at": time_json(self.found_at),
            "sections": list(self.sections),
            "title": self.title,
            "summary": self.summary,
            "listed_at": time_json(self.listed_at) if self.listed_at else None,
            "hint": self.hint.value if self.hint else None,
        }
        if self.first_seen_at is not None:
            values |= {"first_seen_at": time_json(self.first_seen_at), "origin": self.origin}
        return json.dumps(values, ensure_ascii=False).encode() + b"\n"

    @classmethod
    def from_bytes(cls, line: bytes) -> Pending:
        """Raises ``ValueError``, ``KeyError``, ``TypeError``, ``RecursionError``."""
        value = json.loads(line)
        seen, origin = value.get("first_seen_at"), value.get("origin")
        return cls(
            id=int(value["id"]),
            url=str(value["url"]),
            found_at=time_from_json(value["found_at"]),
            sections=tuple(str(code) for code in value["sections"]),
            title=str(value["title"]),
            summary=str(value["summary"]),
            listed_at=time_from_json(value["listed_at"]) if value["listed_at"] else None,
            hint=Status(value["hint"]) if value["hint"] else None,
            first_seen_at=time_from_json(seen) if seen else None,
            origin=str(origin) if origin else None,
        )


class PendingFile(LineFile):
    """The file; one line an article, the later line of an id adding to the earlier."""

    begin = b'{"id": '

    def read(self) -> dict[int, Pending]:
        """By id, in the order found; a last line that a crash cut off is left out.

        Raises ``ArchiveError`` for any other line that cannot be read.
        """
        found, wrong = _taken(self.whole(self.data()))
        if wrong:
            number, error = wrong[0]
            raise ArchiveError(
                f"line {number} is no pending article: {error!r}",
                about=str(self.path),
                advice=records.DAMAGE,
            ) from error
        return found

    def salvaged(self) -> bytes | None:
        """What can be read of a file with lines that cannot; ``None`` where all can."""
        found, wrong = _taken(self.data())
        return b"".join(item.to_bytes() for item in found.values()) if wrong else None

    def add(self, items: Iterable[Pending]) -> None:
        """One append and one flush for all.  Raises ``OSError``."""
        if data := b"".join(item.to_bytes() for item in items):
            self.add_bytes(data)

    def replace(self, items: Iterable[Pending]) -> None:
        """The file holds these and no other.  Raises ``OSError``."""
        atomic.write(self.path, b"".join(item.to_bytes() for item in items))


def _taken(data: bytes) -> tuple[dict[int, Pending], list[tuple[int, Exception]]]:
    """What the lines say, by id, and the numbers of those that cannot be read, and why."""
    found: dict[int, Pending] = {}
    wrong: list[tuple[int, Exception]] = []
    for number, line in enumerate(data.splitlines(), 1):
        try:
            item = Pending.from_bytes(line)
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            wrong.append((number, error))
        else:
            found[item.id] = item.after(found.get(item.id))
    return found, wrong


def remember(state: State, items: Iterable[Pending]) -> None:
    """Note in ``.state`` too what is pending: only an alarm, should the file be lost."""
    rows = [(f"{_REMEMBERED}{item.id}", item.to_bytes().decode()) for item in items]
    if rows:
        with state.transaction():
            state.many("INSERT OR REPLACE INTO meta VALUES(?,?)", rows)


def remembered(state: State) -> dict[int, Pending]:
    """By id, what was pending when ``.state`` was last told."""
    rows = state.rows("SELECT value FROM meta WHERE key >= 'pending:' AND key < 'pending;'")
    return _taken("\n".join(str(value) for (value,) in rows).encode())[0]


class Leftovers:
    """What a crash can leave at the end of a file, and what it cannot.

    Whoever writes an article has noted it in ``pending.jsonl`` before, and flushes each
    thing before the next is begun.  So what is half there is of an article that stands
    there, and is no page that its record names already."""

    def __init__(self, tree: Tree, pending: Collection[int]) -> None:
        self._tree = tree
        self._pending = pending

    def page(
        self, article: int | None, digest: str | None, whole: Callable[[], Collection[int]],
        *, blank: bool = False,
    ) -> bool:  # fmt: skip
        """Whether a page half written can be one: of this article, with this payload's
        digest, each as far as it can be told.  ``whole`` gives the keys of the pages that
        are: a page may say again what an earlier one said.  ``blank``: blocks that were
        given out and never filled before the power went; they hold nothing, of nobody."""
        if blank or article is None:
            return blank or bool(self._pending)
        if article not in self._pending:
            return False
        found = records.read(self._tree.record(article), article, lenient=True)
        if found is None or digest is None or digest not in records.claimed(found[0]):
            return True
        return records.page_key(article, digest) in whole()

    def line(self, beginning: bytes) -> bool:
        """Whether this beginning of a journal line can be one."""
        beginning = beginning.rstrip(b"\0")
        if not beginning:
            return True
        if not (beginning.startswith(_LINE_BEGIN) or _LINE_BEGIN.startswith(beginning)):
            return False
        named = _ID.search(beginning)
        of_layout = any(self._tree.layouts.glob("*.yaml"))  # written before its line
        if named is None:
            return bool(self._pending) or of_layout
        return of_layout if _OF_LAYOUT in beginning else int(named[1]) in self._pending


class PendingArticles:
    """What is pending in one archive.  Who reads it beside a writer reads the file; the writer
    has it in memory too, and notes it in ``.state``.  ``state`` gives that to the one who holds
    the lock, and raises ``RuntimeError`` for anybody else.

    Raises ``ArchiveError`` where the file is damaged; what writes ``ArchiveUnwritable``.
    """

    def __init__(self, tree: Tree, state: Callable[[], State]) -> None:
        self._tree = tree
        self._state = state
        self._file = PendingFile(tree.pending)
        self._items: dict[int, Pending] | None = None
        self._notes: set[int] = set()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Inside, this is the writer's.  What was only noted is settled at the end, unless
        something failed."""
        self._items, self._notes = self._file.read(), set()
        try:
            yield
            self.settle(self._notes)
        finally:
            self._items, self._notes = None, set()

    @property
    def is_held(self) -> bool:
        return self._items is not None

    def _known(self) -> dict[int, Pending]:
        """By id, those that were only noted among them."""
        items = self._items
        return self._file.read() if items is None else items

    def all(self) -> tuple[Pending, ...]:
        """Articles found and not yet read, in the order found."""
        return tuple(item for key, item in self._known().items() if key not in self._notes)

    def __contains__(self, article_id: int) -> bool:
        """Whether it is pending, or only noted."""
        return article_id in self._known()

    def add(self, items: Iterable[Pending]) -> None:
        """Write down articles that are about to be read, those that were only noted too; one
        flush for all."""
        state, items, known = self._state(), list(items), self._known()
        with unwritable(self._file.path):
            self._file.add(items)
        for item in items:
            known[item.id] = item.after(known.get(item.id))
        self._notes -= {item.id for item in items}
        remember(state, (known[item.id] for item in items))

    def note(self, article_id: int, url: str, at: datetime, sections: tuple[str, ...] = ()) -> None:
        """The note by which is found what a crash leaves before the journal's line."""
        self._state()
        if article_id not in self:
            self.add([Pending(article_id, url, at, sections)])
            self._notes.add(article_id)

    def settle(self, ids: Iterable[int]) -> None:
        """These are pending no longer: read and kept, or not worth reading again."""
        state, gone, known = self._state(), set(ids), self._known()
        left = {key: item for key, item in known.items() if key not in gone}
        if len(left) == len(known):
            return
        with state.transaction():
            state.many("DELETE FROM meta WHERE key=?", [(f"{_REMEMBERED}{one}",) for one in gone])
        with unwritable(self._file.path):
            self._file.replace(left.values())
        self._items = left
        self._notes -= gone

    def first_sight(self, article_id: int) -> Pending | None:
        """What is known of an article that was withdrawn and is not yet read again."""
        one = self._known().get(article_id)
        return one if one is not None and one.first_seen_at is not None else None

    def withdrawn(self) -> frozenset[int]:
        """The articles that were withdrawn and are not yet read again."""
        return frozenset(one.id for one in self._known().values() if one.first_seen_at is not None)

    def left(self) -> Leftovers:
        """By what is pending now; by nothing where that cannot be read: ``verify`` tells."""
        with suppress(ArchiveError):
            return Leftovers(self._tree, self._known())
        return Leftovers(self._tree, ())
