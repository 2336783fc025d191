"""Cookies that the site sets on the way to a page, for that way alone (RFC 6265).

In: each answer of one chain of redirects.  Out: what the next request of the chain sends.
Kept nowhere: a wall that sends one back to the same address with a cookie is passed anew
each time.  A cookie goes back to the host that set it and to no other, whatever its
``Domain`` says; the reader's own session (``http.cookie``) is not kept here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from urllib.parse import urlsplit

from feedsvc.fetch.dates import http_date

MOST = 50
LONGEST = 4096
"""Cookies that are kept, and characters of one: as many as browsers take at least."""

_SPACE = " \t"
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_PORTS = {"http": 80, "https": 443}


class Chain:
    """The cookies of one chain of redirects."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str, str], tuple[str, bool]] = {}
        """By host, path and name: the value, and whether it is for https alone."""

    def take(self, url: str, headers: Iterable[tuple[str, str]], now: datetime) -> None:
        """Take in what the answer of an address sets, or takes back."""
        for key, value in headers:
            if key.lower() == "set-cookie" and len(value) <= LONGEST:
                self._take_one(url, value, now)

    def sent_to(self, url: str, own: str = "") -> str:
        """The value of ``Cookie`` for an address: ``own``, the reader's, then what was set
        on the way under names that it has not; ``""`` for none."""
        parts = urlsplit(url)
        host, path, secure = _host(url), parts.path or "/", parts.scheme == "https"
        taken = {pair.partition("=")[0].strip() for pair in own.split(";")}
        fitting = [
            (above, f"{name}={value}")
            for (owner, above, name), (value, only_secure) in self._kept.items()
            if owner == host
            and name not in taken
            and _lies_below(path, above)
            and (secure or not only_secure)
        ]
        fitting.sort(key=lambda one: -len(one[0]))
        return "; ".join([*([own] if own else []), *(pair for _, pair in fitting)])

    def _take_one(self, url: str, line: str, now: datetime) -> None:
        pair, *told = line.split(";")
        name, equals, value = pair.partition("=")
        # A value is bytes, each of them a character here: some are white space to Python.
        name, value = name.strip(_SPACE), value.strip(_SPACE)
        if not (equals and name) or _CONTROL.search(pair):
            return
        asked = [attribute.partition("=") for attribute in told]
        attributes = {key.strip().lower(): text.strip() for key, _, text in asked}
        domain = attributes.get("domain", "").lstrip(".").lower()
        own = (urlsplit(url).hostname or "").lower()
        if domain and own != domain and not own.endswith(f".{domain}"):
            return  # another host's, which this one may not set
        path = attributes.get("path", "")
        if not path.startswith("/"):
            path = urlsplit(url).path.rpartition("/")[0] or "/"
        key = (_host(url), path, name)
        if _is_over(attributes, now):
            self._kept.pop(key, None)
        elif key in self._kept or len(self._kept) < MOST:
            self._kept[key] = value, "secure" in attributes


def _host(url: str) -> str:
    """The host as it is compared; both schemes' own ports are one place."""
    parts = urlsplit(url)
    name = (parts.hostname or "").lower()
    port = parts.port
    return name if port in (None, _PORTS.get(parts.scheme)) else f"{name}:{port}"


def _lies_below(path: str, above: str) -> bool:
    """RFC 6265, 5.1.4."""
    return path == above or path.startswith(above if above.endswith("/") else f"{above}/")


def _is_over(attributes: dict[str, str], now: datetime) -> bool:
    age = attributes.get("max-age", "")
    digits = age.removeprefix("-")
    if digits.isascii() and digits.isdigit():
        return age.startswith("-") or not digits.strip("0")
    until = http_date(attributes["expires"]) if attributes.get("expires") else None
    return until is not None and until <= now
