"""A page whose canonical link and og:url name another id, without a redirect: an editor's
mistake costs no article, and no article is kept under another's id."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime

import pytest

from tests.poll.desk import Desk, by_name, piece
from tests.standin import Answer, StandIn, page

pytestmark = pytest.mark.usefixtures("one_section")

_OWN = re.compile(rb'(rel="canonical" href|property="og:url" content)="[^"]*/articles/\d+[^"]*"')
Answers = dict[int, Callable[[Callable[[int], bytes]], bytes]]


def naming(body: bytes, number: int) -> bytes:
    return _OWN.sub(rb'\1="https://dealsite.co.kr/articles/%d"' % number, body)


@pytest.fixture
def three(desk: Desk) -> Desk:
    """101, 102 and 103 stand on the site; each names itself by a host that is the site's."""
    desk.aliases = ("dealsite.co.kr",)
    for number in (101, 102, 103):
        desk.site.publish(piece(number, hours=110 - number, title=f"{number}번 기사의 제목"))
    return desk


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Answers:
    """What the site answers for an article instead: another's page, other words in it."""
    instead: Answers = {}
    plain = StandIn._article_page

    def article_page(self: StandIn, number: int, when: datetime) -> Answer:
        made = instead.get(number)
        if made is None:
            return Answer.of(plain(self, number, when))
        return page(200, made(lambda number: plain(self, number, when).body))

    monkeypatch.setattr(StandIn, "_article_page", article_page)
    return instead


def asked(desk: Desk, number: int) -> int:
    return desk.site.count(f"/articles/{number}") + desk.site.count(f"/articles/{number}/*")


@pytest.mark.one_stands_for_all
@pytest.mark.parametrize("named", [102, 1, 999_999_999])
def test_a_template_that_names_one_id_on_every_page_costs_nothing(
    three: Desk, answers: Answers, named: int
) -> None:
    pages = {
        number: lambda of, number=number: naming(of(number), named) for number in (101, 102, 103)
    }
    answers.update(pages)
    outcome = by_name(three.poll("industry"))["industry"]
    assert (outcome.new, outcome.failed, outcome.error) == (3, 0, None)
    kept = {number: three.archive().get(number) for number in three.archive().index.ids()}
    assert {number: one and one.title for number, one in kept.items()} == {
        number: f"{number}번 기사의 제목" for number in (101, 102, 103)
    }
    assert [asked(three, number) for number in (101, 102, 103)] == [1, 1, 1]


def test_a_headline_edited_since_the_list_was_made(three: Desk, answers: Answers) -> None:
    """The other's page has another headline: the page is none of the other's."""
    edited = "101번 기사의 고친 제목".encode()
    told = "101번 기사의 제목".encode()
    answers.update({101: lambda of: naming(of(101), 103).replace(told, edited)})
    outcome = by_name(three.poll("industry"))["industry"]
    assert (outcome.new, outcome.failed) == (3, 0)
    record = three.archive().get(101)
    assert record is not None
    assert (record.title, record.id) == ("101번 기사의 고친 제목", 101)


def test_the_others_page_is_the_others(three: Desk, answers: Answers) -> None:
    """As with a redirect: no record of the first, the other kept once, the first told moved."""
    answers.update({101: lambda of: of(103)})
    outcome = by_name(three.poll("industry"))["industry"]
    assert (outcome.new, outcome.failed) == (2, 0)
    assert set(three.archive().index.ids()) == {102, 103}
    assert ("moved", 101) in three.journal()
    record = three.archive().get(103)
    assert record is not None
    assert record.url.endswith("/articles/103")


def test_a_label_in_the_headline_is_no_part_of_it(three: Desk, answers: Answers) -> None:
    """The other's page with a label of its own is the other's all the same."""
    label = b'<div class="read-news-title"><div class="article-pack">[series]</div>'
    answers.update({101: lambda of: of(103).replace(b'<div class="read-news-title">', label)})
    by_name(three.poll("industry"))
    assert set(three.archive().index.ids()) == {102, 103}
    assert ("moved", 101) in three.journal()


def test_the_address_of_another_names_no_section_of_this_one(three: Desk, answers: Answers) -> None:
    answers.update(
        {101: lambda of: naming(of(101), 102).replace(b"articles/102", b"articles/102/083000")}
    )
    three.poll("industry")
    record = three.archive().get(101)
    assert record is not None
    assert record.sections == ("068000",)


def test_what_cannot_be_told_is_held_and_asked_for_ever_more_seldom(
    three: Desk, answers: Answers
) -> None:
    """Two pages in each other's place: nothing is kept under a wrong id."""
    answers.update({101: lambda of: of(103), 103: lambda of: of(101)})
    outcome = by_name(three.poll("industry"))["industry"]
    assert (outcome.new, outcome.failed) == (1, 2)
    assert set(three.archive().index.ids()) == {102}
    assert three.archive().index.moved() == {}
    before = asked(three, 101)
    for _ in range(8):
        three.later(hours=3)
        three.poll("industry", patient=True)
    assert asked(three, 101) - before <= 10  # of 16: each of the two is asked for as the other
    assert set(three.archive().index.ids()) == {102}
    answers.clear()
    three.later(days=1)
    three.poll("industry")
    assert set(three.archive().index.ids()) == {101, 102, 103}


def test_a_kept_article_stays_what_it_is(three: Desk, answers: Answers) -> None:
    """Read again (its row changed) with a wrong id in its metadata: an edit like another."""
    three.poll("industry")
    three.site.edit(101, title="새로 고친 제목")
    answers.update({101: lambda of: naming(of(101), 102)})
    assert by_name(three.poll("industry"))["industry"].revised == 1
    record = three.archive().get(101)
    assert record is not None
    assert record.title == "새로 고친 제목"
