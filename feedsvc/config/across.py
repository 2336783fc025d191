"""What no single value can tell: faults between values, and what is probably not meant.

:func:`across` and :func:`misread` look at the values of a file as read, before their types are
checked, so that one run names both: names used twice, feeds of unknown sections, ``null`` where
the contract has none.  :func:`advice` looks at a whole configuration, and refuses nothing:
each of it is right somewhere.
"""

import re
from collections.abc import Iterator, Sequence
from ipaddress import ip_address
from itertools import chain
from shutil import which
from urllib.parse import urlsplit

from feedsvc.config.parts import Config
from feedsvc.config.source import ConfigSource, Key, Mistake, Value
from feedsvc.config.values import FromEnvironment
from feedsvc.site import is_loopback
from feedsvc.text import meant

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

SHORT = 16
"""Characters of a token below which it can be guessed."""


def across(source: ConfigSource) -> Iterator[Mistake]:
    """The faults that span values, in no particular order."""
    return chain(_nulls(source), _lists(source), _names(source))


def misread(source: ConfigSource) -> Iterator[Mistake]:
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


def _nulls(source: ConfigSource) -> Iterator[Mistake]:
    for key, place in source.places.items():
        names = tuple(name for name in key if isinstance(name, str))
        if place.kind != "null" or names in _NULLABLE or "<<" in names:
            continue
        advice = (
            "leave the key out for the page of all articles"
            if names == ("sections", "code")
            else "give a value, or leave the key out"
        )
        yield Mistake(place.line, key, f"is empty; {advice}")


def _lists(source: ConfigSource) -> Iterator[Mistake]:
    """A section is one list of the site's."""
    for key, item in _items(source, "sections"):
        given = [name for name in ("code", "search") if item.get(name) is not None]
        given += ["newsflash"] if item.get("newsflash") is True else []
        if len(given) > 1:
            yield source.mistake(
                (*key, given[1]),
                "give one of code, search and newsflash; a section is one list of the site",
            )


def _names(source: ConfigSource) -> Iterator[Mistake]:
    """Each name is one thing's, and what is named is there: the sections of a custom feed,
    the feeds of a digest, the feed of a notice, whose own name is by default the feed's."""
    taken: dict[str, Key] = {}
    for way in (("sections",), ("feeds", "custom"), ("feeds", "digests")):
        for key, item in _items(source, *way):
            yield from _taken(source, (*key, "name"), item.get("name"), taken)
    sections = [name for name, key in taken.items() if key[0] == "sections"]
    own = [name for name, key in taken.items() if key[:2] != ("feeds", "digests")]
    articles = ["all", *own, "released", "revised"]
    for way, field, known, what in (
        (("feeds", "custom"), "sections", sections, "section"),
        (("feeds", "digests"), "feeds", articles, "feed of articles"),
    ):
        for key, item in _items(source, *way):
            for place, name in _elements((*key, field), item.get(field)):
                yield from _unknown(source, place, name, known, what)
    feeds = ["all", "released", "revised", "status", *taken]
    taken = {}
    for key, item in _items(source, "notify"):
        yield from _unknown(
            source, (*key, "feed"), item.get("feed"), feeds, "feed", f"there are {', '.join(feeds)}"
        )
        field = "name" if "name" in item else "feed"
        more = "" if field == "name" else "; give this notice a name of its own"
        yield from _taken(source, (*key, field), item.get(field), taken, more)


def _taken(
    source: ConfigSource, key: Key, name: Value, taken: dict[str, Key], more: str = ""
) -> Iterator[Mistake]:
    """A name that another has; where it is free it is taken now."""
    if isinstance(name, str) and (first := taken.setdefault(name, key)) != key:
        said = f"'{_shown(source, key, name)}' is used twice, first in line {source.line(first)}"
        yield source.mistake(key, said + more)


def _unknown(
    source: ConfigSource,
    key: Key,
    name: Value,
    known: Sequence[str],
    what: str,
    otherwise: str = "",
) -> Iterator[Mistake]:
    """A name that nothing has; ``otherwise`` is said where none is like it."""
    if isinstance(name, str) and name not in known:
        hint = meant(name, known, otherwise)
        said = f"no {what} is named '{_shown(source, key, name)}'"
        yield source.mistake(key, f"{said}; {hint}" if hint else said)


def _shown(source: ConfigSource, key: Key, name: str) -> str:
    """A name as it was written: neither what the environment gave nor an address, which
    was meant for another key, is told."""
    if isinstance(name, FromEnvironment):
        name = source.places[key].written if key in source.places else "${…}"
    return "…" if "://" in name else name


def _items(source: ConfigSource, *way: str) -> Iterator[tuple[Key, dict[str, Value]]]:
    """The mappings in a list of the file's, each with its key."""
    value = source.value
    for name in way:
        value = value.get(name) if isinstance(value, dict) else None
    for key, item in _elements(way, value):
        if isinstance(item, dict):
            yield key, item


def _elements(way: Key, value: Value) -> Iterator[tuple[Key, Value]]:
    for place, one in enumerate(value if isinstance(value, tuple) else ()):
        yield (*way, place), one


def advice(config: Config) -> Iterator[tuple[Key, str]]:
    """The key and what to think of, in the file's order."""
    return chain(_sections(config), _feeds(config), _notices(config), _server(config))


def _sections(config: Config) -> Iterator[tuple[Key, str]]:
    if not config.sections:
        yield ("sections",), "there are none, so nothing is polled"
    seen: dict[str | None, str] = {}
    for place, section in enumerate(config.sections):
        first = seen.setdefault(section.code, section.name)
        if section.code is not None and first != section.name:
            yield (
                ("sections", place, "code"),
                f"'{first}' has this code too, so one page is polled twice",
            )


def _feeds(config: Config) -> Iterator[tuple[Key, str]]:
    feeds, server = config.feeds, config.server
    base = urlsplit(feeds.base_url)
    host, port = base.hostname or "", base.port or (443 if base.scheme == "https" else 80)
    if is_loopback(host) and server.port not in (0, port):
        yield (
            ("feeds", "base_url"),
            f"names port {port}, but server.port is {server.port}: nothing answers there",
        )
    elif is_loopback(host) and not is_loopback(server.host):
        yield (
            ("feeds", "base_url"),
            f"names this machine alone, but server.host {server.host} lets others in; write the "
            "address that they use",
        )
    if server.tokens and base.scheme == "http" and _is_public(host):
        yield (
            ("feeds", "base_url"),
            "is plain http, so that everybody on the way can read the tokens; put https before it",
        )
    if server.tokens and feeds.hub:
        yield (
            ("feeds", "hub"),
            "a hub has no token and cannot fetch the feeds, and one that could would hand them to "
            "anybody; take feeds.hub or server.tokens away",
        )
    for place, feed in enumerate(feeds.custom):
        criteria = (feed.any, feed.all, feed.none, feed.sections, feed.reporters, feed.access)
        if not any(criteria) and not feed.search:
            yield (
                ("feeds", "custom", place),
                f"'{feed.name}' has no criterion, so it holds every article, as 'all' does; give "
                "it any, all, none, search, sections, reporters or access",
            )


def _notices(config: Config) -> Iterator[tuple[Key, str]]:
    for place, notice in enumerate(config.notify):
        # Where it is run; a name without a slash is looked for along PATH.
        if notice.run and not which(
            str(notice.folder / notice.run[0]) if "/" in notice.run[0] else notice.run[0]
        ):
            yield (
                ("notify", place, "run"),
                "its program is not there, or may not be run by this user (chmod +x); a path is "
                "looked for from the configuration's folder, a name along PATH",
            )


def _server(config: Config) -> Iterator[tuple[Key, str]]:
    server = config.server
    if not server.tokens and not is_loopback(server.host):
        yield (
            ("server", "host"),
            f"{server.host} lets others in, and without server.tokens whoever reaches this "
            "machine can read the articles",
        )
    for place, token in enumerate(server.tokens):
        if len(token) < SHORT:
            yield (
                ("server", "tokens", place),
                f"can be guessed: it has {len(token)} of {SHORT} characters at least; "
                "'openssl rand -hex 24' makes one",
            )


def _is_public(host: str) -> bool:
    """Whether the way to a host may lead over the internet."""
    try:
        return ip_address(host.strip("[]")).is_global
    except ValueError:
        inside = ("localhost", "local", "lan", "internal", "home.arpa", "test")
        return "." in host and not host.lower().endswith(tuple(f".{one}" for one in inside))
