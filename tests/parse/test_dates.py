from datetime import datetime

import pytest

from feedsvc.parse.dates import machine_time, shown_time
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
