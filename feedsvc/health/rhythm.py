"""How often each section is polled, and by whom; whether it was read of late.

By the daemon: then its configured interval counts, from when it began.  From outside, by
cron or by hand: then the one that is observed.  In and out: the :class:`Memory`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from feedsvc.config import SectionConfig
from feedsvc.health.memory import Memory, as_object, as_time, succeeded_key, tried_key
from feedsvc.health.verdict import AUTO, INTERVALS

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
        before = rhythm_of(memory, section.name)
        since = as_time(before.get("since")) if "waits" not in before else None
        read_at = as_time(memory.get(succeeded_key(section.name)))
        never_read = since is not None and since <= now and (read_at is None or read_at < since)
        if since is None or (anew and not never_read):
            memory.put(_rhythm_key(section.name), json.dumps({"since": now.isoformat()}))


def succeeded(memory: Memory, section: str, now: datetime) -> None:
    """A section's page was read."""
    memory.put(succeeded_key(section), now.isoformat())


def still_reading(
    memory: Memory, sections: Iterable[SectionConfig], started: datetime, now: datetime
) -> None:
    """A poll that began then goes on and the site answers.  What it read counts as read
    until it is through, be it hours later; a section that the daemon would have polled
    meanwhile, and that was not late when it began, waits for its turn."""
    for section in sections:
        at = as_time(memory.get(succeeded_key(section.name)))
        if at is None or at > now - _A_MINUTE:
            continue
        if at >= started:
            succeeded(memory, section.name, now)
            continue
        rhythm = rhythm_of(memory, section.name)
        since = as_time(rhythm.get("since"))
        if "waits" in rhythm or since is None or since > now - _A_MINUTE:
            continue
        if max(at, since) >= started - INTERVALS * configured(section):
            memory.put(_rhythm_key(section.name), json.dumps({"since": now.isoformat()}))


def note_wait(
    memory: Memory, section: SectionConfig, before: datetime | None, now: datetime
) -> None:
    """A poll ended, the one before it ``before``: note the wait, unless the daemon polls."""
    rhythm = rhythm_of(memory, section.name)
    if "waits" not in rhythm:
        signs = (as_time(rhythm.get("since")), as_time(memory.get(tried_key(section.name))))
        if any(one and _is_recent(one, now, configured(section)) for one in signs):
            return  # the daemon's own poll, or one by hand beside it
        waits: list[float] = []
    else:
        waits = [float(one) for one in rhythm["waits"]]
        if before is not None and before < now:
            waits.append(round((now - before).total_seconds()))
    memory.put(_rhythm_key(section.name), json.dumps({"waits": waits[-WAITS:]}))


def _is_recent(at: datetime, now: datetime, interval: timedelta) -> bool:
    return at <= now <= at + INTERVALS * interval


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


def rhythm_of(memory: Memory, section: str) -> dict[str, Any]:
    """``since`` when the daemon polls it, or the ``waits`` between polls from outside."""
    kept = as_object(memory.get(_rhythm_key(section)))
    waits = kept.get("waits")
    if waits is None:
        return kept
    sound = isinstance(waits, list) and all(isinstance(one, (int, float)) for one in waits)
    return {"waits": waits if sound else []}


def _rhythm_key(section: str) -> str:
    return f"poll:{section}:rhythm"
