"""Every kind of trouble, with its words.

A new kind is a member of :class:`Kind` and a line in :data:`TITLES`.  Whoever finds such
a trouble calls :func:`feedsvc.health.note`; the verdict, the pages, the commands, the
metrics and the status feed then have it.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Kind(StrEnum):
    """The values stand in JSON and in entry ids: they never change and hold no hyphen."""

    SITE = "site"
    BLOCKED = "blocked"
    ROBOTS = "robots"
    LAYOUT = "layout"
    PART = "part"
    DRAFT = "draft"
    LEARNED = "learned"
    SUSPENDED = "suspended"
    SECTION = "section"
    ARTICLES = "articles"
    PUBLISHING = "publishing"
    TARGET = "target"
    DISK = "disk"
    CLOCK = "clock"
    ARCHIVE = "archive"


TITLES: Mapping[Kind, tuple[str, str]] = {
    Kind.SITE: ("사이트가 응답하지 않습니다", "The site does not answer"),
    Kind.BLOCKED: ("사이트가 접속을 막고 있습니다", "The site blocks us"),
    Kind.ROBOTS: ("robots.txt가 접근을 허용하지 않습니다", "robots.txt turns us away"),
    Kind.LAYOUT: ("사이트의 화면 구조가 바뀌었습니다", "The site looks different"),
    Kind.PART: ("기사 화면에 더는 없는 항목: {}", "Article pages lack a part: {}"),
    Kind.DRAFT: (
        "새 화면 구조의 초안이 있습니다: feedsvc relearn",
        "A draft of the site's new layout: feedsvc relearn",
    ),
    Kind.LEARNED: ("새 화면 구조 {}을(를) 익혀 시험 중입니다", "Learned layout {} is on probation"),
    Kind.SUSPENDED: ("익힌 화면 구조 {}을(를) 중지했습니다", "Learned layout {} is suspended"),
    Kind.SECTION: ("섹션 {}: 오래 읽지 못하고 있습니다", "Section {} is not read"),
    Kind.ARTICLES: ("새 기사를 읽지 못하고 있습니다", "Articles cannot be read"),
    Kind.PUBLISHING: ("피드를 내보내지 못하고 있습니다", "Feeds cannot be published"),
    Kind.TARGET: ("알림을 보내지 못하고 있습니다", "A target cannot be told"),
    Kind.DISK: ("디스크 공간이 거의 찼습니다", "The disk is nearly full"),
    Kind.CLOCK: ("이 컴퓨터의 시계가 맞지 않습니다", "This machine's clock is wrong"),
    Kind.ARCHIVE: ("보관된 파일이 손상되었습니다", "What is kept is damaged"),
}
"""Korean and English; ``{}`` is the section, or what else the trouble is about."""


def title(key: str, language: str = "ko") -> str:
    """The words for a trouble's key (see :attr:`~feedsvc.health.Reason.key`); the key itself
    for one that another version knew."""
    kind, _, part = key.partition("-")
    try:
        korean, english = TITLES[Kind(kind)]
    except ValueError:
        return key
    words = korean if language == "ko" else english
    return words.format(part) if "{}" in words or not part else f"{words}: {part}"
