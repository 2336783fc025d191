"""A search in the browser, and as a feed: ``/search`` and ``/search.atom``.

In: what the address asks, the archive, the time now in the site's zone.  Out: a page, or
the feed's document; the lines of ``config.yaml`` that make the search a feed of its own, which
load whatever was asked for.  What may not be shown without a token is neither found nor shown.
"""

import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from html import escape
from itertools import islice

from feedsvc import words
from feedsvc.archive import Archive
from feedsvc.catalogue import question as reading
from feedsvc.catalogue.access import ACCESS, LOCKED, READABLE
from feedsvc.catalogue.days import Listed
from feedsvc.catalogue.question import Question, Unfit, snippet
from feedsvc.catalogue.search import Found, Order
from feedsvc.config import TAKEN_NAMES, Config
from feedsvc.errors import ArchiveError
from feedsvc.feeds.documents import searched
from feedsvc.model import Record, Status
from feedsvc.revisions import teaser
from feedsvc.serve.feedlist import announced
from feedsvc.serve.files import MEDIA_TYPES, Identity, Withheld
from feedsvc.serve.rendering import Frame, Words, page
from feedsvc.serve.request import Asked, Wrong
from feedsvc.serve.response import Document, document
from feedsvc.serve.rows import ArticleRow, Rows, headline
from feedsvc.serve.subscribing import of_search
from feedsvc.serve.translations import FLAGS, KOREAN

A_PAGE = 20
"""Articles on a page."""

COUNTED = 1_000
"""As far as hits are counted: to count more costs more than to show them."""

_KOREAN = {
    "q": f"{words.LONGEST}자, 낱말 {words.MOST}개까지 찾을 수 있습니다.",
    "section": "기사가 섹션 코드로 알 수 있는 섹션이어야 합니다.",
    "access": f"다음 중 하나여야 합니다: {', '.join(ACCESS)}",
    "reporter": f"{words.LONGEST}자까지입니다.",
    "since": "2026-11-25, 2026-11-25T16:00, today, yesterday, 3d, 12h 같은 때여야 합니다.",
    "until": "2026-11-25, 2026-11-25T16:00, today, yesterday, 3d, 12h 같은 때여야 합니다.",
    "sort": f"다음 중 하나여야 합니다: {', '.join(reading.SORTS)}",
    "page": f"1부터 {reading.PAGES}까지의 쪽 번호여야 합니다.",
}
_GROUPS = {
    READABLE: [one.value for one in Status if not one.locked and one is not Status.UNKNOWN],
    LOCKED: [one.value for one in Status if one.locked or one is Status.UNKNOWN],
}
_BEGIN, _END = "\ue000", "\ue001"  # stand for the marks until all else is escaped


class Searching:
    """Searches of one archive.  ``protected``: who asks has shown a token."""

    def __init__(self, config: Config, archive: Archive) -> None:
        self._config = config
        self._archive = archive
        self._protected = bool(config.server.tokens)
        self._site = config.site_of()

    def read(self, asked: Asked, now: datetime) -> Question:
        """What is searched for.  Raises :class:`Wrong`."""
        try:
            found = reading.question(asked.whole, self._config.sections, now)
        except Unfit as error:
            raise Wrong(error.part, _KOREAN[error.part], error.said) from None
        return replace(found, which=replace(found.which, shown=not self._protected))

    def page(self, question: Question, frame: Frame) -> Document:
        """The form and, where something is asked, a page of what was found."""
        ready = self._archive.finding.made() is not None
        given, q = question.given, question.words
        rows: list[ArticleRow] = []
        count, more = "0", False
        if ready and given:
            made = Rows(self._config, frame.words["language"])
            found = [*self._on_page(question)]
            more = len(found) > A_PAGE
            rows = [self._row(one, q, made) for one in found[:A_PAGE]]
            count = self._counted(question, len(rows), more=more)
        title = described(question, self._config, frame.words)
        feed = of_search(self._config.feeds, given, title, up="", token=frame.token)
        return page(
            "search.html",
            frame,
            up="",
            title=f"{title} - {frame.words['search']}" if title else frame.words["search"],
            alternates=[feed] if given else announced(self._config, frame),
            asked=bool(given),
            given={name: given.get(name, "") for name in ("q", *reading.FILTERS)},
            what=title,
            sections=[one for one in self._config.sections if one.code],
            accesses=_accesses(frame.words),
            best=question.how is Order.BEST,
            ready=ready,
            count=count,
            found=rows,
            feed=feed,
            lines=lines_for(
                question,
                self._config,
                described(question, self._config, frame.words, times=False),
            ),
            sorts=[
                (
                    question.query(sort=name, page=""),
                    frame.words[f"search_{name}"],
                    question.how is how,
                )
                for name, how in reading.SORTS.items()
            ],
            narrowed=any(name in given for name in reading.FILTERS),
            endless="since" in given or "until" in given,
            without=question.query(**dict.fromkeys(reading.FILTERS, ""), page=""),
            newer=question.query(page=str(question.page - 1)) if question.page > 1 else "",
            older=question.query(page=str(question.page + 1))
            if more and question.page < reading.PAGES
            else "",
            first=question.query(page=""),
        )

    def feed(
        self, question: Question, suffix: str, now: datetime, *, since: datetime, control: str
    ) -> Document:
        """The newest articles of a search, whatever its order and page.  ``since``: under
        these settings.  Raises :class:`Withheld` as long as there is no index."""
        if self._archive.finding.made() is None and self._archive.head() is not None:
            raise Withheld(
                "there is no search index yet",
                about=str(self._archive.path),
                advice="the next feedsvc poll makes it",
            )
        # Before anything is read: what comes meanwhile is newer.
        changed = datetime.fromtimestamp(self.standing()[2] // 1_000_000_000, UTC)
        feeds = self._config.feeds
        title = described(question, self._config, KOREAN) or KOREAN["search"]
        return document(
            searched(
                self._archive.images.picture, self._records(question),
                question.query(sort="", page=""), f"{feeds.title} - {title}", suffix, feeds,
                self._config.sections, self._site,
            ),
            MEDIA_TYPES[f".{suffix}"],
            cache_control=control,
            # One whose times move with the day may change without the archive.
            modified=now if question.moves else max(changed, since),
        )  # fmt: skip

    def standing(self) -> Identity:
        """Of the journal: another one where anything was kept since."""
        found = [one.stat() for one in (self._archive.path / "journal").glob("*.jsonl")]
        newest = max((one.st_mtime_ns for one in found), default=0)
        return len(found), sum(one.st_size for one in found), newest, 0

    def _on_page(self, question: Question) -> Iterator[Found]:
        """And one more, where there is one."""
        until = question.page * A_PAGE + 1
        found = self._archive.finding.find(
            question.words, question.which, question.how, limit=until
        )
        return islice(found, until - A_PAGE - 1, None)

    def _counted(self, question: Question, rows: int, *, more: bool) -> str:
        """How many there are, in words, with so many on the page and ``more`` behind it."""
        before = (question.page - 1) * A_PAGE
        if not more and (rows or not before):
            return f"{before + rows:,}"
        count = self._archive.finding.count(question.words, question.which, COUNTED + 1)
        return f"{COUNTED:,}+" if count > COUNTED else f"{count:,}"

    def _records(self, question: Question) -> Iterator[Record]:
        """The newest first.  One that is damaged is no reason to leave out the others."""
        found = self._archive.finding.find(question.words, question.which)
        return filter(None, (self._record(one.id) for one in found))

    def _record(self, number: int) -> Record | None:
        """As it may be shown."""
        with suppress(ArchiveError):
            record = self._archive.get(number)
            return record if record is None or self._protected else teaser(record)
        return None

    def _row(self, one: Found, q: str, rows: Rows) -> ArticleRow:
        record = self._record(one.id)
        shown = (
            Listed(one.id, one.published_at, "", one.title, "", one.status, one.locked,
                   one.sections, ())
            if record is None
            else Listed(one.id, record.published_at, "", record.title, record.subtitle,
                        record.access.status, record.access.locked, record.sections,
                        record.reporters)
        )  # fmt: skip
        return rows.row(
            shown,
            title=_marked(headline(one.id, shown.title), q),
            snippet=_marked(snippet(record, q), q) if record else "",
        )


def described(question: Question, config: Config, said: Words, *, times: bool = True) -> str:
    """What is asked, for people; ``times``: in which period, too."""
    given = question.given
    titles = {
        **{one.name: one.title for one in config.sections},
        **{one.code: one.title for one in config.sections if one.code},
    }
    section, access = given.get("section", ""), given.get("access", "")
    parts = (
        given.get("q", ""),
        titles.get(section, section),
        dict(_accesses(said)).get(access, ""),
        given.get("reporter", ""),
        *(
            said[f"search_{end}"].format(given[end])
            for end in ("since", "until")
            if times and given.get(end)
        ),
    )
    return " · ".join(filter(None, parts))


def _accesses(said: Words) -> list[tuple[str, str]]:
    """What ``access`` takes, in words."""
    flags = FLAGS[said["language"]]
    return [
        ("readable", said["search_readable"]),
        ("locked", said["search_locked"]),
        *((one.value, flags[one] or said["search_open"]) for one in Status),
    ]


def _marked(value: str, q: str) -> str:
    """HTML in which the words of a search are marked."""
    bare = value.replace(_BEGIN, "").replace(_END, "")
    shown = escape(words.marked(bare, q, _BEGIN, _END))
    return shown.replace(_BEGIN, "<mark>").replace(_END, "</mark>")


def lines_for(question: Question, config: Config, title: str) -> str:
    """The lines; empty where a custom feed can hold nothing of the search.  What it cannot
    hold is not in them: it has no end, and knows configured sections alone."""
    given = question.given
    access = given.get("access")
    named = [one.name for one in config.sections if one.code and one.code == question.which.section]
    wanted: dict[str, object] = {}
    if "q" in given:
        wanted["search"] = _plain(given["q"])
    if named:
        wanted["sections"] = named[:1]
    if "reporter" in given:
        wanted["reporters"] = [_plain(given["reporter"])]
    if access is not None:
        wanted["access"] = _GROUPS.get(access, [access])
    if not wanted:
        return ""
    # JSON is YAML: no sign of a word says anything in quotation marks.
    values = {"name": _name(question, config), "title": _plain(title), **wanted}
    item = "\n      ".join(
        f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in values.items()
    )
    return f"feeds:\n  custom:\n    - {item}\n"


def _plain(value: str) -> str:
    """``${`` would begin a variable's name; no word loses anything without its dollar."""
    return re.sub(r"\$+\{", "{", value)


def _name(question: Question, config: Config) -> str:
    """One that is not used yet: the Latin words, if there are, and some signs."""
    used = {
        "",
        *TAKEN_NAMES,
        *(one.name for one in config.sections),
        *(one.name for one in config.feeds.custom),
        *(one.name for one in config.feeds.digests),
    }
    latin = "-".join(re.findall(r"[a-z0-9]+", question.words.lower()))[:40].strip("-")
    signs = hashlib.sha256(question.query(sort="", page="").encode()).hexdigest()[:8]
    return f"search-{signs}" if latin in used else latin
