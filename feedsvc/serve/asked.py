"""What an address asks of a page: its parameters, each of which is taken or named as wrong.

In: a request's query.  Out: values.  Unknown parameters are left alone, as are empty ones.
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import parse_qsl

from feedsvc import text
from feedsvc.catalogue import question

LONGEST = 200
"""Characters of a value: no more than anybody types."""

MOST_PAGES = 1_000_000

ACCESS = question.ACCESS
"""What ``access`` takes: every status, and two groups of them."""


class Wrong(Exception):
    """A part of the request that says nothing: the name of the parameter, and what it
    takes, in Korean and in English."""

    def __init__(self, part: str, korean: str, english: str) -> None:
        super().__init__(f"{part}: {english}")
        self.part = part
        self.korean = korean
        self.english = english


class Asked:
    """The parameters of an address."""

    def __init__(self, query: bytes) -> None:
        """Raises :class:`Wrong` for one of hundreds of parameters."""
        try:
            # Some programs send what they were given, unencoded.
            pairs = parse_qsl(query.decode("utf-8", "replace"), max_num_fields=50)
        except ValueError:
            raise Wrong("?", "매개변수가 너무 많습니다.", "too many parameters") from None
        self.whole = {key: text.fold(value) for key, value in pairs}
        """The values, clean, however long."""

    def text(self, name: str) -> str:
        """Clean, one line, ``LONGEST`` characters at most; empty where it is not there."""
        return self.whole.get(name, "")[:LONGEST]

    def one_of(self, name: str, known: Iterable[str]) -> str:
        """One of the known values, or nothing.  Raises :class:`Wrong`."""
        value, known = self.text(name), list(known)
        if value and value not in known:
            listed = ", ".join(known)
            raise Wrong(name, f"다음 중 하나여야 합니다: {listed}", f"takes one of {listed}")
        return value

    def page(self) -> int:
        """The page, counted from 1.  Raises :class:`Wrong`."""
        value = self.text("page") or "1"
        if not (value.isascii() and value.isdigit() and 0 < int(value) <= MOST_PAGES):
            raise Wrong("page", "1부터 세는 쪽 번호여야 합니다.", "takes a number from 1")
        return int(value)
