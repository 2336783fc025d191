"""What is known of how polling goes: noted by who polls, read by who asks.

In and out: a :class:`Memory`, which may forget all of it or hold anything; then a section
counts as never polled.  Those who poll or publish note what they find while they hold the
archive; everybody else reads.  What it amounts to is ``verdict.py``'s.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from feedsvc.config import Config, SectionConfig
from feedsvc.health.kinds import Kind
from feedsvc.health.verdict import AUTO, INTERVALS, Failure, Health, Reason, SectionHealth, judge

_TROUBLES = "troubles:noted"

DISK_LEAST = 200_000_000
"""Bytes free below which the disk counts as nearly full: some weeks of articles."""

WAITS = 8
"""Waits between polls from outside that are remembered: enough to tell their rhythm."""

A_MINUTE = timedelta(minutes=1)


class Memory(Protocol):
    """Texts by keys."""

    def get(self, key: str) -> str | None: ...

    def put(self, key: str, value: str) -> None: ...


def tried_key(section: str) -> str:
    """The memory's key of the daemon's last attempt, an ISO time with zone."""
    return f"poll:{section}:tried_at"


def succeeded_key(section: str) -> str:
    """The memory's key of the last poll that read the section's page."""
    return f"poll:{section}:succeeded_at"


def last_poll(memory: Memory, section: str) -> dict[str, Any]:
    """What became of a section's last poll (``at``, counts, ``error``); empty before it."""
    return _object(memory.get(_last_key(section)))


def as_time(kept: object) -> datetime | None:
    """An aware time from its ISO form, else ``None``."""
    try:
        time = datetime.fromisoformat(str(kept or ""))
    except ValueError:
        return None
    return time if time.tzinfo else None


# By who polls


def expect(
    memory: Memory, sections: Iterable[SectionConfig], now: datetime, *, anew: bool = False
) -> None:
    """The daemon polls these from now on, at their configured intervals.

    ``anew``: it starts, wakes, or was told another ``every``: what was missed before is no
    fault, unless it was expected before and a section was not read since: a daemon that
    dies at each start must not look well for ever.
    """
    for section in sections:
        before = _rhythm(memory, section.name)
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
        if at is None or at > now - A_MINUTE:
            continue
        if at >= started:
            succeeded(memory, section.name, now)
            continue
        rhythm = _rhythm(memory, section.name)
        since = as_time(rhythm.get("since"))
        if "waits" in rhythm or since is None or since > now - A_MINUTE:
            continue
        if max(at, since) >= started - INTERVALS * configured(section):
            memory.put(_rhythm_key(section.name), json.dumps({"since": now.isoformat()}))


def polled(
    memory: Memory, section: SectionConfig, now: datetime, told: Mapping[str, object],
    kind: Kind | None,
) -> None:  # fmt: skip
    """Note the end of a section's poll: ``told`` is what ``status`` shows of it (``error``
    among it), ``kind`` what kind of failure it was, if one."""
    name = section.name
    before = last_poll(memory, name)
    at = as_time(before.get("at"))
    last: dict[str, object] = {"at": now.isoformat(), **told}
    if kind is not None:
        failed = _failure(before, now)
        since = failed.since if failed else now
        last |= {"kind": kind, "since": since.isoformat()}
        last["times"] = failed.times + 1 if failed else 1
    memory.put(_last_key(name), json.dumps(last, ensure_ascii=False))
    read_at = as_time(memory.get(succeeded_key(name)))
    if read_at is not None and read_at > now:
        # By a clock that was ahead.  Nobody knows when it was; not after now.
        succeeded(memory, name, now)
    _note_wait(memory, section, at, now)


def _note_wait(
    memory: Memory, section: SectionConfig, before: datetime | None, now: datetime
) -> None:
    rhythm = _rhythm(memory, section.name)
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
    if sorted(after, key=_key) != sorted(before, key=_key):
        told = [
            {"kind": one.kind, "part": one.part, "since": one.since.isoformat(), "text": one.text}
            for one in after
        ]
        memory.put(_TROUBLES, json.dumps(told, ensure_ascii=False))


def _key(one: Reason) -> str:
    return one.key


# By who asks


def health(
    config: Config, memory: Memory, now: datetime, run_since: datetime | None = None
) -> Health:
    """The verdict.  ``run_since`` is for the daemon's own process, which may not have been
    able to note yet that it runs."""
    sections = [_section(one, memory, run_since) for one in config.sections]
    troubles = [one for one in _noted(memory) if one.kind is not Kind.DISK]
    for full in _disk(config):
        known = [one.since for one in _noted(memory) if one.kind is Kind.DISK]
        troubles.append(Reason(Kind.DISK, full, min([now, *known])))
    return judge(sections, troubles, now)


def note_disk(config: Config, memory: Memory, now: datetime) -> None:
    """Note since when the disk is nearly full; whether it is, is looked at when asked."""
    note(memory, Kind.DISK, now, next(iter(_disk(config)), None))


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


def _section(section: SectionConfig, memory: Memory, run_since: datetime | None) -> SectionHealth:
    rhythm = _rhythm(memory, section.name)
    interval, since = configured(section), as_time(rhythm.get("since"))
    if "waits" in rhythm and run_since is None:
        interval = observed([float(one) for one in rhythm["waits"]], interval)
    elif since is None:
        since = run_since
    return SectionHealth(
        section.name,
        interval,
        as_time(memory.get(succeeded_key(section.name))),
        since,
        _failure(last_poll(memory, section.name)),
    )


def _failure(last: Mapping[str, Any], now: datetime | None = None) -> Failure | None:
    """What the last poll failed by, if it did."""
    at, since = as_time(last.get("at")), as_time(last.get("since"))
    if not last.get("error") or at is None or since is None:
        return None
    if now is not None:
        at, since = min(at, now), min(since, now)
    times = last.get("times")
    try:
        kind = Kind(str(last.get("kind")))
    except ValueError:
        kind = Kind.SECTION
    return Failure(kind, str(last["error"]), since, at, times if isinstance(times, int) else 1)


def _noted(memory: Memory) -> list[Reason]:
    try:
        told = json.loads(memory.get(_TROUBLES) or "[]")
    except ValueError:
        return []
    found = []
    for one in told if isinstance(told, list) else ():
        # What another version noted of a kind that this one does not know is passed over.
        with suppress(ValueError, KeyError, TypeError):
            kind, text, part = Kind(one["kind"]), str(one["text"]), str(one["part"])
            since = as_time(one["since"])
            if since is not None:
                found.append(Reason(kind, text, since, part=part))
    return found


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


def _rhythm(memory: Memory, section: str) -> dict[str, Any]:
    """``since`` when the daemon polls it, or the ``waits`` between polls from outside."""
    kept = _object(memory.get(_rhythm_key(section)))
    waits = kept.get("waits")
    if waits is None:
        return kept
    sound = isinstance(waits, list) and all(isinstance(one, (int, float)) for one in waits)
    return {"waits": waits if sound else []}


def _object(kept: str | None) -> dict[str, Any]:
    try:
        value = json.loads(kept or "{}")
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _last_key(section: str) -> str:
    return f"poll:{section}:last"


def _rhythm_key(section: str) -> str:
    return f"poll:{section}:rhythm"
