"""What a poll found wrong, noted for the verdict on health.

In: what came of a poll's sections and articles.  Out: notes in the archive's memory.  What
counts as ill is ``feedsvc.health``'s to judge.

Among it: whether the site still shows every part of an article that it used to; how that is
judged is ``parse.drift``'s.  Nothing is held for it and nothing remembered: the records say
what their pages showed, and an alarm ends with the first article that shows the part again,
or once no article that is looked at does.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import islice

from feedsvc import health
from feedsvc.archive import Archive
from feedsvc.archive.records import DAMAGE
from feedsvc.errors import (
    ArchiveError,
    Blocked,
    FieldMissing,
    LayoutUnknown,
    LoginForm,
    LoginWanted,
    RobotsForbid,
)
from feedsvc.fetch import is_site_wide
from feedsvc.health import Kind
from feedsvc.memory import Memory
from feedsvc.model import Event
from feedsvc.parse import FIELDS, vanished
from feedsvc.parse.drift import KNOWN
from feedsvc.poll.layouts import articles
from feedsvc.poll.readings import Readings

ARTICLES_LEAST = 3
"""Articles that fail at the same time before a person is told at once: one may be a page
of its own kind; and new ones in a row before a listed one without a page is not given up."""

ARTICLES_FOR = timedelta(hours=1)
"""A single one that fails is told when it has failed for so long."""

LAYOUT_LEAST = 3
"""Articles in one poll whose layout is unknown, or that lack what every article has,
before the site is said to have changed."""


def note(readings: Readings) -> None:
    """Note what went wrong in a poll and what did not; at its end, for the one who holds the
    archive."""
    archive, fetcher, now = readings.archive, readings.fetcher, readings.clock()
    memory, tallies = archive.memory, readings.tallies
    for section in readings.sections:
        tally, read_at = tallies[section.name], memory.section.of(section.name).succeeded_at
        if tally.error is None and (read_at is None or read_at < readings.started):
            continue  # told to stop before its turn came
        health.polled(memory, section, now, tally.told(), kind_of(tally.error))
    note_articles(memory, now, readings.failures, sum(tally.read for tally in tallies.values()))
    if any(tally.events[Event.ADDED] for tally in tallies.values()):
        # Else there is nothing to judge by that was not there before.
        health.note_all(memory, Kind.PART, now, vanished_parts(archive, now))
    robots, damage = fetcher.robots_trouble, "; ".join(archive.damage())
    health.note(memory, Kind.ROBOTS, now, str(robots) if robots else None)
    health.note(memory, Kind.CLOCK, now, health.apart(fetcher.clock_ahead()))
    health.note(memory, Kind.DISK, now, health.nearly_full(readings.config))
    health.note(memory, Kind.ARCHIVE, now, f"{damage}; {DAMAGE}" if damage else None)


def kind_of(error: Exception | None) -> Kind | None:
    """The kind of trouble that a section's failure belongs to."""
    match error:
        case None:
            return None
        case Blocked() | LoginWanted() | LoginForm():
            return Kind.BLOCKED
        case RobotsForbid():
            return Kind.ROBOTS
        case LayoutUnknown():
            return Kind.LAYOUT
    return Kind.SITE if is_site_wide(error) else Kind.SECTION


def note_articles(memory: Memory, now: datetime, errors: Sequence[Exception], read: int) -> None:
    """Note what the articles of a poll came to: ``errors`` are those that it met, ``read``
    counts those that it read well."""
    if any(map(is_site_wide, errors)):
        return  # that is the site's trouble and tells nothing of articles
    unknown = [one for one in errors if isinstance(one, (LayoutUnknown, FieldMissing))]
    changed = len(unknown) >= LAYOUT_LEAST and len(unknown) > read
    health.note(memory, Kind.LAYOUT, now, str(unknown[-1]) if changed else None)
    failing = memory.watch.having("failed_since")
    since, text = failing[0].failed_since if failing else None, None
    if since is not None and (len(failing) >= ARTICLES_LEAST or now - since >= ARTICLES_FOR):
        # A poll that leaves them alone for a while has met no error of theirs.
        why = f": {errors[-1]}" if errors else "; 'feedsvc poll' tries them now and says why"
        text = f"{articles(len(failing))} cannot be read{why}"
    health.note(memory, Kind.ARTICLES, now, None if changed else text)


_REQUIRED = frozenset({"title", "published_at", "body"})


def vanished_parts(archive: Archive, now: datetime) -> dict[str, str]:
    """The fields that have vanished, each with a line that says so and what to do.

    Reads the records of the latest articles: mostly forty, a thousand at most.
    """
    found = {}
    for one in vanished(_sources(archive, now)):
        required = one.name in _REQUIRED
        kept = (
            "it is taken from elsewhere meanwhile" if required else "articles are kept without it"
        )
        mend = f"set site.selectors.{one.name} or " if one.name in FIELDS else ""
        found[one.name] = (
            f"the site has changed: {one.name} ({one.source}) found on none of the last "
            f"{one.articles} article pages, on {one.share:.0%} of those before; {kept}; "
            f"{mend}take a new release, then run 'feedsvc rebuild --reparse'"
        )
    return found


def _sources(archive: Archive, now: datetime) -> Iterator[tuple[tuple[str, str], ...]]:
    """What gave the fields of the articles that polls found, newest first.

    Backfilled ones come in an order of their own, and from layouts of their time.  What
    was first seen in the future, by a clock that was wrong, would stand before all others
    for as long.
    """
    # A damaged record ends it: it is for "archive verify" to tell, not for a poll to fail by.
    with suppress(ArchiveError):
        for record in islice(archive.newest_first(), KNOWN):
            if record.origin == "poll" and record.first_seen_at <= now:
                yield record.sources
