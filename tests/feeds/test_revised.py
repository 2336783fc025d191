"""``revised.*``: each entry is as it was after its change, for good."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

from feedsvc.model import Record, Status
from feedsvc.recordjson import as_json
from feedsvc.revisions import teaser
from tests.feeds.conftest import NOW, Desk, access, make_record, revision


def entries(desk: Desk) -> dict[str, Any]:
    items = json.loads(desk.read("revised.json"))["items"]
    return {one["id"].rpartition("#")[2]: one for one in items}


def edited(record: Record, hours: int, **changes: Any) -> Record:
    """The record after a change, with the revision that the archive would keep."""
    old = {key: as_json(record)[key] for key in changes}
    made = revision(NOW - timedelta(hours=24 - hours), **old)
    return replace(record, **changes, revisions=(*record.revisions, made))


def test_later_changes_do_not_rewrite_earlier_entries(desk: Desk) -> None:
    record = make_record(1, title="하나", subtitle="부제")
    shown: dict[str, Any] = {}
    steps: tuple[dict[str, Any], ...] = (
        {"body": ("<p>고친 본문.</p>",)},
        {"title": "둘", "reporters": ("박준우",)},
        {"subtitle": "새 부제", "keywords": ("다른",), "images": ()},
        {"access": access(Status.MEMBERS_ONLY), "body": ("<p>잠긴 앞부분.</p>",)},
        {"published_at": record.published_at + timedelta(minutes=5), "title": "셋"},
    )
    for hours, changes in enumerate(steps):
        record = edited(record, hours, **changes)
        desk.shelf.put(record)
        assert desk.publish(changed=[record] if hours else None).problems == ()
        now = entries(desk)
        assert shown.items() <= now.items()
        assert len(now) == hours + 1
        shown = now
    assert [shown[f"r{n}"]["title"] for n in range(1, 6)] == [
        "하나", "둘", "둘", "[회원전용] 둘", "[회원전용] 셋",
    ]  # fmt: skip
    assert shown["r1"]["authors"] == [{"name": "김하나"}, {"name": "이두리"}]
    assert shown["r2"]["summary"] == "부제"
    assert "image" in shown["r2"]
    assert "image" not in shown["r3"]
    assert 'class="access"' not in shown["r3"]["content_html"]
    assert 'class="access"' in shown["r4"]["content_html"]
    # Built from nothing it reads the same.
    before = desk.read("revised.atom")
    desk.publish()
    assert desk.read("revised.atom") == before


def test_an_old_value_that_nobody_reads_any_more_costs_no_entry(desk: Desk) -> None:
    strange = revision(NOW, title="하나", access={"status": "another"})
    desk.shelf.put(make_record(1, title="둘", revisions=(revision(NOW, title="영"), strange)))
    assert desk.publish().problems == ()
    assert entries(desk)["r1"]["title"] == "하나"


def test_of_a_members_states_the_beginning_is_shown() -> None:
    """Whatever was a member's stays so when the article is open to all."""
    member = access(Status.MEMBERS_ONLY, seen_as="member")
    record = make_record(1, access=member, body=("<p>앞.</p>", "<p>비밀 하나.</p>"))
    record = edited(record, 1, body=("<p>앞.</p>", "<p>비밀 둘.</p>"))
    assert "비밀" not in str(teaser(record))
    free = edited(record, 2, access=access(Status.OPEN, released_at=NOW))
    free = replace(free, body=("<p>앞.</p>", "<p>모두의 글.</p>"))
    shown = str(teaser(free))
    assert "비밀" not in shown
    assert "모두의 글" in shown
    guest = edited(make_record(2), 1, body=("<p>고침.</p>",))
    assert teaser(guest) is guest
