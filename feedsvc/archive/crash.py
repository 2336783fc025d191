"""What a crash can leave at the end of a file, and what it cannot.

Whoever writes an article has noted it in ``pending.jsonl`` before, and flushes each
thing before the next is begun.  So what is half there is of an article that stands
there, and is no page that its record names already.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection

from feedsvc.archive import records
from feedsvc.archive.layout import Layout
from feedsvc.archive.rawclaims import claimed, key

_BEGIN = b'{"at": "'
_ID = re.compile(rb'"id": (\d+),')
_OF_LAYOUT = b'"event": "layout",'


class Leftovers:
    """Judges by the articles that are pending."""

    def __init__(self, layout: Layout, pending: Collection[int]) -> None:
        self._layout = layout
        self._pending = pending

    def page(
        self, article: int | None, digest: str | None, whole: Callable[[], Collection[int]],
        *, blank: bool = False,
    ) -> bool:  # fmt: skip
        """Whether a page half written can be one: of this article, with this payload's
        digest, each as far as it can be told.  ``whole`` gives the keys of the pages that
        are: a page may say again what an earlier one said.  ``blank``: blocks that were
        given out and never filled before the power went; they hold nothing, of nobody."""
        if blank:
            return True
        if article is None:
            return bool(self._pending)
        if article not in self._pending:
            return False
        found = records.read(self._layout.record(article), article, lenient=True)
        if found is None or digest is None or digest not in claimed(found[0]):
            return True
        return key(article, digest) in whole()

    def line(self, beginning: bytes) -> bool:
        """Whether this beginning of a journal line can be one."""
        beginning = beginning.rstrip(b"\0")
        if not beginning:
            return True
        if not (beginning.startswith(_BEGIN) or _BEGIN.startswith(beginning)):
            return False
        named = _ID.search(beginning)
        of_layout = any(self._layout.layouts.glob("*.yaml"))  # written before its line
        if named is None:
            return bool(self._pending) or of_layout
        if _OF_LAYOUT in beginning:
            return of_layout
        return int(named[1]) in self._pending
