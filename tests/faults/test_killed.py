"""SIGKILL at random moments of real polls: new articles, edits and images, 300 times."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import time
from collections.abc import Iterator
from datetime import timedelta
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path

import pytest

from feedsvc.archive import Archive
from feedsvc.archive.verify import Verdict
from feedsvc.config import Config
from feedsvc.model import Status
from feedsvc.poll.repair import mend
from feedsvc.site import guid
from tests.archive.audit import audit
from tests.faults import victim
from tests.poll.desk import NOW, Desk
from tests.poll.test_images import illustrated
from tests.standin import StandIn

ROUNDS = 300
WHOLE = 10
"""Every so many rounds the poll is let through, and must have brought all of it."""

pytestmark = pytest.mark.slow


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    site = StandIn()
    site.boxes = False
    with site:
        made = Desk(site, tmp_path, NOW, images=True)
        site.now = made.clock
        yield made


@pytest.fixture(scope="module")
def server() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["__main__", "tests.faults.victim"])
    return context


class Killer:
    """Rounds of one service, and what it has told of so far."""

    def __init__(self, desk: Desk, server: ForkServerContext) -> None:
        self._desk = desk
        self._server = server
        self._rng = random.Random(20260310)
        self._number = 100
        self._span = 0.3
        self._head: str | None = None
        self._kept: set[int] = set()
        self.entries: set[str] = set()
        self.amid = 0
        """Rounds that ended before the first poll did."""
        self.unfinished = 0
        """Rounds that left something for the next writer to complete."""

    def stir(self) -> None:
        """What happens on the site before a round."""
        site, rng = self._desk.site, self._rng
        hours = (NOW - self._desk.now) / timedelta(hours=1)
        for _ in range(rng.randint(1, 2)):
            self._number += 1
            images = (f"{self._number}.jpg", f"shared{rng.randint(1, 5)}.png")
            status = Status.SOON_FREE if rng.random() < 0.2 else Status.OPEN
            site.publish(illustrated(self._number, *images, hours=hours, status=status))
        recent = site.articles[1:12]
        if recent and rng.random() < 0.7:
            one = rng.choice(recent)
            if one.status.locked:
                site.release(one.id)
            again = illustrated(
                one.id,
                *(f"{one.id}.jpg", f"edit{rng.randint(1, 999)}.jpg")[: rng.randint(1, 2)],
                text=f"연기 {rng.randint(1, 999)}",
            )
            site.edit(one.id, title=f"고친 제목 {rng.randint(1, 999)}", body=again.body)

    def round(self, *, let_through: bool) -> None:
        """Start the service and kill it, or let it poll once."""
        self._desk.later(hours=2)
        ours, theirs = self._server.Pipe()
        process = self._server.Process(
            target=victim.run,
            args=(theirs, self._desk.site.base_url, self._desk.folder, self._desk.now,
                  1 if let_through else 1000),
        )  # fmt: skip
        process.start()
        theirs.close()
        ours.recv()
        begun = time.monotonic()
        if let_through:
            process.join(180)
            assert process.exitcode == 0
            self._span = 0.5 * self._span + 0.6 * (time.monotonic() - begun)
        else:
            self._kill(process)
        try:
            told = 0
            while ours.poll():
                self._head, self._kept, self.entries = ours.recv()
                told += 1
        except EOFError:
            self.amid += not told
        finally:
            ours.close()
            process.close()

    def _kill(self, process: ForkServerProcess) -> None:
        time.sleep(self._rng.random() * self._span)
        assert process.pid is not None
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        assert process.exitcode == -signal.SIGKILL

    def check(self) -> None:
        """Whatever moment it was: nothing that was told of is lost, no file is damaged,
        every feed can be read and holds what it held."""
        archive = Archive(self._desk.folder / "archive")
        verdict = self._verified(archive)
        assert verdict.faults == ()
        self.unfinished += verdict.unfinished != ()
        if self._head is not None:
            assert archive.changed_since(self._head) is not None, "journal lines are lost"
        assert self._kept <= set(archive.index.ids())
        # Older ones may have made room for newer ones since.
        newest = {guid(number) for number in range(self._number - 20, self._number)}
        assert self.entries & newest <= victim.entries(self._desk.folder)
        archive.close()

    def _verified(self, archive: Archive) -> Verdict:
        """What verify says, after its own repair of the one thing that is left to it: an
        image that was fetched before a kill and that the site had changed by the next poll."""
        verdict = archive.verify()
        if not verdict.faults:
            return verdict
        assert {fault.what for fault in verdict.faults} == {"an image that no record names"}
        told = mend(self._config, archive, self._desk.now)
        strays = [line for line in told if "no record names it; moved to" in line]
        assert len(strays) == len(verdict.faults)
        return archive.verify()

    @property
    def _config(self) -> Config:
        return victim.config_of(self._desk.site.base_url, self._desk.folder)

    def check_whole(self) -> None:
        """After a poll that came through: all that is on the site, once, and nothing left
        to complete, after what verify itself repairs at most."""
        archive = Archive(self._desk.folder / "archive")
        verdict = self._verified(archive)
        assert (verdict.faults, verdict.unfinished) == ((), ())
        events = audit(archive.path)
        for article in self._desk.site.articles:
            record = archive.get(article.id)
            assert record is not None
            assert record.title == article.title
            assert all(image.file for image in record.images)
            assert len(record.images) >= 1
            assert events[article.id].count("added") == 1
        assert archive.pending.all() == ()
        archive.close()


def test_killed_at_any_moment(desk: Desk, server: ForkServerContext) -> None:
    killer = Killer(desk, server)
    for turn in range(ROUNDS + ROUNDS // (WHOLE - 1)):
        killer.stir()
        let_through = turn % WHOLE == 0
        killer.round(let_through=let_through)
        killer.check()
        if let_through:
            killer.check_whole()
    killer.round(let_through=True)
    killer.check_whole()
    # The kills did meet half-done work.  How often hangs on the machine (14 to 60 were seen);
    # tests/archive/test_crash.py kills at every write.
    assert killer.amid >= 1
    assert killer.unfinished >= 1
