"""A service that polls until it is killed, in a process of its own.

Started through a fork server that has imported all of it, for an interpreter takes
longer to start than a poll takes.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path

import feedsvc.feeds.publication
import feedsvc.feeds.xml
import feedsvc.fetch.transport_requests  # noqa: F401 - what a poll would import as it goes
from feedsvc.archive import Archive
from feedsvc.config import (
    ArchiveConfig,
    Config,
    FeedsConfig,
    HttpConfig,
    NoticeConfig,
    SectionConfig,
    SiteConfig,
)
from feedsvc.feeds import check
from feedsvc.fetch import Fetcher
from feedsvc.poll import Poll

EVERY = timedelta(minutes=20)
"""Time between its polls, by its own clock."""


def config_of(base_url: str, folder: Path, notices: tuple[NoticeConfig, ...] = ()) -> Config:
    return Config(
        site=SiteConfig(base_url=base_url),
        sections=(SectionConfig(name="everything", title="전체"),),
        http=HttpConfig(delay=timedelta(0), retries=0),
        archive=ArchiveConfig(path=folder / "archive", images=True),
        feeds=FeedsConfig(path=folder / "public"),
        notify=notices,
    )


def run(
    told: Connection, base_url: str, folder: Path, now: datetime, polls: int,
    notices: tuple[NoticeConfig, ...] = (),
) -> None:  # fmt: skip
    """Poll so many times; after each tell the journal's head, the ids that are kept and
    those of the entries that are published, which from then on must never be lost."""
    config = config_of(base_url, folder, notices)
    archive = Archive(config.archive.path)
    told.send(None)
    for number in range(polls):
        _poll(config, archive, now + number * EVERY)
        told.send((archive.head(), set(archive.index.ids()), entries(folder)))


def _poll(config: Config, archive: Archive, now: datetime) -> None:
    def clock() -> datetime:
        return now

    with Fetcher(
        config.site_of(), config.http, archive.memory, clock=clock, sleep=lambda seconds: None
    ) as fetcher:
        Poll(config, archive, fetcher, clock).run(config.sections)


def entries(folder: Path) -> set[str]:
    """The ids in the feed of everything; every feed is parsed, and none holds an id twice."""
    held: set[str] = set()
    for path in sorted((folder / "public").rglob("*.*")):
        if path.suffix in (".rss", ".atom", ".json"):
            found = check.ids(path.read_bytes(), path.suffix[1:])
            assert len(found) == len(set(found)), path
            if path.name == "all.atom":
                held = set(found)
    return held
