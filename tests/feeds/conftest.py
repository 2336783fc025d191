"""Records made by hand, a source in memory, and a desk that publishes from it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import pytest

from feedsvc import feeds
from feedsvc.catalogue.record import counts_from
from feedsvc.catalogue.standing import Standings
from feedsvc.catalogue.state import State
from feedsvc.config import FeedsConfig, SectionConfig
from feedsvc.digestentry import DigestEntry
from feedsvc.model import Access, Image, Json, Marker, Picture, Record, Revision, Scope, Status
from feedsvc.site import KST, guid

NOW = datetime(2026, 3, 10, 18, 0, tzinfo=KST)

SECTIONS = (
    SectionConfig(name="industry", title="산업", code="068000", every=timedelta(minutes=10)),
    SectionConfig(name="finance", title="금융", code="083000", every=timedelta(minutes=30)),
    SectionConfig(name="everything", title="전체", code=None, every="auto"),
)


def access(status: Status, **more: Any) -> Access:
    return Access(status, (Marker(status, Scope.ARTICLE, "표시", True),), **more)


def make_record(number: int, **changes: Any) -> Record:
    """An open article of section 산업, seen ``number`` minutes after midnight of the day
    before; whatever matters to a test is given by name."""
    at = NOW.replace(hour=0) - timedelta(days=1) + timedelta(minutes=number)
    record = Record(
        id=number,
        guid=guid(number),
        url=f"https://dealsite.co.kr/articles/{number}",
        title=f"제목 {number}",
        subtitle=f"부제 {number}",
        reporters=("김하나", "이두리"),
        published_at=at,
        updated_at=at,
        first_seen_at=at,
        origin="poll",
        sections=("068000",),
        keywords=("반도체",),
        access=Access(Status.OPEN),
        images=(Image("https://dealsite.co.kr/images/one.jpg", "그림 설명"),),
        body=(f"<p>본문 {number} 첫 문단.</p>", "<p>둘째 문단 <b>굵게</b> &amp; 끝.</p>"),
        related=(),
        duplicate_of=None,
        gone_at=None,
        digest="sha256:00",
        sources=(),
    )
    return replace(record, **changes)


def revision(seen_at: datetime, **old: Json) -> Revision:
    return Revision(seen_at, tuple(old.items()))


@dataclass
class Shelf:
    """A source in memory; ``asked`` counts what it was asked for."""

    records: dict[int, Record] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    pictures: dict[str, Picture] = field(default_factory=dict)
    digests: dict[str, list[DigestEntry]] = field(default_factory=dict)

    def put(self, *records: Record) -> None:
        self.records.update({record.id: record for record in records})

    def newest_first(self, section: str | None = None) -> Iterator[Record]:
        self.asked.append(f"newest {section}")
        shown = [one for one in self.records.values() if section in (None, *one.sections)]
        yield from sorted(shown, key=lambda one: (counts_from(one), one.id), reverse=True)

    def read(self, ids: Iterable[int]) -> Iterator[Record]:
        for number in ids:
            self.asked.append(f"read {number}")
            yield self.records[number]

    def happened(self, what: Literal["released", "revised"], since: datetime) -> Iterator[Record]:
        self.asked.append(what)
        aged = (
            (one.access.released_at if what == "released" else _last(one), one)
            for one in self.records.values()
        )
        found = [(at, one.id, one) for at, one in aged if at is not None and at >= since]
        return (one for *_, one in sorted(found, reverse=True))

    def damaged_ids(self) -> frozenset[int]:
        return frozenset()

    def picture(self, file: str) -> Picture | None:
        return self.pictures.get(file)

    def digest_entries(self, name: str) -> Iterator[DigestEntry]:
        return iter(self.digests.get(name, ()))

    def months(self, section: str | None = None) -> tuple[str, ...]:
        self.asked.append(f"months {section}")
        shown = (one for one in self.records.values() if section in (None, *one.sections))
        return tuple(sorted({f"{one.published_at.astimezone(KST):%Y-%m}" for one in shown}))

    def month(self, month: str, section: str | None = None) -> Iterator[Record]:
        self.asked.append(f"month {month} {section}")
        for one in list(self.records.values()):
            inside = f"{one.published_at.astimezone(KST):%Y-%m}" == month
            if inside and section in (None, *one.sections):
                yield one


def _last(record: Record) -> datetime | None:
    return record.revisions[-1].seen_at if record.revisions else None


@dataclass
class Desk:
    """Publishes a shelf into a folder; settings are changed by name.  ``known`` is what
    is remembered from one publication to the next."""

    path: Path
    shelf: Shelf = field(default_factory=Shelf)
    sections: tuple[SectionConfig, ...] = SECTIONS
    settings: dict[str, Any] = field(default_factory=dict)
    known: State = field(default_factory=State.in_memory)

    def publish(
        self, *, now: datetime = NOW, changed: Collection[Record] | None = None
    ) -> feeds.Published:
        config = FeedsConfig(path=self.path, **self.settings)
        table = Standings(self.known)
        return feeds.publish(self.shelf, config, self.sections, now, table=table, changed=changed)

    def read(self, name: str) -> bytes:
        return (self.path / name).read_bytes()


@pytest.fixture
def tmp_path(memory_path: Path) -> Path:
    return memory_path


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "public")


@pytest.fixture
def no_sections(desk: Desk) -> None:
    """For tests that ask nothing of them: half of the feeds is published."""
    desk.sections = ()
