"""The documents themselves, read by parsers that are not ours."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from email.utils import parsedate_to_datetime
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree

import feedparser
import pytest

from feedsvc import __version__
from feedsvc.config import SectionConfig
from feedsvc.model import Image, Status
from feedsvc.site import COPYRIGHT
from tests.feeds.conftest import NOW, Desk, access, make_record

NS = {
    "atom": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "media": "http://search.yahoo.com/mrss/",
    "sy": "http://purl.org/rss/1.0/modules/syndication/",
}
HOSTILE = "]]>\x00\x0b\x1b\ud800\ufffe\uffff\U0001ffff\u200b<b>R&D</b> & \u2028 \"'"


def stocked(desk: Desk) -> Desk:
    """With an open article and a locked one of 산업."""
    desk.settings["hub"] = "https://hub.example/"
    desk.shelf.put(
        make_record(1, title='AT&T "A < B"', subtitle="a < b & c"),
        make_record(
            2,
            access=access(Status.MEMBERS_ONLY, plus_first_at=NOW),
            reporters=(),
            images=(),
            updated_at=NOW,
        ),
    )
    return desk


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """What was published once, to be read alone."""
    desk = stocked(Desk(tmp_path_factory.mktemp("shown")))
    desk.publish()
    return desk


@pytest.fixture
def desk(desk: Desk) -> Desk:
    """Still to be published, as a test wants it."""
    return stocked(desk)


def channel(desk: Desk, name: str = "industry") -> ElementTree.Element:
    found = ElementTree.fromstring(desk.read(f"{name}.rss")).find("channel")
    assert found is not None
    return found


def atom(desk: Desk, name: str = "industry") -> ElementTree.Element:
    return ElementTree.fromstring(desk.read(f"{name}.atom"))


def texts(element: ElementTree.Element, path: str) -> list[str | None]:
    return [one.text for one in element.iterfind(path, NS)]


@pytest.mark.one_stands_for_all
@pytest.mark.parametrize("suffix", ["rss", "atom"])
@pytest.mark.parametrize("name", ["all", "industry", "finance", "released", "revised"])
def test_feedparser_finds_nothing_wrong(shown: Desk, name: str, suffix: str) -> None:
    feed = feedparser.parse(shown.read(f"{name}.{suffix}"))
    assert not feed.bozo
    assert feed.version == {"rss": "rss20", "atom": "atom10"}[suffix]
    assert feed.feed.language == "ko"


@pytest.mark.parametrize("suffix", ["rss", "atom"])
def test_feedparser_reads_every_field(shown: Desk, suffix: str) -> None:
    second, first = feedparser.parse(shown.read(f"industry.{suffix}")).entries
    assert first.id == "tag:dealsite.co.kr,2018:articles/1"
    assert first.link == "https://dealsite.co.kr/articles/1"
    assert first.title == 'AT&T "A < B"'
    assert first.summary == "a &lt; b &amp; c"
    assert first.content[0].value.endswith("<p>둘째 문단 <b>굵게</b> &amp; 끝.</p>")
    assert [author.name for author in first.authors] == ["김하나", "이두리"]
    assert first.media_content[0]["url"] == "https://dealsite.co.kr/images/one.jpg"
    assert second.title == "[회원전용] 제목 2"
    assert [(tag.term, tag.scheme) for tag in second.tags] == [
        ("068000", "urn:feedsvc:section"),
        ("반도체", "urn:feedsvc:keyword"),
        ("members-only", "urn:feedsvc:access"),
    ]
    assert second.published_parsed[:5] == (2026, 3, 8, 15, 2)
    assert second.updated_parsed[:4] == (2026, 3, 10, 9)


def test_rss_says_that_the_guid_is_no_link(shown: Desk) -> None:
    assert [one.attrib for one in channel(shown).iterfind("item/guid")] == [
        {"isPermaLink": "false"}
    ] * 2


def test_rss_times_are_korean(shown: Desk) -> None:
    for value in texts(channel(shown), ".//pubDate"):
        assert value is not None
        assert value.endswith(" +0900")
        assert parsedate_to_datetime(value).utcoffset() == timedelta(hours=9)
    assert texts(channel(shown), "item/atom:updated")[0] == "2026-03-10T18:00:00+09:00"


def test_rss_channel_is_told_by_its_entries(shown: Desk) -> None:
    assert texts(channel(shown), "lastBuildDate") == ["Tue, 10 Mar 2026 18:00:00 +0900"]
    assert texts(channel(shown), "pubDate") == ["Mon, 09 Mar 2026 00:02:00 +0900"]
    assert texts(channel(shown, "finance"), "lastBuildDate") == ["Mon, 01 Jan 2018 00:00:00 +0900"]


def test_rss_channel_links_to_the_section_and_itself(shown: Desk) -> None:
    found = channel(shown)
    assert texts(found, "link") == ["https://dealsite.co.kr/categories/068000"]
    links = {one.get("rel"): one.get("href") for one in found.iterfind("atom:link", NS)}
    assert links == {
        "self": "http://127.0.0.1:8080/industry.rss",
        "hub": "https://hub.example/",
    }


def test_rss_channel_has_rights_generator_and_hints(shown: Desk) -> None:
    found = channel(shown)
    assert texts(found, "dc:creator") == ["딜사이트"]
    assert texts(found, "copyright") == [COPYRIGHT]
    assert texts(found, "generator") == [f"feedsvc {__version__}"]
    assert texts(found, "ttl") == ["10"]
    assert texts(found, "sy:updatePeriod") == ["hourly"]
    assert texts(found, "sy:updateFrequency") == ["6"]


@pytest.mark.one_stands_for_all
@pytest.mark.parametrize(
    ("every", "ttl", "period", "frequency"),
    [
        (timedelta(minutes=1), "1", "hourly", "60"),
        (timedelta(hours=1), "60", "hourly", "1"),
        (timedelta(hours=6), "360", "daily", "4"),
        (timedelta(days=3), "4320", "weekly", "2"),
        (timedelta(days=20), "28800", "monthly", "1"),
        ("auto", "10", "hourly", "6"),
    ],
)
def test_hints_follow_the_interval(
    desk: Desk, every: Any, ttl: str, period: str, frequency: str
) -> None:
    desk.sections = (SectionConfig(name="industry", title="산업", code="068000", every=every),)
    desk.publish()
    for name in ("industry", "all"):
        assert texts(channel(desk, name), "ttl") == [ttl]
        assert texts(channel(desk, name), "sy:updatePeriod") == [period]
        assert texts(atom(desk, name), "sy:updateFrequency") == [frequency]


def test_rss_description_is_html_and_content_is_whole(shown: Desk) -> None:
    second, first = channel(shown).iterfind("item")
    assert texts(first, "description") == ["a &lt; b &amp; c"]
    assert str(texts(second, "content:encoded")[0]).startswith('<p class="access">회원전용')
    assert len(first.findall("description")) == 1


def test_access_rights_stand_in_both_formats(shown: Desk) -> None:
    assert texts(channel(shown), "item/dcterms:accessRights") == ["members-only", "open"]
    assert texts(atom(shown), "atom:entry/dcterms:accessRights") == ["members-only", "open"]


def test_the_image_has_its_type_and_no_group(desk: Desk) -> None:
    desk.publish()
    found = channel(desk).findall("item/media:content", NS)
    assert [one.attrib for one in found] == [
        {"url": "https://dealsite.co.kr/images/one.jpg", "type": "image/jpeg", "medium": "image"}
    ]
    desk.shelf.put(make_record(3, images=(Image("https://dealsite.co.kr/image?id=1"),)))
    desk.publish()
    found = atom(desk).findall("atom:entry/media:content", NS)
    assert found[0].attrib == {"url": "https://dealsite.co.kr/image?id=1", "medium": "image"}


def test_atom_has_what_rfc_4287_asks(shown: Desk) -> None:
    feed = atom(shown)
    assert texts(feed, "atom:id") == ["tag:dealsite.co.kr,2018:feeds/industry"]
    assert texts(feed, "atom:updated") == ["2026-03-10T18:00:00+09:00"]
    assert texts(feed, "atom:author/atom:name") == ["딜사이트"]
    assert texts(feed, "atom:rights") == [COPYRIGHT]
    assert feed.get("{http://www.w3.org/XML/1998/namespace}lang") == "ko"
    links = {one.get("rel"): one.get("href") for one in feed.iterfind("atom:link", NS)}
    assert links == {
        "self": "http://127.0.0.1:8080/industry.atom",
        "prev-archive": "http://127.0.0.1:8080/archive/industry/2026-03.atom",
        "alternate": "https://dealsite.co.kr/categories/068000",
        "hub": "https://hub.example/",
    }
    generator = feed.find("atom:generator", NS)
    assert generator is not None
    assert (generator.text, generator.get("version")) == ("feedsvc", __version__)
    for entry in feed.iterfind("atom:entry", NS):
        for name in ("id", "title", "updated", "published", "content", "summary"):
            assert len(texts(entry, f"atom:{name}")) == 1


def test_atom_summary_and_content_are_html_and_the_title_is_text(shown: Desk) -> None:
    (_, first) = atom(shown).iterfind("atom:entry", NS)
    types = {one.tag.removeprefix(f"{{{NS['atom']}}}"): one.get("type") for one in first}
    assert (types["summary"], types["content"], types["title"]) == ("html", "html", None)


def test_atom_categories_have_korean_labels(shown: Desk) -> None:
    second = next(atom(shown).iterfind("atom:entry", NS))
    found = second.findall("atom:category", NS)
    assert [(one.get("term"), one.get("label")) for one in found] == [
        ("068000", "산업"),
        ("반도체", None),
        ("members-only", "회원전용"),
    ]


def test_an_empty_atom_feed_has_a_fixed_time(shown: Desk) -> None:
    assert texts(atom(shown, "finance"), "atom:updated") == ["2018-01-01T00:00:00+09:00"]


def test_json_feed(shown: Desk) -> None:
    feed = json.loads(shown.read("industry.json"))
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["feed_url"] == "http://127.0.0.1:8080/industry.json"
    assert feed["home_page_url"] == "https://dealsite.co.kr/categories/068000"
    assert feed["language"] == "ko"
    assert feed["hubs"] == [{"type": "WebSub", "url": "https://hub.example/"}]
    second, first = feed["items"]
    assert first["id"] == "tag:dealsite.co.kr,2018:articles/1"
    assert first["title"] == 'AT&T "A < B"'
    assert first["summary"] == "a < b & c"
    assert first["image"] == "https://dealsite.co.kr/images/one.jpg"
    assert first["authors"] == [{"name": "김하나"}, {"name": "이두리"}]
    assert first["tags"] == ["산업", "반도체"]
    assert first["date_published"] == "2026-03-09T00:01:00+09:00"
    assert "authors" not in second
    assert "image" not in second
    assert second["date_modified"] == "2026-03-10T18:00:00+09:00"
    assert second["_feedsvc"] == {
        "access": {
            "status": "members-only",
            "locked": True,
            "plus_first_at": "2026-03-10T18:00:00+09:00",
            "released_at": None,
            "seen_as": "guest",
            "markers": [{"kind": "members-only", "text": "표시"}],
        }
    }


@pytest.mark.parametrize(
    "base_url", ["http://127.0.0.1:8080/", "https://xn--3e0b707e.example/a--b/"]
)
def test_a_feed_opened_in_a_browser_names_the_page(desk: Desk, base_url: str) -> None:
    """On its second line, which is one that every parser passes over."""
    desk.settings["base_url"] = base_url
    desk.publish()
    note = f"사람이 읽는 페이지는 {base_url} 입니다"
    assert note in json.loads(desk.read("all.json"))["user_comment"]
    (page,) = (desk.path / "archive/all").iterdir()
    for document in (desk.read("all.rss"), desk.read("all.atom"), page.read_bytes()):
        assert note in document.decode().splitlines()[1]
        assert ElementTree.fromstring(document).tag


def test_json_tags_are_left_out_where_there_are_none(desk: Desk) -> None:
    desk.settings["hub"] = None
    desk.shelf.put(make_record(3, sections=(), keywords=()))
    desk.publish()
    feed = json.loads(desk.read("all.json"))
    assert "tags" not in feed["items"][0]
    assert "hubs" not in feed


def test_opml(shown: Desk) -> None:
    root = ElementTree.fromstring(shown.read("feeds.opml"))
    assert (root.tag, root.get("version")) == ("opml", "2.0")
    assert root.findtext("head/title") == "딜사이트"
    outlines = root.findall("body/outline")
    assert [one.get("xmlUrl") for one in outlines] == [
        f"http://127.0.0.1:8080/{name}.atom"
        for name in ("all", "industry", "finance", "everything", "released", "revised", "status")
    ]
    for one in outlines:
        assert one.get("type") == "rss"
        assert one.get("text")
        assert str(one.get("htmlUrl")).startswith("https://dealsite.co.kr/categories")


def test_the_index_page_announces_every_feed(shown: Desk) -> None:
    found: list[dict[str, str | None]] = []

    class Links(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            if tag == "link":
                found.append(dict(attrs))

    Links().feed(shown.read("index.html").decode())
    alternates = {str(one["href"]): one["type"] for one in found if one["rel"] == "alternate"}
    assert len(alternates) == 21
    assert alternates["all.rss"] == "application/rss+xml"
    assert alternates["all.atom"] == "application/atom+xml"
    assert alternates["all.json"] == "application/feed+json"
    # The status feed is published apart, with the poll's own word on how it went.
    mine = {name for name in alternates if not name.startswith("status.")}
    assert all((shown.path / name).is_file() for name in mine)


@pytest.mark.parametrize("suffix", ["rss", "atom", "json"])
def test_the_index_page_shows_the_newest_headlines_and_when_feeds_changed(
    desk: Desk, suffix: str
) -> None:
    desk.settings["formats"] = (suffix,)
    changed = NOW + timedelta(hours=1)
    locked = access(Status.MEMBERS_ONLY)
    desk.shelf.put(make_record(7, access=locked, updated_at=changed), make_record(8))
    desk.publish()
    page = desk.read("index.html").decode()
    assert (
        '<a href="https://dealsite.co.kr/articles/7" rel="noreferrer">[회원전용] 제목 7</a>' in page
    )
    assert page.index("제목 8") < page.index("제목 7")
    assert f'<time datetime="{changed.isoformat()}">2026.03.10 19:00</time>' in page
    # Nothing in it moves by itself.
    assert desk.publish(now=NOW + timedelta(hours=5), changed=()).paths == ()


def test_the_index_page_escapes_titles(desk: Desk) -> None:
    desk.settings["title"] = "<script>alert(1)</script>"
    desk.publish()
    assert b"<script" not in desk.read("index.html")


@pytest.mark.parametrize("suffix", ["rss", "atom", "json"])
def test_hostile_text_leaves_a_document_that_parses(desk: Desk, suffix: str) -> None:
    desk.settings["formats"] = (suffix,)
    desk.shelf.put(
        make_record(
            3,
            title=HOSTILE,
            subtitle=HOSTILE,
            reporters=(HOSTILE,),
            keywords=(HOSTILE,),
            body=(f"<p>{HOSTILE}</p>", "<p>&#0;&nbsp;</p>" * 3),
            images=(Image("https://dealsite.co.kr/a\x00.png?" + HOSTILE, HOSTILE),),
        )
    )
    assert desk.publish().problems == ()
    document = desk.read(f"industry.{suffix}").decode()
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\ud800-\udfff\ufffe\uffff]", document)
    if suffix == "json":
        title = json.loads(document)["items"][0]["title"]
    else:
        root = ElementTree.fromstring(document)
        title = root.findtext(".//item/title") or root.findtext(
            "atom:entry/atom:title", namespaces=NS
        )
        assert not feedparser.parse(document.encode()).bozo
    assert title == "]]> <b>R&D</b> & \"'"


def test_a_literal_tag_in_a_headline_is_text(desk: Desk) -> None:
    desk.shelf.put(make_record(3, title="<b>굵게</b> <단독> A<B"))
    desk.publish()
    for suffix in ("rss", "atom"):
        entry = feedparser.parse(desk.read(f"all.{suffix}")).entries[0]
        assert entry.title == "<b>굵게</b> <단독> A<B"
