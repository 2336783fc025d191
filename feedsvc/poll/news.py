"""What a notice has to tell now: worked out of the journal and the verdict on health.

In: how the notice stands, the journal's lines behind that, the records, the digests, the
troubles.
Out: what is :class:`Due`, oldest first, and how far all else is settled.  Nothing is sent
and nothing written here.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from itertools import takewhile

from feedsvc import feeds, health
from feedsvc.archive import Archive, Line, NoticeStanding, Told
from feedsvc.config import Config, NoticeConfig
from feedsvc.digestentry import values_of
from feedsvc.errors import DigestDamaged, RecordDamaged
from feedsvc.feeds.digest import plain
from feedsvc.model import Event, Record
from feedsvc.notify import Letter
from feedsvc.poll.source import ArchiveSource
from feedsvc.poll.stage import warn_once_a_day
from feedsvc.recordjson import as_json

Lines = Sequence[tuple[Line, str]]
_OF_LAYOUTS = (Event.LAYOUT, Event.WITHDRAWN)
"""No news of an article: one that was withdrawn is pending again."""


@dataclass(frozen=True, slots=True)
class Due:
    """One thing to be told; ``since`` when it happened.  ``told`` is the line to write when
    it was, or, as ``given-up``, when it is not tried any more."""

    letter: Letter
    since: datetime
    told: Told

    @property
    def key(self) -> str:
        return self.told.line or self.told.entry or ""


class News:
    """Answers what is due, for one poll; each record and each stretch of the journal is
    read once for all notices."""

    def __init__(self, config: Config, archive: Archive, now: datetime) -> None:
        self._config = config
        self._archive = archive
        self._now = now
        self._source = ArchiveSource(archive, members=bool(config.server.tokens))
        self._record = cache(self._read)
        self._lines = cache(self._read_lines)

    def due(
        self, notice: NoticeConfig, standing: NoticeStanding
    ) -> tuple[list[Due], NoticeStanding]:
        """What is due, and the notice's standing with all that is not settled by then."""
        if notice.feed == "status":
            return self._troubles(notice, standing), standing
        if self._is_digest(notice):
            return list(self._entries(notice, standing)), standing
        config = self._config
        wanted = feeds.selection(
            notice.feed,
            self._source.digest_entries,
            config.feeds,
            config.sections,
            config.site_of(),
        )
        # The articles that were told as new, looked up when they are asked for.
        told_new = cache(lambda: set(self._archive.notices.told_new(standing.key)))
        found: list[Due] = []
        lines = self._lines(standing.place, standing.until)
        waiting: set[str] = set()
        for line, digest in lines:
            if digest in standing.settled or line.event in _OF_LAYOUTS:
                continue
            try:
                record = self._record(line.id)
            except RecordDamaged as error:
                warn_once_a_day(self._archive.memory, self._now, str(error))
                waiting.add(digest)  # told when it is mended
                continue
            if record is None or record.origin == "backfill" or not (wanted and wanted(record)):
                continue
            event = self._event(notice, standing, line, record, told_new)
            if event is None:
                continue
            if event == "new":
                told_new().add(line.id)
            waiting.add(digest)
            letter = Letter(feeds.brief(record, event), as_json(record), event)
            told = Told(self._now, event, *standing.key, id=line.id, line=digest)
            found.append(Due(letter, line.at, told))
        return found, _moved_on(standing, lines, waiting)

    def _event(
        self,
        notice: NoticeConfig,
        standing: NoticeStanding,
        line: Line,
        record: Record,
        told_new: Callable[[], set[int]],
    ) -> str | None:
        """What the notice calls what a line says, if it is to tell it."""
        own = {Event.RELEASED: "released", Event.REVISED: "revised"}.get(line.event)
        if notice.feed in ("released", "revised"):
            # What is new in these feeds is that an article was released or revised.
            told = notice.feed == own and "new" in notice.on
            return own if told or own in notice.on else None
        if "new" in notice.on and line.id not in standing.quiet:
            # Its entry may be new although the record is not: found in one more section,
            # or hidden until its release.
            seen = line.event is Event.ADDED or record.first_seen_at > standing.since
            if seen and line.event is not Event.GONE and line.id not in told_new():
                return "new"
        return own if own in notice.on else None

    def _troubles(self, notice: NoticeConfig, standing: NoticeStanding) -> list[Due]:
        found = []
        for reason in self.reasons(notice):
            if reason.key in standing.open:
                continue
            title = health.title(reason.key)
            record = {
                "kind": reason.kind.value, "key": reason.key, "title": title,
                "since": reason.since.isoformat(), "text": reason.text,
            }  # fmt: skip
            told = Told(self._now, "trouble", *standing.key, entry=reason.key)
            found.append(Due(Letter(f"{title}\n{reason.text}", {**record}), reason.since, told))
        return found

    def _is_digest(self, notice: NoticeConfig) -> bool:
        return any(one.name == notice.feed for one in self._config.feeds.digests)

    def made(self, notice: NoticeConfig) -> tuple[str, frozenset[str]]:
        """The name of the newest entry of the notice's digest, nothing where there is none;
        and those of a time to come, of a clock that was ahead."""
        made = self._archive.digests.made(notice.feed) if self._is_digest(notice) else ()
        now = f"{self._now.astimezone(self._config.site_of().tz):%Y-%m-%dT%H%M}"
        ahead = frozenset(at for at in made if at > now)
        return max((at for at in made if at <= now), default=""), ahead

    def _entries(self, notice: NoticeConfig, standing: NoticeStanding) -> Iterator[Due]:
        """The entries of the notice's digest that were made since."""
        root = self._config.feeds.base_url if self._config.is_served else None
        for at in self._archive.digests.made(notice.feed):
            if at <= standing.entry or at in standing.open:
                continue
            try:
                entry = self._archive.digests.entry(notice.feed, at)
            except DigestDamaged as error:
                warn_once_a_day(self._archive.memory, self._now, str(error))
                continue
            told = Told(self._now, "digest", *standing.key, entry=at)
            yield Due(Letter(plain(entry, root), values_of(entry)), entry.until, told)

    def reasons(self, notice: NoticeConfig) -> tuple[health.Reason, ...]:
        """The troubles that go on, but for that of the notice's own target."""
        verdict = health.health(self._config, self._archive.memory, self._now)
        return tuple(one for one in verdict.reasons if one.part != part_of(notice.called))

    def _read(self, number: int) -> Record | None:
        """A record as it may be shown."""
        record = self._archive.get(number)
        return record and self._source.shown(record)

    def _read_lines(self, place: str | None, until: datetime) -> Lines:
        found = self._archive.notices.journaled(place)
        # The journal was mended since, and its lines have other digests.
        return self._archive.notices.journaled_after(until) if found is None else found


def part_of(name: str) -> str:
    """What the trouble of a notice's target is about."""
    return f"notice-{name}"


def _moved_on(standing: NoticeStanding, lines: Lines, waiting: set[str]) -> NoticeStanding:
    """The standing with its place before the first line that waits."""
    passed = list(takewhile(lambda one: one[1] not in waiting, lines))
    left = {digest for _, digest in lines[len(passed) :]} - waiting
    standing = replace(standing, settled=frozenset(left))
    return replace(standing, place=passed[-1][1], until=passed[-1][0].at) if passed else standing
