"""The pieces of which learning is made: selectors, choosing, the proof, guards, the file."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.relearn.newsroom import NOW, SITE
from feedsvc import parse, relearn
from feedsvc.model import Access, Marker, ParsedArticle, Record, Scope, Status
from feedsvc.parse.layout import Lock
from feedsvc.parse.outline import outline
from feedsvc.relearn.selectors import candidates, indexed
from tests.archive.samples import record
from tests.parse.pages import fetched, page
from tests.relearn.attempt import FEW, archived

TAGS = ("div", "p", "section", "h2", "span", "time")
NAMES = ("a", "b", "c-d", "title", "x1")
PARTS = ("", "", ' id="top"', ' data-part="lead"', ' id="box_17"')


def tree(random: Random, depth: int = 4) -> str:
    tag = random.choice(TAGS)
    classes = " ".join(random.choices(NAMES, k=random.randrange(3)))
    below = range(random.randrange(4)) if depth and tag != "p" else ()
    inner = "".join(tree(random, depth - 1) for _ in below) or "글"
    return f'<{tag} class="{classes}"{random.choice(PARTS)}>{inner}</{tag}>'


@settings(max_examples=20)
@given(st.integers(0, 2**32))
def test_a_selector_finds_what_css_finds(seed: int) -> None:
    random = Random(seed)
    bodies = [tree(random) for _ in range(3)]
    seen = outline(fetched(f"<html><body>{''.join(bodies)}</body></html>"), SITE)
    index = indexed(seen)
    for one in seen.elements[:12]:
        for selector in candidates(one):
            found = selector.find(index)
            assert one in found
            assert found == seen.find(selector.css), selector.css


@pytest.mark.parametrize("count", [FEW, pytest.param(100, marks=pytest.mark.slow)])
def test_choosing_puts_each_aspect_on_two_articles_and_its_absence_on_one(count: int) -> None:
    records, _ = archived(1, count, "today")
    suitable = [one for one in records if relearn.is_suitable(one)]
    first = relearn.choose(records)[: relearn.MOST]
    chosen = [relearn.aspects(one) for one in records if one.id in first]
    every = [relearn.aspects(one) for one in suitable]
    for name in {one for each in every for one in each if not one.startswith("no locked with ")}:
        wanted = min(sum(name in each for each in every), 1 if name.startswith("no ") else 2)
        assert sum(name in each for each in chosen) >= wanted, name
    assert len(relearn.choose(records)) == len(suitable)
    assert not set(relearn.choose(records, asked=first)) & set(first)


def test_what_the_page_did_not_show_itself_teaches_nothing() -> None:
    good = record(
        sources=(("title", ".t"), ("published_at", ".d"), ("body", ".b")),
        access=Access(Status.OPEN),
        revisions=(),
    )
    assert relearn.is_suitable(good)
    for other in (
        replace(good, sources=(("title", "og:title"), ("published_at", ".d"), ("body", ".b"))),
        replace(good, gone_at=NOW),
        replace(good, sources=(*good.sources, ("sections", "newsflash"))),
        replace(good, access=replace(good.access, seen_as="member")),
        replace(good, access=Access(Status.UNKNOWN)),
    ):
        assert not relearn.is_suitable(other)
    # A notice in words that nobody knows is a lock like the others.
    words = Marker(Status.UNKNOWN, Scope.ARTICLE, "알 수 없는 말", True)
    assert relearn.is_suitable(replace(good, access=Access(Status.UNKNOWN, (words,))))


def kept() -> tuple[Record, ParsedArticle]:
    one = parse.article(fetched(page()), SITE, NOW, everywhere=True)
    base = record(
        7, title=one.title, subtitle=one.subtitle, reporters=one.reporters, body=one.body,
        published_at=one.published_at, keywords=one.keywords, related=one.related,
        images=one.images, access=one.access, sources=one.sources,
    )  # fmt: skip
    return base, one


def test_the_proof_sees_every_difference_and_no_other() -> None:
    base, article = kept()
    assert relearn.differences(base, article) == ()
    minute = article.published_at.replace(second=0)
    assert relearn.differences(base, replace(article, published_at=minute)) == ()
    every: dict[str, dict[str, Any]] = {
        "title": {"title": "다른 제목"},
        "body": {"body": article.body[:1]},
        "published_at": {"published_at": article.published_at + timedelta(minutes=1)},
        "access": {"access": Access(Status.MEMBERS_ONLY)},
        "keywords": {"keywords": ("낱말",)},
        "subtitle": {"subtitle": "광고"},
    }
    for name, changes in every.items():
        assert relearn.differences(base, replace(article, **changes)) == (name,)


def test_what_metadata_said_before_may_be_missing() -> None:
    base, read = kept()
    said = replace(base, keywords=("낱말",), sources=(*base.sources, ("keywords", "meta[name=k]")))
    assert relearn.differences(said, read) == ()
    shown = replace(said, sources=(*base.sources, ("keywords", ".chips")))
    assert relearn.differences(shown, read) == ("keywords",)


def test_a_page_with_another_text_is_no_page_of_the_record() -> None:
    base, _ = kept()
    assert relearn.unaligned(base, fetched(page()), SITE, NOW) is None
    changed = {
        "its text differs": page("<p>첫 문단이다.</p><p>고친 문단이다.</p>"),
        "its headline": page(title='<div class="read-news-title">새 제목</div>').replace(
            "제목이다", "새 제목"
        ),
    }
    for why, html in changed.items():
        told = relearn.unaligned(base, fetched(html), SITE, NOW)
        assert told is not None
        assert told.startswith(why)
    assert relearn.unaligned(base, fetched(page(), "/articles/8"), SITE, NOW) is not None


LAYOUT = relearn.LearnedLayout(
    3,
    {"title": (".read-news-title",), "main": (".content-area",), "body": (".content-area",),
     "published_at": (".nis-r-info-wrap",), "signs": (".content-area",)},
    (Lock(".gate", "닫힌 글", Status.MEMBERS_ONLY),),
    guards=relearn.Guards(
        frozenset({"div.read-news-title", "div.news-info-and-share", "div.nis-r-info-wrap",
                   "div.content-area", "beside div.news-info-and-share", "div.rnmc-right",
                   "beside div.nis-r-info-wrap", "beside span.nis-reporter-name", "beside span",
                   "beside div.read-news-title", "div.read-news-main-contents", "beside div"}),
        {"title": 1, "main": 1, "body": 1, "published_at": 1},
        {".gate": ("닫힌 글",)},
        {"title": (".news > div",)},
    ),
)  # fmt: skip


def guarded(html: str) -> str | None:
    article = parse.article(fetched(html), SITE, NOW, layouts=(*parse.BUILT_IN, LAYOUT.layout))
    assert article.layout == "learned-0003"
    return relearn.guard(article, fetched(html), LAYOUT, SITE)


def test_what_the_learned_pages_showed_is_not_held() -> None:
    assert guarded(page()) is None
    stored = '<p class="quote">말했다.</p><figure class="image"><img src="/a.jpg"></figure>'
    table = '<table role="presentation"><tr><td>칸</td></tr></table>'
    assert guarded(page(f"<p>첫 문단이다.</p>{stored}{table}")) is None


@pytest.mark.parametrize(
    ("html", "why"),
    [
        (page("<p>글이다.</p><div class='promo'>광고</div>"), "unknown block div.promo"),
        (page("<p>글이다.</p><div data-part='promo'>광고</div>"), "unknown block div[data-part="),
        (page("<p>글이다.</p><aside>광고</aside>"), "unknown block aside"),
        (page(after="<div class='content-area'><p>또.</p></div>"), "2 elements of main"),
        (page(before="<div class='gate'>새로운 말</div>"), "a lock that was never seen (.gate"),
        (
            page().replace('<div class="news">', '<div class="news"><div>다른 것</div>'),
            ".news > div shows another title",
        ),
    ],
)
def test_what_they_did_not_show_is_held(html: str, why: str) -> None:
    told = guarded(html)
    assert told is not None
    assert told.startswith(why)


def test_a_learned_lock_counts_wherever_it_stands() -> None:
    html = page(around="<div class='gate'>닫힌 글</div>")
    layouts = (*parse.BUILT_IN, LAYOUT.layout)
    article = parse.article(fetched(html), SITE, NOW, layouts=layouts)
    assert article.access.status is Status.MEMBERS_ONLY
    assert article.access.locked
    other = parse.article(fetched(page()), SITE, NOW, layouts=layouts)
    assert other.access.status is Status.OPEN


def test_text_that_new_pages_share_is_held_unless_the_archive_has_it() -> None:
    _, read = kept()
    same = "<p>독자 여러분께 알립니다. 새 앱이 나왔습니다.</p>"
    pages = [
        replace(read, id=n, body=(f"<p>{n}번째 글이다, 서로 다르다.</p>", same)) for n in (1, 2)
    ]
    alone = replace(read, id=3, body=("<p>아무와도 나누지 않는 글이다.</p>",))
    held = relearn.shared([*pages, alone], [])
    assert set(held) == {1, 2}
    assert "2 new pages share" in held[1]
    assert relearn.shared([*pages, alone], [record(9, body=(same,))]) == {}


def test_a_layout_is_the_same_after_it_was_written_down() -> None:
    assert relearn.LearnedLayout.of(LAYOUT.values()) == LAYOUT
    assert LAYOUT.name == "learned-0003"
    assert LAYOUT.layout.locks == LAYOUT.locks


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"number": "3"}, "number"),
        ({"parts": {"headline": [".a"]}}, "no part is called headline"),
        ({"parts": {"title": [".a:has("]}}, "is not a CSS selector"),
        ({"parts": {"title": ".a"}}, "wanted a list of texts"),
        ({"locks": [{"selector": ".a", "words": "", "status": "shut"}]}, "locks"),
        ({"guards": {"counts": {"title": "1"}}}, "whole numbers"),
        ({"guard": {}}, "no value is called guard"),
    ],
)
def test_a_file_that_was_spoiled_says_where(changes: dict[str, object], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        relearn.LearnedLayout.of({**LAYOUT.values(), **changes})
    with pytest.raises(ValueError, match="a layout"):
        relearn.LearnedLayout.of([1])
