"""What one value may be: a check each, and the types that carry them.

In: a value from a file (durations and sizes as a person writes them, such as ``10m``) or from
a program (a ``timedelta``, bytes).  Out: the value as it is kept, or a ``ValueError`` that says
what was wanted and does not repeat the value, which may be a secret.
"""

import re
from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, ValidationInfo

from feedsvc import text
from feedsvc.model import Status

TAKEN_NAMES = (
    "all",
    "released",
    "revised",
    "status",
    "feeds",
    "index",
    "archive",
    "articles",
    "search",
    "healthz",
    "metrics",
)
"""Names that feedsvc uses itself in file names and addresses."""


DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
"""The days of the week, in the order in which ``date.weekday()`` counts them."""

_SECONDS = {"d": 86400, "h": 3600, "m": 60, "s": 1}
_BYTES = {"GB": 10**9, "MB": 10**6, "KB": 10**3, "B": 1}

WANTED_DURATION = "wanted a duration such as 90s, 10m, 2h or 14d"
WANTED_SIZE = "wanted a size such as 500KB or 5MB"
LONGEST = timedelta(days=36_500)


class FromEnvironment(str):
    """Text that held a ``${NAME}``: it may stand for a number or a switch, which
    YAML cannot tell while it reads the file."""

    __slots__ = ()


# Durations and sizes


def duration(text: str) -> timedelta:
    """``90s``, ``10m``, ``2h`` or ``14d``; a hundred years at most."""
    seconds = _amount(text, _SECONDS, WANTED_DURATION)
    if seconds > LONGEST.total_seconds():
        raise ValueError("must be 36500d at most")
    return timedelta(seconds=seconds)


def size(text: str) -> int:
    """``800B``, ``500KB``, ``5MB`` or ``1GB`` in bytes; a KB is 1000 of them."""
    return _amount(text, _BYTES, WANTED_SIZE)


def _amount(text: str, units: Mapping[str, int], wanted: str) -> int:
    match = re.fullmatch(rf"([0-9]{{1,9}})({'|'.join(units)})", text.strip())
    if not match:
        raise ValueError(wanted)
    return int(match[1]) * units[match[2]]


def spell_duration(value: timedelta) -> str:
    """The shortest way to write a duration: 120 seconds are ``2m``."""
    return _spelt(int(value.total_seconds()), _SECONDS)


def spell_size(value: int) -> str:
    """The shortest way to write a size: 2,000,000 bytes are ``2MB``."""
    return _spelt(value, _BYTES)


def _spelt(amount: int, units: Mapping[str, int]) -> str:
    fitting = [unit for unit, of in units.items() if amount % of == 0]  # the largest is first
    unit = fitting[0 if amount else -1]
    return f"{amount // units[unit]}{unit}"


def _span(value: object, low: timedelta) -> timedelta:
    if isinstance(value, str):
        value = duration(value)
    if not isinstance(value, timedelta):
        raise ValueError(WANTED_DURATION)
    if value < low:
        raise ValueError(f"must be at least {spell_duration(low)}")
    return value


def _every(value: object) -> timedelta | str:
    if value == "auto":
        return "auto"
    try:
        return _span(value, timedelta(minutes=1))
    except ValueError as error:
        said = str(error)
        raise ValueError(said.replace(WANTED_DURATION, f"{WANTED_DURATION}, or auto")) from None


def _bytes(value: object, info: ValidationInfo, most: int | None = None) -> object:
    if isinstance(value, str):
        value = size(value)
    elif info.context is not None:  # from a file: a bare number does not say of what
        raise ValueError(WANTED_SIZE)
    if isinstance(value, int) and value < 1:
        raise ValueError("must be at least 1B")
    if isinstance(value, int) and most is not None and value > most:
        raise ValueError(f"must be at most {spell_size(most)}")
    return value


# What YAML reads as something else


def _number(value: object) -> object:
    if isinstance(value, FromEnvironment) and re.fullmatch(r"-?[0-9]{1,9}", value):
        return int(value)
    return value


def _switch(value: object) -> object:
    known = {"true": True, "false": False}
    return known.get(value.lower(), value) if isinstance(value, FromEnvironment) else value


def _path(value: object) -> object:
    if not isinstance(value, str):
        return value
    if not value.strip() or "\0" in value:
        raise ValueError("wanted a folder's path")
    try:
        return Path(value).expanduser()
    except RuntimeError:  # ~ without a home
        raise ValueError("~ cannot be resolved here; write the whole path") from None


# Texts and lists of them


def _text(pattern: str, wanted: str) -> AfterValidator:
    """Text that ``pattern`` describes whole; else the error says what was ``wanted``."""

    def check(value: str) -> str:
        if not re.fullmatch(pattern, value):
            raise ValueError(wanted)
        return value

    return AfterValidator(check)


def _list(of: str) -> AfterValidator:
    """A list that is not empty and names nothing twice."""

    def check(value: tuple[str, ...]) -> tuple[str, ...]:
        if not value or len(set(value)) < len(value):
            raise ValueError(f"wanted a list of {of}, one at least and each once")
        return value

    return AfterValidator(check)


def _words(value: str) -> str:
    value = text.fold(value)
    if not value:
        raise ValueError("must not be empty")
    return value


def _untaken(value: str) -> str:
    if value in TAKEN_NAMES:
        raise ValueError(f"is taken; feedsvc uses the names {', '.join(TAKEN_NAMES)} itself")
    return value


def _target(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*://\S(.*\S)?", value) or not value.isprintable():
        raise ValueError("wanted an Apprise address such as tgram://… or mailto://…, on one line")
    return value


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, OSError, ValueError):  # not found, a folder, or no zone's name at all
        raise ValueError("wanted a time zone's name such as Asia/Seoul") from None
    return value


def _url(value: str) -> str:
    wanted = "wanted an address that begins with http:// or https://"
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError:
        raise ValueError(wanted) from None
    if parts.scheme not in ("http", "https") or not parts.hostname or re.search(r"\s", value):
        raise ValueError(wanted)
    return value


def _base_url(value: str) -> str:
    parts = urlsplit(_url(value))
    if parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError("wanted an address without user, query or fragment")
    return value


def _header(value: str) -> str:
    if not value.strip():
        raise ValueError("must not be empty; null or leaving it out is the default")
    if not value.isprintable() or not value.isascii():
        raise ValueError("must be one line of ASCII text: it is sent as a header")
    return value.strip()


def _prefix(value: str) -> str:
    value = value.strip("/")
    if (value and not re.fullmatch(r"[A-Za-z0-9_-][A-Za-z0-9._/-]*", value)) or "//" in value:
        raise ValueError("wanted a path such as news/feeds, of letters, digits, - _ . and /")
    return value


Delay = Annotated[timedelta, BeforeValidator(partial(_span, low=timedelta(0)))]
Timeout = Annotated[timedelta, BeforeValidator(partial(_span, low=timedelta(seconds=1)))]
Every = Annotated[timedelta | Literal["auto"], BeforeValidator(_every)]
Bytes = Annotated[int, BeforeValidator(_bytes)]
FeedBytes = Annotated[int, BeforeValidator(partial(_bytes, most=100_000_000))]
Number = Annotated[int, BeforeValidator(_number)]
# YAML takes an unquoted ``off`` for a switch.
Relearn = Annotated[
    Literal["off", "propose", "adopt"],
    BeforeValidator(lambda value: "off" if value is False else value),
]
Switch = Annotated[bool, BeforeValidator(_switch)]
Folder = Annotated[Path, BeforeValidator(_path)]
Words = Annotated[str, AfterValidator(_words)]
NoticeName = Annotated[str, _text("[a-z0-9-]{1,100}", "wanted a name of the characters a-z 0-9 -")]
Name = Annotated[NoticeName, AfterValidator(_untaken)]
Url = Annotated[str, AfterValidator(_url)]
BaseUrl = Annotated[str, AfterValidator(_base_url)]
FolderUrl = Annotated[str, AfterValidator(lambda value: _base_url(value).rstrip("/") + "/")]
Host = Annotated[str, _text(r"[^\s/@?#]+", "wanted a host's name, without http:// and path")]
# RFC 4151, 2.1: a domain name of the one who gives the ids; in lower case it is one.
Authority = Annotated[
    str,
    _text(
        "[a-z0-9]([a-z0-9.-]*[a-z0-9])?",
        "wanted a host's name in lower case, such as dealsite.co.kr",
    ),
]
Header = Annotated[str, AfterValidator(_header)]
Code = Annotated[str, _text("[0-9]{6}", 'wanted six digits in quotation marks, such as "068000"')]
Zone = Annotated[str, AfterValidator(_zone)]
BucketName = Annotated[
    str,
    _text("[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", "wanted a bucket's name: 3 to 63 of a-z 0-9 - and ."),
]
Prefix = Annotated[str, AfterValidator(_prefix)]
Token = Annotated[str, _text("[!-~]+", "a token is ASCII text without spaces, and not empty")]
AccessStatus = Annotated[
    str, _text("|".join(Status), f"is no access status; wanted one of {', '.join(Status)}")
]
Address = Annotated[str, AfterValidator(_target)]
Argument = Annotated[str, _text("[^\0]*", "must not hold a NUL character")]
ClockTime = Annotated[
    str,
    _text(
        "([01][0-9]|2[0-3]):[0-5][0-9]",
        'wanted a time of the day in quotation marks, such as "08:00"',
    ),
]
Events = Annotated[
    tuple[Literal["new", "released", "revised"], ...], _list("new, released and revised")
]
Formats = Annotated[tuple[Literal["rss", "atom", "json"], ...], _list("rss, atom and json")]
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Days = Annotated[tuple[Day, ...], _list(", ".join(DAYS))]
FeedNames = Annotated[tuple[str, ...], _list("feeds, such as [all]")]
