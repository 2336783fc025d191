"""What versions before 1.4 remembered, texts by keys, as rows: read once, at an upgrade.

In: keys and texts.  Out: rows.  What no version wrote so, or nothing asks for any more, is
left out; what cannot be made sense of counts as forgotten, as it did then.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any

from feedsvc.memory import Memory, Topic, as_time


def take_over(kept: Iterable[tuple[str, str]], memory: Memory) -> None:
    """Make rows of what was kept."""
    with memory.held():
        for key, text in kept:
            with suppress(ValueError, TypeError, KeyError, AttributeError, OverflowError):
                _take(memory, key, text)


def _take(memory: Memory, key: str, text: str) -> None:
    kind, _, about = key.partition(":")
    if key in _WHOLE:
        _WHOLE[key](memory, json.loads(text or "{}"))
    elif key in _TEXTS:
        memory.note.set(_TEXTS[key], "", text=text)
    elif key == "notices:known":
        memory.note.set(Topic.NOTICES, "", at=as_time(text), text="known")
    elif kind in _ARTICLES and text:
        memory.watch.set(int(about), **_ARTICLES[kind](text))
    elif kind == "doubts":
        for one, why in json.loads(text).items():
            memory.watch.set(int(one), doubt=why, doubted_by=about)
    elif kind == "digest":
        memory.note.set(Topic.DIGEST, about, text=text)
    elif kind == "adoption":
        memory.keep(Topic.ADOPTION, about, waiting=json.loads(text))
    elif kind == "probation":
        memory.keep(Topic.PROBATION, about, **json.loads(text))
    elif kind == "fetch.page":
        page = json.loads(text)
        etag, modified = page.get("etag") or "", page.get("modified") or ""
        memory.page.set(about, etag=etag, modified=modified, digest=page["sha256"])
    elif kind == "fetch.robots":
        _robots(memory, json.loads(text))
    elif kind == "deep":
        memory.section.set(about, deep_at=as_time(text))
    elif kind == "backfill":
        memory.section.set(about, page=int(text or 0))
    elif kind in ("section", "poll", "notice"):
        name, _, what = about.rpartition(":")
        _PARTS[kind, what](memory, name, text)


def _never_there(text: str) -> dict[str, Any]:
    since, _, times = text.partition(" ")
    return {"missing_since": as_time(since), "missing": int(times)}


_ARTICLES: Mapping[str, Callable[[str], dict[str, Any]]] = {
    "never-there": _never_there,
    "missing": lambda text: {"missing_since": as_time(text), "missing": 1},
    "no-article": lambda text: {"given_up_at": as_time(text)},
    "moved": lambda text: {"moved_at": as_time(text)},
    "held": lambda text: {"held": text},
}
_TEXTS = {
    "websub:waiting": Topic.HUB,
    "bucket": Topic.BUCKET,
    "published": Topic.EDITION,
    "troubles": Topic.STATUS,
    "redesign": Topic.REDESIGN,
    "gaps:asked": Topic.GAPS,
}


def _agenda(memory: Memory, told: dict[str, Any]) -> None:
    at = as_time(told.get("at"))
    for one, look in told["looks"].items():
        memory.watch.set(int(one), next_at=as_time(look))
    for one in told["boxed"]:
        memory.watch.set(int(one), boxed_at=at)
    memory.note.set(Topic.AGENDA, "", at=at, text=told["head"] or "")


def _failing(memory: Memory, told: dict[str, Any]) -> None:
    for one, (first, last) in told["since"].items():
        memory.watch.set(int(one), failed_since=as_time(first), failed_at=as_time(last))
    memory.note.set(Topic.FAILING, "", text=str(int(told["row"]) or ""))


def _back_off(memory: Memory, told: dict[str, Any]) -> None:
    for url, until in told.pop("pages", {}).items():
        memory.page.set(url, rests_until=as_time(until))
    memory.keep(Topic.BACK_OFF, at=as_time(told.pop("until")), **told)


def _robots(memory: Memory, told: dict[str, Any]) -> None:
    memory.page.set(
        told["url"],
        read_at=as_time(told["at"]),
        tried_at=as_time(told["tried"]),
        unreachable_since=as_time(told["unreachable"]),
        text=told["text"] or "",
    )


_WHOLE: Mapping[str, Callable[[Memory, Any], None]] = {
    "again": _agenda,
    "failing": _failing,
    "fetch.back-off": _back_off,
    "fetch.robots": _robots,
    "fetch.clock": lambda memory, told: memory.keep(Topic.CLOCK, seconds=told),
    "troubles:noted": lambda memory, told: memory.keep(Topic.TROUBLES, noted=told),
    "first-reading": lambda memory, told: memory.keep(
        Topic.FIRST, at=as_time(told.get("at")), ids=told["ids"]
    ),
    "fetch.last-request": lambda memory, told: memory.note.set(
        Topic.REQUEST, "", at=as_time(told["at"])
    ),
    "fetch.transport": lambda memory, told: memory.note.set(
        Topic.TRANSPORT, "", at=as_time(told["at"]), text=told["site"]
    ),
}


def _last_poll(memory: Memory, name: str, text: str) -> None:
    told = json.loads(text)
    counts = ("rows", "unchanged", "new", "revised", "released", "failed", "times")
    memory.section.set(
        name,
        polled_at=as_time(told["at"]),
        failing_since=as_time(told.get("since")),
        error=told.get("error") or "",
        kind=told.get("kind") or "",
        **{one: told[one] for one in counts if one in told},
    )


def _rhythm(memory: Memory, name: str, text: str) -> None:
    told = json.loads(text)
    waits = told.get("waits")
    memory.section.set(
        name,
        waits=None if waits is None else tuple(map(float, waits)),
        expected_from=None if waits is not None else as_time(told.get("since")),
    )


_PARTS: Mapping[tuple[str, str], Callable[[Memory, str, str], None]] = {
    ("section", "rows-as"): lambda memory, name, text: memory.section.set(
        name, by_listing=text == "json"
    ),
    ("poll", "tried_at"): lambda memory, name, text: memory.section.set(
        name, tried_at=as_time(text), cut_short=text == "never"
    ),
    ("poll", "succeeded_at"): lambda memory, name, text: memory.section.set(
        name, succeeded_at=as_time(text)
    ),
    ("poll", "last"): _last_poll,
    ("poll", "rhythm"): _rhythm,
    ("notice", "tried_at"): lambda memory, name, text: memory.note.set(
        Topic.NOTICE, name, at=as_time(text)
    ),
    ("notice", "failed"): lambda memory, name, text: memory.note.set(Topic.NOTICE, name, text=text),
}
