"""A digest in people's readers: one entry a morning, whole, and never new again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from feedsvc.config import Config, DigestConfig
from feedsvc.model import Status
from tests.poll.desk import NOW, piece
from tests.readers.programs import PROGRAMS, Program, Rss2email, subscribed
from tests.readers.served import Served
from tests.standin import StandIn

pytestmark = pytest.mark.slow

MORNING = DigestConfig(name="morning", title="아침 브리핑", feeds=("all",), at="08:00")
ID = "tag:dealsite.co.kr,2018:digests/morning/2026-03-11T0800"
NEWS = (
    ("한빛전자, 평택 6공장에 20조 투자", "내년 상반기 착공…2029년 양산", "068000", Status.OPEN),
    ("한빛전자 평택에 20조 들여 6공장 짓는다", "", "068000", Status.OPEN),
    ("태산중공업, 카타르 LNG선 8척 수주", "2조6000억 규모", "068000", Status.PLUS_ONLY),
    ("금감원, 미래온행 부당대출 현장검사", "300억 정황 포착", "083000", Status.OPEN),
    ("MK파트너스, 동해리조트 인수 우협에", "<3파전> 끝에 선정", "080000", Status.MEMBERS_ONLY),
    ("청솔항공 매각 본입찰에 3곳 참여", "사모펀드 2곳·동종업체 1곳", "080000", Status.OPEN),
)


class Briefed(Served):
    """With a digest each morning."""

    @property
    def config(self) -> Config:
        config = super().config
        feeds = config.feeds.model_copy(update={"digests": (MORNING,)})
        return config.model_copy(update={"feeds": feeds})

    def live_until_morning(self) -> None:
        self.later(hours=2)
        for number, (title, subtitle, code, status) in enumerate(NEWS):
            self.site.publish(
                piece(170001 + number, hours=-1 - number / 10, title=title, subtitle=subtitle,
                      sections=(code,), status=status)
            )  # fmt: skip
        self.poll()
        self.later(hours=12)
        self.poll()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Briefed]:
    (tmp_path / "desk").mkdir()
    with StandIn() as site:
        desk = Briefed(site, tmp_path / "desk", NOW)
        site.now = desk.clock
        with desk:
            desk.live_until_morning()
            yield desk


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=list(PROGRAMS))
def test_one_entry_a_morning(desk: Briefed, tmp_path: Path, program: type[Program]) -> None:
    readers = subscribed(program, tmp_path, desk.root, "morning")
    for reader in readers:
        assert reader.update() == 1
        (entry,) = reader.entries()
        assert entry.id == ID
        assert entry.title == "아침 브리핑 2026년 3월 11일(수) 08:00"
        assert entry.author == "딜사이트"
        assert entry.at.isoformat() in ("2026-03-10T23:00:00+00:00", "2026-03-11T08:00:00+09:00")
        for title, *_ in NEWS:
            assert title in entry.text, (reader.folder.name, title)
        assert "[플러스] 태산중공업" in entry.text
        assert "산업 (3)" in entry.text
    desk.site.edit(170001, title="고친 제목")
    desk.later(hours=3)
    desk.poll()
    desk.stop()
    desk.start()
    desk.rebuild()
    for reader in readers:
        assert reader.update() == 0, reader.folder.name


@pytest.mark.parametrize("suffix", ["rss", "atom"])
@pytest.mark.parametrize("html", [True, False])
def test_one_good_mail(desk: Briefed, tmp_path: Path, suffix: str, html: bool) -> None:
    reader = Rss2email(tmp_path / "reader", html=html)
    reader.subscribe("morning", f"{desk.root}morning.{suffix}")
    assert reader.update() == 1
    (mail,) = reader.entries()
    assert mail.title == "아침 브리핑 2026년 3월 11일(수) 08:00"
    if html:
        assert f'<a href="{desk.root}articles/170001">한빛전자, 평택' in mail.text
        assert "&lt;3파전&gt; 끝에 선정" in mail.text
    else:
        assert "* [한빛전자, 평택 6공장에 20조 투자]" in mail.text
        assert "## " not in mail.text.replace("### ", "")
