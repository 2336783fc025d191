"""The daemon as it is in a process of its own."""

from __future__ import annotations

import pytest

from feedsvc.schedule import daemon


@pytest.fixture(autouse=True)
def _small_heap(monkeypatch: pytest.MonkeyPatch) -> None:
    """To collect after each poll takes milliseconds in a daemon, and far longer among
    all that the test run holds; ``test_trim.py`` tests it."""
    monkeypatch.setattr(daemon, "give_back", lambda: None)
