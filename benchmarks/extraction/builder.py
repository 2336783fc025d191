"""Article pages built from the site page alone, apart from the stand-in.

In: a seed.  Out: a ``Case``.  Everything that the site page leaves open is drawn: where
headline, byline and notices stand, how blocks are made, which boxes surround the text.
"""

# ruff: noqa: E501 - a page is easier to read where an element is a line.

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from html import escape
from random import Random

from benchmarks.extraction import fragments
from benchmarks.extraction.truth import Case
from benchmarks.extraction.wording import NAMES, headline, paragraph, sentence
from feedsvc.model import FetchedPage, Row, Status
from feedsvc.site import COPYRIGHT, KST
from tests.standin import House

NOW = datetime(2026, 8, 1, 12, 0, tzinfo=KST)
MEMBERS = (
    "딜사이트 회원에게만 제공되는 특별한 콘텐트입니다. 무료 회원 가입 후 바로 이용하실 수 있습니다."
)
_STATUSES = (
    *(Status.OPEN,) * 4, Status.PLUS_FIRST, Status.PLUS_FIRST, Status.SOON_FREE,
    Status.MEMBERS_ONLY, Status.PLUS_ONLY, Status.UNKNOWN,
)  # fmt: skip


@dataclass(slots=True)
class _Draft:
    """One page while it is made."""

    random: Random
    status: Status
    old: bool
    published_at: datetime
    number: int
    title: str
    subtitle: str
    reporters: tuple[str, ...]
    house: House = "today"
    lines: list[str] = field(default_factory=list)
    captions: list[str] = field(default_factory=list)
    rows: list[str] = field(default_factory=list)
    noise: list[str] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)

    def one_of(self, *choices: str) -> str:
        return self.random.choice(choices)

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def linked(self, tag: str = "li", attributes: str = "") -> str:
        """A link to another article: never part of this one."""
        title = headline(self.random)
        self.noise.append(title)
        link = f'<a href="/articles/{self.random.randint(1000, 90000)}/068000"{attributes}>{escape(title)}</a>'
        return f"<{tag}>{link}</{tag}>" if tag else link

    def aside(self, text: str) -> str:
        """Words that are never part of the body."""
        self.noise.append(text)
        return escape(text, quote=False)


def built(
    seed: int, *, status: Status | None = None, old: bool | None = None, house: House = "today"
) -> Case:
    """The page of a seed, in a house; ``status`` and ``old`` (팍스넷뉴스's layout) where they
    are wanted."""
    random = Random(seed)
    drawn = random.choice(_STATUSES)
    is_old = random.random() < 0.1
    draft = _Draft(
        random,
        status or drawn,
        is_old if old is None else old,
        datetime(2026, 7, 30, 8, 0, 11, tzinfo=KST) - timedelta(seconds=seed * 86_311),
        60_000 + seed,
        headline(random),
        sentence(random).rstrip(".") if random.random() < 0.6 else "",
        tuple(random.sample(NAMES, random.choice((1, 1, 1, 2, 3)))),
        house,
    )
    html = _old_page(draft) if draft.old else _page(draft)
    address = f"https://dealsite.co.kr/articles/{draft.number}{draft.one_of('', '/068000')}"
    headers = (("Content-Type", "text/html; charset=utf-8"),)
    page = FetchedPage(address, address, 200, "OK", headers, html.encode(), NOW)
    row = None
    if draft.chance(0.5):
        summary = (" ".join(draft.lines) or draft.title)[:90] + "…"
        row = Row(draft.number, address, draft.title, summary=summary)
    return Case(
        page, draft.title, draft.subtitle, draft.reporters, draft.published_at, draft.status,
        tuple(draft.lines), tuple(draft.noise), f"seed {seed}: {', '.join(draft.kinds)}", row,
        "today" if draft.old else house, tuple(draft.captions), tuple(draft.rows),
    )  # fmt: skip


# -- the text --------------------------------------------------------------------------------


def _dateline(draft: _Draft) -> str:
    house = "팍스넷뉴스" if draft.old else "딜사이트"
    names = draft.one_of(", ", "·", " ").join(draft.reporters)
    rank = draft.one_of("기자", "기자", "선임기자", "수습기자")
    line = draft.one_of(
        "",
        f"[{house} {names} {rank}]",
        f"[{house} {names} {rank}]",
        f"[{house} {names} {rank}]",
        f"[{house}={names} {rank}]",
        f"[{house} {names} {rank} a{draft.number}@dealsite.co.kr]",
        f"[{house} 공동취재={names} {rank}]",
        f"<strong>[{house} {names} {rank}]</strong>",
        f"[<b>{house}</b>&nbsp;{names} {rank}]",
        f"[세종={house} {names} {rank}]",
    )
    return line and line + draft.one_of(" ", " ", "", "&nbsp;", " = ", "<br>")


def _blocks(draft: _Draft) -> list[str]:
    random = draft.random
    line = _dateline(draft)
    count = random.choice((1, 2, 5, 8, 12))
    if draft.status.locked:
        count = random.choice((0, 1, 2))
    dirty = draft.chance(0.25)
    made: list[fragments.Fragment] = []
    if count and draft.chance(0.5):
        made.append(fragments.picture(random))
    if count == 1 and draft.chance(0.5):
        one = sentence(random)
        made.append(
            fragments.Fragment("one sentence", f"<p>{line}{escape(one, quote=False)}</p>", (one,))
        )
        count = 0
    elif line and count and draft.chance(0.2):
        made.append(fragments.Fragment("dateline apart", f"<p>{line.removesuffix('<br>')}</p>", ()))
        line = ""
    for number in range(count):
        made.append(fragments.text(random, dirty=dirty, before=line if number == 0 else ""))
        if draft.chance(0.3):
            made.append(fragments.other(random))
        if draft.house == "newsroom" and draft.chance(0.5):
            made.append(fragments.stored(random))
        if draft.chance(0.15):
            made.append(fragments.picture(random))
    if draft.status is Status.OPEN and draft.chance(0.2):
        quoted = draft.one_of(
            f'누리집에는 "{MEMBERS}"라는 문구가 떴다.',
            "'곧 무료로 풀릴 기사'라는 표시를 두고 독자 사이에 말이 오갔다.",
            "딜사이트 플러스 가입자는 3만명을 넘겼다고 회사는 전했다.",
        )
        made.append(fragments.Fragment("quoted phrase", f"<p>{quoted}</p>", (quoted,)))
    if draft.status is Status.UNKNOWN:
        made.append(_cut(draft))
    elif count > 1:
        # What ends the text is a sentence: an ellipsis there would tell of a cut.
        ending = paragraph(random)
        made.append(fragments.Fragment("p", f"<p>{escape(ending, quote=False)}</p>", (ending,)))
    draft.kinds += [one.kind for one in made]
    draft.lines += [line for one in made for line in one.lines]
    draft.captions += [line for one in made for line in one.captions]
    draft.rows += [line for one in made for line in one.rows]
    return [one.html for one in made]


def _cut(draft: _Draft) -> fragments.Fragment:
    whole = sentence(draft.random)
    begun = " ".join(whole.split()[:5])
    b, w = escape(begun, quote=False), escape(whole, quote=False)
    kind, html, line = draft.random.choice(
        (
            ("cut …", f"<p>{b}…</p>", f"{begun}…"),
            ("cut ...", f"<p>{b} ...</p><p>&nbsp;</p>", f"{begun} ..."),
            ("cut a", f'<p>{w}</p><p><a href="#">더보기</a></p>', whole),
            ("cut button", f"<p>{w}</p><button type=button>기사 더보기</button>", whole),
            ("cut div", f'<p>{w}</p><div class="more"><span>더보기</span></div>', whole),
        )
    )
    return fragments.Fragment(kind, html, (line,))


def _plus_first(draft: _Draft) -> str:
    at = draft.published_at - timedelta(days=2)
    return f"이 기사는 {at:%Y년 %m월 %d일 %H시 %M분} 유료콘텐츠서비스 딜사이트 플러스에 표출된 기사입니다."


def _notice(draft: _Draft) -> str:
    """The words of the article's own notice, or nothing."""
    glyph = draft.one_of("", '<i class="material-icons">lock_clock</i>', "<span>lock_clock</span> ")
    first = f"{_plus_first(draft)}<br>" if draft.chance(0.2) else ""
    return {
        Status.PLUS_FIRST: _plus_first(draft),
        Status.SOON_FREE: f"{first}{glyph}곧 무료로 풀릴 기사",
        Status.MEMBERS_ONLY: first + draft.one_of("딜사이트 회원전용", MEMBERS, f"<b>딜사이트 회원전용</b><br><i>help</i> {MEMBERS}"),
        Status.PLUS_ONLY: first + draft.one_of(
            "이 기사의 전문은 딜사이트 플러스에서 볼 수 있습니다.",
            '나머지 내용은 유료콘텐츠서비스 딜사이트 플러스에서 확인하실 수 있습니다. <a href="https://dealsiteplus.co.kr/articles/77">바로가기</a>',
            "이어지는 내용은 딜사이트 플러스에서 이용하실 수 있습니다",
        ),
    }.get(draft.status, "")  # fmt: skip


def _shown_notice(draft: _Draft) -> str:
    words = _notice(draft)
    if not words:
        return ""
    return draft.one_of(
        f'<div class="prime-msg">{words}</div>',
        f'<p class="prime-msg">{words}</p>',
        f'<div class="prime-msg"><p>{words}</p></div>',
        f'<div class="msg-wrap"><span class="prime-msg">{words}</span></div>',
        f"<p>{words}</p>" if "<div" not in words else f"<div>{words}</div>",
        f"<p><strong>{words}</strong></p>",
        f"<div>{words}</div>",
    )


# -- what stands around it -------------------------------------------------------------------


def _box(draft: _Draft) -> str:
    """A page-wide box."""
    soon, prime = draft.chance(0.5), draft.chance(0.3)
    name = "곧 무료로 풀릴 기사" if soon else "딜사이트 회원전용"
    glyph = "<i>lock_clock</i>" if soon else ""
    help_ = f'<span class="{"prime-msg" if prime else "tip"}"><i>help</i> {MEMBERS}</span>'
    links = "".join(draft.linked() for _ in range(3))
    more = draft.one_of('<a href="/free">more</a>', '<a href="/join">회원가입</a>', "")
    return draft.one_of(
        f'<div class="wide-box"><h4>{glyph}{name}</h4><p>{help_}</p>{more}<ul>{links}</ul></div>',
        f'<section class="free-soon"><div class="tit">{glyph} {name}</div>{help_}{more}<ul>{links}</ul></section>',
        f'<aside><div class="prime-msg">{glyph}{name}</div><div>{help_}</div><ul>{links}</ul>{more}</aside>',
        f'<div class="box"><strong>{name}</strong> {help_} {more}<ul>{links}</ul></div>',
    )


def _related(draft: _Draft) -> str:
    links = "".join(draft.linked("", ' class="relative-news-one"') for _ in range(3))
    return (
        '<div class="rnmc-relative-news"><div class="relative-news-title-wrap"><div class="relative-news-title">'
        f'관련기사</div><a class="relative-news-more" href="#">more</a></div>{links} 外</div>'
    )


def _left(draft: _Draft) -> str:
    return f'<div class="rnmc-left"><p>{draft.aside("많이 찾은 " + headline(draft.random))}</p><ul>{draft.linked()}</ul></div>'


def _furniture(draft: _Draft) -> str:
    """One of the blocks that are never part of the body, wherever they stand."""
    words = draft.aside("곁글 " + headline(draft.random))
    return draft.one_of(
        f'<div class="share-btns-wrap"><span>{words}</span></div>',
        f'<div id="x-dablewidget-{draft.number}"><p>{words}</p></div>',
        f'<ins class="adsbygoogle" data-ad-slot="1">{words}</ins>',
        f'<div class="news-info-top-3news-wrap"><p>{words}</p></div>',
        f'<div class="read-news-row1"><p>{words}</p></div>',
        f'<div class="empty-rnmc"><p>{words}</p></div>',
        f'<div class="foot_notice"><p>{words}</p></div>',
        f'<ul class="bkn-list"><li>{words}</li></ul>',
        f'<div id="dealsite_ci"><p>{words}</p></div>',
        f"<script>var t = {json.dumps(words)}; // <p>{words}</p></script>",
        f"<style>.a:after{{content:'{words}'}}</style>",
    )


def _time(draft: _Draft) -> str:
    at = draft.published_at
    if draft.chance(0.3):
        draft.published_at = at = at.replace(second=0)
        return draft.one_of(
            f"{at:%Y.%m.%d %H:%M}",
            f"{at:%m-%d %H:%M}" if at > NOW - timedelta(days=300) else f"{at:%Y-%m-%d %H:%M}",
        )
    later = at + timedelta(hours=1)
    return draft.one_of(
        f"{at:%Y.%m.%d %H:%M:%S}",
        f"{at:%Y-%m-%d %H:%M:%S}",
        f"입력 {at:%Y.%m.%d %H:%M:%S}",
        f"입력 : {at:%Y.%m.%d %H:%M:%S} 수정 : {later:%Y.%m.%d %H:%M:%S}",
    )


def _info(draft: _Draft) -> str:
    byline = draft.one_of(", ", " · ", " ").join(draft.reporters) + " 기자"
    when = _time(draft)
    if draft.house == "plus":
        name, time = (
            f'<span class="nis-reporter-name">{byline}</span>',
            f'<div class="nis-time">{when}</div>',
        )
        return draft.one_of(
            f'<div class="news-info-and-share"><div class="nis-r-info-wrap">{name}{time}</div></div>',
            f'<div class="news-info-and-share">{name}{time}<div class="share-btns-wrap">공유</div></div>',
            f'<div class="nis-r-info-wrap">{name}</div>{time}',
        )
    info = draft.one_of(
        f'<div class="nis-r-info-wrap"><div class="nis-reporter-name">{byline}</div><div>{when}</div></div>',
        f'<div class="nis-r-info-wrap"><span class="nis-reporter-name"><a href="/reporters/3">{byline}</a></span> | <span class="nis-date">{when}</span></div>',
        f'<div class="nis-r-info-wrap"><p class="nis-reporter-name">딜사이트 {byline}</p><p>{when}</p></div>',
    )
    share = '<div class="share-btns-wrap"><button>공유</button><a href="#">카카오톡</a></div>'
    return draft.one_of(
        f'<div class="news-info-and-share">{info}{share}</div>',
        f'<div class="news-info-and-share"><div>{info}</div></div>{share}',
        info,
    )


def _sub_headline(draft: _Draft) -> str:
    told = escape(draft.subtitle, quote=False)
    if draft.house == "plus":
        if told:
            inner = draft.one_of(told, f"<p>{told}</p>", f"<span>{told}</span>")
        else:
            inner = "".join(draft.linked("p") for _ in range(2))
        return f'<div class="news-info-top-3news-wrap"><div class="news-info-top-3news">{inner}</div></div>'
    if draft.house == "newsroom" and not told:
        return '<div class="sub-title">제목을 입력해주세요.</div>' if draft.chance(0.3) else ""
    return f'<div class="sub-title">{told}</div>' if told else ""


def _areas(draft: _Draft, parts: list[str]) -> str:
    """The text's parts where another house has them, with what stands among them."""
    around = [_related(draft) if n == 0 or draft.chance(0.2) else "" for n in range(len(parts))]
    texts = [one + other for one, other in zip(parts, around, strict=True)]
    if draft.house == "newsroom":
        price = draft.aside(f"한빛정밀 {draft.random.randint(1000, 90000):,}원 ▲")
        clip = draft.aside("클립 " + headline(draft.random))
        stocks = f'<div class="relative-stock-wrap"><p>{price}</p></div>'
        texts.insert(draft.random.randint(0, len(texts)), stocks)
        texts.append(f'<div class="preview-clip-wrap"><p>{clip}</p></div>')
        draft.noise.append("제목을 입력해주세요.")
        whole = "".join(texts)
        return draft.one_of(
            whole, f'<div class="ck-content">{whole}</div>', f'<div class="rnmc-full">{whole}</div>'
        )
    draft.kinds.append("plus areas")
    return draft.one_of(
        f'<div class="rnmc-full">{"".join(texts)}</div>',
        "".join(
            f'<div class="rnmc-right content-area">{one}</div>{other}'
            for one, other in zip(parts, around, strict=True)
        ),
        "".join(
            f'<div class="rnmc-right{n} content-area">{one}</div>{other}'
            for n, (one, other) in enumerate(zip(parts, around, strict=True), 1)
        ),
        f'<div class="rnmc-right">{"".join(texts)}</div>',
    )


def _chips(draft: _Draft) -> str:
    words = [draft.aside(word) for word in ("칩하나말", "칩두울말")]
    if draft.house == "plus":
        return f'<div class="rec-keywords"><ul>{"".join(f"<li>{word}</li>" for word in words)}</ul></div>'
    links = "".join(f'<a href="/search/?LIKE=x">#{word}</a>' for word in words)
    name = "rec-keywords-wrap2" if draft.house == "newsroom" else "rec-keywords"
    return f'<div class="{name}">{links}</div>'


def _head(draft: _Draft) -> str:
    at = draft.published_at
    article = {
        "@type": draft.one_of("NewsArticle", "Article"),
        "headline": draft.title,
        "datePublished": at.isoformat(),
        "dateModified": (at + timedelta(hours=2)).isoformat(),
        "author": {"@type": "Person", "name": draft.reporters[0]},
    }
    crumbs = {"@type": "BreadcrumbList", "itemListElement": []}
    data = draft.random.choice(
        (
            article,
            [crumbs, article],
            {"@context": "https://schema.org", "@graph": [crumbs, article]},
        )
    )
    ld = f'<script type="application/ld+json">{json.dumps(data, ensure_ascii=False)}</script>'
    broken = '<script type="application/ld+json">{"headline": "덜 쓴</script>'
    return (
        f'<!DOCTYPE html><html lang="ko"><head><meta charset="utf-8"><title>{escape(draft.title)} - 딜사이트</title>'
        f'<meta property="og:title" content="{escape(draft.title)}">'
        f'<meta property="article:published_time" content="{at.isoformat()}">'
        f"{draft.random.choice((ld, broken, ''))}</head>"
    )


def _page(draft: _Draft) -> str:
    random = draft.random
    title = escape(draft.title, quote=False)
    title = draft.one_of(
        f'<div class="read-news-title">{title}</div>',
        f'<div class="read-news-title">\n  <h1>{title}</h1>\n</div>',
        f'<h1 class="read-news-title"><span>{title}</span></h1>',
    )
    info = _info(draft)
    subtitle = _sub_headline(draft)
    pack = '<div class="article-pack">[문패] 돈의 길</div>' if draft.chance(0.2) else ""
    blocks = _blocks(draft)
    notice = _shown_notice(draft)
    where = draft.one_of("first", "last", "main", "before", "wrapped", "end")
    if where in ("before", "main", "end") and "prime-msg" not in notice and draft.status.locked:
        where = "last"  # a bare phrase outside of the text would be anybody's
    draft.kinds += [f"notice {where}" if notice else "no notice", notice[:40]]
    tail = (
        draft.one_of(
            "", f"<p>{COPYRIGHT}</p>", f"<p>{draft.reporters[0]} 기자 a@dealsite.co.kr</p>"
        )
        if not draft.status.locked
        else ""
    )
    pieces = [*blocks]
    if draft.chance(0.4):
        pieces.insert(random.randint(0, len(pieces)), _furniture(draft))
    if where == "first":
        pieces.insert(0, notice)
    elif where == "last":
        pieces.append(notice)
    elif where == "wrapped":
        pieces = ['<div class="article-view">', *pieces, notice, "</div>"]
    pieces.append(tail)
    count = 1 if where == "wrapped" else random.choice((1, 2, 2, 3))
    edges = sorted(random.randint(0, len(pieces)) for _ in range(count - 1))
    parts = ["".join(pieces[a:b]) for a, b in zip([0, *edges], [*edges, len(pieces)], strict=True)]
    if draft.house == "today":
        area = "".join(
            f'<div class="rnmc-right rnmc-right{n} content-area">{part}</div>'
            + (_related(draft) if n == 1 or draft.chance(0.2) else "")
            + (_furniture(draft) if draft.chance(0.3) else "")
            for n, part in enumerate(parts, 1)
        )
    else:
        area = _areas(draft, parts)
    chips = _chips(draft)
    inside_head = draft.chance(0.3)
    main = (
        f'<div class="read-news-main-contents">{title + info if inside_head else ""}{pack}'
        f"{subtitle if draft.house != 'plus' and (draft.chance(0.7) or inside_head) else ''}{_left(draft)}{notice if where == 'main' else ''}"
        f"{area}{notice if where == 'end' else ''}{chips}</div>"
    )
    if subtitle and subtitle not in main:
        title += subtitle
    box, other_box = _box(draft), _box(draft)
    spot = draft.one_of("after", "before", "inside", "column", "both")
    draft.kinds.append(f"boxes {spot}")
    if draft.house == "plus" and inside_head:
        main = main.replace(info, info + subtitle, 1) if subtitle not in main else main
    head = "" if inside_head else title + (info if draft.chance(0.8) else f"<div>{info}</div>")
    article = f"{head}{notice if where == 'before' else ''}{main}"
    if spot == "inside":
        article += f"{_furniture(draft)}{box}{other_box}"
    article = draft.one_of(
        f'<div class="read-news">{article}</div>', f"<section><div>{article}</div></section>"
    )
    around = {
        "after": f'<div id="wrap">{article}</div>{box}{other_box}',
        "before": f'<div id="wrap">{box}{article}</div>{other_box}',
        "column": f'<div id="wrap"><div class="col-l">{article}</div><div class="col-r">{box}{other_box}</div></div>',
        "both": f"{box}{article}{other_box}",
        "inside": f'<main id="wrap">{article}</main>',
    }[spot]
    nav = f'<nav><a href="/join">회원가입</a><ul>{draft.linked()}</ul></nav>'
    foot = f"<footer><p>{draft.aside('발행인 아무개 ' + str(draft.number))}</p><p>{COPYRIGHT}</p></footer>"
    draft.noise += [
        "무단전재",
        "관련기사",
        "특별한 콘텐트입니다. 무료 회원 가입 후 바로 이용하실 수 있습니다. 회원가입",
    ]
    return f"{_head(draft)}<body>{nav}{around}{foot}</body></html>"


def _old_page(draft: _Draft) -> str:
    draft.subtitle = ""
    title = (
        f'<div class="article-head"><h1 class="title">{escape(draft.title, quote=False)}</h1></div>'
    )
    at = draft.published_at = draft.published_at.replace(second=0)
    byline = f'<span class="reporter">{", ".join(draft.reporters)} 기자</span> <span class="pubdate">{at:%Y.%m.%d %H:%M}</span>'
    blocks = _blocks(draft)
    notice = _notice(draft)
    if notice:
        blocks.insert(0, f"<p>{notice}</p>")
    blocks.append("<p>&lt;저작권자 ⓒ 팍스넷뉴스, 무단전재 및 재배포금지&gt;</p>")
    draft.noise += ["무단전재"]
    draft.kinds.append(f"old {notice[:30]}")
    body = f'<article class="article">{"".join(blocks)}</article>'
    return (
        f'{_head(draft)}<body><div class="top">{draft.linked("p")}</div>{title}<div class="info">{byline}</div>'
        f'{body}<div class="side">{_box(draft)}</div></body></html>'
    )
