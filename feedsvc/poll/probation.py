"""A learned layout on probation: known articles are read again, at leisure.

In: an archive whose lock is held, a fetcher.  Out: how many agreed so far; a layout under
which one differs is suspended, and what it published is pending again.  How far it got is
remembered in ``.state``: lost, probation begins anew.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from itertools import islice

from feedsvc import parse, relearn
from feedsvc.archive import ENOUGH_AGREED, Agreement, Archive, KeptLayout, LayoutState, number_of
from feedsvc.config import Config
from feedsvc.fetch import Fetcher, NotModified, is_site_wide
from feedsvc.model import Record, Row
from feedsvc.poll.guard import attempt
from feedsvc.poll.layouts import Adopted, Layouts
from feedsvc.poll.relearning import KNOWN, newest
from feedsvc.poll.undoing import take_back

log = logging.getLogger("feedsvc.relearn")

SETTLED = timedelta(days=1)
"""Since an article came out or last changed, before it can speak against a layout."""

LEISURE = 4
"""Known articles that are read again in one poll."""


class Probation:
    """Reads known articles again with what else reads the site."""

    def __init__(
        self,
        config: Config,
        archive: Archive,
        fetcher: Fetcher,
        clock: Callable[[], datetime],
        layouts: Layouts,
    ) -> None:
        self._site = config.site_of()
        self._archive = archive
        self._fetcher = fetcher
        self._clock = clock
        self._layouts = layouts

    def go_on(self, stop: Callable[[], bool]) -> None:
        """Some more articles for each new layout.  Raises the archive's errors."""
        for one in self._layouts.adopted():
            if one.kept.is_new and not stop():
                self._go_on(one, stop)

    def _go_on(self, adopted: Adopted, stop: Callable[[], bool]) -> None:
        archive, kept = self._archive, adopted.kept
        now_at = Agreement.of(archive.memory, kept)
        records = {
            one.id: one for one in islice(newest(archive), KNOWN) if number_of(one) != kept.number
        }
        left: tuple[int, ...] = ()
        if "body" in adopted.layout.parts:  # else section pages alone changed
            left = relearn.choose(records.values(), asked=now_at.asked)
        settled = [one for one in left if self._is_settled(records[one])]
        for article_id in settled[:LEISURE]:
            if now_at.agreed >= ENOUGH_AGREED or stop():
                break
            agrees = self._agrees(adopted, records[article_id])
            if isinstance(agrees, Down):
                break
            if isinstance(agrees, str):
                self._suspend(kept, article_id, agrees)
                return
            now_at.asked.add(article_id)
            now_at.agreed += agrees
        now_at.keep(archive.memory, kept)
        if now_at.agreed >= ENOUGH_AGREED or not left:
            now = self._clock()
            archive.keep_layout(replace(kept, proven_at=now), now)
            log.info("layout %s: %d known articles agree, probation is over", kept.name,
                     now_at.agreed)  # fmt: skip

    def _is_settled(self, record: Record) -> bool:
        """Whether an article is old enough not to be corrected any more: what differs is
        then the layout's doing."""
        return self._clock() - record.updated_at > SETTLED

    def _agrees(self, adopted: Adopted, record: Record) -> bool | str | Down:
        """Whether a page is read as it is kept, or in what it differs; one that shows
        another text than it did, or is not of this layout, says nothing."""
        page, error = attempt(partial(self._fetcher.get, self._site.article_url(record.id)))
        if error is not None and is_site_wide(error):
            return Down()
        now = self._clock()
        if page is None or isinstance(page, NotModified):
            return False
        off, error = attempt(partial(relearn.unaligned, record, page, self._site, now))
        if off or error:
            return False
        row = Row(record.id, record.url, record.title, listed_at=record.published_at)
        read = partial(parse.article, page, self._site, now, row=row, layouts=self._layouts.all())
        article, _ = attempt(read)
        if article is None or article.layout != adopted.kept.name:
            return False
        if relearn.guard(article, page, adopted.layout, self._site) is not None:
            return False  # it would be held
        differing = relearn.differences(record, article)
        if "access" in differing and "body" in differing:
            return False  # it was released since, or locked again
        return ", ".join(differing) if differing else True

    def _suspend(self, kept: KeptLayout, article_id: int, differing: str) -> None:
        why = f"article {article_id} is read with another {differing} than it is kept with"
        evidence = {**kept.evidence, "against": article_id}
        taken = take_back(
            self._archive, replace(kept, evidence=evidence), LayoutState.SUSPENDED,
            self._clock(), why,
        )  # fmt: skip
        log.warning(
            "layout %s is suspended: %s; %d articles that it read are pending again, %d are "
            "what they were", kept.name, why, len(taken.withdrawn), len(taken.put_back)
        )  # fmt: skip
        for line in taken.left:
            log.warning("%s", line)


@dataclass(frozen=True, slots=True)
class Down:
    """The site as a whole does not answer."""
