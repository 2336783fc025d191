"""Today's article page in each of the readings that the site page leaves open.

In: the house, a time.  Out: how its pages show an article.  Nobody has
seen which of them is the site's, and it may be a mixture: where a house has more than one
way itself, an article takes one by its id.

- ``today``: sub-headline in ``.sub-title``, time in the info block, numbered
  ``.content-area`` parts (``pages``).
- ``plus``: as a working scraper of the Plus site reads it.
- ``newsroom``: the forms in which the newsroom's own system stores a text.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from hashlib import md5
from html import escape
from typing import Literal, get_args

from feedsvc.demo import chrome, pages
from feedsvc.demo.articles import RelatedLink, StandInArticle
from tests.standin.stored import meant, stored

PLACEHOLDER = "제목을 입력해주세요."
PHOTOS = "https://dtd31o1ybbmk8.cloudfront.net/photos"


House = Literal["today", "plus", "newsroom"]
HOUSES: tuple[House, ...] = get_args(House)


def reading(house: House, when: datetime) -> pages.Interpretation:
    """How a house shows an article, as it is at ``when`` (prices move)."""
    if house == "today":
        return pages.TODAY
    inner = _plus if house == "plus" else partial(_newsroom, when=when)
    blocks = pages.body_blocks if house == "plus" else _stored_blocks

    def page(article: StandInArticle, around: chrome.Around) -> str:
        path, meta = chrome.href(article), _meta(article)
        head = chrome.head(article.title, pages.description(article), path, meta)
        return (
            f"{head}{chrome.top(article.furniture)}"
            f'<div class="read-news">\n<div class="read-news-title">{escape(article.title)}</div>\n'
            f"{inner(article, around.related, around.top)}</div>\n"
            f"{chrome.foot(around, article.furniture)}"
        )

    return pages.Interpretation(page, blocks, _meta)


def shown_blocks(article: StandInArticle, house: House) -> list[str]:
    """The text's blocks as a reader should get them from the page."""
    blocks = pages.body_blocks(article)
    return [meant(block) for block in blocks] if house == "newsroom" else blocks


def _stored_blocks(article: StandInArticle) -> list[str]:
    return [stored(block) for block in pages.body_blocks(article)]


def cover(article: StandInArticle) -> str:
    """The address of the cover, which stands in ``og:image`` alone."""
    name = md5(str(article.id).encode(), usedforsecurity=False).hexdigest()
    return f"{PHOTOS}/{name}/thumb.jpg"


def _meta(article: StandInArticle) -> str:
    return pages.meta(article).replace(pages.STOCK_PICTURE, cover(article))


# -- the Plus scraper's reading ----------------------------------------------------------------


def _plus(
    article: StandInArticle, related: Sequence[RelatedLink], top: Sequence[StandInArticle]
) -> str:
    name = f'<span class="nis-reporter-name">{escape(pages.byline(article))}</span>'
    time = f'<div class="nis-time">{article.published_at:%Y.%m.%d %H:%M:%S}</div>'
    info = name + time
    if article.id % 2:
        info = f'<div class="nis-r-info-wrap">{info}</div>'
    series = f'<div class="article-pack">{escape(article.series)}</div>\n' if article.series else ""
    before, after = pages.notices(article)
    ending = f"<p>{chrome.COPYRIGHT}</p>\n" if article.copyright_at == "paragraph" else ""
    blocks = pages.with_fillers(pages.body_blocks(article), article)
    text = (
        f"{pages.notice_block(article, before)}{blocks}{pages.notice_block(article, after)}{ending}"
    )
    kind = ("rnmc-full", "rnmc-right content-area")[article.id // 2 % 2]
    chips = "".join(f"<li>{escape(word)}</li>" for word in article.keywords)
    return (
        f'{series}<div class="news-info-and-share">\n{info}\n{pages.SHARE}</div>\n'
        f"{_summary(article, top)}"
        f'<div class="read-news-main-contents">\n{pages.left_column(article, top)}'
        f'<div class="{kind}">\n{text}</div>\n{pages.related_block(related)}</div>\n'
        + pages.after_text(
            article, top, f'<div class="rec-keywords"><ul>{chips}</ul></div>\n' if chips else ""
        )
    )


def _summary(article: StandInArticle, top: Sequence[StandInArticle]) -> str:
    """The sub-headline's block; without one it lists headlines of the hour."""
    inner = escape(article.subtitle) or "".join(
        f'<a href="{chrome.href(other)}">{escape(other.title)}</a>\n' for other in top[:3]
    )
    return (
        '<div class="news-info-top-3news-wrap"><div class="news-info-top-3news">'
        f"{inner}</div></div>\n"
    )


# -- as the newsroom stores it -----------------------------------------------------------------


def _newsroom(
    article: StandInArticle,
    related: Sequence[RelatedLink],
    top: Sequence[StandInArticle],
    when: datetime,
) -> str:
    before, after = pages.notices(article)
    blocks = _stored_blocks(article)
    # Between two parts of the text, as the editor sets it.
    blocks.insert(min(len(blocks), 2), _widget(related))
    text = pages.with_fillers(blocks, article)
    ending = f"<p>{chrome.COPYRIGHT}</p>\n" if article.copyright_at == "paragraph" else ""
    chips = "".join(f'<a href="#">{escape(word)}</a>\n' for word in article.keywords)
    return (
        '<div class="news-info-and-share">\n<div class="nis-r-info-wrap">'
        f'<span class="nis-reporter-name">딜사이트 {escape(pages.byline(article))}</span>\n'
        f"<span>{article.published_at:%Y-%m-%d %H:%M:%S}</span></div>\n{pages.SHARE}</div>\n"
        f'<div class="sub-title">{escape(article.subtitle) or PLACEHOLDER}</div>\n'
        f'<div class="read-news-main-contents">\n{pages.left_column(article, top)}'
        f"{pages.notice_block(article, before)}{text}{_stocks(article, when)}"
        '<div class="preview-clip-wrap"><p>미리보기 클립</p></div>\n'
        f"{pages.notice_block(article, after)}{ending}{pages.related_block(related)}</div>\n"
        + pages.after_text(
            article, top, f'<div class="rec-keywords-wrap2">{chips}</div>\n' if chips else ""
        )
    )


def _widget(related: Sequence[RelatedLink]) -> str:
    return (
        '<figure class="ck-related-news-marker">'
        f'<img src="/images/related_article_sample.png" alt="관련기사 {len(related)}"></figure>'
    )


def _stocks(article: StandInArticle, when: datetime) -> str:
    """Related stocks, with the price of the moment."""
    price = 50_000 + (int(when.timestamp()) * 37 + article.id) % 9_000
    return (
        '<div class="relative-stock-wrap"><p>관련종목</p><ul>'
        f"<li>한빛중공업 <b>{price:,}</b> <span>▲ {price % 97 / 10:.1f}%</span></li></ul></div>\n"
    )
