"""An archive in whose ``.state`` stands what was remembered as texts by keys, and what the
version that wrote it asked the site next.

    cp -r tests/memory CHECKOUT/tests/ && cd CHECKOUT
    .venv/bin/python -m tests.memory.kept kept-by-keys.tar.xz

makes it, in a checkout of that version (VERSION 6 of ``.state``).  Used unchanged since.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

from feedsvc.model import Status
from tests.poll.desk import NOW, Desk, piece
from tests.standin import Fault, StandIn

KEPT = Path(__file__).parent / "kept-by-keys.tar.xz"
LAST = NOW + timedelta(hours=33)
"""When that version polled last."""

AFTER = (timedelta(minutes=10), timedelta(hours=1), timedelta(hours=14), timedelta(hours=40))
"""When the site is polled again, from then on."""


@contextmanager
def standing(folder: Path) -> Iterator[Desk]:
    """The site as it stands at the end."""
    site = StandIn()
    with site:
        desk = Desk(site, folder, LAST)
        site.now = desk.clock
        site.boxes = True
        for number in (101, 104, 105, 106, 107, 108):
            site.publish(piece(number))
        site.publish(piece(102, status=Status.MEMBERS_ONLY, teaser=1))
        site.publish(piece(103, status=Status.SOON_FREE, teaser=1))
        ill(site, 104, 105, 106, 107, 108)
        yield desk


def ill(site: StandIn, *numbers: int) -> None:
    kinds = {104: Fault.NOT_FOUND, 105: Fault.RENAMED, 106: Fault.TRUNCATED, 107: Fault.NOT_FOUND}
    for number in numbers:
        site.fault(kinds.get(number, Fault.NOT_FOUND), f"/articles/{number}*")


def asked(desk: Desk) -> list[list[str]]:
    """What each of the polls after the last one asks for."""
    found = []
    for wait in AFTER:
        desk.now = LAST + wait
        desk.site.forget_requests()
        desk.poll(patient=True)
        found.append([one.target for one in desk.site.requests])
    return found


@contextmanager
def taken_over(folder: Path) -> Iterator[tuple[Desk, list[list[str]]]]:
    """The archive unpacked, its site standing at another port, and what was asked then."""
    with standing(folder) as desk:
        with tarfile.open(KEPT) as tar:
            tar.extractall(folder, filter="data")
        told = json.loads((folder / "asked.json").read_text("utf-8"))
        with closing(sqlite3.connect(folder / "archive/.state/state.sqlite")) as state:
            for column in ("key", "value"):
                values = (told["base_url"], desk.base_url)
                state.execute(f"UPDATE memory SET {column}=replace({column},?,?)", values)
            state.commit()
        yield desk, told["asked"]


def make(path: Path) -> None:
    with tempfile.TemporaryDirectory() as name, standing(Path(name)) as desk:
        site, folder = desk.site, Path(name)
        site.clear_faults()
        ill(site, 104, 105, 106)
        desk.now = NOW
        for number in (107, 108):
            site.delete(number)
        site.publish(piece(107))
        for hours in (0, 13, 27, 31):
            desk.now = NOW + timedelta(hours=hours)
            if hours == 27:
                ill(site, 107)
                site.publish(piece(108))
                ill(site, 108)
            desk.poll(patient=True)
        desk.now = LAST
        desk.poll(patient=True)
        for one in ("search.sqlite", "state.sqlite"):
            with closing(sqlite3.connect(folder / "archive/.state" / one)) as state:
                state.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        shutil.copytree(folder / "archive", folder / "kept")
        told = {"base_url": desk.base_url, "asked": asked(desk)}
        (folder / "asked.json").write_text(json.dumps(told, indent=1), "utf-8")
        with tarfile.open(path, "w:xz") as tar:
            tar.add(folder / "kept", "archive")
            tar.add(folder / "asked.json", "asked.json")


if __name__ == "__main__":
    make(Path(sys.argv[1]))
