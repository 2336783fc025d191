"""What makes a feed valid, a rule a line of the specifications that it is written from:
the RSS 2.0 specification and the RSS Advisory Board's best practices profile, RFC 4287,
JSON Feed 1.1, RFC 5005, OPML 2.0, and what the W3C's validator warns of besides.

In: a document as bytes.  Out: whether a rule holds.  Each rule comes with a way to break
it, so that a rule that holds for anything is found out.  Nothing here shares code with
the writers.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree

from lxml import etree

Element = ElementTree.Element

A = "{http://www.w3.org/2005/Atom}"
CONTENT = "{http://purl.org/rss/1.0/modules/content/}"
DC = "{http://purl.org/dc/elements/1.1/}"
FH = "{http://purl.org/syndication/history/1.0}"
MEDIA = "{http://search.yahoo.com/mrss/}"
SY = "{http://purl.org/rss/1.0/modules/syndication/}"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"

_RFC822 = re.compile(
    r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
    r" \d{4} \d\d:\d\d:\d\d (GMT|[+-]\d{4})"
)
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_MEDIA_TYPE = re.compile(r"[a-z]+/[a-z0-9.+-]+")
_SCHEMA = etree.RelaxNG(etree.parse(Path(__file__).with_name("atom.rng")))


@dataclass(frozen=True)
class Rule:
    """``kind`` is rss, atom, page (an archived one), json or opml; ``breaks`` are texts and
    what each is replaced by: every replacement must make the rule fail."""

    kind: str
    says: str
    holds: Callable[[bytes], bool]
    breaks: tuple[tuple[str, str], ...]


class _Markup(HTMLParser):
    """Tags and addresses of a piece of HTML."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.addresses: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.addresses += [value or "" for name, value in attrs if name in ("href", "src")]


def is_address(value: str | None) -> bool:
    """A whole http(s) address."""
    parts = urlsplit(value or "")
    return parts.scheme in ("http", "https") and bool(parts.netloc) and " " not in str(value)


def is_rfc822(value: str | None) -> bool:
    if not _RFC822.fullmatch(value or ""):
        return False
    moment = parsedate_to_datetime(str(value))
    return str(value).startswith(f"{moment:%a}")


def is_rfc3339(value: object) -> bool:
    if not isinstance(value, str) or not _RFC3339.fullmatch(value):
        return False
    datetime.fromisoformat(value)
    return True


def is_clean(html: str | None) -> bool:
    """No relative address, and nothing that readers strip or that runs."""
    found = _Markup(html or "")
    return (
        all(map(is_address, found.addresses))
        and not found.tags & {"script", "style", "iframe", "object", "embed", "form", "meta"}
        and not any(name.startswith("on") or name == "style" for name in found.attributes)
    )


def once(element: Element, *names: str) -> bool:
    return all(len(element.findall(name)) == 1 for name in names)


def at_most_once(element: Element, *names: str) -> bool:
    return all(len(element.findall(name)) <= 1 for name in names)


def unique(values: Iterable[Any]) -> bool:
    found = list(values)
    return len(set(found)) == len(found)


def _rss(holds: Callable[[Element], bool]) -> Callable[[bytes], bool]:
    """A rule of the channel."""

    def look(document: bytes) -> bool:
        (channel,) = ElementTree.fromstring(document).iterfind("channel")
        return holds(channel)

    return look


def _items(holds: Callable[[Element], bool]) -> Callable[[bytes], bool]:
    return _rss(lambda channel: all(map(holds, channel.iterfind("item"))))


def _atom(holds: Callable[[Element], bool]) -> Callable[[bytes], bool]:
    return lambda document: holds(ElementTree.fromstring(document))


def _entries(holds: Callable[[Element], bool]) -> Callable[[bytes], bool]:
    return _atom(lambda feed: all(map(holds, feed.iterfind(f"{A}entry"))))


def _json(holds: Callable[[dict[str, Any]], bool]) -> Callable[[bytes], bool]:
    return lambda document: holds(json.loads(document))


def _json_items(holds: Callable[[dict[str, Any]], bool]) -> Callable[[bytes], bool]:
    return _json(lambda feed: all(map(holds, feed["items"])))


def links(element: Element, relation: str) -> list[str]:
    """The addresses of links of a relation; one without a relation is an alternate."""
    found = element.iterfind(f"{A}link")
    return [one.get("href", "") for one in found if one.get("rel", "alternate") == relation]


def _same_self(element: Element, suffix: str) -> bool:
    found = links(element, "self")
    return len(found) == 1 and is_address(found[0]) and found[0].endswith(suffix)


def _images(element: Element) -> Iterator[Element]:
    yield from element.iter(f"{MEDIA}content")


def _media_is_right(element: Element) -> bool:
    return all(
        is_address(one.get("url"))
        and _MEDIA_TYPE.fullmatch(one.get("type", "image/x")) is not None
        and one.get("medium") in ("image", "audio", "video", "document", "executable")
        and one.get("fileSize", "1").isdigit()
        for one in _images(element)
    )


def _hints_are_right(element: Element) -> bool:
    return once(element, f"{SY}updatePeriod", f"{SY}updateFrequency") and (
        element.findtext(f"{SY}updatePeriod") in ("hourly", "daily", "weekly", "monthly", "yearly")
        and int(element.findtext(f"{SY}updateFrequency") or 0) > 0
    )


def _is_well_said(title: str | None) -> bool:
    return bool(title and title.strip() == title and not re.search(r"&(#?\w+);", title))


RSS = (
    Rule(
        "rss", "the root is rss 2.0 with one channel",
        lambda document: (root := ElementTree.fromstring(document)).tag == "rss"
        and root.get("version") == "2.0" and once(root, "channel"),
        (('version="2.0"', 'version="0.91"'), ("</channel>", "</channel><channel/>")),
    ),
    Rule(
        "rss", "the channel has one title, link and description, none empty",
        _rss(lambda one: once(one, "title", "link", "description")
             and all(one.findtext(name) for name in ("title", "link", "description"))),
        (("</link>", "</link><link>https://x.example/</link>"),
         ("<description>", "<description/><description>")),
    ),
    Rule(
        "rss", "what may stand once in the channel does",
        _rss(lambda one: at_most_once(one, "language", "copyright", "pubDate", "lastBuildDate",
                                      "ttl", "generator", "docs", "image")),
        (("</ttl>", "</ttl><ttl>5</ttl>"),),
    ),
    Rule(
        "rss", "the channel's link is a whole address",
        _rss(lambda one: is_address(one.findtext("link"))),
        (("<link>https:", "<link>"),),
    ),
    Rule(
        "rss", "the language is a code of RFC 5646",
        _rss(lambda one: _LANGUAGE.fullmatch(one.findtext("language") or "") is not None),
        (("<language>ko", "<language>한국어"),),
    ),
    Rule(
        "rss", "ttl is a whole number of minutes, one at least",
        _rss(lambda one: re.fullmatch(r"[1-9]\d*", one.findtext("ttl") or "") is not None),
        (("<ttl>", "<ttl>-"), ("<ttl>", "<ttl>0.")),
    ),
    Rule(
        "rss", "times are RFC 822's, with four digits of the year and the right weekday",
        _rss(lambda one: all(is_rfc822(time.text) for name in ("pubDate", "lastBuildDate")
                             for time in one.iter(name))),
        ((" 2026 ", " 26 "), ("Mon, ", "Fri, "), (" +0900", " KST")),
    ),
    Rule(
        "rss", "the feed names itself, once, in atom:link",
        _rss(lambda one: _same_self(one, ".rss")),
        (('rel="self"', 'rel="alternate"'), ('.rss"', '"'),
         ('<atom:link href="http://', '<atom:link href="//')),
    ),
    Rule(
        "rss", "an item has a title, a link and a description, each once",
        _items(lambda one: once(one, "title", "link", "description")),
        (("<item>", "<item><title>x</title>"), ("<description>", "<description/><description>")),
    ),
    Rule(
        "rss", "an item has one guid, one content and one time at most",
        _items(lambda one: at_most_once(one, "guid", "pubDate", "author", f"{CONTENT}encoded")),
        (("</guid>", "</guid><guid>x</guid>"),),
    ),
    Rule(
        "rss", "an item's link is a whole address",
        _items(lambda one: is_address(one.findtext("link"))),
        (("<link>https://dealsite.co.kr/articles", "<link>/articles"),),
    ),
    Rule(
        "rss", "a guid is no link unless it says so, and stands once",
        _rss(lambda one: unique(guid.text for guid in one.iter("guid"))
             and all(guid.get("isPermaLink") == "false" or is_address(guid.text)
                     for guid in one.iter("guid"))),
        (('isPermaLink="false"', ""), ("articles/2<", "articles/1<")),
    ),
    Rule(
        "rss", "an author is an e-mail address; names are dc:creator",
        _items(lambda one: all("@" in (author.text or "") for author in one.iter("author"))
               and all(name.text for name in one.iter(f"{DC}creator"))),
        (("<dc:creator>", "<author>x</author><dc:creator>"), (">김하나</dc:", "></dc:")),
    ),
    Rule(
        "rss", "a category has a name",
        _items(lambda one: all(category.text for category in one.iter("category"))),
        ((">반도체<", "><"),),
    ),
    Rule(
        "rss", "HTML has no relative address, script, frame or style",
        _items(lambda one: is_clean(one.findtext("description"))
               and is_clean(one.findtext(f"{CONTENT}encoded"))),
        (('src="https:', 'src="'), ("&lt;b&gt;", "&lt;script&gt;"),
         ("&lt;b&gt;", "&lt;b style='x'&gt;"), ("&lt;b&gt;", "&lt;b onclick='x'&gt;")),
    ),
    Rule(
        "rss", "a title is text, without markup that was escaped",
        _items(lambda one: _is_well_said(one.findtext("title"))),
        (("<title>제목 1", "<title>제목 &amp;amp; 1"), ("<title>제목 1", "<title> 제목 1")),
    ),
    Rule("rss", "update hints are a known period and a number", _rss(_hints_are_right),
         ((">hourly<", ">sometimes<"), ("updateFrequency>", "updateFrequency>0."))),
    Rule("rss", "an image has an address, a type and a medium", _items(_media_is_right),
         (('url="https:', 'url="'), ('type="image/jpeg"', 'type="jpeg"'), ('medium="image"', ""))),
    Rule(
        "rss", "copyright, generator and docs are said",
        _rss(lambda one: bool(one.findtext("copyright")) and is_address(one.findtext("docs"))
             and re.search(r" \d", one.findtext("generator") or "") is not None),
        (("copyright>", "x>"), ("<generator>feedsvc ", "<generator>feedsvc")),
    ),
    Rule(
        "rss", "the channel's picture has an address, and the channel's title and link",
        _rss(lambda one: is_address(one.findtext("image/url"))
             and all(one.findtext(f"image/{name}") == one.findtext(name)
                     for name in ("title", "link"))
             and 0 < int(one.findtext("image/width") or 88) <= 144
             and 0 < int(one.findtext("image/height") or 31) <= 400),
        (("<url>http:", "<url>"), ("<image>", "<image><title>x</title>"), (">144<", ">145<")),
    ),
    Rule(
        "rss", "the newest item comes first",
        _rss(lambda one: (times := [parsedate_to_datetime(time.text or "")
                                    for time in one.iterfind("item/pubDate")])
             == sorted(times, reverse=True)),
        (("09 Mar 2026 00:01", "19 Mar 2026 00:01"),),
    ),
)  # fmt: skip

_ATOM_RULES = (
    ("the grammar of RFC 4287 holds",
     lambda document: bool(_SCHEMA.validate(etree.fromstring(document))),
     (("</id>", "</id><id>urn:x</id>"), ("+09:00</updated>", "</updated>"),
      ("<updated>", "<updated>x"), ("<title>", "<title type='markdown'>"), ('term="', 'name="'),
      ("<name>", "<name/><name>"), ("<entry>", "<entry><entry/>"), ("<entry>", "<entry>text"))),
    ("ids stand once, the feed's own too",
     _atom(lambda feed: unique(one.text for one in feed.iter(f"{A}id"))),
     (("articles/2</id>", "articles/1</id>"),)),
    ("the feed or each entry has an author",
     _atom(lambda feed: feed.find(f"{A}author") is not None
           or all(one.find(f"{A}author") is not None for one in feed.iterfind(f"{A}entry"))),
     (("author>", "contributor>"),)),
    ("the language is said", _atom(lambda feed: feed.get(LANG) == "ko"), (('xml:lang="ko"', ""),)),
    ("the feed names itself, once", _atom(lambda feed: _same_self(feed, ".atom")),
     (('rel="self"', 'rel="alternate"'), ('.atom" rel="self"', '" rel="self"'))),
    ("no two alternates are of one type and language",
     _atom(lambda feed: all(
         unique((one.get("type"), one.get("hreflang")) for one in part.iterfind(f"{A}link")
                if one.get("rel", "alternate") == "alternate")
         for part in (feed, *feed.iterfind(f"{A}entry")))),
     (("<id>", '<link href="https://x.example/"/><link href="https://y.example/"/><id>'),)),
    ("every link is a whole address",
     _atom(lambda feed: all(is_address(one.get("href")) for one in feed.iter(f"{A}link"))),
     (('href="https://dealsite.co.kr/', 'href="/'),)),
    ("an entry has one link, content, summary and time of publication",
     _entries(lambda one: len(links(one, "alternate")) == 1
              and once(one, f"{A}content", f"{A}summary", f"{A}published")),
     (("</content>", "</content><content/>"), ("</summary>", "</summary><summary/>"))),
    ("HTML has no relative address, script, frame or style",
     _entries(lambda one: is_clean(one.findtext(f"{A}content"))
              and is_clean(one.findtext(f"{A}summary"))),
     (('src="https:', 'src="'), ("&lt;b&gt;", "&lt;iframe&gt;"))),
    ("content and summary say that they are HTML, and a title is text",
     _entries(lambda one: all(one.find(f"{A}{name}").get("type") == "html"  # type: ignore[union-attr]  # there, says another rule
                              for name in ("content", "summary"))
              and one.find(f"{A}title").get("type", "text") == "text"  # type: ignore[union-attr]
              and _is_well_said(one.findtext(f"{A}title"))),
     (('<summary type="html"', "<summary"), ("<title>제목 1", "<title type='html'>제목 1"))),
    ("nothing was updated before it was published",
     _entries(lambda one: datetime.fromisoformat(one.findtext(f"{A}updated") or "")
              >= datetime.fromisoformat(one.findtext(f"{A}published") or "")),
     (("<published>2026", "<published>2036"),)),
    ("the feed is as new as its newest entry",
     _atom(lambda feed: datetime.fromisoformat(feed.findtext(f"{A}updated") or "")
           >= max((datetime.fromisoformat(one.text or "")
                   for one in feed.iterfind(f"{A}entry/{A}updated")),
                  default=datetime.fromisoformat("2000-01-01T00:00:00Z"))),
     (("<entry>", "<entry><updated>2036-01-01T00:00:00Z</updated>"),)),
    ("rights and generator are said",
     _atom(lambda feed: once(feed, f"{A}rights", f"{A}generator")), (("rights>", "icon>"),)),
    ("an image has an address, a type and a medium", _entries(_media_is_right),
     (('url="https:', 'url="'), ('medium="image"', ""))),
)  # fmt: skip

ATOM = tuple(
    Rule(kind, says, holds, breaks)
    for kind in ("atom", "page")
    for says, holds, breaks in _ATOM_RULES
)

HISTORY = (
    Rule("atom", "icon and logo are whole addresses",
         _atom(lambda feed: all(is_address(feed.findtext(f"{A}{name}"))
                                for name in ("icon", "logo"))),
         (("<icon>http:", "<icon>"), ("logo>", "x>"))),
    Rule("atom", "the subscription document is no archived page (RFC 5005, 4)",
         _atom(lambda feed: feed.find(f"{FH}archive") is None),
         (("<entry>", "<x:archive xmlns:x='http://purl.org/syndication/history/1.0'/><entry>"),)),
    Rule("atom", "it links one page before it at most, and none after it",
         _atom(lambda feed: len(links(feed, "prev-archive")) <= 1
               and not links(feed, "next-archive") and not links(feed, "current")),
         (('rel="self"', 'rel="current"'), ('rel="prev-archive"', 'rel="next-archive"'))),
    Rule("atom", "update hints are a known period and a number", _atom(_hints_are_right),
         ((">hourly<", ">sometimes<"),)),
    Rule("page", "an archived page says that it is one, once",
         _atom(lambda feed: once(feed, f"{FH}archive")), (("fh:archive", "fh:complete"),)),
    Rule("page", "it links the feed, and one page on either side at most",
         _atom(lambda feed: len(links(feed, "current")) == 1
               and len(links(feed, "prev-archive")) <= 1 and len(links(feed, "next-archive")) <= 1),
         (('rel="current"', 'rel="related"'),)),
    Rule("page", "it names no hub: nobody subscribes to a page",
         _atom(lambda feed: not links(feed, "hub")), (('rel="current"', 'rel="hub"'),)),
)  # fmt: skip

_TOP = {"version", "title", "home_page_url", "feed_url", "description", "user_comment", "icon",
        "next_url", "favicon", "authors", "language", "expired", "hubs", "items"}  # fmt: skip
_ITEM = {"id", "url", "external_url", "title", "content_html", "content_text", "summary", "image",
         "banner_image", "date_published", "date_modified", "authors", "tags", "language",
         "attachments"}  # fmt: skip


def _known(found: dict[str, Any], names: set[str]) -> bool:
    """No key of another's; our own begin with an underscore and hold an object."""
    return all(
        name in names or (name.startswith("_") and isinstance(value, dict))
        for name, value in found.items()
    )


def _authors(found: dict[str, Any]) -> bool:
    return (
        all(
            isinstance(one, dict) and one and set(one) <= {"name", "url", "avatar"}
            for one in found.get("authors", ())
        )
        and found.get("authors") != []
    )


JSON = (
    Rule("json", "the version is 1.1's address",
         _json(lambda feed: feed["version"] == "https://jsonfeed.org/version/1.1"),
         (("version/1.1", "version/1"),)),
    Rule("json", "there are a title and a list of items",
         _json(lambda feed: isinstance(feed.get("title"), str) and bool(feed["title"])
               and isinstance(feed.get("items"), list)),
         (('"items": [', '"items": 1, "x": ['), ('  "title"', '  "name"'))),
    Rule("json", "no key is unknown but extensions, which begin with an underscore",
         _json(lambda feed: _known(feed, _TOP)
               and all(_known(one, _ITEM) for one in feed["items"])),
         (('"_feedsvc"', '"feedsvc"'), ('"hubs"', '"hub"'))),
    Rule("json", "the feed names itself and the site by whole addresses",
         _json(lambda feed: is_address(feed.get("feed_url")) and feed["feed_url"].endswith(".json")
               and is_address(feed.get("home_page_url"))),
         (('.json"', '"'), ('"home_page_url": "https:', '"home_page_url": "'))),
    Rule("json", "icon and favicon are whole addresses",
         _json(lambda feed: is_address(feed.get("icon")) and is_address(feed.get("favicon"))),
         (('"icon": "http:', '"icon": "'), ('"favicon"', '"_favicon"'))),
    Rule("json", "an id is a text and stands once",
         _json(lambda feed: unique(one["id"] for one in feed["items"])
               and all(isinstance(one["id"], str) and one["id"] for one in feed["items"])),
         (("articles/2\",\n      \"url", "articles/1\",\n      \"url"),
          ('"id": "tag:dealsite.co.kr,2018:articles/1"', '"id": 1'))),
    Rule("json", "an item has content", _json_items(
        lambda one: bool(one.get("content_html") or one.get("content_text"))),
        (('"content_html": "', '"content_html": "", "summary": "'),)),
    Rule("json", "an item's address is a whole one, its image's too",
         _json_items(lambda one: is_address(one.get("url"))
                     and is_address(one.get("image", one["url"]))),
         (('"url": "https://dealsite.co.kr/articles/1"', '"url": "/articles/1"'),
          ('"image": "https:', '"image": "'))),
    Rule("json", "times are RFC 3339's",
         _json_items(lambda one: all(is_rfc3339(one[name]) for name in
                                     ("date_published", "date_modified") if name in one)),
         (('+09:00"', '"'), ("2026-03-09T", "2026-03-09 "))),
    Rule("json", "authors are objects in a list that is not empty",
         _json(lambda feed: _authors(feed) and all(map(_authors, feed["items"]))),
         (('"name": "', '"nom": "'), ('"authors": [', '"authors": [{},'))),
    Rule("json", "tags are texts",
         _json_items(lambda one: all(isinstance(tag, str) and tag for tag in one.get("tags", ()))),
         (('"반도체"', "1"), ('"반도체"', '""'))),
    Rule("json", "languages are codes of RFC 5646",
         _json(lambda feed: all(_LANGUAGE.fullmatch(one.get("language", "ko"))
                                for one in (feed, *feed["items"]))),
         (('"language": "ko"', '"language": "한국어"'),)),
    Rule("json", "hubs have a type and an address",
         _json(lambda feed: all(set(hub) == {"type", "url"} and is_address(hub["url"])
                                for hub in feed.get("hubs", ()))),
         (('"type": "WebSub"', '"kind": "WebSub"'),)),
    Rule("json", "HTML has no relative address, script, frame or style",
         _json_items(lambda one: is_clean(one["content_html"])),
         (('src=\\"https:', 'src=\\"'), ("<b>", "<script>"))),
    Rule("json", "it is UTF-8 without a byte order mark",
         lambda document: not document.startswith(b"\xef\xbb\xbf") and bool(document.decode()),
         (("{\n  \"version", "\ufeff{\n  \"version"),)),
)  # fmt: skip


def _opml(holds: Callable[[Element], bool]) -> Callable[[bytes], bool]:
    return lambda document: holds(ElementTree.fromstring(document))


OPML = (
    Rule("opml", "the root is opml 2.0 with one head and one body",
         _opml(lambda root: root.tag == "opml" and root.get("version") == "2.0"
               and [one.tag for one in root] == ["head", "body"]),
         (('version="2.0"', 'version="3"'), ("<head>", "<head/><head>"))),
    Rule("opml", "the head has a title and nothing that the page does not name",
         _opml(lambda root: bool(root.findtext("head/title"))
               and {one.tag for one in root.iterfind("head/*")} <= {
                   "title", "dateCreated", "dateModified", "ownerName", "ownerEmail", "ownerId",
                   "docs", "expansionState", "vertScrollState", "windowTop", "windowLeft",
                   "windowBottom", "windowRight"}),
         (("<title>", "<x/><title>"), ("title>", "docs>"))),
    Rule("opml", "the body has an outline at least, and each has a text",
         _opml(lambda root: root.find("body/outline") is not None
               and all(one.get("text") for one in root.iter("outline"))),
         ((' text="', ' name="'), ("outline", "line"))),
    Rule("opml", "a subscription is of type rss with a whole address",
         _opml(lambda root: all(one.get("type") == "rss" and is_address(one.get("xmlUrl"))
                                for one in root.iter("outline"))),
         (('type="rss"', 'type="atom"'), ('xmlUrl="http:', 'xmlUrl="'))),
    Rule("opml", "the page of a subscription is a whole address, its language a code",
         _opml(lambda root: all(is_address(one.get("htmlUrl"))
                                and _LANGUAGE.fullmatch(one.get("language", "")) is not None
                                for one in root.iter("outline"))),
         (('htmlUrl="https:', 'htmlUrl="'), ('language="ko"', 'language=""'))),
    Rule("opml", "no feed stands twice",
         _opml(lambda root: unique(one.get("xmlUrl") for one in root.iter("outline"))),
         (("<body>", '<body><outline xmlUrl="x"/><outline xmlUrl="x"/>'),)),
)  # fmt: skip

RULES = (*RSS, *ATOM, *HISTORY, *JSON, *OPML)
