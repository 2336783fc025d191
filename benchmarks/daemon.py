"""What ``feedsvc run`` holds and costs: after a simulated month as after a day, and idle.

The month is the schedule's own: the daemon is asked at each heartbeat with the clock
handed in, against the stand-in in another process, over loopback.  Idle is the real
command with its server, left alone.  ``--days N`` and ``--idle SECONDS`` change the
lengths.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path

from benchmarks.measure import Spread, at_most, line, machine
from feedsvc.archive import Archive
from feedsvc.config import ArchiveConfig, Config, FeedsConfig, HttpConfig, SectionConfig, SiteConfig
from feedsvc.schedule.daemon import Daemon
from feedsvc.site import KST

START = datetime(2026, 3, 2, tzinfo=KST)
SEED = 20260302
LEAD = 7
"""Days that were lived through before the month that is measured."""
SECTIONS = (
    ("industry", "산업", "068000"),
    ("finance", "금융", "083000"),
    ("securities", "증권", "089000"),
    ("mna", "인수합병", "080000"),
    ("alternative", "대체투자·PEF·VC", "075000"),
)


def _site(days: int, pipe: Connection) -> None:
    """The stand-in and its newsroom; told the time, it publishes what is due."""
    from tests.simulation.newsroom import Newsroom
    from tests.standin import StandIn

    now = [START]
    with StandIn(now=lambda: now[0]) as site:
        newsroom = Newsroom(site, START, days, SEED)
        pipe.send(site.base_url)
        while (told := pipe.recv()) is not None:
            now[0] = told
            newsroom.until(told)
            site.forget_requests()
            pipe.send(len(newsroom.states))


def resident(pid: int | None = None) -> float:
    """Megabytes that a process holds in memory now."""
    status = Path(f"/proc/{pid or os.getpid()}/status").read_text()
    kilobytes = next(row.split()[1] for row in status.splitlines() if row.startswith("VmRSS"))
    return int(kilobytes) / 1000


def _live(config: Config, began: datetime, until: datetime, site: Connection) -> tuple[float, int]:
    """Run the daemon from one simulated time to another.  Gives the megabytes held
    after the first day, and the number of polls."""
    now = [began]

    def pause(seconds: float) -> bool:
        now[0] += timedelta(seconds=seconds)
        return False

    daemon = Daemon(
        config,
        Archive(config.archive.path),
        clock=lambda: now[0],
        steady=lambda: (now[0] - began).total_seconds(),
        pause=pause,
    )
    after_a_day, polls = 0.0, 0
    while now[0] < until:
        site.send(now[0])
        site.recv()
        polls += daemon.heartbeat() is not None
        now[0] = max(now[0] + timedelta(seconds=10), daemon.next_poll() or now[0])
        if not after_a_day and now[0] >= began + timedelta(days=1):
            gc.collect()
            after_a_day = resident()
    gc.collect()
    return after_a_day, polls


def month(days: int, folder: Path) -> tuple[float, float, int, int]:
    """Megabytes after a day and after ``days``, articles kept, polls made."""
    apart = multiprocessing.get_context("spawn")
    ours, theirs = multiprocessing.Pipe()
    site = apart.Process(target=_site, args=(LEAD + days, theirs))
    site.start()
    config = Config(
        site=SiteConfig(base_url=ours.recv()),
        sections=tuple(
            # Not so often, so that a month takes minutes; what is read is the same.
            SectionConfig(name=name, title=title, code=code, every=timedelta(hours=2))
            for name, title, code in SECTIONS
        ),
        http=HttpConfig(),
        archive=ArchiveConfig(path=folder / "archive"),
        feeds=FeedsConfig(path=folder / "public"),
    )
    # Another process fills the feeds first: full ones take more memory to build than
    # those of the very first day, whatever the daemon keeps.
    begin = START + timedelta(days=LEAD)
    before = apart.Process(target=_live, args=(config, START, begin, ours))
    before.start()
    before.join()
    after_a_day, polls = _live(config, begin, begin + timedelta(days=days), ours)
    after_all = resident()
    ours.send(None)
    site.join()
    return after_a_day, after_all, len(Archive(config.archive.path)), polls


@contextlib.contextmanager
def _running(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The real command, polling a stand-in every ten minutes, its server on."""
    from tests.standin import StandIn

    with StandIn.demo() as site:
        sections = "".join(
            f"  - {{name: {name}, title: {title}, code: '{code}'}}\n"
            for name, title, code in SECTIONS
        )
        (folder / "config.yaml").write_text(
            f"site: {{base_url: '{site.base_url}'}}\nsections:\n{sections}"
            "http: {delay: 0s}\nserver: {port: 0}\n",
            encoding="utf-8",
        )
        command = [sys.executable, "-m", "feedsvc", "--config", str(folder / "config.yaml"), "run"]
        with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
            try:
                yield process
            finally:
                process.send_signal(signal.SIGTERM)
                process.wait(timeout=15)


def _cpu(pid: int) -> float:
    """Seconds of processor time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def idle(seconds: float, folder: Path) -> tuple[float, float]:
    """Megabytes held by ``run`` after its first poll, and processor time in percent."""
    with _running(folder) as process:
        feed = folder / "public" / "feeds.opml"
        deadline = time.monotonic() + 60
        while not feed.exists() and time.monotonic() < deadline:
            time.sleep(0.1)
        time.sleep(3)
        before = _cpu(process.pid)
        time.sleep(seconds)
        return resident(process.pid), 100 * (_cpu(process.pid) - before) / seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=31)
    parser.add_argument("--idle", type=float, default=20.0)
    asked = parser.parse_args()
    machine()
    with tempfile.TemporaryDirectory() as name:
        megabytes, percent = idle(asked.idle, Path(name))
    line("run, idle, server on: memory", Spread.of([megabytes]), "MB", at_most(90, "MB"))
    line("run, idle, server on: processor", Spread.of([percent]), "%", at_most(0.5, "%"))
    with tempfile.TemporaryDirectory() as name:
        day, whole, kept, polls = month(asked.days, Path(name))
    print(f"simulated: {asked.days} days, {kept} articles, {polls} polls")
    line("memory after a day", Spread.of([day]), "MB")
    line(f"memory after {asked.days} days", Spread.of([whole]), "MB")
    line("ratio", Spread.of([whole / day]), "", at_most(1.05))


if __name__ == "__main__":
    main()
