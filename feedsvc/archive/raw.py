"""Pages as fetched: ``raw/2026-03.warc.gz`` (WARC 1.1, ISO 28500:2017), each record
a gzip member of its own.

In: a :class:`~feedsvc.model.FetchedPage` and the article it led to.  Out: the same
page again.  A file that is damaged is never written to: it may be restored from a copy,
and the pages go to one beside it, ``2026-03-2.warc.gz``.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import datetime
from pathlib import Path

from feedsvc import regular
from feedsvc.archive import append, records, warc
from feedsvc.archive.pending import Leftovers, PendingArticles
from feedsvc.archive.rawscan import Broken, PageAt, read, walk
from feedsvc.archive.records import DAMAGE, page_key
from feedsvc.archive.tree import Tree, is_raw, order
from feedsvc.catalogue.state import State
from feedsvc.errors import ArchiveError, unreadable
from feedsvc.model import FetchedPage
from feedsvc.moment import month_of

Tell = Callable[[str], None]
"""Told a line for each thing that is damaged, while reading goes on."""


class RawPages:
    """The files of ``raw/``.  How far each is whole, and where each article's last page
    is, stands in ``.state`` and is found again by reading the files.

    ``taught`` gives the keys of pages that are no article's: see :meth:`pages`."""

    def __init__(
        self, tree: Tree, state: Callable[[], State], pending: PendingArticles,
        taught: Callable[[], Collection[int]],
    ) -> None:  # fmt: skip
        self._tree = tree
        self._state = state
        self._pending = pending
        self._taught = taught
        self._damaged: dict[str, str] = {}
        self._sound: dict[str, int] = {}
        """Files whose end was looked at, and their length then."""

    def files(self) -> list[Path]:
        """In the order in which they were begun.  Raises ``ArchiveUnreadable``."""
        try:
            names = regular.names(self._tree.raw)
        except OSError as error:
            raise unreadable(self._tree.raw, error) from error
        return [self._tree.raw / name for name in sorted(filter(is_raw, names), key=order)]

    def damage(self) -> tuple[str, ...]:
        """A line for each file that the last :meth:`mend` or :meth:`add` found damaged."""
        return tuple(f"{self._tree.raw / name}: {what}" for name, what in self._damaged.items())

    def add(self, article_id: int, page: FetchedPage) -> None:
        """Keep a page at the end of its month's file.  Raises ``OSError``,
        ``ArchiveError``."""
        state = self._state()
        path, start = self._end(month_of(page.fetched_at), state, self._pending.left())
        data = b"" if start else warc.info(path.name, page.fetched_at)
        offset = start + len(data)
        end = append.append(path, data + warc.page(article_id, page), start)
        self._sound[path.name] = end
        with state.transaction():
            self._note(state, article_id, path.name, offset)
            _set_whole(state, path.name, end, offset)

    def mend(self, state: State, left: Leftovers) -> list[str]:
        """Cut off what a crash left behind the last whole page; tell what was cut.

        Only files of another length than noted are read, and of them what is behind it.
        Where nothing is noted, .state is lost: the newest file alone can be torn.  What
        no crash leaves is never cut: see :meth:`damage`.
        """
        repaired: list[str] = []
        self._damaged, self._sound = {}, {}
        files, ends = self.files(), noted_ends(state)
        there = {path.name for path in files}
        self._damaged.update(
            (name, f"is gone: {noted} bytes of pages")
            for name, noted in ends.items()
            if noted and name not in there
        )
        for path in files:
            noted = ends.get(path.name, 0)
            if path.name not in ends and path != files[-1]:
                continue
            try:
                length = regular.size(path)
                if length < noted:
                    self._damaged[path.name] = f"{noted - length} bytes of it are gone"
                elif length != noted or path.name not in ends:
                    repaired += self._look_behind(path, noted, state, left)
            except OSError as error:
                self._damaged[path.name] = error.strerror or str(error)
        return repaired

    def _look_behind(self, path: Path, noted: int, state: State, left: Leftovers) -> list[str]:
        """Note the pages behind an offset, and cut off what a crash left there."""
        broken = self._scan(path, state, noted)
        if broken and noted:
            # .state may be of another day: where pages end, the file alone can tell.
            broken = self._scan(path, state, 0)
        if not broken:
            return []
        last = broken[-1]
        if len(broken) == 1 and self._can_be_left(last, left):
            append.cut(path, last.begin)
            return [f"{path}: cut {last.end - last.begin} bytes of a page half written"]
        self._damaged[path.name] = f"{broken[0].what} behind byte {broken[0].begin}"
        return []

    def _can_be_left(self, broken: Broken, left: Leftovers) -> bool:
        """Whether a crash can have left it, or another feedsvc is writing it."""
        return broken.torn and left.page(
            broken.article, broken.digest, self.keys, blank=broken.blank
        )

    def _end(self, named: str, state: State, left: Leftovers) -> tuple[Path, int]:
        """The file that a month's next page goes to, and its length: the last one, unless
        it is damaged."""
        names = {path.name for path in self.files()} | {
            name for name, noted in noted_ends(state).items() if noted
        }
        names = {name for name in names if order(name)[1] == named}
        if not names:
            return self._tree.raw / f"{named}.warc.gz", 0
        last = max(names, key=order)
        if (length := self._sound_length(last, state, left)) is not None:
            return self._tree.raw / last, length
        return self._tree.raw / f"{named}-{order(last)[2] + 1}.warc.gz", 0

    def _sound_length(self, name: str, state: State, left: Leftovers) -> int | None:
        """A file's length, if pages can be written behind what stands there."""
        path = self._tree.raw / name
        if name in self._damaged or regular.kind(path):
            return None
        length, noted = regular.size(path), noted_ends(state).get(name)
        if noted is not None and length < noted:
            self._damaged[name] = f"{noted - length} bytes of it are gone"
        elif length != noted:
            self._look_behind(path, noted or 0, state, left)
            length = regular.size(path)
        elif length and self._sound.get(name) != length:
            # Of the right length, and still something else may stand there.
            for part in walk(path, int(state.meta(f"raw-last:{name}") or 0)):
                if isinstance(part, Broken):
                    self._damaged.setdefault(name, f"{part.what} behind byte {part.begin}")
        if name in self._damaged:
            return None
        self._sound[name] = length
        return length

    def last(self, article_id: int) -> FetchedPage | None:
        """The last page of an article; reads files not yet looked through.  Raises
        ``ArchiveError``."""
        state = self._state()
        unread = self._unread(state)
        if unread and not self._pending.is_held:
            # A reader notes nothing beside a writer: what it finds stays in memory.
            state = state.copy()
        for path in unread:
            self._scan(path, state, noted_ends(state).get(path.name, 0))
        rows = state.rows("SELECT file, offset FROM raw WHERE id=?", (article_id,))
        if not rows:
            return None
        path, offset = self._tree.raw / rows[0][0], rows[0][1]
        try:
            part = next(walk(path, offset), None)
        except OSError as error:
            raise _damaged(path, offset, error.strerror or str(error)) from error
        if not isinstance(part, PageAt):
            raise _damaged(path, offset, "no page here")
        return self._page(path, part)

    def _unread(self, state: State) -> list[Path]:
        """The files that :meth:`last` has to read and to note first."""
        ends = noted_ends(state)
        return [
            path
            for path in self.files()
            if not regular.kind(path) and ends.get(path.name, 0) < regular.size(path)
        ]

    def pages(self, tell: Tell | None = None) -> Iterator[tuple[int, FetchedPage]]:
        """Every page with its article's id, month by month, oldest first, but for those that
        a layout was learned from and no record was read from.

        Raises ``ArchiveError`` at the first that is damaged, unless there is someone to
        ``tell``: then the others come all the same.
        """
        left, taught = self._pending.left(), self._taught()
        for path, part in self._parts(left, tell):
            try:
                page = self._page(path, part)
            except ArchiveError as error:
                _raise_or_tell(error, tell)
                continue
            if not taught or page_key(part.article, part.digest) not in taught:
                yield part.article, page

    def members(self, ids: Iterable[int], name: str, at: datetime, tell: Tell) -> Iterator[bytes]:
        """The pages of these articles, oldest first, byte for byte as they were kept, as the
        parts of a WARC file called ``name``; what is damaged or gone is told of."""
        wanted, found = frozenset(ids), set[int]()
        left = self._pending.left()
        yield warc.info(name, at)
        for path, part in self._parts(left, tell):
            if part.article in wanted:
                data = read(path, part)
                found.add(page_key(part.article, part.digest))
                yield data
        self.tell_missing(wanted, found, tell)

    def tell_missing(self, ids: Iterable[int], found: Collection[int], tell: Tell) -> None:
        """Tell of each article of which a page is named by its record and not ``found``
        (keys of pages)."""
        for one in sorted(ids):
            record = records.read(self._tree.record(one), one, lenient=True)
            pages = records.claimed(record[0]) if record else ()
            if any(page_key(one, page) not in found for page in pages):
                tell(f"article {one}: a page of it that was kept is gone")

    def _parts(self, left: Leftovers, tell: Tell | None) -> Iterator[tuple[Path, PageAt]]:
        for path in self.files():
            try:
                for part in walk(path):
                    if isinstance(part, PageAt):
                        yield path, part
                    elif isinstance(part, Broken) and not self._can_be_left(part, left):
                        _raise_or_tell(_damaged(path, part.begin, part.what), tell)
            except OSError as error:
                _raise_or_tell(
                    ArchiveError(error.strerror or str(error), about=str(path), advice=DAMAGE), tell
                )

    def _page(self, path: Path, part: PageAt) -> FetchedPage:
        try:
            return warc.read(read(path, part))
        except (OSError, ValueError) as error:
            raise _damaged(path, part.begin, str(error).strip()) from error

    def keys(self) -> frozenset[int]:
        """Those of all whole pages.  Raises ``OSError``."""
        return frozenset(
            page_key(part.article, part.digest)
            for path in self.files()
            for part in (() if regular.kind(path) else walk(path))
            if isinstance(part, PageAt)
        )

    def noted(self, state: State) -> frozenset[int]:
        """The articles of which a page is noted."""
        return frozenset(int(one) for (one,) in state.rows("SELECT id FROM raw"))

    def forget(self, state: State) -> None:
        """Take all that is noted of the files back: they were put right, and are read
        again."""
        self._damaged, self._sound = {}, {}
        with state.transaction():
            state.rows("DELETE FROM raw")
            state.rows("DELETE FROM meta WHERE key >= 'raw' AND key < 'rawz'")
        for path in self.files():
            if not regular.kind(path):
                self._scan(path, state, 0)

    def _scan(self, path: Path, state: State, start: int) -> list[Broken]:
        """Note the pages of a file behind an offset; what is broken there."""
        broken: list[Broken] = []
        end = last = start
        with state.transaction():
            for part in walk(path, start):
                if isinstance(part, Broken):
                    broken.append(part)
                elif isinstance(part, PageAt):
                    self._note(state, part.article, path.name, part.begin)
                if not broken:
                    end, last = part.end, part.begin
            if end > start or start == 0:
                _set_whole(state, path.name, end, last)
        return broken

    def _note(self, state: State, article_id: int, name: str, offset: int) -> None:
        rows = state.rows("SELECT file, offset FROM raw WHERE id=?", (article_id,))
        if not rows or (order(name), offset) > (order(rows[0][0]), rows[0][1]):
            state.rows("INSERT OR REPLACE INTO raw VALUES(?,?,?)", (article_id, name, offset))


def _raise_or_tell(error: ArchiveError, tell: Tell | None) -> None:
    """Stop at what is damaged, or have it told and go on."""
    if tell is None:
        raise error
    tell(f"{error.about}: {error.message}")


def noted_ends(state: State) -> dict[str, int]:
    """How far each file was whole, by its name."""
    rows = state.rows("SELECT key, value FROM meta WHERE key >= 'raw:' AND key < 'raw;'")
    return {str(key)[4:]: int(value) for key, value in rows}


def _set_whole(state: State, name: str, end: int, last: int) -> None:
    state.set_meta(f"raw:{name}", str(end))
    state.set_meta(f"raw-last:{name}", str(last))


def _damaged(path: Path, offset: int, what: str) -> ArchiveError:
    return ArchiveError(
        f"damaged raw pages behind byte {offset}: {what}", about=str(path), advice=DAMAGE
    )
