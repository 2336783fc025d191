"""The exit codes of the contract (section 2), each from a process of its own: one line
that says what failed, where and what to do, wherever the options stand."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from feedsvc.site import KST
from tests.poll.desk import piece
from tests.standin import Fault, StandIn

pytestmark = pytest.mark.slow

SECRET, TOKEN = "session=5ecret", "t0ken-of-a-reader"


class Shell:
    """Runs the program in a folder whose ``config.yaml`` names the stand-in."""

    def __init__(self, site: StandIn, folder: Path) -> None:
        self.site, self.folder = site, folder
        self.config = folder / "config.yaml"
        self.config.write_text(
            f"site: {{base_url: '{site.base_url}'}}\n"
            "sections:\n"
            '  - {name: industry, title: 산업, code: "068000"}\n'
            '  - {name: mna, title: 인수합병, code: "080000"}\n'
            "http: {delay: 0s, timeout: 20s, retries: 0, cookie: '${COOKIE}'}\n"
            "server: {port: 0, tokens: ['${READER}']}\n",
            encoding="utf-8",
        )

    def __call__(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "feedsvc", *words],
            env={"PATH": "/usr/bin:/bin", "COOKIE": SECRET, "READER": TOKEN},
            capture_output=True,
            text=True,
            timeout=180,
        )

    def fails(self, code: int, *words: str) -> str:
        """The one line that such a run prints."""
        done = self(*words)
        assert done.returncode == code, done.stderr
        (line,) = done.stderr.splitlines()
        assert "; " in line, "what to do"
        return line


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    with StandIn() as site:
        site.boxes = False
        for number, code in ((101, "068000"), (102, "068000"), (103, "080000")):
            site.publish(piece(number, published_at=datetime.now(KST), sections=(code,)))
        yield Shell(site, tmp_path)


def test_each_exit_code_and_its_line(shell: Shell) -> None:
    config = ("--config", str(shell.config))
    done = shell("poll", *config)
    assert (done.returncode, done.stderr) == (0, "")
    assert shell("poll", *config).returncode == 0, "nothing new is done too"

    shell.site.publish(piece(104, published_at=datetime.now(KST), sections=("068000",)))
    shell.site.fault(Fault.SERVER_ERROR, "/articles/104*")
    assert "article 104: " in shell.fails(1, *config, "poll")
    shell.site.clear_faults()

    bad = shell.folder / "bad.yaml"
    bad.write_text(shell.config.read_text("utf-8").replace("delay", "dealy"), "utf-8")
    assert "bad.yaml:5" in shell.fails(2, "--config", str(bad), "poll")
    assert shell(*config, "pol").returncode == 2
    assert shell(*config, "poll", "--section", "nowhere").returncode == 2

    # A daemon that waits in the middle of a poll.
    shell.site.fault(Fault.READ_TIMEOUT, "/categories*", times=1)
    holder = subprocess.Popen(
        [sys.executable, "-m", "feedsvc", *config, "poll"],
        env={"COOKIE": SECRET, "READER": TOKEN},
        stderr=subprocess.PIPE,
    )
    while not shell.site.requests or not (shell.folder / "archive/.lock").read_text().startswith(
        f"{holder.pid}\n"
    ):
        assert holder.poll() is None
        time.sleep(0.02)
    assert f"pid {holder.pid}" in shell.fails(3, *config, "poll")
    holder.kill()
    holder.communicate()
    assert shell(*config, "poll").returncode == 0, "a dead process's lock is taken over"

    shell.site.robots = "User-agent: *\nDisallow: /"
    state = shell.folder / "archive/.state"
    for path in state.iterdir():
        path.unlink()
    done = shell(*config, "poll")
    assert done.returncode == 4
    assert "robots.txt forbids" in done.stderr
    assert all("; " in line for line in done.stderr.splitlines())

    (shell.folder / "archive/FORMAT").write_text("feedsvc-archive 99\n")
    assert "FORMAT" in shell.fails(5, *config, "poll")


def test_options_before_and_after_the_name_and_a_log_without_secrets(shell: Shell) -> None:
    shell.site.fault(Fault.LOGIN_REDIRECT, "/articles/102*")
    told = ("--log-level", "debug", "--log-format", "json", "--config", str(shell.config))
    for words in ((*told, "poll"), ("poll", *told)):
        done = shell(*words)
        assert done.returncode == 1
        lines = [json.loads(line) for line in done.stderr.splitlines()]
        assert lines
        assert all({"at", "level", "logger", "message"} <= set(line) for line in lines)
        for secret in (SECRET, "5ecret", TOKEN):
            assert secret not in done.stderr + done.stdout
    sent = [value for one in shell.site.requests for key, value in one.headers if key == "Cookie"]
    assert SECRET in sent, "it was in use"
    for path in shell.folder.rglob("*"):
        if path.is_file() and path != shell.config:
            assert b"5ecret" not in path.read_bytes(), path
