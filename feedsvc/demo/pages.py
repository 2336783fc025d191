"""Today's article page (site page, "Article pages, today").

In: an article and what surrounds it.  Out: the whole page as HTML.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise

from feedsvc.demo import chrome
from feedsvc.demo.articles import RelatedLink, StandInArticle, plain
from feedsvc.model import Status

SHARE = (
    '<div class="share-btns-wrap"><a href="https://www.facebook.com/sharer.php">페이스북</a>'
    '<a href="https://story.kakao.com/share">카카오스토리</a><a href="https://twitter.com/share">'
    '트위터</a><a href="#" class="copy-url">URL 복사</a>'
    '<button class="font-size">가+</button></div>\n'
)
AD = '<ins class="adsbygoogle" style="display:block" data-ad-slot="{0}">광고 {0}</ins>\n'


def article_page(article: StandInArticle, around: chrome.Around) -> str:
    """The page at ``/articles/{id}``."""
    furniture, top = article.furniture, around.top
    return (
        chrome.head(article.title, description(article), chrome.href(article), meta(article))
        + chrome.top(furniture)
        + f'<div class="read-news">\n<div class="read-news-title">{escape(article.title)}</div>\n'
        + _info(article, top)
        + _contents(article, around.related, top)
        + after_text(article, top, chips(article))
        + "</div>\n"
        + chrome.foot(around, furniture)
    )


def byline(article: StandInArticle) -> str:
    """``김하늘 기자``, ``김하늘, 이도윤 기자``, or ``공동취재`` where nobody is named."""
    if not article.reporters:
        return "공동취재" if article.dateline == "joint" else "딜사이트"
    return f"{', '.join(article.reporters)} {article.reporter_title}"


def dateline(article: StandInArticle) -> str:
    """The dateline that opens the text, as HTML; empty where the article has none."""
    names = ", ".join(article.reporters)
    match article.dateline:
        case "none":
            return ""
        case "joint":
            return f"[딜사이트 공동취재={names} 기자]" if names else "[딜사이트 공동취재]"
        case "email":
            return f"[딜사이트 {names} {article.reporter_title} desk{article.id}@dealsite.co.kr]"
    line = f"[딜사이트 {names} {article.reporter_title}]" if names else "[딜사이트]"
    return f"<strong>{line}</strong>" if article.dateline == "bold" else line


def notices(article: StandInArticle) -> tuple[str, str]:
    """The paywall notices before and after the text (site page, "Paywall markers")."""
    before = after = ""
    if article.plus_first_at:
        when = article.plus_first_at.strftime("%Y년 %m월 %d일 %H시 %M분")
        before = f"이 기사는 {when} 유료콘텐츠서비스 딜사이트 플러스에 표출된 기사입니다."
    match article.status:
        case Status.SOON_FREE:
            after = '<span class="material-icons">lock_clock</span> 곧 무료로 풀릴 기사'
        case Status.MEMBERS_ONLY:
            after = (
                "<strong>딜사이트 회원전용</strong><br>"
                f"{chrome.MEMBERS_TEXT} {chrome.SIGN_UP_TEXT} "
                '<a href="/member/join">회원가입</a>'
            )
        case Status.PLUS_ONLY:
            after = (
                "이 기사의 전문은 유료콘텐츠서비스 딜사이트 플러스에서 보실 수 있습니다. "
                f'<a href="https://dealsiteplus.co.kr/articles/{article.id % 90000 + 1000}">'
                "딜사이트 플러스 바로가기</a>"
            )
    return before, after


def body_blocks(article: StandInArticle) -> list[str]:
    """The text's blocks as the page shows them: the dateline set in, the cut made."""
    blocks = list(article.shown)
    line = dateline(article)
    if line:
        first = next((n for n, block in enumerate(blocks) if block.startswith("<p>")), None)
        if article.dateline == "own-block" or first is None:
            blocks.insert(first or 0, f"<p>{line}</p>")
        else:
            blocks[first] = f"<p>{line} {blocks[first][3:]}"
    if article.status is Status.UNKNOWN and blocks and blocks[-1].endswith(".</p>"):
        text = blocks[-1][: -len("</p>")]
        blocks[-1] = f"{text[: max(len(text) * 3 // 4, text.rfind('>') + 1)].rstrip()}…</p>"
    return blocks


def description(article: StandInArticle) -> str:
    return article.subtitle or plain(article.shown)[:120]


STOCK_PICTURE = "https://dealsite.co.kr/images/og-image.png"
"""What metadata show where an article has no cover: it is none itself."""


def meta(article: StandInArticle) -> str:
    lines = [
        '<meta property="og:type" content="article">',
        f'<meta property="article:published_time" content="{article.published_at.isoformat()}">',
        f'<meta property="og:image" content="{STOCK_PICTURE}">',
        f'<meta name="keywords" content="{escape(", ".join(article.keywords))}">',
    ]
    if not article.metadata:
        lines.clear()
    if article.json_ld:
        data = {
            "@context": "https://schema.org",
            "@type": "NewsArticle",
            "headline": article.title,
            "datePublished": article.published_at.isoformat(),
            "author": [{"@type": "Person", "name": name} for name in article.reporters],
            "publisher": {"@type": "Organization", "name": "딜사이트"},
        }
        text = json.dumps(data, ensure_ascii=False).replace("</", "<\\/")
        lines.append(f'<script type="application/ld+json">{text}</script>')
    return "\n".join(lines) + "\n"


def _info(article: StandInArticle, top: Sequence[StandInArticle]) -> str:
    headlines = "".join(
        f'<a class="top3-one" href="{chrome.href(other)}">{escape(other.title)}</a>\n'
        for other in top[:3]
    )
    return (
        '<div class="news-info-and-share">\n<div class="nis-r-info-wrap">'
        f'<span class="nis-reporter-name">{escape(byline(article))}</span>\n'
        f'<span class="nis-date">{article.published_at:%Y.%m.%d %H:%M:%S}</span></div>\n'
        f"{SHARE}</div>\n"
        f'<div class="news-info-top-3news-wrap"><span>이 시각 주요 뉴스</span>{headlines}</div>\n'
    )


def _contents(
    article: StandInArticle, related: Sequence[RelatedLink], top: Sequence[StandInArticle]
) -> str:
    before, after = notices(article)
    heading = (
        f'<div class="article-pack">{escape(article.series)}</div>\n' if article.series else ""
    ) + (f'<div class="sub-title">{escape(article.subtitle)}</div>\n' if article.subtitle else "")
    opening = notice_block(article, before)
    ending = notice_block(article, after) + (
        f"<p>{chrome.COPYRIGHT}</p>\n" if article.copyright_at == "paragraph" else ""
    )
    areas = []
    parts = _parts(article)
    for number, blocks in enumerate(parts, 1):
        text = with_fillers(blocks, article)
        if number == 1:
            text = opening + text
        if number == len(parts):
            text += ending
        areas.append(
            f'<div class="rnmc-right rnmc-right{number} content-area">\n{text}</div>\n'
            + (related_block(related) if number == 1 else "")
            + (
                f'<div id="dablewidget_{article.id}_{number}">{AD.format(2000 + number)}'
                f"당신이 좋아할 만한 뉴스</div>\n"
            )
        )
    inner = f"{heading}{left_column(article, top)}{''.join(areas)}"
    return f'<div class="read-news-main-contents">\n{inner}</div>\n'


def notice_block(article: StandInArticle, text: str) -> str:
    shown = f'<div class="prime-msg">{text}</div>\n'
    if article.notice == "paragraph":
        shown = f"<p>{text}</p>\n"
    return shown if text else ""


def _parts(article: StandInArticle) -> list[list[str]]:
    blocks = body_blocks(article)
    # A dateline in a block of its own comes before the blocks that ``split`` counts.
    shift = len(blocks) - len(article.shown)
    edges = [0, *(at + shift for at in article.split if at + shift < len(blocks)), len(blocks)]
    return [blocks[low:high] for low, high in pairwise(edges)]


def with_fillers(blocks: Iterable[str], article: StandInArticle) -> str:
    filler = {"br": "<p><br></p>\n", "nbsp": "<p>&nbsp;</p>\n", "none": ""}[article.filler]
    return "".join(f"{block}\n{filler}" for block in blocks)


def left_column(article: StandInArticle, top: Sequence[StandInArticle]) -> str:
    news = "".join(
        f'<li><a href="{chrome.href(other)}">{escape(other.title)}</a></li>\n' for other in top[3:8]
    )
    return (
        '<div class="rnmc-left">\n<p class="left-section">'
        f"{chrome.SECTION_NAMES.get(article.sections[0], '뉴스')} 뉴스</p>\n{SHARE}"
        f"<p>많이 본 기사</p><ul>\n{news}</ul>\n<p>기자에게 제보하기</p></div>\n"
    )


def related_block(related: Sequence[RelatedLink]) -> str:
    links = "\n".join(
        f'<a class="relative-news-one" href="/articles/{link.id}">{escape(link.title)}</a>'
        for link in related
    )
    return (
        '<div class="rnmc-relative-news">\n<div class="relative-news-title-wrap">'
        '<span class="relative-news-title">관련기사</span> '
        '<a class="relative-news-more" href="/search/">more</a></div>\n'
        f"{links}\n</div>\n"
        if links
        else ""
    )


def chips(article: StandInArticle) -> str:
    """The keyword chips, below the text."""
    links = "".join(
        f'<a class="keyword" href="/search/?LIKE={escape(word)}">{escape(word)}</a>\n'
        for word in article.keywords
    )
    return f'<div class="rec-keywords">\n{links}</div>\n' if links else ""


def after_text(article: StandInArticle, top: Sequence[StandInArticle], chips: str) -> str:
    """What stands below the text; ``chips`` are the keywords' HTML."""
    breaking = "".join(
        f'<li><a href="{chrome.href(other)}">'
        f"{other.published_at:%H:%M} {escape(other.title)}</a></li>\n"
        for other in top[:5]
    )
    foot = chrome.COPYRIGHT if article.copyright_at == "foot" else "뉴스 제보 02-0000-0000"
    return (
        chips
        + f'<div class="foot_notice">{foot}</div>\n'
        + f'<div class="read-news-row1">{SHARE}<span>좋아요 0</span></div>\n'
        + '<div class="empty-rnmc">이 기자의 다른 기사</div>\n'
        + f'<ul class="bkn-list">\n{breaking}</ul>\n'
    )


@dataclass(frozen=True, slots=True)
class Interpretation:
    """One way to read what the site page leaves open of today's article page: the whole
    page, the text's blocks on it, and the ``meta`` elements."""

    page: Callable[[StandInArticle, chrome.Around], str]
    blocks: Callable[[StandInArticle], list[str]]
    meta: Callable[[StandInArticle], str]


TODAY = Interpretation(article_page, body_blocks, meta)
