"""Whatever a headline is, Markdown shows it as it is: read by CommonMark's own parser."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from feedsvc.archive.markup import markdown
from feedsvc.digestentry import DigestEntry, DigestLine, Group
from feedsvc.feeds import digest
from feedsvc.model import Status
from feedsvc.site import KST
from feedsvc.text import begun, escaped, fold

HOSTILE = (
    "- 매출 감소", "-", "+ 증가", "1. 첫째", "2026. 1분기", "3) 셋째", "===", "=", "---", "- - -",
    "# 제목", "제목 #", "> 인용", "```", "~~~", "AT&amp;T &lt;b&gt; &#35;", "![x](http://e/x.png)",
    "<script>alert(1)</script>", "[a](javascript:x)", "끝\\", "| a | b |", "*굵게* _기울임_",
    "<!-- ", "- [ ] 할일",
)  # fmt: skip
AT = datetime(2026, 3, 10, 8, tzinfo=KST)


def leaves(text: str) -> list[Token]:
    return [one for token in MarkdownIt("commonmark").parse(text) for one in (token.children or ())]


def shown(text: str) -> list[str]:
    return [one.content for one in leaves(text) if one.type == "text"]


def entry(*headlines: str) -> DigestEntry:
    lines = tuple(
        DigestLine(number, f"https://dealsite.co.kr/articles/{number}", one, one, (one,), AT,
             Status.OPEN, False)
        for number, one in enumerate(headlines, 1)
    )  # fmt: skip
    return DigestEntry(
        "m", "2026-03-10T0800", "tag:x", "아침", AT, AT, (Group("all", None, "산업", lines),)
    )


@pytest.mark.parametrize("headline", HOSTILE)
def test_a_digest_shows_headline_subheadline_and_reporters_as_they_are(headline: str) -> None:
    text = digest.markdown(entry(headline, "다음"), None)
    assert shown(text)[-6:] == [fold(headline)] * 3 + ["다음"] * 3
    kinds = [one.type for one in MarkdownIt("commonmark").parse(text)]
    assert kinds.count("list_item_open") == 2
    assert kinds.count("heading_open") == 2


@pytest.mark.parametrize("headline", HOSTILE)
def test_so_does_a_note(headline: str) -> None:
    block = headline.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    for tag in ("p", "h3", "blockquote"):
        told = "".join(shown(markdown([f"<{tag}>{block}</{tag}>"], lambda url: None)))
        assert told == fold(headline)


@given(st.text(alphabet="-+=#>*_`~[]()<>&;\\|!1. a가\t", min_size=1, max_size=12))
def test_any_line_is_one_paragraph_with_its_text(text: str) -> None:
    text = fold(text)
    if not text:
        return
    tokens = MarkdownIt("commonmark").parse("앞\\\n" + begun(escaped(text)))
    assert [one.type for one in tokens] == ["paragraph_open", "inline", "paragraph_close"]
    found = [one.content for one in tokens[1].children or () if one.type == "text"]
    assert "".join(found) == f"앞{text}"
