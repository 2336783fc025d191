"""The sample articles: invented news, read from ``texts/*.txt``.

In: the time at which the newest of them has just come out.  Out: articles.
Each story begins with a line ``=== headline`` and fields ``name: value``; an
empty line ends them; the body is in the markup of ``blocks``.  The fields:

``by`` reporters, ``in`` section codes, ``sub`` sub-headline, ``key`` keywords
(lists are comma-separated), ``status`` (``members-only 2``: two blocks show),
``plus`` minutes between the sale on Dealsite Plus and the release, ``series``,
``split`` blocks, ``related`` how many of the earlier stories are linked, the most akin,
``at`` an absolute KST time in place of the even spread, and the article's own
``dateline``, ``filler``, ``notice``, ``copyright_at``, ``reporter_title``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from importlib.resources import files
from typing import Any

from feedsvc.demo.articles import RelatedLink, StandInArticle
from feedsvc.demo.blocks import parse_blocks
from feedsvc.model import Status
from feedsvc.site import KST

_FILES = ("industry", "finance", "securities", "mna", "alternative", "series")
_PLAIN = {"dateline", "filler", "notice", "copyright_at", "reporter_title", "series"}
_FIRST_ID = 166095
_APART = timedelta(minutes=83)


@dataclass(frozen=True, slots=True)
class Story:
    """A story as it stands in its file."""

    title: str
    fields: tuple[tuple[str, str], ...]
    body: tuple[str, ...]


def sample_articles(now: datetime) -> tuple[StandInArticle, ...]:
    """The sample articles, newest first: spread over the days before ``now`` (aware), of
    every access status."""
    return arranged(stories(), now)


def arranged(files: Sequence[Sequence[Story]], now: datetime) -> tuple[StandInArticle, ...]:
    """The articles of some files of stories, newest first."""
    moment = now.astimezone(KST).replace(microsecond=0) - timedelta(minutes=7)
    mixed = _mixed(files)
    articles: list[StandInArticle] = []
    for number, story in enumerate(reversed(mixed)):
        back = len(mixed) - 1 - number
        published = moment - back * _APART - timedelta(seconds=back * 37 % 60)
        articles.append(_article(story, _FIRST_ID + 3 * number, published, articles))
    return tuple(sorted(articles, key=lambda a: (a.published_at, a.id), reverse=True))


def _article(
    story: Story, number: int, published: datetime, earlier: list[StandInArticle]
) -> StandInArticle:
    known: dict[str, Any] = {}
    for name, value in story.fields:
        words = tuple(word.strip() for word in value.split(","))
        match name:
            case "by":
                known["reporters"] = words
            case "in":
                known["sections"] = words
            case "sub":
                known["subtitle"] = value
            case "key":
                known["keywords"] = words
            case "split":
                known["split"] = tuple(int(word) for word in words)
            case "status":
                status, _, teaser = value.partition(" ")
                known |= {"status": Status(status), "teaser": int(teaser or 2)}
            case "plus":
                early = published - timedelta(minutes=int(value))
                known["plus_first_at"] = early.replace(second=0)
            case "related":
                known["related"] = tuple(map(RelatedLink, _akin(story, earlier)[-int(value) :]))
            case "at":
                published = datetime.strptime(value, "%Y-%m-%d %H:%M:%S").replace(tzinfo=KST)
            case "id":
                number = int(value)
            case _ if name in _PLAIN:
                known[name] = value
            case _:
                raise ValueError(f"{story.title}: unknown field {name}")
    return StandInArticle(
        id=number, title=story.title, published_at=published, body=story.body,
        json_ld=bool(number % 2), **known,
    )  # fmt: skip


def _akin(story: Story, earlier: list[StandInArticle]) -> list[int]:
    """The ids of earlier articles, those that share the most words with a story last."""
    fields = dict(story.fields)
    own = _words(story.title, fields.get("key", ""))
    codes = set(fields.get("in", "").replace(",", " ").split())

    def near(one: StandInArticle) -> tuple[int, bool]:
        return len(own & _words(one.title, *one.keywords)), not codes.isdisjoint(one.sections)

    return [one.id for one in sorted(earlier, key=near)]


def _words(*texts: str) -> set[str]:
    return {word for word in re.findall(r"\w+", " ".join(texts)) if len(word) > 1}


def _mixed(by_file: Sequence[Sequence[Story]]) -> list[Story]:
    """The files' stories in turn, so that neighbours in time differ in kind."""
    longest = max(len(stories) for stories in by_file)
    return [stories[n] for n in range(longest) for stories in by_file if n < len(stories)]


@lru_cache(maxsize=1)
def stories() -> tuple[tuple[Story, ...], ...]:
    """The stories that come with the package, by file."""
    folder = files("feedsvc.demo") / "texts"
    return tuple(read((folder / f"{name}.txt").read_text(encoding="utf-8")) for name in _FILES)


def read(text: str) -> tuple[Story, ...]:
    """The stories of a file."""
    found = []
    for part in f"\n{text}".split("\n=== ")[1:]:
        head, _, body = part.partition("\n\n")
        title, *lines = head.split("\n")
        fields = tuple(
            (name, value.strip()) for name, _, value in (ln.partition(":") for ln in lines)
        )
        found.append(Story(title.strip(), fields, parse_blocks(body)))
    return tuple(found)
