"""Puts the feeds in place: built of the catalogue's rows, parsed again, replaced where they
differ.

In: a source of records, the configuration, the rows and pieces of the last time.  Out: files
below ``feeds.path`` and a :class:`Published` that names the ones replaced.  A feed that
cannot be built stays as it was published and never stops the others.

A round is: bring the rows up to what changed, then write what they touch.  Rows and pieces
may be lost: then they are made of all records, and the files come out the same.
"""

from collections.abc import Collection, Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from itertools import islice
from pathlib import Path
from xml.etree import ElementTree

from feedsvc.catalogue.standing import FeedState, Standings
from feedsvc.config import FeedsConfig, SectionConfig
from feedsvc.errors import DigestDamaged, FeedsvcError, PublishError
from feedsvc.feeds import check, digest, pages, pieces
from feedsvc.feeds.archived import Pages, Start
from feedsvc.feeds.channel import ICON, LOGO, Channel
from feedsvc.feeds.definitions import Definition, FeedKind, Source, definitions, is_shown, rules
from feedsvc.feeds.documents import Holding, of_entries, of_rows, put
from feedsvc.feeds.entries import Entries
from feedsvc.feeds.entry import key_of, korean_time
from feedsvc.feeds.folder import FAILURES, Before, Published, Round, bytes_of, leftovers, names_in
from feedsvc.feeds.pages import status_changed_at, status_channel
from feedsvc.feeds.standings import Projection
from feedsvc.model import Record
from feedsvc.site import Site

_DEALSITE = Site.at("https://dealsite.co.kr")
_HEADLINES = 12


def publish(
    source: Source,
    feeds: FeedsConfig,
    sections: tuple[SectionConfig, ...],
    now: datetime,
    *,
    table: Standings,
    changed: Collection[Record] | None = None,
    history: Collection[Record] | None = None,
    anew: Collection[str] = (),
    withhold: bool = False,
    withdrawn: Collection[int] = (),
    site: Site = _DEALSITE,
    served: bool = False,
    members: bool = True,
) -> Published:
    """Publish the feeds, the subscription list and the index page.

    ``changed`` are the records that changed since the last time: only the feeds that
    they can touch are built, and those that have no file yet.  ``None`` builds them
    all, and takes away what was published of feeds and formats that the settings name no
    more.  ``history`` are the records that changed, where that is not ``changed``: without
    either, rows and archived pages are made of all records again, which grows with the
    archive; the pages of the feeds in ``anew`` are written in any case.  ``withhold``: what
    is published may hold locked articles in a form that must not stand there any more; what
    cannot be replaced is taken away.  ``withdrawn`` are articles that the source had and has
    no more, so that their entries leave: by number.  ``site`` is the polled one, for the
    links of the channels; ``served`` tells that there are reading pages below
    ``feeds.base_url``, ``members`` that the source gives members' texts whole.  What the
    source raises is raised; everything else is in ``problems``.
    """
    brought = changed if history is None else history
    titles = {one.code: one.title for one in sections if one.code}
    entries = Entries(
        source, site, table, Before(feeds.path, feeds.formats, withhold),
        {**site.section_names, **titles}, feeds.formats,
        {record.id: record for record in brought or ()},
    )  # fmt: skip
    named = definitions(feeds, sections, site)
    one = _Publication(
        source, table, entries, Round(feeds.path), feeds, now, named,
        status_channel(feeds, sections, site), served, frozenset(withdrawn), changed, brought,
        anew, rules(named, feeds, sections, site, members=members), table.known(),
    )  # fmt: skip
    try:
        one.run(withhold=withhold)
    finally:
        one.done.drop()
    problems = (*entries.problems, *one.done.problems)
    return Published(tuple(one.done.paths), problems, frozenset(one.done.broken))


@dataclass
class _Publication:
    """One round."""

    source: Source
    table: Standings
    entries: Entries
    done: Round
    feeds: FeedsConfig
    now: datetime
    definitions: Sequence[Definition]
    status: Channel
    served: bool
    withdrawn: frozenset[int]
    changed: Collection[Record] | None
    brought: Collection[Record] | None
    anew: Collection[str]
    rules: Mapping[str, str]
    known: dict[str, FeedState]

    def run(self, *, withhold: bool) -> None:
        remembered = dict(self.known)
        made = [one.name for one in self.definitions if one.kind is not FeedKind.DIGESTS]
        if self.brought is not None:
            made = [name for name in made if self._is_shaped_otherwise(name)]
        # Rows, pieces and files together, or none of them; but what grows with the archive
        # is no one transaction: a kill leaves nothing that counts as made.
        with nullcontext() if made else self.table.transaction():
            if made:
                self.table.doubt()
            if self.brought is None or self._is_shaped_otherwise(""):
                self.table.drop_pieces()
            touched = self._rows(made)
            self._pages(touched)
            self._documents({*touched, *made})
            self._whole_list()
            if self.changed is None:
                self._take_away()
            self.done.finish()
            if withhold:
                for path in sorted(self.done.broken):
                    self._withdraw(path)
                self.done.finish()
            for name, rule in self.rules.items():
                known = replace(self.known.get(name, FeedState("")), rule=rule)
                if made or known != remembered.get(name):
                    self.table.know(name, known)
            self.table.make_room(self.now, self.source.damaged_ids())

    def _is_shaped_otherwise(self, name: str) -> bool:
        """Whether the rows of a feed were made by another rule, or never."""
        return name not in self.known or self.known[name].rule != self.rules[name]

    def _rows(self, made: Sequence[str]) -> Mapping[str, Mapping[str, Start]]:
        """Bring the rows up; which months of which feeds that touches."""
        if self.changed is None:
            self.table.keep_only([*self.rules])
        hide = self.feeds.locked == "hide"
        rows = Projection(self.table, self.definitions, self.entries, self.withdrawn, hide)
        rows.bring_up(list(self.entries.fresh.values()))
        if made:
            anew = self.brought is None
            rows.make(made, [one for one in made if anew or one not in self.known])
        return rows.touched

    def _pages(self, touched: Mapping[str, Mapping[str, Start]]) -> None:
        # First, for the subscription document links the newest page.
        if "atom" not in self.feeds.formats or self.changed == ():
            return
        wanted: dict[str, Mapping[str, Start] | None] = {}
        for one in self.definitions:
            if one.kind is not FeedKind.ARTICLES:
                continue
            if self.brought is None or one.name in self.anew or not self._shelf(one).is_dir():
                wanted[one.name] = None
            elif one.name in touched:
                wanted[one.name] = touched[one.name]

        def month_done() -> None:
            if None in wanted.values():
                self.table.make_room(self.now, self.source.damaged_ids(), least=0)

        folder = self.feeds.path / "archive"
        pages = Pages(folder, self.feeds.max_size, self.entries, self.done, month_done)
        pages.bring_up([one.channel for one in self.definitions], wanted)
        self.done.finish()

    def _shelf(self, feed: Definition) -> Path:
        return self.feeds.path / "archive" / feed.name

    def _documents(self, touched: Collection[str]) -> None:
        for feed in self.definitions:
            shelf = names_in(self._shelf(feed)) if feed.kind is FeedKind.ARTICLES else []
            previous = shelf[-1] if shelf else None
            if self.changed is None or feed.name in touched or self._is_stale(feed, previous):
                known = self._document(feed, previous)
                if known is not None:
                    self.known[feed.name] = known
        self.done.finish()

    def _is_stale(self, feed: Definition, previous: str | None) -> bool:
        """Whether its documents must be built though no record says so."""
        known = self.known.get(feed.name)
        if known is None or known.previous != previous:
            return True
        if not all(path.is_file() for path in feed.paths(self.feeds).values()):
            return True
        return feed.kind is FeedKind.DIGESTS and known.changed_at != self._newest_digest(feed.name)

    def _newest_digest(self, name: str) -> datetime | None:
        """When the newest entry of a digest was due; ``None`` for one without entries, or
        with one that cannot be read, as is told when the feed is built."""
        try:
            newest = next(self.source.digest_entries(name), None)
        except DigestDamaged:
            return None
        return korean_time(newest.until) if newest else None

    def _document(self, feed: Definition, previous: str | None) -> FeedState | None:
        """Build a feed's documents; what is to be known of it then, ``None`` where one failed."""
        paths = feed.paths(self.feeds)
        try:
            holding = self._holding(feed)
        except DigestDamaged as error:  # what was published of it stays
            for path in paths.values():
                self.done.failed(path, error)
            return None
        may_leave = partial(self._may_leave, feed)
        shown = [
            put(feed.channel, suffix, path, holding, previous, self.feeds, self.done, may_leave)
            for suffix, path in paths.items()
        ]
        if any(one is None for one in shown):
            return None
        changed_at = max((item.updated for item in shown[0] or ()), default=None)
        return FeedState("", len(holding.ranked), previous, changed_at)

    def _holding(self, feed: Definition) -> Holding:
        if feed.kind is not FeedKind.DIGESTS:
            return of_rows(feed, self.entries, self.feeds.entries, self.now)
        newest = islice(self.source.digest_entries(feed.name), self.feeds.entries)
        ordered = sorted(newest, key=lambda one: one.until, reverse=True)
        at, site = self.feeds.base_url, self.entries.site
        return of_entries(digest.feed_entry(one, at, site, self.served) for one in ordered)

    def _may_leave(self, feed: Definition, ids: Collection[str]) -> bool:
        """Whether the records of these entries say themselves that they do not belong into
        the feed.  An archive that does not know them, or cannot be read, says nothing."""
        numbers = sorted({key[0] for key in map(key_of, ids) if key} - self.withdrawn)
        try:
            records = list(self.source.read(numbers))
        except (FeedsvcError, *FAILURES, LookupError):
            return False
        hide = self.feeds.locked == "hide"
        return len(records) == len(numbers) and not any(
            feed.wanted(record)
            and is_shown(record, hide_locked=hide, published=lambda: frozenset(ids))
            for record in records
        )

    def _whole_list(self) -> None:
        """The subscription list, the pictures and the index page."""
        channels = [*(one.channel for one in self.definitions), self.status]
        opml = pages.opml(channels, self.feeds.formats, self.feeds.title)
        folder, done = self.feeds.path, self.done
        done.put(folder / "feeds.opml", opml, lambda new, old: ElementTree.fromstring(new))
        for name in (ICON, LOGO):
            done.put(folder / name, pages.picture(name), lambda new, old: None)
        done.put(folder / "index.html", self._index(channels), lambda new, old: new.decode())

    def _index(self, channels: Sequence[Channel]) -> bytes:
        """The index page, made of what is published: nothing is asked of the source."""
        suffix = self.feeds.formats[0]
        changed_at = {name: known.changed_at for name, known in self.known.items()}
        changed_at[self.status.name] = status_changed_at(self.feeds)
        newest = bytes_of(self.feeds.path / f"all.{suffix}")
        try:
            found = check.headlines(pieces.first(newest, suffix, _HEADLINES), suffix)
        except PublishError:
            found = ()  # it is replaced with the next poll, and the page with it
        return pages.index(channels, changed_at, found, self.feeds.formats, self.feeds.title)

    def _take_away(self) -> None:
        """Remove the files that the settings name no more."""
        feeds, done = self.feeds, self.done
        named = (*(one.name for one in self.definitions), self.status.name)
        names = {f"{name}.{suffix}" for name in named for suffix in feeds.formats}
        shelves = [one.name for one in self.definitions if one.kind is FeedKind.ARTICLES]
        kept = shelves if "atom" in feeds.formats else ()
        for path in list(leftovers(feeds.path, names, kept)):
            done.remove(path)
        done.finish()
        for folder in (feeds.path / "archive").glob("*/"):
            if folder.name not in kept:
                with suppress(OSError):  # something of the user's lies there
                    folder.rmdir()

    def _withdraw(self, path: Path) -> None:
        """Remove a document that failed, or the pages of a feed that did."""
        for one in [*path.glob("*.atom")] if path.is_dir() else [path]:
            if one.is_file():
                self.done.remove(one)
