"""What may be shown of an article that only the reader's own session showed whole.

Records in, records out; pure.  Used where the server asks for no tokens: what the site
shows to members is for them, not for whoever finds the address.
"""

from __future__ import annotations

from dataclasses import replace

from feedsvc.model import Json, Record, Revision, Status

_READABLE = (Status.OPEN, Status.PLUS_FIRST)


def is_members(record: Record) -> bool:
    """Whether the record holds what guests do not get to see: where the page breaks off
    for them (``unknown``, which is not locked) no less than where it is locked."""
    return record.access.seen_as == "member" and record.access.status not in _READABLE


def teaser(record: Record) -> Record:
    """The record as a guest might have seen it: of each state that was a member's, the
    first paragraph and no images.  Any other record as it is."""
    whole = is_members(record)
    if not whole and not any(_members(dict(one.old).get("access")) for one in record.revisions):
        return record
    revisions: list[Revision] = []
    hidden = whole
    for revision in reversed(record.revisions):
        old = dict(revision.old)
        hidden = _members(old["access"]) if "access" in old else hidden
        if hidden:
            old |= {key: _cut(key, old[key]) for key in ("body", "images") if key in old}
        revisions.append(replace(revision, old=tuple(old.items())))
    shown = replace(record, revisions=tuple(reversed(revisions)))
    return replace(shown, body=_first(record.body), images=()) if whole else shown


def _members(access: Json) -> bool:
    """Whether a state with this access part was a member's: see :func:`is_members`."""
    if not isinstance(access, dict):
        return False
    return access.get("seen_as") == "member" and access.get("status") not in _READABLE


def _cut(key: str, value: Json) -> Json:
    if key == "images" or not isinstance(value, list):
        return []
    return list(_first(tuple(str(block) for block in value)))


def _first(body: tuple[str, ...]) -> tuple[str, ...]:
    return next(((block,) for block in body if block.startswith("<p")), ())
