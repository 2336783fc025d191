"""``feedsvc poll`` told to stop, or killed, while it reads many articles."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.test_commands import Desk, feedsvc
from tests.poll.desk import piece

__all__ = ["feedsvc"]

pytestmark = pytest.mark.slow
PATIENCE = 120.0


def wait_for(done: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < until
        time.sleep(0.02)


def shown(folder: Path) -> list[str]:
    path = folder / "public" / "all.json"
    return [one["id"] for one in json.loads(path.read_bytes())["items"]] if path.exists() else []


def started(desk: Desk) -> subprocess.Popen[str]:
    for number in range(101, 131):
        desk.site.publish(piece(number, sections=("068000",) if number % 2 else ("083000",)))
    text = (desk.folder / "config.yaml").read_text("utf-8")
    (desk.folder / "config.yaml").write_text(text.replace("delay: 0s", "delay: 1s"), "utf-8")
    return subprocess.Popen(
        [sys.executable, "-m", "feedsvc", "poll"],
        cwd=desk.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_what_was_read_is_published_and_the_next_poll_reads_the_rest(
    feedsvc: Desk, number: signal.Signals
) -> None:
    with started(feedsvc) as process:
        wait_for(lambda: len(shown(feedsvc.folder)) >= 10)
        wait_for(lambda: feedsvc.site.count("/articles/*") >= 13)
        process.send_signal(number)
        out, err = process.communicate(timeout=PATIENCE)
    held = shown(feedsvc.folder)
    if number is signal.SIGKILL:
        assert process.returncode == -number
        assert len(held) >= 10
    else:
        assert process.returncode == 128 + number
        assert re.search(r"^\d+ articles, \d+ requests", out, re.MULTILINE)
        told = re.search(r"stopped: (\d+) articles found and not read", err)
        assert told is not None
        assert len(held) == 30 - int(told[1]) < 30
    feedsvc.configure()
    assert feedsvc("poll")[0] == 0
    ids = shown(feedsvc.folder)
    assert len(ids) == len(set(ids)) == 30
    assert [one for one in ids if one in held] == held
    assert feedsvc("archive", "verify")[0] == 0
