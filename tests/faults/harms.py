"""Harm done to a file of the archive from outside, and a service to do it to."""

from __future__ import annotations

import logging
import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import FrameType

import pytest

from feedsvc.archive import Archive, KeptLayout, LayoutState
from feedsvc.cli import execute
from feedsvc.config import load
from feedsvc.model import Json, PollOutcome
from feedsvc.schedule.daemon import Daemon
from tests.poll.desk import NOW, SECTIONS, Desk, piece
from tests.poll.test_images import illustrated
from tests.standin import Fault, StandIn

FILES = ("raw", "journal", "record", "pending", "image", "layout", "state")
DESK = ("notices", "digest", "since")
"""Files of an archive that tells, and makes digests."""
HARMS = ("missing", "shorter", "longer", "emptied", "older", "other", "folder", "fifo")
COMMANDS = ("poll", "run", "verify", "reparse", "export")
KEPT = (101, 102, 103)
NEW = 110
"""An article that the site publishes after the harm."""


@dataclass
class Service:
    """A polled archive with images, 101 revised since ``before`` was copied; 109 waits."""

    folder: Path
    site: StandIn

    @property
    def archive(self) -> Path:
        return self.folder / "archive"

    def file(self, what: str) -> Path:
        """The file of that kind that harm is done to."""
        return (
            self.archive
            / {
                "raw": "raw/2026-03.warc.gz",
                "journal": "journal/2026-03.jsonl",
                "record": "articles/0000/101.json",
                "pending": "pending.jsonl",
                "layout": "layouts/0001.yaml",
                "image": next(
                    path.relative_to(self.archive).as_posix()
                    for path in sorted((self.archive / "images").rglob("*.jpg"))
                ),
                "state": ".state/state.sqlite",
                "notices": "notices.jsonl",
                "digest": "digests/morning/2026-03-11T0800.json",
                "since": "digests/morning/since",
            }[what]
        )

    def desk(self) -> Desk:
        return Desk(self.site, self.folder, NOW, sections=SECTIONS[:1], images=True)

    def call(self, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
        """Exit code, standard output and standard error of the real command line."""
        code = execute([*words, "--config", str(self.folder / "config.yaml")])
        told = capsys.readouterr()
        return code, told.out, told.err

    def daemon(self) -> Daemon:
        archive = Archive(self.archive)
        config = load(self.folder / "config.yaml")
        return Daemon(config, archive, clock=lambda: self.site.now(), steady=lambda: self.real)

    real: float = 1000.0

    def later(self, **spell: float) -> None:
        now, span = self.site.now(), timedelta(**spell)
        self.site.now = lambda: now + span
        self.real += span.total_seconds()


def make(folder: Path, site: StandIn) -> Service:
    """The service, and ``before``: its archive as it was before the last poll."""
    site.now = lambda: NOW
    made = Service(folder, site)
    for number in KEPT:
        site.publish(illustrated(number, f"{number}.jpg", hours=30 - number / 10))
    desk = made.desk()
    desk.poll()
    keep_layout(desk)
    shutil.copytree(made.archive, folder / "before")
    desk.later(hours=1)
    body = illustrated(101, "101.jpg", text="연기").body
    site.edit(101, title="고친 제목", body=body)
    site.publish(piece(109, hours=1))
    site.fault(Fault.SERVER_ERROR, "/articles/109*")
    keep_layout(desk)
    desk.poll()  # the journal ends with what it kept
    at = desk.now
    site.now = lambda: at
    (folder / "config.yaml").write_text(
        f"site: {{base_url: '{site.base_url}'}}\n"
        "sections:\n  - {name: industry, title: 산업, code: '068000'}\n"
        "http: {delay: 0s, timeout: 20s, retries: 0}\narchive: {images: true}\n",
        encoding="utf-8",
    )
    return made


TOLD = 104
"""The article that was told, and stands in the digest."""

_DESK = """\
feeds: {digests: [{name: morning, title: 아침, feeds: [all], at: "08:00"}]}
notify: [{feed: all, run: [tee, -a, told.jsonl]}]
"""


def make_desk(kept: Service, folder: Path) -> Service:
    """The same with a digest and a notice, whose program writes down what it is told, a day
    later; ``before`` is its archive as it was when both had begun."""
    made = Service(shutil.copytree(kept.folder, folder, dirs_exist_ok=True), kept.site)
    with (folder / "config.yaml").open("a", encoding="utf-8") as stream:
        stream.write(_DESK)
    poll = ["poll", "--config", str(folder / "config.yaml")]
    execute(poll)
    shutil.rmtree(folder / "before")
    shutil.copytree(made.archive, folder / "before")
    made.site.publish(illustrated(TOLD, "104.jpg", hours=0))
    made.later(hours=1)
    execute(poll)
    made.later(hours=14)
    execute(poll)
    assert f'"id": {TOLD}' in (folder / "told.jsonl").read_text("utf-8")
    assert made.file("digest").is_file()
    return made


def keep_layout(desk: Desk) -> None:
    """A learned layout that fits no page of the site, as it stands now."""
    archive = desk.archive()
    with archive.writing(desk.now):
        values: dict[str, Json] = {"parts": {"title": [".none"]}}
        archive.learned.keep(
            KeptLayout(1, LayoutState.SUSPENDED, desk.now, NOW, values, {}, taken_back_at=NOW),
            desk.now,
        )
    archive.close()


def harm(service: Service, what: str, how: str) -> None:
    """Do it; nothing else is touched."""
    path = service.file(what)
    data = path.read_bytes()
    if how == "shorter":
        path.write_bytes(data[:-30])
    elif how == "longer":
        path.write_bytes(data + b"something else")
    elif how == "emptied":
        path.write_bytes(b"")
    elif how == "older":
        older = service.folder / "before" / path.relative_to(service.archive)
        if what == "image":  # it never changes: another one
            older = next(one for one in path.parent.parent.rglob("*.jpg") if one != path)
        path.write_bytes(older.read_bytes() if older.exists() else b"")
    elif how == "other":
        path.write_bytes(b"something else\n" * 40)
    else:
        path.unlink()
        if how == "folder":
            path.mkdir()
            (path / "inside").write_text("x")
        elif how == "fifo":
            os.mkfifo(path)


@contextmanager
def no_longer_than(seconds: int) -> Iterator[None]:
    """What hangs inside fails."""

    def ring(number: int, frame: FrameType | None) -> None:
        raise TimeoutError(f"it hung for {seconds} seconds")

    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


class Heard(logging.Handler):
    """What the program logs as a warning or worse."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


@contextmanager
def heard() -> Iterator[list[str]]:
    handler = Heard()
    logger = logging.getLogger("feedsvc")
    logger.addHandler(handler)
    try:
        yield handler.lines
    finally:
        logger.removeHandler(handler)


def beat(daemon: Daemon, times: int, service: Service) -> list[PollOutcome | None]:
    """So many heartbeats, each when the next poll is due."""
    outcomes = []
    for _ in range(times):
        service.later(minutes=31)
        outcomes.append(daemon.heartbeat())
    return outcomes
