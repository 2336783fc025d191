"""The pages for people: which address is which page.

In: the configuration, the archive, how polling goes.  Out: pages, made anew for each
request; what they say comes from files, so equal state gives equal bytes and a 304.
"""

from __future__ import annotations

from feedsvc.archive import Archive
from feedsvc.config import Config
from feedsvc.health import Health
from feedsvc.serve.asked import Asked
from feedsvc.serve.feedlist import feeds_page
from feedsvc.serve.newspaper import newspaper
from feedsvc.serve.reading import reading_page
from feedsvc.serve.rendering import Frame
from feedsvc.serve.response import Document
from feedsvc.serve.shelves import month_page, shelves_page
from feedsvc.serve.statuspage import status_page


class Pages:
    """Answers with pages.  Every method may raise ``FeedsvcError`` of the archive."""

    def __init__(self, config: Config, archive: Archive) -> None:
        self._config = config
        self._archive = archive

    def article(self, article_id: int, asked: Asked, frame: Frame) -> Document | None:
        record = self._archive.get(article_id)
        if record is None:
            return None
        return reading_page(record, self._config, self._archive, asked, frame)

    def index(self, asked: Asked, frame: Frame) -> Document:
        return newspaper(self._config, self._archive, asked, frame)

    def feeds(self, frame: Frame) -> Document:
        return feeds_page(self._config, self._archive, frame)

    def archive(self, asked: Asked, frame: Frame) -> Document:
        return shelves_page(self._config, self._archive, asked, frame)

    def month(self, path: str, asked: Asked, frame: Frame) -> Document | None:
        return month_page(self._config, self._archive, path, asked, frame)

    def status(self, health: Health, frame: Frame) -> Document:
        return status_page(self._config, self._archive, health, frame)
