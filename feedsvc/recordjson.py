"""A record as the JSON values of its file, and back (contract, section 4).

In and out: :class:`~feedsvc.model.Record` and plain JSON values; pure.  Bytes and
files are ``archive.records``' job.  Reading is strict: a key that is missing,
unknown or of the wrong type is an error, never a default, because what is
read leniently is lost when the record is written again.
"""

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from typing import TypeVar

from feedsvc.model import Access, Image, Json, Marker, Record, Related, Revision, Scope, Status
from feedsvc.site import KST
from feedsvc.text import fold, visible

FORMAT = 1
"""The format of records; a new or a changed key makes it 2."""

T = TypeVar("T")

_STATUSES = tuple(Status)


def sha256(data: bytes) -> str:
    """``sha256:`` and the SHA-256 in hex, the form that records and journal use."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def digest(title: str, subtitle: str, body: tuple[str, ...]) -> str:
    """What counts as the article when two states of it are compared: the SHA-256 of three
    lines of UTF-8: headline, sub-headline, the body's visible text; each NFC with white space
    folded to one space.

    Markup, the order of attributes and image addresses are not part of it.  Deciding what a
    difference means is ``dedup``'s job.
    """
    lines = (fold(title), fold(subtitle), fold(" ".join(visible(block) for block in body)))
    return sha256("\n".join(lines).encode())


class RecordInvalid(ValueError):
    """A value is no record of this format; the message begins with the key."""


def as_json(record: Record) -> dict[str, Json]:
    """The record's file as values, keys in the contract's order.

    Raises ``ValueError`` for a time without a zone.
    """
    return {"format": FORMAT, **{key: write(record) for key, write in _WRITE.items()}}


def from_json(value: Json) -> Record:
    """The record that these values spell.  Raises :class:`RecordInvalid`."""
    values = _object(value, "record")
    if values.get("format") != FORMAT:
        raise RecordInvalid(f"format: {values.get('format')!r} is not {FORMAT}")
    _object(value, "record", "format", *_WRITE)
    return Record(
        id=_integer(values["id"], "id"),
        guid=_string(values["guid"], "guid"),
        url=_string(values["url"], "url"),
        title=_string(values["title"], "title"),
        subtitle=_string(values["subtitle"], "subtitle"),
        reporters=_strings(values["reporters"], "reporters"),
        published_at=_time(values["published_at"], "published_at"),
        updated_at=_time(values["updated_at"], "updated_at"),
        first_seen_at=_time(values["first_seen_at"], "first_seen_at"),
        origin=_one_of(values["origin"], ("poll", "backfill"), "origin"),
        sections=_strings(values["sections"], "sections"),
        keywords=_strings(values["keywords"], "keywords"),
        access=_access(values["access"]),
        images=_each(values["images"], "images", _image),
        body=_strings(values["body"], "body"),
        related=_each(values["related"], "related", _related),
        duplicate_of=_optional(values["duplicate_of"], "duplicate_of", _integer),
        gone_at=_optional(values["gone_at"], "gone_at", _time),
        digest=_string(values["digest"], "digest"),
        sources=tuple(
            (key, _string(source, f"sources.{key}"))
            for key, source in _object(values["sources"], "sources").items()
        ),
        revisions=_each(values["revisions"], "revisions", _revision),
    )


def time_json(value: datetime) -> str:
    """ISO 8601 with ``+09:00``, whatever zone the time came in.

    Raises ``ValueError`` for a time without a zone.
    """
    if value.tzinfo is None:
        raise ValueError(f"a time without a zone: {value.isoformat()}")
    return value.astimezone(KST).isoformat()


def time_from_json(value: str) -> datetime:
    """An aware time from ISO 8601.  Raises ``ValueError``."""
    time = datetime.fromisoformat(value)
    offset = time.utcoffset()
    if offset is None:
        raise ValueError(f"a time without a zone: {value}")
    return time.replace(tzinfo=KST if offset == KST.utcoffset(None) else timezone(offset))


def _optional_time(value: datetime | None) -> Json:
    return None if value is None else time_json(value)


_WRITE: Mapping[str, Callable[[Record], Json]] = {
    "id": lambda r: r.id,
    "guid": lambda r: r.guid,
    "url": lambda r: r.url,
    "title": lambda r: r.title,
    "subtitle": lambda r: r.subtitle,
    "reporters": lambda r: list(r.reporters),
    "published_at": lambda r: time_json(r.published_at),
    "updated_at": lambda r: time_json(r.updated_at),
    "first_seen_at": lambda r: time_json(r.first_seen_at),
    "origin": lambda r: r.origin,
    "sections": lambda r: list(r.sections),
    "keywords": lambda r: list(r.keywords),
    "access": lambda r: {
        "status": r.access.status.value,
        "locked": r.access.locked,
        "plus_first_at": _optional_time(r.access.plus_first_at),
        "released_at": _optional_time(r.access.released_at),
        "seen_as": r.access.seen_as,
        # Those that spoke for the page only are no evidence about the article.
        "markers": [{"kind": m.kind.value, "text": m.text} for m in r.access.markers if m.counted],
    },
    "images": lambda r: [{"url": i.url, "caption": i.caption, "file": i.file} for i in r.images],
    "body": lambda r: list(r.body),
    "related": lambda r: [{"title": one.title, "url": one.url} for one in r.related],
    "duplicate_of": lambda r: r.duplicate_of,
    "gone_at": lambda r: _optional_time(r.gone_at),
    "digest": lambda r: r.digest,
    "sources": lambda r: dict(r.sources),
    "revisions": lambda r: [
        {"seen_at": time_json(one.seen_at), "changed": list(one.changed), **dict(one.old)}
        for one in r.revisions
    ],
}
"""How each key is written, in the order of the file; ``format`` comes before them."""


def _object(value: Json, key: str, *wanted: str) -> dict[str, Json]:
    """An object; where keys are wanted, with these and no others."""
    if not isinstance(value, dict):
        raise RecordInvalid(f"{key}: not an object")
    if tuple(value) == wanted:
        return value  # as feedsvc writes it
    for name in wanted:
        if name not in value:
            raise RecordInvalid(f"{key}: key {name!r} is missing")
    for name in value if wanted else ():
        if name not in wanted:
            raise RecordInvalid(f"{key}: unknown key {name!r}, perhaps of a newer feedsvc")
    return value


def _string(value: Json, key: str) -> str:
    if not isinstance(value, str):
        raise RecordInvalid(f"{key}: not a string")
    return value


def _integer(value: Json, key: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise RecordInvalid(f"{key}: not an integer")
    return value


def _time(value: Json, key: str) -> datetime:
    try:
        return time_from_json(_string(value, key))
    except RecordInvalid:
        raise
    except ValueError as error:
        raise RecordInvalid(f"{key}: {error}") from error


def _one_of(value: Json, choices: tuple[str, ...], key: str) -> str:
    if value not in choices:
        raise RecordInvalid(f"{key}: {value!r} is none of {', '.join(choices)}")
    return _string(value, key)


def _status(value: Json, key: str) -> Status:
    return Status(_one_of(value, _STATUSES, key))


def _optional(value: Json, key: str, read: Callable[[Json, str], T]) -> T | None:
    return None if value is None else read(value, key)


def _each(value: Json, key: str, read: Callable[[Json, str], T]) -> tuple[T, ...]:
    if not isinstance(value, list):
        raise RecordInvalid(f"{key}: not a list")
    return tuple([read(item, f"{key}[{number}]") for number, item in enumerate(value)])


def _strings(value: Json, key: str) -> tuple[str, ...]:
    if isinstance(value, list):
        found = tuple([one for one in value if isinstance(one, str)])
        if len(found) == len(value):
            return found  # without a name for each, which takes longer than the rest
    return _each(value, key, _string)


def _access(value: Json) -> Access:
    keys = ("status", "locked", "plus_first_at", "released_at", "seen_as", "markers")
    values = _object(value, "access", *keys)
    status = _status(values["status"], "access.status")
    if status is Status.UNKNOWN:
        # Version 0.1.0 wrote false whatever the markers say.
        if not isinstance(values["locked"], bool):
            raise RecordInvalid("access.locked: neither true nor false")
    elif values["locked"] is not status.locked:
        raise RecordInvalid(f"access.locked: {values['locked']!r} contradicts {status.value!r}")
    return Access(
        status=status,
        markers=_each(values["markers"], "access.markers", _marker),
        plus_first_at=_optional(values["plus_first_at"], "access.plus_first_at", _time),
        released_at=_optional(values["released_at"], "access.released_at", _time),
        seen_as=_one_of(values["seen_as"], ("guest", "member"), "access.seen_as"),
    )


def _marker(value: Json, key: str) -> Marker:
    values = _object(value, key, "kind", "text")
    # Only markers that counted are kept, and only those of the article count.
    return Marker(
        kind=_status(values["kind"], f"{key}.kind"),
        scope=Scope.ARTICLE,
        text=_string(values["text"], f"{key}.text"),
        counted=True,
    )


def _image(value: Json, key: str) -> Image:
    values = _object(value, key, "url", "caption", "file")
    return Image(
        url=_string(values["url"], f"{key}.url"),
        caption=_string(values["caption"], f"{key}.caption"),
        file=_optional(values["file"], f"{key}.file", _string),
    )


def _related(value: Json, key: str) -> Related:
    values = _object(value, key, "title", "url")
    return Related(_string(values["title"], f"{key}.title"), _string(values["url"], f"{key}.url"))


def _revision(value: Json, key: str) -> Revision:
    values = _object(value, key)
    changed = _strings(values.get("changed"), f"{key}.changed")
    for name in changed:
        if name not in _WRITE or name == "revisions":
            raise RecordInvalid(f"{key}.changed: {name!r} is no key that can change")
    _object(value, key, "seen_at", "changed", *changed)
    return Revision(
        seen_at=_time(values["seen_at"], f"{key}.seen_at"),
        old=tuple((name, values[name]) for name in changed),
    )
