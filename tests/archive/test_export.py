"""Exports open in what reads them: YAML and CommonMark, spreadsheets, XML, warcio."""

from __future__ import annotations

import csv
import errno
import hashlib
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree

import pytest
import yaml
from warcio.archiveiterator import ArchiveIterator
from warcio.checker import Checker

from feedsvc.archive import Archive
from feedsvc.archive.export import to_csv, to_epub, to_markdown, to_warc
from feedsvc.archive.markup import markdown, xhtml
from feedsvc.errors import ConfigError, FeedsvcError
from feedsvc.model import Event, Image
from tests.archive.samples import NOW, page, record

PICTURE = b"\xff\xd8\xff a picture of our own"
NAME = hashlib.sha256(PICTURE).hexdigest()
FILE = f"images/{NAME[:2]}/{NAME}.jpg"
BODY = (
    '<p>첫 문장 &amp; <b>굵은</b> <a href="https://e.kr/?a=1&amp;b=2">곳</a><br>다음 줄</p>',
    '<figure><img src="https://e.kr/1.jpg" alt="공장"><figcaption>사진</figcaption></figure>',
    '<figure><img src="https://e.kr/2.jpg"></figure>',
    "<table><tr><th>해</th><th>값</th></tr><tr><td>2025</td><td>1|2</td></tr></table>",
    "<ul><li>하나</li><li>둘</li></ul>",
    "맨글",
    '<iframe src="https://e.kr/v"></iframe>',
)


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    made = Archive(tmp_path / "archive")
    images = (Image("https://e.kr/1.jpg", "사진", FILE), Image("https://e.kr/2.jpg"))
    (tmp_path / "archive" / FILE).parent.mkdir(parents=True)
    (tmp_path / "archive" / FILE).write_bytes(PICTURE)
    (tmp_path / "archive/FORMAT").write_text("feedsvc-archive 1\n")
    title = '=한빛: "새 공장" 1/2 <착공>?'
    with made.writing(NOW):
        for number in (1, 2, 3):
            one = record(number, title=f"{title} {number}", body=BODY, images=images)
            made.keep(one, Event.ADDED, NOW, page(number))
    return made


# Markdown


def test_notes_have_front_matter_that_yaml_reads(archive: Archive, tmp_path: Path) -> None:
    to_markdown(archive, [3, 1], tmp_path / "notes")
    notes = sorted((tmp_path / "notes/2026-03").iterdir())
    assert [note.name for note in notes] == [
        "1 =한빛 새 공장 1 2 착공 1.md",
        "3 =한빛 새 공장 1 2 착공 3.md",
    ]
    _, front, text = notes[0].read_text("utf-8").split("---\n", 2)
    told = yaml.safe_load(front)
    assert told["title"] == '=한빛: "새 공장" 1/2 <착공>? 1'
    assert told["authors"] == ["김가영", "이나리"]
    assert told["status"] == "plus-first"
    assert told["tags"] == ["반도체"]
    (picture,) = (tmp_path / "notes/images").iterdir()
    assert picture.read_bytes() == PICTURE
    assert f"![공장](../images/{picture.name})" in text
    assert "![](https://e.kr/2.jpg)" in text


def test_blocks_as_markdown() -> None:
    assert markdown(BODY, lambda url: None) == (
        "첫 문장 & **굵은** [곳](https://e.kr/?a=1&b=2)\\\n다음 줄\n\n"
        "![공장](https://e.kr/1.jpg)\n\n*사진*\n\n"
        "![](https://e.kr/2.jpg)\n\n"
        "| 해 | 값 |\n| --- | --- |\n| 2025 | 1\\|2 |\n\n"
        "- 하나\n- 둘\n\n"
        "맨글\n\n"
        "<https://e.kr/v>"
    )


@pytest.mark.parametrize(
    ("block", "text"),
    [
        ("<p># 제목이 아니다</p>", "\\# 제목이 아니다"),
        ("<p>1. 목록이 아니다</p>", "1\\. 목록이 아니다"),
        ("<p>- 목록이 아니다</p>", "\\- 목록이 아니다"),
        ("<p>*별* _밑줄_ &lt;b&gt;</p>", "\\*별\\* \\_밑줄\\_ \\<b\\>"),
        ("<h3>소제목</h3>", "### 소제목"),
        ("<blockquote><p>인용</p></blockquote>", "> 인용"),
        ("<ol><li>하나</li><li>둘<ul><li>안</li></ul></li></ol>", "1. 하나\n2. 둘\n  - 안"),
        ("<pre>a  *b*\nc</pre>", "```\na  *b*\nc\n```"),
        ("<p> </p>", ""),
    ],
)
def test_markdown_says_what_the_block_says(block: str, text: str) -> None:
    assert markdown([block], lambda url: None) == text


# CSV


def test_a_table_opens_in_a_spreadsheet(archive: Archive, tmp_path: Path) -> None:
    to_csv(archive, [2, 1], tmp_path / "table.csv")
    assert (tmp_path / "table.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    with (tmp_path / "table.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["id"] for row in rows] == ["2", "1"]
    assert rows[0]["title"] == '\'=한빛: "새 공장" 1/2 <착공>? 2'  # no formula
    assert rows[0]["reporters"] == "김가영; 이나리"
    assert rows[0]["locked"] == "no"


# EPUB


def test_a_book_is_a_valid_epub(archive: Archive, tmp_path: Path) -> None:
    to_epub(archive, [3, 1, 2], tmp_path / "book.epub", "책 & 제목")
    with zipfile.ZipFile(tmp_path / "book.epub") as book:
        assert book.testzip() is None
        names = book.namelist()
        assert names[0] == "mimetype"
        assert book.getinfo("mimetype").compress_type == zipfile.ZIP_STORED
        assert book.read("mimetype") == b"application/epub+zip"
        # A reader of raw bytes finds it at offset 38 (EPUB 3.3, 4.2.1.2).
        assert (tmp_path / "book.epub").read_bytes()[38:58] == b"application/epub+zip"
        container = ElementTree.fromstring(book.read("META-INF/container.xml"))
        (root,) = container.findall(".//{*}rootfile")
        package = ElementTree.fromstring(book.read(root.get("full-path", "")))
        items = {i.get("id"): f"EPUB/{i.get('href')}" for i in package.findall(".//{*}item")}
        assert set(items.values()) == set(names) - {
            "mimetype", "META-INF/container.xml", "EPUB/book.opf",
        }  # fmt: skip
        spine = [items[one.get("idref")] for one in package.findall(".//{*}itemref")]
        assert spine == ["EPUB/1.xhtml", "EPUB/2.xhtml", "EPUB/3.xhtml"]
        assert [e.text for e in package.findall(".//{http://purl.org/dc/elements/1.1/}title")] == [
            "책 & 제목"
        ]
        assert len([i for i in package.findall(".//{*}item") if i.get("properties") == "nav"]) == 1
        (modified,) = [
            m.text for m in package.findall(".//{*}meta") if m.get("property") == "dcterms:modified"
        ]
        assert modified == "2026-03-08T23:00:00Z"
        nav = ElementTree.fromstring(book.read("EPUB/nav.xhtml"))
        assert [a.get("href") for a in nav.findall(".//{*}a")] == ["1.xhtml", "2.xhtml", "3.xhtml"]
        chapter = ElementTree.fromstring(book.read("EPUB/1.xhtml"))
        assert [i.get("src") for i in chapter.findall(".//{*}img")] == [f"images/{NAME}.jpg"]
        text = "".join(chapter.itertext())
        assert "첫 문장 & 굵은" in text
        assert "https://e.kr/2.jpg" in text  # a link: books hold no remote images
        assert book.read(f"EPUB/images/{NAME}.jpg") == PICTURE
    before = (tmp_path / "book.epub").read_bytes()
    to_epub(archive, [1, 2, 3], tmp_path / "again.epub", "책 & 제목")
    assert (tmp_path / "again.epub").read_bytes() == before


@pytest.mark.parametrize(
    "block",
    [
        *BODY,
        "<p>a<br>b<hr></p>",
        "<p><b>nicht <i>zu</b></i>",
        "</p></div>text",
        "<div><script>x</script><p onclick=x>y</p></div>",
        "<ol start=3><li>x</ol>",
        "<td colspan='2\"'>x",
        "a &nbsp; & < > b",
    ],
)
def test_every_block_becomes_well_formed(block: str) -> None:
    made = xhtml([block], lambda url: None)
    ElementTree.fromstring(f"<body>{made}</body>")
    assert "onclick" not in made


def test_a_book_needs_an_article(archive: Archive, tmp_path: Path) -> None:
    with pytest.raises(FeedsvcError, match="needs one"):
        to_epub(archive, [], tmp_path / "book.epub", "x")


def test_a_record_cannot_name_a_picture_outside_of_images(tmp_path: Path) -> None:
    made = Archive(tmp_path / "archive")
    (tmp_path / "secret.jpg").write_bytes(b"secret")
    images = (Image("https://e.kr/1.jpg", "", "images/../../secret.jpg"),)
    with made.writing(NOW):
        made.keep(record(1, images=images, body=BODY), Event.ADDED, NOW)
    to_epub(made, [1], tmp_path / "book.epub", "x")
    with zipfile.ZipFile(tmp_path / "book.epub") as book:
        assert not [name for name in book.namelist() if "secret" in name]


# WARC


def test_some_raw_pages_are_a_warc_file(archive: Archive, tmp_path: Path) -> None:
    target = tmp_path / "some.warc.gz"
    to_warc(archive, [1, 3], target, NOW)
    checker = Checker(SimpleNamespace(inputs=[str(target)], verbose=False))
    assert checker.process_all() == 0
    with target.open("rb") as stream:
        kinds = [
            (one.rec_type, one.rec_headers.get_header("Feedsvc-Article"))
            for one in ArchiveIterator(stream)
        ]
    assert kinds == [
        ("warcinfo", None),
        ("response", "1"),
        ("request", "1"),
        ("response", "3"),
        ("request", "3"),
    ]


# Whatever it is


def test_nothing_is_written_over(archive: Archive, tmp_path: Path) -> None:
    target = tmp_path / "there"
    target.write_text("mine")
    missing = tmp_path / "no/such/folder"
    writes: tuple[Callable[[], None], ...] = (
        lambda: to_markdown(archive, [1], target),
        lambda: to_csv(archive, [1], target),
        lambda: to_epub(archive, [1], target, "x"),
        lambda: to_warc(archive, [1], target, NOW),
        lambda: to_csv(archive, [1], missing),
    )
    for write in writes:
        with pytest.raises(ConfigError):
            write()
    assert target.read_text() == "mine"


def test_what_is_damaged_is_left_out_and_told_of(archive: Archive, tmp_path: Path) -> None:
    archive.path_of(2).write_bytes(b"broken")
    told: list[str] = []
    to_markdown(archive, [1, 2], tmp_path / "notes", told.append)
    (line,) = told
    assert line.startswith(f"{archive.path_of(2)}: damaged record")
    assert [path.name[:2] for path in (tmp_path / "notes").rglob("*.md")] == ["1 "]


def test_an_export_that_fails_leaves_nothing(
    archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "out").mkdir()

    def full(self: Path, *args: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(FeedsvcError, match="make room on the disk"):
        to_markdown(archive, [1, 2], tmp_path / "out/notes")
    assert not list((tmp_path / "out").iterdir())


def test_a_picture_that_its_address_holds_is_shown_as_it_is() -> None:
    block = '<figure><img src="data:image/png;base64,AAAA" alt="표"></figure>'
    assert '<img src="data:image/png;base64,AAAA" alt="표"/>' in xhtml([block], lambda url: None)
    assert markdown([block], lambda url: None) == "![표](data:image/png;base64,AAAA)"
    away = xhtml(['<p><img src="https://a.kr/1.jpg" alt=""></p>'], lambda url: None)
    assert '<a href="https://a.kr/1.jpg">' in away
