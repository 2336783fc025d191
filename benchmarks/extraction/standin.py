"""Pages of the stand-in with their truth: its sample articles, and variations of them.

In: how many.  Out: cases.  The knobs of ``StandInArticle`` are drawn anew for each.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Any

from benchmarks.extraction.truth import Case, captions_of, lines_of, rows_of
from feedsvc.demo import chrome
from feedsvc.demo.pages import body_blocks, dateline
from feedsvc.model import FetchedPage, Status
from feedsvc.site import KST
from tests.standin import OLDER, House, StandIn, StandInArticle
from tests.standin.houses import PLACEHOLDER, shown_blocks

_NEVER = (PLACEHOLDER, "관련종목", "미리보기 클립", "related_article_sample")
NOW = datetime(2026, 3, 10, 18, 0, tzinfo=KST)


def standin_cases(count: int, house: House = "today") -> list[Case]:
    """So many pages of a house: the samples as they are, then variations of them."""
    samples = StandIn.demo(NOW).articles
    cases: list[Case] = []
    turn = 0
    while len(cases) < count:
        random = Random(turn)
        made, older = list(samples), OLDER
        if turn:
            made = [_varied(one, random) for one in samples]
            older = frozenset(one.id for one in made if random.random() < 0.25)
        site = StandIn(made, now=lambda: NOW)
        site.house, site.older = house, older
        cases += [_case(site, one, turn, made, house) for one in made[: count - len(cases)]]
        turn += 1
    return cases


def _varied(article: StandInArticle, random: Random) -> StandInArticle:
    status = random.choice((*Status, Status.OPEN))
    body = article.body
    if random.random() < 0.2:
        body = body[: random.choice((1, 1, 2))]
    places = range(1, len(body))
    split = sorted(random.sample(places, min(len(places), random.choice((0, 1, 2)))))
    plus = article.published_at - timedelta(days=1)
    changes: dict[str, Any] = {
        "body": body,
        "status": status,
        "plus_first_at": plus if status is Status.PLUS_FIRST else None,
        "teaser": random.choice((0, 1, 1, 2, 3)) if status.locked else random.choice((1, 2)),
        "split": tuple(split),
        "dateline": random.choice(("plain", "bold", "email", "joint", "own-block", "none")),
        "filler": random.choice(("br", "nbsp", "none")),
        "notice": random.choice(("prime-msg", "paragraph")),
        "copyright_at": random.choice(("foot", "paragraph")),
        "json_ld": random.random() < 0.5,
        "subtitle": article.subtitle if random.random() < 0.5 else "",
    }
    varied = replace(article, **changes)
    if status is Status.UNKNOWN and not _ends_open(varied):
        # It breaks off in a paragraph: a picture or a table shows no cut.
        return replace(varied, status=Status.OPEN)
    return varied


def _ends_open(article: StandInArticle) -> bool:
    blocks = body_blocks(article)
    return bool(blocks) and blocks[-1].endswith("…</p>")


def _undated(lines: tuple[str, ...], line: str) -> tuple[str, ...]:
    """The lines without the dateline that the page set in, which decides where it cuts."""
    for at, one in enumerate(lines):
        if line and one.startswith(line):
            rest = one.removeprefix(line).strip()
            return (*lines[:at], *((rest,) if rest else ()), *lines[at + 1 :])
    return lines


def _captions(blocks: list[str]) -> tuple[str, ...]:
    """Those of the blocks, and a paragraph below an image that names the image's source."""
    below = [
        line
        for above, block in pairwise(blocks)
        for line in lines_of(block)
        if "<img" in above and not lines_of(above) and block.startswith("<p") and "(사진=" in line
    ]
    return (*captions_of("".join(blocks)), *below)


def _case(
    site: StandIn, article: StandInArticle, turn: int, all_: list[StandInArticle], house: House
) -> Case:
    answer = site.respond("GET", f"/articles/{article.id}")
    url = f"https://dealsite.co.kr/articles/{article.id}"
    page = FetchedPage(url, url, 200, "OK", answer.headers, answer.body, NOW)
    older = article.id in site.older
    if older:
        house = "today"
    blocks = shown_blocks(article, house)
    lines = _undated(lines_of("".join(blocks)), " ".join(lines_of(dateline(article))))
    text = "".join(lines)
    around = [one.title for one in all_ if one.id != article.id and one.title not in text]
    told = {key: getattr(article, key) for key in ("status", "dateline", "split")}
    return Case(
        page, article.title, article.subtitle, article.reporters, article.published_at,
        article.status, lines,
        (chrome.COPYRIGHT, chrome.MEMBERS_TEXT, "관련기사 more", *_NEVER, *around),
        f"stand-in {article.id}, turn {turn}, {older=}: {told}", house=house,
        captions=_captions(blocks), rows=rows_of("".join(blocks)),
    )  # fmt: skip
