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
    after = Wording(record.title, record.subtitle, record.body, record.access.locked)
    found: list[Change] = []
    for number in range(len(record.revisions), 0, -1):
        revision = record.revisions[number - 1]
        before = _before(after, revision)
        released = before.locked and not after.locked
        if not released and before.says() != after.says():
            found.append(Change(number, revision.seen_at, before, after))
        after = before
    return tuple(reversed(found))


def as_it_was(record: Record, number: int) -> Record:
    """The record as it stood after its revision ``number``, as far as later ones tell:
    what they do not name (sections, and the lock at a release) is as it is today."""
    later = record.revisions[number:]
    if not later:
        return record
    values = recordjson.as_json(record)
    for revision in reversed(later):
        values |= dict(revision.old)
    values["revisions"] = []
    try:
        then = recordjson.from_json(values)
    except recordjson.RecordInvalid:
        # An old value of a form that nobody reads any more: the text is what matters.
        wording = Wording(record.title, record.subtitle, record.body, record.access.locked)
        for revision in reversed(later):
            wording = _before(wording, revision)
        then = replace(record, title=wording.title, subtitle=wording.subtitle, body=wording.body)
    return replace(then, revisions=record.revisions[:number])


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
            before = replace(before, locked=_locked(value))
    return before


def _locked(access: Json) -> bool:
    if not isinstance(access, dict):
        return False
    said, status = access.get("locked"), access.get("status")
    if isinstance(said, bool):
        return said
    return any(status == known.value for known in Status if known.locked)
