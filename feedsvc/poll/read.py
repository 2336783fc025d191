"""One article through the stages: fetch, parse, compare, keep.

In: an id with what is known of how it was listed.  Out: the change that was kept,
or an error raised.  Used by polls, by ``refresh`` and by ``backfill``.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from feedsvc import dedup, parse
from feedsvc.archive.records import naming, payload_digest
from feedsvc.dedup import Change, flashed, gone
from feedsvc.errors import (
    AnotherArticle,
    FeedsvcError,
    FetchError,
    FieldMissing,
    LayoutUnknown,
    LoginForm,
    LoginWanted,
    NotAnArticle,
    PageDoubtful,
    ParseError,
    StatusRefused,
)
from feedsvc.fetch import NotModified, is_site_wide
from feedsvc.model import Event, FetchedPage, ParsedArticle, Record, Row, Status
from feedsvc.parse import generic
from feedsvc.poll.keeping import Pictures, as_seen, had_session, keep_marked
from feedsvc.poll.layouts import Layouts
from feedsvc.poll.recheck import GONE_STATUSES, Outcome, after_reading, next_look
from feedsvc.poll.stage import Tools
from feedsvc.recordjson import sha256
from feedsvc.text import same_headline


@dataclass
class ArticleReader(Tools):
    """Reads articles into the archive, whose lock the caller holds."""

    def __post_init__(self) -> None:
        config, archive = self.config, self.archive
        self._site, self._watch = config.site_of(), archive.memory.watch
        images = config.archive.images
        self._pictures = Pictures(archive, self.fetcher, self.clock) if images else None
        self.layouts = Layouts(config, archive)
        self.read_by_new: dict[str, list[ParsedArticle]] = {}
        """Articles that learned layouts on probation read, by the layout's name."""
        self._shown: set[str] = set()  # optional parts that the pages read so far have
        self.marked: set[int] = set()
        """Records that were kept anew because one that was read later is the original."""

    @property
    def images_failed(self) -> tuple[FeedsvcError, ...]:
        """Why images of the articles read so far could not be had; each was logged."""
        return tuple(self._pictures.failed) if self._pictures else ()

    def read(
        self,
        row: Row,
        *,
        sections: Collection[str] = (),
        origin: str = "poll",
        seen_at: datetime | None = None,
    ) -> Change:
        """Read the row's article now and keep what changed.  ``seen_at`` is when one that is
        new was first seen, if not now.

        Where its page leads to another id, that one is read and kept, the change is its
        own, and the journal says of the row's id that it ``moved``.  Raises ``FetchError``,
        ``ParseError`` and the archive's errors; nothing is kept then.
        """
        seen_as = "guest"
        try:
            page, article = self.look(row)
        except (LoginWanted, LoginForm):
            if not self.config.http.cookie:
                raise
            page, article = self.look(row, as_member=True)
            access = replace(article.access, status=Status.MEMBERS_ONLY)
            page = replace(page, guest_status=Status.MEMBERS_ONLY)
            article, seen_as = replace(article, access=access), "member"
        if self._site.flash_id(row.url) is not None:
            article = replace(article, sources=flashed(article.sources))
        asked, row = row, replace(row, id=article.id, url=article.url)
        if seen_as == "guest" and article.access.locked and self.config.http.cookie:
            page, article, seen_as = self._as_member(row, page, article)
        now = self.clock()
        old = self.archive.get(row.id)
        if old is not None and generic.is_provisional(old):
            mended = dedup.mended(old, article)
            access = replace(mended.access, seen_as=seen_as)
            change = Change(replace(mended, access=access, updated_at=now), Event.REPAIRED)
            self.archive.keep(change.record, Event.REPAIRED, now, page)
        else:
            parts = dedup.optional_parts(article)
            if old is not None:
                article = dedup.completed(old, article, self._shown)
            self._shown |= parts
            change = dedup.compare(
                old, article, now=now, sections=sections, origin=origin, seen_as=seen_as
            )
            if old is None and seen_at is not None:
                change = replace(change, record=replace(change.record, first_seen_at=seen_at))
            self._watch.put(after_reading(self._watch.of(row.id)))
            change, marked = keep_marked(self.archive, change, now, page, self._pictures)
            self.marked |= marked
        if asked.id != row.id:  # it is another one by now, which is kept
            self.archive.move_away(asked.id, asked.url, now)
        return change

    def provisional(self, row: Row, sections: Collection[str]) -> Change | None:
        """What a generic extractor makes of the page of an article that is held; kept
        where it is installed, the page is at hand and there is no record yet.  It is held
        all the same, and a layout's reading takes its place."""
        wanted = generic.installed() and self.archive.get(row.id) is None
        page = self.archive.raw.last(row.id) if wanted else None
        if page is None:
            return None
        now = self.clock()
        try:
            article = generic.provisional(page, self._site, now, row)
        except ParseError:
            return None
        article, seen_as = as_seen(article, page, partial(had_session, self.config, self.archive))
        change = dedup.compare(None, article, now=now, sections=sections, seen_as=seen_as)
        named = replace(change, record=naming(change.record, (payload_digest(page.body),)))
        change, marked = keep_marked(self.archive, named, now)
        self.marked |= marked
        return change

    def again(self, record: Record) -> Change:
        """Read a kept article again now.

        A page that is gone (404 or 410) twice, a day apart and with no page of any kind
        in between, sets ``gone_at``; the record stays.  Raises as :meth:`read` does, the
        first 404 included.
        """
        row = Row(
            record.id,
            self._site.flash_url(record.id) if record.is_flash else record.url,
            record.title,
            listed_at=record.published_at,
            sections=record.sections,
        )
        try:
            return self.read(row, origin=record.origin)
        except ParseError:
            self._watch.set(record.id, missing_since=None, missing=0)
            raise
        except StatusRefused as error:
            if error.status not in GONE_STATUSES:
                raise
            now, watch = self.clock(), self._watch.of(record.id)
            looked = next_look(watch, Outcome.GONE, now, record)
            if looked.given_up_at != now:
                # When to look again is not for everybody to say who reads it.
                self._watch.put(replace(looked, next_at=watch.next_at))
                raise
            change = gone(record, now)
            if change.event is not None:
                self.archive.keep(change.record, change.event, now)
            self._watch.put(replace(looked, given_up_at=None))
            return change

    def _as_member(
        self, row: Row, page: FetchedPage, guest: ParsedArticle
    ) -> tuple[FetchedPage, ParsedArticle, str]:
        """What the reader's own session shows of an article that is locked for guests.

        The status stays the one that guests get: it is what the site says of the
        article.  Where the session shows no more, or fails, the guest's page counts.
        """
        try:
            whole_page, whole = self.look(row, as_member=True)
        except (ParseError, LoginWanted):
            return page, guest, "guest"
        if sum(map(len, whole.body)) <= sum(map(len, guest.body)):
            return page, guest, "guest"
        told = replace(whole_page, guest_status=guest.access.status)
        return told, replace(whole, access=guest.access), "member"

    def look(self, row: Row, *, as_member: bool = False) -> tuple[FetchedPage, ParsedArticle]:
        """The page and what it says; no record is kept, but the raw page of an article
        that cannot be read is.

        A news flash stands among the articles, or has a page of its own alone.
        """
        article_url, flash_url = self._site.article_url(row.id), self._site.flash_url(row.id)
        if self._site.flash_id(row.url) is None:
            return self._whose(row, article_url, as_member)
        try:
            page, article = self._whose(row, article_url, as_member)
        except StatusRefused as error:
            if error.status not in GONE_STATUSES:
                raise
            return self._whose(row, flash_url, as_member)
        if row.title and not same_headline(row.title, article.title):
            self._check_flash(row, article, flash_url)
        return page, article

    def _check_flash(self, row: Row, article: ParsedArticle, flash_url: str) -> None:
        """Raise ``NotAnArticle`` where a flash and the article of its number are two: that
        the two count together is a guess.  A headline that was edited is no proof."""
        kept = self.archive.get(row.id)
        if kept is not None and kept.is_flash:
            return
        try:
            _, flash = self._whose(row, flash_url, False)
        except StatusRefused as error:
            if error.status in GONE_STATUSES:
                return
            raise
        if not same_headline(flash.title, article.title):
            raise NotAnArticle(
                f"the news flash {row.id} ({flash.title}) is not the article of that number "
                f"({article.title})",
                about=flash_url,
                advice="it is held, for the two would be one entry; take the section out if "
                "this is so for all of them",
            )

    def _whose(self, row: Row, url: str, as_member: bool) -> tuple[FetchedPage, ParsedArticle]:
        """What stands at an address, also where the page calls itself that of another id: it
        is the address's own where it has the headline that was listed, or the other id's
        page another one than it; else it has moved there, and the other's is handed back.

        Raises ``AnotherArticle`` where the other's page does not tell.
        """
        page = self._fetched(url, as_member)
        try:
            return page, self._parsed(page, row)
        except AnotherArticle as error:
            said = error
        try:
            there = self._site.article_url(said.number)
            other_page = self._fetched(there, as_member)
            other = self._parsed(other_page, Row(said.number, there, ""))
        except (ParseError, FetchError) as error:
            if is_site_wide(error):
                raise
            raise said from error
        if same_headline(said.title, other.title):
            return other_page, other
        return page, self._parsed(page, replace(row, title=said.title))

    def _fetched(self, url: str, as_member: bool) -> FetchedPage:
        page = self.fetcher.get(url, as_member=as_member)
        if isinstance(page, NotModified):
            raise ParseError("the site answered 304 to a plain request", about=url)
        return page

    def _parsed(self, page: FetchedPage, row: Row) -> ParsedArticle:
        try:
            article = parse.article(
                page, self._site, self.clock(), row=row, layouts=self.layouts.all()
            )
            if self.layouts.check(article, page, self._site):
                self.read_by_new.setdefault(article.layout, []).append(article)
        except (LayoutUnknown, FieldMissing, PageDoubtful):
            # Kept once each state of it, so that better rules find it even where the site no
            # longer has it.
            led_to, seen = self._site.article_id(page.final_url), sha256(page.body)
            number = row.id if led_to is None else led_to
            if self._watch.of(number).held != seen and self.archive.get(number) is None:
                self.archive.hold(number, page)
                self._watch.set(number, held=seen)
            raise
        return article
