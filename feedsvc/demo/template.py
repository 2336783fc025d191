"""Pages of a template that the site does not have: another order, other elements.

In: an article, the template.  Out: article pages and section pages as HTML.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import md5
from html import escape
from typing import Literal

from feedsvc.demo import chrome, listing, pages
from feedsvc.demo.articles import Furniture, RelatedLink, StandInArticle
from feedsvc.model import Status

NEW_WORDS = {
    Status.SOON_FREE: "며칠 뒤 누구에게나 열리는 글",
    Status.MEMBERS_ONLY: "계정이 있는 독자에게 보이는 글",
    Status.PLUS_ONLY: "구독료를 낸 독자에게 보이는 글",
}
_PROMOS = (
    "투자 세미나 신청을 받습니다.",
    "앱을 내려받으면 알림이 옵니다.",
    "뉴스레터를 받아 보세요.",
)


@dataclass(frozen=True)
class Template:
    """``prefix`` begins the class of each role; ``promo`` and ``box`` how many of the texts
    (0 to 1) have a named box, and one that looks like a paragraph, in their middle."""

    prefix: str
    wrapped: bool = False
    paragraphs: Literal["p", "div"] = "p"
    time: str = "%Y.%m.%d %H:%M:%S"
    words: bool = False
    tags: bool = False
    json: bool = False
    promo: float = 0.0
    box: float = 0.0
    row: Literal["line", "card"] = "line"
    without: tuple[str, ...] = ()

    def element(self, role: str, inner: str, tag: str = "div", more: str = "") -> str:
        tag = "time" if self.tags and role == "time" else tag
        return f'<{tag} class="{self.prefix}-{role}"{more}>{inner}</{tag}>\n'


def has_box(number: int, share: float, salt: str = "") -> bool:
    """Whether that article's text has a box, of a template that gives so many of them one."""
    digest = md5(f"{salt}{number}".encode(), usedforsecurity=False).digest()
    return int.from_bytes(digest[:4]) / 2**32 < share


def article_page(
    article: StandInArticle,
    new: Template,
    reading: pages.Interpretation,
    around: chrome.Around,
) -> str:
    related, top = around.related, around.top
    path, meta = chrome.href(article), reading.meta(article)
    head = chrome.head(article.title, pages.description(article), path, meta)
    blocks = reading.blocks(article)
    if new.json:
        data: dict[str, object] = {
            "view": {
                "articleId": article.id,
                "headline": article.title,
                "deck": article.subtitle or None,
                "writer": pages.byline(article),
                "shownAt": article.published_at.strftime(new.time),
                "access": _ACCESS[article.status],
                "notice": pages.notices(article)[0] or None,
                "content": _text(article, blocks, new),
                "tags": list(article.keywords),
                "related": [{"articleId": one.id, "headline": one.title} for one in related],
            },
            "popular": [{"articleId": one.id, "headline": one.title} for one in top[:5]],
        }
        return head + _json_page(data)
    parts = _parts(article, blocks, new, related, top)
    order = ("info", "title", "deck", "lock", "main", "tags", "more", "foot")
    if not new.wrapped:
        order = ("title", "deck", "info", "lock", "main", "more", "tags", "foot")
    inner = "".join(parts[name] for name in order)
    if new.wrapped:
        inner = f'<div class="grid"><div class="column wide">{inner}</div></div>\n'
    page = new.element("page", inner, "article" if new.tags else "div")
    return f"{head}{_top(article.furniture)}{page}{chrome.foot(around, article.furniture)}"


def _top(furniture: Furniture) -> str:
    return chrome.top(furniture).replace('class="gnb', 'class="menu')


def _parts(
    article: StandInArticle,
    blocks: list[str],
    new: Template,
    related: Sequence[RelatedLink],
    top: Sequence[StandInArticle],
) -> dict[str, str]:
    before, after = pages.notices(article)
    if new.words and article.status in NEW_WORDS:
        after = NEW_WORDS[article.status]
    lock_after = new.element("lock", after) if after else ""
    writer = new.element("writer", escape(pages.byline(article)), "span")
    shown_at = new.element("time", article.published_at.strftime(new.time), "span")
    side = new.element("side", "".join(_headline(one) for one in top[3:6]), "aside")
    text = new.element("text", _text(article, blocks, new))
    main = new.element("main", f"{side}{text}{lock_after}")
    if new.wrapped:
        main = new.element("main", f'<div class="inner">{text}</div>{lock_after}{side}', "section")
    links = "".join(
        new.element("more-link", escape(link.title), "a", f' href="/articles/{link.id}"')
        for link in related
    )
    words = () if "keywords" in new.without else article.keywords
    chips = "".join(f"<li>{escape(word)}</li>" for word in words)
    return {
        "title": new.element("title", escape(article.title), "h2"),
        "deck": new.element("deck", escape(article.subtitle), "p") if article.subtitle else "",
        "info": new.element("info", writer + shown_at + new.element("share", "공유 저장 인쇄")),
        "lock": new.element("lock", before) if before else "",
        "main": main,
        "more": new.element("more", f"<h4>이어 보기</h4>{links}") if links else "",
        "tags": new.element("tags", chips, "ul") if chips else "",
        "foot": new.element("foot", chrome.COPYRIGHT),
    }


def _headline(article: StandInArticle) -> str:
    return f'<p><a href="{chrome.href(article)}">{escape(article.title)}</a></p>'


def _text(article: StandInArticle, blocks: list[str], new: Template) -> str:
    blocks = list(blocks)
    if new.paragraphs == "div":
        blocks = [
            re.sub(r"<(/?)p(?=[ >])", r"<\1div", block)
            if block.startswith("<p") and "<table" not in block
            else block
            for block in blocks
        ]
    middle = (len(blocks) + 1) // 2
    said = _PROMOS[article.id % len(_PROMOS)]
    if has_box(article.id, new.promo, "promo"):
        blocks.insert(middle, new.element("promo", f"<p>{said}</p>"))
    if has_box(article.id, new.box):
        tag = new.paragraphs
        blocks.insert(middle, f"<{tag}>독자 {article.id % 9973}명이 이 소식을 저장했다.</{tag}>")
    return pages.with_fillers(blocks, article)


# -- everything in a script ---------------------------------------------------------------------

_ACCESS = {
    Status.OPEN: "FREE",
    Status.UNKNOWN: "FREE",
    Status.PLUS_FIRST: "FREE",
    Status.SOON_FREE: "TIMED",
    Status.MEMBERS_ONLY: "ACCOUNT",
    Status.PLUS_ONLY: "PAID",
}


def _json_page(data: dict[str, object]) -> str:
    text = json.dumps(data, ensure_ascii=False).replace("</", "<\\/")
    return (
        f'<body>\n<div id="app"></div>\n<script id="__DATA__" type="application/json">{text}'
        '</script>\n<script src="/js/app.js"></script>\n</body>\n</html>\n'
    )


# -- section pages ------------------------------------------------------------------------------


def section_page(
    rows: Sequence[StandInArticle],
    new: Template,
    code: str | None,
    place: listing.ListPage,
    around: chrome.Around,
) -> str:
    title, path, top = place.title, place.path, around.top
    head = chrome.head(title, f"딜사이트 {title} 뉴스", path)
    if new.json:
        data: dict[str, object] = {
            "list": {
                "page": place.page,
                "more": place.has_next,
                "rows": [
                    {
                        "articleId": one.id,
                        "headline": one.title,
                        "digest": listing.summary(one, 90),
                        "writer": f"딜사이트 {pages.byline(one)}",
                        "shownAt": one.published_at.strftime(new.time),
                    }
                    for one in rows
                ],
            },
            "popular": [{"articleId": one.id, "headline": one.title} for one in top[:5]],
        }
        return head + _json_page(data)
    shown = "".join(_row(one, new, code) for one in rows)
    ranking = new.element("box", "".join(f"<li>{_headline(one)}</li>" for one in top[:5]), "ol")
    joint = "&amp;" if "?" in path else "?"
    more = (
        f'<a href="{escape(path)}{joint}page={place.page + 1}">다음</a>' if place.has_next else ""
    )
    return (
        f"{head}{_top(Furniture(place=(title, '속보창')))}<h2>{escape(title)}</h2>\n{ranking}"
        f"{new.element('list', shown)}<div>{more}</div>\n{chrome.foot(around, Furniture())}"
    )


def _row(article: StandInArticle, new: Template, code: str | None) -> str:
    link = f' href="{chrome.href(article, code)}"'
    title = new.element("row-title", escape(article.title), "strong")
    text = new.element("row-text", escape(listing.summary(article, 90)), "p")
    writer = new.element("row-writer", f"딜사이트 {escape(pages.byline(article))}", "em")
    time = new.element("row-time", article.published_at.strftime(new.time), "em")
    if new.row == "card":
        picture = f'<a{link}><img src="/upload/{article.id}/thumb.jpg" alt=""></a>'
        inner = f"{picture}{time}{new.element('row-link', title, 'a', link)}{text}{writer}"
        return new.element("row", f'<div class="pad">{inner}</div>', "section")
    inner = new.element("row-link", title, "a", link) + text
    return new.element("row", inner + new.element("row-info", writer + time), "li")
