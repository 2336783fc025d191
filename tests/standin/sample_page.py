"""One article built line for line like the sample page of the site page.

In: the words, ours by default, or the text of the sample file.  Out: a
``StandInArticle`` whose page shows the same lines in the same order.  The
newspaper's own sentences are read at run time and stand nowhere in here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from html import escape
from pathlib import Path

from feedsvc.demo.articles import Furniture, RelatedLink, StandInArticle
from feedsvc.demo.samples import paragraph
from feedsvc.model import Status
from feedsvc.site import KST

_SAMPLE_AT = datetime(2024, 1, 12, 17, 41, 9, tzinfo=KST)
_NOTICE = re.compile(
    r"^이 기사는 (\d{4})년 (\d\d)월 (\d\d)일 (\d\d)시 (\d\d)분 .* 표출된 기사입니다\.$"
)
_TIME = re.compile(r"^\d{4}\.\d\d\.\d\d \d\d:\d\d:\d\d$")
_DATELINE = re.compile(r"^\[딜사이트 [^\]]*\]\s*")
_RELATED = (
    "창고의 사람과 로봇, 나란히 걷다",
    "감속기 국산화 어디까지 왔나",
    "물류 자동화에 몰리는 돈",
)


def sample_like(
    paragraphs: Sequence[str] | None = None,
    *,
    number: int = 117013,
    title: str = '가온로보틱스-한빛중공업 협력 기대감↑…"아직은 시험 단계"',
    subtitle: str = '강도윤 대표, 창원공장 방문해 임원들과 면담..."대만행 가능성 높아" 관측도',
    reporters: tuple[str, ...] = ("김하늘",),
    published_at: datetime = _SAMPLE_AT,
    plus_first_at: datetime | None = None,
    caption: str = "한빛중공업 창원공장 (사진=한빛중공업)",
    related: Sequence[str] = _RELATED,
    furniture: Furniture | None = None,
) -> StandInArticle:
    """The sample page with these words (ours where none are given): a figure,
    eight paragraphs unless others are given, related articles after the fourth (the
    middle), the plus-first notice on top.

    ``plus_first_at`` is by default ``published_at`` without its seconds.
    """
    paragraphs = _paragraphs() if paragraphs is None else paragraphs
    picture = (
        f'<figure class="image"><img src="/upload/{number}/1.jpg" alt="">'
        f"<figcaption>{escape(caption, quote=False)}</figcaption></figure>"
    )
    body = (picture, *(paragraph(text) for text in paragraphs))
    middle = 1 + (len(paragraphs) + 1) // 2
    return StandInArticle(
        id=number,
        title=title,
        subtitle=subtitle,
        reporters=reporters,
        published_at=published_at,
        plus_first_at=plus_first_at or published_at.replace(second=0),
        status=Status.PLUS_FIRST,
        sections=("068000",),
        body=body,
        split=(middle,) if middle < len(body) else (),
        related=tuple(RelatedLink(number - 101 - n, line) for n, line in enumerate(related)),
        related_tail="外",
        furniture=furniture or Furniture(),
    )


def from_seed(text: str) -> StandInArticle:
    """The sample page with the newspaper's words, read from the text of the seed file.

    Raises ``ValueError`` if the text is not laid out as the site page says.
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    try:
        time_at = next(n for n, line in enumerate(lines) if _TIME.match(line))
        notice = _NOTICE.match(lines[time_at + 2])
        related_at = lines.index("관련기사 more")
        last = next(n for n, line in enumerate(lines) if line.startswith("ⓒ"))
        boxes_at = next(n for n, line in enumerate(lines) if line.startswith("lock_clock"))
        money = next(n for n, line in enumerate(lines) if line.startswith("에딧머니"))
        infographic = lines[lines.index("Infographic News") + 1]
    except (StopIteration, ValueError, IndexError) as error:
        raise ValueError("this is not the text of the sample page") from error
    if notice is None or time_at < 8:
        raise ValueError("this is not the text of the sample page: no plus-first notice")
    paragraphs = [*lines[time_at + 4 : related_at], *lines[related_at + 2 : last]]
    paragraphs[0] = _DATELINE.sub("", paragraphs[0])
    return sample_like(
        paragraphs,
        title=lines[time_at - 2],
        subtitle=lines[time_at + 1],
        reporters=(lines[time_at - 1].removesuffix(" 기자"),),
        published_at=datetime.strptime(lines[time_at], "%Y.%m.%d %H:%M:%S").replace(tzinfo=KST),
        plus_first_at=datetime.strptime("".join(notice.groups()), "%Y%m%d%H%M").replace(tzinfo=KST),
        caption=lines[time_at + 3],
        related=_titles(lines[related_at + 1]),
        furniture=Furniture(
            notice=lines[0],
            menu=tuple(lines[1].split()),
            place=tuple(lines[2].split()),
            site_map=lines[3],
            period=lines[4],
            top_ad=lines[5],
            side_ad=lines[boxes_at - 1],
            money_line=lines[money].removeprefix("에딧머니").removesuffix(" more"),
            recruiting=lines[money + 1],
            infographic=infographic,
        ),
    )


@lru_cache(maxsize=1)
def _paragraphs() -> tuple[str, ...]:
    """Our own eight paragraphs."""
    text = (Path(__file__).parent / "texts/sample_page.txt").read_text(encoding="utf-8")
    return tuple(text.strip().split("\n\n"))


def _titles(line: str, count: int = 4) -> list[str]:
    """The related articles' line as titles.  Where one ends the text does not say,
    so the words are dealt out evenly; together they read as the line does."""
    words = line.removesuffix("外").split()
    size = -(-len(words) // count)
    return [" ".join(words[at : at + size]) for at in range(0, len(words), size)]
