"""What is allowed and probably not meant.

In: a whole configuration.  Out: advice, each with the key that it is about.  Nothing
here refuses: each of it is right somewhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address
from shutil import which
from urllib.parse import urlsplit

from feedsvc.config.parts import Config
from feedsvc.config.source import Key

SHORT = 16
"""Characters of a token below which it can be guessed."""


def advice(config: Config) -> Iterator[tuple[Key, str]]:
    """The key and what to think of, in the file's order."""
    yield from _sections(config)
    yield from _feeds(config)
    yield from _notices(config)
    yield from _server(config)


def _sections(config: Config) -> Iterator[tuple[Key, str]]:
    if not config.sections:
        yield ("sections",), "there are none, so nothing is polled"
    seen: dict[str, str] = {}
    for place, section in enumerate(config.sections):
        if section.code is not None and section.code in seen:
            said = f"'{seen[section.code]}' has this code too, so one page is polled twice"
            yield ("sections", place, "code"), said
        elif section.code is not None:
            seen[section.code] = section.name


def _feeds(config: Config) -> Iterator[tuple[Key, str]]:
    feeds, server = config.feeds, config.server
    base = urlsplit(feeds.base_url)
    host, port = base.hostname or "", base.port or (443 if base.scheme == "https" else 80)
    if _is_here(host) and server.port not in (0, port):
        said = f"names port {port}, but server.port is {server.port}: nothing answers there"
        yield ("feeds", "base_url"), said
    elif _is_here(host) and not _is_here(server.host):
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
    if not server.tokens and not _is_here(server.host):
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


def _is_here(host: str) -> bool:
    """Whether a host is this machine, reached from it alone."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost" or host.lower().endswith(".localhost")


def _is_public(host: str) -> bool:
    """Whether the way to a host may lead over the internet."""
    try:
        return ip_address(host.strip("[]")).is_global
    except ValueError:
        inside = ("localhost", "local", "lan", "internal", "home.arpa", "test")
        return "." in host and not host.lower().endswith(tuple(f".{one}" for one in inside))
