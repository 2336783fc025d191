"""What one value may be: a check each, and the types that carry them.

In: a value from a file (texts such as ``10m``) or from a program (a
``timedelta``).  Out: the value as it is kept, or a ``ValueError`` that says what
was wanted and does not repeat the value, which may be a secret.
"""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, ValidationInfo

from feedsvc import text
from feedsvc.config import units
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


class FromEnvironment(str):
    """Text that held a ``${NAME}``: it may stand for a number or a switch, which
    YAML cannot tell while it reads the file."""

    __slots__ = ()


def _span(value: object, low: timedelta) -> timedelta:
    if isinstance(value, str):
        value = units.duration(value)
    if not isinstance(value, timedelta):
        raise ValueError(units.WANTED_DURATION)
    if value < low:
        raise ValueError(f"must be at least {units.spell_duration(low)}")
    return value


def _delay(value: object) -> timedelta:
    return _span(value, timedelta(0))


def _timeout(value: object) -> timedelta:
    return _span(value, timedelta(seconds=1))


def _every(value: object) -> timedelta | str:
    if value == "auto":
        return "auto"
    try:
        return _span(value, timedelta(minutes=1))
    except ValueError as error:
        wanted = str(error).replace(units.WANTED_DURATION, f"{units.WANTED_DURATION}, or auto")
        raise ValueError(wanted) from None


def _bytes(value: object, info: ValidationInfo) -> object:
    if isinstance(value, str):
        value = units.size(value)
    elif info.context is not None:  # from a file: a bare number does not say of what
        raise ValueError(units.WANTED_SIZE)
    if isinstance(value, int) and value < 1:
        raise ValueError("must be at least 1B")
    return value


def _feed_bytes(value: object, info: ValidationInfo) -> object:
    value = _bytes(value, info)
    if isinstance(value, int) and value > 100_000_000:
        raise ValueError("must be at most 100MB")
    return value


def _number(value: object) -> object:
    if isinstance(value, FromEnvironment) and re.fullmatch(r"-?[0-9]{1,9}", value):
        return int(value)
    return value


def _switch(value: object) -> object:
    if isinstance(value, FromEnvironment):
        return {"true": True, "false": False}.get(value.lower(), value)
    return value


def _path(value: object) -> object:
    if not isinstance(value, str):
        return value
    if not value.strip() or "\0" in value:
        raise ValueError("wanted a folder's path")
    try:
        return Path(value).expanduser()
    except RuntimeError:  # ~ without a home
        raise ValueError("~ cannot be resolved here; write the whole path") from None


def _words(value: str) -> str:
    value = text.fold(value)
    if not value:
        raise ValueError("must not be empty")
    return value


def _name(value: str) -> str:
    if not re.fullmatch(r"[a-z0-9-]{1,100}", value):
        raise ValueError("wanted a name of the characters a-z 0-9 -")
    if value in TAKEN_NAMES:
        raise ValueError(f"is taken; feedsvc uses the names {', '.join(TAKEN_NAMES)} itself")
    return value


def _notice_name(value: str) -> str:
    if not re.fullmatch(r"[a-z0-9-]{1,100}", value):
        raise ValueError("wanted a name of the characters a-z 0-9 -")
    return value


def _address(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*://\S(.*\S)?", value) or not value.isprintable():
        raise ValueError("wanted an Apprise address such as tgram://… or mailto://…, on one line")
    return value


def _argument(value: str) -> str:
    if "\0" in value:
        raise ValueError("must not hold a NUL character")
    return value


def _events(value: tuple[str, ...]) -> tuple[str, ...]:
    if not value or len(set(value)) < len(value):
        raise ValueError("wanted a list of new, released and revised, one at least and each once")
    return value


def _code(value: str) -> str:
    if not re.fullmatch(r"[0-9]{6}", value):
        raise ValueError('wanted six digits in quotation marks, such as "068000"')
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


def _folder_url(value: str) -> str:
    return _base_url(value).rstrip("/") + "/"


def _host(value: str) -> str:
    if not re.fullmatch(r"[^\s/@?#]+", value):
        raise ValueError("wanted a host's name, without http:// and path")
    return value


def _authority(value: str) -> str:
    # RFC 4151, 2.1: a domain name of the one who gives the ids; in lower case it is one.
    if not re.fullmatch(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?", value):
        raise ValueError("wanted a host's name in lower case, such as dealsite.co.kr")
    return value


def _header(value: str) -> str:
    if not value.strip():
        raise ValueError("must not be empty; null or leaving it out is the default")
    if not value.isprintable() or not value.isascii():
        raise ValueError("must be one line of ASCII text: it is sent as a header")
    return value.strip()


def _token(value: str) -> str:
    if not re.fullmatch(r"[!-~]+", value):
        raise ValueError("a token is ASCII text without spaces, and not empty")
    return value


def _bucket(value: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", value):
        raise ValueError("wanted a bucket's name: 3 to 63 of a-z 0-9 - and .")
    return value


def _prefix(value: str) -> str:
    value = value.strip("/")
    if (value and not re.fullmatch(r"[A-Za-z0-9_-][A-Za-z0-9._/-]*", value)) or "//" in value:
        raise ValueError("wanted a path such as news/feeds, of letters, digits, - _ . and /")
    return value


def _formats(value: tuple[str, ...]) -> tuple[str, ...]:
    if not value or len(set(value)) < len(value):
        raise ValueError("wanted a list of rss, atom and json, one at least and each once")
    return value


def _clock_time(value: str) -> str:
    if not re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", value):
        raise ValueError('wanted a time of the day in quotation marks, such as "08:00"')
    return value


def _days(value: tuple[str, ...]) -> tuple[str, ...]:
    if not value or len(set(value)) < len(value):
        raise ValueError(f"wanted a list of {', '.join(DAYS)}, one at least and each once")
    return value


def _feed_names(value: tuple[str, ...]) -> tuple[str, ...]:
    if not value or len(set(value)) < len(value):
        raise ValueError("wanted a list of feeds, such as [all], one at least and each once")
    return value


def _status(value: str) -> str:
    if value not in tuple(Status):
        raise ValueError(f"is no access status; wanted one of {', '.join(Status)}")
    return value


def _relearn(value: object) -> object:
    # YAML takes an unquoted ``off`` for a switch.
    return "off" if value is False else value


Delay = Annotated[timedelta, BeforeValidator(_delay)]
Timeout = Annotated[timedelta, BeforeValidator(_timeout)]
Every = Annotated[timedelta | Literal["auto"], BeforeValidator(_every)]
Bytes = Annotated[int, BeforeValidator(_bytes)]
FeedBytes = Annotated[int, BeforeValidator(_feed_bytes)]
Number = Annotated[int, BeforeValidator(_number)]
Relearn = Annotated[Literal["off", "propose", "adopt"], BeforeValidator(_relearn)]
Switch = Annotated[bool, BeforeValidator(_switch)]
Folder = Annotated[Path, BeforeValidator(_path)]
Words = Annotated[str, AfterValidator(_words)]
Name = Annotated[str, AfterValidator(_name)]
Url = Annotated[str, AfterValidator(_url)]
Host = Annotated[str, AfterValidator(_host)]
Authority = Annotated[str, AfterValidator(_authority)]
Header = Annotated[str, AfterValidator(_header)]
Code = Annotated[str, AfterValidator(_code)]
Zone = Annotated[str, AfterValidator(_zone)]
BaseUrl = Annotated[str, AfterValidator(_base_url)]
FolderUrl = Annotated[str, AfterValidator(_folder_url)]
BucketName = Annotated[str, AfterValidator(_bucket)]
Prefix = Annotated[str, AfterValidator(_prefix)]
Token = Annotated[str, AfterValidator(_token)]
AccessStatus = Annotated[str, AfterValidator(_status)]
NoticeName = Annotated[str, AfterValidator(_notice_name)]
Address = Annotated[str, AfterValidator(_address)]
Argument = Annotated[str, AfterValidator(_argument)]
Events = Annotated[tuple[Literal["new", "released", "revised"], ...], AfterValidator(_events)]
Formats = Annotated[tuple[Literal["rss", "atom", "json"], ...], AfterValidator(_formats)]
ClockTime = Annotated[str, AfterValidator(_clock_time)]
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Days = Annotated[tuple[Day, ...], AfterValidator(_days)]
FeedNames = Annotated[tuple[str, ...], AfterValidator(_feed_names)]
