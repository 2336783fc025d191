"""The site is redesigned: learned, adopted or proposed, on probation, suspended, undone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from feedsvc.archive import LayoutState
from feedsvc.archive.learned import ENOUGH_AGREED, number_of
from feedsvc.model import Status
from feedsvc.poll import layouts, publish
from feedsvc.poll.redesign import LEISURE
from feedsvc.poll.reread import reparse
from feedsvc.relearn import LEAST, MOST
from tests.archive.audit import audit, lines
from tests.poll.redesigned import Before, Redesigned, begun, fresh, meet, redesigned
from tests.standin import Fault

pytestmark = pytest.mark.slow  # each learns from some twenty pages


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Before]:
    with begun(tmp_path_factory.mktemp("before")) as made:
        yield made


@pytest.fixture(scope="module")
def after(before: Before, tmp_path_factory: pytest.TempPathFactory) -> Before:
    return redesigned(before, tmp_path_factory.mktemp("after"), "renamed")


@pytest.fixture
def learned(after: Before, tmp_path: Path) -> Redesigned:
    """A service that has learned."""
    return after.in_folder(tmp_path)


@pytest.fixture
def desk(before: Before, tmp_path: Path) -> Redesigned:
    return before.in_folder(tmp_path)


def events(desk: Redesigned, since: int) -> list[str]:
    return [event for event, _ in desk.journal()[since:]]


def records(desk: Redesigned) -> dict[int, bytes]:
    folder = desk.folder / "archive" / "articles"
    return {int(path.stem): path.read_bytes() for path in folder.rglob("*.json")}


def test_a_redesign_is_learned_and_what_was_held_is_published_once(desk: Redesigned) -> None:
    old, journaled = records(desk), len(desk.journal())
    new = meet(desk, "renamed")
    assert desk.told().keys() == {"layout"}
    desk.site.forget_requests()
    outcome = desk.poll()
    assert (outcome.sections[0].new, outcome.sections[0].failed) == (len(new), 0)
    assert desk.site.count("/articles/1*") == LEAST
    assert desk.site.count("/articles/9*") == len(new)
    # What was fetched to learn from made no revision, and moved nothing.
    assert {one: data for one, data in records(desk).items() if one not in new} == old
    assert events(desk, journaled) == ["layout", *["added"] * len(new)]
    (kept,) = desk.layouts()
    assert (kept.number, kept.state, kept.is_new) == (1, LayoutState.ADOPTED, True)
    archive = desk.archive()
    assert [*map(number_of, archive.whole(new))] == [1] * len(new)
    pages = dict(kept.pages())
    assert len(pages) == LEAST
    assert pages.keys() <= old.keys()
    archive.close()
    assert [item["id"] for item in desk.feed("all")[: len(new)]] == [
        f"tag:dealsite.co.kr,2018:articles/{one}" for one in reversed(new)
    ]
    text = desk.told()["learned-1"]
    assert re.fullmatch(
        r"\d\d:\d\d the site's layout changed\. Learned from 16 articles: 16 of 16 exact\. "
        r"5 held articles published\. Probation 16 of 60\. Undo: feedsvc relearn --undo 1\.",
        text,
    )
    (told,) = [item for item in desk.feed("status") if "Probation" in item["content_html"]]
    assert text in told["content_html"].replace("&#x27;", "'").replace("&#39;", "'")
    desk.is_well()
    audit(desk.folder / "archive")
    # And nothing is asked for twice, nor published twice.
    desk.later(minutes=10)
    again = desk.poll()
    assert (again.sections[0].new, again.sections[0].revised) == (0, 0)
    assert events(desk, journaled) == ["layout", *["added"] * len(new)]


def test_a_draft_is_proposed_once_and_adopts_nothing(desk: Redesigned) -> None:
    desk.relearn = "propose"
    meet(desk, "renamed")
    outcome = desk.poll()
    assert outcome.sections[0].new == 0
    assert desk.layouts() == ()
    told = desk.told()
    assert told.keys() == {"layout", "draft"}
    assert "learned from 16 articles: 16 of 16 exact" in told["draft"]
    assert "'feedsvc relearn' adopts it" in told["draft"]
    assert "title: " in told["draft"]
    asked = desk.site.count("/articles/1*")
    for _ in range(3):  # not again the day after either: it is proven
        desk.later(hours=13)
        desk.poll()
    assert desk.site.count("/articles/1*") == asked
    # Who changes his mind need not wait.
    desk.relearn = "adopt"
    desk.later(minutes=10)
    assert desk.poll().sections[0].new == 5
    assert desk.told().keys() == {"learned-1"}
    desk.is_well()


def test_off_asks_for_nothing(desk: Redesigned) -> None:
    desk.relearn = "off"
    meet(desk, "renamed")
    for _ in range(3):
        desk.poll()
        desk.later(minutes=10)
    assert desk.site.count("/articles/*") == 0
    assert desk.told().keys() == {"layout"}


def test_what_is_no_redesign_teaches_nothing(desk: Redesigned) -> None:
    """Pages of errors, of a login or of a firewall; a few articles that cannot be read; one
    poll alone."""
    for fault in (Fault.SERVER_ERROR, Fault.LOGIN_REDIRECT, Fault.FIREWALL_OK, Fault.NUL):
        for one in fresh(4):
            desk.site.publish(one)
        desk.site.fault(fault, "/articles/9*")
        for _ in range(4):
            desk.poll()
            desk.later(hours=2)
        assert desk.site.count("/articles/1*") == 0, fault
        assert desk.layouts() == ()
        desk.site.clear_faults()
        desk.poll()
        desk.later(hours=2)


def test_what_cannot_be_learned_is_tried_once_a_day_and_told(desk: Redesigned) -> None:
    new = meet(desk, "anonymous")
    outcome = desk.poll()
    assert outcome.sections[0].new == 0
    asked = desk.site.count("/articles/1*")
    assert LEAST <= asked <= MOST
    assert desk.layouts() == ()
    assert "could not be learned: " in desk.told()["draft"]
    for hours in (20, 24):  # what is held waits for a day at most; then once a day
        tried = desk.now
        while desk.now < tried + timedelta(hours=hours - 4):
            desk.later(hours=4)
            desk.poll()
            assert desk.site.count("/articles/1*") == asked
        desk.later(hours=4)
        desk.poll()
        assert desk.site.count("/articles/1*") > asked
        asked = desk.site.count("/articles/1*")
    # It goes back: nothing is to be told any more, and what waited is read.
    desk.site.redesign = None
    desk.later(minutes=10)
    assert desk.poll().sections[0].new == len(new)
    desk.later(minutes=10)
    desk.poll()
    assert desk.told() == {}


def test_known_articles_that_changed_meanwhile_are_replaced(desk: Redesigned) -> None:
    from feedsvc.relearn import choose

    archive = desk.archive()
    first = choose(list(archive.newest_first()))[:6]
    known = {one: archive.get(one) for one in first}
    archive.close()
    locked = [one for one, record in known.items() if record and record.access.locked]
    others = [one for one in first if one not in locked]
    desk.site.redesign = "renamed"
    desk.site.edit(others[0], title="아주 다른 제목이 되었다")
    desk.site.delete(others[1])
    desk.site.release(locked[0])
    desk.site.fault(Fault.UNAVAILABLE, f"/articles/{others[2]}*")
    new = meet(desk, "renamed")
    outcome = desk.poll()
    assert outcome.sections[0].new == len(new)
    (kept,) = desk.layouts()
    told = kept.evidence["aside"]
    assert isinstance(told, list)
    aside = {one["id"] for one in told if isinstance(one, dict)}
    assert len({*others[:3], locked[0]} & aside) >= 3  # as far as they were asked for
    assert not aside & dict(kept.pages()).keys()
    assert len(aside) + len(dict(kept.pages())) <= MOST
    desk.is_well()
    # What was fetched made no revision; the look that is due finds what changed.
    archive = desk.archive()
    for one in set(first) - {others[0]}:  # whose row says it
        assert archive.get(one) == known[one]
    archive.close()


def test_where_too_many_had_changed_the_next_attempt_asks_for_others(desk: Redesigned) -> None:
    """Else it would fail in the same way, day after day: nothing new is kept meanwhile."""
    from feedsvc.relearn import choose

    archive = desk.archive()
    first = choose(list(archive.newest_first()))[:LEAST]
    archive.close()
    for number in first[: MOST - LEAST + 3]:
        desk.site.edit(number, body=desk.site.article(number).body[1:], split=())
    new = meet(desk, "renamed")
    desk.site.forget_requests()
    assert desk.poll().sections[0].new == 0
    assert "are needed" in desk.told()["draft"]
    assert desk.site.count("/articles/1*") == MOST
    desk.later(hours=20)
    assert desk.poll().sections[0].new == len(new)
    (kept,) = desk.layouts()
    assert not dict(kept.pages()).keys() & set(first[: MOST - LEAST + 3])
    desk.is_well()


def test_where_no_page_shows_its_article_it_is_soon_tried_again(desk: Redesigned) -> None:
    """Another page in place of each is the site's trouble, and no attempt for a day."""
    titles = {one.id: one.title for one in desk.site.articles}
    for number in titles:
        desk.site.edit(number, title="점검 중입니다")
    new = meet(desk, "renamed")
    assert desk.poll().sections[0].new == 0
    assert desk.layouts() == ()
    for number, title in titles.items():
        desk.site.edit(number, title=title)
    desk.later(minutes=10)
    assert desk.poll().sections[0].new == len(new)
    desk.is_well()


def test_pages_that_fail_for_now_are_no_reason_to_wait_for_a_day(desk: Redesigned) -> None:
    """Some of the known articles had changed, some are not to be had: too few are left."""
    from feedsvc.relearn import choose

    archive = desk.archive()
    first = choose(list(archive.newest_first()))[:LEAST]
    archive.close()
    for number in first[:3]:
        desk.site.edit(number, body=desk.site.article(number).body[1:], split=())
    for number in first[3:6]:
        desk.site.fault(Fault.NOT_FOUND, f"/articles/{number}*")  # gone for good
    desk.site.fault(Fault.SERVER_ERROR, f"/articles/{first[6]}*")
    new = meet(desk, "renamed")
    assert desk.poll().sections[0].new == 0
    assert "draft" not in desk.told()
    desk.later(minutes=10)
    assert desk.poll().sections[0].new == len(new)
    desk.is_well()


def test_a_site_that_fails_in_the_middle_is_asked_again(desk: Redesigned) -> None:
    meet(desk, "renamed")
    for fault in (Fault.SERVER_ERROR, Fault.RESET):
        desk.site.fault(fault, "/articles/16*8*")
        desk.site.fault(fault, "/articles/16*6*")
        desk.site.fault(fault, "/articles/16*4*")
        desk.site.fault(fault, "/articles/16*2*")
        desk.poll()
        assert desk.layouts() == ()
        desk.site.clear_faults()
        desk.later(hours=2)
    assert desk.poll().sections[0].new == 5
    desk.is_well()


def test_probation_ends_when_sixty_agree(learned: Redesigned) -> None:
    before = records(learned)
    for turn in range(1, 30):
        learned.later(minutes=10)
        learned.site.forget_requests()
        learned.poll()
        (kept,) = learned.layouts()
        assert learned.site.count("/articles/1*") <= LEISURE
        if not kept.is_new:
            break
        assert f"Probation {16 + LEISURE * turn} of {ENOUGH_AGREED}" in learned.told()["learned-1"]
    else:
        pytest.fail("it never ended")
    assert kept.proven_at is not None
    assert learned.told() == {}
    assert {one: data for one, data in records(learned).items() if one in before} == before
    assert events(learned, 0).count("layout") == 2
    learned.is_well()


def test_probation_that_disagrees_suspends_and_takes_back(desk: Redesigned) -> None:
    new = meet(desk, "noise")
    assert desk.poll().sections[0].new > 0
    kept = desk.layouts()[0]
    assert kept.is_new
    seen = {one: first_seen(desk, one) for one in new if one in desk.ids()}
    for _ in range(20):
        desk.later(minutes=10)
        desk.poll()
        kept = desk.layouts()[0]
        if kept.state is LayoutState.SUSPENDED:
            break
    else:
        pytest.fail("the noise was not found")
    assert f"article {kept.evidence['against']}" in kept.why
    assert kept.taken_back_at is not None
    assert set(seen) <= set(desk.waiting())
    assert not set(seen) & set(desk.ids())
    assert all(str(one) not in item["id"] for one in new for item in desk.feed("all"))
    assert desk.told().keys() >= {"suspended-1"}
    assert "learned-1" not in desk.told()
    desk.is_well()
    # The site drops it: what was published wrongly is read again, first seen when it was.
    desk.site.redesign = None
    desk.later(hours=1)
    desk.poll()
    assert set(seen) <= set(desk.ids())
    assert {one: first_seen(desk, one) for one in seen} == seen
    desk.is_well()
    audit(desk.folder / "archive")


def first_seen(desk: Redesigned, number: int) -> object:
    archive = desk.archive()
    record = archive.get(number)
    archive.close()
    assert record is not None
    return record.first_seen_at


def test_undone_it_is_as_if_it_had_not_been(before: Before, after: Before, tmp_path: Path) -> None:
    """Records, feeds and what waits; and once more by what rebuild makes of it."""
    desk = before.in_folder(tmp_path / "before")
    publish_all(desk)
    old, feeds = records(desk), published(desk)
    desk = after.in_folder(tmp_path / "after")
    new = [one.id for one in fresh(5)]
    # One that was there before is changed by it, one of the new ones revised.
    (changed,) = [one for one in desk.site.articles if one.id == min(old)]
    desk.site.edit(changed.id, title="고쳐 쓴 제목, 새 화면에서")
    desk.site.edit(new[0], title="새 기사도 고쳐 쓴 제목")
    from feedsvc.poll.reread import refresh

    archive = desk.archive()
    with desk.fetcher(archive) as fetcher:
        refresh(desk.config, archive, fetcher, desk.clock, [changed.id, new[0]])
    archive.close()
    assert records(desk)[changed.id] != old[changed.id]
    assert (desk.folder / f"archive/layouts/0001/{changed.id}.json").read_bytes() == old[changed.id]
    desk.is_well()
    seen = {one: first_seen(desk, one) for one in new}
    archive = desk.archive()
    with archive.writing(desk.now):
        (kept,) = archive.learned.whole(lambda error: None)
        taken = layouts.take_back(archive, kept, LayoutState.UNDONE, desk.now)
        publish(desk.config, archive, desk.now, None)
    archive.close()
    assert taken == layouts.TakenBack(tuple(new), (changed.id,))
    assert records(desk) == old
    assert published(desk) == feeds
    assert desk.waiting() == new
    desk.is_well()
    audit(desk.folder / "archive")
    publish_all(desk)
    assert published(desk) == feeds
    # It is learned again, but not adopted: who undid it is asked.
    for _ in range(3):
        desk.later(hours=13)
        desk.poll()
    assert [one.state for one in desk.layouts()] == [LayoutState.UNDONE]
    assert "draft" in desk.told()
    # The site goes back: each is read once, first seen when it was first seen.
    desk.site.redesign = None
    desk.later(minutes=10)
    desk.poll()
    assert {one: first_seen(desk, one) for one in new} == seen
    assert desk.waiting() == []
    desk.is_well()


def published(desk: Redesigned) -> dict[str, bytes]:
    """What stands in the feeds' folder, but for compressed copies, and the page that shows
    when the status feed changed."""
    found = desk.published().items()
    return {name: data for name, (data, _) in found if not name.endswith((".gz", "index.html"))}


def publish_all(desk: Redesigned) -> None:
    archive = desk.archive()
    with archive.writing(desk.now):
        publish(desk.config, archive, desk.now, None)
    archive.close()


def test_a_second_redesign_is_learned_too_and_the_old_pages_read(learned: Redesigned) -> None:
    learned.later(days=1)
    learned.site.redesign = "wrapped"
    second = [replace(one, status=Status.OPEN) for one in fresh(9)[5:]]
    for one in second:
        learned.site.publish(one)
    for _ in range(3):
        learned.later(minutes=10)
        learned.poll()
    assert {one.id for one in second} <= set(learned.ids())
    assert [one.number for one in learned.layouts()] == [1, 2]
    later = [replace(one, status=Status.OPEN) for one in fresh(12)[9:]]
    for one, name, layout in zip(later, (None, "renamed", "wrapped"), (None, 1, 2), strict=True):
        learned.site.redesign = name
        learned.site.publish(one)
        learned.later(minutes=10)
        learned.poll()
        archive = learned.archive()
        record = archive.get(one.id)
        archive.close()
        assert record is not None, name
        assert number_of(record) == layout
    learned.is_well()


def test_a_damaged_layout_stops_nothing(learned: Redesigned) -> None:
    path = learned.folder / "archive/layouts/0001.yaml"
    data = path.read_bytes()
    path.write_bytes(data.replace(b"adopted", b"undone!"))
    learned.later(minutes=10)
    learned.site.redesign = None
    learned.site.publish(fresh(6)[-1])
    outcome = learned.poll()
    assert outcome.sections[0].new == 1
    assert str(path) in learned.told()["archive"]
    path.write_bytes(data)
    learned.later(minutes=10)
    learned.poll()
    assert "archive" not in learned.told()
    learned.is_well()


def test_what_is_read_again_from_raw_pages_is_what_it_was(learned: Redesigned) -> None:
    """The pages that a layout was learned from are no news of their articles, also when the
    layout is undone."""
    kept = records(learned)
    for undone in (False, True):
        archive = learned.archive()
        with archive.writing(learned.now):
            if undone:
                (one,) = archive.learned.whole(lambda error: None)
                layouts.take_back(archive, one, LayoutState.UNDONE, learned.now)
            outcome = reparse(learned.config, archive, learned.now)
        archive.close()
        assert (outcome.mended, outcome.added, outcome.damaged) == (0, 0, [])
        assert len(outcome.failed) == (5 if undone else 0)
        assert records(learned).items() <= kept.items()
    learned.is_well()


def test_what_is_held_while_a_layout_is_new_names_its_reason(learned: Redesigned) -> None:
    odd = fresh(6)[-1]
    box = '<div class="promo-box"><span>오늘의 특가</span></div>'
    learned.site.publish(replace(odd, body=(*odd.body[:2], box, *odd.body[2:]), status=Status.OPEN))
    learned.later(minutes=10)
    outcome = learned.poll()
    assert outcome.sections[0].failed == 1
    assert learned.waiting() == [odd.id]
    # Nor does anybody else read it, who reads the raw pages again.
    archive = learned.archive()
    with archive.writing(learned.now):
        again = reparse(learned.config, archive, learned.now)
    archive.close()
    assert (again.added, again.mended, set(again.failed)) == (0, 0, {odd.id})
    learned.later(hours=2)
    learned.poll()
    assert re.search("unknown block div.v.-box-promo", learned.told()["articles"])
    learned.is_well()
    # Once it is proven it is believed.
    for _ in range(12):
        learned.later(minutes=10)
        learned.poll()
    assert not learned.layouts()[0].is_new
    assert learned.waiting() == []


def test_a_text_that_several_new_articles_share_holds_them(learned: Redesigned) -> None:
    box = "<p>지금 구독하면 한 달 동안 모든 기사를 무료로 볼 수 있습니다.</p>"
    two = [replace(one, body=(*one.body, box), status=Status.OPEN) for one in fresh(7)[5:]]
    for one in two:
        learned.site.publish(one)
    learned.later(minutes=10)
    assert learned.poll().sections[0].failed == len(two)
    assert set(learned.waiting()) == {one.id for one in two}
    assert not {one.id for one in two} & set(learned.ids())
    for _ in range(2):
        learned.later(hours=2)
        assert learned.poll().sections[0].failed == len(two)
    assert "2 new pages share a text that the archive does not have" in learned.told()["articles"]
    learned.is_well()


def test_the_journal_tells_what_became_of_a_layout(learned: Redesigned) -> None:
    archive = learned.archive()
    with archive.writing(learned.now):
        (kept,) = archive.learned.whole(lambda error: None)
        layouts.take_back(archive, kept, LayoutState.UNDONE, learned.now)
    archive.close()
    told = [line for line in lines(learned.folder / "archive") if line["event"] == "layout"]
    assert [line["id"] for line in told] == [1, 1, 1]
    assert [line["digest"] == line["file"] for line in told] == [True, False, False]
