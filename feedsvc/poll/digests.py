"""Makes the entries of digests that are due, and any window for who asks.

In: the archive, the configuration, the time.  Out: entries written down in the archive,
each before anybody publishes it.  An entry that was made is never made again: all that is
told of it later is read from its file.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from itertools import islice, takewhile

from feedsvc import dedup
from feedsvc.archive import Archive
from feedsvc.config import Config, DigestConfig
from feedsvc.digestentry import DigestEntry, DigestLine, Group
from feedsvc.errors import FeedsvcError, PublishError
from feedsvc.feeds import FirstShown, Window, due_times, first_shown
from feedsvc.memory import Topic
from feedsvc.poll.guard import attempt
from feedsvc.poll.source import ArchiveSource
from feedsvc.poll.stage import log
from feedsvc.site import Site
from feedsvc.text import clean, fold

LATE = timedelta(days=3)
"""So long after it was first seen an article still comes into a digest that has not told
of it: as long as the feeds surely hold it."""


def begin(config: Config, archive: Archive, now: datetime) -> tuple[PublishError, ...]:
    """Write down which digests stand in the configuration, and since when; what could not
    be."""
    kept, names = archive.digests, [one.name for one in config.feeds.digests]
    gone = [name for name in kept.begun() if name not in names]
    new = [name for name in names if name not in kept.begun()]
    ended = ((name, partial(kept.end, name)) for name in gone)
    return _each([*ended, *((name, partial(kept.begin, name, now)) for name in new)])


def make_due(config: Config, archive: Archive, now: datetime) -> tuple[PublishError, ...]:
    """Make what is due of each digest; for the one who holds the archive.  What could not
    be made is tried with the next poll, and told."""
    return begin(config, archive, now) + _each(
        (one.name, partial(_make, config, archive, one, now)) for one in config.feeds.digests
    )


def next_due(config: Config, now: datetime) -> datetime | None:
    """When the next entry of any digest is due."""
    zone, until = config.site_of().tz, now + timedelta(days=8)
    moments = [
        moment
        for digest in config.feeds.digests
        for _, moment in islice(due_times(digest, zone, now, until), 1)
    ]
    return min(moments, key=datetime.timestamp, default=None)


def standing(archive: Archive, config: Config) -> dict[str, str]:
    """The name of the newest entry of each digest, as far as it has one."""
    made = {one.name: archive.digests.made(one.name) for one in config.feeds.digests}
    return {name: entries[-1] for name, entries in made.items() if entries}


def begun_at(archive: Archive, digest: DigestConfig, now: datetime) -> datetime:
    """Up to when the digest has told of everything: when its last entry was due, or it
    came into the configuration.  Raises ``DigestDamaged``."""
    since = archive.digests.since(digest.name) or now
    # Those that were due by now: a clock that was ahead may have made later ones.
    entries = archive.digests.newest_first(digest.name)
    last = next((one for one in entries if one.until.timestamp() <= now.timestamp()), None)
    return max(since, last.until, key=datetime.timestamp) if last else since


def of_window(
    config: Config,
    archive: Archive,
    digest: DigestConfig,
    window: Window,
    at: str = "",
) -> DigestEntry:
    """What the digest's feeds first showed in a window, made from the archive as it is."""
    source = ArchiveSource(archive, members=bool(config.server.tokens))
    site = config.site_of()
    shown = first_shown(source, digest.feeds, window, config.feeds, config.sections, site)
    at = at or f"{window.until.astimezone(site.tz):%Y-%m-%dT%H%M}"
    return DigestEntry(
        name=digest.name,
        at=at,
        id=site.tag(f"digests/{digest.name}/{at}"),
        title=digest.title,
        since=window.since.astimezone(site.tz),
        until=window.until.astimezone(site.tz),
        groups=_groups(shown, site),
        previous=next(reversed(archive.digests.made(digest.name)), None),
    )


def _make(config: Config, archive: Archive, digest: DigestConfig, now: datetime) -> None:
    kept, name = archive.digests, digest.name
    since = begun_at(archive, digest, now)
    due = list(due_times(digest, config.site_of().tz, since, now))
    looked, note = f"{due[-1][0]} {archive.head()}" if due else "", archive.memory.note
    if not due or note.of(Topic.DIGEST, name).text == looked:
        return  # nothing is due, or the same articles were looked through for it
    begun = kept.since(name) or since
    earliest = max(begun, since - LATE, key=datetime.timestamp)
    told = _told(archive, name, earliest)
    before = since
    for at, moment in due:
        if kept.is_taken(name, at):
            continue
        # What the poll that began the digest read within that same second counts.
        window = Window(before, moment, earliest, told, with_since=before == begun)
        entry = of_window(config, archive, digest, window, at)
        before = moment
        if entry.groups:
            kept.keep(entry)
            log.info("digest %s: %s made, of %d articles", name, at, entry.articles)
            told |= {line.key for line in entry.lines()}
    note.set(Topic.DIGEST, name, text=looked)


def _told(archive: Archive, name: str, earliest: datetime) -> set[str]:
    """The keys of what the entries since then have told of."""
    # By their names entries are in the order of their times, but for a change of zone.
    edge = (earliest - timedelta(days=1)).timestamp()
    recent = takewhile(
        lambda entry: entry.until.timestamp() >= edge, archive.digests.newest_first(name)
    )
    return {line.key for entry in recent for line in entry.lines()}


def _groups(shown: Sequence[FirstShown], site: Site) -> tuple[Group, ...]:
    """The articles below their headings; those that tell of the same thing below the first
    of them."""
    lines = {one.record.id: _line(one) for one in shown}
    heads = dedup.stories([one.record for one in shown], site)
    below: dict[int, list[DigestLine]] = {}
    groups: dict[tuple[str, str], list[FirstShown]] = {}
    for one in shown:
        head = heads[one.record.id]
        if head == one.record.id:
            groups.setdefault((one.feed, one.heading), []).append(one)
        else:
            below.setdefault(head, []).append(lines[one.record.id])
    return tuple(
        Group(
            feed,
            held[0].section,
            heading,
            tuple(
                replace(lines[one.record.id], same=tuple(below.get(one.record.id, ())))
                for one in held
            ),
        )
        for (feed, heading), held in groups.items()
    )


def _line(one: FirstShown) -> DigestLine:
    record = one.record
    return DigestLine(
        id=record.id,
        url=clean(record.url),
        title=fold(record.title),
        subtitle=fold(record.subtitle),
        reporters=tuple(name for name in map(fold, record.reporters) if name),
        published_at=record.published_at,
        status=record.access.status,
        locked=record.access.locked,
        event=one.event,
    )


def _each(works: Iterable[tuple[str, Callable[[], None]]]) -> tuple[PublishError, ...]:
    """Do each; the failure of one digest is never the others', nor the articles'."""
    problems = []
    for name, work in works:
        try:
            _, error = attempt(work)
        except FeedsvcError as raised:  # what ends a poll need not: the archive is read on
            error = raised
        if error is not None:
            said = f"{error.about}: {error.message}" if error.about else error.message
            problems.append(PublishError(said, about=f"digest {name}", advice=error.advice))
    return tuple(problems)
