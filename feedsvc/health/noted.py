"""What is known of how polling goes: noted by who polls, read by who asks.

In and out: the :class:`~feedsvc.health.memory.Memory`.  Those who poll or publish note
what they find while they hold the archive; everybody else reads.  How often a section is
polled is ``rhythm.py``'s to know, what it all amounts to ``verdict.py``'s.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from operator import attrgetter
from pathlib import Path

from feedsvc import regular
from feedsvc.config import Config, SectionConfig
from feedsvc.health.kinds import Kind
from feedsvc.health.rhythm import configured, observed, waited
from feedsvc.health.verdict import Failure, Health, Reason, SectionHealth, judge
from feedsvc.memory import Memory, Section, Topic, as_time

DISK_LEAST = 200_000_000
"""Bytes free below which the disk counts as nearly full: some weeks of articles."""


# By who polls


def polled(
    memory: Memory, section: SectionConfig, now: datetime, told: Mapping[str, object],
    kind: Kind | None,
) -> None:  # fmt: skip
    """Note the end of a section's poll: ``told`` is what ``status`` shows of it (``error``
    among it), ``kind`` what kind of failure it was, if one."""
    before = memory.section.of(section.name)
    since, times = None, 0
    if kind is not None:
        failed = _failure(before, now)
        since = min(failed.since, now) if failed else now
        times = failed.times + 1 if failed else 1
    last = {**told, "error": told.get("error") or "", "kind": kind or ""}
    memory.section.set(
        section.name,
        polled_at=now,
        # Read by a clock that was ahead?  Nobody knows when it was; not after now.
        succeeded_at=before.succeeded_at and min(before.succeeded_at, now),
        failing_since=since,
        times=times,
        **last,
        **waited(section, before, now),
    )


def note(memory: Memory, kind: Kind, now: datetime, text: str | None, *, part: str = "") -> None:
    """A trouble goes on and ``text`` says how, or does not (``None``); ``part`` is what it
    is about, where a kind has several that come and go by themselves."""
    others = {one.part: one.text for one in _noted(memory) if one.kind is kind}
    others.pop(part, None)
    note_all(memory, kind, now, others if text is None else {**others, part: text})


def note_all(memory: Memory, kind: Kind, now: datetime, texts: Mapping[str, str]) -> None:
    """These troubles of a kind go on, by what each is about, and no others of it."""
    before = _noted(memory)
    after = [one for one in before if one.kind is not kind]
    since = {one.part: one.since for one in before if one.kind is kind}
    for part, text in texts.items():
        after.append(Reason(kind, text, min(since.get(part, now), now), part=part))
    if sorted(after, key=attrgetter("key")) != sorted(before, key=attrgetter("key")):
        told = [
            {"kind": one.kind, "part": one.part, "since": one.since.isoformat(), "text": one.text}
            for one in after
        ]
        memory.keep(Topic.TROUBLES, noted=told)


# By who asks


def health(
    config: Config, memory: Memory, now: datetime, run_since: datetime | None = None
) -> Health:
    """The verdict.  ``run_since`` is for the daemon's own process, which may not have been
    able to note yet that it runs."""
    sections = [_section(one, memory, now, run_since) for one in config.sections]
    troubles = [one for one in _noted(memory) if one.kind is not Kind.DISK]
    for full in _disk(config):
        known = [one.since for one in _noted(memory) if one.kind is Kind.DISK]
        troubles.append(Reason(Kind.DISK, full, min([now, *known])))
    troubles += [Reason(Kind.ARCHIVE, taken, now) for taken in _taken(config)]
    return judge(sections, troubles, now)


def note_disk(config: Config, memory: Memory, now: datetime) -> None:
    """Note since when the disk is nearly full; whether it is, is looked at when asked."""
    note(memory, Kind.DISK, now, next(iter(_disk(config)), None))


def _section(
    section: SectionConfig, memory: Memory, now: datetime, run_since: datetime | None
) -> SectionHealth:
    known = memory.section.of(section.name)
    interval, since = configured(section), known.expected_from
    if known.waits is not None and run_since is None:
        interval = observed(known.waits, interval)
    elif since is None:
        since = run_since
    read_at, since = (at and at.astimezone(now.tzinfo) for at in (known.succeeded_at, since))
    return SectionHealth(section.name, interval, read_at, since, _failure(known, now))


def _failure(last: Section, now: datetime) -> Failure | None:
    """What the last poll failed by, if it did; in the zone of ``now``."""
    if not last.error or last.polled_at is None or last.failing_since is None:
        return None
    try:
        kind = Kind(last.kind)
    except ValueError:
        kind = Kind.SECTION
    since = last.failing_since.astimezone(now.tzinfo)
    return Failure(kind, last.error, since, last.polled_at, max(1, last.times))


def _noted(memory: Memory) -> list[Reason]:
    told = memory.recall(Topic.TROUBLES).get("noted")
    found = []
    for one in told if isinstance(told, list) else ():
        # What another version noted of a kind that this one does not know is passed over.
        with suppress(ValueError, KeyError, TypeError):
            kind, text, part = Kind(one["kind"]), str(one["text"]), str(one["part"])
            since = as_time(one["since"])
            if since is not None:
                found.append(Reason(kind, text, since, part=part))
    return found


def _taken(config: Config) -> Iterable[str]:
    """What stands where the memory is kept: nothing can be known then of earlier polls."""
    state = config.archive.path / ".state"
    with suppress(OSError):  # who reads the memory says that it may not
        if state.exists() and not state.is_dir():
            yield f"{state}: no folder, so that nothing is known of earlier polls; move it away"
        elif what := regular.kind(state / "state.sqlite"):
            yield (
                f"{state / 'state.sqlite'}: {what} stands where a file belongs, so that nothing "
                "is known of earlier polls; move it away"
            )


def _disk(config: Config) -> Iterable[str]:
    for path in (config.archive.path, config.feeds.path):
        with suppress(OSError):
            free = free_bytes(path)
            if free < DISK_LEAST:
                yield f"{path}: {free // 1_000_000} MB left on the disk; make room"
                return


def free_bytes(path: Path) -> int:
    """Bytes free on the file system that holds, or will hold, a folder.  Raises ``OSError``."""
    path = path.absolute()
    while not path.exists():
        path = path.parent
    return shutil.disk_usage(path).free
