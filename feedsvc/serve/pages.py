"""The pages for people: which address is which page.

In: the configuration, the archive, how polling goes.  Out: pages, made anew for each
request; what they say comes from files, so equal state gives equal bytes and a 304.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from itertools import groupby

from feedsvc.archive import Archive
from feedsvc.archive.search import Filter, Found
from feedsvc.config import Config
from feedsvc.health import Health
from feedsvc.health import title as title_of
from feedsvc.model import Record
from feedsvc.serve.answer import Document
from feedsvc.serve.asked import Asked
from feedsvc.serve.personal import query_of
from feedsvc.serve.reading import reading_page
from feedsvc.serve.rendering import Frame, Words, page
from feedsvc.serve.rows import ArticleRow, Rows
from feedsvc.serve.subscribing import Subscription, of_feed
from feedsvc.site import KST

NEWEST = 50
"""Articles on the first page."""

_MONTH = re.compile(r"archive/([a-z0-9-]+)/(\d{4})-(0[1-9]|1[0-2])")


class Pages:
    """Answers with pages.  Every method may raise ``FeedsvcError`` of the archive."""

    def __init__(self, config: Config, archive: Archive) -> None:
        self._config = config
        self._archive = archive
        self._protected = bool(config.server.tokens)

    def article(self, article_id: int, frame: Frame) -> Document | None:
        record = self._archive.get(article_id)
        if record is None:
            return None
        return reading_page(record, frame, protected=self._protected)

    def index(self, asked: Asked, frame: Frame) -> Document:
        """The newest articles."""
        newest = self._archive.newest(NEWEST, datetime.max.replace(tzinfo=KST))
        rows = Rows(self._config, frame.words["language"])
        return page(
            "index.html",
            frame,
            up="",
            title=frame.words["articles"],
            alternates=[feed for feed, _ in self._feeds(frame)],
            found=[rows.of(one) for one in newest],
        )

    def feeds(self, frame: Frame) -> Document:
        """Every feed with its addresses, which hold the token of who is shown them."""
        feeds = self._feeds(frame)
        return page(
            "feeds.html",
            frame,
            up="",
            title=frame.words["feeds"],
            alternates=[feed for feed, _ in feeds],
            feeds=feeds,
            query=query_of(frame.token),
        )

    def archive(self, frame: Frame) -> Document:
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
            for name, (title, code, language) in self._shelves(frame.words).items()
        ]
        return page(
            "archive.html", frame, up="../", title=frame.words["archive"], sections=sections
        )

    def month(self, path: str, frame: Frame) -> Document | None:
        """``archive/{section}/2026-03``: the headlines of a month, newest first."""
        match = _MONTH.fullmatch(path)
        shelf = self._shelves(frame.words).get(match[1]) if match else None
        if match is None or shelf is None:
            return None
        title, code, _ = shelf
        name = f"{match[2]}-{match[3]}"
        months = self._archive.months(code)
        if name not in months:
            return None
        place = months.index(name)
        return page(
            "month.html",
            frame,
            up="../../",
            title=f"{title} {name}",
            older=months[place - 1] if place else None,
            newer=months[place + 1] if place + 1 < len(months) else None,
            found=self._of_month(name, code, frame.words),
        )

    def status(self, health: Health, frame: Frame) -> Document:
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
        words = frame.words
        return page(
            "status.html",
            frame,
            up="",
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

    def _shelves(self, words: Words) -> dict[str, tuple[str, str | None, str]]:
        """Title, section code and language of the title, by the name in the address."""
        sections = (one for one in self._config.sections if one.code)
        return {
            "all": (words["everything"], None, words["language"]),
            **{one.name: (one.title, one.code, "ko") for one in sections},
        }

    def _feeds(self, frame: Frame) -> list[tuple[Subscription, datetime]]:
        feeds, words = self._config.feeds, frame.words
        titles = [("all", feeds.title)]
        titles += [(one.name, one.title) for one in self._config.sections]
        titles += [(one.name, one.title) for one in feeds.custom]
        titles += [(one.name, one.title) for one in feeds.digests]
        titles += [(name, words[f"{name}_feed"]) for name in ("released", "revised", "status")]
        shown = []
        for name, title in titles:
            feed = of_feed(feeds, name, title, up="", token=frame.token)
            if feed is not None:
                paths = (feeds.path / f"{name}.{one}" for one in feeds.formats)
                newest = max(path.stat().st_mtime for path in paths if path.is_file())
                at = datetime.fromtimestamp(newest, KST).replace(microsecond=0)
                shown.append((feed, at))
        return shown

    def _of_month(self, month: str, code: str | None, words: Words) -> list[ArticleRow]:
        records: Iterable[Record | Found]
        if self._archive.can_find:
            year, number = int(month[:4]), int(month[5:])
            since = datetime(year, number, 1, tzinfo=KST)
            until = datetime(year + number // 12, number % 12 + 1, 1, tzinfo=KST)
            records = self._archive.find(which=Filter(section=code, since=since, until=until))
        else:
            records = self._archive.month(month, code)
        rows = Rows(self._config, words["language"])
        lines = [_row(rows, one) for one in records]
        return sorted(lines, key=lambda one: (one.at, one.id), reverse=True)


def _row(rows: Rows, one: Record | Found) -> ArticleRow:
    if isinstance(one, Record):
        return rows.of(one)
    return rows.row(
        one.id, one.title, "", one.published_at, one.status, one.sections, (),
        locked=one.locked,
    )  # fmt: skip
