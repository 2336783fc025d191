"""Every file of the archive × every harm × every command: nothing hangs, nothing is
written where it cannot be read back, and what was kept and is gone stays told until it
is mended or written down."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from feedsvc.archive import Archive
from feedsvc.errors import FeedsvcError
from tests.faults.harms import (
    COMMANDS,
    DESK,
    FILES,
    HARMS,
    KEPT,
    NEW,
    TOLD,
    Service,
    beat,
    harm,
    heard,
    make,
    make_desk,
    no_longer_than,
)
from tests.poll.desk import piece
from tests.standin import StandIn

CELLS = [
    *product(FILES, HARMS, COMMANDS, (True, False)),
    *product(DESK, HARMS, ("poll", "run"), (True, False)),
]
FEW = {
    ("raw", "shorter", "poll", True),
    ("raw", "missing", "poll", False),
    ("raw", "fifo", "run", True),
    ("raw", "shorter", "reparse", True),
    ("raw", "other", "export", False),
    ("journal", "folder", "poll", True),
    ("journal", "shorter", "run", False),
    ("record", "older", "poll", True),
    ("record", "missing", "poll", False),
    ("pending", "missing", "poll", True),
    ("image", "emptied", "export", True),
    ("layout", "older", "poll", True),
    ("layout", "missing", "run", False),
    ("layout", "fifo", "reparse", True),
    ("state", "fifo", "run", True),
    ("notices", "fifo", "poll", True),
    ("digest", "shorter", "run", True),
    ("digest", "missing", "poll", False),
    ("since", "emptied", "poll", True),
}
"""Cells that the fast run takes."""


def _clock(patch: pytest.MonkeyPatch, site: StandIn) -> None:
    for name in ("clock_of", "exact_clock_of"):
        patch.setattr(f"feedsvc.cli.context.{name}", lambda config: lambda: site.now())


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    site = StandIn()
    site.boxes = False
    with site:
        yield make(tmp_path_factory.mktemp("service"), site)


@pytest.fixture(scope="module")
def kept_desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    site, folder = StandIn(), tmp_path_factory.mktemp("desk")
    site.boxes = False
    with site, pytest.MonkeyPatch.context() as patch:
        _clock(patch, site)
        yield make_desk(make(tmp_path_factory.mktemp("service"), site), folder)


@pytest.fixture
def service(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> Iterator[Service]:
    kept: Service = request.getfixturevalue("kept_desk" if what in DESK else "kept")
    made = Service(shutil.copytree(kept.folder, tmp_path / "service"), kept.site)
    now = kept.site.now
    _clock(monkeypatch, kept.site)
    yield made
    kept.site.now = now


def is_lost(what: str, how: str, state: bool) -> bool:
    """Whether something that was kept is gone, or stands where it must not."""
    if what == "pending":
        if how in ("other", "folder", "fifo", "longer"):
            return True
        return state  # the rest .state alone can tell
    if what == "state":
        return how in ("folder", "fifo")
    if what == "notices":  # without it each begins anew; half a line at its end is a crash's
        return how in ("other", "folder", "fifo")
    if what == "digest":  # the newest is made again
        return how != "missing"
    if what == "since":
        return how not in ("missing", "older")
    return True


@pytest.mark.one_stands_for_all
@pytest.mark.parametrize(
    ("what", "how", "command", "state"),
    [
        pytest.param(*cell, marks=() if cell in FEW else pytest.mark.slow)
        for cell in CELLS
        if not (cell[0] == "state" and not cell[3])
    ],
)
def test_harm(
    service: Service, what: str, how: str, command: str, state: bool,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    digest = service.file("digest").read_bytes() if what in DESK else b""
    harm(service, what, how)
    if not state:
        shutil.rmtree(service.archive / ".state")
    with no_longer_than(60):
        before = verified(service, capsys)
        if what != "state" or how in ("folder", "fifo"):
            assert (before["damaged"] != []) == is_lost(what, how, state), before
        service.site.publish(piece(NEW, hours=0))
        code, out, err = do(service, command, capsys, often=what in DESK)
        check_told(code, err)
        check_read_back(service)
        if what == "raw" and command in ("reparse", "export"):
            check_the_others(service, how, command, code, out, err)
        after = verified(service, capsys)
        if is_lost(what, how, state) and not is_mended(what, how, command):
            assert after["damaged"] != [], "the loss is told by nobody"
        check_repaired(service, what, how, capsys)
        if what in DESK:
            check_desk(service, what, how, digest)


def is_mended(what: str, how: str, command: str) -> bool:
    """.state remembers what was pending, and the next writer finds it again."""
    found = what == "pending" and how in ("missing", "emptied", "older", "shorter")
    return found and command in ("poll", "run", "reparse")


def verified(service: Service, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    code, out, err = service.call(capsys, "archive", "verify", "--json")
    found: dict[str, Any] = json.loads(out)
    assert code == (5 if found["damaged"] else 0), err
    return found


def do(
    service: Service, command: str, capsys: pytest.CaptureFixture[str], *, often: bool
) -> tuple[int, str, str]:
    if command == "run":
        return serve_on(service, often)
    if command == "export":
        target = str(service.folder / "out.warc.gz")
        return service.call(capsys, "archive", "export", "--format", "warc", "--to", target)
    words = {"poll": ["poll"], "verify": ["archive", "verify"], "reparse": ["rebuild", "--reparse"]}
    return service.call(capsys, *words[command])


def serve_on(service: Service, often: bool) -> tuple[int, str, str]:
    """A daemon goes through three turns.  Gives what it logged, and 5 for turns without a
    poll; what it says of the archive it says once, or (``often``) as what else could not be
    published or told: once a turn."""
    with heard() as lines:
        try:
            daemon = service.daemon()
        except FeedsvcError as error:
            return error.exit_code, "", f"feedsvc: {error}"
        outcomes = beat(daemon, 2, service)
        daemon._archive.close()
    of_archive = [line for line in lines if str(service.archive) in line]
    for line in set(of_archive):
        assert of_archive.count(line) <= (3 if often else 1), of_archive
    return 1 if all(outcomes) else 5, "", "\n".join(f"feedsvc: {line}" for line in lines)


def check_told(code: int, err: str) -> None:
    assert code in (0, 1, 4, 5), err
    assert "Traceback" not in err
    assert "report what it prints" not in err, "an error that nobody foresaw"
    assert "status." not in err, "the feed of troubles is not published"
    if code in (4, 5):
        assert err.startswith("feedsvc: ")
        assert "; " in err


def check_read_back(service: Service) -> None:
    """What was kept since can be read again, page and all; nobody wrote NUL bytes."""
    for path in (*service.archive.glob("raw/*"), *service.archive.glob("journal/*")):
        if path.is_file():
            assert b"\0" * 16 not in path.read_bytes(), path
    archive = Archive(service.archive)
    record = None
    if archive.path_of(NEW).exists():
        record = archive.get(NEW)
        pages = dict(archive.raw.pages(lambda line: None))
        assert NEW in pages, "its page was written where it cannot be read back"
        assert "110호".encode() in pages[NEW].body
        assert record is not None
    archive.close()


def check_the_others(
    service: Service, how: str, command: str, code: int, out: str, err: str
) -> None:
    """The pages around a damaged one are read all the same, and it is named."""
    assert code == 1, err
    assert "raw" in err or "article 101: a page" in err, err
    whole = {"shorter": 3, "longer": 4, "older": 3}.get(how, 0)
    if command == "reparse":
        assert out.startswith(f"{min(whole, 3)} page"), out
    else:
        exported = (service.folder / "out.warc.gz").read_bytes()
        assert exported.startswith(b"\x1f\x8b")


def check_repaired(
    service: Service, what: str, how: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """``verify --repair`` mends it or writes it down; then all is well, and stays so."""
    code, out, err = service.call(capsys, "archive", "verify", "--repair")
    if what == "state" and how in ("folder", "fifo"):
        assert code == 5
        assert "move it away" in err + out
        return
    assert code in (0, 1), out + err
    service.later(hours=1)
    code, _, err = service.call(capsys, "poll")
    assert code in (0, 1), err
    assert "damage" not in err
    found = verified(service, capsys)
    assert found["damaged"] == [], out
    archive = Archive(service.archive)
    for number in (*KEPT, NEW):
        record = archive.get(number)
        assert record is not None, number
    archive.close()


def check_desk(service: Service, what: str, how: str, digest: bytes) -> None:
    """The digest is as it was made, or given up; who is told is told once, but for a line
    that is lost, and for those who begin anew."""
    path = service.file("digest")
    lost = what == "digest" and how != "missing"
    assert path.with_suffix(".gone").exists() == lost
    assert lost or path.read_bytes() == digest
    lines = (service.folder / "told.jsonl").read_text("utf-8").splitlines()
    told = [json.loads(line)["id"] for line in lines]
    if what != "notices" or how == "longer":
        assert told == [TOLD, NEW]
    elif how in ("shorter", "older"):
        assert told == [TOLD, TOLD, NEW]
    else:
        assert told == [TOLD]
