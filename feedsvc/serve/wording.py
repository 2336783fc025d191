"""The words of the pages, in Korean and English, and which of the two a browser wants.

In: an ``Accept-Language`` field.  Out: a table of words.  The articles themselves
are Korean whatever the browser says.
"""

from __future__ import annotations

import re
from functools import lru_cache

from feedsvc.model import Status
from feedsvc.serve.english import ENGLISH
from feedsvc.serve.korean import KOREAN

__all__ = ["ENGLISH", "FLAGS", "KOREAN", "LOCKED", "words_for"]

_ITEM = re.compile(r"\s*([a-z]{1,8}|\*)(?:-[a-z0-9-]*)?\s*(?:;\s*q=([01](?:\.\d{0,3})?))?\s*")

FLAGS = {
    "ko": {
        Status.OPEN: "",
        Status.PLUS_FIRST: "플러스 선공개",
        Status.SOON_FREE: "곧 무료",
        Status.MEMBERS_ONLY: "회원전용",
        Status.PLUS_ONLY: "플러스 전용",
        Status.UNKNOWN: "공개 여부 확인 안 됨",
    },
    "en": {
        Status.OPEN: "",
        Status.PLUS_FIRST: "on Plus first",
        Status.SOON_FREE: "soon free",
        Status.MEMBERS_ONLY: "members only",
        Status.PLUS_ONLY: "Plus only",
        Status.UNKNOWN: "access unknown",
    },
}
"""What is said of an article's access status, by language."""

LOCKED = {"ko": "잠김", "en": "locked"}
"""What is said where a lock is all that is known."""


@lru_cache(maxsize=256)
def words_for(field: bytes) -> dict[str, str]:
    """English where ``Accept-Language`` prefers it to Korean, Korean for everyone else
    (RFC 9110, 12.5.4)."""
    weights = {"ko": 0.0, "en": 0.0}
    anything = 0.0
    for item in field.decode("latin-1").lower().split(","):
        match = _ITEM.fullmatch(item)
        if match is None:
            continue
        weight = float(match[2] or 1)
        if match[1] == "*":
            anything = weight
        elif match[1] in weights:
            weights[match[1]] = max(weights[match[1]], weight)
    return ENGLISH if weights["en"] > max(weights["ko"], anything) else KOREAN
