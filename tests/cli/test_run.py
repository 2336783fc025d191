"""``feedsvc run`` as a process of its own, against the stand-in: signals and restarts."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from urllib.request import urlopen

import pytest

from feedsvc.archive import Archive
from feedsvc.cli.run import GRACE
from feedsvc.site import KST
from tests.poll.desk import piece
from tests.standin import Fault, StandIn

PATIENCE = 60.0


def wait_for(done: Callable[[], object], what: str) -> None:
    end = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(0.02)


@dataclass
class Desk:
    """A stand-in, a configuration for it, and the daemons that were started."""

    site: StandIn
    folder: Path
    started: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def configure(self, *sections: str, every: str = "10m", more: str = "") -> None:
        lines = [f"  - {{name: {one}, title: {one}, every: {every}}}\n" for one in sections]
        (self.folder / "config.yaml").write_text(
            f"site: {{base_url: '{self.site.base_url}'}}\n"
            f"sections:\n{''.join(lines)}"
            f"http: {{delay: 0s, timeout: 20s}}\nserver: {{port: 0}}\n{more}",
            encoding="utf-8",
        )

    def start(self, *options: str, command: str = "run") -> subprocess.Popen[bytes]:
        """A daemon whose log goes to ``log``, behind that of the one before."""
        with (self.folder / "log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-W", "error", "-m", "feedsvc", command, *options],
                env={**os.environ, "FEEDSVC_CONFIG": str(self.folder / "config.yaml")},
                stderr=log,
            )
        self.started.append(process)
        return process

    def log(self) -> str:
        return (self.folder / "log").read_text("utf-8")

    def wait_for_log(self, text: str, times: int = 1) -> None:
        wait_for(lambda: self.log().count(text) >= times, f"{text!r} in\n{self.log()}")

    def kept(self) -> list[str]:
        return sorted(path.stem for path in (self.folder / "archive").glob("articles/*/*.json"))


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    site = StandIn()
    site.boxes = False
    for number in range(166000, 166004):
        site.publish(piece(number, published_at=datetime.now(KST)))
    with site:
        made = Desk(site, tmp_path)
        made.configure("news")
        yield made
        for process in made.started:
            if process.poll() is None:
                process.kill()
            process.wait()


def end(process: subprocess.Popen[bytes], number: int = signal.SIGTERM) -> tuple[int, float]:
    """Exit code, and how many seconds it took from the signal."""
    since = time.monotonic()
    process.send_signal(number)
    code = process.wait(PATIENCE)
    return code, time.monotonic() - since


@pytest.mark.slow
def test_it_polls_and_serves_and_reads_its_configuration_again(desk: Desk) -> None:
    process = desk.start()
    desk.wait_for_log("polled news: 4 new")
    log = desk.log()
    assert log.count("polled") == 1
    assert "; next poll 20" in log
    address = log.partition("feeds at ")[2].split()[0]
    with urlopen(f"{address}all.json") as answer:
        assert len(json.load(answer)["items"]) == 4

    second = desk.start("--no-serve")
    assert second.wait(PATIENCE) == 3
    said = f"held by the feedsvc with pid {process.pid}; 'feedsvc run' is running already"
    assert f"{said}; stop it first" in desk.log()
    assert "wait until" not in desk.log()

    # A poll by hand goes between two of the daemon's.
    by_hand = subprocess.run(
        [sys.executable, "-m", "feedsvc", "--config", desk.folder / "config.yaml", "poll"],
        capture_output=True,
    )
    assert by_hand.returncode == 0

    good = (desk.folder / "config.yaml").read_text()
    (desk.folder / "config.yaml").write_text(good + "sectoins: []\n")
    process.send_signal(signal.SIGHUP)
    desk.wait_for_log("is not taken")
    assert "sectoins" in desk.log()
    assert process.poll() is None
    with urlopen(f"{address}all.json") as answer:
        assert answer.status == 200

    desk.configure("news", "more")
    process.send_signal(signal.SIGHUP)
    desk.wait_for_log("the configuration was read again: 2 sections")
    desk.wait_for_log("polled more: 0 new")
    assert "polled news, more" not in desk.log()
    address = desk.log().rpartition("feeds at ")[2].split()[0]
    with urlopen(f"{address}more.json") as answer:
        assert len(json.load(answer)["items"]) == 4

    statm = Path(f"/proc/{process.pid}/statm")
    if statm.exists():
        resident = int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        assert resident < 90_000_000
    code, seconds = end(process)
    assert code == 0
    assert seconds < GRACE
    assert "Traceback" not in desk.log()


@pytest.mark.slow
def test_told_to_stop_it_finishes_the_article_in_hand_and_a_restart_goes_on(desk: Desk) -> None:
    asked, gate = threading.Event(), threading.Event()

    def slowly() -> datetime:
        # The site asks its clock for the Date of each answer: this is where one can be held up.
        if desk.site.count("/articles/*") == 2:
            asked.set()
            gate.wait(PATIENCE)
        return datetime.now(KST)

    desk.site.now = slowly
    process = desk.start("--no-serve")
    assert asked.wait(PATIENCE)
    process.send_signal(signal.SIGINT)
    desk.wait_for_log("told to stop")
    time.sleep(0.5)
    assert process.poll() is None, "it waits for the article in hand"
    gate.set()
    assert process.wait(PATIENCE) == 0
    assert desk.kept() == ["166000", "166001"]
    assert "2 new" in desk.log()
    assert (desk.folder / "public" / "all.atom").exists()
    assert "feeds at" not in desk.log()

    process = desk.start("--no-serve")
    desk.wait_for_log("polled news", times=2)
    assert desk.kept() == ["166000", "166001", "166002", "166003"]
    assert end(process)[0] == 0
    pages = [one.target for one in desk.site.requests if one.target.startswith("/articles/")]
    assert len(pages) == len(set(pages)) == 4

    # What was polled just now is not polled again because of a restart.
    desk.site.forget_requests()
    process = desk.start("--no-serve")
    desk.wait_for_log("feedsvc 0.1.0 runs", times=3)
    time.sleep(0.5)
    assert end(process)[0] == 0
    assert desk.site.count() == 0


@pytest.mark.slow
def test_an_answer_that_never_comes_is_dropped_within_ten_seconds(desk: Desk) -> None:
    desk.site.fault(Fault.READ_TIMEOUT, "/articles/166001", times=1)
    process = desk.start()
    wait_for(lambda: desk.site.count("/articles/166001"), "the article's request")
    code, seconds = end(process)
    assert code == 0
    assert 7 < seconds < 18  # the site would answer after 20
    assert GRACE <= 9
    assert "the article in hand is dropped" in desk.log()
    assert desk.kept() == ["166000"]
    assert len((desk.folder / "archive" / "pending.jsonl").read_text().splitlines()) >= 3

    # What was found is read with the next poll, though that one was cut off.
    desk.configure("news", "more")
    process = desk.start()
    desk.wait_for_log("polled more: 3 new")
    assert end(process)[0] == 0
    assert desk.kept() == ["166000", "166001", "166002", "166003"]


@pytest.mark.slow
def test_between_polls_it_costs_no_time(desk: Desk) -> None:
    stat = Path("/proc/self/stat")
    if not stat.exists():
        pytest.skip("no /proc to read the time from")
    process = desk.start()
    desk.wait_for_log("polled news")

    def spent() -> float:
        fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    end_at = time.monotonic() + PATIENCE
    before = -1.0
    while before != (now := spent()):  # what follows a poll
        assert time.monotonic() < end_at
        before = now
        time.sleep(1)
    time.sleep(12)
    assert spent() - before <= 0.25
    assert end(process)[0] == 0


@contextmanager
def backup(archive: Path) -> Iterator[None]:
    """Hold the lock as the documented ``flock … rsync`` does."""
    archive.mkdir(exist_ok=True)
    with (archive / ".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@pytest.mark.slow
def test_a_server_says_where_it_serves_and_that_it_ended(desk: Desk) -> None:
    process = desk.start(command="serve")
    desk.wait_for_log("serves what is published at http://")
    with urlopen(f"{desk.log().rpartition(' at ')[2].strip()}healthz") as answer:
        assert answer.status == 200
    assert end(process)[0] == 0
    assert desk.log().endswith("told to stop; nothing is served any more\n")
    assert desk.log().count("\n") == 2


@pytest.mark.slow
def test_started_during_a_backup_it_serves_waits_and_goes_on(desk: Desk) -> None:
    archive = desk.folder / "archive"
    (desk.folder / "public").mkdir()
    (desk.folder / "public" / "all.json").write_text('{"items": []}')
    with backup(archive):
        process = desk.start()
        desk.wait_for_log("feeds at ")
        address = desk.log().partition("feeds at ")[2].split()[0]
        with urlopen(f"{address}all.json") as answer:
            assert answer.read() == b'{"items": []}'
        with urlopen(f"{address}healthz") as answer:
            assert json.load(answer)["status"] == "ok"
        time.sleep(1.2)
        said = "held by another program, such as a backup; what is published is served"
        assert desk.log().count(said) == 1
        assert process.poll() is None
        assert desk.site.count() == 0
    desk.wait_for_log("the archive is free; polling begins")
    desk.wait_for_log("polled news: 4 new")
    with urlopen(f"{address}healthz") as answer:
        told = json.load(answer)
    assert (told["status"], told["sections"][0]["interval"]) == ("ok", 600)
    # Held in the middle of its life, it says so once and serves on.
    with backup(archive):
        desk.configure("news", "more")
        process.send_signal(signal.SIGHUP)
        said = "held by another program, such as a backup; wait until it is done"
        desk.wait_for_log(said)
        address = desk.log().rpartition("feeds at ")[2].split()[0]
        with urlopen(f"{address}all.json") as answer:
            assert len(json.load(answer)["items"]) == 4
    assert desk.log().count(said) == 1
    assert end(process)[0] == 0
    # The next one is told to stop while it waits, in the middle of a feedsvc's work.
    held = Archive(archive)
    with held.writing(datetime.now(KST)):
        process = desk.start("--no-serve")
        desk.wait_for_log(f"held by the feedsvc with pid {os.getpid()}")
        code, seconds = end(process)
        assert (code, seconds < GRACE) == (0, True)


@pytest.mark.slow
def test_an_archive_that_cannot_be_read_ends_it_with_5(desk: Desk) -> None:
    archive = desk.folder / "archive"
    archive.mkdir()
    (archive / "FORMAT").write_text("feedsvc-archive 9\n")
    assert desk.start().wait(PATIENCE) == 5
    (archive / "FORMAT").write_text("feedsvc-archive 1\n")
    (archive / "journal").mkdir()
    (archive / "journal" / "2026-03.jsonl").write_text("no line of a journal\n")
    assert desk.start().wait(PATIENCE) == 5
    # It may be damaged while it is held, which shows when it is free.
    with backup(archive):
        process = desk.start()
        desk.wait_for_log("feeds at ")
    assert process.wait(PATIENCE) == 5
    assert "Traceback" not in desk.log()


@pytest.mark.slow
def test_what_is_wrong_at_the_start_ends_it_with_one_line(desk: Desk) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        desk.configure("news", more="")
        text = (desk.folder / "config.yaml").read_text()
        (desk.folder / "config.yaml").write_text(text.replace("port: 0", f"port: {port}"))
        assert desk.start().wait(PATIENCE) == 4
    assert "the port is in use" in desk.log()
    assert "server.port" in desk.log()
    (desk.folder / "config.yaml").write_text("sections: 5\n")
    assert desk.start().wait(PATIENCE) == 2
    assert "Traceback" not in desk.log()
    assert len(desk.log().splitlines()) == 2
    assert desk.site.count() == 0


@pytest.mark.slow
def test_the_demo_goes_on_polling(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "feedsvc", "demo", "--port", str(port)], stdout=log, stderr=log
        )

    def told() -> dict[str, str]:
        try:
            with urlopen(f"http://127.0.0.1:{port}/healthz") as answer:
                found = json.load(answer)
        except OSError:
            return {}
        assert (found["status"], found["sections"][0]["interval"]) == ("ok", 60)
        return {one["name"]: one["succeeded_at"] for one in found["sections"]}

    try:
        wait_for(told, "the demo")
        first = told()
        end_at = time.monotonic() + 240
        while any(at == first[name] for name, at in told().items()):
            assert time.monotonic() < end_at, "the demo polls no more"
            time.sleep(1)
        assert end(process, signal.SIGINT)[0] in (0, 130)
    finally:
        process.kill()
        process.wait()
    assert "Traceback" not in (tmp_path / "log").read_text()
