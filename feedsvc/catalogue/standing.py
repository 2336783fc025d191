"""As which entries articles stand in which feeds, and those entries as they are written.

Derived.  In: rows that ``feeds`` makes of records.  Out: the rows of a feed by age, or of a
month; pieces, each an entry in a format, made once for all documents that show it.  A piece
may be missing: then it is written again.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime

from feedsvc.catalogue.database import ANY, all_of
from feedsvc.catalogue.days import bounds
from feedsvc.catalogue.state import State
from feedsvc.moment import micros, month_of, time_of

Key = tuple[int, str]
"""An entry: the article's number, and what happened to it (``""``: it is the article)."""

_COLUMNS = "feed, article, event, age, published, updated"
_WITHIN = f"feed IN {ANY} AND article IN {ANY}"
_KEPT = 2000
"""Pieces of former months in no feed that are kept in case they are asked for again."""


@dataclass(frozen=True, slots=True)
class Standing:
    """An entry in a feed.  ``event`` is empty, ``released``, or ``r1``, ``r2`` … for a change
    of the text; ``age`` is what it goes by among the newest, ``None`` for one of which the
    archive knows nothing any more: it stays in archived pages alone.  Times are Korean."""

    feed: str
    article: int
    event: str
    age: datetime | None
    published: datetime
    updated: datetime

    @property
    def key(self) -> Key:
        return self.article, self.event


@dataclass(frozen=True, slots=True)
class FeedState:
    """What a feed was made by and how it was last published: how many entries it ``held``,
    the newest archived page that it links, when an entry of it last changed."""

    rule: str
    held: int = 0
    previous: str | None = None
    changed_at: datetime | None = None


class Standings:
    """The tables ``standing``, ``piece`` and ``feed`` of a :class:`State`."""

    def __init__(self, state: State) -> None:
        self._state = state

    def transaction(self) -> AbstractContextManager[None]:
        """All that is done inside, or nothing."""
        return self._state.transaction()

    # Feeds

    def known(self) -> dict[str, FeedState]:
        """The feeds that have rows, by name."""
        return {
            name: FeedState(rule, held, previous, None if at is None else time_of(at))
            for name, rule, held, previous, at in self._state.rows(
                "SELECT name, rule, held, previous, changed_at FROM feed"
            )
        }

    def know(self, name: str, known: FeedState) -> None:
        self._state.rows(
            "INSERT OR REPLACE INTO feed VALUES(?,?,?,?,?)",
            (
                name, known.rule, known.held, known.previous,
                None if known.changed_at is None else micros(known.changed_at),
            ),
        )  # fmt: skip

    def doubt(self) -> None:
        """From now on no feed counts as made."""
        self._state.rows("UPDATE feed SET rule=''")

    def keep_only(self, names: Collection[str]) -> None:
        """Forget all other feeds."""
        for table, column in (("feed", "name"), ("standing", "feed")):
            self._state.rows(f"DELETE FROM {table} WHERE {column} NOT IN {ANY}", (all_of(names),))

    # Rows

    def of(self, articles: Collection[int], feeds: Collection[str]) -> list[Standing]:
        """The rows of these articles in these feeds."""
        sql = f"SELECT {_COLUMNS} FROM standing WHERE {_WITHIN}"
        return list(map(_standing, self._state.rows(sql, (all_of(feeds), all_of(articles)))))

    def replace(
        self, articles: Collection[int], feeds: Collection[str], rows: Iterable[Standing]
    ) -> None:
        """These rows in place of all that the articles have in the feeds."""
        with self._state.transaction():
            self._state.rows(
                f"DELETE FROM standing WHERE {_WITHIN}", (all_of(feeds), all_of(articles))
            )
            self.add(rows)

    def add(self, rows: Iterable[Standing]) -> None:
        """Rows, those that are there already left as they are."""
        self._state.many(
            "INSERT OR IGNORE INTO standing VALUES(?,?,?,?,?,?)",
            [
                (
                    one.feed, one.article, one.event,
                    None if one.age is None else micros(one.age),
                    micros(one.published), micros(one.updated),
                )
                for one in rows
            ],
        )  # fmt: skip

    def lose(self, article: int, feeds: Collection[str]) -> None:
        """The archive knows nothing of the article any more."""
        values = (all_of(feeds), all_of([article]))
        self._state.rows(f"DELETE FROM standing WHERE {_WITHIN} AND event<>''", values)
        self._state.rows(f"UPDATE standing SET age=NULL WHERE {_WITHIN}", values)

    def articles(self, feeds: Collection[str]) -> Iterator[int]:
        """Every article that stands in one of the feeds."""
        sql = f"SELECT DISTINCT article FROM standing WHERE feed IN {ANY}"
        return (int(one) for (one,) in self._state.rows(sql, (all_of(feeds),)))

    def newest(self, feed: str, entries: int, since: datetime, now: datetime) -> list[Standing]:
        """At least the newest ``entries`` of a feed, those as new as ``since``, and those that
        lie ahead of ``now``; newest first."""
        ahead, old, past = micros(now), micros(since), 0
        rows = list[Sequence[object]]()
        for row in self._state.each(
            f"SELECT {_COLUMNS} FROM standing WHERE feed=? AND age IS NOT NULL"
            " ORDER BY age DESC, article DESC, length(event), event",
            (feed,),
        ):
            past += row[3] <= ahead
            if past > entries and row[3] < old:
                break
            rows.append(row)
        return list(map(_standing, rows))

    def members(self, feed: str) -> tuple[list[Standing], bool]:
        """What a feed held when it was last published, and whether that was all there is."""
        known = self.known().get(feed)
        if known is None:
            return [], False
        held = known.held
        rows = self._state.rows(
            f"SELECT {_COLUMNS} FROM standing WHERE feed=? AND age IS NOT NULL"
            " ORDER BY age DESC, article DESC LIMIT ?",
            (feed, held + 1),
        )
        return list(map(_standing, rows[:held])), len(rows) <= held

    def months(self, feed: str) -> Iterator[str]:
        """The months (KST, ``2026-03``) in which articles of a feed were published."""
        sql, end = "SELECT min(published) FROM standing WHERE feed=? AND published>=?", -(1 << 62)
        while (at := self._state.value(sql, (feed, end))) is not None:
            month = month_of(time_of(at))
            yield month
            end = bounds(month)[1]

    def month(self, feed: str, month: str) -> list[tuple[Standing, int | None]]:
        """The articles of a month in a feed, the oldest publication first, each with the size
        of its Atom piece, ``None`` where that is not written."""
        rows = self._state.rows(
            "SELECT s.feed, s.article, s.event, s.age, s.published, s.updated,"
            " (SELECT length(data) FROM piece p"
            "   WHERE p.article=s.article AND p.event=s.event AND p.format='atom')"
            " FROM standing s WHERE s.feed=? AND s.published>=? AND s.published<?"
            " ORDER BY s.published/1000000, s.article",
            (feed, *bounds(month)),
        )
        return [(_standing(row[:6]), row[6]) for row in rows]

    # Pieces

    def pieces(self, keys: Iterable[Key], suffix: str) -> dict[Key, bytes]:
        """Those of the pieces that are written."""
        wanted = {*keys}
        rows = self._state.rows(
            f"SELECT article, event, data FROM piece WHERE article IN {ANY} AND format=?",
            (all_of({article for article, _ in wanted}), suffix),
        )
        return {
            (article, event): data for article, event, data in rows if (article, event) in wanted
        }

    def put_pieces(
        self, suffix: str, written: Mapping[Key, bytes], published: Mapping[Key, datetime]
    ) -> None:
        self._state.many(
            "INSERT OR REPLACE INTO piece VALUES(?,?,?,?,?)",
            [(*key, suffix, micros(published[key]), data) for key, data in written.items()],
        )

    def drop_pieces(self, articles: Iterable[int] | None = None) -> None:
        """The records of these articles changed; ``None``: all is written otherwise."""
        if articles is None:
            self._state.rows("DELETE FROM piece")
        else:
            self._state.many(
                "DELETE FROM piece WHERE article=?", [(article,) for article in articles]
            )

    def make_room(self, now: datetime, damaged: Collection[int], *, least: int = _KEPT) -> None:
        """Drop what is of months before the last one and in no feed any more, where that is
        many; but what cannot be written again."""
        before = bounds(month_of(time_of(bounds(month_of(now))[0] - 1)))[0]
        old = "FROM piece WHERE published<?"
        known = self.known()
        # What feeds show is in three formats at most; which it is takes longer to find out.
        room = least + 3 * sum(feed.held for feed in known.values())
        if self._state.value(f"SELECT count(*) {old}", (before,)) <= room:
            return
        shown = {row.article for name in known for row in self.members(name)[0]}
        self._state.rows(
            f"DELETE {old} AND article NOT IN {ANY}"
            " AND article NOT IN (SELECT article FROM standing WHERE age IS NULL)",
            (before, all_of({*damaged, *shown})),
        )


def _standing(row: Sequence[object]) -> Standing:
    feed, article, event, age, published, updated = row
    return Standing(
        str(feed), int(article), str(event), None if age is None else time_of(age),  # type: ignore[call-overload,arg-type]  # as the table has them
        time_of(published), time_of(updated),  # type: ignore[arg-type]  # the same
    )  # fmt: skip
