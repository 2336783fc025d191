"""How often each section is polled, and by whom; whether it was read of late.

By the daemon: then its configured interval counts, from when it began.  From outside, by
cron or by hand: then the one that is observed.  In and out: the :class:`Memory`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from feedsvc.config import SectionConfig
from feedsvc.health.verdict import AUTO, overdue
from feedsvc.memory import Memory, Section

WAITS = 8
"""Waits between polls from outside that are remembered: enough to tell their rhythm."""

_A_MINUTE = timedelta(minutes=1)


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
            continue
        if since is None or since > now - _A_MINUTE:
            continue
        if not overdue(max(at, since), configured(section), started):
            memory.section.set(section.name, expected_from=now)


def waited(section: SectionConfig, before: Section, now: datetime) -> dict[str, Any]:
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
