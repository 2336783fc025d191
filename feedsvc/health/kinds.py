"""Every kind of trouble, with its words.

A new kind is a member of :class:`Kind` and a line in :data:`TITLES`.  Whoever finds such
a trouble calls :func:`feedsvc.health.note`; the verdict, the pages, the commands, the
metrics and the status feed then have it.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple


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


class Words(NamedTuple):
    """What a kind is called in Korean and in English, and in Korean what to do about it: the
    line of a trouble itself, which says both in particular, is English.  ``{}`` in a name is
    the section, or what else the trouble is about."""

    korean: str
    english: str
    advice: str


TITLES: Mapping[Kind, Words] = {
    Kind.SITE: Words(
        "사이트가 응답하지 않습니다",
        "The site does not answer",
        "저절로 다시 시도합니다. 오래가면 이 컴퓨터의 네트워크와 config.yaml의 site.base_url을 "
        "확인하거나 http.timeout을 늘리십시오.",
    ),
    Kind.BLOCKED: Words(
        "사이트가 접속을 막고 있습니다",
        "The site blocks us",
        "잠시 기다렸다가 http.delay를 늘려 더 천천히 물어보고, 그 화면을 브라우저로 열어 보십시오. "
        "회원만 보는 화면이면 http.cookie에 자신의 세션을 넣습니다.",
    ),
    Kind.ROBOTS: Words(
        "robots.txt가 접근을 허용하지 않습니다",
        "robots.txt turns us away",
        "사이트 운영자에게 문의하십시오. http.robots: false로 무시할 수는 있으나 그 책임은 쓰는 "
        "사람에게 있습니다.",
    ),
    Kind.LAYOUT: Words(
        "사이트의 화면 구조가 바뀌었습니다",
        "The site looks different",
        "보관된 기사는 그대로 남고, 읽지 못한 기사는 기다립니다. feedsvc relearn이 보관된 기사로 "
        "새 구조를 익힙니다.",
    ),
    Kind.PART: Words(
        "기사 화면에 더는 없는 항목: {}",
        "Article pages lack a part: {}",
        "config.yaml의 site.selectors에 새 자리를 적거나 새 판을 설치한 뒤 feedsvc rebuild "
        "--reparse를 실행하십시오. feedsvc inspect가 기사 화면에서 무엇을 읽는지 보여 줍니다.",
    ),
    Kind.DRAFT: Words(
        "새 화면 구조의 초안이 있습니다: feedsvc relearn",
        "A draft of the site's new layout: feedsvc relearn",
        "feedsvc relearn --dry-run으로 초안을 보고, 맞으면 feedsvc relearn으로 받아들이십시오.",
    ),
    Kind.LEARNED: Words(
        "새 화면 구조 {}을(를) 익혀 시험 중입니다",
        "Learned layout {} is on probation",
        "새 기사를 몇 건 열어 제목, 시각, 본문이 맞는지 보십시오. 틀리면 feedsvc relearn --undo "
        "뒤에 그 번호를 붙여 되돌립니다.",
    ),
    Kind.SUSPENDED: Words(
        "익힌 화면 구조 {}을(를) 중지했습니다",
        "Learned layout {} is suspended",
        "하루에 한 번 다시 익힙니다. feedsvc relearn은 지금 다시 익히고, feedsvc relearn --undo "
        "뒤에 그 번호를 붙이면 이 구조를 버립니다.",
    ),
    Kind.SECTION: Words(
        "섹션 {}: 오래 읽지 못하고 있습니다",
        "Section {} is not read",
        "저절로 다시 시도합니다. feedsvc poll --section 뒤에 섹션 이름을 붙이면 지금 시도하고 "
        "까닭을 알려 줍니다.",
    ),
    Kind.ARTICLES: Words(
        "새 기사를 읽지 못하고 있습니다",
        "Articles cannot be read",
        "기사는 잃지 않고 기다립니다. feedsvc poll이 지금 다시 시도하고 까닭을 알려 줍니다.",
    ),
    Kind.PUBLISHING: Words(
        "피드를 내보내지 못하고 있습니다",
        "Feeds cannot be published",
        "feeds.path의 권한과 디스크 공간을 확인하십시오. 다음 번에 저절로 다시 내보내고, "
        "feedsvc rebuild로 지금 내보낼 수도 있습니다.",
    ),
    Kind.TARGET: Words(
        "알림을 보내지 못하고 있습니다",
        "A target cannot be told",
        "저절로 다시 시도합니다. 알림이면 feedsvc notify --test 뒤에 그 이름을 붙여 시험하고, "
        "허브면 feeds.hub의 주소를 확인하십시오.",
    ),
    Kind.DISK: Words(
        "디스크 공간이 거의 찼습니다",
        "The disk is nearly full",
        "공간을 비우십시오. 자리가 없으면 새 기사를 보관하지 못합니다.",
    ),
    Kind.CLOCK: Words(
        "이 컴퓨터의 시계가 맞지 않습니다",
        "This machine's clock is wrong",
        "시계를 맞추십시오 (timedatectl set-ntp true). 그때까지 본 것은 틀린 시각으로 남습니다.",
    ),
    Kind.ARCHIVE: Words(
        "보관된 파일이 손상되었습니다",
        "What is kept is damaged",
        "feedsvc archive verify로 무엇이 손상되었는지 보고, feedsvc archive verify --repair로 "
        "고치거나 잃은 것을 적어 두십시오.",
    ),
}


def title(key: str, language: str = "ko") -> str:
    """The words for a trouble's key (see :attr:`~feedsvc.health.Reason.key`); the key itself
    for one that another version knew."""
    kind, _, part = key.partition("-")
    try:
        named = TITLES[Kind(kind)]
    except ValueError:
        return key
    words = named.korean if language == "ko" else named.english
    return words.format(part) if "{}" in words or not part else f"{words}: {part}"
