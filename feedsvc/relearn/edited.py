"""Whether a page that is not what the archive has was edited, rather than made anew.

In: a known article, its page as it is read by now.  Out: a yes or no.  A newsroom adds to
its articles, releases them, gives them other keywords; that is no sign of a new layout.
"""

from __future__ import annotations

from datetime import datetime

from feedsvc.errors import ParseError
from feedsvc.model import ParsedArticle, Record
from feedsvc.relearn.known import Known, Page, squashed
from feedsvc.relearn.proof import differences
from feedsvc.site import Site
from feedsvc.text import visible

EDITED = "it was edited or released since"


def is_edited(known: Known, article: ParsedArticle, site: Site, now: datetime) -> bool:
    """Whether the page was read whole: nothing that the archive has stands on it and was
    not read.  Then it has something besides, or other words in an optional field."""
    record, page = known.record, known.page
    differing = differences(record, article)
    read, kept = _text(article), _text(record)
    if squashed(record.title) not in squashed(article.title):
        return False
    if not all(squashed(visible(block)) in read for block in record.body):
        return False
    released = record.access.locked and not article.access.locked and len(read) > len(kept)
    if "published_at" in differing or ("access" in differing and not released):
        return False
    lost = {one.url for one in record.images} - {one.url for one in article.images}
    if any(url.rpartition("/")[2].encode() in page.body for url in lost):
        return False
    had, has = _words(record), _words(article)
    words = [word for name in had if not has[name] for word in had[name]]
    try:
        whole = Page.of(known, site, now).whole
    except ParseError:
        return False
    return not any(word in whole for word in words)


def _text(one: Record | ParsedArticle) -> str:
    return "".join(squashed(visible(block)) for block in one.body)


def _words(one: Record | ParsedArticle) -> dict[str, list[str]]:
    """The values of the optional fields, squashed."""
    said = {
        "subtitle": (one.subtitle,),
        "reporters": one.reporters,
        "keywords": one.keywords,
        "related": tuple(each.title for each in one.related),
    }
    return {name: [word for each in those if (word := squashed(each))]
            for name, those in said.items()}  # fmt: skip
