"""What a person sees at a terminal: lists that fit it, and completion."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from feedsvc.archive.lock import held
from feedsvc.cli import execute
from feedsvc.model import Status
from feedsvc.site import KST
from tests.cli.test_commands import Desk, feedsvc
from tests.poll.desk import piece
from tests.standin import Fault

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
    archive = [f"archive {name}" for name in ("ls", "search 공장", "gaps", "stats")]
    for words in (*archive, "status", "check --online", "poll"):
        printed = at_a_terminal(columns, feedsvc.folder, *words.split())
        # The path of the archive is printed whole.
        lines = "\n".join(line for line in printed.splitlines() if "archive: " not in line)
        assert max(widths(lines)) <= max(columns, 80 * (words not in archive)), words
        assert len(printed.splitlines()) >= 4
    assert "…" in at_a_terminal(columns, feedsvc.folder, "archive", "ls")


@pytest.mark.slow
def test_a_section_is_a_line_of_status_whatever_came_of_its_polls(feedsvc: Desk) -> None:
    config = (feedsvc.folder / "config.yaml").read_text("utf-8")
    assert "industry" in config
    (feedsvc.folder / "config.yaml").write_text(config.replace("industry", "alternative"), "utf-8")
    feedsvc.site.publish(piece(101))
    with held(feedsvc.folder / "archive" / ".state" / "run.lock", 0):
        for outcome in ("ok", "unchanged", "failed", "failed"):
            if outcome == "failed":
                feedsvc.site.fault(Fault.SERVER_ERROR, "/categories/068000*")
            feedsvc("poll")
            lines = at_a_terminal(80, feedsvc.folder, "status").splitlines()
            (row,) = (line for line in lines if "alternative" in line[:12])
            assert row.rstrip().endswith(outcome)
            assert lines[lines.index(row) + 1][:1].strip()  # nothing of it in a second line
            assert ("the site answered 500" in "".join(lines)) == (outcome == "failed")


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


def test_a_list_that_is_piped_is_whole_and_stats_name_the_sections_that_the_site_has(
    feedsvc: Desk,
) -> None:
    title = "한빛전자의 사정 " * 30
    feedsvc.site.publish(piece(101, title=title, sections=("068000", "080000")))
    feedsvc("poll")
    assert title.strip() in feedsvc("archive", "ls")[1]
    out = feedsvc("archive", "stats")[1]
    assert out.splitlines()[0].split() == ["articles", "1"]
    assert re.search(r"^section +산업 +1$", out, re.MULTILINE)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("pol", "no such command 'pol'; did you mean 'poll'?"),
        ("archive serch", "no such command 'serch'; did you mean 'search'?"),
        ("exprot", "no such command 'exprot'; did you mean 'feedsvc archive export'?"),
        ("gaps", "no such command 'gaps'; did you mean 'feedsvc archive gaps'?"),
        ("archive pol", "no such command 'pol'; did you mean 'feedsvc poll'?"),
        ("archive poll", "no such command 'poll'; did you mean 'feedsvc poll'?"),
        ("poll --sectoin x", "no such option '--sectoin'; did you mean '--section'?"),
        ("archive ls --statuss open", "no such option '--statuss'; did you mean '--status'?"),
        ("--confg x poll", "no such option '--confg'; did you mean '--config'?"),
        ("xyzzy", "no such command 'xyzzy'; 'feedsvc --help' says what it takes"),
        ("poll --xyzzy", "no such option '--xyzzy'; 'feedsvc poll --help' says what it takes"),
    ],
)
def test_what_is_mistyped_has_a_suggestion_at_every_level(
    typed: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert execute(typed.split()) == 2
    err = capsys.readouterr().err
    assert err.startswith(f"feedsvc: {said}")
    assert len(err.splitlines()) == 1


@pytest.mark.slow
def test_a_listing_has_a_line_a_row(feedsvc: Desk) -> None:
    feedsvc.site.boxes = True
    for number in range(101, 104):
        title = f"{number}호 공장을 세우는 한빛전자의 사정 " * 8
        status = Status.SOON_FREE if number == 103 else Status.OPEN
        feedsvc.site.publish(piece(number, title=title, status=status))
    address = f"{feedsvc.site.base_url}/categories/068000"
    printed = at_a_terminal(80, feedsvc.folder, "inspect", "--listing", address)
    assert max(widths(printed)) <= 80
    lines = printed.splitlines()
    assert re.match(r"101 +\d{4}-\d\d-\d\d \d\d:\d\d +068000 +김하나 +101호 공장.*…", lines[3])
    assert any(re.match(r"103 +soon-free +103호 공장.*…", line) for line in lines)


@pytest.mark.slow
def test_the_bar_of_a_first_poll_says_what_stands_in_the_feeds(feedsvc: Desk) -> None:
    for number in range(101, 116):
        feedsvc.site.publish(piece(number))
    printed = at_a_terminal(80, feedsvc.folder, "poll")
    assert "reading the section pages" in printed
    assert re.search(r"articles read, 10 in the feeds", printed)
    printed = at_a_terminal(80, feedsvc.folder, "poll")
    assert "articles read" not in printed
    assert "nothing new, 2 requests, 0 files published" in printed
    printed = at_a_terminal(80, feedsvc.folder, "poll", "--section", "industry")
    assert "nothing new, 1 request, 0 files published" in printed


def test_a_poll_of_one_section_ends_that_section_s_trouble(feedsvc: Desk) -> None:
    feedsvc.site.publish(piece(101))
    feedsvc("poll")
    for _ in range(2):
        feedsvc.site.fault(Fault.RENAMED, "/categories/*")
        feedsvc("poll")
    assert feedsvc.json("status")["status"] == "degraded"
    feedsvc.site.clear_faults()
    feedsvc.site.fault(Fault.RENAMED, "/categories/083000*")
    assert feedsvc("poll", "--section", "industry")[0] == 0
    told = feedsvc.json("status")
    # Too few articles are kept to learn anything of the pages of finance from.
    reasons = [one for one in told["reasons"] if one["kind"] != "draft"]
    assert [one["section"] for one in reasons] == ["finance"]
    feedsvc.site.clear_faults()
    assert feedsvc("poll", "--section", "finance")[0] == 0
    assert feedsvc.json("status")["reasons"] == []


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
