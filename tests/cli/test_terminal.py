"""What a person sees at a terminal: lists that fit it, and completion."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from feedsvc.demo import Fault
from feedsvc.site import KST
from tests.cli.test_commands import Desk, feedsvc
from tests.cycle.desk import piece

__all__ = ["feedsvc"]


def at_a_terminal(columns: int, folder: Path, *arguments: str) -> str:
    """What the program prints to a terminal of that width."""
    own, its = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "feedsvc", *arguments],
        cwd=folder,
        env={**os.environ, "COLUMNS": str(columns), "PYTHONPATH": str(Path.cwd()), "TERM": "xterm"},
        stdin=its,
        stdout=its,
        stderr=its,
    ):
        os.close(its)
        printed = b""
        while True:
            try:
                some = os.read(own, 65_536)
            except OSError:  # Linux: the other end is closed
                break
            if not some:
                break
            printed += some
    os.close(own)
    return printed.decode()


def widths(printed: str) -> list[int]:
    from rich.cells import cell_len
    from rich.text import Text

    return [cell_len(Text.from_ansi(line).plain) for line in printed.splitlines()]


@pytest.mark.slow
@pytest.mark.parametrize("columns", [60, 80, 132])
def test_lists_fit_the_terminal(feedsvc: Desk, columns: int) -> None:
    for number in range(101, 104):
        feedsvc.site.publish(piece(number, title=f"{number}호 공장을 세우는 한빛전자의 사정 " * 8))
    feedsvc("poll")
    for words in ("ls", "search 공장", "gaps", "stats"):
        printed = at_a_terminal(columns, feedsvc.folder, "archive", *words.split())
        assert max(widths(printed)) <= columns, words
        assert len(printed.splitlines()) >= 4
    assert "…" in at_a_terminal(columns, feedsvc.folder, "archive", "ls")


@pytest.mark.slow
def test_a_trouble_is_said_once(feedsvc: Desk) -> None:
    feedsvc.site.fault(Fault.SERVER_ERROR, "/categories/068000*")
    printed = at_a_terminal(300, feedsvc.folder, "poll")
    assert printed.count("the site answered 500") == 1
    assert "failed, see above" in printed
    printed = at_a_terminal(300, feedsvc.folder, "poll", "--log-level", "error")
    assert printed.count("the site answered 500") == 1
    _, out, err = feedsvc("poll")
    assert out.count("the site answered 500") == err.count("the site answered 500") == 1


def test_the_times_of_a_log_line_are_in_one_zone(
    feedsvc: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    try:
        feedsvc.site.stop()
        before = datetime.now(KST).replace(microsecond=0)
        _, _, err = feedsvc("poll")
        _, _, told = feedsvc("poll", "--log-format", "json")
    finally:
        monkeypatch.undo()
        time.tzset()
    line = next(line for line in err.splitlines() if "it is asked again after" in line)
    at = datetime.strptime(line[:19], "%Y-%m-%d %H:%M:%S").replace(tzinfo=KST)
    assert timedelta(0) <= at - before < timedelta(seconds=30)
    hour, minute, second = map(int, line.rpartition("after ")[2][:8].split(":"))
    wait = at.replace(hour=hour, minute=minute, second=second) - at
    assert timedelta(0) <= wait % timedelta(days=1) <= timedelta(minutes=10)
    assert json.loads(told.splitlines()[0])["at"].endswith("+09:00")


def test_a_list_that_is_piped_is_whole(feedsvc: Desk) -> None:
    title = "한빛전자의 사정 " * 30
    feedsvc.site.publish(piece(101, title=title))
    feedsvc("poll")
    assert title.strip() in feedsvc("archive", "ls")[1]


def test_stats_begin_with_their_first_line(feedsvc: Desk) -> None:
    feedsvc.site.publish(piece(101))
    feedsvc("poll")
    assert feedsvc("archive", "stats")[1].splitlines()[0].split() == ["articles", "1"]


@pytest.mark.one_stands_for_all
@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("feedsvc arch", ["archive"]),
        ("feedsvc archive s", ["show", "search", "stats"]),
        ("feedsvc archive ls --st", ["--status"]),
        ("feedsvc poll --log-f", ["--log-format"]),
    ],
)
def test_the_shell_completes(typed: str, offered: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from feedsvc.__main__ import main; main()"],
        env={
            **os.environ,
            "_FEEDSVC_COMPLETE": "bash_complete",
            "COMP_WORDS": typed,
            "COMP_CWORD": str(len(typed.split()) - 1),
        },
        capture_output=True,
        text=True,
    )
    assert [line.removeprefix("plain,") for line in done.stdout.splitlines()] == offered
