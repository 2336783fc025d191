"""The older article page, of 팍스넷뉴스 (site page, "Article pages, before").

In and out as in ``feedsvc.demo.pages``: ``article.article`` with ``p`` children is all that is
known of it, so the rest is plain.
"""

from __future__ import annotations

from html import escape

from feedsvc.demo import chrome
from feedsvc.demo.articles import StandInArticle
from feedsvc.demo.pages import body_blocks, byline, notices


def article_page(article: StandInArticle, around: chrome.Around) -> str:
    """The page at ``/articles/{id}`` as it was until 2022 or so."""
    before, after = notices(article)
    opening = f'<p class="prime-msg">{before}</p>\n' if before else ""
    ending = f'<p class="prime-msg">{after}</p>\n' if after else ""
    subtitle = (
        f'<h2 class="sub-title">{escape(article.subtitle)}</h2>\n' if article.subtitle else ""
    )
    links = "".join(
        f'<li><a href="/articles/{link.id}">{escape(link.title)}</a></li>\n'
        for link in around.related
    )
    extra = (
        '<meta property="og:type" content="article">\n'
        f'<meta property="article:published_time" content="{article.published_at.isoformat()}">\n'
        f'<meta property="article:author" content="{escape(byline(article))}">\n'
    )
    return (
        chrome.head(article.title, article.subtitle, chrome.href(article), extra * article.metadata)
        + chrome.top(article.furniture)
        + f'<div class="article-head">\n<h1 class="title">{escape(article.title)}</h1>\n{subtitle}'
        + f'<div class="info"><span class="reporter">{escape(byline(article))}</span> '
        + f'<span class="pubdate">{article.published_at:%Y.%m.%d %H:%M:%S}</span></div>\n</div>\n'
        + f'<article class="article">\n{opening}'
        + "".join(f"{block}\n" for block in body_blocks(article))
        + f"{ending}</article>\n"
        + f'<div class="foot_notice">{chrome.COPYRIGHT}</div>\n'
        + (f'<ul class="related-list">\n{links}</ul>\n' if links else "")
        + chrome.foot(around, article.furniture)
    )
