"""What is known of how polling goes: noted by who polls, read by who asks.

In and out: the :class:`~feedsvc.memory.Memory`.  Those who poll or publish note what they
find while they hold the archive; everybody else reads.  How often a section is polled depends
on who does it: by the daemon its configured interval counts, from when it began; from outside,
by cron or by hand, the one that is observed.  What it all amounts to is ``verdict.py``'s to say.
"""

import shutil
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from operator import attrgetter
from pathlib import Path
from typing import Any

from feedsvc import regular
from feedsvc.config import Config, SectionConfig
from feedsvc.health.kinds import Kind
from feedsvc.health.verdict import AUTO, Failure, Health, Reason, SectionHealth, judge, overdue
from feedsvc.memory import Memory, Section, Topic
from feedsvc.moment import as_time

DISK_LEAST = 200_000_000
"""Bytes free below which the disk counts as nearly full: some weeks of articles."""


WAITS = 8
"""Waits between polls from outside that are remembered: enough to tell their rhythm."""

_A_MINUTE = timedelta(minutes=1)


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
        **_waited(section, before, now),
    )


def _waited(section: SectionConfig, before: Section, now: datetime) -> dict[str, Any]:
    """A poll ended: what is to be remembered of the wait before it, nothing where the daemon
    polls.  ``before`` is the section as it was known until now."""
    signs, every = (before.expected_from, before.tried_at), configured(section)
    if before.waits is None and any(
        one and one <= now and not overdue(one, every, now) for one in signs
    ):
        return {}  # the daemon's own poll, or one by hand beside it
    waits = before.waits or ()
    if before.waits is not None and before.polled_at is not None and before.polled_at < now:
        waits = (*waits, round((now - before.polled_at).total_seconds()))
    return {"waits": waits[-WAITS:], "expected_from": None}


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
    after += (
        Reason(kind, text, min(since.get(part, now), now), part=part)
        for part, text in texts.items()
    )
    if sorted(after, key=attrgetter("key")) != sorted(before, key=attrgetter("key")):
        memory.keep(
            Topic.TROUBLES,
            noted=[
                {
                    "kind": one.kind,
                    "part": one.part,
                    "since": one.since.isoformat(),
                    "text": one.text,
                }
                for one in after
            ],
        )


def expect(
    memory: Memory, sections: Iterable[SectionConfig], now: datetime, *, anew: bool = False
) -> None:
    """The daemon polls these from now on, at their configured intervals.

    ``anew``: it starts, wakes, or was told another ``every``: what was missed before is no
    fault, unless it was expected before and a section was not read since: a daemon that
    dies at each start must not look well for ever.
    """
    for section in sections:
        before = memory.section.of(section.name)
        since, read_at = before.expected_from, before.succeeded_at
        never_read = since is not None and since <= now and (read_at is None or read_at < since)
        if since is None or (anew and not never_read):
            memory.section.set(section.name, expected_from=now, waits=None)


def succeeded(memory: Memory, section: str, now: datetime) -> None:
    """A section's page was read."""
    memory.section.set(section, succeeded_at=now)


def still_reading(
    memory: Memory, sections: Iterable[SectionConfig], started: datetime, now: datetime
) -> None:
    """A poll that began then goes on and the site answers.  What it read counts as read
    until it is through, be it hours later; a section that the daemon would have polled
    meanwhile, and that was not late when it began, waits for its turn."""
    for section in sections:
        known = memory.section.of(section.name)
        at, since = known.succeeded_at, known.expected_from
        if at is None or at > now - _A_MINUTE:
            continue
        if at >= started:
            succeeded(memory, section.name, now)
        elif (
            since is not None
            and since <= now - _A_MINUTE
            and not overdue(max(at, since), configured(section), started)
        ):
            memory.section.set(section.name, expected_from=now)


# By who asks


def health(
    config: Config, memory: Memory, now: datetime, run_since: datetime | None = None
) -> Health:
    """The verdict.  ``run_since`` is for the daemon's own process, which may not have been
    able to note yet that it runs."""
    sections = [_section(one, memory, now, run_since) for one in config.sections]
    noted = _noted(memory)
    troubles = [one for one in noted if one.kind is not Kind.DISK]
    if full := nearly_full(config):
        since = min([now, *(one.since for one in noted if one.kind is Kind.DISK)])
        troubles.append(Reason(Kind.DISK, full, since))
    troubles += [Reason(Kind.ARCHIVE, taken, now) for taken in _taken(config)]
    return judge(sections, troubles, now)


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


def configured(section: SectionConfig) -> timedelta:
    """How often the configuration would have a section polled, at least."""
    return AUTO if section.every == "auto" else section.every


def observed(waits: Sequence[float], configured: timedelta) -> timedelta:
    """How often a section is polled from outside, by the last waits between two polls (s).

    The longest but one: one long wait is a pause.  Short ones are polls by hand, as long as
    there are not :data:`WAITS` of them; before there is another, nobody knows: :data:`AUTO`.
    """
    usual = [one for one in waits if one >= configured.total_seconds() / 2]
    if not usual and len(waits) >= WAITS:
        usual = list(waits)
    if not usual:
        return max(AUTO, configured)
    return timedelta(seconds=sorted(usual)[-2 if len(usual) > 1 else -1])


def _failure(last: Section, now: datetime) -> Failure | None:
    """What the last poll failed by, if it did; in the zone of ``now``."""
    if not last.error or last.polled_at is None or last.failing_since is None:
        return None
    try:
        kind = Kind(last.kind)
    except ValueError:
        kind = Kind.SECTION
    return Failure(
        kind,
        last.error,
        last.failing_since.astimezone(now.tzinfo),
        last.polled_at,
        max(1, last.times),
    )


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


def nearly_full(config: Config) -> str | None:
    """What to say of a disk that is nearly full, if one is: looked at whenever that is asked.
    Noted is since when."""
    for path in (config.archive.path, config.feeds.path):
        with suppress(OSError):
            free = free_bytes(path)
            if free < DISK_LEAST:
                return f"{path}: {free // 1_000_000} MB left on the disk; make room"
    return None


def free_bytes(path: Path) -> int:
    """Bytes free on the file system that holds, or will hold, a folder.  Raises ``OSError``."""
    path = path.absolute()
    while not path.exists():
        path = path.parent
    return shutil.disk_usage(path).free
