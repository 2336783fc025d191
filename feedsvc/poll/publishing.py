"""Publishing from the archive, remembering how far it got and by which settings; and while a
poll still reads, so that nobody waits for its last article.

A kill between keeping an article and publishing it must not leave the feeds behind for
good, nor must a publication outlive the settings it was made by: what was journaled since
is published even by a poll that finds nothing new, a setting that changed is followed,
and a folder that is not the one that was published is published anew.

In: the records that are read, one after the other.  Out: published files, soon after the
first ten articles and then now and then; at the end whatever is left.  What else follows a
publication (bucket, hub, notices, the status feed) waits for the end of the poll.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import feedsvc
from feedsvc import feeds, words
from feedsvc.archive import Archive
from feedsvc.config import Config
from feedsvc.feeds import Published
from feedsvc.memory import Edition, files_in
from feedsvc.model import Record
from feedsvc.poll import digests
from feedsvc.poll.distribute import keep_up
from feedsvc.poll.guard import OF_THE_ARCHIVE, attempt
from feedsvc.poll.source import ArchiveSource
from feedsvc.poll.stage import log, warn_once_a_day
from feedsvc.poll.status import noticed
from feedsvc.revisions import is_members


def publish(
    config: Config, archive: Archive, now: datetime, touched: Mapping[int, Record] | None
) -> Published:
    """Publish what these records touch; everything from nothing where ``touched`` is
    ``None``, or where it is not known what stands in the folder; what the settings shape
    where they changed.

    Before that the digests that are due are made.  Raises nothing of its own: a feed that
    cannot be built stands in ``problems``.
    """
    memory = archive.memory
    unmade = Published(problems=digests.make_due(config, archive, now))
    last, new = Edition.of(memory), _edition(config, archive)
    known = last is not None and last.stands_in(config.feeds.path)
    since = archive.changed_since(last.head) if last and known and touched is not None else None
    source = ArchiveSource(archive, members=new.members)
    changed: tuple[Record, ...] | None = None
    if since is not None:
        # The records that changed, as far as they can be told.
        found = ((touched or {}).get(one) or source.get(one) for one in since)
        changed = tuple(record for record in found if record is not None)
    history = changed
    resettled = last is None or last.settings != new.settings
    if changed == () and not resettled and last and last.digests == new.digests:
        return unmade
    if resettled:
        changed = None
    if not new.members and any(is_members(record) for record in (touched or {}).values()):
        warn_once_a_day(
            memory, now, "members' articles go out as teasers; with server.tokens set, whole"
        )
    changed = changed and tuple(map(source.shown, changed))
    history = history and tuple(map(source.shown, history))
    before = last or Edition()
    # Before the first file: whoever serves the folder must know what may stand in it.
    begun = replace(
        before, members=before.members or new.members, locked=before.locked or new.locked, files={}
    )
    begun.keep(memory)
    published = feeds.publish(
        source,
        config.feeds,
        config.sections,
        now,
        table=archive.standings,
        changed=changed,
        history=history,
        anew=[name for name, rule in new.pages.items() if before.pages.get(name) != rule],
        withhold=begun.members > new.members or begun.locked > new.locked,
        withdrawn=archive.pending.withdrawn(),
        site=config.site_of(),
        served=config.is_served,
        members=new.members,
    )
    published = published.joined(Published(problems=source.problems))
    if changed is None:
        published = published.joined(
            feeds.publish_status(noticed(memory), config.feeds, config.sections, config.site_of())
        )
    _ended(config, begun, new, published, apart=history is not None).keep(memory)
    return published.joined(unmade)


def _edition(config: Config, archive: Archive) -> Edition:
    """What a publication comes to that succeeds; its files are not known yet."""
    members, site = bool(config.server.tokens), config.site_of()
    searches = [one.search for one in config.sections] + [one.search for one in config.feeds.custom]
    told = [
        feedsvc.__version__,
        feeds.FORM,
        [site.base_url, site.authority],
        config.feeds.model_dump(mode="json", exclude={"path", "s3"}),
        [section.model_dump(mode="json") for section in config.sections],
        members,
        config.is_served,
        # As what they are looked for, which another version may see otherwise.
        *(words.query(one) for one in searches if one),
    ]
    return Edition(
        head=archive.head() or "",
        settings=hashlib.sha256(json.dumps(told, ensure_ascii=False).encode()).hexdigest(),
        pages=feeds.page_rules(config.feeds, config.sections, site, members=members),
        members=members,
        locked=config.feeds.locked != "hide",
        digests=digests.standing(archive, config),
    )


def _ended(
    config: Config, begun: Edition, new: Edition, published: Published, *, apart: bool
) -> Edition:
    """What is to be remembered of a publication: nothing is called done that failed.
    ``apart``: it went by the journal from ``begun.head`` on, and can go from there again."""
    folder = config.feeds.path
    if published.problems:
        # A record that makes no entry is told of again as long as that costs little.
        new = replace(new, head=begun.head if apart else new.head)
    if published.broken:
        # What failed stays as it was, unless it must not: then it was taken away.
        kept = begun if any(path.is_file() for path in published.broken) else new
        pages = folder / "archive"
        failed = {
            path.relative_to(pages).parts[0]
            for path in published.broken
            if path.is_relative_to(pages) and path != pages
        }
        new = replace(
            new,
            settings=begun.settings if apart else "",
            digests=begun.digests,
            pages={name: rule for name, rule in new.pages.items() if name not in failed},
            members=kept.members,
            locked=kept.locked,
        )
    told = feeds.file_names(config.feeds, config.sections)
    names = [name for name in told if not name.startswith("status.")]
    names += [f"archive/{name}" for name in new.pages]
    return replace(new, files=files_in(folder, names))


FIRST = 10
"""Articles that are read before the first time."""

EVERY = timedelta(seconds=30)
LEAST = timedelta(seconds=5)
"""Between two times: the longest, and the shortest where a section has been read."""


class Showing:
    """What one poll publishes; for the one who holds the archive."""

    def __init__(self, config: Config, archive: Archive, clock: Callable[[], datetime]) -> None:
        self._config = config
        self._archive = archive
        self._clock = clock
        self._last = clock()
        self._touched: dict[int, Record] = {}
        self._paths: dict[Path, None] = {}
        self._may = True
        self.shown = 0
        """Articles that were published while others were still to be read."""

    def begin(self) -> None:
        """The first article is about to be read."""
        self._last = self._clock()

    def take(self, record: Record) -> None:
        """A record that was kept, and is not published yet."""
        self._touched[record.id] = record

    def forget(self, ids: Iterable[int]) -> None:
        """These were kept anew since: the archive knows them better."""
        for article_id in ids:
            self._touched.pop(article_id, None)

    def is_due(self, *, section_read: bool = False) -> bool:
        """Whether to publish now: after the first ten articles, then every half minute, or
        when a section has been read, whichever comes first."""
        waited = self._clock() - self._last
        if self.shown:
            due = waited >= EVERY or (section_read and waited >= LEAST)
        else:
            due = waited >= EVERY or len(self._touched) >= FIRST
        return due and self._may and bool(self._touched)

    def show(self) -> bool:
        """Publish what was read so far; whether it was.  Where that fails nothing is tried
        before the end, which says why: all that is found must be read first."""
        try:
            published, error = attempt(self._publish)
            keep_up(self._config, self._archive, published or Published())
        except OF_THE_ARCHIVE as raised:
            published, error = None, raised
        if published is None or error is not None:
            log.debug("not published before the end of the poll: %s", error)
            self._may = False
            return False
        self.shown += len(self._touched)
        self._touched.clear()
        self._last = self._clock()
        return True

    def end(self) -> Published:
        """Publish what is left; all that was published since the poll began, and what failed."""
        published = self._publish()
        return Published(tuple(self._paths), published.problems, published.broken)

    def _publish(self) -> Published:
        published = publish(self._config, self._archive, self._clock(), self._touched)
        self._paths |= dict.fromkeys(published.paths)
        return published
