"""The daemon makes a digest at its time, though no section is due then."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from feedsvc.config import Config, DigestConfig, SectionConfig
from tests.poll.desk import piece
from tests.schedule.desk import Desk
from tests.standin import Fault

SELDOM = SectionConfig(name="industry", title="산업", code="068000", every=timedelta(hours=6))


class Briefed(Desk):
    digest = DigestConfig(name="evening", title="저녁 브리핑", at="18:30")

    @property
    def config(self) -> Config:
        config = super().config
        feeds = config.feeds.model_copy(update={"digests": (self.digest,)})
        return config.model_copy(update={"feeds": feeds})

    def made(self) -> tuple[str, ...]:
        return self.archive().digests.made("evening")


@pytest.fixture
def desk(tmp_path: Path) -> Briefed:
    made = Briefed(tmp_path, sections=(SELDOM,))
    made.site.publish(piece(166000, sections=("068000",)))
    return made


def test_at_its_time_and_not_with_the_next_poll(desk: Briefed) -> None:
    daemon = desk.daemon()
    desk.live(daemon, minutes=29)
    assert desk.made() == ()
    assert desk.live(daemon, minutes=2) == []  # no poll
    assert desk.made() == ("2026-03-10T1830",)
    assert "2026-03-10T1830" in (desk.folder / "public/evening.json").read_text("utf-8")


def test_while_the_site_is_left_alone_too(desk: Briefed) -> None:
    desk.sections = (SELDOM.model_copy(update={"every": timedelta(minutes=10)}),)
    daemon = desk.daemon()
    desk.live(daemon, minutes=3)
    desk.site.fault(Fault.RESET, "*")
    desk.live(daemon, minutes=30)
    assert desk.made() == ("2026-03-10T1830",)


def test_a_time_of_suspend_is_made_up_for(desk: Briefed) -> None:
    daemon = desk.daemon()
    desk.live(daemon, minutes=3)
    desk.later(days=2)
    desk.live(daemon, minutes=1)
    assert desk.made() == ("2026-03-10T1830",)


def test_one_that_is_configured_while_it_runs(desk: Briefed) -> None:
    daemon = desk.daemon()
    desk.live(daemon, minutes=3)
    desk.digest = DigestConfig(name="evening", title="저녁", at="18:10")
    daemon.configure(desk.config)
    desk.live(daemon, minutes=8)
    assert desk.made() == ("2026-03-10T1810",)
