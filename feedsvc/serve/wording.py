"""The words of the pages, in Korean and English, and which of the two a browser wants.

In: an ``Accept-Language`` field.  Out: a table of words.  The articles themselves
are Korean whatever the browser says.
"""

from __future__ import annotations

import re
from functools import lru_cache

from feedsvc.model import Status

_ITEM = re.compile(r"\s*([a-z]{1,8}|\*)(?:-[a-z0-9-]*)?\s*(?:;\s*q=([01](?:\.\d{0,3})?))?\s*")

KOREAN = {
    "language": "ko",
    "pages": "주요 페이지",
    "trouble": "문제 있음",
    "copy": "복사",
    "copied": "복사했습니다",
    "to_articles": "기사 목록으로",
    "refused_400": "주소의 한 부분을 알 수 없습니다",
    "feeds": "피드",
    "archive": "보관함",
    "search": "검색",
    "status": "상태",
    "paste": "주소를 피드 리더에 붙여 넣어 구독하세요.",
    "address": "구독 주소",
    "all_feeds": "모든 피드의 목록",
    "newest": "새 기사",
    "changed": "변경",
    "published": "게재",
    "plus": "플러스",
    "released": "무료 공개",
    "gone": "삭제",
    "original": "원문 보기",
    "related": "관련 기사",
    "revisions": "달라진 부분",
    "before": "이전 내용",
    "withheld": "회원으로 읽은 본문은 server.tokens가 설정된 경우에만 표시됩니다.",
    "section": "섹션",
    "everything": "전체",
    "month": "월",
    "articles": "기사",
    "no_articles": "기사가 없습니다.",
    "words": "찾을 말",
    "find": "찾기",
    "found": "{}건을 찾았습니다.",
    "first_of": "가장 최근 기사만 표시합니다.",
    "nothing": "찾은 기사가 없습니다.",
    "no_search": "검색 색인이 아직 없습니다. 다음 수집 때 만들어집니다.",
    "succeeded": "마지막 성공",
    "every": "간격",
    "never": "없음",
    "well": "정상",
    "late": "늦음",
    "minutes": "{}분",
    "kept": "보관한 기사",
    "locked": "잠긴 기사",
    "waiting": "읽을 기사",
    "all_well": "수집이 잘 되고 있습니다.",
    "degraded": "수집은 되고 있으나 문제가 있습니다.",
    "failing": "모든 섹션의 수집이 늦어지고 있습니다.",
    "since": "{}부터",
    "none_polled": "수집하는 섹션이 없습니다.",
    "revised_feed": "수정된 기사",
    "released_feed": "무료 전환",
    "status_feed": "feedsvc 상태",
    "table": "표",
    "skip": "본문으로",
    "newer": "다음 달",
    "older": "이전 달",
    "token": "토큰",
    "why_401": "여기 있는 것은 토큰이 있는 사람만 읽을 수 있습니다. 받은 토큰을 넣으세요.",
    "why_404": "이 주소에는 아무것도 없습니다. 기사를 찾고 있다면 제목의 낱말로 찾아보세요.",
    "why_405": "이 주소는 GET과 HEAD만 받습니다.",
    "why_414": "주소를 줄여서 다시 열어 보세요.",
    "why_500": "운영자는 feedsvc archive verify로 확인할 수 있습니다. 피드는 그대로 나갑니다.",
    "why_503": "설정이 바뀌어 피드를 다시 만드는 중입니다. 잠시 뒤에 다시 열어 보세요.",
    "open": "열기",
    "refused_401": "토큰이 필요합니다",
    "refused_404": "찾을 수 없습니다",
    "refused_405": "읽기만 할 수 있습니다",
    "refused_414": "주소가 너무 깁니다",
    "refused_500": "보관함을 읽을 수 없습니다",
    "refused_503": "지금은 보여 드릴 수 없습니다",
}
ENGLISH = {
    "language": "en",
    "pages": "Main pages",
    "trouble": "something is wrong",
    "copy": "Copy",
    "copied": "Copied",
    "to_articles": "To the articles",
    "refused_400": "A part of the address says nothing",
    "feeds": "Feeds",
    "archive": "Archive",
    "search": "Search",
    "status": "Status",
    "paste": "Paste an address into your feed reader.",
    "address": "Address to subscribe to",
    "all_feeds": "the list of all feeds",
    "newest": "Newest articles",
    "changed": "changed",
    "published": "published",
    "plus": "on Plus",
    "released": "free since",
    "gone": "gone",
    "original": "Original",
    "related": "Related articles",
    "revisions": "What changed",
    "before": "The text before",
    "withheld": "What was read as a member is shown only where server.tokens is set.",
    "section": "Section",
    "everything": "All",
    "month": "Month",
    "articles": "Articles",
    "no_articles": "No articles.",
    "words": "Words",
    "find": "Find",
    "found": "{} found.",
    "first_of": "Only the newest are shown.",
    "nothing": "Nothing found.",
    "no_search": "There is no search index yet. The next poll makes it.",
    "succeeded": "Last success",
    "every": "Interval",
    "never": "never",
    "well": "well",
    "late": "late",
    "minutes": "{} min",
    "kept": "Articles kept",
    "locked": "Locked articles",
    "waiting": "Articles to be read",
    "all_well": "Polling works.",
    "degraded": "Polling works, with trouble.",
    "failing": "Every section is late.",
    "since": "since {}",
    "none_polled": "No section is polled.",
    "revised_feed": "Revised articles",
    "released_feed": "Released articles",
    "status_feed": "feedsvc status",
    "table": "Table",
    "skip": "To the text",
    "newer": "Next month",
    "older": "Month before",
    "token": "Token",
    "why_401": "What is here is for those who have a token. Enter the one you were given.",
    "why_404": "There is nothing at this address. If you look for an article, search for a word "
    "of its headline.",
    "why_405": "This address takes GET and HEAD alone.",
    "why_414": "Shorten the address and open it again.",
    "why_500": "Whoever runs this can look with feedsvc archive verify. The feeds go on.",
    "why_503": "The settings were changed and the feeds are being made anew. Try again soon.",
    "open": "Open",
    "refused_401": "A token is needed",
    "refused_404": "Not found",
    "refused_405": "This can only be read",
    "refused_414": "The address is too long",
    "refused_500": "The archive cannot be read",
    "refused_503": "Cannot be shown now",
}

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
