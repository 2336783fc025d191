"""Pages that are made to cost: they cost bounded time, and nothing false is learned."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from benchmarks.relearn.newsroom import NOW, SITE, fetched
from feedsvc import relearn
from feedsvc.model import FetchedPage
from tests.relearn.attempt import Attempt

MANY = "<i>글</i>" * 1_000_000
CLASSES = " ".join(f"k{number}" for number in range(30))
COLLIDING = "".join(
    f'<div class="{CLASSES}" data-a="x" data-b="y" role="z">글 {at}</div>' for at in range(1_500)
)
NESTED = '<div class="k v w">가' * 390 + "</div>" * 390


def spoiled(page: FetchedPage, junk: str) -> FetchedPage:
    return replace(page, body=page.body.replace(b"</body>", junk.encode() + b"</body>"))


@pytest.mark.slow
@pytest.mark.parametrize(("junk", "seconds"), [(MANY, 60), (COLLIDING, 90), (NESTED, 60)])
def test_hostile_pages_cost_bounded_time(junk: str, seconds: float) -> None:
    attempt = Attempt("renamed")
    pages = {one.id: fetched(attempt.site, f"/articles/{one.id}") for one in attempt.records}
    pages = {number: spoiled(page, junk) for number, page in pages.items()}
    began = time.process_time()
    while (number := attempt.asking.next()) is not None:
        attempt.asking.answer(number, pages[number])
    by_id = {one.id: one for one in attempt.records}
    listing = spoiled(attempt.listing(), junk)
    draft = relearn.learn(attempt.asking.known, [listing], by_id, SITE, NOW, number=1)
    assert time.process_time() - began < seconds
    assert attempt.asking.requests <= relearn.MOST
    if junk is MANY:
        assert not attempt.asking.known
        assert "tags" in next(iter(attempt.asking.aside.values()))
        assert draft.refused is not None
    else:
        # The junk says nothing: what is learned reads the honest pages, or nothing is.
        assert draft.layout is not None
        assert draft.refused or not attempt.judged(draft.layout)["wrong"]
