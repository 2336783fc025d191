"""The words of the pages, in Korean and English, and which of the two a browser wants.

In: an ``Accept-Language`` field, or a day (all are Korean).  Out: a table of words, in which
``{}`` is where a value stands; days as people say them.  The articles themselves are Korean
whatever the browser says.
"""

from datetime import date, timedelta
from functools import lru_cache

from feedsvc.model import Status
from feedsvc.serve.response import weights

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


_WEEKDAYS = {"ko": "월화수목금토일", "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")}
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August"),
    *("September", "October", "November", "December"),
)


@lru_cache(maxsize=256)
def words_for(field: bytes) -> dict[str, str]:
    """English where ``Accept-Language`` prefers it to Korean, Korean for everyone else
    (RFC 9110, 12.5.4)."""
    given = weights(field)

    def of(language: str) -> float:
        return max(
            (given[name] for name in given if name.partition("-")[0] == language), default=0.0
        )

    return ENGLISH if of("en") > max(of("ko"), given.get("*", 0.0)) else KOREAN


def day_name(day: date, today: date, language: str) -> str:
    """``오늘 11월 25일 (수)``, ``2024년 11월 25일 (월)``; ``Today, Wed 25 November``."""
    weekday, yesterday = _WEEKDAYS[language][day.weekday()], today - timedelta(days=1)
    if language == "ko":
        said, near = f"{day.month}월 {day.day}일 ({weekday})", {today: "오늘 ", yesterday: "어제 "}
        far = f"{day.year}년 {said}"
    else:
        said = f"{weekday} {day.day} {_MONTHS[day.month - 1]}"
        near, far = {today: "Today, ", yesterday: "Yesterday, "}, f"{said} {day.year}"
    return near.get(day, "") + said if day in near or day.year == today.year else far


def month_name(year: int, month: int, language: str) -> str:
    return f"{year}년 {month}월" if language == "ko" else f"{_MONTHS[month - 1]} {year}"


_WORDS = {
    "language": ("ko", "en"),
    "pages": ("주요 페이지", "Main pages"),
    "trouble": ("문제 있음", "something is wrong"),
    "copy_it": ("복사", "Copy"),
    "copied": ("복사했습니다", "Copied"),
    "to_articles": ("기사 목록으로", "To the articles"),
    "lists": ("섹션과 피드", "Sections and feeds"),
    "access": ("공개 여부", "Access"),
    "access_": ("모두", "All"),
    "access_readable": ("읽을 수 있음", "Readable"),
    "access_locked": ("잠김", "Locked"),
    "access_open": ("공개", "Open"),
    "access_plus-first": ("플러스 선공개", "On Plus first"),
    "access_soon-free": ("곧 무료", "Soon free"),
    "access_members-only": ("회원전용", "Members only"),
    "access_plus-only": ("플러스 전용", "Plus only"),
    "access_unknown": ("확인 안 됨", "Unknown"),
    "released_list": ("무료 전환", "Released"),
    "revised_list": ("수정", "Revised"),
    "subscribe_list": ("이 목록 구독", "Subscribe to this list"),
    "subscribe_near": ("가장 가까운 피드 구독", "Subscribe to the nearest feed"),
    "count": ("{}건", "{}"),
    "more": ("다른 쪽", "Other pages"),
    "newer_articles": ("다음 기사", "Newer articles"),
    "older_articles": ("이전 기사", "Older articles"),
    "refused_400": ("주소의 한 부분을 알 수 없습니다", "A part of the address says nothing"),
    "feeds": ("피드", "Feeds"),
    "archive": ("보관함", "Archive"),
    "search": ("검색", "Search"),
    "status": ("상태", "Status"),
    "paste": (
        "주소를 피드 리더에 붙여 넣어 구독하세요.",
        "Paste an address into your feed reader.",
    ),
    "personal": (
        "이 주소들에는 당신의 토큰이 들어 있습니다. 다른 사람에게 보내지 마세요.",
        "These addresses hold your token. Send them to nobody.",
    ),
    "week": ("지난 7일 {}건", "{} in the last seven days"),
    "holds_all": ("모든 기사의 전문", "Every article, whole"),
    "holds_section": ("{} 섹션 기사의 전문", "The articles of {}, whole"),
    "holds_search": (
        "사이트에서 ‘{}’(으)로 찾은 기사의 전문",
        "What the site finds for ‘{}’, whole",
    ),
    "holds_digest": ("{}에 나오는 기사 목록: {}", "A list of articles at {}, from {}"),
    "holds_released": ("잠겨 있다가 무료로 풀린 기사", "Articles that were locked and became free"),
    "holds_revised": (
        "내용이 바뀐 기사와 달라진 부분",
        "Articles whose text changed, with the difference",
    ),
    "holds_status": (
        "feedsvc를 돌리는 사람이 알아야 할 것",
        "What the person who runs feedsvc should know",
    ),
    "custom_any": ("다음 중 하나: {}", "any of {}"),
    "custom_each": ("모두: {}", "all of {}"),
    "custom_search": ("찾은 말: {}", "found by {}"),
    "custom_none": ("빼고: {}", "none of {}"),
    "custom_in": ("섹션: {}", "in {}"),
    "custom_by": ("기자: {}", "by {}"),
    "custom_access": ("공개 여부: {}", "access {}"),
    "address": ("구독 주소", "Address to subscribe to"),
    "all_feeds": ("모든 피드의 목록", "the list of all feeds"),
    "changed": ("변경", "changed"),
    "published": ("게재", "published"),
    "plus": ("플러스", "on Plus"),
    "released": ("무료 공개", "free since"),
    "gone": ("삭제", "gone"),
    "original": ("원문 보기", "Original"),
    "related": ("관련 기사", "Related articles"),
    "revisions": ("이 기사의 변화", "Changes of this article"),
    "times": ("{}번", "{}"),
    "compare": ("전체 비교", "Compare all"),
    "only_changed": ("바뀐 부분만", "Only what changed"),
    "part_title": ("제목", "headline"),
    "part_subtitle": ("부제", "sub-headline"),
    "part_body": ("본문", "text"),
    "keywords": ("키워드", "Keywords"),
    "away": ("{}에서 ↗", "on {} ↗"),
    "same_section": ("{}의 앞뒤 기사", "Earlier and later in {}"),
    "earlier": ("{} 이전 기사", "Earlier in {}"),
    "later": ("{} 다음 기사", "Later in {}"),
    "first_seen": ("처음 봄", "first seen"),
    "means_plus-first": (
        "유료 서비스 딜사이트 플러스에 먼저 실린 뒤 무료로 풀린 기사입니다.",
        "This was on Dealsite Plus, which costs money, before it became free.",
    ),
    "means_soon-free": (
        "아직 무료로 풀리지 않은 기사입니다. 풀리면 여기에 전문이 실리고, "
        "무료 전환 피드로 알려 드립니다.",
        "Not free yet. Once it is, the whole text is here, and the feed of released articles "
        "tells.",
    ),
    "means_members-only": (
        "회원전용 기사입니다. 무료 회원으로 가입하면 원문에서 볼 수 있습니다.",
        "For members. With a free membership you can read it on the site.",
    ),
    "means_plus-only": (
        "딜사이트 플러스 전용 유료 기사입니다. 구독하면 원문에서 볼 수 있습니다.",
        "On Dealsite Plus alone. Subscribers can read it on the site.",
    ),
    "means_unknown": (
        "사이트가 전문을 보여 주지 않는 기사입니다. 원문에서 확인하세요.",
        "The site does not show all of this article. Look at the original.",
    ),
    "means_released": ("잠겨 있다가 무료로 풀린 기사입니다.", "This was locked, and became free."),
    "means_gone": (
        "사이트에서 삭제된 기사입니다. 삭제되기 전의 모습입니다.",
        "The site has taken this article down. This is how it was before.",
    ),
    "withheld": (
        "회원으로 읽은 본문은 server.tokens가 설정된 경우에만 표시됩니다.",
        "What was read as a member is shown only where server.tokens is set.",
    ),
    "section": ("섹션", "Section"),
    "everything": ("전체", "All"),
    "month_of": ("{}월", "{}"),
    "months": ("다른 달", "Other months"),
    "days": ("날짜", "Days"),
    "whole_month": ("이 달 전체", "The whole month"),
    "articles": ("기사", "Articles"),
    "no_articles": ("기사가 없습니다.", "No articles."),
    "words": ("찾을 말", "Words"),
    "find": ("찾기", "Find"),
    "search_any": ("모두", "any"),
    "search_readable": ("읽을 수 있음", "readable"),
    "search_locked": ("잠김", "locked"),
    "search_open": ("공개", "open"),
    "search_access": ("공개 여부", "Access"),
    "search_reporter": ("기자", "Reporter"),
    "search_from": ("언제부터", "Since"),
    "search_to": ("언제까지", "Until"),
    "search_when": ("2026-11-25, 3d", "2026-11-25, 3d"),
    "search_since": ("{}부터", "since {}"),
    "search_until": ("{}까지", "until {}"),
    "search_newest": ("최신순", "newest first"),
    "search_best": ("정확도순", "best first"),
    "search_count": ("{}건", "{} found"),
    "search_nothing": ("{}: 찾은 기사가 없습니다.", "{}: nothing found."),
    "search_without": ("다른 조건 없이 찾기", "Search without the other conditions"),
    "search_no_page": ("이 쪽에는 기사가 없습니다.", "There are no articles on this page."),
    "search_first": ("첫 쪽으로", "To the first page"),
    "search_before": ("이전 쪽", "Previous page"),
    "search_next": ("다음 쪽", "Next page"),
    "search_subscribe": ("이 검색 구독", "Subscribe to this search"),
    "search_permanent": ("늘 있는 피드로 만들기", "Make it a feed of its own"),
    "search_lines": (
        "config.yaml에 넣을 줄입니다. feeds: custom: 이 있으면 그 아래에 적으세요.",
        "Lines for config.yaml; below feeds: custom: where it has that already.",
    ),
    "search_endless": ("기간은 피드에 담기지 않습니다.", "A feed has no period."),
    "no_search": (
        "검색 색인이 아직 없습니다. 다음 수집 때 만들어집니다.",
        "There is no search index yet. The next poll makes it.",
    ),
    "succeeded": ("마지막 성공", "Last success"),
    "every": ("간격", "Interval"),
    "never": ("없음", "never"),
    "well": ("정상", "well"),
    "late": ("늦음", "late"),
    "minutes": ("{}분", "{} min"),
    "kept": ("보관한 기사", "Articles kept"),
    "locked": ("잠긴 기사", "Locked articles"),
    "waiting": ("읽을 기사", "Articles to be read"),
    "all_well": ("수집이 잘 되고 있습니다.", "All is well: polling works."),
    "and_more": ("{} 외 {}건", "{} and {} more"),
    "in_particular": ("자세히 (영어)", "In particular"),
    "wrong_now": ("지금 문제", "What is wrong now"),
    "notices": ("최근 알림", "Last notices"),
    "when": ("때", "When"),
    "notice": ("알림", "Notice"),
    "what": ("내용", "What"),
    "told_new": ("새 기사", "new"),
    "told_released": ("무료 전환", "released"),
    "told_revised": ("수정", "revised"),
    "told_digest": ("브리핑", "digest"),
    "told_trouble": ("문제", "trouble"),
    "told_ended": ("문제 끝남", "trouble over"),
    "told_given-up": ("보내지 못함", "given up"),
    "told_failed": ("받는 쪽 고장", "target fails"),
    "told_well": ("받는 쪽 복구", "target works again"),
    "kept_here": ("보관함", "What is kept"),
    "accounted": (
        "번호 {}부터 {}까지의 {}%를 확인했습니다.",
        "Of the ids from {} to {}, {}% are accounted for.",
    ),
    "degraded": ("수집은 되고 있으나 문제가 있습니다.", "Polling works, with trouble."),
    "failing": ("모든 섹션의 수집이 늦어지고 있습니다.", "Every section is late."),
    "since": ("{}부터", "since {}"),
    "none_polled": ("수집하는 섹션이 없습니다.", "No section is polled."),
    "revised_feed": ("수정된 기사", "Revised articles"),
    "released_feed": ("무료 전환", "Released articles"),
    "status_feed": ("feedsvc 상태", "feedsvc status"),
    "table": ("표", "Table"),
    "skip": ("본문으로", "To the text"),
    "newer": ("다음 달", "Next month"),
    "older": ("이전 달", "Month before"),
    "token": ("토큰", "Token"),
    "why_401": (
        "여기 있는 것은 토큰이 있는 사람만 읽을 수 있습니다. 받은 토큰을 넣으세요.",
        "What is here is for those who have a token. Enter the one you were given.",
    ),
    "why_404": (
        "이 주소에는 아무것도 없습니다. 기사를 찾고 있다면 제목의 낱말로 찾아보세요.",
        "There is nothing at this address. If you look for an article, search for a word of "
        "its headline.",
    ),
    "why_405": ("이 주소는 GET과 HEAD만 받습니다.", "This address takes GET and HEAD alone."),
    "why_414": ("주소를 줄여서 다시 열어 보세요.", "Shorten the address and open it again."),
    "why_500": (
        "운영자는 feedsvc archive verify로 확인할 수 있습니다. 피드는 그대로 나갑니다.",
        "Whoever runs this can look with feedsvc archive verify. The feeds go on.",
    ),
    "why_503": (
        "설정이 바뀌어 피드를 다시 만드는 중입니다. 잠시 뒤에 다시 열어 보세요.",
        "The settings were changed and the feeds are being made anew. Try again soon.",
    ),
    "open": ("열기", "Open"),
    "refused_401": ("토큰이 필요합니다", "A token is needed"),
    "refused_404": ("찾을 수 없습니다", "Not found"),
    "refused_405": ("읽기만 할 수 있습니다", "This can only be read"),
    "refused_414": ("주소가 너무 깁니다", "The address is too long"),
    "refused_500": ("보관함을 읽을 수 없습니다", "The archive cannot be read"),
    "refused_503": ("지금은 보여 드릴 수 없습니다", "Cannot be shown now"),
}
"""Each word or sentence in Korean and in English."""

KOREAN = {name: said for name, (said, _) in _WORDS.items()}
ENGLISH = {name: said for name, (_, said) in _WORDS.items()}
