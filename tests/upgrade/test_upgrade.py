"""An archive, ``public/`` and ``.state`` of version 0.1.0 taken over: see README.md."""

from __future__ import annotations

import gzip
import json
import re
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import pytest

from feedsvc.archive import Archive
from tests.readers.programs import Library, Newsboat, Program
from tests.upgrade.desk import NEW, TOKEN, Desk, unpacked
from tests.upgrade.recorded import COOKIE, PORT

SUFFIXES = ("rss", "atom", "json")
ARTICLES = ("all", "industry", "finance", "everything", "factory", "waiting", "banks")
_NEW_ID = f"tag:dealsite.co.kr,2018:articles/{NEW}"

MEANT = {"revised": {"title", "summary", "description"}}
"""What a version changed on purpose: by feed the parts of an entry that may differ from
version 0.1.0's.  Ids, times and order are never among them.

``revised``: an entry has the headline that it had after its change, not today's."""


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with unpacked(tmp_path) as desk:
        yield desk


Entries = dict[tuple[str, str], list[dict[str, Any]]]


def all_entries(desk: Desk) -> Entries:
    """Every feed but ``status`` in every format."""
    names = (*ARTICLES, "released", "revised")
    assert {*names, "status"} <= set(desk.feeds())
    return {(name, suffix): desk.entries(name, suffix) for name in names for suffix in SUFFIXES}


def same(before: Entries, after: Entries, meant: Mapping[str, set[str]] | None = None) -> None:
    for (name, suffix), old in before.items():
        new = after[name, suffix]
        assert [one["id"] for one in new] == [one["id"] for one in old], f"{name}.{suffix}"
        for one, other in zip(old, new, strict=True):
            differs = {key for key in one.keys() | other.keys() if one.get(key) != other.get(key)}
            assert not differs - (meant or {}).get(name, set()), (
                f"{name}.{suffix} {one['id']}: {differs}"
            )


def test_nothing_is_new_but_what_is(desk: Desk) -> None:
    before, records = all_entries(desk), desk.records()
    archived = {name: desk.archived(name) for name in ARTICLES}
    assert all(entries for entries in before.values())
    assert desk.poll() == {"new": 0, "revised": 0, "released": 0, "failed": 0}
    assert desk.records() == records
    # What it remembered is taken over: a page that was missing, when all pages were read.
    with closing(sqlite3.connect(desk.folder / "archive/.state/state.sqlite")) as state:
        missing = state.execute("SELECT missing FROM watch WHERE id=167003").fetchall()
        deep = state.execute("SELECT deep_at FROM section").fetchall()
    assert missing == [(1,)]
    assert deep
    assert all(at for (at,) in deep)
    same(before, all_entries(desk), MEANT)
    assert {name: desk.archived(name) for name in ARTICLES} == archived

    desk.publish_one_more()
    assert desk.poll() == {"new": 1, "revised": 0, "released": 0, "failed": 0}
    kept = desk.records()
    assert json.loads(kept.pop(f"{NEW}.json"))["id"] == NEW
    assert kept == records
    after = all_entries(desk)
    for (name, suffix), entries in after.items():
        old = before[name, suffix]
        if name in ("all", "industry", "everything", "factory"):
            assert entries[0]["id"] == _NEW_ID
            # As many as before: the oldest has made room.
            entries = [*entries[1:], *(one for one in old if one["id"] not in _ids(entries))]
        assert _ids(entries) == _ids(old), f"{name}.{suffix}"
        assert len(entries) == len(old)
    desk.command("rebuild")
    same(after, all_entries(desk))
    desk.command("archive", "verify")


def _ids(entries: list[dict[str, Any]]) -> set[str]:
    return {one["id"] for one in entries}


@pytest.mark.slow
def test_rebuilt_first_it_reads_the_same(desk: Desk) -> None:
    before, records = all_entries(desk), desk.records()
    archived = {name: desk.archived(name) for name in ARTICLES}
    desk.command("rebuild")
    same(before, all_entries(desk), MEANT)
    assert {name: desk.archived(name) for name in ARTICLES} == archived
    assert desk.records() == records


BETTER = {"images": "a cover that stands in og:image alone is the entry's first image"}
"""What today's parser reads better in the pages that version 0.1.0 kept, by the record's
key; nothing else may change when they are read again."""


@pytest.mark.slow
def test_read_again_only_what_is_better_changes(desk: Desk) -> None:
    desk.command("rebuild")
    before, old = all_entries(desk), desk.records()
    archived = {name: desk.archived(name) for name in ARTICLES}
    assert "34 mended, 0 added" in desk.command("rebuild", "--reparse")
    new = desk.records()
    assert new.keys() == old.keys()
    changed = {name: reread(desk, json.loads(old[name]), json.loads(new[name])) for name in old}
    assert sum(map(bool, changed.values())) == 34
    assert set().union(*changed.values()) == BETTER.keys()

    after = all_entries(desk)
    pictured = {"json": {"image"}, "rss": {"content"}, "atom": {"content"}}
    for (name, suffix), entries in before.items():
        one = {(name, suffix): entries}
        same(one, {(name, suffix): after[name, suffix]}, {name: pictured[suffix]})
        if suffix == "atom":  # the text, before the picture of the same name
            texts = [entry["content"][0] for entry in after[name, suffix]]
            assert texts == [entry["content"][0] for entry in entries]
    assert {name: desk.archived(name) for name in ARTICLES} == archived
    assert "0 mended" in desk.command("rebuild", "--reparse")
    desk.command("archive", "verify")


def reread(desk: Desk, old: dict[str, Any], new: dict[str, Any]) -> set[str]:
    """The keys that a second reading changed, each checked to be better."""
    changed = {key for key in old if old[key] != new[key]} - {"sources"}
    if changed:
        page = Archive(desk.folder / "archive").raw.last(old["id"])
        assert page is not None
        cover = re.search(r'<meta property="og:image" content="([^"]+)">', page.text)
        assert cover is not None
        assert new["images"] == [{"url": cover[1], "caption": "", "file": None}, *old["images"]]
        assert new["sources"].items() >= {"cover": "og:image"}.items()
        assert cover[1] not in "".join(new["body"])
    return changed


@pytest.mark.slow
def test_the_kept_archive_is_what_it_is_said_to_be(desk: Desk) -> None:
    """A test of the tests: what README.md names is in it."""
    records = [json.loads(one) for one in desk.records().values()]
    assert len(records) == 35
    assert sum(one["origin"] == "backfill" for one in records) == 6
    assert sum(one["access"]["seen_as"] == "member" for one in records) == 5
    assert sum(one["gone_at"] is not None for one in records) == 1
    assert sum(one["duplicate_of"] is not None for one in records) == 1
    assert sum(one["access"]["released_at"] is not None for one in records) == 2
    assert max(len(one["revisions"]) for one in records) == 3
    assert list((desk.folder / "archive/raw").glob("*.warc.gz"))
    assert list((desk.folder / "archive/images").rglob("*.*"))
    assert (desk.folder / "public/archive/all/2026-11-2.atom").is_file()
    assert COOKIE in (desk.folder / "config.yaml").read_text("utf-8")
    assert f":{PORT}" in (desk.folder / "config.yaml").read_text("utf-8")


# What people's readers say.


@contextmanager
def served(desk: Desk, command: str = "serve") -> Iterator[str]:
    """``feedsvc serve`` of today, or ``run``; gives its address."""
    address = "http://127.0.0.1:18918/"
    process = subprocess.Popen(
        [sys.executable, "-m", "feedsvc", command, "--config", str(desk.folder / "config.yaml")],
        stderr=subprocess.PIPE,
    )
    try:
        for _ in range(1200):
            try:
                with urlopen(f"{address}healthz?token={TOKEN}", timeout=30):
                    break
            except URLError as error:
                if hasattr(error, "code"):
                    break
                assert process.poll() is None
                time.sleep(0.05)
        yield address
    finally:
        process.terminate()
        process.communicate(timeout=60)


@pytest.mark.slow
@pytest.mark.parametrize("program", [Newsboat, Library], ids=["newsboat", "reader"])
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_in_readers_nothing_is_unread_but_the_new_article(
    desk: Desk, tmp_path: Path, program: type[Program], suffix: str
) -> None:
    if suffix not in program.formats:
        pytest.skip(f"{program.name} takes no {suffix}")
    # newsboat knows ids over all feeds, the library within each.
    feeds = (*ARTICLES, "released", "revised")
    reader = program(tmp_path / "reader")
    with served(desk) as root:
        for name in feeds:
            reader.subscribe(name, f"{root}{name}.{suffix}?token={TOKEN}")
        assert reader.update() > 20
        kept = len(reader.entries())
        assert reader.update() == 0
        desk.poll()
        assert reader.update() == 0
        desk.command("rebuild")
        assert reader.update() == 0
        assert len(reader.entries()) == kept
        desk.publish_one_more()
        desk.poll()
        new = {"newsboat": 1, "reader": 4}[program.name]
        assert reader.update() == new
        assert sum(one.id == _NEW_ID for one in reader.entries()) == new
    if isinstance(reader, Library):
        reader.close()


RELEASED_LATE = "tag:dealsite.co.kr,2018:articles/166254#released"
"""Released on the site after the last look at it: what is mended is looked at once more."""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("program", "suffix"),
    [(Newsboat, "rss"), (Newsboat, "atom"), (Library, "atom"), (Library, "json")],
)
def test_in_readers_nothing_is_unread_that_is_only_read_better(
    desk: Desk, tmp_path: Path, program: type[Program], suffix: str
) -> None:
    reader = program(tmp_path / "reader")
    with served(desk) as root:
        for name in (*ARTICLES, "released", "revised"):
            reader.subscribe(name, f"{root}{name}.{suffix}?token={TOKEN}")
        assert reader.update() > 20
        before = {one.id for one in reader.entries()}
        assert "34 mended" in desk.command("rebuild", "--reparse")
        assert reader.update() == 0
        assert desk.poll() == {"new": 0, "revised": 0, "released": 1, "failed": 0}
        assert reader.update() == 1
        assert {one.id for one in reader.entries()} == before | {RELEASED_LATE}
    if isinstance(reader, Library):
        reader.close()


# What it published under tokens, when the tokens are gone.

TOKENS = "tokens: [token-of-the-fixture]"


def members_texts(desk: Desk) -> list[bytes]:
    """A line of each text that the site shows to members only."""
    found = []
    for data in desk.records().values():
        record = json.loads(data)
        if record["access"]["locked"] and record["access"]["seen_as"] == "member":
            last = re.sub("<[^>]*>", "", record["body"][-1])
            found.append(last[: last.index(" ", 12)].encode())
    assert len(found) >= 4
    return found


def told(desk: Desk, root: str) -> tuple[set[int], list[bytes]]:
    """The answers for every published file of articles, and the members' texts in them."""
    texts, found, codes = members_texts(desk), [], set()
    public = desk.folder / "public"
    for path in [*public.glob("*.*"), *public.glob("archive/*/*.atom")]:
        if path.suffix in (".gz", ".html") or path.name.startswith("."):
            continue
        try:
            with urlopen(f"{root}{path.relative_to(public)}", timeout=60) as answer:
                codes.add(answer.status)
                body = answer.read()
        except HTTPError as error:
            codes.add(error.code)
            body = error.read()
        found += [text for text in texts if text in body]
    return codes, found


def in_files(desk: Desk) -> list[str]:
    texts = members_texts(desk)
    found = []
    for path in (desk.folder / "public").rglob("*.*"):
        data = path.read_bytes() if path.is_file() else b""
        data = gzip.decompress(data) if path.suffix == ".gz" else data
        found += [str(path) for text in texts if text in data]
    return found


@pytest.mark.slow
@pytest.mark.parametrize("command", ["poll", "rebuild"])
def test_without_its_tokens_it_tells_nothing_that_only_members_see(
    desk: Desk, command: str
) -> None:
    assert in_files(desk)
    desk.configure(TOKENS, "tokens: []")
    with served(desk) as root:
        assert told(desk, root) == ({503}, [])
        desk.command(command)
        assert told(desk, root) == ({200}, [])
    assert in_files(desk) == []
    desk.configure("tokens: []", TOKENS)
    desk.command("poll")
    assert in_files(desk)


@pytest.mark.slow
def test_the_daemon_publishes_anew_before_it_asks_the_site(desk: Desk) -> None:
    desk.configure(TOKENS, "tokens: []")
    desk.site.answers = {}  # whatever it says
    with served(desk, "run") as root:
        end = time.monotonic() + 120
        while (answers := told(desk, root))[0] != {200}:
            assert answers[1] == []
            assert time.monotonic() < end, answers
            time.sleep(0.2)
        assert answers == ({200}, [])
    assert in_files(desk) == []
