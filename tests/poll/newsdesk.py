"""An archive that fills with articles by the clock, and what is published of it: for the
tests of digests, which need no site.

In: articles by number and time.  Out: records kept as a poll keeps them, then a
publication at a time of the test's choice.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from feedsvc.archive import Archive
from feedsvc.config import ArchiveConfig, Config, FeedsConfig, SectionConfig, SiteConfig
from feedsvc.dedup import compare
from feedsvc.feeds import Published
from feedsvc.model import Access, Event, Marker, Record, Scope, Status
from feedsvc.poll import publish
from tests.dedup.articles import ARTICLE

SECTIONS = (
    SectionConfig(name="industry", title="산업", code="068000"),
    SectionConfig(name="finance", title="금융", code="083000"),
)
MORNING: dict[str, Any] = {
    "name": "morning", "title": "아침 브리핑", "feeds": ("all",), "at": "08:00",
    "days": ("mon", "tue", "wed", "thu", "fri"),
}  # fmt: skip
LOCK = Access(
    Status.MEMBERS_ONLY,
    (Marker(Status.MEMBERS_ONLY, Scope.ARTICLE, "딜사이트 회원전용", counted=True),),
)


@dataclass
class Newsdesk:
    """``digests`` and ``feeds`` are settings, to be changed at will."""

    folder: Path
    digests: tuple[dict[str, Any], ...] = (MORNING,)
    feeds: dict[str, Any] = field(default_factory=dict)
    parts: dict[str, Any] = field(default_factory=dict)
    zone: str = "Asia/Seoul"

    @property
    def config(self) -> Config:
        feeds = {"path": self.folder / "public", "digests": self.digests, **self.feeds}
        return Config(
            site=SiteConfig(timezone=self.zone),
            sections=SECTIONS,
            archive=ArchiveConfig(path=self.folder / "archive"),
            feeds=FeedsConfig.model_validate(feeds),
            **self.parts,
        )

    def archive(self) -> Archive:
        return Archive(self.folder / "archive")

    def keep(self, number: int, at: datetime, *, origin: str = "poll", **values: Any) -> Record:
        """An article that is read at that time."""
        return self.kept(article(number, at, origin=origin, **values), Event.ADDED, at)

    def kept(self, record: Record, event: Event, at: datetime) -> Record:
        archive = self.archive()
        with archive.writing(at):
            archive.keep(record, event, at)
        archive.close()
        return record

    def publish(self, at: datetime, *, anew: bool = False) -> Published:
        archive = self.archive()
        with archive.writing(at):
            done = publish(self.config, archive, at, None if anew else {})
        archive.close()
        return done

    def made(self, name: str = "morning") -> dict[str, list[int]]:
        """The numbers of the articles in each entry, by its name."""
        archive = self.archive()
        entries = {at: archive.digests.entry(name, at) for at in archive.digests.made(name)}
        return {at: sorted(one.id for one in entry.lines()) for at, entry in entries.items()}

    def files(self) -> dict[str, bytes]:
        """The entries of all digests as they lie in the archive."""
        root = self.folder / "archive" / "digests"
        return {f"{one.parent.name}/{one.name}": one.read_bytes() for one in root.glob("*/*.json")}

    def published(self, name: str = "morning") -> dict[str, bytes]:
        """The documents of a digest."""
        return {one.name: one.read_bytes() for one in (self.folder / "public").glob(f"{name}.*")}

    def items(self, name: str = "morning") -> list[dict[str, Any]]:
        document = json.loads((self.folder / "public" / f"{name}.json").read_text("utf-8"))
        items: list[dict[str, Any]] = document["items"]
        return items


def article(number: int, at: datetime, *, origin: str = "poll", **values: Any) -> Record:
    """A record as it is when it is first read; no two tell of the same thing."""
    name = "".join(chr(0xAC00 + (number * 7919 + place * 104729) % 11172) for place in range(8))
    made = replace(
        ARTICLE,
        id=number,
        guid=f"tag:dealsite.co.kr,2018:articles/{number}",
        url=f"https://dealsite.co.kr/articles/{number}",
        title=f"{name} {number}",
        subtitle=f"{number}의 부제",
        published_at=at,
        sections=("068000",),
        body=tuple(f"<p>{name[place:]}{number} 이야기 {place}.</p>" for place in range(4)),
    )
    record = compare(None, made, now=at, origin=origin).record
    return replace(record, **values) if values else record
