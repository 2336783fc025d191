"""The status feed: it tells when a trouble begins and when it ends, and nothing in between.

In: the verdict on health.  Out: a published ``status`` feed, and a note of what it told.
What counts as ill is ``feedsvc.health``'s to judge, saying it in a feed ``feeds.pages``'s.
"""

from dataclasses import asdict
from datetime import datetime

from feedsvc import feeds, health
from feedsvc.archive import Archive
from feedsvc.config import Config
from feedsvc.feeds import Published, StatusNotice
from feedsvc.health import Health
from feedsvc.memory import Memory, Topic
from feedsvc.moment import as_time

KEPT = 50
"""Notices that the status feed holds."""


def tell(config: Config, archive: Archive, now: datetime) -> Published:
    """Publish the ``status`` feed where the verdict has a trouble more or less than was
    told; for the one who holds the archive."""
    open_, notices = _remembered(archive.memory)
    verdict = health.health(config, archive.memory, now)
    going_on = {one.key: one.text for one in verdict.reasons}
    added = [
        StatusNotice(key, now, False, text) for key, text in going_on.items() if key not in open_
    ]
    over = sorted(open_.keys() - going_on.keys())
    added += [StatusNotice(key, now, True, open_[key]) for key in over]
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


def noticed(memory: Memory) -> tuple[StatusNotice, ...]:
    """The notices so far, oldest first."""
    return tuple(_remembered(memory)[1])


def _remembered(memory: Memory) -> tuple[dict[str, str], list[StatusNotice]]:
    """What was told and goes on, by key, and the notices; nothing where it is forgotten."""
    try:
        told = memory.recall(Topic.STATUS)
        notices = [
            StatusNotice(str(one["kind"]), at, one["ended"], one["text"])
            for one in told["notices"]
            if (at := as_time(one["at"])) is not None
        ]
        return {str(key): str(text) for key, text in told["open"].items()}, notices
    except (ValueError, TypeError, KeyError, AttributeError):
        return {}, []
