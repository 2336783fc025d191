"""Lists of articles in the forms that the demo does not show: the older layout's rows, the
rows of a search page and of the news flashes, the JSON listing.

In: the articles of one page, newest first.  Out: HTML, or the JSON's text.
Source: the site page, "URLs" and "Section pages".
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from html import escape

from feedsvc.demo import StandInArticle, chrome
from feedsvc.demo.listing import TimeForm, shown_time, summary


def paxnet_rows(articles: Sequence[StandInArticle], form: TimeForm, now: datetime) -> str:
    """The rows of the older layout."""
    return "".join(_paxnet_row(article, form, now) for article in articles)


def _paxnet_row(article: StandInArticle, form: TimeForm, now: datetime) -> str:
    text = f'<span class="sneakpeek">{escape(summary(article))}</span>'
    time = shown_time(article.published_at, form, now, article.id)
    return (
        '<div class="list-article">\n<div class="content">'
        f'<a class="dyn std" href="{chrome.href(article)}">{escape(article.title)}</a>\n'
        f"{text if 'summary' in article.row else ''}</div>\n"
        f'<div class="pubdate">{time if "time" in article.row else ""}</div>\n</div>\n'
    )


def plain_rows(articles: Sequence[StandInArticle]) -> str:
    """Rows that are not as on a section page: a link each, once more around its picture."""
    return "".join(
        f'<dl><dt><a href="{chrome.href(a)}"><img src="/upload/{a.id}/thumb.jpg" alt=""></a>'
        f'<a href="{chrome.href(a)}">{escape(a.title)}</a></dt><dd>{escape(summary(a))}</dd></dl>\n'
        for a in articles
    )


def flash_rows(articles: Sequence[StandInArticle]) -> str:
    """The news flashes: a clock time beside each, without a date."""
    rows = "".join(
        f'<li id="article_{a.id}"><a class="title" href="/newsflash/{a.id}">{escape(a.title)}</a>'
        f'<span class="pub-date">{a.published_at:%H:%M}</span></li>\n'
        for a in articles
    )
    return f"<ul>\n{rows}</ul>\n"


def listing_json(rows: str, page: int, has_next: bool) -> str:
    """The JSON listing's answer; ``page`` counts from 0."""
    return json.dumps({"articlesHtml": rows, "page": page, "hasNext": has_next}, ensure_ascii=False)
