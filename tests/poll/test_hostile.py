"""Hostile bodies through the whole path: the feed stays well formed and nothing runs."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from tests.poll.desk import Desk, by_name, piece
from tests.standin import Fault

pytestmark = pytest.mark.usefixtures("one_section")

RUNS = re.compile(
    r"<\s*(script|style|iframe|object|embed|svg|form|base|meta|link)\b"
    r"|\son\w+\s*=|javascript:|vbscript:|data:text|expression\(|style\s*=",
    re.IGNORECASE,
)
LAST = "<p>마지막 단락이다.</p>"

BODIES = {
    "script": "<p>글<script>alert(1)</script></p><script src=//evil.example/x.js></script>",
    "event attributes": '<p onclick="x()">글<img src="/a.jpg" onerror="alert(1)"></p>',
    "javascript links": (
        '<p><a href="javascript:alert(1)">하나</a><a href="jAva&#x09;script:alert(1)">둘</a>'
        '<a href="&#106;avascript&colon;alert(1)">셋</a><a href="data:text/html,<script>">넷'
        "</a></p>"
    ),
    "style": '<style>p{display:none}</style><p style="background:url(javascript:x)">글</p>',
    "svg and math": "<svg onload=alert(1)><a xlink:href='javascript:x'>글</a></svg><math>x</math>",
    "control characters": "<p>가\x01나\x0b다\x1f라\x7f마\x85바\ufeff사\u200b아\ufffe자</p>",
    "references to them": "<p>가&#1;나&#x1f;다&#xFFFE;라&#55357;마&#0;바</p>",
    "CDATA ends": "<p>가 ]]> 나 <![CDATA[ 다 ]]> &lt;script&gt;</p>",
    "unclosed tags": "<p><b><i><table><tr><td>글<ul><li>하나<p>둘",
    "odd attributes": '<p><img src="x" alt=\'"><script>alert(1)</script>\' title="`"></p>',
}


@pytest.mark.usefixtures("every_format")
@pytest.mark.one_stands_for_all
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_nothing_that_runs_and_nothing_ill_formed_is_published(desk: Desk, body: str) -> None:
    desk.site.publish(piece(101, body=("<p>첫 단락이다.</p>", body, LAST)))
    desk.site.publish(piece(102))

    assert by_name(desk.poll())["industry"].new == 2

    for form in ("rss", "atom"):
        document = (desk.folder / "public" / f"all.{form}").read_bytes()
        for element in ElementTree.fromstring(document).iter():
            if element.tag.endswith(("content", "encoded", "description", "summary")):
                assert not RUNS.search(element.text or "")
    item = next(item for item in desk.feed("all") if item["id"].endswith("/101"))
    assert not RUNS.search(item["content_html"])
    assert "첫 단락" in item["content_html"]


@pytest.mark.usefixtures("every_format")
def test_lone_surrogates_never_reach_a_feed(desk: Desk) -> None:
    body = ("<p>첫 단락이다. &#xD83D; &#xDE00;</p>", LAST)
    desk.site.publish(piece(101, title="제목 &#xD800;", body=body))
    assert by_name(desk.poll())["industry"].new == 1
    assert "\ud83d" not in desk.feed("all")[0]["content_html"]


@pytest.mark.usefixtures("every_format")
def test_a_body_nested_ten_thousand_deep(desk: Desk) -> None:
    deep = "<div>" * 10_000 + "깊은 곳의 글이다." + "</div>" * 10_000
    desk.site.publish(piece(101, body=("<p>첫 단락이다.</p>", deep, LAST)))
    desk.site.publish(piece(102, body=("<p>첫 단락이다.</p>", "<b><blockquote>" * 10_000, LAST)))
    desk.site.publish(piece(103))

    outcome = by_name(desk.poll())["industry"]

    assert outcome.new == 3
    ElementTree.fromstring((desk.folder / "public" / "all.rss").read_bytes())
    item = next(item for item in desk.feed("all") if item["id"].endswith("/101"))
    assert "깊은 곳의 글이다." in item["content_html"]


def test_fifty_megabytes_are_refused_and_the_others_go_through(desk: Desk) -> None:
    desk.site.publish(piece(101))
    desk.site.publish(piece(102))
    desk.site.fault(Fault.HUGE, "/articles/101*")
    outcome = by_name(desk.poll())["industry"]
    assert (outcome.new, outcome.failed) == (1, 1)
    assert len(desk.feed("all")) == 1


def test_an_open_article_that_quotes_a_paywall_phrase_stays_open(desk: Desk) -> None:
    desk.site.boxes = True
    quote = (
        "<p>회사는 홈페이지에 ‘딜사이트 회원에게만 제공되는 특별한 콘텐트입니다’라는 문구를 "
        "넣었다가 ‘곧 무료로 풀릴 기사’라는 말로 바꿨다고 설명했다.</p>"
    )
    desk.site.publish(piece(101, body=("<p>첫 단락이다.</p>", quote, LAST)))
    desk.poll()
    record = desk.archive().get(101)
    assert record is not None
    assert record.access.status == "open"
    assert len(record.body) == 3
    assert not desk.feed("all")[0]["title"].startswith("[")
