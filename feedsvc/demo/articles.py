"""What the stand-in knows of one article, before it is a page.

In: nothing.  Out: ``StandInArticle``, the truth that a parser's result can be
held against.  Not here: HTML of a page (``pages``), the texts (``samples``).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from html import unescape
from typing import Literal

from feedsvc.model import Status

Dateline = Literal["plain", "bold", "email", "joint", "own-block", "none"]
_TAG = re.compile(r"<[^>]*>")
ROW_PARTS = ("summary", "byline", "time", "image")
"""What a row of a section page may show besides headline and link."""


@dataclass(frozen=True, slots=True)
class RelatedLink:
    """A related article; with an empty ``title`` the site's own headline is shown."""

    id: int
    title: str = ""


@dataclass(frozen=True, slots=True)
class Furniture:
    """The words around an article that are not the article's.

    Fields in the order in which they stand on the sample page.
    """

    notice: str = "안내"
    menu: tuple[str, ...] = ("뉴스", "랭킹", "이슈", "오피니언", "포럼")
    place: tuple[str, ...] = ("산업", "속보창")
    site_map: str = "Site Map"
    period: str = "기간 설정"
    top_ad: str = "한빛금융_봄캠페인(2)"
    side_ad: str = "늘봄투자증권(주)"
    money: str = "에딧머니"
    money_line: str = "투자 길잡이 채널"
    recruiting: str = "딜사이트 수습기자 모집"
    infographic: str = "회사채 발행 월별 추이"


@dataclass(frozen=True, slots=True)
class StandInArticle:
    """One article in full, and how its page shows it.

    ``published_at`` and ``plus_first_at`` are aware, in KST.  ``sections`` are codes.
    ``body`` holds the raw blocks that an editor made in CKEditor, without dateline,
    fillers and notices: those the page adds.  ``teaser`` is how many blocks show
    while the article is locked, or cut (``Status.UNKNOWN``: cut without a marker).
    ``split`` names the blocks at which a new ``.content-area`` begins (two at most);
    the related articles stand after the first part.
    ``metadata`` are the page's ``meta`` elements, ``row`` those of ``ROW_PARTS`` that its row has.
    """

    id: int
    title: str
    published_at: datetime
    body: tuple[str, ...]
    subtitle: str = ""
    reporters: tuple[str, ...] = ()
    sections: tuple[str, ...] = ("068000",)
    status: Status = Status.OPEN
    teaser: int = 2
    plus_first_at: datetime | None = None
    keywords: tuple[str, ...] = ()
    related: tuple[RelatedLink, ...] = ()
    related_tail: str = ""
    series: str = ""
    split: tuple[int, ...] = ()
    dateline: Dateline = "plain"
    reporter_title: str = "기자"
    filler: Literal["br", "nbsp", "none"] = "br"
    notice: Literal["prime-msg", "paragraph"] = "prime-msg"
    copyright_at: Literal["foot", "paragraph"] = "foot"
    json_ld: bool = True
    metadata: bool = True
    row: tuple[str, ...] = ROW_PARTS
    furniture: Furniture = Furniture()

    def __post_init__(self) -> None:
        for moment in (self.published_at, self.plus_first_at):
            if moment is not None and moment.utcoffset() is None:
                raise ValueError(f"article {self.id}: times are aware")
        if len(self.split) > 2 or any(not 0 < at < len(self.body) for at in self.split):
            raise ValueError(f"article {self.id}: split names blocks inside the body, two at most")

    @property
    def cut(self) -> bool:
        """Whether its page shows only the teaser."""
        return self.status.locked or self.status is Status.UNKNOWN

    @property
    def shown(self) -> tuple[str, ...]:
        """The blocks that its page shows now."""
        return self.body[: self.teaser] if self.cut else self.body

    def listed_in(self, code: str | None) -> bool:
        """Whether the section page of that code lists it: a parent section shows the
        articles of its sub-sections, the page of all articles (``None``) each one."""
        if code is None:
            return True
        parent = code[:3] if code.endswith("000") else None
        return any(own == code or own[:3] == parent for own in self.sections)


def plain(blocks: Iterable[str]) -> str:
    """The blocks' visible text, folded to one line."""
    return " ".join(unescape(_TAG.sub(" ", " ".join(blocks))).split())
