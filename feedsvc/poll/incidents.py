"""What a poll found wrong, noted for the verdict; and the status feed, which tells when a
trouble begins and when it ends, and nothing in between.

In: the outcome of a poll, the verdict on health.  Out: notes in the archive's memory, a
published ``status`` feed.  What counts as ill is ``feedsvc.health``'s to judge; saying it
in a feed is ``feeds.pages``.

Whether the site still shows every part of an article that it used to.

In: the archive.  Out: what is to be told of each part that its latest articles lack (how
that is judged is ``parse.drift``'s).  Nothing is held for it and nothing remembered: the
records say what their pages showed, and an alarm ends with the first article that shows
the part again, or once no article that is looked at does.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime, timedelta
from itertools import islice

from feedsvc import feeds, health
from feedsvc.archive import Archive
from feedsvc.config import Config
from feedsvc.errors import (
    ArchiveError,
    Blocked,
    FieldMissing,
    LayoutUnknown,
    LoginForm,
    LoginWanted,
    RobotsForbid,
)
from feedsvc.feeds import Notice, Published
from feedsvc.fetch import is_site_wide
from feedsvc.health import Health, Kind
from feedsvc.memory import Memory, Topic, as_time
from feedsvc.parse import FIELDS, vanished
from feedsvc.parse.drift import KNOWN
from feedsvc.poll.layouts import articles

KEPT = 50
"""Notices that the status feed holds."""

ARTICLES_LEAST = 3
"""Articles that fail at the same time before a person is told at once: one may be a page
of its own kind; and new ones in a row before a listed one without a page is not given up."""

ARTICLES_FOR = timedelta(hours=1)
"""A single one that fails is told when it has failed for so long."""

LAYOUT_LEAST = 3
"""Articles in one poll whose layout is unknown, or that lack what every article has,
before the site is said to have changed."""


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


def tell(config: Config, archive: Archive, now: datetime) -> Published:
    """Publish the ``status`` feed where the verdict has a trouble more or less than was
    told; for the one who holds the archive."""
    open_, notices = _remembered(archive.memory)
    verdict = health.health(config, archive.memory, now)
    going_on = {one.key: one.text for one in verdict.reasons}
    added = [Notice(key, now, False, text) for key, text in going_on.items() if key not in open_]
    over = sorted(open_.keys() - going_on.keys())
    added += [Notice(key, now, True, open_[key]) for key in over]
    if added:
        notices = [*notices, *added][-KEPT:]
        archive.memory.keep(
            Topic.STATUS,
            open={key: open_.get(key, text) for key, text in going_on.items()},
            notices=[asdict(one) | {"at": one.at.isoformat()} for one in notices],
        )
    elif feeds.status_stands(config.feeds):
        return Published()
    return feeds.publish_status(tuple(notices), config.feeds, config.sections, config.site_of())


def is_news(memory: Memory, verdict: Health) -> bool:
    """Whether the verdict has a trouble more or less than was told."""
    return _remembered(memory)[0].keys() != {one.key for one in verdict.reasons}


def noticed(memory: Memory) -> tuple[Notice, ...]:
    """The notices so far, oldest first."""
    return tuple(_remembered(memory)[1])


def _remembered(memory: Memory) -> tuple[dict[str, str], list[Notice]]:
    """What was told and goes on, by key, and the notices; nothing where it is forgotten."""
    try:
        told = memory.recall(Topic.STATUS)
        notices = [
            Notice(str(one["kind"]), at, one["ended"], one["text"])
            for one in told["notices"]
            if (at := as_time(one["at"])) is not None
        ]
        return {str(key): str(text) for key, text in told["open"].items()}, notices
    except (ValueError, TypeError, KeyError, AttributeError):
        return {}, []


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
