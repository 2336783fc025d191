"""Pages that are empty, and whose text stands as JSON in a script."""

from __future__ import annotations

import json
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from feedsvc.parse.document import parsed
from feedsvc.parse.outline import outline, told_by
from tests.parse.pages import SITE, fetched

ARTICLE = {
    "view": {
        "articleId": 7,
        "headline": "제목이다 <b>",
        "content": "<p>첫 문단이다.</p><p>둘째 문단이다.</p>" + "<p>더 있다.</p>" * 20,
        "photo": "/upload/7.jpg",
        "paid": False,
        "related": [{"articleId": 8, "headline": "다른 글"}, {"url": "/articles/9", "name": "글"}],
    }
}


def empty(script: str, attributes: str = ' type="application/json"', body: str = "") -> bytes:
    page = f"<html><head><title>제</title></head><body><div id=app>{body}</div>"
    return f"{page}<script{attributes}>{script}</script></body></html>".encode()


def test_keys_are_classes_and_items_of_lists_lead_somewhere() -> None:
    tree = told_by(parsed(empty(json.dumps(ARTICLE, ensure_ascii=False).replace("</", "<\\/"))))
    assert tree is not None
    assert [one.text() for one in tree.css(".view > .headline")] == ["제목이다 <b>"]
    assert len(tree.css(".view > .content > p")) == 22
    assert [one.attributes["src"] for one in tree.css(".photo img")] == ["/upload/7.jpg"]
    assert [one.text() for one in tree.css(".paid")] == ["false"]
    links = [(one.attributes["href"], one.text()) for one in tree.css(".related-item > a")]
    assert ("/articles/8", "다른 글") in links
    assert ("/articles/9", "글") in links
    assert not tree.css("a.headline[href='/articles/7']")


def test_an_assignment_is_data_too_and_json_ld_is_none() -> None:
    text = json.dumps(ARTICLE, ensure_ascii=False)
    assert (
        told_by(parsed(empty(f"window.__DATA__ = {text};".replace("</", "<\\/"), ""))) is not None
    )
    assert told_by(parsed(empty(text, ' type="application/ld+json"'))) is None


def test_a_page_that_shows_its_text_is_none() -> None:
    text = json.dumps(ARTICLE).replace("</", "<\\/")
    assert told_by(parsed(empty(text, body="<p>본문이다.</p>" * 60))) is None


def test_data_nested_without_end_or_without_number_is_none() -> None:
    deep = '{"a":' * 5000 + "1" + "}" * 5000
    assert told_by(parsed(empty(deep))) is None
    assert told_by(parsed(empty(json.dumps({"a": list(range(50_000))})))) is None
    assert told_by(parsed(empty('{"a": ' + "x" * 500 + "}"))) is None


def drawn(random: Random, depth: int = 3) -> object:
    """Any value that JSON can hold."""
    kind = random.randrange(7 if depth else 5)
    if kind == 5:
        return [drawn(random, depth - 1) for _ in range(random.randrange(5))]
    if kind == 6:
        keys = ("id", "url", "", "키", "a b", "articleId", "<p>", "x" * 300)
        return {random.choice(keys): drawn(random, depth - 1) for _ in range(random.randrange(5))}
    texts = ("", "글", "<p>글</p>", "/articles/7", "</script>", "/a.jpg", "\0\ud800", "&lt;")
    return (None, random.random() < 0.5, random.randrange(10**6), 0.5, random.choice(texts))[kind]


@settings(max_examples=40)
@given(st.integers(0, 2**32))
def test_whatever_the_data_hold_there_is_a_tree_or_none(seed: int) -> None:
    value = drawn(Random(seed))
    script = json.dumps({"v": value, "pad": "x" * 300}).replace("</", "<\\/")
    page = fetched(empty(script))
    found = outline(page, SITE)
    for one in found.elements:
        assert one.number <= one.last < len(found.elements)
        assert one.start <= one.end <= len(found.texts)
