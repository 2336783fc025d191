"""What we keep opens in others' programs: a WARC parser, a replayer, an EPUB checker, a
Markdown reader; and our own parser makes the same records of the raw pages again."""

from __future__ import annotations

import csv
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastwarc.warc import ArchiveIterator, WarcRecordType
from markdown_it import MarkdownIt

from feedsvc.archive import Archive
from feedsvc.archive.export import to_csv, to_epub, to_markdown, to_warc
from feedsvc.config import SectionConfig
from feedsvc.model import Record
from feedsvc.poll.reread import reparse
from tests.poll.desk import NOW, Desk
from tests.poll.test_images import GIF
from tests.standin import StandIn, sample_articles

pytestmark = pytest.mark.slow  # each of them needs the whole stand-in, polled

EVERYTHING = (SectionConfig(name="everything", title="전체"),)
REPLAY = Path(sys.prefix) / "replay" / "bin"
"""Where ``./run.sh test --slow`` puts pywb; not beside ours, for it brings a module
``brotli`` of its own."""
WEBP = b"RIFF\x1a\0\0\0WEBPVP8L\x0d\0\0\0\x2f\0\0\0\x10\x07\x10\x11\x11\x88\x88\xfe\x07\0"


def needed(name: str, *places: Path) -> str:
    """A program's path; a test that cannot have it is skipped, or fails where all of
    them are to be there."""
    found = shutil.which(name, path=os.pathsep.join([*map(str, places), os.environ["PATH"]]))
    if found is None:
        message = f"{name} is not installed"
        if os.environ.get("FEEDSVC_NEED_TOOLS") == "1":
            pytest.fail(message)
        pytest.skip(message)
    return found


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """The whole stand-in read once with its images, and some of it again, changed."""
    site = StandIn()
    site.page_size = 200
    for article in sample_articles(NOW):
        site.publish(article)
    with site:
        made = Desk(site, tmp_path_factory.mktemp("peers"), NOW, EVERYTHING, images=True)
        site.now = made.clock
        path = "/upload/2026/03/webp.jpg"
        site.hang(path, WEBP)
        site.hang(path.replace("webp", "gif"), GIF)
        first = site.articles[0].id
        shown = "".join(f'<p><img src="{path.replace("webp", one)}?a=1&amp;b=2"></p>'
                        for one in ("webp", "gif"))  # fmt: skip
        site.edit(first, body=(*site.articles[0].body, shown))
        made.poll()
        made.later(hours=2)
        site.edit(first, title="고쳐진 제목")
        made.poll()
        assert len(made.archive()) == len(site.articles) > 60
        yield made


def records(archive: Archive) -> dict[int, Record]:
    found = {one: archive.get(one) for one in archive.index.ids()}
    return {number: record for number, record in found.items() if record is not None}


def warcs(desk: Desk) -> list[Path]:
    return sorted((desk.folder / "archive/raw").iterdir())


def test_another_parser_reads_our_pages(desk: Desk) -> None:
    """FastWARC is written in C++ and shares nothing with warcio."""
    ours = list(desk.archive().raw.pages())
    theirs: list[tuple[int, str, int, bytes]] = []
    kinds: list[str] = []
    for path in warcs(desk):
        with path.open("rb") as stream:
            for one in ArchiveIterator(stream, record_types=WarcRecordType.any_type):
                kinds.append(one.headers["WARC-Type"])
                assert one.headers["WARC-Record-ID"].startswith("<urn:uuid:")
                if one.record_type == WarcRecordType.response:
                    assert one.verify_payload_digest()
                    assert one.http_headers is not None
                    status = one.http_headers.status_code
                    number = int(one.headers["Feedsvc-Article"])
                    address = one.headers["WARC-Target-URI"]
                    theirs.append((number, address, int(status or 0), one.reader.read()))
        with path.open("rb") as stream:
            whole = ArchiveIterator(
                stream, record_types=WarcRecordType.any_type, parse_http=False, verify_digests=True
            )
            assert sum(1 for _ in whole) == len(kinds)
    assert kinds == ["warcinfo", *["response", "request"] * len(ours)]
    assert theirs == [(number, page.final_url, page.status, page.body) for number, page in ours]


def test_warcio_accepts_them(desk: Desk, tmp_path: Path) -> None:
    some = tmp_path / "some.warc.gz"
    to_warc(desk.archive(), list(desk.archive().index.ids())[:5], some, NOW)
    check = [sys.executable, "-m", "warcio.cli", "check", "-v", *map(str, warcs(desk)), str(some)]
    done = subprocess.run(check, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("digest pass") > 100


def test_a_replayer_shows_the_pages(desk: Desk, tmp_path: Path) -> None:
    """pywb indexes the files and serves each page as the site did."""
    manager = needed("wb-manager", REPLAY)
    for command in (["init", "pages"], ["add", "pages", *map(str, warcs(desk))]):
        subprocess.run([manager, *command], cwd=tmp_path, check=True, capture_output=True)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [needed("wayback", REPLAY), "-b", "127.0.0.1", "-p", str(port)],
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        pages = list(desk.archive().raw.pages())
        _wait_for(server, port)
        for _, page in pages[::5]:
            at = f"{page.fetched_at.timestamp():.0f}"
            stamp = time.strftime("%Y%m%d%H%M%S", time.gmtime(int(at)))
            url = f"http://127.0.0.1:{port}/pages/{stamp}id_/{page.final_url}"
            with urllib.request.urlopen(url, timeout=60) as answer:
                assert answer.headers["Content-Type"] == page.header("content-type")
                assert answer.read() == page.body
    finally:
        server.send_signal(signal.SIGTERM)
        try:
            server.wait(30)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _wait_for(server: subprocess.Popen[bytes], port: int) -> None:
    end = time.monotonic() + 180
    while time.monotonic() < end:
        assert server.poll() is None, "the replayer ended"
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    pytest.fail("the replayer does not answer")


def test_the_raw_pages_give_the_same_records(desk: Desk) -> None:
    archive = desk.archive()
    before = {path: path.read_bytes() for path in (desk.folder / "archive").rglob("*.json")}
    with archive.writing(desk.now):
        outcome = reparse(desk.config, archive, desk.now)
    assert (outcome.mended, outcome.added, outcome.failed) == (0, 0, {})
    assert outcome.read == len(before) > 60
    assert before == {path: path.read_bytes() for path in before}


def test_nothing_but_the_raw_pages_is_needed(desk: Desk, tmp_path: Path) -> None:
    """From the WARC files alone come the same texts, though not what only we observed:
    when and where an article was listed, what it was before, its images' copies."""
    known = records(desk.archive())
    (tmp_path / "archive").mkdir()
    shutil.copytree(desk.folder / "archive/raw", tmp_path / "archive/raw")
    (tmp_path / "archive/FORMAT").write_text("feedsvc-archive 1\n")
    archive = Archive(tmp_path / "archive")
    with archive.writing(desk.now):
        outcome = reparse(desk.config, archive, desk.now)
    assert (outcome.added, outcome.failed) == (len(known), {})
    again = records(archive)
    for number, record in known.items():
        for name in ("title", "subtitle", "reporters", "published_at", "keywords", "body",
                     "related", "digest", "guid", "url"):  # fmt: skip
            assert getattr(again[number], name) == getattr(record, name), (number, name)
        assert again[number].access.status is record.access.status
        assert [one.url for one in again[number].images] == [one.url for one in record.images]
    assert archive.verify().faults == ()


def test_epubcheck_finds_nothing(desk: Desk, tmp_path: Path) -> None:
    """All of the stand-in's articles, images of every kind that is kept among them."""
    java, checker = needed("java"), needed("epubcheck")
    book = tmp_path / "book.epub"
    archive = desk.archive()
    to_epub(archive, list(archive.index.ids()), book, "모두 & 전체")
    with zipfile.ZipFile(book) as held:
        kinds = {name.rpartition(".")[2] for name in held.namelist() if "/images/" in name}
    assert kinds == {"jpg", "png", "gif", "webp"}
    # Debian starts the jar by way of the kernel, which containers do not allow.
    done = subprocess.run(
        [java, "-jar", str(Path(checker).resolve()), str(book)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 errors / 0 warnings" in done.stdout


def test_notes_show_their_images(desk: Desk, tmp_path: Path) -> None:
    archive = desk.archive()
    to_markdown(archive, list(archive.index.ids()), tmp_path / "notes")
    shown: set[Path] = set()
    for note in (tmp_path / "notes").rglob("*.md"):
        text = note.read_text("utf-8").split("---\n", 2)[2]
        for token in MarkdownIt().parse(text):
            for child in token.children or ():
                if child.type == "image" and "../images/" in (source := str(child.attrs["src"])):
                    shown.add((note.parent / source).resolve())
    kept = {one.name for one in (desk.folder / "archive/images").rglob("*.*")}
    assert {one.name for one in shown if one.is_file()} == kept
    assert len(kept) > 5


def test_a_table_has_a_line_for_each(desk: Desk, tmp_path: Path) -> None:
    archive = desk.archive()
    to_csv(archive, list(archive.index.ids()), tmp_path / "table.csv")
    with (tmp_path / "table.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream, strict=True))
    known = records(archive)
    assert [(int(row["id"]), row["title"]) for row in rows] == [
        (number, known[number].title) for number in sorted(known)
    ]
