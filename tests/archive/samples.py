"""Records and pages for the archive's tests; the texts are our own."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from feedsvc.archive.records import claimed, naming, payload_digest
from feedsvc.model import (
    Access,
    FetchedPage,
    Image,
    Marker,
    Record,
    Related,
    Revision,
    Scope,
    Status,
)
from feedsvc.recordjson import as_json, digest
from feedsvc.site import KST, guid

NOW = datetime(2026, 3, 9, 9, 0, tzinfo=KST)


def record(article_id: int = 117013, **changes: object) -> Record:
    """An article with something in every field; ``first_seen_at`` rises with the id."""
    title = "한빛전자, 새 공장 착공…“내년 가동”"
    body = (
        "<p>한빛전자가 9일 새 공장을 지었다.</p>",
        '<figure><img src="https://e.kr/1.jpg"></figure>',
    )
    seen = NOW + timedelta(minutes=article_id % 1000)
    made = Record(
        id=article_id,
        guid=guid(article_id),
        url=f"https://dealsite.co.kr/articles/{article_id}",
        title=title,
        subtitle="3000억원 투자",
        reporters=("김가영", "이나리"),
        published_at=NOW - timedelta(hours=1),
        updated_at=NOW - timedelta(hours=1),
        first_seen_at=seen,
        origin="poll",
        sections=("068000",),
        keywords=("반도체",),
        access=Access(
            Status.PLUS_FIRST,
            (Marker(Status.PLUS_FIRST, Scope.ARTICLE, "이 기사는 먼저 팔린 기사입니다.", True),),
            plus_first_at=NOW - timedelta(hours=2),
        ),
        images=(Image("https://e.kr/1.jpg", "공장 (사진=한빛전자)"),),
        body=body,
        related=(Related("다른 기사", "https://dealsite.co.kr/articles/1"),),
        duplicate_of=None,
        gone_at=None,
        digest=digest(title, "3000억원 투자", body),
        sources=(("title", ".read-news-title"),),
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # the test names the fields


def edited(old: Record, title: str, at: datetime) -> Record:
    """The same article with another headline, its state before kept."""
    kept = tuple((key, as_json(old)[key]) for key in ("title", "updated_at", "digest"))
    return replace(
        old,
        title=title,
        updated_at=at,
        digest=digest(title, old.subtitle, old.body),
        revisions=(*old.revisions, Revision(at, kept)),
    )


def as_kept(one: Record, *pages: FetchedPage) -> Record:
    """The record as it is kept with these pages: it names them."""
    return naming(one, (*claimed(one), *(payload_digest(page.body) for page in pages)))


def page(article_id: int = 117013, at: datetime = NOW, body: bytes | None = None) -> FetchedPage:
    url = f"https://dealsite.co.kr/articles/{article_id}"
    return FetchedPage(
        url=f"{url}/068000",
        final_url=url,
        status=200,
        reason="OK",
        headers=(
            ("Content-Type", "text/html; charset=utf-8"),
            ("Content-Encoding", "gzip"),
            ("Content-Length", "99"),
            ("Set-Cookie", "session=secret"),
        ),
        body="<html>기사 본문</html>".encode() if body is None else body,
        fetched_at=at,
        request_headers=(("User-Agent", "feedsvc/test"), ("Cookie", "secret")),
    )
