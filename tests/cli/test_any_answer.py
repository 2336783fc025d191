"""Odd answers and hostile words through the real command line: the others are read, each
line is clean, and the code says how much went through."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.test_commands import Desk
from tests.poll.desk import piece
from tests.poll.wire import OddSite
from tests.standin import Fault

CLOSE = b"Connection: close\r\n"
CHUNK = b"HTTP/1.1 200 OK\r\n" + CLOSE + b"Transfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n"
NOWHERE = b"HTTP/1.1 302 Found\r\nLocation: http://[zz/\r\n" + CLOSE + b"Content-Length: 0\r\n\r\n"
EVIL = "\x1b[31m\x1b]0;t\x07\x9b2J\u202e"
SAYS = (
    f"HTTP/1.1 500 {EVIL}\r\nX-{EVIL}: {EVIL}\r\nContent-Type: text/{EVIL}\r\n"
    "Connection: close\r\nno colon\r\nContent-Length: 0\r\n\r\n"
).encode()


@pytest.fixture
def odd(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Desk]:
    site = OddSite()
    site.boxes = False
    for number, code in ((101, "068000"), (201, "083000")):
        site.publish(piece(number, sections=(code,)))
    levels = {name: logging.getLogger(name).level for name in ("urllib3", "requests")}
    with site:
        desk = Desk(site, tmp_path, capsys)
        desk.configure()
        yield desk
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


def strike(desk: Desk, path: str, says: bytes) -> None:
    assert isinstance(desk.site, OddSite)
    desk.site.struck, desk.site.says = path, says


def clean(told: str) -> bool:
    return all(line.isprintable() for line in told.split("\n"))


@pytest.mark.one_stands_for_all
@pytest.mark.parametrize("says", [CHUNK, NOWHERE, SAYS], ids=["chunk", "nowhere", "evil"])
def test_every_command_that_asks_names_the_one_and_does_the_others(odd: Desk, says: bytes) -> None:
    strike(odd, "/categories/068000", says)
    code, out, err = odd("check", "--online")
    assert code == 1
    assert "section industry: http" in out
    assert "section finance: 1 row" in out
    assert clean(out + err)

    code, out, err = odd("poll")
    assert code == 1
    assert "section industry: " in err
    assert "finance" in out
    assert clean(out + err)

    code, _, err = odd("inspect", "--listing", f"{odd.site.base_url}/categories/068000")
    assert code == 4
    assert "/categories/068000: " in err
    assert clean(err)
    assert len(err.splitlines()) == 1

    code, out, err = odd("backfill")
    assert code == 1
    assert "section industry, page 5: " in err
    assert "stopped: section industry: 5 pages in a row failed" in out
    assert clean(out + err)

    strike(odd, "/articles/201", says)
    code, out, err = odd("refresh", "101", "201")
    assert (code, out.splitlines()[0]) == (1, "article 101: added")
    assert out.splitlines()[1].startswith("article 201: http")
    assert clean(out + err)

    strike(odd, "/robots.txt", NOWHERE)
    code, out, _ = odd("check", "--online")
    assert code == 1
    assert "robots.txt: http" in out
    assert "section industry: 1 row" in out


def test_a_mistake_in_reading_is_named_with_its_page(
    odd: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RecursionError(EVIL)

    monkeypatch.setattr("feedsvc.parse.article", broken)
    url = f"{odd.site.base_url}/articles/101"
    code, _, err = odd("inspect", url)
    assert code == 1
    assert err.startswith(f"feedsvc: {url}: RecursionError: ")
    assert clean(err)


def test_what_the_site_says_is_printed_without_its_codes(odd: Desk) -> None:
    """Also what an earlier version may have kept, or somebody wrote into a file."""
    odd.site.edit(
        101, title=f"빨간 {EVIL} 제목", body=(f"<p>글 {EVIL} 이다.</p>", "<p>둘째다.</p>")
    )
    assert odd("poll")[0] == 0
    path = odd.folder / "archive" / "articles" / "0000" / "101.json"
    record = json.loads(path.read_text("utf-8"))
    for told in (
        odd("archive", "ls"), odd("archive", "search", "빨간"), odd("archive", "show", "101"),
        odd("inspect", f"{odd.site.base_url}/articles/101"), odd("check", "--online"),
        odd("inspect", "--listing", f"{odd.site.base_url}/categories/068000"),
    ):  # fmt: skip
        assert "빨간" in told[1]
        assert clean(told[1] + told[2])
    assert "빨간" in record["title"]


def test_a_cookie_wall_and_an_odd_coding_are_got_over(odd: Desk) -> None:
    odd.site.fault(Fault.COOKIE_WALL, "/articles/101*")
    odd.site.fault(Fault.UNKNOWN_ENCODING, "/articles/201*")
    code, _, err = odd("poll")
    assert (code, err) == (0, "")
    assert [one["id"] for one in odd.json("archive", "ls")] == [201, 101]
    for path in (odd.folder / "archive").rglob("*"):
        if path.is_file():
            assert b"wall=passed" not in path.read_bytes()
