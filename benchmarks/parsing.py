"""Articles a second: our parser beside trafilatura, readability-lxml and the limit.

Every sample article of the stand-in, in today's layout, from memory.  The limit is
the tree alone: selectolax parses the page, runs ten selectors and takes the text.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import readability  # type: ignore[import-untyped]  # it has no types
import trafilatura
from selectolax.lexbor import LexborHTMLParser

from benchmarks.measure import Aim, Pairs, Spread, at_least, at_most, in_turns, line, machine
from feedsvc import parse
from feedsvc.model import FetchedPage
from feedsvc.parse.layout import TODAY, any_of
from feedsvc.site import KST, Site
from tests.standin import StandIn

NOW = datetime(2026, 3, 10, 18, 0, tzinfo=KST)
SITE = Site.at("https://dealsite.co.kr")

TEN_SELECTORS = tuple(
    map(
        any_of,
        (
            TODAY.title,
            TODAY.subtitle,
            TODAY.reporters,
            TODAY.published_at,
            TODAY.main,
            TODAY.body,
            TODAY.excluded,
            TODAY.markers,
            TODAY.keywords,
            TODAY.related,
        ),
    )
)
"""Where an article's fields stand: what any parser of these pages has to look for."""

Parser = Callable[[FetchedPage], object]


def pages() -> tuple[FetchedPage, ...]:
    """The pages of all sample articles in today's layout, as a poll would get them."""
    site = StandIn.demo(NOW)
    site.older = ()
    return tuple(_fetched(site, SITE.article_url(one.id), one.id) for one in site.articles)


def _fetched(site: StandIn, url: str, number: int) -> FetchedPage:
    answer = site.respond("GET", f"/articles/{number}")
    return FetchedPage(
        url, url, answer.status, answer.reason, answer.headers, answer.body, fetched_at=NOW
    )


def our_parser(page: FetchedPage) -> object:
    return parse.article(page, SITE, page.fetched_at)


def bare_selectolax(page: FetchedPage) -> object:
    tree = LexborHTMLParser(page.body)
    found = [tree.css(selector) for selector in TEN_SELECTORS]
    return found, tree.text()


def trafilatura_bare(page: FetchedPage) -> object:
    """Text, headline, authors and date, as our own parser reads them."""
    return trafilatura.bare_extraction(page.text, url=page.url, with_metadata=True)


def trafilatura_text(page: FetchedPage) -> object:
    """The text alone: the least that it can be asked for."""
    return trafilatura.extract(page.text)


def readability_lxml(page: FetchedPage) -> object:
    document = readability.Document(page.text, url=page.url)
    return document.title(), document.summary()


def measured(parser: Parser, given: Sequence[FetchedPage], least: float) -> float:
    """Seconds of processor time an article: whole passes over the pages until ``least``
    seconds went by.  Parsing waits for nothing, so on an idle machine that is the time
    by the clock; on a busy one it is not made longer by what else runs."""
    passes = 0
    started = time.process_time()
    while True:
        for page in given:
            parser(page)
        passes += 1
        spent = time.process_time() - started
        if spent >= least:
            return spent / (passes * len(given))


@dataclass(frozen=True, slots=True)
class Other:
    """A parser that ours is compared with, and the aim for how many times as fast we are."""

    name: str
    parser: Parser
    aim: Aim | None = None


OTHERS = (
    Other("trafilatura.extract", trafilatura_text, at_least(20, " x")),
    Other("trafilatura.bare_extraction", trafilatura_bare, at_least(20, " x")),
    Other("readability-lxml", readability_lxml),
)
LIMIT = Other("bare selectolax", bare_selectolax, at_most(2.5, " x"))
LIMIT_ROUNDS = 4
"""The limit is close to our own figure, so that it is measured so many times as often."""


def compared(other: Parser, given: Sequence[FetchedPage], rounds: int, least: float) -> Pairs:
    """Seconds an article of the other parser and of ours."""
    return in_turns(
        lambda: measured(other, given, least),
        lambda: measured(our_parser, given, least),
        rounds,
    )


def rate(spent: Sequence[float]) -> Spread:
    """Articles a second."""
    return Spread.of(1 / one for one in spent)


def main(arguments: Sequence[str] | None = None) -> None:
    options = argparse.ArgumentParser(prog="benchmarks.parsing", description=__doc__)
    options.add_argument("--rounds", type=int, default=5, help="pairs measured (default: 5)")
    options.add_argument("--pages", type=int, help="only so many pages")
    options.add_argument(
        "--least", type=float, default=0.2, help="seconds a figure is taken over (default: 0.2)"
    )
    chosen = options.parse_args(arguments)
    given = pages()[: chosen.pages]

    machine()
    size = sum(len(page.body) for page in given) / len(given)
    print(f"{len(given)} articles, {size / 1000:.0f} KB a page, from memory, processor time\n")
    limit = compared(LIMIT.parser, given, chosen.rounds * LIMIT_ROUNDS, chosen.least)
    line(LIMIT.name, rate(limit.first), " articles/s")
    line("feedsvc.parse.article", rate(limit.second), " articles/s")
    found = []
    for other in OTHERS:
        pairs = compared(other.parser, given, chosen.rounds, chosen.least)
        line(other.name, rate(pairs.first), " articles/s")
        found.append(pairs.ratios)
    print()
    for other, times in zip(OTHERS, found, strict=True):
        line(f"as fast as {other.name}", times, " x", other.aim)
    line(f"as long as {LIMIT.name}", limit.turned.ratios, " x", LIMIT.aim)


if __name__ == "__main__":
    main()
