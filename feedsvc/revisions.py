"""The changes of an article's text, read back from its record's revisions.

In: a record.  Out: one :class:`Change` for each revision that changed the text,
with the text before and after it, and the record as it stood then.  A release is no
revision (contract, section 5), nor is a change of anything but headline, sub-headline
and body.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from feedsvc import recordjson, text
from feedsvc.model import Json, Record, Revision, Status


@dataclass(frozen=True, slots=True)
class Wording:
    """The text of an article at one time; ``body`` holds HTML blocks."""

    title: str
    subtitle: str
    body: tuple[str, ...]
    locked: bool
    released_at: datetime | None

    def says(self) -> tuple[str, ...]:
        """What a reader sees of it: markup and white space do not count."""
        seen = (text.visible(block) for block in self.body)
        return (text.fold(self.title), text.fold(self.subtitle), *(line for line in seen if line))


@dataclass(frozen=True, slots=True)
class Change:
    """One change of the text.  ``number`` counts the record's revisions from one,
    whatever they changed, so that it never moves."""

    number: int
    seen_at: datetime
    before: Wording
    after: Wording


def changes(record: Record) -> tuple[Change, ...]:
    """The changes of a record's text, oldest first."""
    access = record.access
    after = Wording(record.title, record.subtitle, record.body, access.locked, access.released_at)
    found: list[Change] = []
    for number in range(len(record.revisions), 0, -1):
        revision = record.revisions[number - 1]
        before = _before(after, revision)
        # What a release keeps of a teaser tells of no lock; that it was one, the time tells.
        released = (before.locked and not after.locked) or (
            after.released_at == revision.seen_at and _is_first_then(record, number)
        )
        if not released and before.says() != after.says():
            found.append(Change(number, revision.seen_at, before, after))
        after = before
    return tuple(reversed(found))


def as_it_was(record: Record, number: int) -> Record:
    """The record as it stood after its revision ``number``, as far as later ones tell:
    what they do not name (further sections, say) is as it is today.  An old value of a form that
    nobody reads any more is passed over."""
    values = recordjson.as_json(record)
    values["revisions"] = []
    then = record
    for revision in reversed(record.revisions[number:]):
        for key, value in revision.old:
            try:
                then = recordjson.from_json({**values, key: value})
            except recordjson.RecordInvalid:
                continue
            values[key] = value
    return replace(then, revisions=record.revisions[:number])


def _is_first_then(record: Record, number: int) -> bool:
    """Whether a revision is the first of its second that may be a release: the text may be
    edited in the same second, and times are whole seconds."""
    *earlier, one = record.revisions[:number]
    same = (other for other in earlier if other.seen_at == one.seen_at)
    return _may_release(one) and not any(map(_may_release, same))


def _may_release(revision: Revision) -> bool:
    return all(key != "access" or _locked(value) for key, value in revision.old)


def _before(after: Wording, revision: Revision) -> Wording:
    """The text as it stood before a revision, whose old values are as in the file."""
    before = after
    for key, value in revision.old:
        if key == "title" and isinstance(value, str):
            before = replace(before, title=value)
        elif key == "subtitle" and isinstance(value, str):
            before = replace(before, subtitle=value)
        elif key == "body" and isinstance(value, list):
            before = replace(before, body=tuple(str(block) for block in value))
        elif key == "access":
            before = replace(before, locked=_locked(value), released_at=_released_at(value))
    return before


def _locked(access: Json) -> bool:
    if not isinstance(access, dict):
        return False
    said, status = access.get("locked"), access.get("status")
    if isinstance(said, bool):
        return said
    return any(status == known.value for known in Status if known.locked)


def _released_at(access: Json) -> datetime | None:
    said = access.get("released_at") if isinstance(access, dict) else None
    try:
        return recordjson.time_from_json(said) if isinstance(said, str) else None
    except ValueError:
        return None
