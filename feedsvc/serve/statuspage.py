"""How polling goes, for people: ``/status``.

In: the verdict that ``/healthz`` tells too, the archive.  Out: a page that begins with one
sentence.
"""

from __future__ import annotations

from collections.abc import Mapping

from feedsvc.archive import Archive
from feedsvc.archive.ledger import accounted
from feedsvc.catalogue.days import Which
from feedsvc.catalogue.search import LOCKED
from feedsvc.config import Config
from feedsvc.errors import ArchiveError, ArchiveUnreadable
from feedsvc.health import TITLES, Health, Reason, Status
from feedsvc.health import title as title_of
from feedsvc.serve.feedlist import announced
from feedsvc.serve.rendering import Frame, Words, page
from feedsvc.serve.response import Document
from feedsvc.site import KST

NOTICES = 10
"""Of the last ones told."""

_EVENTS = ("new", "released", "revised", "digest", "trouble", "ended", "given-up", "failed", "well")


def status_page(config: Config, archive: Archive, health: Health, frame: Frame) -> Document:
    """Raises ``FeedsvcError``."""
    words, language = frame.words, frame.words["language"]
    titles = {section.name: section.title for section in config.sections}
    ids = accounted(archive)
    said = {one.kind: one for one in reversed(health.reasons)}  # the first of each kind
    return page(
        "status.html",
        frame,
        up="",
        title=words["status"],
        alternates=announced(config, frame)[::-1],
        well=bool(health.sections) and health.status is Status.OK,
        sentence=_sentence(health, titles, words),
        troubles=[
            {
                "title": _title(one, titles, language),
                "since": one.since.astimezone(KST),
                "text": one.text,
                "advice": TITLES[one.kind].advice if said[one.kind] is one else "",
            }
            for one in health.reasons
        ],
        sections=[
            {
                "name": one.name,
                "title": titles.get(one.name, one.name),
                "late": one.name in health.late,
                "failing": one.name in health.failing,
                "at": one.succeeded_at and one.succeeded_at.astimezone(KST),
                "minutes": round(one.interval.total_seconds() / 60),
            }
            for one in health.sections
        ],
        told=_told(archive, words),
        kept=archive.days.count(),
        locked=archive.days.count(Which(access=LOCKED)),
        waiting=len(archive.pending()),
        # Of how many of the ids it is known what became of them.
        ids=words["accounted"].format(ids.lowest, ids.highest, f"{ids.percentage:.1f}")
        if ids
        else "",
    )


def _title(reason: Reason, titles: Mapping[str, str], language: str) -> str:
    """With the section's title in place of its name."""
    said, name = title_of(reason.key, language), reason.section or ""
    return said.replace(name, titles[name]) if name in titles else said


def _sentence(health: Health, titles: Mapping[str, str], words: Words) -> str:
    """All is well, or what is not and since when."""
    if not health.sections:
        return words["none_polled"]
    if not health.reasons:
        return words["all_well" if health.status is Status.OK else str(health.status)]
    since = min(one.since for one in health.reasons).astimezone(KST)
    first = _title(health.reasons[0], titles, words["language"])
    more = len(health.reasons) - 1
    what = words["and_more"].format(first, more) if more else first
    return (
        f"{words[str(health.status)]} {what} ({words['since'].format(f'{since:%Y.%m.%d %H:%M}')})"
    )


def _told(archive: Archive, words: Words) -> list[dict[str, object]]:
    """The last lines of ``notices.jsonl`` in words, with the article that each told of."""
    try:
        lines = archive.notices.last(NOTICES)
    except (ArchiveError, ArchiveUnreadable):
        return []  # what is wrong with the file is said where it is told from
    known = archive.known(one.id for one in lines if one.id is not None)
    return [
        {
            "at": one.at.astimezone(KST),
            "notice": one.notice,
            "event": words[f"told_{one.event}"] if one.event in _EVENTS else one.event,
            "id": article.id if article else None,
            "title": article.title if article else one.entry or "",
        }
        for one in lines
        for article in [known.get(one.id or 0)]
    ]
