"""A stand-in, an archive and a clock on one desk, for the tests of whole polls."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from feedsvc.archive import Archive
from feedsvc.config import (
    ArchiveConfig,
    Config,
    FeedsConfig,
    HttpConfig,
    SectionConfig,
    SelectorsConfig,
    SiteConfig,
)
from feedsvc.fetch import Fetcher
from feedsvc.health import Health, health
from feedsvc.model import PollOutcome, SectionOutcome
from feedsvc.poll import Poll
from feedsvc.site import KST
from tests.standin import StandIn, StandInArticle

NOW = datetime(2026, 3, 10, 18, 0, tzinfo=KST)

SECTIONS = (
    SectionConfig(name="industry", title="산업", code="068000"),
    SectionConfig(name="finance", title="금융", code="083000"),
    SectionConfig(name="mna", title="인수합병", code="080000"),
)


@dataclass
class Desk:
    """Everything a poll needs; ``now`` is the time, for site and service alike."""

    site: StandIn
    folder: Path
    now: datetime = NOW
    sections: tuple[SectionConfig, ...] = SECTIONS
    http: dict[str, Any] = field(default_factory=dict)
    feeds: dict[str, Any] = field(default_factory=dict)
    parts: dict[str, Any] = field(default_factory=dict)
    selectors: dict[str, Any] = field(default_factory=dict)
    images: bool = False
    aliases: tuple[str, ...] = ()
    image_hosts: tuple[str, ...] = ()

    @property
    def config(self) -> Config:
        http = {"delay": timedelta(0), "timeout": timedelta(seconds=20), "retries": 1, **self.http}
        return Config(
            site=SiteConfig(
                base_url=self.base_url,
                selectors=SelectorsConfig(**self.selectors),
                aliases=self.aliases,
                image_hosts=self.image_hosts,
            ),
            sections=self.sections,
            http=HttpConfig(**http),
            archive=ArchiveConfig(path=self.folder / "archive", images=self.images),
            feeds=FeedsConfig(path=self.folder / "public", **self.feeds),
            **self.parts,
        )

    @property
    def base_url(self) -> str:
        return self.site.base_url

    def clock(self) -> datetime:
        return self.now

    def later(self, **spell: float) -> None:
        """Let time pass, in the words of ``timedelta``."""
        self.now += timedelta(**spell)

    @contextmanager
    def fetcher(self, archive: Archive | None = None) -> Iterator[Fetcher]:
        config = self.config
        if archive is None:  # an empty one is false
            archive = self.archive()
        with Fetcher(
            config.site_of(),
            config.http,
            archive.memory,
            clock=self.clock,
            sleep=lambda seconds: None,
        ) as fetcher:
            yield fetcher

    def poll(
        self, *names: str, stop: Callable[[], bool] = lambda: False, patient: bool = False
    ) -> PollOutcome:
        """One poll in a process of its own, as far as memory goes."""
        config, archive = self.config, self.archive()
        with self.fetcher(archive) as fetcher:
            chosen = [one for one in config.sections if not names or one.name in names]
            poll = Poll(config, archive, fetcher, self.clock, stop=stop, patient=patient)
            outcome = poll.run(chosen)
        archive.close()
        return outcome

    def health(self) -> Health:
        """The verdict now."""
        archive = self.archive()
        try:
            return health(self.config, archive.memory, self.now)
        finally:
            archive.close()

    def archive(self) -> Archive:
        return Archive(self.folder / "archive")

    def journal(self) -> list[tuple[str, int]]:
        """Event and id of each journal line."""
        lines = []
        for path in sorted((self.folder / "archive" / "journal").glob("*.jsonl")):
            lines += [json.loads(line) for line in path.read_text().splitlines()]
        return [(line["event"], line["id"]) for line in lines]

    def published(self) -> dict[str, tuple[bytes, int]]:
        """Bytes and modification time of every published file but the status feed."""
        return {
            path.relative_to(self.folder).as_posix(): (path.read_bytes(), path.stat().st_mtime_ns)
            for path in sorted((self.folder / "public").rglob("*"))
            if path.is_file() and not path.name.startswith("status.")
        }

    def feed(self, name: str) -> list[dict[str, Any]]:
        """The items of a published JSON feed."""
        items: list[dict[str, Any]] = json.loads(
            (self.folder / "public" / f"{name}.json").read_text()
        )["items"]
        return items


class Begun:
    """A desk as it is now, from which any number of tests begin, each with files of its own.
    The site is one, and is put back each time."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._site = desk.site.remembered()

    def in_folder(self, folder: Path) -> Desk:
        """The desk with a copy of its files."""
        shutil.copytree(self._desk.folder, folder, dirs_exist_ok=True)
        self._desk.site.back_to(self._site)
        desk = self._desk
        made = replace(
            desk, folder=folder, http={**desk.http}, feeds={**desk.feeds}, parts={**desk.parts}
        )
        made.site.now = made.clock
        return made


def piece(number: int, *, hours: float = 1, **values: Any) -> StandInArticle:
    """An article published some hours before ``NOW``."""
    settings: dict[str, Any] = {
        "title": f"한빛전자 {number}호 공장 착공",
        "subtitle": f"{number}번째 증설 계획",
        "published_at": NOW - timedelta(hours=hours),
        "body": tuple(
            f"<p>{number}호 공장의 {ordinal} 단락이다. 회사는 내년까지 공사를 마칠 계획이다.</p>"
            for ordinal in ("첫째", "둘째", "셋째", "넷째")
        ),
        "reporters": ("김하나",),
    }
    return StandInArticle(id=number, **(settings | values))


def by_name(outcome: PollOutcome) -> dict[str, SectionOutcome]:
    return {section.name: section for section in outcome.sections}
