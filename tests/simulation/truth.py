"""An archive and its feeds held against what the newsroom did.

In: a :class:`~tests.simulation.world.World` that has run.  Out: nothing, or an
``AssertionError`` that names the first articles that are wrong.
"""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import feedparser

from feedsvc.archive import Archive
from feedsvc.feeds import check
from feedsvc.model import Record
from tests.archive.audit import audit
from tests.simulation.world import DELAY, World
from tests.standin import StandInArticle

FEEDS = ("all", "industry", "everything")
KEPT_FOR = timedelta(days=3)


def nothing_lost(world: World, archive: Archive) -> None:
    """Every article ever published is kept, and nothing else."""
    published, kept = set(world.newsroom.states), set(archive.index.ids())
    assert not published - kept, f"lost: {sorted(published - kept)[:10]}"
    assert not kept - published, f"never published: {sorted(kept - published)[:10]}"


def none_twice(world: World) -> None:
    """The files are whole, and the journal adds every article once."""
    events = audit(world.folder / "archive")
    assert set(events) == set(world.newsroom.states) | world.newsroom.moved


def moves_told(world: World, archive: Archive) -> None:
    """Those whose page leads to another id are known for it, and no others."""
    assert set(archive.index.moved()) == world.newsroom.moved
    assert not {one.id for one in archive.pending.all()} & world.newsroom.moved


def all_true(world: World, archive: Archive) -> None:
    """Each record holds what its article said on the site, and as much of it as was shown."""
    wrong = [
        number
        for number, states in world.newsroom.states.items()
        if not _is_true(archive.get(number), states)
    ]
    assert not wrong, f"not as they stood on the site: {wrong[:10]}"


def releases_seen(world: World, archive: Archive) -> None:
    """Every article that was seen locked and is open now is known as released."""
    missed = []
    for number, states in world.newsroom.states.items():
        record = archive.get(number)
        assert record is not None
        released = any(state.cut for state in states) and not states[-1].cut
        if released and (record.access.locked or len(record.body) < len(states[-1].body)):
            missed.append(number)
    assert not missed, f"released on the site and not here: {missed[:10]}"


def feeds_well_formed(world: World, archive: Archive) -> None:
    """Each feed parses in each format, holds no id twice, and holds the last days."""
    since = world.now - KEPT_FOR
    fresh = {record.guid for record in archive.newest(1, since) if record.first_seen_at >= since}
    for name in FEEDS:
        for suffix in ("rss", "atom", "json"):
            document = (world.folder / "public" / f"{name}.{suffix}").read_bytes()
            ids = check.ids(document, suffix)
            assert len(ids) == len(set(ids))
            assert ids, f"{name}.{suffix} is empty"
            if name in ("all", "everything"):
                assert not fresh - set(ids), f"{name}.{suffix}: {sorted(fresh - set(ids))[:5]}"
            if suffix != "json":
                read = feedparser.parse(document)
                assert not read.bozo, f"{name}.{suffix}: {read.bozo_exception}"
                assert len(read.entries) == len(ids)


def pace_kept(world: World) -> None:
    """No two requests nearer to each other than the delay, over all restarts."""
    assert len(world.wire.started) > 100
    nearest = min(later - earlier for earlier, later in pairwise(world.wire.started))
    assert nearest >= DELAY, nearest


def _is_true(record: Record | None, states: list[StandInArticle]) -> bool:
    """Title and length of one state; blocks of any, as a better body is kept where a
    locked page shows less."""
    said = {block for state in states for block in state.body}
    return (
        record is not None
        and set(record.body) <= said
        and any(
            record.title == state.title
            and record.published_at == state.published_at
            and len(record.body) == len(state.shown)
            for state in states
        )
    )
