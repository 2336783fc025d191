"""Every rule holds for every document that is published, and is broken by what it forbids."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from xml.etree import ElementTree

import feedparser
import pytest

from feedsvc import feeds
from feedsvc.config import CustomFeedConfig, FeedsConfig
from feedsvc.feeds import StatusNotice
from feedsvc.model import Image, Status
from feedsvc.site import KST, Site
from tests.feeds import rules
from tests.feeds.conftest import NOW, SECTIONS, Desk, access, make_record, revision
from tests.feeds.rules import RULES, A, Rule, links

FIGURE = '<figure><img src="https://dealsite.co.kr/images/one.jpg" alt="그림"></figure>'


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Everything that can stand in a feed, over three months."""
    desk = Desk(tmp_path_factory.mktemp("rules"))
    desk.settings["hub"] = "https://hub.example/"
    desk.settings["custom"] = (CustomFeedConfig(name="own", title="나의 & <피드>", any=("본문",)),)
    body = (
        FIGURE,
        "<p>본문 <b>굵게</b> &amp; <a href='https://x.example/?a=1&amp;b=2'>링크</a></p>",
    )
    desk.shelf.put(
        make_record(1, body=body),
        make_record(2, body=body, title='AT&T "A < B" <b>글자</b>', subtitle="a < b & c"),
        make_record(3, access=access(Status.MEMBERS_ONLY), reporters=(), images=(), keywords=()),
        make_record(4, access=access(Status.OPEN, released_at=NOW), updated_at=NOW),
        make_record(
            5,
            updated_at=NOW,
            revisions=(revision(NOW, title="옛 제목", body=["<p>옛 본문</p>"]),),
            images=(Image("https://dealsite.co.kr/image?id=1", "글"),),
        ),
        *(
            make_record(
                10 + number,
                published_at=NOW - timedelta(days=30 * number),
                updated_at=NOW - timedelta(days=30 * number),
                first_seen_at=NOW - timedelta(days=30 * number),
            )
            for number in range(1, 4)
        ),
    )
    assert not desk.publish().problems
    config = FeedsConfig(path=desk.path, **desk.settings)
    notices = (
        StatusNotice("blocked", NOW, False, "a < b"),
        StatusNotice("blocked", NOW, True, "a < b"),
    )
    told = feeds.publish_status(notices, config, SECTIONS, Site.at("https://dealsite.co.kr"))
    assert not told.problems
    return desk.path


def documents(folder: Path, kind: str) -> Iterator[tuple[str, bytes]]:
    pattern = {"page": "archive/*/*.atom", "opml": "*.opml"}.get(kind, f"*.{kind}")
    for path in sorted(folder.glob(pattern)):
        yield path.relative_to(folder).as_posix(), path.read_bytes()


def named(rule: Rule) -> str:
    return f"{rule.kind}: {rule.says}"


def test_rules_have_names_of_their_own_and_documents() -> None:
    assert len({named(rule) for rule in RULES}) == len(RULES)
    assert {rule.kind for rule in RULES} == {"rss", "atom", "page", "json", "opml"}


@pytest.mark.parametrize("rule", RULES, ids=named)
def test_it_holds(published: Path, rule: Rule) -> None:
    found = dict(documents(published, rule.kind))
    assert len(found) >= {"opml": 1, "page": 12}.get(rule.kind, 8)
    assert [name for name, document in found.items() if not rule.holds(document)] == []


@pytest.mark.parametrize("rule", RULES, ids=named)
def test_what_breaks_it_is_found(published: Path, rule: Rule) -> None:
    assert rule.breaks
    name = {"page": "archive/all/2026-03.atom", "opml": "feeds.opml"}
    document = (published / name.get(rule.kind, f"all.{rule.kind}")).read_text("utf-8")
    for old, new in rule.breaks:
        spoilt = document.replace(old, new).encode()
        assert spoilt != document.encode(), f"{old!r} stands nowhere"
        # Still a document: it is the rule that minds, and no parser.
        if rule.kind == "json":
            json.loads(spoilt.decode("utf-8-sig"))
        else:
            ElementTree.fromstring(spoilt)
        try:
            holds = rule.holds(spoilt)
        except (ValueError, KeyError, TypeError, AttributeError):
            holds = False  # what a rule asks of is not there, or not of its kind
        assert not holds, f"nothing minds {new!r}"


def test_pages_are_a_chain_both_ways_with_every_article_once(published: Path) -> None:
    """RFC 5005, 4: from the subscription document back to the first page."""

    def read(address: str) -> ElementTree.Element:
        return ElementTree.fromstring(
            (published / address.removeprefix("http://127.0.0.1:8080/")).read_bytes()
        )

    feed = read("all.atom")
    (here,) = links(feed, "self")
    seen: list[str] = []
    after: list[str] = []
    before = links(feed, "prev-archive")
    while before:
        (address,) = before
        page = read(address)
        assert links(page, "self") == [address]
        assert links(page, "current") == [here]
        assert links(page, "next-archive") == after
        seen += [one.text or "" for one in page.iterfind(f"{A}entry/{A}id")]
        after, before = [address], links(page, "prev-archive")
    assert sorted(seen) == sorted(
        f"tag:dealsite.co.kr,2018:articles/{number}" for number in (1, 2, 3, 4, 5, 11, 12, 13)
    )
    assert {one.text for one in feed.iterfind(f"{A}entry/{A}id")} <= set(seen)


@pytest.mark.parametrize("kind", ["rss", "atom", "page"])
def test_feedparser_has_nothing_to_say(published: Path, kind: str) -> None:
    for name, document in documents(published, kind):
        feed = feedparser.parse(document)
        assert not feed.bozo, name
        root = ElementTree.fromstring(document)
        written = len(root.findall(f"{A}entry")) + len(root.findall("channel/item"))
        assert len(feed.entries) == written


def test_one_address_is_the_feeds_own_whatever_the_format(published: Path) -> None:
    for name in ("all", "own", "released", "status"):
        for suffix in ("rss", "atom"):
            root = ElementTree.fromstring((published / f"{name}.{suffix}").read_bytes())
            element = root if suffix == "atom" else root[0]
            assert rules.links(element, "self") == [f"http://127.0.0.1:8080/{name}.{suffix}"]


def test_the_pictures_that_feeds_name_are_beside_them(published: Path) -> None:
    for name, width, height in (("icon.png", 144, 144), ("logo.png", 288, 144)):
        data = (published / name).read_bytes()
        assert data.startswith(b"\x89PNG\r\n\x1a\n")
        assert struct.unpack(">II", data[16:24]) == (width, height)
    assert b"http://127.0.0.1:8080/icon.png" in (published / "all.rss").read_bytes()
    assert b"http://127.0.0.1:8080/logo.png" in (published / "all.atom").read_bytes()


def test_times_are_korean_in_every_document(published: Path) -> None:
    assert NOW.tzinfo is KST
    for kind in ("rss", "atom", "page", "json"):
        for name, document in documents(published, kind):
            assert b"Z<" not in document, name
            assert b"+00" not in document, name
