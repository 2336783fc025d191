"""What the person who runs it should know: troubles, when they began and ended.

In: the outcome of a poll and what is remembered.  Out: notices for the ``status``
feed, one when a trouble begins and one when it ends, none in between.  Deciding
what is wrong is here; saying it in a feed is ``feeds.status``.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path

from feedsvc.config import Config, SectionConfig
from feedsvc.errors import (
    Blocked,
    FeedsvcError,
    FieldMissing,
    LayoutUnknown,
    LoginForm,
    LoginWanted,
    RobotsForbid,
)
from feedsvc.feeds import Notice
from feedsvc.fetch import Memory

_KEY = "troubles"
KEPT = 50
"""Notices that the status feed holds."""

INTERVALS = 3
"""A section has failed for so many intervals before it is a trouble."""

AUTO_EVERY = timedelta(hours=2)
"""The longest interval of ``every: auto``."""

DISK_LEAST = 200_000_000
"""Bytes free below which the disk counts as nearly full: some weeks of articles."""

ARTICLES_LEAST = 3
"""New articles in a row that fail before a person is told: one may be a page of its own
kind, and one is all that most polls find."""

LAYOUT_LEAST = 3
"""Articles in one poll whose layout is unknown, or that lack what every article has,
before the site is said to have changed."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that goes on: ``kind`` tells it from others, ``text`` is one line that
    says what is wrong and what to do."""

    kind: str
    text: str


def find(
    config: Config,
    memory: Memory,
    now: datetime,
    errors: Mapping[str, FeedsvcError | None],
    article_errors: Sequence[Exception],
    read: int,
    drifted: str | None = None,
    failing: int = 0,
) -> tuple[Trouble, ...]:
    """The troubles after a poll.

    ``errors`` has the polled sections with what went wrong, ``article_errors`` the
    failures of articles, ``read`` how many articles were read well; ``drifted`` says
    which selectors find nothing of late; ``failing`` is how many new articles in a row
    could not be read.
    """
    found: dict[str, Trouble] = {}
    for error in errors.values():
        if isinstance(error, (Blocked, LoginWanted, LoginForm)):
            found["blocked"] = Trouble("blocked", str(error))
        elif isinstance(error, RobotsForbid):
            found["robots"] = Trouble("robots", str(error))
        elif isinstance(error, LayoutUnknown):
            found["layout"] = Trouble("layout", str(error))
    if drifted:
        found["layout"] = Trouble("layout", drifted)
    unknown = [
        error for error in article_errors if isinstance(error, (LayoutUnknown, FieldMissing))
    ]
    if len(unknown) >= LAYOUT_LEAST and len(unknown) > read:
        found.setdefault("layout", Trouble("layout", str(unknown[-1])))
    if failing >= ARTICLES_LEAST and "layout" not in found:
        why = str(article_errors[-1]) if article_errors else going_on(memory).get("articles", "")
        found["articles"] = Trouble("articles", why or f"the last {failing} articles failed")
    for section in config.sections:
        late = failing_since(section, memory, now)
        if late is not None:
            error = errors.get(section.name)
            why = f": {error}" if error else ""
            text = f"section {section.name} was last read at {late:%Y-%m-%d %H:%M}{why}"
            found[f"section-{section.name}"] = Trouble(f"section-{section.name}", text)
    free = free_bytes(config.archive.path)
    if free < DISK_LEAST:
        text = f"{config.archive.path}: {free // 1_000_000} MB left on the disk; make room"
        found["disk"] = Trouble("disk", text)
    return tuple(found.values())


def failing_since(section: SectionConfig, memory: Memory, now: datetime) -> datetime | None:
    """When a section was last read, where that is more than three intervals ago."""
    kept = memory.get(f"poll:{section.name}:succeeded_at")
    if kept is None:
        return None
    every = AUTO_EVERY if section.every == "auto" else section.every
    # Under cron the interval that counts is the one that was observed.
    observed = timedelta(seconds=float(memory.get(f"poll:{section.name}:interval") or 0))
    succeeded = datetime.fromisoformat(kept)
    return succeeded if now - succeeded > INTERVALS * max(every, observed) else None


def free_bytes(path: Path) -> int:
    """Bytes free on the file system that holds, or will hold, a folder."""
    while not path.exists():
        path = path.parent
    return shutil.disk_usage(path).free


def note(
    memory: Memory, now: datetime, found: Sequence[Trouble], looked_at_all: bool
) -> tuple[tuple[Notice, ...], bool]:
    """Remember which troubles go on; all notices so far, oldest first, and whether
    one was added.

    Where not every section was looked at, nothing is said to have ended.
    """
    going_on, notices = _remembered(memory)
    before = len(notices)
    for trouble in found:
        if trouble.kind not in going_on:
            notices.append(Notice(trouble.kind, now, False, trouble.text))
            going_on[trouble.kind] = trouble.text
    if looked_at_all:
        for kind in sorted(set(going_on) - {trouble.kind for trouble in found}):
            notices.append(Notice(kind, now, True, going_on.pop(kind)))
    told_anew = len(notices) - before
    if told_anew:
        notices = notices[-KEPT:]
        told = {
            "open": going_on,
            "notices": [asdict(one) | {"at": one.at.isoformat()} for one in notices],
        }
        memory.put(_KEY, json.dumps(told, ensure_ascii=False))
    return tuple(notices), bool(told_anew)


def going_on(memory: Memory) -> dict[str, str]:
    """The troubles that go on now: kind to text."""
    return _remembered(memory)[0]


def noticed(memory: Memory) -> tuple[Notice, ...]:
    """The notices so far, oldest first."""
    return tuple(_remembered(memory)[1])


def _remembered(memory: Memory) -> tuple[dict[str, str], list[Notice]]:
    kept = memory.get(_KEY)
    if not kept:
        return {}, []
    told = json.loads(kept)
    notices = [
        Notice(one["kind"], datetime.fromisoformat(one["at"]), one["ended"], one["text"])
        for one in told["notices"]
    ]
    return dict(told["open"]), notices
