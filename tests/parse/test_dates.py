from datetime import datetime

import pytest

from feedsvc.parse.dates import machine_time, read_time, shown_time
from feedsvc.site import KST
from tests.parse.pages import NOW


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=KST)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("text", "now", "expected"),
    [
        ("2026.03.10 17:00:28", NOW, at(2026, 3, 10, 17, 0, 28)),
        ("2026.03.09 17:49", NOW, at(2026, 3, 9, 17, 49)),
        ("2025-06-17 08:30:00", NOW, at(2025, 6, 17, 8, 30)),
        ("입력 2026.03.09 17:49 수정 2026.03.10 01:00", NOW, at(2026, 3, 9, 17, 49)),
        ("2026년 3월 9일 오후 2시 05분", NOW, at(2026, 3, 9, 14, 5)),
        ("2026.03.09 (월) 오전 12:10", NOW, at(2026, 3, 9, 0, 10)),
        ("2026.03.09", NOW, at(2026, 3, 9)),
        ("03-09 09:27", NOW, at(2026, 3, 9, 9, 27)),
        ("03-11 17:59", NOW, at(2026, 3, 11, 17, 59)),
        ("03-11 18:01", NOW, at(2025, 3, 11, 18, 1)),
        ("12-31 23:50", at(2026, 1, 1, 0, 5), at(2025, 12, 31, 23, 50)),
        ("01-01 00:10", at(2025, 12, 31, 23, 59), at(2026, 1, 1, 0, 10)),
        ("02-29 10:00", at(2027, 1, 1), at(2024, 2, 29, 10, 0)),
        ("2026.03.11 18:00:01", NOW, None),
        ("2026.13.01 10:00", NOW, None),
        ("13-40 10:00", NOW, None),
        ("어제", NOW, None),
        ("", NOW, None),
    ],
)
def test_every_form_of_time(text: str, now: datetime, expected: datetime | None) -> None:
    assert shown_time(text, now, KST) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-10T08:00:28Z", at(2026, 3, 10, 17, 0, 28)),
        ("2026-03-10T17:00:28", at(2026, 3, 10, 17, 0, 28)),
        ("2026-03-10T17:00:28+09:00", at(2026, 3, 10, 17, 0, 28)),
        ("2026.03.10 17:00", at(2026, 3, 10, 17, 0)),
        ("2030-01-01T00:00:00+09:00", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("soon", None),
    ],
)
def test_times_of_metadata(text: str, expected: datetime | None) -> None:
    assert machine_time(text, NOW, KST) == expected


@pytest.mark.parametrize(
    ("text", "expected", "sure"),
    [
        ("2026.03.10 17:00:28", at(2026, 3, 10, 17, 0, 28), True),
        ("2026.03.09", at(2026, 3, 9), False),
        ("03-09 09:27", at(2026, 3, 9, 9, 27), False),
        ("03-09", at(2026, 3, 9), False),
        ("3월 9일 09:27", at(2026, 3, 9, 9, 27), False),
        ("3월 9일", at(2026, 3, 9), False),
        ("12-31", at(2025, 12, 31), False),
        ("방금", at(2026, 3, 10, 18, 0), False),
        ("방금 전", at(2026, 3, 10, 18, 0), False),
        ("조금 전", at(2026, 3, 10, 18, 0), False),
        ("30초 전", at(2026, 3, 10, 17, 59, 30), False),
        ("5분 전", at(2026, 3, 10, 17, 55), False),
        ("5분전", at(2026, 3, 10, 17, 55), False),
        ("2시간 전", at(2026, 3, 10, 16, 0), False),
        ("3일 전", at(2026, 3, 7, 18, 0), False),
        ("오늘 09:27", at(2026, 3, 10, 9, 27), False),
        ("어제 09:27", at(2026, 3, 9, 9, 27), False),
        ("어제 오후 9:27", at(2026, 3, 9, 21, 27), False),
        ("그제 09:27:05", at(2026, 3, 8, 9, 27, 5), False),
        ("김가영 기자 5분 전", at(2026, 3, 10, 17, 55), False),
        ("2026.03.09 PM 05:49", at(2026, 3, 9, 17, 49), True),
        ("2026.03.09 05:49:10 pm", at(2026, 3, 9, 17, 49, 10), True),
        ("2026.03.09 12:05 AM", at(2026, 3, 9, 0, 5), True),
        ("2026.03.09 | 17:49", at(2026, 3, 9, 17, 49), True),
        ("2026.03.09 24:00", at(2026, 3, 10), True),
        ("2026년 3월 9일 월요일 17시", at(2026, 3, 9, 17), True),
        ("26.03.09 17:49", at(2026, 3, 9, 17, 49), True),
        ("20260309174910", at(2026, 3, 9, 17, 49, 10), True),
        ("2026-03-09T08:49:00Z", at(2026, 3, 9, 17, 49), True),
        ("2026-03-09 08:49:00.5+0000", at(2026, 3, 9, 17, 49, 0, 500_000), True),
        ("2026.03.09 17:49-19:00", at(2026, 3, 9, 17, 49), True),
        ("수정 2026.03.10 01:00 입력 2026.03.09 17:49", at(2026, 3, 9, 17, 49), True),
        ("수정 2026.03.10 01:00", at(2026, 3, 10, 1, 0), True),
        ("3월 9일 오후 2:27", at(2026, 3, 9, 14, 27), False),
        ("3월 9일 9시 27분", at(2026, 3, 9, 9, 27), False),
        ("방금전", at(2026, 3, 10, 18, 0), False),
        ("한 시간 전", at(2026, 3, 10, 17, 0), False),
        ("하루 전", at(2026, 3, 9, 18, 0), False),
        ("1주 전", at(2026, 3, 3, 18, 0), False),
        ("어제", at(2026, 3, 9), False),
        ("어제 오후 9시 27분", at(2026, 3, 9, 21, 27), False),
        ("09:27", at(2026, 3, 10, 9, 27), False),
        ("김가영 기자 오전 9:27", at(2026, 3, 10, 9, 27), False),
        ("23:50", at(2026, 3, 9, 23, 50), False),
        ("어제의 기사", None, False),
        ("Mar 9, 2026 17:49", None, False),
        ("3:2로 이겼다", None, False),
        ("전날 9건", None, False),
        ("회전 5분 전력", None, False),
        ("어제 25:99", None, False),
        ("1.5.3.2", None, False),
        ("", None, False),
    ],
)
def test_times_where_a_time_belongs(text: str, expected: datetime | None, sure: bool) -> None:
    """[guess]: relative times and days alone; they tell another time when read again."""
    found = read_time(text, NOW, KST, alone=True)
    assert (found.at if found else None, found is not None and found.sure) == (expected, sure)


def test_a_text_is_no_time() -> None:
    for text in ("5분 전", "03-09", "어제 09:27", "8-9월", "09:27", "어제", "26.03.09", "20260309"):
        assert shown_time(text, NOW, KST) is None
