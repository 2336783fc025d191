"""The subscription documents of all feeds: members, pieces, a document a format.

In: the plans of the feeds, the records that changed, what is remembered of the last
time.  Out: documents in a :class:`~feedsvc.feeds.replace.Round`, and what is to be
remembered.  Only the feeds that a change can touch are built, and of their documents
only the pieces that changed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from pathlib import Path

from feedsvc import regular
from feedsvc.config import FeedsConfig
from feedsvc.errors import DigestDamaged, FeedsvcError, PublishError
from feedsvc.feeds import check, pieces
from feedsvc.feeds.archived import LONGEST_NAME
from feedsvc.feeds.channel import EPOCH, Channel
from feedsvc.feeds.contents import Contents, Item, Reader, Wish
from feedsvc.feeds.entry import korean_time
from feedsvc.feeds.fit import fitted
from feedsvc.feeds.history import Shelf
from feedsvc.feeds.members import Members
from feedsvc.feeds.plan import Plan
from feedsvc.feeds.press import Press
from feedsvc.feeds.remembered import Memory, Remembered, digest
from feedsvc.feeds.replace import FAILURES, Round
from feedsvc.model import Record

_ARTICLE_NUMBER = re.compile(rb"tag:[a-z0-9.-]+,2018:articles/(\d+)")
_ARTICLE = re.compile(r":articles/(\d+)")


class Documents:
    """The documents of all feeds, in one round of publishing."""

    def __init__(
        self,
        reader: Reader,
        press: Press,
        feeds: FeedsConfig,
        memory: Memory,
        done: Round,
        *,
        withhold: bool = False,
        withdrawn: Collection[int] = (),
    ) -> None:
        """``withhold``: documents may hold what must not stand there any more, so that of what
        cannot be made anew no entry of a locked article is taken from them.  ``withdrawn``
        are articles whose entries leave."""
        self._withhold = withhold
        self._withdrawn = frozenset(withdrawn)
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
            names = shelf_of(plan, self._feeds).names if plan.contents is None else ()
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
                try:
                    held = plan.contents()
                except DigestDamaged as error:  # what was published of it stays
                    for path in plan.paths(self._feeds).values():
                        self._done.failed(path, error)
                    continue
                built[name] = self._build(plan, held, None, changed)
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
        if plan.newest is not None and known.changed_at != plan.newest():
            return True
        if known.previous != self._newest_page(plan):
            return True
        # A record may have left the feed: it no longer matches, and its entry stands there.
        numbers = {record.id for record in changed}
        if known.members is not None:
            return not numbers.isdisjoint(one.id for one in known.members.all)
        return any(
            not numbers.isdisjoint(map(int, _ARTICLE_NUMBER.findall(bytes_of(path))))
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
            standing = bytes_of(path)
            if changed is not None and members and known and known.is_ours(suffix, standing):
                old = pieces.cut(standing, suffix)
                for record in changed:
                    old.pop(record.guid, None)
            stay = self._staying(standing, suffix, held)
            shown = self._reader.with_staying(held, stay)
            old |= {item.id: piece for item, piece in stay.items()}
            placed = put(
                plan.channel, suffix, path, shown, previous, self._press, old, self._feeds,
                self._done, partial(self._may_leave, plan),
            )  # fmt: skip
            if placed is not None:
                document, items = placed
                digests[suffix] = digest(document)
                if suffix == self._feeds.formats[0]:
                    changed_at = max((item.updated for item in items), default=None)
        return Remembered(members, previous, changed_at, digests)

    def _staying(self, standing: bytes, suffix: str, held: Contents) -> dict[Item, bytes]:
        """The entries in a published document whose records cannot be read now: no reason is
        known to take them away."""
        damaged = self._reader.damaged_ids()
        if not damaged:
            return {}
        names = {item.id for item in held.shown}
        found: dict[Item, bytes] = {}
        with suppress(ValueError):  # a document that is not ours holds nothing for us
            for name, piece in pieces.cut(standing, suffix).items():
                number = _ARTICLE.search(name)
                if number is None or int(number[1]) not in damaged or name in names:
                    continue
                if not self._withhold or pieces.is_open(piece, suffix):
                    found[Item(name, *map(korean_time, pieces.times_of(piece, suffix)))] = piece
        return found

    def _may_leave(self, plan: Plan, ids: Collection[str]) -> bool:
        """Whether the records of these entries say themselves that they do not belong into
        the feed.  An archive that does not know them, or cannot be read, says nothing."""
        named = {int(found[1]) for one in ids if (found := _ARTICLE.search(one))}
        numbers = sorted(named - self._withdrawn)
        try:
            records = list(self._reader.read(numbers))
        except (FeedsvcError, *FAILURES, LookupError):
            return False
        return len(records) == len(numbers) and not any(
            plan.wanted(record) and self._reader.shown(record, lambda: frozenset(ids))
            for record in records
        )

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


def put(
    channel: Channel,
    suffix: str,
    path: Path,
    held: Contents,
    previous: str | None,
    press: Press,
    old: pieces.Written,
    feeds: FeedsConfig,
    done: Round,
    may_leave: Callable[[Collection[str]], bool],
) -> tuple[bytes, tuple[Item, ...]] | None:
    """Build one document, and put it in place.  Gives it and what it shows; ``None`` where
    it failed.  ``may_leave`` is asked of a document that would come to hold nothing whether
    these entries rightly leave it."""
    try:
        document, shown = built(channel, suffix, held, previous, press, old, feeds)
        standing = bytes_of(path)
        if not shown and (lost := _all_ids(standing, suffix)):
            if not may_leave(lost):
                raise PublishError(
                    f"the feed would be empty, and no record says why its {len(lost)} entries left",
                    advice="run 'feedsvc archive verify', then 'feedsvc rebuild'; "
                    f"or delete {path} if it shall be empty",
                )
            standing = b""
    except FAILURES as error:
        done.failed(path, error)
        return None
    authority = channel.site.authority
    approve = partial(check.approve, suffix=suffix, expected=len(shown), authority=authority)
    fits = done.put(path, document, lambda new, old: approve(new, standing))
    return (document, shown) if fits else None


def built(
    channel: Channel,
    suffix: str,
    held: Contents,
    previous: str | None,
    press: Press,
    old: pieces.Written,
    feeds: FeedsConfig,
) -> tuple[bytes, tuple[Item, ...]]:
    """A document, with the pieces of ``old`` where they are there, and what it shows.
    Raises ``ValueError``, ``PublishError``, and what the source of the press raises."""

    def give(items: Sequence[Item]) -> pieces.Written:
        missing = [item.id for item in items if item.id not in old]
        made = [held.entries[one] for one in missing if one in held.entries]
        if made:
            return {**old, **press.entries(suffix, made)}
        return {**old, **press.articles(suffix, missing)} if missing else old

    def short(item: Item) -> bytes:
        return press.short(suffix, item.id, held.entries.get(item.id))

    # Whatever page is linked, so that a size does not depend on its name.
    longest = pieces.frame(channel, suffix, previous=LONGEST_NAME)
    room = pieces.room(longest, suffix, feeds.max_size)
    shown, written = fitted(held, give, short, room, suffix)
    updated = max((item.updated for item in shown), default=EPOCH)
    published = max((item.published for item in shown), default=EPOCH)
    frame = pieces.frame(channel, suffix, updated, published, previous)
    return pieces.joined(frame, suffix, [written[item.id] for item in shown]), shown


def shelf_of(plan: Plan, feeds: FeedsConfig) -> Shelf:
    folder = feeds.path / "archive" / plan.channel.name
    return Shelf(folder, plan.channel, plan.wanted, _held(plan, feeds))


def _held(plan: Plan, feeds: FeedsConfig) -> partial[frozenset[str]]:
    """Tells the ids that stand in a published feed, in any of its formats."""
    return partial(_held_ids, tuple(plan.paths(feeds).values()))


def _held_ids(paths: tuple[Path, ...]) -> frozenset[str]:
    return frozenset(found for path in paths for found in _ids_in(path))


def _ids_in(path: Path) -> frozenset[str]:
    try:
        return frozenset(pieces.cut(bytes_of(path), path.suffix.lstrip(".")))
    except ValueError:
        return frozenset()  # a file of somebody else's held nothing for anybody


def _all_ids(document: bytes, suffix: str) -> tuple[str, ...]:
    """The ids in any document that a reader could read, ours or not."""
    try:
        return check.ids(document, suffix) if document else ()
    except PublishError:
        return ()


def bytes_of(path: Path) -> bytes:
    try:
        return regular.read(path)
    except OSError:
        return b""
