"""What changed between two states of a text, as HTML with ``ins`` and ``del``.

Strings in, HTML out.  Blocks that did not change are shown as they are, so that
figures and tables stay; a changed block is shown as its visible text, word by word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from html import escape

from feedsvc import text

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
    old, new = _WORDS.findall(text.fold(before)), _WORDS.findall(text.fold(after))
    if len(old) + len(new) > _MOST_WORDS:
        return _marked("del", "".join(old)) + _marked("ins", "".join(new))
    shown: list[str] = []
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for kind, from_old, to_old, from_new, to_new in matcher.get_opcodes():
        if kind == "equal":
            shown.append(escape("".join(old[from_old:to_old]), quote=False))
            continue
        shown.append(_marked("del", "".join(old[from_old:to_old])))
        shown.append(_marked("ins", "".join(new[from_new:to_new])))
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
        head = 0 if place == 0 else 1
        tail = 0 if place == len(runs) - 1 else 1
        if changed or len(blocks) <= head + tail:
            shown += blocks
        else:
            shown += [*blocks[:head], gap, *blocks[len(blocks) - tail :]]
    return "\n".join(shown)


def _runs(before: Sequence[str], after: Sequence[str]) -> Iterator[tuple[bool, list[str]]]:
    """Blocks one after the other that changed, or did not, as HTML."""
    old = [_normal(block) for block in before]
    new = [_normal(block) for block in after]
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
    if _TEXT_BLOCK.match(block):
        return f"<p>{_marked(mark, text.visible(block))}</p>"
    return f"<{mark}>{text.clean(block)}</{mark}>"


def _marked(mark: str, words: str) -> str:
    return f"<{mark}>{escape(words, quote=False)}</{mark}>" if words else ""


def _normal(block: str) -> str:
    """What two blocks are compared by: markup counts only where there is no text."""
    return text.visible(block) if _TEXT_BLOCK.match(block) else text.fold(block)
