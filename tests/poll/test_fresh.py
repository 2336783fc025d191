"""Fresh installations on a site that is all right: nothing is held, nothing told.

The stand-in draws by chance which optional parts an article has, with shares of their own
from 0.3 to 0.9 in each installation.
"""

from __future__ import annotations

import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from feedsvc.model import Status
from feedsvc.poll import exit_code
from feedsvc.site import KST
from tests.poll.desk import NOW, Desk, piece
from tests.standin import Draw, RelatedLink, StandIn

POLLS = 4


def whole(number: int, **values: Any) -> Any:
    """An article with every part, the newest the later its number."""
    figure = f'<figure class="image"><img src="/upload/{number}.jpg"></figure>'
    settings: dict[str, Any] = {
        "body": (figure, *piece(number).body),
        "keywords": ("반도체", f"공장{number}"),
        "related": (RelatedLink(number - 1, f"{number - 1}호 공장"),),
        "series": "공장 이야기",
        "status": (Status.OPEN, Status.OPEN, Status.OPEN, Status.SOON_FREE)[number % 4],
        "sections": (("068000",), ("083000",), ("080000",))[number % 3],
    }
    return piece(number, **(settings | values))


def installed(folder: Path, seed: int) -> tuple[StandIn, Desk]:
    """A site with 45 articles, and nothing of ours."""
    site = StandIn(whole(number, hours=100 - number) for number in range(1, 46))
    site.draw = Draw.between(0.3, 0.9, seed)
    desk = Desk(site, folder, NOW)
    site.now = desk.clock
    return site, desk


def between_polls(desk: Desk, turn: int, new: int = 15) -> None:
    for number in range(100 * turn, 100 * turn + new):
        desk.site.publish(whole(number, hours=0, published_at=desk.now))
    desk.later(hours=3)


def assert_well(desk: Desk) -> int:
    """Nothing held, nothing told; how many articles are kept."""
    archive = desk.archive()
    assert archive.pending.all() == ()
    assert desk.feed("status") == []
    for record in archive.newest_first():
        shown = desk.site.shown(record.id)
        assert (record.title, record.subtitle) == (shown.title, shown.subtitle)
        assert record.published_at == shown.published_at
    return len(archive)


def polls(desk: Desk, count: int, new: int = 15) -> int:
    for turn in range(1, count + 1):
        assert exit_code(desk.poll()) == 0
        between_polls(desk, turn, new)
    return assert_well(desk)


def test_one_installation(tmp_path: Path) -> None:
    site, desk = installed(tmp_path, 0)
    site.page_size, site.boxes = 2, False
    desk.feeds["formats"] = ("json",)
    with site:
        assert polls(desk, 2, 3) == 9


@pytest.mark.slow
def test_nine_installations_hold_nothing_and_tell_nothing(tmp_path: Path) -> None:
    kept = []
    for seed in range(1, 10):
        site, desk = installed(tmp_path / str(seed), seed)
        with site:
            kept.append(polls(desk, POLLS))
    print(f"9 installations, {POLLS} polls each: {kept} articles, none held, no trouble, exit 0")
    assert min(kept) == 45 + 15 * (POLLS - 1)


@pytest.mark.slow
def test_a_tenth_by_the_command(tmp_path: Path) -> None:
    site, desk = installed(tmp_path, 10)
    site.now = lambda: datetime.now(KST)  # as the command's is; the articles are older
    path = tmp_path / "config.yaml"
    codes = []
    with site:
        path.write_text(
            f"site: {{base_url: '{site.base_url}'}}\n"
            "sections:\n"
            "  - {name: industry, title: 산업, code: '068000'}\n"
            "  - {name: finance, title: 금융, code: '083000'}\n"
            "  - {name: mna, title: 인수합병, code: '080000'}\n"
            "http: {delay: 0s}\n",
            encoding="utf-8",
        )
        for turn in range(1, POLLS + 1):
            command = [sys.executable, "-m", "feedsvc", "--config", str(path), "poll"]
            done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
            codes.append(done.returncode)
            assert done.stderr == ""
            between_polls(desk, turn)
        kept = assert_well(desk)
    print(f"by the command: exit codes {codes}, {kept} articles, none held, no trouble")
    assert codes == [0] * POLLS
    assert kept == 45 + 15 * (POLLS - 1)


def test_the_articles_are_drawn_by_chance(tmp_path: Path) -> None:
    site, _ = installed(tmp_path, 3)
    shown = [site.shown(one.id) for one in site.articles]
    assert {bool(one.subtitle) for one in shown} == {True, False}
    assert {bool(one.keywords) for one in shown} == {True, False}
    assert shown == [site.shown(one.id) for one in site.articles]
    assert timedelta(0) <= NOW - max(one.published_at for one in shown)
