"""The generic extractor: makes do for a page that no layout fits, until one does."""

from __future__ import annotations

from dataclasses import replace

import pytest

from feedsvc.model import Status
from feedsvc.parse import generic
from feedsvc.poll import publish
from feedsvc.poll.reread import reparse
from tests.poll.desk import Desk, by_name, piece
from tests.standin import Fault

# trafilatura and what it imports.
pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning"),
    pytest.mark.usefixtures("one_section"),
]

LINES = [f"{name}전자가 {n}분기에 설비 투자를 {n}조원으로 늘린다고 12일 밝혔다." for n, name in
         enumerate(("가람", "나래", "다온", "라온", "마루"), 1)]  # fmt: skip
BODY = tuple(f"<p>{line}</p>" for line in LINES)


@pytest.fixture
def renamed(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """An article of a layout that nobody knows."""
    monkeypatch.setattr(generic, "installed", lambda: True)
    desk.site.publish(piece(102, body=BODY))
    desk.site.fault(Fault.RENAMED, "/articles/102*")
    return desk


def test_what_it_reads_is_published_as_unknown_and_held_until_a_layout_reads_it(
    renamed: Desk,
) -> None:
    desk = renamed
    counts = by_name(desk.poll())["industry"]
    assert (counts.new, counts.failed) == (1, 1)
    record = desk.archive().get(102)
    assert record is not None
    assert record.title == piece(102).title
    assert record.access.status is Status.UNKNOWN
    assert {"body", "access"} <= {name for name, by in record.sources if by == generic.SOURCE}
    assert [line for line in LINES if f"<p>{line}</p>" not in record.body] == []
    assert [one.id for one in desk.archive().pending.all()] == [102]
    (entry,) = (one for one in desk.feed("all") if one["id"] == record.guid)
    assert entry["content_html"].startswith('<p class="access">')
    lines = [line.event for line in desk.archive().lines() if line.id == 102]
    # Held, it is read again at each poll, and made do with once.
    desk.later(minutes=10)
    assert by_name(desk.poll())["industry"].failed == 1
    assert [line.event for line in desk.archive().lines() if line.id == 102] == lines
    # A layout that reads it takes its place under the same id.
    before = record
    desk.site.clear_faults()
    desk.later(minutes=10)
    assert by_name(desk.poll())["industry"].failed == 0
    record = desk.archive().get(102)
    assert record is not None
    assert (record.guid, record.first_seen_at) == (before.guid, before.first_seen_at)
    assert record.access.status is Status.OPEN
    assert record.subtitle
    assert record.revisions == ()
    assert record.updated_at == desk.now
    assert desk.archive().pending.all() == ()
    assert desk.feed("revised") == []
    assert len([one for one in desk.feed("all") if one["id"] == record.guid]) == 1


@pytest.mark.slow
def test_mended_rules_read_it_again_from_its_page(renamed: Desk) -> None:
    desk = renamed
    desk.poll()
    desk.site.clear_faults()
    archive = desk.archive()
    page = archive.raw.last(102)
    assert page is not None
    healthy = desk.site.respond("GET", "/articles/102").body
    with archive.writing(desk.now):
        archive.hold(102, replace(page, body=healthy))
        outcome = reparse(desk.config, archive, desk.now)
        publish(desk.config, archive, desk.now, {})
    assert (outcome.added, outcome.mended) == (0, 1)
    record = desk.archive().get(102)
    assert record is not None
    assert record.access.status is Status.OPEN
    assert not generic.is_provisional(record)


def test_a_page_that_is_not_the_article_gives_none(renamed: Desk) -> None:
    desk = renamed
    desk.site.clear_faults()
    desk.site.fault(Fault.ERROR_PAGE_OK, "/articles/102*")
    desk.poll()
    assert desk.archive().get(102) is None


def test_without_the_extra_it_is_held_alone(renamed: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generic, "installed", lambda: False)
    renamed.poll()
    assert renamed.archive().get(102) is None
    assert [one.id for one in renamed.archive().pending.all()] == [102]


def test_a_republished_article_that_reparse_adds_is_marked(desk: Desk) -> None:
    desk.site.publish(piece(101, body=BODY))
    desk.poll()
    desk.later(minutes=10)
    desk.site.publish(piece(102, title=piece(101).title, body=BODY))
    desk.site.fault(Fault.RENAMED, "/articles/102*")
    desk.poll()
    archive = desk.archive()
    page = archive.raw.last(102)
    assert page is not None
    desk.site.clear_faults()
    with archive.writing(desk.now):
        archive.hold(102, replace(page, body=desk.site.respond("GET", "/articles/102").body))
        assert reparse(desk.config, archive, desk.now).added == 1
    record = desk.archive().get(102)
    assert record is not None
    assert record.duplicate_of == 101


@pytest.mark.parametrize("original_first", [True, False])
def test_a_republication_is_marked_in_whatever_order_the_two_are_read(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, original_first: bool
) -> None:
    """The original's layout is unknown, so that the generic extractor alone reads it."""
    monkeypatch.setattr(generic, "installed", lambda: original_first)
    desk.site.publish(piece(101, hours=2, body=BODY))
    desk.site.fault(Fault.RENAMED, "/articles/101*")
    desk.poll()
    desk.later(minutes=10)
    desk.site.publish(piece(102, title=piece(101).title, body=BODY))
    desk.poll()
    monkeypatch.setattr(generic, "installed", lambda: True)
    desk.later(minutes=10)
    desk.poll()
    original, copy = (desk.archive().get(number) for number in (101, 102))
    assert original is not None
    assert copy is not None
    assert generic.is_provisional(original)
    assert (original.duplicate_of, copy.duplicate_of) == (None, 101)
