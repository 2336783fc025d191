"""Articles of every aspect, drawn from a seed, and the records that the archive keeps of them.

In: a seed, how many.  Out: articles for the stand-in, records as a poll would keep them.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from benchmarks.extraction.wording import NAMES, headline, paragraph, sentence
from feedsvc import parse
from feedsvc.dedup import compare
from feedsvc.model import FetchedPage, Record, Status
from feedsvc.site import KST, Site
from tests.standin import RelatedLink, StandIn, StandInArticle, parse_blocks

NOW = datetime(2026, 11, 20, 18, 0, tzinfo=KST)
SITE = Site.at("https://dealsite.co.kr")
FIRST_ID = 160_000
_STATUSES = {
    Status.OPEN: 64,
    Status.PLUS_FIRST: 14,
    Status.SOON_FREE: 9,
    Status.MEMBERS_ONLY: 8,
    Status.PLUS_ONLY: 5,
}
_CODES = ("068000", "083000", "089000", "080000", "075033")
_WORDS = (
    "합병",
    "전환사채",
    "반도체",
    "조선",
    "바이오",
    "회사채",
    "리츠",
    "공모주",
    "배당",
    "승계",
)


def articles(seed: int, count: int) -> list[StandInArticle]:
    """So many articles, newest last, about half an hour apart."""
    random = Random(f"relearn {seed}")
    made: list[StandInArticle] = []
    for number in range(count):
        at = NOW - timedelta(minutes=31 * (count - number), seconds=random.randrange(60))
        made.append(_article(random, FIRST_ID + 2 * number, at, made))
    return made


def _article(
    random: Random, number: int, at: datetime, before: list[StandInArticle]
) -> StandInArticle:
    status = random.choices(list(_STATUSES), list(_STATUSES.values()))[0]
    body = parse_blocks("\n\n".join(_blocks(random, number)))
    some = random.sample(before, min(len(before), random.choice((0, 0, 1, 2, 3))))
    plus = status is Status.PLUS_FIRST or (status.locked and random.random() < 0.3)
    return StandInArticle(
        id=number,
        title=f"{headline(random)} {number}",
        published_at=at,
        body=body,
        subtitle=sentence(random).rstrip(".") if random.random() < 0.7 else "",
        reporters=tuple(random.sample(NAMES, random.choice((0, 1, 1, 1, 1, 2, 3)))),
        sections=tuple(random.sample(_CODES, random.choice((1, 1, 2)))),
        status=status,
        teaser=random.choice((1, 2, 2)),
        plus_first_at=(at - timedelta(hours=3)).replace(second=0) if plus else None,
        keywords=tuple(random.sample(_WORDS, random.choice((0, 1, 2, 3)))),
        split=_split(random, len(body)),
        related=tuple(RelatedLink(one.id, one.title) for one in some),
        dateline=random.choice(("plain", "plain", "bold", "email", "joint", "own-block", "none")),
        filler=random.choice(("br", "nbsp", "none")),
        copyright_at=random.choice(("foot", "foot", "paragraph")),
        json_ld=random.random() < 0.8,
    )


def _split(random: Random, blocks: int) -> tuple[int, ...]:
    """Where another part of the text begins: most texts have one part or two."""
    parts = random.choices((1, 2, 3), (66, 32, 2))[0]
    return tuple(sorted(random.sample(range(1, blocks), min(parts, blocks) - 1)))


def _blocks(random: Random, number: int) -> list[str]:
    blocks = []
    if random.random() < 0.5:
        blocks.append(f"!figure {number}/1.jpg | {sentence(random).rstrip('.')[:40]} (사진=본사)")
    for place in range(random.randint(3, 8)):
        blocks.append(paragraph(random).replace("\n", " "))
        if place == 0 or random.random() < 0.75:
            continue
        short = " ".join(sentence(random).split()[:4])
        blocks.append(
            random.choice(
                (
                    f"### {short}",
                    f"- {sentence(random)}\n- {sentence(random)}",
                    f"| 구분 | {short} |\n| 합계 | {random.randint(10, 9999)} |",
                    f"> {sentence(random)}",
                    f"!figure {number}/{place + 2}.jpg | {short} 전경 (사진=본사)",
                    f"!video https://www.youtube.com/embed/abcdefgh{place:03d}",
                )
            )
        )
    return blocks


def fetched(site: StandIn, path: str) -> FetchedPage:
    """A page of the stand-in as a poll would fetch it."""
    answer = site.respond("GET", path)
    url = f"{SITE.base_url}{path}"
    return FetchedPage(url, url, answer.status, "OK", answer.headers, answer.body, NOW)


def kept(site: StandIn, number: int) -> Record:
    """What a poll keeps of an article of the stand-in."""
    article = parse.article(fetched(site, f"/articles/{number}"), SITE, NOW)
    return compare(None, article, now=article.published_at).record
