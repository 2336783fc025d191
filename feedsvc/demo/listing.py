"""Section pages.

In: the articles of one page, newest first.  Out: HTML.
Source: the site page, "URLs" and "Section pages".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape
from typing import Literal

from feedsvc.demo import chrome
from feedsvc.demo.articles import Furniture, StandInArticle, plain
from feedsvc.demo.pages import byline

TimeForm = Literal["mixed", "seconds", "minutes", "iso", "short"]
_FORMS = {
    "seconds": "%Y.%m.%d %H:%M:%S",
    "minutes": "%Y.%m.%d %H:%M",
    "iso": "%Y-%m-%d %H:%M:%S",
    "short": "%m-%d %H:%M",
}
_SHORT_FOR = timedelta(days=300)


def shown_time(moment: datetime, form: TimeForm, now: datetime, number: int = 0) -> str:
    """A row's time.  ``mixed`` takes each form in turn by ``number``, the one without
    a year only where the year is plain from ``now``."""
    name: str = form
    if form == "mixed":
        name = ("seconds", "minutes", "iso", "short")[number % 4]
        if name == "short" and not timedelta(0) <= now - moment < _SHORT_FOR:
            name = "seconds"
    return moment.strftime(_FORMS[name])


def summary(article: StandInArticle, length: int = 110) -> str:
    """A row's summary: the beginning of the text, cut with an ellipsis.

    Made from the whole text, so that it may say more than a teaser does.
    """
    text = plain(b for b in article.body if not b.startswith(("<figure", "<table", "<p><img")))
    return text if len(text) <= length else f"{text[:length].rstrip()}…"


def rows_html(
    articles: Sequence[StandInArticle], code: str | None, form: TimeForm, now: datetime
) -> str:
    """Today's rows."""
    return "".join(_row(article, code, form, now) for article in articles)


def _row(article: StandInArticle, code: str | None, form: TimeForm, now: datetime) -> str:
    link = chrome.href(article, code)
    picture = f"/upload/{article.id}/thumb.jpg"
    thumb = (
        f'<img class="thumb-img" src="{picture}" alt="">'
        if article.id % 2
        else f'<img class="thumb-img" style="background-image:url(\'{picture}\')" alt="">'
    )
    text = f'<a class="mnm-news-txt" href="{link}">{escape(summary(article))}</a>\n'
    info = {
        "byline": f"<span>딜사이트 {escape(byline(article))}</span>\n",
        "time": f"<span>{shown_time(article.published_at, form, now, article.id)}</span>",
    }
    shown = "".join(text for part, text in info.items() if part in article.row)
    return (
        f'<div class="mnm-news">\n{thumb if "image" in article.row else ""}\n'
        f'<div class="mnm-news-right">\n'
        f'<span class="mnm-news-title-wrap"><a class="ss-news-top-title" href="{link}">'
        f'<span class="multi-line1">{escape(article.title)}</span></a></span>\n'
        f"{text if 'summary' in article.row else ''}"
        f'<div class="mnm-news-info">{shown}</div>\n</div>\n</div>\n'
    )


@dataclass(frozen=True, slots=True)
class ListPage:
    """Which page of a list it is: its title and path, ``page`` (from 1), whether one follows."""

    title: str
    path: str
    page: int
    has_next: bool


def section_page(
    rows: str, place: ListPage, around: chrome.Around, kind: str = "mnm-news-list"
) -> str:
    """A whole section page around its rows, which stand in an element of class ``kind``."""
    name, path, top = place.title, place.path, around.top
    headlines = "".join(
        f'<li><a href="{chrome.href(other)}">{escape(other.title)}</a></li>\n' for other in top[:5]
    )
    return (
        chrome.head(name, f"딜사이트 {name} 뉴스", path)
        + chrome.top(Furniture(place=(name, "속보창")))
        + f'<h2 class="category-title">{escape(name)}</h2>\n'
        + f'<ul class="bkn-list">\n{headlines}</ul>\n'
        + f'<div class="{kind}">\n{rows}</div>\n'
        + _pages(path, place.page, place.has_next)
        + chrome.foot(around, Furniture())
    )


def _pages(path: str, page: int, has_next: bool) -> str:
    joint = "&amp;" if "?" in path else "?"
    first = (page - 1) // 10 * 10 + 1
    last = page + (1 if has_next else 0)
    numbers = "".join(
        f'<a class="num{" on" if n == page else ""}" href="{escape(path)}{joint}page={n}">{n}</a>\n'
        for n in range(first, min(first + 9, last) + 1)
    )
    following = (
        f'<a class="next active" href="{escape(path)}{joint}page={page + 1}">다음</a>'
        if has_next
        else '<a class="next">다음</a>'
    )
    return f'<div class="pagination">\n<a class="prev">이전</a>\n{numbers}{following}</div>\n'
