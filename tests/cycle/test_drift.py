"""When the site changes: told, held, nothing kept half empty, mended afterwards."""

from __future__ import annotations

import pytest

from feedsvc.cycle import publish, reparse
from feedsvc.demo import Fault
from tests.cycle.desk import Desk, by_name, piece


@pytest.fixture
def usual(desk: Desk) -> Desk:
    """Enough articles to know what is usual."""
    desk.site.page_size = 100
    for number in range(1, 41):
        desk.site.publish(piece(number, hours=200 - number))
    desk.poll("industry", "finance", "mna")
    desk.later(hours=2)
    return desk


def test_a_field_that_stays_empty_is_told_and_its_articles_are_held(usual: Desk) -> None:
    desk = usual
    desk.selectors = {"subtitle": ".no-such-thing"}
    for number in range(41, 61):
        desk.site.publish(piece(number, hours=100 - number))

    outcome = by_name(desk.poll())["industry"]

    held = {pending.id for pending in desk.archive().pending()}
    assert len(held) >= 15
    assert outcome.failed >= len(held)
    assert "subtitle (" in desk.feed("status")[0]["content_html"]
    for article_id in held:
        assert desk.archive().get(article_id) is None
        assert desk.archive().raw_page(article_id) is not None
    for number in range(1, 41):
        record = desk.archive().get(number)
        assert record is not None
        assert record.subtitle

    desk.later(hours=1)
    assert by_name(desk.poll())["industry"].failed >= len(held)
    assert {pending.id for pending in desk.archive().pending()} == held

    desk.selectors = {}
    desk.later(hours=1)
    assert exit_of(desk) == 0
    assert desk.archive().pending() == ()
    desk.later(hours=2)
    assert exit_of(desk) == 0
    for number in range(1, 61):
        record = desk.archive().get(number)
        assert record is not None
        assert record.subtitle
    assert desk.feed("status")[0]["title"].startswith("[해결됨]")


def exit_of(desk: Desk) -> int:
    from feedsvc.cycle import exit_code

    return exit_code(desk.poll())


def test_an_unknown_layout_keeps_the_page_and_better_rules_make_it_a_record(desk: Desk) -> None:
    desk.site.publish(piece(101))
    desk.poll()
    desk.later(minutes=10)
    desk.site.publish(piece(102))
    desk.site.fault(Fault.RENAMED, "/articles/102*")
    desk.poll()
    archive = desk.archive()
    assert archive.get(102) is None
    page = archive.raw_page(102)
    assert page is not None
    desk.later(minutes=10)
    desk.poll()
    assert sum(1 for one, _ in desk.archive().raw_pages() if one == 102) == 1

    # The rules are mended: what they cannot read today is stood for by the page they can.
    desk.site.clear_faults()
    healthy = desk.site.respond("GET", "/articles/102").body
    from dataclasses import replace

    with archive.writing(desk.now):
        archive.hold(102, replace(page, body=healthy))
        outcome = reparse(desk.config, archive, desk.now)
        publish(desk.config, archive, desk.now, {})
    assert outcome.added == 1
    assert len(desk.feed("all")) == 2
