"""Standard input, output and error closed, full or read by nobody: each command does its
work and ends with the code that it has otherwise."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from feedsvc.cli import ARCHIVE_COMMANDS, COMMANDS
from tests.poll.desk import piece
from tests.standin import StandIn

FULL = Path("/dev/full")
pytestmark = pytest.mark.skipif(not FULL.exists(), reason="needs /dev/full")

NO_ROOM = "feedsvc: standard output could not be written: No space left on device\n"

ARGUMENTS = {
    "refresh": ("101",),
    "inspect": ("{site}/articles/101",),
    "demo": ("--once", "--port", "0"),
    "backfill": ("--max", "1"),
    "archive show": ("101",),
    "archive search": ("공장",),
    "archive export": ("--format", "csv", "--to", "{folder}/table.csv"),
}
STAY = ("run", "serve")
"""They end when they are told to."""

ALL = [name for name in COMMANDS if name not in ("archive", *STAY)] + [
    f"archive {name}" for name in ARCHIVE_COMMANDS
]


@dataclass
class Shell:
    """Runs the program as a shell would, redirections included."""

    site: StandIn
    folder: Path

    def start(
        self, name: str, how: str = "", *, stdout: int = subprocess.PIPE
    ) -> subprocess.Popen[str]:
        (self.folder / "table.csv").unlink(missing_ok=True)
        more = [one.format(site=self.site.base_url, folder=self.folder) for one in
                ARGUMENTS.get(name, ())]  # fmt: skip
        return subprocess.Popen(
            ["sh", "-c", f'exec "$0" -m feedsvc "$@" {how}', sys.executable, *name.split(), *more],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(Path.cwd())},
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=subprocess.PIPE,
            text=True,
        )

    def __call__(self, name: str, how: str = "") -> tuple[int, str, str]:
        with self.start(name, how) as process:
            out, err = process.communicate(timeout=180)
        return process.returncode, out, err

    def unread(self, name: str) -> tuple[int, str]:
        """With standard output a pipe whose reader has gone: code and standard error."""
        reader, writer = os.pipe()
        os.close(reader)
        with self.start(name, stdout=writer) as process:
            os.close(writer)
            _, err = process.communicate(timeout=180)
        return process.returncode, err

    def kept(self) -> list[str]:
        return sorted(path.stem for path in (self.folder / "archive/articles").rglob("*.json"))


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    with StandIn() as site:
        site.publish(piece(101))
        (tmp_path / "config.yaml").write_text(
            f"site: {{base_url: '{site.base_url}'}}\n"
            "sections: [{name: industry, title: 산업, code: '068000'}]\n"
            "http: {delay: 0s, timeout: 20s, retries: 0}\n"
            "server: {port: 0}\n",
            "utf-8",
        )
        yield Shell(site, tmp_path)


@pytest.mark.slow
def test_a_poll_with_standard_error_closed_keeps_its_article(shell: Shell) -> None:
    code, out, _ = shell("poll", "2>&-")
    assert code == 0
    assert "1 article" in out
    assert shell.kept() == ["101"]


@pytest.mark.slow
def test_a_poll_with_nothing_open_keeps_its_article(shell: Shell) -> None:
    assert shell("poll", "<&- >&- 2>&-")[0] == 0
    assert shell.kept() == ["101"]


@pytest.mark.slow
def test_a_poll_whose_result_finds_no_room_says_so_and_keeps_its_article(shell: Shell) -> None:
    assert shell("poll", "> /dev/full") == (1, "", NO_ROOM)
    assert shell.kept() == ["101"]


@pytest.mark.slow
def test_no_log_is_written_into_a_file_that_took_the_place_of_standard_error(
    shell: Shell,
) -> None:
    code, _, _ = shell("--log-level debug poll", "<&- 2>&-")
    assert code == 0
    assert shell("archive verify")[:1] == (0,)
    for path in (shell.folder / "archive").rglob("*"):
        assert path.is_dir() or b"debug" not in path.read_bytes()


@pytest.mark.slow
@pytest.mark.parametrize("name", ALL)
def test_every_command_with_its_streams_in_every_state(shell: Shell, name: str) -> None:
    shell("poll")
    right, out, err = shell(name)
    for how in ("2>&-", ">&-", "<&-", "<&- >&- 2>&-", "2>/dev/full"):
        code, printed, said = shell(name, how)
        assert code == right, (how, printed, said)
        assert "Traceback" not in printed + said
    code, printed, said = shell(name, ">/dev/full")
    assert (code, printed) == (right or 1, "")
    assert said.endswith(NO_ROOM) if out else said == err
    assert shell.unread(name) == (right, err)


@pytest.mark.slow
@pytest.mark.parametrize("name", STAY)
@pytest.mark.parametrize("how", ["2>&-", ">&-", "<&- >&- 2>&-", ">/dev/full 2>/dev/full"])
def test_the_daemon_and_the_server_stay(shell: Shell, name: str, how: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        place = free.getsockname()
    config = shell.folder / "config.yaml"
    config.write_text(config.read_text("utf-8").replace("port: 0", f"port: {place[1]}"), "utf-8")

    def works() -> bool:
        with socket.socket() as asking:
            answers = asking.connect_ex(place) == 0
        return answers and (name == "serve" or shell.kept() == ["101"])

    with shell.start(name, how) as process:
        until = time.monotonic() + 60
        while not works() and time.monotonic() < until:
            time.sleep(0.2)
        time.sleep(0.5)
        assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=180)
    assert process.returncode == 0
    assert name == "serve" or shell.kept() == ["101"]
