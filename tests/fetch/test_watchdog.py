"""The limit on a whole request, with one thread for all of them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from feedsvc.fetch.transport_requests import Watchdog


@pytest.fixture
def threads() -> Callable[[], list[threading.Thread]]:
    """The watchdogs of this test: one that another test's transport left may still nap."""
    others = set(threading.enumerate())
    return lambda: [
        one for one in threading.enumerate() if one.name == "watchdog" and one not in others
    ]


def test_a_request_that_lasts_too_long_is_bitten_and_a_quick_one_is_not(
    threads: Callable[[], list[threading.Thread]],
) -> None:
    bitten = threading.Event()
    watchdog = Watchdog(0.05, bitten.set)
    longest = 0.0
    for _ in range(20):
        begun = time.monotonic()
        with watchdog:
            pass
        longest = max(longest, time.monotonic() - begun)
    assert len(threads()) <= 2  # one that is leaving, and one
    assert longest > 0.05 or not bitten.wait(0.15)  # a busy machine may make one of them slow
    with watchdog:
        assert bitten.wait(20)
    watchdog.close()


def test_a_later_request_is_watched_by_the_thread_of_an_earlier() -> None:
    bitten = threading.Event()
    watchdog = Watchdog(0.1, bitten.set)
    with watchdog:
        pass
    with watchdog:
        assert bitten.wait(20)
    watchdog.close()


def test_the_thread_goes_when_there_is_nothing_to_watch(
    threads: Callable[[], list[threading.Thread]],
) -> None:
    watchdog = Watchdog(0.02, lambda: None)
    with watchdog:
        (thread,) = threads()
    thread.join(20)
    assert not thread.is_alive()
