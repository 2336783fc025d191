"""``revised.*`` of polls: what happens to an article later touches no earlier entry."""

from __future__ import annotations

import shutil
from typing import Any

import pytest

from feedsvc.feeds import pieces
from feedsvc.model import Status
from feedsvc.poll import publish
from feedsvc.poll.reread import refresh
from tests.poll.desk import SECTIONS, Desk, piece

SUFFIXES = ("rss", "atom", "json")
CODES = ("068000", "083000")


def entries(desk: Desk) -> dict[str, bytes]:
    """Each entry in each format, by format and fragment."""
    folder = desk.folder / "public"
    return {
        f"{suffix} {one.rpartition('#')[2]}": data
        for suffix in SUFFIXES
        for one, data in pieces.cut((folder / f"revised.{suffix}").read_bytes(), suffix).items()
    }


@pytest.mark.usefixtures("every_format")
@pytest.mark.slow  # tests/feeds/test_revised.py shows it of records
def test_what_happens_later_touches_no_earlier_entry(desk: Desk) -> None:
    site, whole = desk.site, piece(101).body
    desk.sections = SECTIONS[:2]
    site.publish(piece(101, keywords=("공장",)))
    desk.poll()
    shown: dict[str, bytes] = {}
    edited = ("<p>착공은 내년 봄으로 미뤄졌다.</p>", *whole[1:])
    changes: tuple[dict[str, Any], ...] = (
        {"body": edited},
        {"sections": CODES},
        {"status": Status.MEMBERS_ONLY, "teaser": 1, "reporters": ("박둘",)},
        {"title": "한빛전자 공장, 봄에 착공"},
        {"status": Status.OPEN, "reporters": ("이셋",), "keywords": ("새 말",)},
        {"subtitle": "자금 사정 탓"},
    )
    for change in changes:
        site.edit(101, **change)
        desk.later(hours=7)
        desk.poll()
        with desk.fetcher() as fetcher:
            refresh(desk.config, desk.archive(), fetcher, desk.clock, [101])
        now = entries(desk)
        assert shown.items() <= now.items()
        shown = now
    assert {one.partition(" ")[2] for one in shown} == {"r1", "r3", "r5"}
    kept = desk.archive().get(101)
    assert kept is not None
    assert (kept.sections, kept.reporters) == (CODES, ("이셋",))
    assert "회원전용" not in shown["json r1"].decode()
    assert "[회원전용] 한빛전자 공장" in shown["json r3"].decode()
    assert len(desk.feed("released")) == 1

    shutil.rmtree(desk.folder / "public")
    shutil.rmtree(desk.folder / "archive" / ".state")
    archive = desk.archive()
    with archive.writing(desk.now):
        publish(desk.config, archive, desk.now, None)
    archive.close()
    assert entries(desk) == shown
