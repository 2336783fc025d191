"""One attempt to learn the site's new layout: known articles asked for, and what comes of it.

In: an archive whose lock is held, a fetcher.  Out: an :class:`Attempt`, which :func:`adopt`
writes down.  What is fetched makes no revision.  Nothing is remembered in between: who is
killed begins anew.  What the pages teach is ``feedsvc.relearn``'s to say, when to try and
what becomes of the articles that wait is ``redesign``'s.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from itertools import islice

from feedsvc import relearn
from feedsvc.archive import Archive, KeptLayout, LayoutState
from feedsvc.archive.records import claimed, payload_digest
from feedsvc.errors import FeedsvcError, StatusRefused
from feedsvc.fetch import NotModified, is_site_wide
from feedsvc.model import FetchedPage, Json, Record
from feedsvc.poll.guard import attempt
from feedsvc.poll.keeping import whole
from feedsvc.poll.layouts import Layouts, articles
from feedsvc.poll.recheck import GONE_STATUSES
from feedsvc.poll.stage import Tools

KNOWN = 500
"""The newest records among which known articles are chosen."""

ROWS = 10
"""Known articles on a section page from which rows are learned; boxes beside them have some
too."""

_NUMBER = re.compile(rb"(?<![0-9.])[1-9][0-9]{2,11}(?![0-9])")

DOUBT = timedelta(hours=36)
"""How long the article that suspended a layout is one of those to learn from."""

PAGE = timedelta(hours=8)
"""In which the site publishes less than a section page of articles."""


@dataclass(slots=True)
class Attempt:
    """``refused`` says why nothing can be adopted; ``aside`` which known articles taught
    nothing, and why.  Where the site as a whole failed, or too much of it, there is its
    ``error``: it is to be tried again."""

    number: int
    known: tuple[relearn.Known, ...] = ()
    listings: list[FetchedPage] = field(default_factory=list)
    aside: dict[int, str] = field(default_factory=dict)
    draft: relearn.Draft | None = None
    refused: str | None = None
    error: FeedsvcError | None = None
    failed: dict[int, FeedsvcError] = field(default_factory=dict)
    """Why articles' pages could not be had that the site has not given up."""

    @property
    def changed(self) -> frozenset[int]:
        """The articles that are not on the site what the archive has."""
        return frozenset(() if self.nothing_stood else self.aside.keys() - self.failed.keys())

    @property
    def nothing_stood(self) -> bool:
        """Whether not one of the known articles was on its page: that is the site's trouble
        and tells nothing of its layout, so that it is soon tried again."""
        return bool(self.aside) and not self.known


@dataclass
class Relearning(Tools):
    """``progress`` is told (done, total) articles."""

    layouts: Layouts
    progress: Callable[[int, int], None] | None = None

    def attempt(self, without: Collection[str] = (), last: Collection[int] = ()) -> Attempt | None:
        """Ask for known articles and section pages, and learn from them; ``without`` names
        fields that the site gave up, ``last`` articles that taught nothing the last time.
        ``None``: told to stop.  Raises the archive's errors."""
        made = Attempt(self.archive.learned.next())
        records = {one.id: one for one in newest(self.archive)}
        made.refused = relearn.unsuited(records.values())
        if made.refused is not None:
            return made
        site, layouts = self.config.site_of(), self.layouts.all()
        asking = relearn.Asking(records.values(), site, self.clock(), layouts, last)
        for doubted in self._doubted(records):
            self._ask(made, asking, doubted)
        if made.error is None:
            self._list(made, records)
        while True:
            while made.error is None and (number := asking.next()) is not None:
                if self.stop():
                    return None
                self._ask(made, asking, number)
                if self.progress:
                    self.progress(asking.requests, relearn.MOST)
            if made.error is not None:
                return made
            made.known, made.aside = asking.known, asking.aside
            learn = partial(
                relearn.learn,
                made.known,
                made.listings,
                _Records(self.archive),
                site,
                self.clock(),
                number=made.number,
                without=without,
                layouts=self.layouts.all(),
                given=self.config.site.selectors.given,
            )
            made.draft, error = attempt(learn)
            made.refused = str(error) if made.draft is None else made.draft.refused
            if made.draft is None or not asking.put_aside(made.draft):
                break
        if made.refused is not None and made.failed and len(made.known) < relearn.LEAST:
            made.error = next(reversed(made.failed.values()))  # not for what the others taught
        return made

    def _doubted(self, records: Mapping[int, Record]) -> Iterator[int]:
        """The articles at which probation found an earlier layout wrong: the next one must
        read them."""
        for kept in self.layouts.kept():
            against = kept.evidence.get("against")
            fresh = self.clock() - kept.at < DOUBT  # it may have changed since
            if kept.state is LayoutState.SUSPENDED and fresh and isinstance(against, int):
                record = records.get(against)
                if record is not None and relearn.is_suitable(record):
                    yield against

    def _list(self, made: Attempt, records: Mapping[int, Record]) -> None:
        """The first page of a section, where most of its rows are known; else one so deep
        that they are."""
        sections = (one for one in self.config.sections if not (one.newsflash or one.search))
        if (section := next(sections, None)) is None:
            return
        since = self.clock() - max(one.first_seen_at for one in records.values())
        most = 0
        for number in (1, 2 + max(0, round(since / PAGE))):
            page, error = attempt(
                partial(self.fetcher.get, section.url(self.config.site_of(), number))
            )
            if error is not None and is_site_wide(error):
                made.error = error
            if not isinstance(page, FetchedPage):
                return
            # Those that the page names, in whatever way.
            known = len(self.archive.index.known(map(int, _NUMBER.findall(page.body))))
            if known > most:
                most, made.listings = known, [page]
            if known >= ROWS:
                return

    def _ask(self, made: Attempt, asking: relearn.Asking, number: int) -> None:
        page, error = attempt(partial(self.fetcher.get, self.config.site_of().article_url(number)))
        if error is not None and is_site_wide(error):
            made.error = error
        elif page is None or isinstance(page, NotModified):
            asking.failed(number, error.message if error else "the site says it is unchanged")
            if error and not (isinstance(error, StatusRefused) and error.status in GONE_STATUSES):
                made.failed[number] = error
        else:
            before, _ = attempt(partial(self._before, number))
            _, error = attempt(partial(asking.answer, number, page, before))
            if error is not None:
                asking.failed(number, str(error))

    def _before(self, number: int) -> FetchedPage | None:
        """The page that an article was read from; the last one that is kept of it may be one
        that was fetched to learn from."""
        record, page = self.archive.get(number), self.archive.raw.last(number)
        if record is None or page is None or payload_digest(page.body) not in claimed(record):
            return None
        return page


def adopt(archive: Archive, made: Attempt, now: datetime) -> KeptLayout:
    """Write a proven layout down: the pages that it was learned from, then the layout with
    its journal line.  From then on pages are read by it."""
    draft = made.draft
    assert draft is not None
    assert draft.layout is not None
    assert draft.refused is None
    # Where section pages alone changed nothing is learned from the articles' own.
    taught = draft.used if "body" in draft.layout.parts else ()
    used = [one for one in made.known if one.record.id in taught]
    for one in used:
        archive.hold(one.record.id, one.page)
    evidence: dict[str, Json] = {
        "pages": [
            {
                "id": one.record.id,
                "page": payload_digest(one.page.body),
                "fetched_at": one.page.fetched_at.isoformat(),
                "verdict": "exact",
            }
            for one in used
        ],
        "listings": [{"url": one.url, "page": payload_digest(one.body)} for one in made.listings],
        "aside": [{"id": number, "why": why} for number, why in sorted(made.aside.items())],
        **draft.values(),
    }
    kept = KeptLayout(made.number, LayoutState.ADOPTED, now, now, draft.layout.values(), evidence)
    archive.learned.keep(kept, now)
    return kept


def newest(archive: Archive) -> list[Record]:
    """The records among which known articles are chosen; what is damaged is left out."""
    return list(islice(archive.newest_first(damaged=lambda error: None), KNOWN))


class _Records(Mapping[int, Record]):
    """The archive's records by id, read when they are asked for."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive

    def __getitem__(self, number: int) -> Record:
        record = whole(self._archive, number)
        if record is None:
            raise KeyError(number)
        return record

    def __iter__(self) -> Iterator[int]:
        return self._archive.index.ids()

    def __len__(self) -> int:
        return len(self._archive)


def draft_text(made: Attempt) -> str:
    """What was learned and is not adopted, a line for the status feed, ``status`` and the log:
    why, which fields were found, and the draft."""
    if made.refused is None:
        head = (
            f"the site's layout changed, and a new one was learned from {learned_from(made)}; "
            "'feedsvc relearn' adopts it, --dry-run shows it first"
        )
    else:
        head = f"the site's layout changed, and the new one could not be learned: {made.refused}"
    if made.draft is None:
        return head
    fields = made.draft.fields
    parts = {
        "found": ", ".join(one.field for one in fields if not one.why),
        "not found": ", ".join(f"{one.field} ({one.why})" for one in fields if one.why),
        "put aside": articles(len(made.aside)) if made.aside else "",
        "the draft": "; ".join(
            f"{one.field}: {' , '.join(one.selectors)}" for one in fields if one.selectors
        ),
    }
    return ". ".join((head, *(f"{what}: {text}" for what, text in parts.items() if text)))


def learned_from(made: Attempt) -> str:
    """``16 articles: 16 of 16 exact``."""
    draft = made.draft
    assert draft is not None
    used = len(draft.used)
    coarse = "; times have fewer details than before" if draft.coarse else ""
    rows = f", {draft.listed} rows of section pages" if draft.listed else ""
    return f"{articles(used)}: {draft.exact} of {used} exact{rows}{coarse}"
