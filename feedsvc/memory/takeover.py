"""What was remembered before as texts by keys, as rows: read once, at an upgrade.

In: keys and texts.  Out: rows.  What nothing asks for any more is left out; what cannot be
made sense of counts as forgotten, as it did then.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any

from feedsvc.memory.tables import Memory, Topic
from feedsvc.moment import as_time as at

_IN_THE_MIDDLE = ("poll", "section", "notice")
"""Kinds of keys that have the name between two words, and not at the end."""


def take_over(kept: Iterable[tuple[Any, ...]], memory: Memory) -> None:
    """Make rows of what was kept."""
    with memory.held():
        for key, text in kept:
            kind, colon, name = key.partition(":")
            form = key
            if kind in _IN_THE_MIDDLE:
                name, _, what = name.rpartition(":")
                form = f"{kind}:*:{what}"
            elif colon and key not in _FORMS:
                form = f"{kind}:*"
            with suppress(ValueError, TypeError, KeyError, AttributeError, OverflowError):
                _FORMS[form](memory, name, text)


def _agenda(memory: Memory, name: str, text: str) -> None:
    told = json.loads(text)
    for one, look in told["looks"].items():
        memory.watch.set(int(one), next_at=at(look))
    for one in told["boxed"]:
        memory.watch.set(int(one), boxed_at=at(told.get("at")))
    memory.note.set(Topic.AGENDA, "", at=at(told.get("at")), text=told["head"] or "")


def _failing(memory: Memory, name: str, text: str) -> None:
    told = json.loads(text)
    for one, (first, last) in told["since"].items():
        memory.watch.set(int(one), failed_since=at(first), failed_at=at(last))
    memory.note.set(Topic.FAILING, "", text=str(int(told["row"]) or ""))


def _doubts(memory: Memory, name: str, text: str) -> None:
    for one, why in json.loads(text).items():
        memory.watch.set(int(one), doubt=why, doubted_by=name)


def _back_off(memory: Memory, name: str, text: str) -> None:
    told = json.loads(text)
    for url, until in told.pop("pages", {}).items():
        memory.page.set(url, rests_until=at(until))
    memory.keep(Topic.BACK_OFF, at=at(told.pop("until")), **told)


def _robots(memory: Memory, name: str, text: str) -> None:
    told = json.loads(text)
    memory.page.set(
        told["url"],
        read_at=at(told["at"]),
        tried_at=at(told["tried"]),
        unreachable_since=at(told["unreachable"]),
        text=told["text"] or "",
    )


def _page(memory: Memory, name: str, text: str) -> None:
    told = json.loads(text)
    memory.page.set(
        name,
        etag=told.get("etag") or "",
        modified=told.get("modified") or "",
        digest=told["sha256"],
    )


def _last_poll(memory: Memory, name: str, text: str) -> None:
    told = json.loads(text)
    texts = {one: told.pop(one, None) or "" for one in ("error", "kind")}
    times = {"polled_at": at(told.pop("at")), "failing_since": at(told.pop("since", None))}
    memory.section.set(name, **times, **texts, **told)


def _rhythm(memory: Memory, name: str, text: str) -> None:
    told = json.loads(text)
    memory.section.set(
        name,
        waits=tuple(map(int, told["waits"])) if "waits" in told else None,
        expected_from=at(told.get("since")),
    )


def _never_there(memory: Memory, name: str, text: str) -> None:
    since, _, times = text.partition(" ")
    memory.watch.set(int(name), missing_since=at(since), missing=int(times))


def _text(topic: Topic, of: str | None = None) -> Callable[[Memory, str, str], None]:
    return lambda memory, name, text: memory.note.set(topic, name if of is None else of, text=text)


_FORMS: Mapping[str, Callable[[Memory, str, str], None]] = {
    "again": _agenda,
    "failing": _failing,
    "never-there:*": _never_there,
    "missing:*": lambda to, name, text: to.watch.set(int(name), missing_since=at(text), missing=1),
    "no-article:*": lambda to, name, text: to.watch.set(int(name), given_up_at=at(text)),
    "moved:*": lambda to, name, text: to.watch.set(int(name), moved_at=at(text)),
    "held:*": lambda to, name, text: to.watch.set(int(name), held=text),
    "doubts:*": _doubts,
    "poll:*:tried_at": lambda to, name, text: to.section.set(
        name, tried_at=at(text), cut_short=text == "never"
    ),
    "poll:*:succeeded_at": lambda to, name, text: to.section.set(name, succeeded_at=at(text)),
    "poll:*:last": _last_poll,
    "poll:*:rhythm": _rhythm,
    "section:*:rows-as": lambda to, name, text: to.section.set(name, by_listing=text == "json"),
    "deep:*": lambda to, name, text: to.section.set(name, deep_at=at(text)),
    "backfill:*": lambda to, name, text: to.section.set(name, page=int(text or 0)),
    "fetch.page:*": _page,
    "fetch.robots": _robots,
    "fetch.robots:*": _robots,
    "fetch.back-off": _back_off,
    "fetch.clock": lambda to, name, text: to.keep(Topic.CLOCK, seconds=json.loads(text)),
    "fetch.last-request": lambda to, name, text: to.note.set(
        Topic.REQUEST, "", at=at(json.loads(text)["at"])
    ),
    "fetch.transport": lambda to, name, text: to.note.set(
        Topic.TRANSPORT, "", at=at(json.loads(text)["at"]), text=json.loads(text)["site"]
    ),
    "first-reading": lambda to, name, text: to.keep(
        Topic.FIRST, at=at(json.loads(text).get("at")), ids=json.loads(text)["ids"]
    ),
    "notice:*:tried_at": lambda to, name, text: to.note.set(Topic.NOTICE, name, at=at(text)),
    "notice:*:failed": _text(Topic.NOTICE),
    "notices:known": lambda to, name, text: to.note.set(
        Topic.NOTICES, "", at=at(text), text="known"
    ),
    "adoption:*": lambda to, name, text: to.keep(Topic.ADOPTION, name, waiting=json.loads(text)),
    "probation:*": lambda to, name, text: to.keep(Topic.PROBATION, name, **json.loads(text)),
    "digest:*": _text(Topic.DIGEST),
    "gaps:asked": _text(Topic.GAPS, ""),
    "websub:waiting": _text(Topic.HUB, ""),
    "bucket": _text(Topic.BUCKET, ""),
    "published": _text(Topic.EDITION, ""),
    "troubles": _text(Topic.STATUS, ""),
    "troubles:noted": lambda to, name, text: to.keep(Topic.TROUBLES, noted=json.loads(text)),
    "redesign": _text(Topic.REDESIGN, ""),
}
