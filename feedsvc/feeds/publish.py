"""Puts the feeds in place: built in memory, parsed again, replaced where they differ.

In: a source of records, the configuration, and what is remembered of the last time.
Out: files below ``feeds.path`` and a :class:`Published` that names the ones replaced.
A feed that cannot be built stays as it was published and never stops the others.

Only the feeds that a change can touch are built, and of their documents only the pieces
that changed: the others are taken from the document that is there.  Built from nothing
they come out the same, byte for byte.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from xml.etree import ElementTree

from feedsvc.config import FeedsConfig, SectionConfig
from feedsvc.errors import PublishError
from feedsvc.feeds import check, pages, pictures, pieces
from feedsvc.feeds.archived import LONGEST_NAME
from feedsvc.feeds.channel import EPOCH, Channel, general_channel
from feedsvc.feeds.contents import Contents, Item, Reader, Source, Wish
from feedsvc.feeds.fit import fitted
from feedsvc.feeds.history import History, Shelf
from feedsvc.feeds.members import Members
from feedsvc.feeds.plan import Plan, planned
from feedsvc.feeds.press import Press
from feedsvc.feeds.remembered import Memory, Remembered, digest
from feedsvc.feeds.replace import FAILURES, Round
from feedsvc.feeds.status import Notice, contents
from feedsvc.model import Record
from feedsvc.site import Site

_DEALSITE = Site.at("https://dealsite.co.kr")
_ARTICLE_NUMBER = re.compile(rb"tag:[a-z0-9.-]+,2018:articles/(\d+)")

# The update times of entries in any format: RSS has them as atom:updated.
_UPDATED = re.compile(rb'(?:updated>|"date_modified": ")(\d{4}-\d\d-\d\dT[0-9:]{8}\+09:00)[<"]')
_HEADLINES = 12


@dataclass(frozen=True, slots=True)
class Published:
    """``paths`` are the files replaced; ``problems`` tell what could not be built
    (there, what was published stays)."""

    paths: tuple[Path, ...] = ()
    problems: tuple[PublishError, ...] = ()

    def joined(self, other: Published) -> Published:
        """Both together."""
        return Published((*self.paths, *other.paths), (*self.problems, *other.problems))


def publish(
    source: Source,
    feeds: FeedsConfig,
    sections: tuple[SectionConfig, ...],
    now: datetime,
    *,
    memory: Memory,
    changed: Collection[Record] | None = None,
    history: Collection[Record] | None = None,
    site: Site = _DEALSITE,
) -> Published:
    """Publish the feeds, the subscription list and the index page.

    ``changed`` are the records that changed since the last time: only the feeds that
    they can touch are built, and those that have no file yet.  ``None`` builds them
    all, from nothing.  ``history`` are the records whose months are brought up among the
    archived pages, where that is not ``changed``: to write all of them again, which grows
    with the archive, is for a rebuild.  ``site`` is the polled one, for the links of the
    channels.  What the source raises is raised; everything else is in ``problems``.
    """
    reader = Reader(source, feeds, sections, now, site)
    plans = tuple(planned(reader, feeds, sections, site))
    brought = changed if history is None else history
    fresh = {record.id: record for record in brought or ()}
    press = Press(source.read, fresh, reader.entry, feeds.formats, reader.problems)
    done = Round()
    try:
        if "atom" in feeds.formats and changed != ():
            # First, for the subscription document links the newest page.
            shelves = [_shelf(plan, feeds) for plan in plans if plan.contents is None]
            History(source, reader, press, feeds.max_size, done).bring_up(shelves, brought)
            done.finish()
        documents = _Documents(reader, press, feeds, memory, done)
        documents.publish(plans, changed)
        channels = [plan.channel for plan in plans]
        channels.append(_status_channel(feeds, sections, site))
        opml = pages.opml(channels, feeds.formats, feeds.title)
        done.put(feeds.path / "feeds.opml", opml, lambda new, old: ElementTree.fromstring(new))
        for name in (pictures.ICON, pictures.LOGO):
            done.put(feeds.path / name, pictures.picture(name), lambda new, old: None)
        index = _index(channels, feeds, documents.known)
        done.put(feeds.path / "index.html", index, lambda new, old: new.decode())
        done.finish()
    finally:
        done.drop()
    return Published(tuple(done.paths), (*reader.problems, *done.problems))


def publish_status(
    notices: tuple[Notice, ...],
    feeds: FeedsConfig,
    sections: tuple[SectionConfig, ...],
    site: Site,
) -> Published:
    """Publish the ``status`` feed: apart from the others, because it changes when
    they must not, after a poll that failed."""
    channel = _status_channel(feeds, sections, site)
    plan = Plan(channel, lambda record: False)
    press = Press(lambda numbers: (), {}, lambda record: None, feeds.formats, [])
    done = Round()
    try:
        held = contents(notices, channel.base_url, site)
        for suffix, path in plan.paths(feeds).items():
            _put(channel, suffix, path, held, None, press, {}, feeds, done)
        done.finish()
    finally:
        done.drop()
    return Published(tuple(done.paths), tuple(done.problems))


def _status_channel(feeds: FeedsConfig, sections: tuple[SectionConfig, ...], site: Site) -> Channel:
    return general_channel(
        "status",
        f"{feeds.title} - feedsvc 상태",
        "feedsvc를 돌리는 사람이 알아야 할 일",
        feeds,
        sections,
        site,
    )


def status_stands(feeds: FeedsConfig) -> bool:
    """Whether the ``status`` feed was published in every format."""
    return all((feeds.path / f"status.{suffix}").exists() for suffix in feeds.formats)


class _Documents:
    """The documents of all feeds, in one round of publishing."""

    def __init__(
        self, reader: Reader, press: Press, feeds: FeedsConfig, memory: Memory, done: Round
    ) -> None:
        self._reader = reader
        self._press = press
        self._feeds = feeds
        self._memory = memory
        self._done = done
        self._known: dict[str, Remembered | None] = {}
        self._newest: dict[str, str | None] = {}

    def known(self, name: str) -> Remembered | None:
        """What is remembered of a feed."""
        if name not in self._known:
            self._known[name] = Remembered.of(self._memory, name)
        return self._known[name]

    def _newest_page(self, plan: Plan) -> str | None:
        """The newest archived page of a feed."""
        name = plan.channel.name
        if name not in self._newest:
            names = _shelf(plan, self._feeds).names if plan.contents is None else ()
            self._newest[name] = names[-1] if names else None
        return self._newest[name]

    def publish(self, plans: Sequence[Plan], changed: Collection[Record] | None) -> None:
        """Build the feeds that the records touch (``None``: all), and put them in place."""
        touched = [plan for plan in plans if changed is None or self._touched(plan, changed)]
        members = self._members([one for one in touched if one.contents is None], changed)
        built: dict[str, Remembered] = {}
        for plan in touched:
            name = plan.channel.name
            if plan.contents is not None:
                built[name] = self._build(plan, plan.contents(), None, changed)
            elif self._differs(plan, members[name], changed):
                held = Contents.of_members(members[name], plan.channel.site)
                built[name] = self._build(plan, held, members[name], changed)
        self._done.finish()
        for plan in touched:
            if plan.channel.name in built:
                self._keep(plan, built[plan.channel.name])

    def _touched(self, plan: Plan, changed: Collection[Record]) -> bool:
        paths = plan.paths(self._feeds).values()
        known = self.known(plan.channel.name)
        if known is None or not all(path.is_file() for path in paths):
            return True
        if any(plan.wanted(record) for record in changed):
            return True
        if known.previous != self._newest_page(plan):
            return True
        # A record may have left the feed: it no longer matches, and its entry stands there.
        numbers = {record.id for record in changed}
        if known.members is not None:
            return not numbers.isdisjoint(one.id for one in known.members.all)
        return any(
            not numbers.isdisjoint(map(int, _ARTICLE_NUMBER.findall(_bytes_of(path))))
            for path in paths
        )

    def _members(
        self, plans: Sequence[Plan], changed: Collection[Record] | None
    ) -> dict[str, Members]:
        """The members of feeds of articles: those of the last time brought up to the
        changes where that can be done, else looked for in the archive."""
        found: dict[str, Members] = {}
        asked: dict[str | None, list[tuple[str, Wish]]] = {}
        for plan in plans:
            name = plan.channel.name
            wish = Wish(plan.wanted, _held(plan, self._feeds))
            known = self.known(name) if changed is not None else None
            members = None
            if known is not None and known.members is not None:
                members = self._reader.brought_up(known.members, wish, tuple(changed or ()))
            if members is None:
                asked.setdefault(plan.code, []).append((name, wish))
            else:
                found[name] = members
        for code, wishes in asked.items():
            made = self._reader.members([wish for _, wish in wishes], code)
            found |= {name: members for (name, _), members in zip(wishes, made, strict=True)}
        return found

    def _differs(self, plan: Plan, members: Members, changed: Collection[Record] | None) -> bool:
        """Whether the documents may have to change."""
        known = self.known(plan.channel.name)
        paths = plan.paths(self._feeds)
        if changed is None or known is None or known.members != members:
            return True
        if known.previous != self._newest_page(plan):
            return True
        if any(suffix not in known.documents or not paths[suffix].is_file() for suffix in paths):
            return True
        return not {one.id for one in members.all}.isdisjoint(record.id for record in changed)

    def _build(
        self,
        plan: Plan,
        held: Contents,
        members: Members | None,
        changed: Collection[Record] | None,
    ) -> Remembered:
        """Build a feed's documents; what is to be remembered once they are in place."""
        known = self.known(plan.channel.name)
        previous = self._newest_page(plan)
        digests: dict[str, str] = {}
        changed_at: datetime | None = None
        for suffix, path in plan.paths(self._feeds).items():
            old: dict[str, bytes] = {}
            standing = _bytes_of(path)
            if changed is not None and members and known and known.is_ours(suffix, standing):
                old = pieces.cut(standing, suffix)
                for record in changed:
                    old.pop(record.guid, None)
            put = _put(
                plan.channel, suffix, path, held, previous, self._press, old, self._feeds,
                self._done,
            )  # fmt: skip
            if put is not None:
                document, shown = put
                digests[suffix] = digest(document)
                if suffix == self._feeds.formats[0]:
                    changed_at = max((item.updated for item in shown), default=None)
        return Remembered(members, previous, changed_at, digests)

    def _keep(self, plan: Plan, made: Remembered) -> None:
        paths = plan.paths(self._feeds)
        standing = {
            suffix: one
            for suffix, one in made.documents.items()
            if paths[suffix] not in self._done.broken
        }
        kept = Remembered(made.members, made.previous, made.changed_at, standing)
        kept.keep(self._memory, plan.channel.name)
        self._known[plan.channel.name] = kept


def _put(
    channel: Channel,
    suffix: str,
    path: Path,
    held: Contents,
    previous: str | None,
    press: Press,
    old: pieces.Written,
    feeds: FeedsConfig,
    done: Round,
) -> tuple[bytes, tuple[Item, ...]] | None:
    """Build one document with the pieces of ``old`` where they are there, and put it in
    place.  Gives it and what it shows; ``None`` where it failed."""

    def give(items: Sequence[Item]) -> pieces.Written:
        missing = [item.id for item in items if item.id not in old]
        made = [held.entries[one] for one in missing if one in held.entries]
        if made:
            return press.entries(suffix, made)
        return {**old, **press.articles(suffix, missing)} if missing else old

    def short(item: Item) -> bytes:
        return press.short(suffix, item.id, held.entries.get(item.id))

    try:
        # Whatever page is linked, so that a size does not depend on its name.
        longest = pieces.frame(channel, suffix, previous=LONGEST_NAME)
        room = pieces.room(longest, suffix, feeds.max_size)
        shown, written = fitted(held, give, short, room, suffix)
        if not shown and _ids_in(path):
            raise PublishError("the feed would be empty", advice=f"delete {path} if it shall be")
        updated = max((item.updated for item in shown), default=EPOCH)
        published = max((item.published for item in shown), default=EPOCH)
        frame = pieces.frame(channel, suffix, updated, published, previous)
        document = pieces.joined(frame, suffix, [written[item.id] for item in shown])
    except FAILURES as error:
        done.failed(path, error)
        return None
    authority = channel.site.authority
    approve = partial(check.approve, suffix=suffix, expected=len(shown), authority=authority)
    return (document, shown) if done.put(path, document, approve) else None


def _index(
    channels: Sequence[Channel],
    feeds: FeedsConfig,
    remembered: Callable[[str], Remembered | None],
) -> bytes:
    """The index page, made of what is published: nothing is asked of the source."""
    shown = []
    suffix = feeds.formats[0]
    for channel in channels:
        known = remembered(channel.name)
        if known is not None and suffix in known.documents:
            changed_at = known.changed_at
        else:
            changed_at = _changed_at(_bytes_of(feeds.path / f"{channel.name}.{suffix}"), suffix)
        shown.append(pages.Shown(channel, changed_at))
    newest = _bytes_of(feeds.path / f"all.{suffix}")
    try:
        found = check.headlines(pieces.first(newest, suffix, _HEADLINES), suffix)
    except PublishError:
        found = ()  # it is replaced with the next poll, and the page with it
    return pages.index(shown, found, feeds.formats, feeds.title)


def _changed_at(document: bytes, suffix: str) -> datetime | None:
    """When an entry of a document last changed."""
    times = _UPDATED.findall(pieces.entries_of(document, suffix))
    return max((datetime.fromisoformat(time.decode()) for time in times), default=None)


def _shelf(plan: Plan, feeds: FeedsConfig) -> Shelf:
    folder = feeds.path / "archive" / plan.channel.name
    return Shelf(folder, plan.channel, plan.wanted, _held(plan, feeds))


def _held(plan: Plan, feeds: FeedsConfig) -> partial[frozenset[str]]:
    """Tells the ids that stand in a published feed, in any of its formats."""
    return partial(_held_ids, tuple(plan.paths(feeds).values()))


def _held_ids(paths: tuple[Path, ...]) -> frozenset[str]:
    return frozenset(found for path in paths for found in _ids_in(path))


def _ids_in(path: Path) -> frozenset[str]:
    try:
        return frozenset(pieces.cut(_bytes_of(path), path.suffix.lstrip(".")))
    except ValueError:
        return frozenset()  # a file of somebody else's held nothing for anybody


def _bytes_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""
