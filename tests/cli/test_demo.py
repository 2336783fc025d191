"""``feedsvc demo`` from the outside: what it prints, what it shows, what it leaves behind."""

from __future__ import annotations

import json
import logging
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from feedsvc.archive import Archive
from feedsvc.cli import context, execute
from feedsvc.cli.context import Format
from feedsvc.config import Config
from feedsvc.site import KST

PATIENCE = 150.0


@pytest.fixture(autouse=True)
def _temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


def test_a_port_in_use_is_told_before_anything_is_polled(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert execute(["demo", "--port", str(taken.getsockname()[1])]) == 4
    told = capsys.readouterr()
    assert told.out == ""
    assert "the port is in use" in told.err
    assert "--port N" in told.err
    assert "server.port" not in told.err
    assert len(told.err.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("words", [["--once"], [], ["--redesign", "renamed"]])
def test_interrupted_amid_its_first_poll_it_says_so_and_nothing_else(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
    words: list[str], number: int,
) -> None:  # fmt: skip
    opened = context.open_archive

    def interrupted(config: Config) -> Archive:
        os.kill(os.getpid(), number)
        return opened(config)

    monkeypatch.setattr(context, "open_archive", interrupted)
    assert execute(["demo", "--port", "0", *words]) == 128 + number
    *page, last = capsys.readouterr().out.splitlines()
    assert last == "The demo was interrupted; nothing is left of it."
    assert not [line for line in page if line and not line.startswith("The page: ")]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_once_prints_the_page_then_the_feeds_and_leaves_nothing_behind(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    with socket.create_server(("127.0.0.1", 0)) as taken:  # it listens nowhere
        port = taken.getsockname()[1]
        assert execute(["demo", "--once", "--port", str(port)]) == 0
    out = capsys.readouterr().out
    said = [word for word in out.split() if word.startswith("http://")]
    base = f"http://127.0.0.1:{port}/"
    assert said[:2] == [base, f"{base}all.atom"]
    assert all(address.startswith(base) for address in said)
    assert max(map(len, out.splitlines())) <= 80
    assert list(tmp_path.iterdir()) == []
    zones = [one.formatter.zone for one in logging.getLogger().handlers
             if isinstance(one.formatter, Format)]  # fmt: skip
    assert zones == [KST]
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


class Demo:
    """A demo in a process of its own, whose temporary files lie in ``folder``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.base = f"http://127.0.0.1:{probe.getsockname()[1]}/"
        self.printed = folder.parent / "printed"
        with self.printed.open("wb") as stream:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "feedsvc", "demo", "--port", self.base[17:-1]],
                env={**os.environ, "TMPDIR": str(folder), "PYTHONUNBUFFERED": "1"},
                stdout=stream,
                stderr=subprocess.STDOUT,
            )

    def out(self) -> str:
        return self.printed.read_text("utf-8")

    def wait_for(self, text: str) -> None:
        until = time.monotonic() + PATIENCE
        while text not in self.out():
            assert self.process.poll() is None, self.out()
            assert time.monotonic() < until, self.out()
            time.sleep(0.1)

    def json(self, path: str) -> Any:
        with urlopen(f"{self.base}{path}") as answer:
            return json.load(answer)

    def wait_for_items(self, feed: str) -> list[dict[str, Any]]:
        until = time.monotonic() + PATIENCE
        while not (items := self.json(f"{feed}.json")["items"]):
            assert time.monotonic() < until, feed
            time.sleep(0.2)
        found: list[dict[str, Any]] = items
        return found

    def end(self, number: int) -> int:
        self.process.send_signal(number)
        return self.process.wait(60)


@pytest.fixture
def demo(tmp_path: Path) -> Any:
    folder = tmp_path / "temporary"
    folder.mkdir()
    made = Demo(folder)
    yield made
    if made.process.poll() is None:
        made.process.kill()
    made.process.wait()


@pytest.mark.slow
def test_every_feed_has_something_to_show_and_nothing_is_left(demo: Demo) -> None:
    demo.wait_for("Ctrl-C ends the demo")
    out = demo.out()
    assert out.startswith(f"The page: {demo.base}\n")
    assert demo.base + "all.atom" in out
    assert re.search(r"The digest comes at \d\d:\d\d KST\.", out)
    (released, *_), (revised, *_) = map(demo.wait_for_items, ("released", "revised"))
    assert released["id"].endswith("#released")
    assert "<ins>" in revised["content_html"]
    assert "(종합)" in revised["title"]
    assert demo.wait_for_items("deals")
    demo.wait_for("notice, ")  # of what was new, corrected or released
    count = len(demo.json("all.json")["items"])
    assert demo.wait_for_items("briefing")[0]["title"].startswith("브리핑")
    until = time.monotonic() + PATIENCE
    while len(demo.json("all.json")["items"]) <= count:
        assert time.monotonic() < until
        time.sleep(0.5)
    # Its health is well, wherever it is asked for.
    told = demo.json("healthz")
    assert (told["status"], told["reasons"]) == ("ok", [])
    with urlopen(f"{demo.base}status") as answer:
        assert "수집이 잘 되고 있습니다" in answer.read().decode()
    assert demo.json("status.json")["items"] == []
    assert re.search(r"the site (publishes|corrects|releases) ", demo.out())
    assert demo.end(signal.SIGINT) == 0
    assert "Traceback" not in demo.out()
    assert list(demo.folder.iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_told_to_stop_at_once_it_removes_what_it_made(demo: Demo, number: int) -> None:
    demo.wait_for("The page")
    assert demo.end(number) == 128 + number
    assert "The demo was interrupted" in demo.out()
    assert "Open the page" not in demo.out()
    assert "Traceback" not in demo.out()
    assert list(demo.folder.iterdir()) == []


def test_each_redesign_is_named_in_the_help_and_beside_a_wrong_name(
    capsys: pytest.CaptureFixture[str],
) -> None:
    from tests.standin import REDESIGNS

    assert execute(["demo", "-h"]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert f"Redesigns: {', '.join(REDESIGNS)}." in told
    assert execute(["demo", "--once", "--redesign", "rename"]) == 2
    said = capsys.readouterr().err
    assert f"did you mean 'renamed'? there are {', '.join(REDESIGNS)}" in said


@pytest.mark.slow
def test_the_demo_shows_a_redesign(capsys: pytest.CaptureFixture[str]) -> None:
    assert execute(["demo", "--once", "--port", "0", "--redesign", "renamed"]) == 0
    told = capsys.readouterr().out
    assert "The site changes its layout: every class has another name." in told
    assert re.search(r"Learned from 16 articles: 16 of 16 exact\. [1-3] held articles? publ", told)
    assert "Probation 20 of 60" in told
    assert "0001.yaml" in told
