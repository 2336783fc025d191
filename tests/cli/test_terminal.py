"""What a person sees at a terminal: lists that fit it, and completion."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

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
        stderr=subprocess.DEVNULL,
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


def test_a_list_that_is_piped_is_whole(feedsvc: Desk) -> None:
    title = "한빛전자의 사정 " * 30
    feedsvc.site.publish(piece(101, title=title))
    feedsvc("poll")
    assert title.strip() in feedsvc("archive", "ls")[1]


def test_stats_begin_with_their_first_line(feedsvc: Desk) -> None:
    feedsvc.site.publish(piece(101))
    feedsvc("poll")
    assert feedsvc("archive", "stats")[1].splitlines()[0].split() == ["articles", "1"]


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
