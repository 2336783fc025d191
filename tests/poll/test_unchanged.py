"""Changes that a reader would not call a change are none, whole polls long; and the
smallest that a reader would see is one."""

from __future__ import annotations

from typing import Any

import pytest

from tests.poll.desk import Desk, piece

TITLE = '한빛전자 "새 공장" 착공'
SUBTITLE = "'내년' 가동"
BODY = (
    "<p>한빛전자가 새 공장을 지었다. 대표는 \"내년에 '가동'한다\"고 말했다.</p>",
    '<figure class="image"><img src="/upload/a_640x480.jpg" alt="공장" width="640">'
    "<figcaption>새 공장 (사진=한빛전자)</figcaption></figure>",
    '<p>자세한 것은 <a href="https://e.kr/a?b=1" title="공시">공시</a>에 있다.</p>',
    "<table><tr><td>해</td><td>값</td></tr><tr><td>2025</td><td>12</td></tr></table>",
)
pytestmark = pytest.mark.usefixtures("one_section")
KEPT: dict[str, Any] = {"title": TITLE, "subtitle": SUBTITLE, "body": BODY}


@pytest.fixture
def read(desk: Desk) -> Desk:
    desk.site.publish(piece(101, **KEPT))
    desk.poll()
    desk.later(hours=1)
    return desk


def _body(old: str, new: str) -> dict[str, Any]:
    assert any(old in block for block in BODY)
    return {"body": tuple(block.replace(old, new) for block in BODY)}


SAME = {
    "spaces in the headline": {"title": '  한빛전자  "새  공장"\u00a0착공 '},
    "quotation marks in the headline": {"title": "한빛전자 “새 공장” 착공"},
    "corner brackets": {"title": "한빛전자 「새 공장」 착공"},
    "quotation marks in the sub-headline": {"subtitle": "‘내년’ 가동"},
    "quotation marks in the text": _body("\"내년에 '가동'한다\"", "“내년에 ‘가동’한다”"),
    "other languages' quotation marks": _body("\"내년에 '가동'한다\"", "«내년에 ‹가동›한다»"),
    "full-width quotation marks": _body("'가동'", "＇가동＇"),
    "spaces in the text": _body("새 공장을 지었다", "새  공장을\n 지었다"),
    "a non-breaking space": _body("새 공장을", "새&nbsp;공장을"),
    "an empty paragraph": {"body": (BODY[0], "<p>&nbsp;</p>", *BODY[1:])},
    "order of an image's attributes": _body(
        'src="/upload/a_640x480.jpg" alt="공장" width="640"',
        'width="640" alt="공장" src="/upload/a_640x480.jpg"',
    ),
    "order of a link's attributes": _body(
        'href="https://e.kr/a?b=1" title="공시"', 'title="공시" href="https://e.kr/a?b=1"'
    ),
    "an image's width": _body('width="640"', 'width="320" height="240"'),
    "size in an image's name": _body("a_640x480.jpg", "a_300x200.jpg"),
    "size in an image's query": _body("a_640x480.jpg", "a_640x480.jpg?w=300&amp;q=80"),
    "a class": _body("<table>", '<table class="wide" style="color: red">'),
}
OTHER = {
    "a word of the headline": {"title": '한빛전자 "새 공장" 준공'},
    "a number of the text": _body("<td>12</td>", "<td>13</td>"),
    "another link": _body("e.kr/a", "e.kr/b"),
    "another picture": _body("a_640x480.jpg", "b_640x480.jpg"),
    "a caption": _body("사진=한빛전자", "사진=가온전자"),
    "a paragraph gone": {"body": BODY[:-2]},
    "a quotation that is none any more": _body("\"내년에 '가동'한다\"", "내년에 가동한다"),
}


@pytest.mark.one_stands_for_all
@pytest.mark.parametrize("change", SAME.values(), ids=SAME)
@pytest.mark.parametrize("images", [False, True], ids=["", "images"])
def test_what_no_reader_would_call_a_change(
    desk: Desk, change: dict[str, Any], images: bool
) -> None:
    desk.images = images
    desk.site.publish(piece(101, **KEPT))
    desk.poll()
    desk.later(hours=1)
    path = desk.archive().path_of(101)
    before, published = path.read_bytes(), desk.published()
    desk.site.edit(101, **change)
    desk.site.forget_requests()
    desk.poll()
    assert desk.site.count("/articles/101*") == 1
    assert desk.site.count("/upload/*") == 0
    assert desk.journal() == [("added", 101)]
    assert path.read_bytes() == before
    assert desk.published() == published


@pytest.mark.one_stands_for_all
@pytest.mark.parametrize("change", OTHER.values(), ids=OTHER)
def test_what_a_reader_would(read: Desk, change: dict[str, Any]) -> None:
    read.site.edit(101, **change)
    read.poll()
    events = read.journal()
    assert len(events) == 2
    assert events[1][0] in ("revised", "noted")
    record = read.archive().get(101)
    assert record is not None
    assert len(record.revisions) == 1


def test_another_size_in_a_changed_text_keeps_the_copy(desk: Desk) -> None:
    """The record's images go by the addresses that stand in its text."""
    desk.images = True
    desk.site.publish(piece(101, **KEPT))
    desk.poll()
    before = desk.archive().get(101)
    assert before is not None
    desk.later(hours=1)
    body = tuple(block.replace("a_640x480", "a_300x200") for block in BODY)
    desk.site.edit(101, body=(*body, "<p>한 단락이 더 있다.</p>"))
    desk.site.forget_requests()
    desk.poll()
    after = desk.archive().get(101)
    assert after is not None
    assert desk.site.count("/upload/*") == 0
    ((image,), (old,)) = after.images, before.images
    assert image.url == old.url.replace("640x480", "300x200")
    assert image.url in after.body[1]
    assert old.file is not None
    assert image.file == old.file
    (revision,) = after.revisions
    assert revision.changed == ("images", "body")
