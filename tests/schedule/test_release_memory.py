"""What a poll leaves behind is let go of."""

from __future__ import annotations

import ctypes
import weakref

import pytest

from feedsvc.schedule import release_memory


class Ring:
    """Refers to itself, as trees of elements do."""

    def __init__(self) -> None:
        self.itself = self


@pytest.mark.slow
def test_what_is_left_in_cycles_is_collected() -> None:
    left = weakref.ref(Ring())
    release_memory.give_back()
    assert left() is None


@pytest.mark.slow
def test_a_system_without_the_call_does_without(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(name: str | None) -> object:
        return object()

    monkeypatch.setattr(ctypes, "CDLL", none)
    left = weakref.ref(Ring())
    release_memory.give_back()
    assert left() is None
