"""Differences: what went, what came, and nothing that runs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from feedsvc.model import Json, Record, Status
from feedsvc.revisions import block_difference, changed_blocks, changes, text_difference
from tests.feeds.conftest import NOW, access, make_record, revision


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        ("가 나 다", "가 나 다", "가 나 다"),
        ("가 나 다", "가 라 다", "가 <del>나</del><ins>라</ins> 다"),
        ("", "가", "<ins>가</ins>"),
        ("가", "", "<del>가</del>"),
        ("a <b> c", "a <i> c", "a <del>&lt;b&gt;</del><ins>&lt;i&gt;</ins> c"),
    ],
)
def test_words(before: str, after: str, shown: str) -> None:
    assert text_difference(before, after) == shown


def test_a_block_that_stayed_is_shown_as_it_is() -> None:
    table = "<table><tr><td>1</td></tr></table>"
    assert block_difference(["<p>가</p>", table], ["<p>나</p>", table]).endswith(table)


def test_blocks_with_nothing_in_common_are_gone_and_new() -> None:
    assert block_difference(["<p>가 나</p>"], ["<p>다 라</p>"]) == (
        "<p><ins>다 라</ins></p>\n<p><del>가 나</del></p>"
    )


def test_an_image_that_changed_is_shown_whole() -> None:
    old, new = (
        '<figure><img src="https://a/1"></figure>',
        '<figure><img src="https://a/2"></figure>',
    )
    assert block_difference([old], [new]) == f"<ins>{new}</ins>\n<del>{old}</del>"


def test_blocks_before_the_one_that_changed_are_gone() -> None:
    old = ["<p>하나 둘 셋</p>", "<p>가 나 다 라</p>", "<p>끝 끝 끝</p>"]
    assert block_difference(old, ["<p>가 나 다 마</p>"]) == (
        "<p><del>하나 둘 셋</del></p>\n"
        "<p>가 나 다 <del>라</del><ins>마</ins></p>\n"
        "<p><del>끝 끝 끝</del></p>"
    )


def test_a_very_long_paragraph_is_shown_whole() -> None:
    old, new = " ".join(["가"] * 2100), " ".join(["나"] * 2100)
    assert text_difference(old, new) == f"<del>{old}</del><ins>{new}</ins>"
    assert "<ins>" in block_difference([f"<p>{old}</p>"], [f"<p>{new}</p>"])


def test_changes_are_numbered_by_revision_and_read_back_in_order() -> None:
    record = make_record(
        1,
        title="셋",
        revisions=(
            revision(NOW, title="하나"),
            revision(NOW, keywords=["가"]),
            revision(NOW, title="둘", subtitle="옛"),
        ),
    )
    found = changes(record)
    assert [change.number for change in found] == [1, 3]
    assert [(change.before.title, change.after.title) for change in found] == [
        ("하나", "둘"),
        ("둘", "셋"),
    ]
    assert [change.after.subtitle for change in found] == ["옛", "부제 1"]


def _released() -> Record:
    return make_record(
        1,
        access=access(Status.OPEN, released_at=NOW),
        revisions=(revision(NOW, access={"status": "soon-free"}, body=["<p>앞</p>"]),),
    )


def test_a_release_is_no_revision() -> None:
    assert changes(_released()) == ()


def test_an_edit_in_the_second_of_a_release_is_a_revision() -> None:
    edit, keep = revision(NOW, title="옛 제목"), revision(NOW, body=["<p>앞</p>"])
    locked = revision(NOW, access={"status": "open", "locked": False})
    for before in ((_released().revisions[0],), (keep,), (locked, keep)):
        record = replace(_released(), revisions=(*before, edit))
        assert [change.number for change in changes(record)] == [len(before) + 1]


def test_a_lock_that_comes_later_is_a_revision_when_the_text_changed() -> None:
    record = replace(
        _released(),
        access=access(Status.PLUS_ONLY),
        revisions=(revision(NOW, access={"status": "open"}, body=["<p>앞</p>"]),),
    )
    assert [change.number for change in changes(record)] == [1]


def test_markup_and_spaces_alone_are_no_revision() -> None:
    body: Json = ["<p><b>본문 1</b> 첫   문단.</p>", "<p>둘째 문단 굵게 &amp; 끝.</p>"]
    assert changes(make_record(1, revisions=(revision(NOW, body=body),))) == ()


def test_only_what_changed_is_shown_with_a_block_around_it() -> None:
    before = tuple(f"<p>단락 {number}</p>" for number in range(12))
    after = (*before[:3], "<p>단락 3 고침</p>", *before[4:10], before[11])
    shown = changed_blocks(before, after, "<hr>").split("\n")
    assert shown == [
        "<hr>", "<p>단락 2</p>", "<p>단락 3<ins> 고침</ins></p>", "<p>단락 4</p>", "<hr>",
        "<p>단락 9</p>", "<p><del>단락 10</del></p>", "<p>단락 11</p>",
    ]  # fmt: skip
    assert changed_blocks(before, before, "<hr>") == "<hr>"
    assert changed_blocks((), before[:2], "<hr>").count("<ins>") == 2
    whole = block_difference(before, after).split("\n")
    assert [one for one in shown if one != "<hr>"] == [one for one in whole if one in shown]
