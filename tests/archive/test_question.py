"""A search's parameters, what they select, and how they are written as an address."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedsvc import words
from feedsvc.archive import Archive
from feedsvc.catalogue.question import FILTERS, Question, Unfit, question, snippet
from feedsvc.catalogue.search import Filter, Order, Selection
from feedsvc.catalogue.state import State
from feedsvc.config import SectionConfig
from feedsvc.model import Access, Event, Marker, Scope, Status
from tests.archive.samples import NOW, record

SECTIONS = (
    SectionConfig(name="industry", title="산업", code="068000"),
    SectionConfig(name="everything", title="전체"),
    SectionConfig(name="nexon", title="넥슨", search="넥슨"),
    SectionConfig(name="flash", title="속보", newsflash=True),
)


def ask(**parameters: str) -> Question:
    return question(parameters, SECTIONS, NOW)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    """Six articles, a day apart, the newest with the highest id; the last is a member's."""
    notice = Marker(Status.UNKNOWN, Scope.ARTICLE, "알 수 없는 안내", True)
    kinds = (
        Access(Status.OPEN), Access(Status.PLUS_FIRST), Access(Status.UNKNOWN),
        Access(Status.UNKNOWN, (notice,)), Access(Status.MEMBERS_ONLY),
        Access(Status.MEMBERS_ONLY, seen_as="member"),
    )  # fmt: skip
    made = Archive(tmp_path_factory.mktemp("archive"), raw=False)
    with made.writing(NOW):
        for number, access in enumerate(kinds, 1):
            one = record(
                number,
                access=access,
                published_at=NOW - timedelta(days=len(kinds) - number),
                reporters=("김가영",) if number % 2 else ("이 나리", "John KIM"),
                sections=("068000",) if number < 4 else ("083000", "068001"),
                body=("<p>한빛중공업이 공장을 지었다.</p>", "<p>누리호의 비밀 계약</p>"),
            )
            made.keep(one, Event.ADDED, NOW)
    return made


def found(archive: Archive, **parameters: str) -> list[int]:
    search = ask(**parameters)
    ids = [one.id for one in archive.finding.find(search.words, search.which, search.how)]
    assert archive.finding.count(search.words, search.which, 100) == len(ids)
    return ids


@pytest.mark.parametrize("q", ["", "한빛중공업은"])
@pytest.mark.parametrize(
    ("parameters", "ids"),
    [
        ({}, [6, 5, 4, 3, 2, 1]),
        ({"section": "industry"}, [3, 2, 1]),
        ({"section": "083000"}, [6, 5, 4]),
        ({"section": "everything"}, [6, 5, 4, 3, 2, 1]),
        ({"section": "08300"}, []),
        ({"access": "readable"}, [2, 1]),
        ({"access": "locked"}, [6, 5, 4]),
        ({"access": "unknown"}, [4, 3]),
        ({"reporter": "가영"}, [5, 3, 1]),
        ({"reporter": "김가영"}, [5, 3, 1]),
        ({"reporter": "영"}, [5, 3, 1]),
        ({"reporter": "이 나"}, [6, 4, 2]),
        ({"reporter": "kim"}, [6, 4, 2]),
        ({"reporter": "가%"}, []),
        ({"since": "2d"}, [6, 5, 4]),
        ({"since": "2026-03-08"}, [6, 5]),
        ({"since": "2026-03-07T09:00", "until": "2026-03-07"}, [4]),
        ({"until": "2026-03-05"}, [2, 1]),
        ({"since": "2031-01-01"}, []),
        ({"until": "1999-01-01"}, []),
        ({"access": "locked", "since": "yesterday", "reporter": "김가"}, [5]),
    ],
)
def test_each_filter_selects(
    archive: Archive, q: str, parameters: dict[str, str], ids: list[int]
) -> None:
    assert found(archive, q=q, **parameters) == ids


def test_the_same_is_found_without_an_index(archive: Archive, tmp_path: Path) -> None:
    bare = Archive(tmp_path)
    with bare.writing(NOW):
        for one in archive.whole(archive.index.ids()):
            bare.keep(one, Event.ADDED, NOW)
    bare.close()
    (tmp_path / ".state/state.sqlite").unlink()
    for parameters in ({"reporter": "가영"}, {"access": "locked", "q": "한빛"}, {"since": "2d"}):
        assert found(Archive(tmp_path), **parameters) == found(archive, **parameters)


def test_best_first_goes_with_filters(archive: Archive) -> None:
    assert sorted(found(archive, q="한빛", sort="best", access="locked")) == [4, 5, 6]
    assert found(archive, sort="best", access="locked") == [6, 5, 4]


def test_a_members_text_is_found_by_what_everybody_may_read(archive: Archive) -> None:
    def ids(q: str, *, shown: bool) -> list[int]:
        which = Filter(access="members-only", shown=shown)
        assert archive.finding.count(q, which, 9) == len([*archive.finding.find(q, which)])
        return [one.id for one in archive.finding.find(q, which)]

    assert ids("비밀 계약", shown=False) == [6, 5]
    assert ids("비밀 계약", shown=True) == [5]
    assert ids("한빛중공업", shown=True) == [6, 5]


def test_a_members_text_comes_and_goes_with_its_access(tmp_path: Path) -> None:
    archive = Archive(tmp_path, raw=False)
    one = record(7, body=("<p>첫 문단</p>", "<p>비밀 계약</p>"))
    member = Access(Status.MEMBERS_ONLY, seen_as="member")
    for access, held in ((member, False), (Access(Status.OPEN), True), (member, False)):
        with archive.writing(NOW):
            archive.keep(record(7, body=one.body, access=access), Event.NOTED, NOW)
        assert any(archive.finding.find("비밀", Filter(shown=True))) is held
        assert any(archive.finding.find("비밀"))


@pytest.mark.parametrize(
    "parameters",
    [
        {}, {"q": "한빛"}, {"reporter": "가영"}, {"q": "한빛", "reporter": "가영"},
        {"access": "unknown"}, {"access": "readable"}, {"access": "locked"},
        {"q": "한빛", "access": "open", "section": "068000"}, {"since": "9d", "until": "2d"},
        {"q": "한빛", "since": "9d", "until": "2d"},
    ],
)  # fmt: skip
def test_the_newest_are_read_in_their_order_and_no_more_than_are_wanted(
    parameters: dict[str, str],
) -> None:
    asked = ask(**parameters)
    selection = Selection.of(asked.words, asked.which, lambda _: (1, 9))
    assert selection is not None
    sql = f"SELECT 1 FROM {selection.rows} ORDER BY {selection.id} DESC LIMIT 21"
    rows = State.in_memory().rows(f"EXPLAIN QUERY PLAN {sql}", selection.values)
    assert rows
    assert not any("TEMP B-TREE" in row[3] for row in rows), rows


def test_a_count_ends_where_it_may(archive: Archive) -> None:
    assert archive.finding.count("한빛", Filter(), 3) == 3
    assert archive.finding.count("없는말이다", Filter(), 3) == 0


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("q", "가" * 201),
        ("q", " ".join(map(str, range(21)))),
        ("section", "sport"),
        ("section", "nexon"),
        ("section", "flash"),
        ("access", "free"),
        ("reporter", "가" * 201),
        ("since", "soon"),
        ("since", "2026-13-01"),
        ("since", "999999d"),
        ("until", "9999-12-31"),
        ("sort", "oldest"),
        ("page", "0"),
        ("page", "501"),
        ("page", "-1"),
        ("page", "²"),
        ("page", "1" * 5000),
    ],
)
def test_what_cannot_be_followed_is_named(part: str, value: str) -> None:
    with pytest.raises(Unfit) as error:
        ask(**{part: value})
    assert error.value.part == part
    assert str(error.value).startswith(f"{part} ")


@pytest.mark.parametrize(
    "parameters",
    [
        {}, {"q": ""}, {"q": "   ", "page": "", "sort": " "}, {"q": "가" * 200},
        {"q": " ".join(map(str, range(20)))}, {"since": "3D ago"}, {"page": "500"},
        {"other": "x"}, {"q": "\x00\ud800"}, {"section": "000000"},
    ],
)  # fmt: skip
def test_what_can_be_followed_is(parameters: dict[str, str]) -> None:
    ask(**parameters)


def test_an_address_names_the_parameters_in_a_fixed_order() -> None:
    one = ask(page="2", sort="best", until="2026-03-01", q=" 한빛  은 ", access="locked")
    assert one.query() == "q=%ED%95%9C%EB%B9%9B%20%EC%9D%80&access=locked&until=2026-03-01" + (
        "&sort=best&page=2"
    )
    assert one.query(sort="", page="") == one.query().partition("&sort")[0]
    assert one.query(page="3").endswith("&sort=best&page=3")
    assert ask().query() == ""
    assert ask(q="&=+%").query() == "q=%26%3D%2B%25"
    assert (one.how, one.page) == (Order.BEST, 2)


@pytest.mark.parametrize(("since", "moves"), [("3d", True), ("today", True), ("2026-03-01", False)])
def test_a_search_may_move_with_the_time(since: str, moves: bool) -> None:
    assert ask(since=since).moves is moves
    assert ask(until=since).moves is moves


@settings(max_examples=40)
@given(st.dictionaries(st.sampled_from(("q", *FILTERS, "sort", "page")), st.text()))
def test_no_text_fails_otherwise(parameters: Mapping[str, Any]) -> None:
    try:
        one = question(parameters, SECTIONS, NOW)
    except Unfit:
        return
    assert one.query().isascii()


HOSTILE = (
    *(
        '"',
        "*",
        "^",
        "(",
        "AND",
        "NOT x",
        "NEAR(a b)",
        "head:x",
        "{head} : x",
        "-",
        "';--",
        "a\x00b",
    ),
    *(
        "a" * 200,
        "한" * 200,
        " ".join("가나다라마바사아자차카타파하거너더러머버"),
        '"' * 99,
    ),
    *(" ".join(f"말{one}말" for one in range(20)), "&&&&", "가&나", "１２３", "ﬃ" * 50),
)


@pytest.mark.parametrize("q", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("sort", ["newest", "best"])
def test_hostile_words_are_only_words(archive: Archive, q: str, sort: str) -> None:
    assert found(archive, q=q, sort=sort) == []


@settings(max_examples=30)
@given(st.text(max_size=200))
def test_any_words_are_looked_for(archive: Archive, q: str) -> None:
    try:
        search = ask(q=q)
    except Unfit:
        return
    kept = archive.get(1)
    assert kept is not None
    texts = ("\n".join((kept.title, kept.subtitle, *kept.keywords)), "한빛중공업이 공장을 지었다.")
    held = words.holds(texts, search.words) or not search.words
    ids = found(archive, q=q)
    assert ids in ([], [6, 5, 4, 3, 2, 1])
    assert not held or ids


def test_a_snippet_is_one_line_around_the_words(archive: Archive) -> None:
    kept = archive.get(1)
    assert kept is not None
    assert "누리호의 비밀 계약" in snippet(kept, "비밀을")
    assert snippet(kept, "착공") == ""
    assert snippet(kept, "") == ""
