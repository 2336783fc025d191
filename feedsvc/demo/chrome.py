"""What stands around the content on every page: head, navigation, boxes, foot.

In: articles to list, words to show.  Out: HTML strings.  Not here: the article
itself (``pages``) and the rows (``listing``).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from feedsvc.demo.articles import Furniture, RelatedLink, StandInArticle
from feedsvc.model import Status

SECTION_NAMES = {
    "068000": "산업",
    "083000": "금융",
    "089000": "증권",
    "080000": "인수합병",
    "075000": "대체투자·PEF·VC",
    "075033": "벤처캐피탈",
    "080057": "구조조정",
}
MEMBERS_TEXT = "딜사이트 회원에게만 제공되는 특별한 콘텐트입니다."
SIGN_UP_TEXT = "무료 회원 가입 후 바로 이용하실 수 있습니다."
COPYRIGHT = "ⓒ새로운 눈으로 시장을 바라봅니다. 딜사이트 무단전재 배포금지"

_TOPICS = [
    "반도체",
    "디스플레이",
    "자동차",
    "조선",
    "철강",
    "화학",
    "정유",
    "건설",
    "유통",
    "식음료",
    "화장품",
    "제약",
    "바이오",
    "통신",
    "게임",
    "엔터",
    "항공",
    "해운",
    "방산",
    "2차전지",
    "은행",
    "보험",
    "카드",
    "캐피탈",
    "저축은행",
    "핀테크",
    "디지털자산",
    "증권사",
    "자산운용",
    "공모주",
    "유상증자",
    "회사채",
    "메자닌",
    "리츠",
    "부동산금융",
    "사모펀드",
    "연기금",
    "공제회",
    "벤처투자",
    "액셀러레이터",
    "지배구조",
    "승계",
    "경영권분쟁",
    "구조조정",
    "회생",
    "공시",
    "인사",
    "부고",
    "칼럼",
    "기자수첩",
    "인터뷰",
    "데이터",
    "인포그래픽",
    "영상",
    "포토",
]
_MENU_LINKS = {
    code: "".join(
        f'<li class="mega-item"><a class="mega-link" href="/search/?LIKE={topic}&amp;'
        f'SEARCHFIELD=TITLE_CONTENT" data-gtm="menu-{code}-{n}">{topic}</a></li>\n'
        for n, topic in enumerate(_TOPICS[:: 1 + int(code[1:3]) % 3])
    )
    for code in SECTION_NAMES
}
_COLUMNS = "".join(
    f'<div class="mega-col"><a href="/categories/{code}">{name}</a>'
    f"<ul>\n{_MENU_LINKS[code]}</ul></div>\n"
    for code, name in SECTION_NAMES.items()
)
_MEGA_MENU = f'<div class="mega-menu" style="display:none">\n{_COLUMNS}</div>\n'

_PAGES = [
    "회사소개",
    "광고안내",
    "이용약관",
    "개인정보처리방침",
    "청소년보호정책",
    "고충처리인",
    "사업제휴",
]
_ITEMS = "".join(f'<li><a href="/page/{n}">{word}</a></li>\n' for n, word in enumerate(_PAGES))
_FOOTER = (
    f'<footer class="site-footer"><ul>\n{_ITEMS}</ul>\n<address>서울특별시 가상구 시험로 1 · '
    "대표전화 02-0000-0000 · 등록번호 서울 아00000</address>\n"
    "<p>본 사이트는 시험용 대역이며 모든 기사는 지어낸 것입니다.</p></footer>\n"
)

_RULES = "".join(
    f".topic-{n:02d}{{background-position:-{n * 24}px 0;width:24px;height:24px}}\n"
    f".topic-{n:02d}:hover>.label{{color:#{n * 30011 % 0xFFFFFF:06x};font-weight:700}}\n"
    for n in range(60)
)
_STYLES = (
    '<link rel="stylesheet" href="/css/style.css">\n<style>\n'
    "body{font-family:'Noto Sans KR',sans-serif;margin:0}\n.gnb{display:flex}\n"
    f".read-news-title{{font-size:2rem}}\n.side-box{{border:1px solid #ddd}}\n{_RULES}</style>\n"
)

_SLOTS = [
    {
        "slot": f"/21800000000/dealsite_{kind}_{n}",
        "size": [[300, 250], [336, 280]],
        "lazy": n > 3,
        "targeting": {"section": list(SECTION_NAMES)[n % 7], "kind": kind},
    }
    for kind in ("article", "list", "home")
    for n in range(24)
]
_PHRASES = {"lock": "곧 무료로 풀릴 기사", "member": "딜사이트 회원전용", "help": MEMBERS_TEXT}
_SCRIPTS = (
    '<script src="/js/jquery.min.js"></script>\n<script>\n'
    f"window.adSlots = {json.dumps(_SLOTS)};\n"
    f"window.phrases = {json.dumps(_PHRASES, ensure_ascii=False)};\n"
    "(function(){var d=document;function on(n,f){var l=d.querySelectorAll(n);"
    "for(var i=0;i<l.length;i++){l[i].addEventListener('click',f)}}"
    "on('.show-more',function(e){e.target.parentNode.classList.toggle('open')});"
    "on('.share-btns-wrap a',function(e){e.preventDefault();window.open(e.target.href)});"
    "if(window.innerWidth<768){d.body.className+=' mobile'}})();\n</script>\n"
    '<script async src="/js/adsbygoogle.js"></script>\n'
)

Boxes = Mapping[Status, Sequence[StandInArticle]]
"""The locked articles that the page-wide boxes list: those that are soon free, and the members'
ones."""


@dataclass(frozen=True, slots=True)
class Around:
    """What surrounds an article or a list: ``top`` are the headlines that columns show,
    ``boxes`` the page-wide ones (``None``: there are none), ``related`` have their titles
    filled in."""

    top: Sequence[StandInArticle] = ()
    boxes: Boxes | None = None
    related: Sequence[RelatedLink] = ()


def href(article: StandInArticle, code: str | None = None) -> str:
    """The address by which a page links an article; ``code`` is that page's section."""
    return f"/articles/{article.id}/{code}" if code else f"/articles/{article.id}"


def head(title: str, description: str, path: str, extra: str = "") -> str:
    """Everything up to ``<body>``; ``path`` is the page's own."""
    return (
        '<!DOCTYPE html>\n<html lang="ko">\n<head>\n<meta charset="utf-8">\n'
        '<meta http-equiv="X-UA-Compatible" content="IE=edge">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)} - 딜사이트</title>\n"
        f'<meta name="description" content="{escape(description)}">\n'
        '<meta property="og:site_name" content="딜사이트">\n'
        f'<meta property="og:title" content="{escape(title)}">\n'
        f'<meta property="og:description" content="{escape(description)}">\n'
        f'<meta property="og:url" content="https://dealsite.co.kr{escape(path)}">\n'
        f'<link rel="canonical" href="https://dealsite.co.kr{escape(path)}">\n'
        '<link rel="shortcut icon" href="/favicon.png">\n'
        f"{extra}{_STYLES}</head>\n"
    )


def top(furniture: Furniture) -> str:
    """Header, menus and the advertisement above the content."""
    menu = " ".join(
        f'<a class="gnb-item" href="/categories">{escape(w)}</a>' for w in furniture.menu
    )
    place = " ".join(f'<a href="/categories/068000">{escape(w)}</a>' for w in furniture.place)
    return (
        '<body>\n<div id="wrap">\n<header class="site-header">\n'
        f'<div class="top-notice"><a href="/notice">{escape(furniture.notice)}</a></div>\n'
        '<div id="dealsite_ci"><a href="/"><img src="/images/ci.png" alt="딜사이트"></a></div>\n'
        f'<nav class="gnb">{menu}</nav>\n<div class="gnb-place">{place}</div>\n'
        f'<div class="site-map"><a href="/sitemap">{escape(furniture.site_map)}</a></div>\n'
        f'<div class="search-period">{escape(furniture.period)}</div>\n'
        f"{_MEGA_MENU}</header>\n"
        f'<div class="ad-banner"><ins class="adsbygoogle" style="display:block" '
        f'data-ad-slot="1001"></ins><a href="/ad/click?no=1">{escape(furniture.top_ad)}</a></div>\n'
        '<div id="container">\n'
    )


def foot(around: Around, furniture: Furniture) -> str:
    """Advertisement, page-wide boxes, ranking, foot and scripts."""
    boxes = "" if around.boxes is None else _locked_boxes(around.boxes)
    return (
        '</div>\n<aside class="page-boxes">\n'
        '<div class="ad-side"><ins class="adsbygoogle" data-ad-slot="1002"></ins>'
        f'<a href="/ad/click?no=2">{escape(furniture.side_ad)}</a></div>\n'
        f"{boxes}{_other_boxes(furniture, around.top)}</aside>\n"
        f"{_FOOTER}{_SCRIPTS}</div>\n</body>\n</html>\n"
    )


def _locked_boxes(boxes: Boxes) -> str:
    return (
        '<section class="side-box box-soon-free">\n<h3 class="box-title">'
        '<span class="material-icons">lock_clock</span>곧 무료로 풀릴 기사</h3>\n'
        f'<p class="box-help"><span class="material-icons">help</span> {MEMBERS_TEXT}<br>\n'
        f'{SIGN_UP_TEXT}</p>\n<a class="box-more" href="/categories/free">more</a>\n'
        f'<ul class="box-list">\n{_box_items(boxes[Status.SOON_FREE])}</ul>\n</section>\n'
        '<section class="side-box box-members">\n<h3 class="box-title">딜사이트 회원전용</h3>\n'
        f'<p class="box-help"><span class="material-icons">help</span> {MEMBERS_TEXT} '
        f'{SIGN_UP_TEXT}</p>\n<a class="btn-join" href="/member/join">회원가입</a>\n'
        f'<ul class="box-list">\n{_box_items(boxes[Status.MEMBERS_ONLY])}</ul>\n'
        '<button type="button" class="show-more">Show more<span class="material-icons">'
        "expand_more</span></button>\n</section>\n"
    )


def _box_items(articles: Sequence[StandInArticle]) -> str:
    return "".join(
        f'<li class="box-item"><a href="{href(a, a.sections[0])}">'
        f'<span class="box-item-title">{escape(a.title)}</span></a>'
        f'<span class="box-item-date">{a.published_at:%Y.%m.%d %H:%M}</span></li>\n'
        for a in articles
    )


def _other_boxes(furniture: Furniture, popular: Sequence[StandInArticle]) -> str:
    ranking = "".join(
        f'<li><em class="rank">{n}</em><a href="{href(a)}">{escape(a.title)}</a></li>\n'
        for n, a in enumerate(popular, 1)
    )
    return (
        f'<section class="side-box"><h3>{escape(furniture.money)}<small>'
        f'{escape(furniture.money_line)}</small></h3> <a href="/money">more</a></section>\n'
        '<section class="side-box"><a href="/recruit">'
        f"{escape(furniture.recruiting)}</a></section>\n"
        '<section class="side-box"><h3>Infographic News</h3><a href="/infographic/1">'
        '<img src="/images/infographic-1.png" alt="">'
        f"{escape(furniture.infographic)}</a></section>\n"
        '<section class="side-box"><h3>Issue Today</h3> <a href="/issue">more</a>'
        f'<ol class="rank-list">\n{ranking}</ol></section>\n'
    )
