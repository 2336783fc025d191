"""An article's body as sentences, and the few of them by which it is found again.

In: a record's body.  Out: normalised sentences, and short hashes of some of them.
Not its job: whether two articles are the same story (``dedup.similar``).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence

from feedsvc.text import visible

LEAD = 2
SKETCH = 8
"""How many hashes an article is known by at most: those of its first sentences, and
the smallest of all.  Two bodies that share most sentences share some of the smallest."""

_LEAST = 15
"""Letters of a sentence that says something of its own."""

# The sign first, then what stands before it: so most of a text is passed over quickly.
_END = re.compile(r"[.!?](?<=[다요죠까음됨함임][.!?])[.!?]*[\"'”’)\]]*\s+")
_IGNORED = re.compile(r"[\s\"'“”‘’‚‛„‟′″´`＂＇「」『』〈〉《》<>·ㆍ・…,.!?~∼\-–—]+")
# A point or a comma between digits is part of a figure.
_IN_FIGURE = re.compile(r"[.,](?<=\d[.,])(?=\d)")


def sentences(body: Iterable[str]) -> tuple[str, ...]:
    """The visible sentences of a body (sanitised HTML blocks), in order, as written."""
    found = []
    for block in body:
        found += [one.strip() for one in _END.split(visible(block)) if one and one.strip()]
    return tuple(found)


def core(sentence: str) -> str:
    """A sentence without white space, quotation marks and punctuation; figures stay
    whole: ``1.5%`` is not ``15%``, ``1,500`` is ``1500``."""
    joined = "".join(_IN_FIGURE.sub(_figure_sign, sentence).split())
    return _IGNORED.sub("", joined).replace("\0", ".").lower()


def _figure_sign(match: re.Match[str]) -> str:
    return "\0" if match[0] == "." else ""


def sketch(body: Iterable[str]) -> tuple[int, ...]:
    """Hashes (63 bits) of some of the body's sentences: see :data:`SKETCH`."""
    return sketch_of([core(one) for one in sentences(body)])


def sketch_of(cores: Sequence[str]) -> tuple[int, ...]:
    """The same of sentences that are normalised already."""
    hashes = [_hash(one) for one in cores if len(one) >= _LEAST]
    chosen = dict.fromkeys((*hashes[:LEAD], *sorted(set(hashes))[:SKETCH]))
    return tuple(chosen)


def _hash(value: str) -> int:
    found = hashlib.blake2b(value.encode("utf-8", "replace"), digest_size=8).digest()
    return int.from_bytes(found, "big") >> 1
