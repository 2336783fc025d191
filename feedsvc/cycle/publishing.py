"""Publishing from the archive, remembering how far it got.

A kill between keeping an article and publishing it must not leave the feeds
behind for good, so the journal's head at the last publication is remembered:
what was journaled since is published even by a poll that finds nothing new.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping
from datetime import datetime

import feedsvc
from feedsvc import feeds
from feedsvc.archive import Archive
from feedsvc.config import Config
from feedsvc.cycle.teaser import Teasers, is_members, teaser
from feedsvc.cycle.troubles import noticed
from feedsvc.feeds import Published, Source
from feedsvc.model import Record

log = logging.getLogger("feedsvc.cycle")

_HEAD = "published:head"
_SETTINGS = "published:settings"


def publish(
    config: Config, archive: Archive, now: datetime, touched: Mapping[int, Record] | None
) -> Published:
    """Publish what these records touch; every feed, ``status`` too, where ``touched``
    is ``None``; every feed of articles where the settings changed, or where the last
    publication is not known.

    Raises nothing of its own: a feed that cannot be built stands in ``problems``.
    """
    memory = archive.memory
    settings = _settings(config)
    head = archive.head()
    changed: tuple[Record, ...] | None = None
    history: tuple[Record, ...] | None = None
    if touched is not None:
        history = tuple(touched.values())
        since = archive.changed_since(memory.get(_HEAD) or "")
        if since is not None:
            kept = (touched.get(one) or archive.get(one) for one in since)
            history = tuple(record for record in kept if record is not None)
            if memory.get(_SETTINGS) == settings:
                changed = history
    if changed == ():
        return Published()
    source: Source = archive
    if not config.server.tokens:
        source = Teasers(archive)
        if any(is_members(record) for record in (touched or {}).values()):
            log.warning("members' articles go out as teasers; with server.tokens set, whole")
        changed = changed and tuple(map(teaser, changed))
        history = history and tuple(map(teaser, history))
    published = feeds.publish(
        source,
        config.feeds,
        config.sections,
        now,
        memory=memory,
        changed=changed,
        history=history,
        site=config.site_of(),
    )
    if touched is None:
        notices = noticed(memory)
        told = feeds.publish_status(notices, config.feeds, config.sections, config.site_of())
        published = published.joined(told)
    if not published.problems:
        memory.put(_HEAD, head or "")
        memory.put(_SETTINGS, settings)
    return published


def _settings(config: Config) -> str:
    """A digest of all that shapes a feed besides the records."""
    told = "\n".join(
        (
            feedsvc.__version__,
            config.site.base_url,
            config.feeds.model_dump_json(),
            str(bool(config.server.tokens)),
            *(section.model_dump_json() for section in config.sections),
        )
    )
    return hashlib.sha256(told.encode()).hexdigest()
