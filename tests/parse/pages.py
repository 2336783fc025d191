"""Small pages of our own, as today's layout has them, for one test each."""

from __future__ import annotations

from datetime import datetime

from feedsvc.model import FetchedPage, Row
from feedsvc.parse.page import opened
from feedsvc.parse.section import boxes_on
from feedsvc.parse.sight import remove_unseen
from feedsvc.site import KST, Site

NOW = datetime(2026, 3, 10, 18, 0, tzinfo=KST)
SITE = Site.at("https://dealsite.co.kr", ("www.dealsite.co.kr", "paxnetnews.com"))
HELP = (
    "딜사이트 회원에게만 제공되는 특별한 콘텐트입니다. 무료 회원 가입 후 바로 이용하실 수 있습니다."
)
PLUS = "이 기사는 2026년 03월 09일 08시 05분 유료콘텐츠서비스 딜사이트 플러스에 표출된 기사입니다."
BOXES = f"""
<aside><section class="box"><h3><i>lock_clock</i>곧 무료로 풀릴 기사</h3>
<p><i>help</i> {HELP}</p>
<a href="/free">more</a><ul>
<li><a href="/articles/501/068000">곧 풀릴 글</a> 2026.03.09 09:00</li></ul>
</section><section class="box"><h3>딜사이트 회원전용</h3>
<p>{HELP}</p><a href="/join">회원가입</a>
<ul><li><a href="/articles/502">회원 글</a></li>
<li><a href="/articles/503">또 다른 회원 글</a></li></ul>
</section><section class="box"><h3>Issue Today</h3>
<a href="/articles/504">순위 글</a></section></aside>
"""


def fetched(body: str | bytes, path: str = "/articles/7", **headers: str) -> FetchedPage:
    """A page as fetch would hand it over; ``path`` may be a whole address."""
    url = path if "://" in path else f"https://dealsite.co.kr{path}"
    data = body if isinstance(body, bytes) else body.encode("utf-8", "surrogatepass")
    return FetchedPage(url, url, 200, "OK", tuple(headers.items()), data, NOW)


def boxes(page: FetchedPage) -> tuple[Row, ...]:
    """What the page-wide boxes list on any page."""
    tree, links = opened(page, SITE)
    remove_unseen(tree.root)
    return boxes_on(tree, links, NOW)


def page(
    body: str = "<p>첫 문단이다.</p><p>둘째 문단이다.</p>",
    *,
    head: str = "",
    title: str = '<div class="read-news-title">제목이다</div>',
    info: str = (
        '<div class="nis-r-info-wrap"><span class="nis-reporter-name">김가영 기자</span> '
        "<span>2026.03.10 17:00:28</span></div>"
    ),
    before: str = "",
    inside: str = "",
    after: str = "",
    around: str = BOXES,
) -> str:
    """An article page: ``body`` within ``.content-area``, ``before`` between headline and
    text, ``inside`` within the main contents and beside the parts, ``after`` below."""
    return (
        f"<!doctype html><html><head><title>제목이다 - 딜사이트</title>{head}</head><body>"
        '<nav><a href="/login">회원가입</a></nav><div id="wrap"><div class="news">'
        f'{title}<div class="news-info-and-share">{info}</div>{before}'
        f'<div class="read-news-main-contents">{inside}<div class="rnmc-right content-area">{body}'
        f"</div></div>{after}</div>{around}</div></body></html>"
    )
