"""Prices of related stocks move at every reading (site page, "What the editor makes"): they
stand on the page in ``.relative-stock-wrap``, wherever, and are no change of the article."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import product

import pytest

from feedsvc.model import Status
from feedsvc.poll.reread import refresh
from tests.poll.desk import Desk, by_name, piece
from tests.standin import HOUSES, Answer, RelatedLink, StandIn, page

pytestmark = pytest.mark.usefixtures("one_section")

_FIRST = "호 공장의 첫째 단락이다."
# Where on a page, in every house, and how the widget stands there.
PLACES = {
    "the headline": (
        '<div class="read-news-title">',
        '<div class="read-news-title"><span class="relative-stock-wrap">{}</span>',
    ),
    "byline and time": (
        '<div class="news-info-and-share">',
        '<div class="news-info-and-share"><div class="relative-stock-wrap">{}</div>',
    ),
    "before the main block": (
        '<div class="read-news-main-contents">',
        '<div class="relative-stock-wrap"><p>{}</p></div><div class="read-news-main-contents">',
    ),
    "the main block": (
        '<div class="read-news-main-contents">',
        '<div class="read-news-main-contents"><div class="relative-stock-wrap"><p>{}</p></div>',
    ),
    "a sentence": (_FIRST, f'{_FIRST} <span class="relative-stock-wrap">(한빛전자 {{}})</span>'),
    "between paragraphs": (
        "둘째 단락이다. 회사는 내년까지 공사를 마칠 계획이다.</p>",
        "둘째 단락이다. 회사는 내년까지 공사를 마칠 계획이다.</p>"
        '<div class="relative-stock-wrap"><ul><li>한빛전자 {}</li></ul></div>',
    ),
    "a figure": (
        "둘째 단락이다. 회사는 내년까지 공사를 마칠 계획이다.</p>",
        "둘째 단락이다. 회사는 내년까지 공사를 마칠 계획이다.</p>"
        '<figure class="relative-stock-wrap"><table><tr><td>{}</td></tr></table></figure>',
    ),
    "the related articles": (
        '<div class="rnmc-relative-news">',
        '<div class="rnmc-relative-news"><div class="relative-stock-wrap">{}</div>',
    ),
    "the side column": (
        '<div class="rnmc-left',
        '<div class="relative-stock-wrap"><table><tr><td>{}</td></tr></table></div>'
        '<div class="rnmc-left',
    ),
    "the end of the page": ("</body>", '<div class="relative-stock-wrap">{}</div></body>'),
}
_CASES = dict(enumerate(product(HOUSES, PLACES, (Status.OPEN, Status.MEMBERS_ONLY)), 101))


@pytest.fixture
def market(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> tuple[Desk, dict[int, set[str]]]:
    """An article for each house, place and lock; and the pages that were shown of each."""
    shown: dict[int, set[str]] = {}
    plain = StandIn._article_page

    def article_page(self: StandIn, number: int, when: datetime) -> Answer:
        text = plain(self, number, when).body.decode()
        where, widget = PLACES[_CASES[number][1]]
        assert where in text, (number, where)
        price = f"{50_000 + int(when.timestamp() / 3600) * 37 % 9_001:,}원"
        text = text.replace(where, widget.format(price), 1)
        shown.setdefault(number, set()).add(text)
        return page(200, text)

    monkeypatch.setattr(StandIn, "_article_page", article_page)
    desk.site.now, desk.site.page_size = desk.clock, len(_CASES)
    desk.site.houses = {number: house for number, (house, _, _) in _CASES.items()}
    for number, (_, _, status) in _CASES.items():
        desk.site.publish(
            piece(
                number,
                hours=200 - number,
                status=status,
                related=(RelatedLink(5, "다른 기사"),),
            )
        )
    return desk, shown


@pytest.mark.slow
def test_a_week_of_prices_that_move_is_no_revision(
    market: tuple[Desk, dict[int, set[str]]],
) -> None:
    """[cms] in every place and every house, for open and for locked articles."""
    desk, shown = market
    assert by_name(desk.poll("industry"))["industry"].new == len(_CASES)
    kept = {number: desk.archive().get(number) for number in _CASES}
    revised = 0
    for _ in range(7 * 4):
        desk.later(hours=6)
        revised += sum(one.revised for one in desk.poll().sections)
    archive = desk.archive()
    with desk.fetcher(archive) as fetcher:
        desk.later(hours=1)
        done, _ = refresh(desk.config, archive, fetcher, desk.clock, _CASES)
    assert {one.what for one in done} == {"unchanged"}
    archive.close()
    assert revised == 0
    assert {event for event, _ in desk.journal()} == {"added"}
    for number, (house, place, status) in _CASES.items():
        record, before = desk.archive().get(number), kept[number]
        assert record is not None, (house, place)
        assert before is not None
        assert (record.revisions, record.digest) == ((), before.digest), (house, place)
        assert record.access.status is status
        assert "원</" not in "".join(record.body)
        assert record.published_at == desk.site.article(number).published_at
        # Locked ones are read all week, open ones for a day.
        assert len(shown[number]) >= (8 if status.locked else 3), (house, place, status)


def test_the_widget_is_what_keeps_them_apart(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The test above can fail: the same words as a paragraph are an edit."""
    plain = StandIn._article_page

    def article_page(self: StandIn, number: int, when: datetime) -> Answer:
        text = plain(self, number, when).body.decode()
        return page(200, text.replace(_FIRST, f"{_FIRST} ({when:%H:%M} 7만원)", 1))

    monkeypatch.setattr(StandIn, "_article_page", article_page)
    desk.site.now = desk.clock
    desk.site.publish(piece(101))
    desk.poll("industry")
    desk.now += timedelta(hours=2)
    assert by_name(desk.poll("industry"))["industry"].revised == 1
