"""How an article reads in a feed: ``Record`` to ``Entry`` (contract, section 5).

In: records, and the titles of the configured sections by code.  Out: entries with
the flag in the title, the access line before the body, categories with schemes.
All text is cleaned once more here, because one control character stops a whole
XML document.  Which records a feed holds is ``definitions.py``'s question.

A notice tells of an article in a few lines: :func:`brief`.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from html import escape

from feedsvc import text
from feedsvc.catalogue.standing import Key
from feedsvc.model import Access, Category, Entry, Picture, Record, Status
from feedsvc.revisions import TextChange, block_difference, text_difference
from feedsvc.site import KST

SECTION = "urn:feedsvc:section"
KEYWORD = "urn:feedsvc:keyword"
ACCESS = "urn:feedsvc:access"

RELEASED = "released"
"""What happened to an article that was locked; a change of its text is ``r1``, ``r2`` …"""

SUMMARY_LENGTH = 200

FLAGS = {
    Status.MEMBERS_ONLY: "[회원전용] ",
    Status.SOON_FREE: "[곧 무료] ",
    Status.PLUS_ONLY: "[플러스] ",
    Status.UNKNOWN: "[잠김] ",
}
"""What the title of a locked article begins with."""

STATUS_NAMES = {
    Status.OPEN: "공개",
    Status.PLUS_FIRST: "플러스 선공개",
    Status.SOON_FREE: "곧 무료",
    Status.MEMBERS_ONLY: "회원전용",
    Status.PLUS_ONLY: "플러스 전용",
    Status.UNKNOWN: "확인 안 됨",
}

_ACCESS_LINES = {
    Status.PLUS_FIRST: "유료 서비스 딜사이트 플러스에 먼저 실린 뒤 무료로 풀린 기사입니다.",
    Status.SOON_FREE: "곧 무료로 풀릴 기사입니다. 지금은 전문이 공개되어 있지 않습니다.",
    Status.MEMBERS_ONLY: "회원전용 기사입니다. 전문은 딜사이트에 로그인해야 볼 수 있습니다.",
    Status.PLUS_ONLY: "딜사이트 플러스 전용 유료 기사입니다. 무료로 공개된 부분만 담았습니다.",
    Status.UNKNOWN: "공개 여부를 확인하지 못한 기사입니다.",
}


_HAPPENED = {"released": "무료 전환: ", "revised": "수정: "}

_ARTICLE = re.compile(r":articles/(\d+)(?:#(\w+))?$")


def entry_id(guid: str, event: str) -> str:
    """The id of an entry, from its article's and what happened to it (``""``: it is the
    article)."""
    return f"{guid}#{event}" if event else guid


def key_of(name: str) -> Key | None:
    """The article's number in an entry's id, and what happened to it."""
    found = _ARTICLE.search(name)
    return (int(found[1]), found[2] or "") if found else None


def entry_of(
    record: Record,
    section_titles: Mapping[str, str],
    picture_of: Callable[[str], Picture | None] = lambda file: None,
) -> Entry:
    """The record as the article feeds show it.

    ``section_titles`` maps section codes to the configured titles; ``picture_of`` tells
    of a kept image.  Raises ``ValueError`` for a record with a time without zone.
    """
    teaser = summary_of(record)
    first = record.images[0] if record.images else None
    body = "\n".join(text.clean(block) for block in record.body)
    content = "\n".join(part for part in (access_line(record.access), body) if part)
    return Entry(
        id=record.guid,
        link=text.clean(record.url),
        title=_headline(record),
        authors=tuple(name for name in map(text.fold, record.reporters) if name),
        published=korean_time(record.published_at),
        updated=korean_time(record.updated_at),
        summary=teaser,
        content=content or f"<p>{escape(teaser, quote=False)}</p>",
        categories=_categories(record, section_titles),
        access=replace(
            record.access,
            markers=tuple(replace(one, text=text.clean(one.text)) for one in record.access.markers),
            seen_as=text.clean(record.access.seen_as),
        ),
        image=replace(first, url=text.clean(first.url), caption=text.clean(first.caption))
        if first
        else None,
        picture=picture_of(first.file) if first and first.file else None,
    )


def released_entry(entry: Entry) -> Entry:
    """The same entry for ``released.*``, where it is news of its own."""
    return replace(entry, id=entry_id(entry.id, RELEASED))


def revised_entry(entry: Entry, change: TextChange) -> Entry:
    """One change of the text for ``revised.*``, shown as a difference.

    ``entry`` is of the record as it was then.  ``updated`` is when the change was seen,
    and what comes to a record without a revision is left out (further sections, an
    image's copy), so that nothing later touches this entry.
    """
    sections = [one for one in entry.categories if one.scheme == SECTION]
    rest = [one for one in entry.categories if one.scheme != SECTION]
    parts = [access_line(entry.access)]
    if change.before.title != change.after.title:
        parts.append(f"<h2>{text_difference(change.before.title, change.after.title)}</h2>")
    if change.before.subtitle != change.after.subtitle:
        parts.append(
            f"<p><b>{text_difference(change.before.subtitle, change.after.subtitle)}</b></p>"
        )
    parts.append(block_difference(change.before.body, change.after.body))
    return replace(
        entry,
        id=entry_id(entry.id, f"r{change.number}"),
        updated=korean_time(change.seen_at),
        content="\n".join(part for part in parts if part),
        categories=(*sections[:1], *rest),
        picture=None,
    )


def shortened(entry: Entry) -> Entry:
    """The entry without its body, for an article that alone is larger than a
    feed may be: summary and link stand in for it."""
    line = access_line(entry.access)
    rest = (
        f"<p>{escape(entry.summary, quote=False)}</p>\n"
        f'<p><a href="{escape(entry.link)}">너무 길어 피드에 담지 못했습니다. 원문 보기</a></p>'
    )
    return replace(entry, content=f"{line}\n{rest}" if line else rest)


def summary_of(record: Record) -> str:
    """The sub-headline, else the first 200 characters of the text, else the headline
    (an RSS item without description would lose its content in feedgen)."""
    subtitle = text.fold(record.subtitle)
    if subtitle:
        return subtitle
    found = ""
    for block in record.body:
        found = f"{found} {text.visible(block)}".strip()
        if len(found) >= SUMMARY_LENGTH:
            break
    return found[:SUMMARY_LENGTH].strip() or text.fold(record.title) or record.url


def brief(record: Record, event: str) -> str:
    """The article in a few lines: the headline as the feeds have it, its flag before it; the
    sub-headline, if any; the address.  ``event`` is ``new``, ``released`` or ``revised``."""
    lines = (_HAPPENED.get(event, "") + _headline(record), text.fold(record.subtitle),
             text.clean(record.url))  # fmt: skip
    return "\n".join(line for line in lines if line)


def _headline(record: Record) -> str:
    flag = FLAGS[record.access.status] if record.access.locked else ""
    return flag + (text.fold(record.title) or record.url)


def access_line(access: Access) -> str:
    """``<p class="access">`` that says the status in Korean; nothing for an open article."""
    line = _ACCESS_LINES.get(access.status)
    if line is None:
        return ""
    if access.plus_first_at is not None:
        at = korean_time(access.plus_first_at)
        line += (
            f" (딜사이트 플러스 표출: {at.year}년 {at.month:02}월 {at.day:02}일"
            f" {at.hour:02}시 {at.minute:02}분)"
        )
    return f'<p class="access">{line}</p>'


def korean_time(moment: datetime) -> datetime:
    """The moment in Korea Standard Time, to the second.

    Raises ``ValueError`` for a time without zone.
    """
    if moment.tzinfo is None:
        raise ValueError(f"time without zone: {moment.isoformat()}")
    return moment.astimezone(KST).replace(microsecond=0)


def _categories(record: Record, section_titles: Mapping[str, str]) -> tuple[Category, ...]:
    status = record.access.status
    sections = (Category(code, SECTION, section_titles.get(code, "")) for code in record.sections)
    words = dict.fromkeys(word for word in map(text.fold, record.keywords) if word)
    return (
        *sections,
        *(Category(word, KEYWORD) for word in words),
        Category(status.value, ACCESS, STATUS_NAMES[status]),
    )
