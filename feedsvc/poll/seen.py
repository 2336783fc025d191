"""Who saw a raw page: a guest, or the reader's own session.

In: an article as its raw page reads, and that page.  Out: the article with the access that
guests have, and whose reading it is.  What only a member's page shows must not be taken for
what everybody may read, whenever the page is read again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from feedsvc.archive import Archive
from feedsvc.config import Config
from feedsvc.model import FetchedPage, ParsedArticle, Status


def as_seen(
    article: ParsedArticle, page: FetchedPage, doubtful: Callable[[], bool]
) -> tuple[ParsedArticle, str]:
    """The article with the status that guests get, and ``guest`` or ``member``.

    Pages of an earlier feedsvc do not say who saw them: where that is ``doubtful``
    (:func:`had_session`), one that shows all is taken for a member's, and its status for
    ``members-only`` until the article is read anew.
    """
    is_guests = page.seen_as == "guest" or (page.seen_as is None and not doubtful())
    if is_guests or (page.seen_as is None and article.access.locked):
        return article, "guest"
    told = page.guest_status
    status = told if told is not None and told.locked else Status.MEMBERS_ONLY
    return replace(article, access=replace(article.access, status=status)), "member"


def had_session(config: Config, archive: Archive) -> bool:
    """Whether the reader's own session was ever used here, as far as the configuration and
    the records tell.  Else no page can be a member's."""
    return config.http.cookie is not None or archive.holds(b'"seen_as": "member"')
