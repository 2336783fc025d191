"""Days as people say them, in Korean and in English.

In: a day, today.  Out: words.  All days are Korean.
"""

from __future__ import annotations

from datetime import date, timedelta

_WEEKDAYS = {"ko": "월화수목금토일", "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")}
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August"),
    *("September", "October", "November", "December"),
)


def day_name(day: date, today: date, language: str) -> str:
    """``오늘 11월 25일 (수)``, ``2024년 11월 25일 (월)``; ``Today, Wed 25 November``."""
    weekday = _WEEKDAYS[language][day.weekday()]
    if language == "ko":
        said = f"{day.month}월 {day.day}일 ({weekday})"
        near = {today: "오늘 ", today - timedelta(days=1): "어제 "}.get(day, "")
        return near + said if near or day.year == today.year else f"{day.year}년 {said}"
    said = f"{weekday} {day.day} {_MONTHS[day.month - 1]}"
    near = {today: "Today, ", today - timedelta(days=1): "Yesterday, "}.get(day, "")
    return near + said if near or day.year == today.year else f"{said} {day.year}"


def month_name(year: int, month: int, language: str) -> str:
    return f"{year}년 {month}월" if language == "ko" else f"{_MONTHS[month - 1]} {year}"
