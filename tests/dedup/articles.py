"""Articles for the tests of dedup."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from feedsvc import dedup
from feedsvc.model import (
    Access,
    Image,
    Marker,
    ParsedArticle,
    Record,
    Related,
    Scope,
    Status,
)
from feedsvc.site import KST, guid

NOW = datetime(2026, 3, 10, 18, 0, tzinfo=KST)
LATER = NOW + timedelta(hours=6)

ARTICLE = ParsedArticle(
    id=160001,
    guid=guid(160001),
    url="https://dealsite.co.kr/articles/160001",
    title="한빛제약, '루미나바이오' 지분 인수",
    subtitle="신약 후보물질 확보 목적",
    reporters=("김하나",),
    published_at=NOW - timedelta(hours=1),
    sections=("080000",),
    keywords=("한빛제약", "인수합병"),
    access=Access(Status.OPEN),
    images=(Image("https://dealsite.co.kr/img/a_640x480.jpg", "한빛제약 본사"),),
    body=(
        '<figure><img src="https://dealsite.co.kr/img/a_640x480.jpg" alt="본사">'
        "<figcaption>한빛제약 본사</figcaption></figure>",
        "<p>한빛제약이 루미나바이오 지분 30%를 인수한다.</p>",
        "<p>회사는 “신약 후보물질을 확보하겠다”고 말했다.</p>",
    ),
    related=(Related("루미나바이오 임상 2상", "https://dealsite.co.kr/articles/159000"),),
    sources=(("title", ".read-news-title"),),
    layout="today",
)


def marker(kind: Status, text: str = "딜사이트 회원전용") -> Marker:
    return Marker(kind, Scope.ARTICLE, text, counted=True, selector=".prime-msg")


def locked(kind: Status = Status.MEMBERS_ONLY, blocks: int = 2) -> ParsedArticle:
    """The article as the site shows it while it is locked."""
    return replace(ARTICLE, access=Access(kind, (marker(kind),)), body=ARTICLE.body[:blocks])


def record(article: ParsedArticle = ARTICLE, **changes: Any) -> Record:
    """The article as first kept."""
    return replace(dedup.compare(None, article, now=NOW).record, **changes)
