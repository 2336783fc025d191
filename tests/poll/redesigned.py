"""A stand-in that is redesigned, and the archive of a service that knew it before."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from benchmarks.relearn.newsroom import NOW, articles
from feedsvc.archive import KeptLayout
from feedsvc.config import AccessConfig, Config, SectionConfig
from feedsvc.poll.layouts import Layouts
from tests.poll.desk import Begun, Desk
from tests.standin import StandIn, StandInArticle

SECTION = (SectionConfig(name="everything", title="전체"),)
KNOWN = 60
HELD = 5
# Locked articles are not looked at again: what is asked for is counted here.
_PARTS = {"access": AccessConfig(recheck_for=timedelta(0))}


@dataclass
class Redesigned(Desk):
    """A desk with ``site.relearn`` as it is told."""

    relearn: str = "adopt"

    @property
    def config(self) -> Config:
        config = super().config
        site = config.site.model_copy(update={"relearn": self.relearn})
        return config.model_copy(update={"site": site})

    def layouts(self) -> tuple[KeptLayout, ...]:
        archive = self.archive()
        try:
            return Layouts(self.config, archive).kept()
        finally:
            archive.close()

    def ids(self) -> list[int]:
        archive = self.archive()
        try:
            return list(archive.index.ids())
        finally:
            archive.close()

    def waiting(self) -> list[int]:
        archive = self.archive()
        try:
            return [one.id for one in archive.pending.all()]
        finally:
            archive.close()

    def is_well(self) -> None:
        archive = self.archive()
        verdict = archive.verify()
        archive.close()
        assert (verdict.faults, verdict.unfinished) == ((), ())

    def told(self) -> dict[str, str]:
        """What the verdict says, by the kind of trouble."""
        return {one.key: one.text for one in self.health().reasons}


class Before(Begun):
    """A redesigned desk as it is now, from which tests begin."""

    def in_folder(self, folder: Path) -> Redesigned:
        made = super().in_folder(folder)
        assert isinstance(made, Redesigned)
        return made


def fresh(count: int, seed: int = 5) -> list[StandInArticle]:
    """Articles that come out after the others, a minute apart."""
    made = articles(seed, count)
    first = 900_000
    return [
        replace(one, id=first + number, published_at=NOW.replace(minute=number), related=())
        for number, one in enumerate(made)
    ]


def begin(site: StandIn, folder: Path, known: int = KNOWN, seed: int = 1) -> Redesigned:
    """Poll the site as it has been, some articles at a time."""
    site.boxes = False
    desk = Redesigned(site, folder, NOW, sections=SECTION, parts=_PARTS)
    site.now = lambda: desk.now
    made = articles(seed, known)
    for start in range(0, known, 18):
        for one in made[start : start + 18]:
            site.publish(one)
        desk.poll()
    desk.later(days=2)  # the looks that follow are over
    desk.poll()
    assert len(desk.ids()) == known
    return desk


@contextmanager
def begun(folder: Path, known: int = KNOWN) -> Iterator[Before]:
    site = StandIn()
    with site:
        desk = begin(site, folder, known)
        site.forget_requests()
        yield Before(desk)


def redesigned(before: Before, folder: Path, name: str) -> Before:
    """The same after a redesign was learned, with articles that were held for it."""
    desk = before.in_folder(folder)
    meet(desk, name)
    desk.poll()
    assert len(desk.layouts()) == 1
    desk.site.forget_requests()
    return Before(desk)


def meet(desk: Redesigned, name: str, new: int = HELD) -> list[int]:
    """The site is redesigned, publishes some articles, and is polled until it is known that
    it changed: the next poll learns.  The ids of the new articles."""
    desk.site.redesign = name
    made = fresh(new)
    for one in made:
        desk.site.publish(one)
    desk.poll()
    desk.later(minutes=10)
    return [one.id for one in made]
