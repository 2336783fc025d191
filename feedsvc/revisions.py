"""The states of an article over time: what changed between them, how a change is shown, and
what of them may be shown to whom.

In: a record.  Out: one :class:`TextChange` for each revision that changed the text, with the
text before and after it, and the record as it stood then; a release is no revision
(contract, section 5), nor is a change of anything but headline, sub-headline and body.
What changed is shown as HTML with ``ins`` and ``del``: blocks that did not change as they
are, so that figures and tables stay; a changed block as its visible text, word by word.
Pure.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from html import escape

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
class TextChange:
    """One change of the text.  ``number`` counts the record's revisions from one,
    whatever they changed, so that it never moves."""

    number: int
    seen_at: datetime
    before: Wording
    after: Wording


def changes(record: Record) -> tuple[TextChange, ...]:
    """The changes of a record's text, oldest first."""
    access = record.access
    after = Wording(record.title, record.subtitle, record.body, access.locked, access.released_at)
    found: list[TextChange] = []
    for number in range(len(record.revisions), 0, -1):
        revision = record.revisions[number - 1]
        before = _before(after, revision)
        # What a release keeps of a teaser tells of no lock; that it was one, the time tells.
        released = (before.locked and not after.locked) or (
            after.released_at == revision.seen_at and _is_first_then(record, number)
        )
        if not released and before.says() != after.says():
            found.append(TextChange(number, revision.seen_at, before, after))
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
    old = dict(revision.old)
    title, subtitle, body = old.get("title"), old.get("subtitle"), old.get("body")
    before = replace(
        after,
        title=title if isinstance(title, str) else after.title,
        subtitle=subtitle if isinstance(subtitle, str) else after.subtitle,
        body=tuple(map(str, body)) if isinstance(body, list) else after.body,
    )
    if "access" not in old:
        return before
    access = old["access"]
    return replace(before, locked=_locked(access), released_at=_released_at(access))


def _locked(access: Json) -> bool:
    if not isinstance(access, dict):
        return False
    said = access.get("locked")
    locked = [status.value for status in Status if status.locked]
    return said if isinstance(said, bool) else access.get("status") in locked


def _released_at(access: Json) -> datetime | None:
    said = access.get("released_at") if isinstance(access, dict) else None
    try:
        return recordjson.time_from_json(said) if isinstance(said, str) else None
    except ValueError:
        return None


# -- what differs between two states -------------------------------------------------------------

_WORDS = re.compile(r"\s+|\S+")
_TEXT_BLOCK = re.compile(r"<(p|h[1-6]|blockquote|li|ul|ol|div|pre)\b", re.IGNORECASE)
# Two paragraphs with less than this in common are shown as one gone and one new.
_ALIKE = 0.3
# difflib takes time by the square of the words; a longer paragraph is shown whole.
_MOST_WORDS = 4000
# Beyond so many pairs of words, or of blocks, all is shown as gone and as new.
_MOST_PAIRS = 8_000_000
_MOST_BLOCK_PAIRS = 4_000_000


def text_difference(before: str, after: str) -> str:
    """Two plain texts as one line of HTML; all of it escaped."""
    from difflib import SequenceMatcher  # a poll with nothing new compares nothing

    old, new = _WORDS.findall(text.fold(before)), _WORDS.findall(text.fold(after))
    if len(old) + len(new) > _MOST_WORDS:
        return _marked("del", "".join(old)) + _marked("ins", "".join(new))
    shown: list[str] = []
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for kind, from_old, to_old, from_new, to_new in matcher.get_opcodes():
        gone, came = "".join(old[from_old:to_old]), "".join(new[from_new:to_new])
        if kind == "equal":
            shown.append(escape(gone, quote=False))
        else:
            shown += _marked("del", gone), _marked("ins", came)
    return "".join(shown)


def block_difference(before: Sequence[str], after: Sequence[str]) -> str:
    """Two bodies, given as sanitised blocks, as HTML blocks, one a line."""
    return "\n".join(block for _, blocks in _runs(before, after) for block in blocks)


def changed_blocks(before: Sequence[str], after: Sequence[str], gap: str) -> str:
    """The same without what did not change, but for a block around each change; ``gap``
    is HTML and stands in place of what is left out."""
    runs = list(_runs(before, after))
    shown: list[str] = []
    for place, (changed, blocks) in enumerate(runs):
        head, tail = int(place > 0), int(place < len(runs) - 1)
        if changed or len(blocks) <= head + tail:
            shown += blocks
        else:
            shown += [*blocks[:head], gap, *blocks[len(blocks) - tail :]]
    return "\n".join(shown)


def _runs(before: Sequence[str], after: Sequence[str]) -> Iterator[tuple[bool, list[str]]]:
    """Blocks one after the other that changed, or did not, as HTML."""
    from difflib import SequenceMatcher

    old, new = [*map(_normal, before)], [*map(_normal, after)]
    if len(old) * len(new) > _MOST_BLOCK_PAIRS:
        yield True, _replaced(before, after)
        return
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for kind, from_old, to_old, from_new, to_new in matcher.get_opcodes():
        if kind == "equal":
            yield False, [text.clean(block) for block in after[from_new:to_new]]
        else:
            yield True, _replaced(before[from_old:to_old], after[from_new:to_new])


def _replaced(gone: Sequence[str], came: Sequence[str]) -> list[str]:
    """A run of blocks in place of another: pairs that are alike are compared word
    by word, in order; the rest is shown as gone or new."""
    if _words_of(gone) * _words_of(came) > _MOST_PAIRS:
        return [*(_whole("del", one) for one in gone), *(_whole("ins", one) for one in came)]
    shown: list[str] = []
    waiting = list(gone)
    for block in came:
        place = next((i for i, other in enumerate(waiting) if _alike(other, block)), None)
        if place is None:
            shown.append(_whole("ins", block))
            continue
        shown += [_whole("del", other) for other in waiting[:place]]
        shown.append(f"<p>{text_difference(text.visible(waiting[place]), text.visible(block))}</p>")
        del waiting[: place + 1]
    shown += [_whole("del", other) for other in waiting]
    return shown


def _words_of(blocks: Sequence[str]) -> int:
    return sum(block.count(" ") + 1 for block in blocks)


def _alike(one: str, other: str) -> bool:
    from difflib import SequenceMatcher

    if not (_TEXT_BLOCK.match(one) and _TEXT_BLOCK.match(other)):
        return False
    left, right = text.visible(one).split(), text.visible(other).split()
    if len(left) + len(right) > _MOST_WORDS:
        return False
    matcher: SequenceMatcher[str] = SequenceMatcher(None, left, right, autojunk=False)
    return matcher.quick_ratio() >= _ALIKE and matcher.ratio() >= _ALIKE


def _whole(mark: str, block: str) -> str:
    """A whole block as gone or new.  A block that is not text keeps its markup;
    HTML allows ``ins`` and ``del`` around blocks."""
    is_text = _TEXT_BLOCK.match(block)
    told = f"<p>{_marked(mark, text.visible(block))}</p>"
    return told if is_text else f"<{mark}>{text.clean(block)}</{mark}>"


def _marked(mark: str, words: str) -> str:
    return f"<{mark}>{escape(words, quote=False)}</{mark}>" if words else ""


def _normal(block: str) -> str:
    """What two blocks are compared by: markup counts only where there is no text."""
    return text.visible(block) if _TEXT_BLOCK.match(block) else text.fold(block)


_READABLE = (Status.OPEN, Status.PLUS_FIRST)


# -- what may be shown of an article that only the reader's own session showed whole, where the
# server asks for no tokens: what the site shows to members is not for whoever finds the address


def is_members(record: Record) -> bool:
    """Whether the record holds what guests do not get to see: where the page breaks off
    for them (``unknown``, which is not locked) no less than where it is locked."""
    return record.access.seen_as == "member" and record.access.status not in _READABLE


def teaser(record: Record) -> Record:
    """The record as a guest might have seen it: of each state that was a member's, the
    first paragraph and no images.  Any other record as it is."""
    whole = hidden = is_members(record)
    if not whole and not any(_members(dict(one.old).get("access")) for one in record.revisions):
        return record
    revisions: list[Revision] = []
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
    return (
        isinstance(access, dict)
        and access.get("seen_as") == "member"
        and access.get("status") not in _READABLE
    )


def _cut(key: str, value: Json) -> Json:
    blocks = value if key == "body" and isinstance(value, list) else []
    return list(_first(tuple(map(str, blocks))))


def _first(body: tuple[str, ...]) -> tuple[str, ...]:
    return next(((block,) for block in body if block.startswith("<p")), ())
