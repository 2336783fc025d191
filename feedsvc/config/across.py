"""What no single value can tell: names used twice, feeds of unknown sections,
and ``null`` where the contract has none.

In: the values of a file as read, of whatever type.  Out: faults.  It looks at
values before their types are checked, so that one run names both.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator

from feedsvc.config.source import Key, Mistake, Source, Value
from feedsvc.config.values import FromEnvironment

_NULLABLE: frozenset[Key] = frozenset(
    {
        ("site", "authority"),
        ("http", "user_agent"),
        ("http", "cookie"),
        ("feeds", "hub"),
        ("feeds", "s3"),
        ("feeds", "s3", "endpoint"),
        ("feeds", "custom", "search"),
    }
)


def across(source: Source) -> Iterator[Mistake]:
    """The faults that span values, in no particular order."""
    yield from _nulls(source)
    yield from _lists(source)
    yield from _names(source)
    yield from _notices(source)


def misread(source: Source) -> Iterator[Mistake]:
    """Numbers that are others to YAML than to who wrote them: ``010`` is octal, ``22:22``
    counts minutes.  To be asked last: where text is wanted that is the better advice."""
    for key, place in source.places.items():
        if place.kind != "int" or "<<" in key:
            continue
        octal = re.fullmatch(r"[-+]?0[0-9_]+", place.written)
        if not octal and ":" not in place.written:
            continue
        why = "a 0 before it makes it octal" if octal else "a colon makes it base 60"
        sign = "-" if place.written.startswith("-") else ""
        plain = place.written.lstrip("+-0_").replace("_", "") or "0"
        advice = f"write {sign}{plain}" if octal else "write it as one number"
        yield Mistake(
            place.line,
            key,
            f"'{place.written}' is another number to YAML ({why}); {advice}, or quote it where "
            "text is meant",
        )


def _nulls(source: Source) -> Iterator[Mistake]:
    for key, place in source.places.items():
        names = tuple(name for name in key if isinstance(name, str))
        if place.kind != "null" or names in _NULLABLE or "<<" in names:
            continue
        if names == ("sections", "code"):
            yield Mistake(
                place.line, key, "is empty; leave the key out for the page of all articles"
            )
        else:
            yield Mistake(place.line, key, "is empty; give a value, or leave the key out")


def _lists(source: Source) -> Iterator[Mistake]:
    """A section is one list of the site's."""
    for place, item in enumerate(_items(source.value, ("sections",))):
        if not isinstance(item, dict):
            continue
        given = [name for name in ("code", "search") if item.get(name) is not None]
        given += ["newsflash"] if item.get("newsflash") is True else []
        if len(given) > 1:
            key: Key = ("sections", place, given[1])
            told = "give one of code, search and newsflash; a section is one list of the site"
            yield Mistake(source.line(key), key, told)


def _names(source: Source) -> Iterator[Mistake]:
    taken: dict[str, Key] = {}
    customs = _items(source.value, ("feeds", "custom"))
    digests = _items(source.value, ("feeds", "digests"))
    for base, items in (
        (("sections",), _items(source.value, ("sections",))),
        (("feeds", "custom"), customs),
        (("feeds", "digests"), digests),
    ):
        for place, item in enumerate(items):
            name = item.get("name") if isinstance(item, dict) else None
            key: Key = (*base, place, "name")
            if not isinstance(name, str):
                continue
            if name in taken:
                first = source.line(taken[name])
                said = f"'{_shown(source, key, name)}' is used twice, first in line {first}"
                yield Mistake(source.line(key), key, said)
            taken.setdefault(name, key)
    sections = [name for name, key in taken.items() if key[0] == "sections"]
    yield from _unknown(source, ("feeds", "custom"), "sections", sections, "section")
    feeds = [name for name, key in taken.items() if key[:2] != ("feeds", "digests")]
    feeds = ["all", *feeds, "released", "revised"]
    yield from _unknown(source, ("feeds", "digests"), "feeds", feeds, "feed of articles")


def _unknown(
    source: Source, base: tuple[str, ...], field: str, known: list[str], what: str
) -> Iterator[Mistake]:
    """Names in a list that nothing has."""
    for place, item in enumerate(_items(source.value, base)):
        wanted = item.get(field) if isinstance(item, dict) else None
        names = wanted if isinstance(wanted, tuple) else ()
        for number, name in enumerate(names):
            key: Key = (*base, place, field, number)
            if isinstance(name, str) and name not in known:
                near = difflib.get_close_matches(name, known, 1)
                hint = f"; did you mean '{near[0]}'?" if near else ""
                yield Mistake(
                    source.line(key), key, f"no {what} is named '{_shown(source, key, name)}'{hint}"
                )


def _notices(source: Source) -> Iterator[Mistake]:
    """A notice is of a feed that there is; its name, by default the feed's, is used once."""
    known = ["all", "released", "revised", "status"]
    for way in (("sections",), ("feeds", "custom"), ("feeds", "digests")):
        for item in _items(source.value, way):
            if isinstance(item, dict) and isinstance(name := item.get("name"), str):
                known.append(name)
    taken: dict[str, Key] = {}
    for place, item in enumerate(_items(source.value, ("notify",))):
        if not isinstance(item, dict):
            continue
        feed = item.get("feed")
        if isinstance(feed, str) and feed not in known:
            key: Key = ("notify", place, "feed")
            near = difflib.get_close_matches(feed, known, 1)
            hint = f"did you mean '{near[0]}'?" if near else f"there are {', '.join(known)}"
            yield Mistake(
                source.line(key), key, f"no feed is named '{_shown(source, key, feed)}'; {hint}"
            )
        name = item.get("name", feed)
        key = ("notify", place, "name" if "name" in item else "feed")
        if not isinstance(name, str):
            continue
        if name in taken:
            first = source.line(taken[name])
            said = f"'{_shown(source, key, name)}' is used twice, first in line {first}"
            more = "" if "name" in item else "; give this notice a name of its own"
            yield Mistake(source.line(key), key, said + more)
        taken.setdefault(name, key)


def _shown(source: Source, key: Key, name: str) -> str:
    """A name as it was written: neither what the environment gave nor an address, which
    was meant for another key, is told."""
    if isinstance(name, FromEnvironment):
        name = source.places[key].written if key in source.places else "${…}"
    return "…" if "://" in name else name


def _items(value: Value, way: tuple[str, ...]) -> tuple[Value, ...]:
    for name in way:
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, tuple) else ()
