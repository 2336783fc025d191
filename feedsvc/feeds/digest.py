"""A digest: when its entries are due, what the feeds that it names first showed between two
moments, and how an entry reads: in a feed, as HTML fit for mail, as Markdown, as JSON.

In: a digest's ``at`` and ``days``, a zone; the archive as a
:class:`~feedsvc.feeds.definitions.Source`, the configuration, a window.  Out: due times, and
:class:`FirstShown`, an article each, in the order of the named feeds; nothing is written.
An entry is shown from its :class:`~feedsvc.digestentry.DigestEntry` and nothing of the archive
besides, so that it reads the same for ever; only its links go by ``base_url``.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from functools import cached_property
from html import escape
from itertools import takewhile
from typing import Any

from feedsvc import text
from feedsvc.catalogue.record import counts_from
from feedsvc.config import DAYS, DigestConfig, FeedsConfig, SectionConfig
from feedsvc.digestentry import DigestEntry, DigestLine, values_of
from feedsvc.errors import FeedsvcError
from feedsvc.feeds.definitions import Source, age, definitions, is_released, is_revised
from feedsvc.feeds.entry import FLAGS, korean_time
from feedsvc.model import Access, Entry, Record, Status
from feedsvc.revisions import as_it_was, changes
from feedsvc.site import Site
from feedsvc.text import begun, escaped

_PREFIXES = {"all": "", "released": "무료 전환", "revised": "수정"}
_FLASHES, _OTHERS = "속보", "기타"
_A_DAY = timedelta(days=1)


def due_times(
    digest: DigestConfig, zone: tzinfo, after: datetime, until: datetime
) -> Iterator[tuple[str, datetime]]:
    """Each name (``2026-11-25T0800``) and moment later than ``after``, up to ``until``.

    There is one a day at most.  Where clocks are set back, the first of two equal times
    counts; a time that they leave out in spring is as long after midnight as on other
    days: 02:30 is then 03:30.
    """
    at = time.fromisoformat(digest.at)
    day = after.astimezone(zone).date() - _A_DAY
    last = until.astimezone(zone).date() + _A_DAY
    while day <= last:
        if DAYS[day.weekday()] in digest.days:
            # Compared in UTC: within one zone Python compares what the clocks show.
            # By way of UTC: a time that clocks leave out becomes one that they show.
            moment = datetime.combine(day, at, zone).astimezone(UTC).astimezone(zone)
            if after.timestamp() < moment.timestamp() <= until.timestamp():
                yield f"{day}T{at:%H%M}", moment
        day += _A_DAY


@dataclass(frozen=True, slots=True)
class FirstShown:
    """A record that ``feed`` first showed, and under what heading: ``section`` is a code.
    ``event`` is ``new``, ``released``, or ``r1``, ``r2`` … for a change of its text."""

    feed: str
    record: Record
    event: str
    section: str | None
    heading: str

    @property
    def key(self) -> str:
        """As :attr:`feedsvc.digestentry.Line.key`."""
        number = self.record.id
        return f"{number}" if self.event == "new" else f"{number}#{self.event}"


@dataclass(frozen=True, slots=True)
class Window:
    """After ``since`` and until ``until``, which counts, unless said otherwise.  A new article
    that was first seen between ``earliest`` and ``since`` counts too, unless it is among
    ``told``, the keys of earlier entries: it came into a feed late, or a clock was set back."""

    since: datetime
    until: datetime
    earliest: datetime
    told: Collection[str] = ()
    with_since: bool = False
    with_until: bool = True

    def holds(self, at: datetime, *, late: bool = False) -> bool:
        """Whether it counts; ``late``: one of before ``since``, too."""
        begin = self.earliest if late else self.since
        # In seconds: of two times in one zone Python compares what the clocks show.
        after, before, now = begin.timestamp(), self.until.timestamp(), at.timestamp()
        if now == before:
            return self.with_until and (now > after or self.with_since)
        return after < now < before or (self.with_since and now == after)


def first_shown(
    source: Source,
    names: tuple[str, ...],
    window: Window,
    feeds: FeedsConfig,
    sections: tuple[SectionConfig, ...],
    site: Site,
) -> list[FirstShown]:
    """Each article once, under the first of the feeds ``names`` that showed it; by time of
    publication below each heading, headings in the order of the sections.

    Backfilled articles count in none.  A republication (``duplicate_of``) is among them,
    unless the article that it repeats was there before the window: then no feed shows it.
    """
    found = _Finding(source, window, feeds, sections, site)
    chosen: dict[int, FirstShown] = {}
    for name in names:
        for one in found.of_feed(name):
            chosen.setdefault(one.record.id, one)
    rank = {name: place for place, name in enumerate(names)}
    order = [section.title for section in sections]

    def place(one: FirstShown) -> tuple[int, int, str, datetime, int]:
        title = one.heading.rpartition(" - ")[2]
        at = order.index(title) if title in order else len(order) + (title == _OTHERS)
        return rank[one.feed], at, one.heading, one.record.published_at, one.record.id

    return sorted(chosen.values(), key=place)


@dataclass
class _Finding:
    source: Source
    window: Window
    feeds: FeedsConfig
    sections: tuple[SectionConfig, ...]
    site: Site

    def of_feed(self, name: str) -> Iterator[FirstShown]:
        if name in ("released", "revised"):
            return self._events(name)
        named = definitions(self.feeds, self.sections, self.site)
        wanted = next(one.wanted for one in named if one.name == name)
        return (self._shown(name, record, "new") for record in self._news if wanted(record))

    @property
    def _hide(self) -> bool:
        return self.feeds.locked == "hide"

    @cached_property
    def _news(self) -> list[Record]:
        """The records that the feeds of articles first showed in the window."""
        earliest = self.window.earliest
        since = takewhile(
            lambda one: counts_from(one).timestamp() >= earliest.timestamp(),
            self.source.newest_first(),
        )
        found = {one.id: one for one in since}
        if self._hide:  # an article left out until its release is first shown then
            found |= {one.id: one for one in self.source.happened("released", earliest)}
        told = {int(key.partition("#")[0]) for key in self.window.told}
        return [
            one for one in found.values()
            if one.origin != "backfill" and one.id not in told
            and not (self._hide and one.access.locked)
            and self.window.holds(age(one, hide_locked=self._hide), late=True)
            and not self._repeats(one)
        ]  # fmt: skip

    def _repeats(self, record: Record) -> bool:
        if record.duplicate_of is None:
            return False
        try:
            (original,) = self.source.read([record.duplicate_of])
        except (FeedsvcError, LookupError):
            return False
        return counts_from(original).timestamp() <= self.window.since.timestamp()

    def _events(self, name: str) -> Iterator[FirstShown]:
        """What happened to articles, each as it was then."""
        source, since = self.source, self.window.since
        found: Iterable[tuple[Record, str, datetime | None]]
        if name == "released":
            released = filter(is_released, source.happened("released", since))
            found = ((one, "released", one.access.released_at) for one in released)
        else:
            found = (
                (as_it_was(one, change.number), f"r{change.number}", change.seen_at)
                for one in source.happened("revised", since)
                if is_revised(one, hide=self._hide)
                for change in reversed(changes(one))
            )
        for record, event, at in found:
            shown = self._shown(name, record, event)
            told = shown.key in self.window.told
            if at and record.origin != "backfill" and self.window.holds(at) and not told:
                yield shown

    def _shown(self, name: str, record: Record, event: str) -> FirstShown:
        section, title = self._section_of(name, record)
        customs = {one.name: one.title for one in self.feeds.custom}
        prefix = (customs | _PREFIXES).get(name)
        heading = f"{prefix} - {title}" if prefix else title
        return FirstShown(name, record, event, section, heading)

    def _section_of(self, name: str, record: Record) -> tuple[str | None, str]:
        """The section under which a record stands: that of the feed, else the first of the
        configured ones that lists it, else one whose name is known."""
        for one in self.sections:
            if one.name == name and not one.holds_all:
                return one.code, one.title
        for one in self.sections:
            if one.code and one.code in record.sections:
                return one.code, one.title
        known = self.site.section_names
        for code in record.sections:
            for own in (code, f"{code[:3]}000"):
                if own in known:
                    return own, known[own]
        return None, _FLASHES if record.is_flash else _OTHERS


_DAYS = "월화수목금토일"


def feed_entry(entry: DigestEntry, base_url: str, site: Site, served: bool) -> Entry:
    """The entry as the digest's feed shows it.  ``served``: there are reading pages below
    ``base_url``, and the articles link there."""
    at = korean_time(entry.until)
    root = base_url.rstrip("/") + "/"
    return Entry(
        id=entry.id,
        link=f"{root}#{entry.name}-{entry.at}",
        title=title_of(entry),
        authors=(site.name,),
        published=at,
        updated=at,
        summary=_counts(entry),
        content=_content(entry, root if served else None),
        categories=(),
        access=Access(Status.OPEN),
    )


def title_of(entry: DigestEntry) -> str:
    """``아침 브리핑 2026년 11월 25일(수) 08:00``"""
    return f"{text.fold(entry.title)} {_spelt(entry.until)}"


def html(entry: DigestEntry, root: str | None) -> str:
    """A document of its own, fit for mail.  ``root`` is below what the reading pages are;
    ``None``: there are none."""
    title = escape(title_of(entry), quote=False)
    return (
        '<!DOCTYPE html>\n<html lang="ko">\n<head>\n<meta charset="utf-8">\n'
        f"<title>{title}</title>\n</head>\n<body>\n<h2>{title}</h2>\n"
        f"{_content(entry, root)}\n</body>\n</html>\n"
    )


def markdown(entry: DigestEntry, root: str | None) -> str:
    """The same as Markdown (CommonMark)."""
    groups = (
        f"## {escaped(one.title)} ({_count(one.lines)})\n\n"
        + "\n".join(_markdown_items(one.lines, root, ""))
        for one in entry.groups
    )
    return "\n\n".join((f"# {escaped(title_of(entry))}", escaped(_window(entry)), *groups)) + "\n"


def plain(entry: DigestEntry, root: str | None) -> str:
    """The same as text without marks, for a message."""
    parts = [f"{title_of(entry)}\n{_counts(entry)}"]
    for group in entry.groups:
        parts.append(f"{text.fold(group.title)} ({_count(group.lines)})")
        for line in group.lines:
            parts += [f"{_headline(one)}\n{_link(one, root)}" for one in (line, *line.same)]
    return "\n\n".join(parts)


def as_json(entry: DigestEntry, root: str | None) -> str:
    """The same as JSON: what its file holds (docs/archive.md), and each article's link."""
    values: Any = values_of(entry)
    for group, shown in zip(values["groups"], entry.groups, strict=True):
        _link_all(group["articles"], shown.lines, root)
    return json.dumps(values, ensure_ascii=False, indent=2) + "\n"


def _link_all(values: Any, lines: Sequence[DigestLine], root: str | None) -> None:
    for value, line in zip(values, lines, strict=True):
        value["link"] = _link(line, root)
        _link_all(value["same_story"], line.same, root)


def _content(entry: DigestEntry, root: str | None) -> str:
    groups = (
        f"<h3>{escape(text.fold(one.title), quote=False)} ({_count(one.lines)})</h3>\n"
        f"{_list(one.lines, root)}"
        for one in entry.groups
    )
    return "\n".join((f"<p>{escape(_window(entry), quote=False)}</p>", *groups))


def _list(lines: Sequence[DigestLine], root: str | None) -> str:
    return "<ul>\n" + "\n".join(_item(line, root) for line in lines) + "\n</ul>"


def _item(line: DigestLine, root: str | None) -> str:
    parts = [f'<a href="{escape(_link(line, root))}">{escape(_headline(line), quote=False)}</a>']
    parts += [escape(one, quote=False) for one in _details(line)]
    below = f"\n{_list(line.same, root)}\n" if line.same else ""
    return f"<li>{'<br>'.join(parts)}{below}</li>"


def _markdown_items(lines: Sequence[DigestLine], root: str | None, indent: str) -> list[str]:
    found = []
    for line in lines:
        parts = [f"[{escaped(_headline(line))}](<{_link(line, root)}>)"]
        parts += (begun(escaped(one)) for one in _details(line))
        found.append(f"{indent}- " + f"\\\n{indent}  ".join(parts))
        found += _markdown_items(line.same, root, f"{indent}  ")
    return found


def _headline(line: DigestLine) -> str:
    return (FLAGS[line.status] if line.locked else "") + (text.fold(line.title) or line.url)


def _details(line: DigestLine) -> list[str]:
    """Sub-headline and reporters, as far as there are any."""
    return [one for one in (text.fold(line.subtitle), text.fold(", ".join(line.reporters))) if one]


def _link(line: DigestLine, root: str | None) -> str:
    return text.clean(line.url) if root is None else f"{root}articles/{line.id}"


def _window(entry: DigestEntry) -> str:
    """From when to when, and the counts."""
    return f"{_spelt(entry.since)} 이후 {_spelt(entry.until)}까지. {_counts(entry)}"


def _counts(entry: DigestEntry) -> str:
    sections = ", ".join(f"{text.fold(one.title)} {_count(one.lines)}" for one in entry.groups)
    locked = f", 잠긴 기사 {entry.locked}건" if entry.locked else ""
    return f"기사 {entry.articles}건{locked}" + (f" ({sections})" if sections else "")


def _count(lines: Sequence[DigestLine]) -> int:
    return sum(1 + len(line.same) for line in lines)


def _spelt(at: datetime) -> str:
    """A moment as the clocks of its own zone show it."""
    return f"{at.year}년 {at.month}월 {at.day}일({_DAYS[at.weekday()]}) {at:%H:%M}"
