"""``rebuild --reparse``: the same rules give the same records, better ones mend them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from feedsvc import parse
from feedsvc.model import FetchedPage, ParsedArticle, Status
from feedsvc.poll import publish
from feedsvc.poll.reread import ReparseOutcome, reparse
from tests.poll.desk import Desk, piece

pytestmark = pytest.mark.usefixtures("one_section")


def again(desk: Desk) -> ReparseOutcome:
    archive = desk.archive()
    with archive.writing(desk.now):
        outcome = reparse(desk.config, archive, desk.now)
        publish(desk.config, archive, desk.now, {})
    return outcome


def files(desk: Desk) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (desk.folder / "archive").rglob("*.json")}


@pytest.fixture
def lived(desk: Desk) -> Desk:
    """Kept, edited, released, relocked: something of everything."""
    desk.site.publish(piece(101))
    desk.site.publish(piece(102, status=Status.SOON_FREE))
    desk.site.publish(piece(103))
    desk.poll()
    desk.later(hours=2)
    desk.site.edit(101, title="한빛전자 101호 공장 착공 연기")
    desk.site.release(102)
    desk.site.lock(103, Status.MEMBERS_ONLY)
    desk.poll()
    return desk


def test_the_same_rules_give_the_same_records_and_better_ones_mend_them(
    lived: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, journal = files(lived), lived.journal()
    outcome = again(lived)
    assert (outcome.read, outcome.mended, outcome.added, outcome.failed) == (3, 0, 0, {})
    assert files(lived) == before
    assert lived.journal() == journal

    real = parse.article

    def better(page: FetchedPage, *given: Any, **more: Any) -> ParsedArticle:
        article = real(page, *given, **more)
        return replace(article, body=tuple(b.replace("공장", "<b>공장</b>") for b in article.body))

    ids = [item["id"] for item in lived.feed("all")]
    monkeypatch.setattr(parse, "article", better)
    outcome = again(lived)

    assert outcome.mended == 3
    assert [item["id"] for item in lived.feed("all")] == ids
    assert all("<b>공장</b>" in item["content_html"] for item in lived.feed("all"))
    relocked = lived.archive().get(103)
    assert relocked is not None
    assert len(relocked.body) == 4
    assert relocked.access.locked
    assert len(lived.feed("revised")) == 1
    assert lived.journal()[-3:] == [("repaired", 101), ("repaired", 102), ("repaired", 103)]
    assert again(lived).mended == 0
