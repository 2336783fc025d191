"""The pages besides articles: index, archive by month and section, search, status.

In: the configuration, the archive, how polling goes.  Out: pages, made anew for each
request; what they say comes from files, so equal state gives equal bytes and a 304.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, islice
from urllib.parse import parse_qsl

from feedsvc import text
from feedsvc.archive import Archive
from feedsvc.archive.search import Filter, Found
from feedsvc.config import Config
from feedsvc.health import Health
from feedsvc.health import title as title_of
from feedsvc.model import Record, Status
from feedsvc.serve.answer import Document
from feedsvc.serve.personal import CONTROL, query_of
from feedsvc.serve.reading import reading_page
from feedsvc.serve.rendering import page
from feedsvc.serve.wording import FLAGS
from feedsvc.site import KST
from feedsvc.teaser import is_members, teaser
from feedsvc.words import holds

NEWEST = 15
"""Articles on the index page."""

MOST_FOUND = 100
"""Articles that a search shows."""

_TYPES = {
    "rss": ("RSS", "application/rss+xml"),
    "atom": ("Atom", "application/atom+xml"),
    "json": ("JSON Feed", "application/feed+json"),
}
_MONTH = re.compile(r"archive/([a-z0-9-]+)/(\d{4})-(0[1-9]|1[0-2])")

Words = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Line:
    """An article in a list."""

    id: int
    title: str
    at: datetime
    flag: str


class Pages:
    """Answers with pages.  Every method may raise ``FeedsvcError`` of the archive."""

    def __init__(
        self, config: Config, archive: Archive, *, protected: bool, cache_control: str
    ) -> None:
        self._config = config
        self._archive = archive
        self._protected = protected
        self._control = cache_control
        self._index: dict[tuple[str, str], tuple[tuple[str | None, str], Document]] = {}

    def article(self, article_id: int, words: Words) -> Document | None:
        record = self._archive.get(article_id)
        if record is None:
            return None
        return reading_page(record, words, protected=self._protected, cache_control=self._control)

    def index(self, words: Words, token: str = "") -> Document:
        """Every feed with its formats, and the newest headlines.  The addresses of feeds
        hold the token of who is shown them."""
        feeds = self._feeds(words)
        # The page that most people open is made anew only when something in it can differ.
        state = (self._archive.head(), str(feeds))
        kept = self._index.get((words["language"], token))
        if kept is not None and kept[0] == state:
            return kept[1]
        newest = self._archive.newest(NEWEST, datetime.max.replace(tzinfo=KST))
        made = page(
            "index.html",
            words,
            up="",
            cache_control=CONTROL if token else self._control,
            title=self._config.feeds.title,
            feeds=feeds,
            query=query_of(token),
            newest=[self._line(one, words) for one in newest],
        )
        self._index[words["language"], token] = (state, made)
        return made

    def archive(self, words: Words) -> Document:
        """The months of each section."""
        sections = [
            {
                "name": name,
                "title": title,
                "language": language,
                "years": [
                    (year, [month[5:] for month in months])
                    for year, months in groupby(
                        reversed(self._archive.months(code)), key=lambda month: month[:4]
                    )
                ],
            }
            for name, (title, code, language) in self._shelves(words).items()
        ]
        return self._page("archive.html", words, "../", title=words["archive"], sections=sections)

    def month(self, path: str, words: Words) -> Document | None:
        """``archive/{section}/2026-03``: the headlines of a month, newest first."""
        match = _MONTH.fullmatch(path)
        shelf = self._shelves(words).get(match[1]) if match else None
        if match is None or shelf is None:
            return None
        title, code, _ = shelf
        name = f"{match[2]}-{match[3]}"
        months = self._archive.months(code)
        if name not in months:
            return None
        place = months.index(name)
        return self._page(
            "month.html",
            words,
            "../../",
            title=f"{title} {name}",
            older=months[place - 1] if place else None,
            newer=months[place + 1] if place + 1 < len(months) else None,
            found=self._of_month(name, code, words),
        )

    def search(self, query: bytes, words: Words) -> Document:
        """What holds all the words of ``?q=``, newest first."""
        asked = asked_for(query)
        ready = self._archive.can_find
        found = self._found(asked) if ready and asked else ()
        return self._page(
            "search.html",
            words,
            "",
            title=words["search"],
            query=asked,
            ready=ready,
            more=len(found) > MOST_FOUND,
            found=[self._line(one, words) for one in found[:MOST_FOUND]],
        )

    def _found(self, asked: str) -> tuple[Found, ...]:
        """What may be shown as found: an article must not tell by being found what it
        holds for members only."""
        if self._protected:
            return self._archive.find(asked, limit=MOST_FOUND + 1)
        shown = (one for one in self._archive.finding(asked) if self._tells(one, asked))
        return tuple(islice(shown, MOST_FOUND + 1))

    def _tells(self, one: Found, asked: str) -> bool:
        if one.status in (Status.OPEN, Status.PLUS_FIRST):
            return True
        record = self._archive.get(one.id)
        if record is None or not is_members(record):
            return record is not None
        shown = teaser(record)
        head = "\n".join((shown.title, shown.subtitle, *shown.keywords))
        return holds((head, "\n".join(map(text.visible, shown.body))), asked)

    def status(self, health: Health, words: Words) -> Document:
        titles = {section.name: section.title for section in self._config.sections}
        sections = [
            {
                "title": titles.get(one.name, one.name),
                "late": one.name in health.late,
                "at": one.succeeded_at,
                "minutes": round(one.interval.total_seconds() / 60),
            }
            for one in health.sections
        ]
        return self._page(
            "status.html",
            words,
            "",
            title=words["status"],
            sections=sections,
            verdict=str(health.status),
            reasons=[
                {
                    "title": title_of(one.key, words["language"]),
                    "since": one.since,
                    "text": one.text,
                }
                for one in health.reasons
            ],
            kept=len(self._archive),
            locked=len(self._archive.locked()),
            waiting=len(self._archive.pending()),
        )

    def _page(self, template: str, words: Words, up: str, **values: object) -> Document:
        return page(template, words, up=up, cache_control=self._control, **values)

    def _shelves(self, words: Words) -> dict[str, tuple[str, str | None, str]]:
        """Title, section code and language of the title, by the name in the address."""
        sections = (one for one in self._config.sections if one.code)
        return {
            "all": (words["everything"], None, words["language"]),
            **{one.name: (one.title, one.code, "ko") for one in sections},
        }

    def _feeds(self, words: Words) -> list[dict[str, object]]:
        feeds = self._config.feeds
        titles = [("all", feeds.title, "ko")]
        titles += [(one.name, one.title, "ko") for one in self._config.sections]
        titles += [(one.name, one.title, "ko") for one in feeds.custom]
        titles += [(one.name, one.title, "ko") for one in feeds.digests]
        titles += [
            (name, words[f"{name}_feed" if name != "status" else "status_feed"], words["language"])
            for name in ("released", "revised", "status")
        ]
        shown: list[dict[str, object]] = []
        for name, title, language in titles:
            files = {suffix: feeds.path / f"{name}.{suffix}" for suffix in feeds.formats}
            there = {suffix: path for suffix, path in files.items() if path.is_file()}
            if not there:
                continue
            newest = max(path.stat().st_mtime for path in there.values())
            shown.append(
                {
                    "title": title,
                    "language": language,
                    "changed_at": datetime.fromtimestamp(newest, KST).replace(microsecond=0),
                    "formats": [
                        {
                            "name": _TYPES[suffix][0],
                            "type": _TYPES[suffix][1],
                            "file": path.name,
                            "address": f"{feeds.base_url.rstrip('/')}/{path.name}",
                        }
                        for suffix, path in there.items()
                    ],
                }
            )
        return shown

    def _of_month(self, month: str, code: str | None, words: Words) -> list[Line]:
        records: Iterable[Record | Found]
        if self._archive.can_find:
            year, number = int(month[:4]), int(month[5:])
            since = datetime(year, number, 1, tzinfo=KST)
            until = datetime(year + number // 12, number % 12 + 1, 1, tzinfo=KST)
            records = self._archive.find(which=Filter(section=code, since=since, until=until))
        else:
            records = self._archive.month(month, code)
        lines = [self._line(one, words) for one in records]
        return sorted(lines, key=lambda one: (one.at, one.id), reverse=True)

    def _line(self, one: Record | Found, words: Words) -> Line:
        status = one.status if isinstance(one, Found) else one.access.status
        flag = FLAGS[words["language"]][status] if status.locked else ""
        return Line(one.id, one.title, one.published_at.astimezone(KST), flag)


def asked_for(query: bytes) -> str:
    """The words of ``?q=``, clean and no more than anybody types."""
    try:
        pairs = dict(parse_qsl(query.decode("latin-1"), max_num_fields=20))
    except ValueError:
        return ""
    return text.fold(pairs.get("q", ""))[:200]
