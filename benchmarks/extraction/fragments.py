"""Blocks of a body as editors make them, each with the lines that a reader sees.

In: a seeded generator.  Out: HTML and lines.  Written from the site page and from what
CKEditor makes, apart from the stand-in's own blocks.
"""

# ruff: noqa: E501 - a page is easier to read where an element is a line.

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from random import Random

from benchmarks.extraction.wording import NAMES, headline, paragraph, sentence


@dataclass(frozen=True, slots=True)
class Fragment:
    """``html`` stands in the page; ``lines`` are its truth; ``kind`` names how it was made."""

    kind: str
    html: str
    lines: tuple[str, ...]

    @property
    def captions(self) -> tuple[str, ...]:
        """Those of its lines that are the caption of its image or table."""
        if self.kind.startswith("image ") or self.kind == "obj container":
            return self.lines
        if self.kind == "figure table":
            return self.lines[-1:]
        return self.lines[:1] if self.kind in ("table", "stored table") else ()

    @property
    def rows(self) -> tuple[str, ...]:
        """Those of its lines that are rows of its table."""
        captions = self.captions
        tables = ("table", "figure table", "stored table")
        return tuple(one for one in self.lines if self.kind in tables and one not in captions)


_JUNK = (
    "&#8203;", "\ufeff", "\u200b", "&shy;", "\x08", "&#xD800;", "&#0;", "\x1f",
    "&#xFFFE;", "\u2060", "&#55357;", "\x7f", "&zwnj;",
)  # fmt: skip


def text(random: Random, *, dirty: bool, before: str = "") -> Fragment:
    """One or more paragraphs of words, ``before`` set in front of the first."""
    one, two = paragraph(random), paragraph(random)
    a, b = (escape(x, quote=False) for x in (one, two))
    if dirty:
        a, b = _soiled(a, random), _soiled(b, random)
    a = before + a
    firm, _, rest = a.partition(" ")
    kind, html, lines = random.choice(
        (
            ("p", f"<p>{a}</p>", (one,)),
            ("p", f"<p>{a}</p>", (one,)),
            ("p", f"\n<p>{a}</p>\n<p>{b}</p>\n", (one, two)),
            ("p styled", f'<p style="text-align:justify" class="MsoNormal"><span lang="KO" style="font-family:굴림">{a}</span></p>', (one,)),
            ("p nested", f"<p><span><span><strong>{firm}</strong> {rest}</span></span></p>", (one,)),
            ("p nbsp", f"<p>&nbsp;{a}&nbsp;&nbsp;</p><p>&nbsp;</p>", (one,)),
            ("p unclosed", f"<p>{a}<p>{b}</p>", (one, two)),
            ("p br br", f"<p>{a}<br><br/>\n{b}</p>", (one, two)),
            ("p br nbsp br", f"<p>{a}<br>&nbsp;<br>{b}</p>", (one, two)),
            ("div", f"<div>{a}</div><div><br></div><div>{b}</div>", (one, two)),
            ("div deep", f'<div class="x"><div><div>{a}</div></div><p>{b}</p></div>', (one, two)),
            ("div span", f'<div><span style="font-size:16px">{a}</span></div>', (one,)),
            ("bare", f"\n{a}<br><br>{b}<br/><br/>\n", (one, two)),
            ("bare b", f"{a}<p></p>\n<b>{b}</b><p></p>", (one, two)),
            ("section", f"<section><article><p>{a}</p></article></section>", (one,)),
            ("font", f'<p><font color="#000">{a}</font></p>', (one,)),
            ("word", f"<p><o:p></o:p>{a}<o:p>&nbsp;</o:p></p>", (one,)),
            ("center", f"<center><p>{a}</p></center>", (one,)),
            ("link", f'<p>{a} <a href="https://dart.fss.or.kr/x?a=1&amp;b=2" target="_blank">공시 원문</a></p>', (f"{one} 공시 원문",)),
            ("own link", f'<p>{a} 앞서 본지는 <a href="/articles/{random.randint(100, 9999)}">관련 사실</a>을 다뤘다.</p>', (f"{one} 앞서 본지는 관련 사실을 다뤘다.",)),
            ("comment", f"<!-- 기사 --><p>{a}<!-- 광고 자리 --></p>", (one,)),
            ("hangul space", f"<p>\u3000{a}\u3000</p>", (one,)),
        )
    )  # fmt: skip
    return Fragment(kind, html, lines)


def _soiled(html: str, random: Random) -> str:
    """The same words with characters set between them that nobody can see."""
    words = html.split(" ")
    for _ in range(3):
        at = random.randrange(len(words))
        words[at] += random.choice(_JUNK)
    return " ".join(words)


def other(random: Random) -> Fragment:
    """A block that is no plain paragraph."""
    line, more = sentence(random), sentence(random)
    short = " ".join(line.split()[:4])
    cell = [f"{random.randint(100, 99999):,}" for _ in range(6)]
    who = random.choice(NAMES)
    e = escape(line, quote=False)
    m = escape(more, quote=False)
    s = escape(short, quote=False)
    kind, html, lines = random.choice(
        (
            ("h3", f"<h3>{s}</h3>", (short,)),
            ("h2 strong", f"<h2><strong>{s}</strong></h2>", (short,)),
            ("bold heading", f"<p><strong>◆ {s}</strong></p>", (f"◆ {short}",)),
            ("ul", f"<ul><li>{e}</li><li><p>{m}</p></li></ul>", (line, more)),
            ("ol", f"<ol><li>{e}</li>\n<li>{m}</li></ol>", (line, more)),
            ("quote", f"<blockquote><p>{e}</p><p>{m}</p></blockquote>", (line, more)),
            ("quote bare", f"<blockquote>{e}</blockquote>", (line,)),
            ("footnote", f"<p>{e}<sup>1)</sup></p><p><small>1) {m}</small></p>", (f"{line}1)", f"1) {more}")),
            (
                "table",
                f'<table border="1" style="width:100%"><caption>{s}</caption><thead><tr><th>구분</th>'
                f'<th colspan="2">{who}</th></tr></thead><tbody><tr><td rowspan="2">합계</td><td>{cell[0]}</td>'
                f"<td>{cell[1]}</td></tr><tr><td>{cell[2]}</td><td>{cell[3]}</td></tr></tbody></table>",
                (short, f"구분 {who}", f"합계 {cell[0]} {cell[1]}", f"{cell[2]} {cell[3]}"),
            ),
            (
                "figure table",
                f'<figure class="table"><table><tbody><tr><td><p>{s}</p></td><td><p>{cell[0]}</p></td></tr>'
                f"<tr><td>{who}</td><td>{cell[1]}</td></tr></tbody></table><figcaption>단위: 억원 {cell[2]}</figcaption></figure>",
                (f"{short} {cell[0]}", f"{who} {cell[1]}", f"단위: 억원 {cell[2]}"),
            ),
            ("hr", f"<hr><p>{e}</p>", (line,)),
            ("video", '<figure class="media"><oembed url="https://youtu.be/abcdef12345"></oembed></figure>', ()),
            ("iframe", '<div class="video"><iframe src="https://www.youtube.com/embed/abcdef12345"></iframe></div>', ()),
            ("pixel", f'<img src="https://ad.example.kr/px.gif" width="1" height="1"><p>{e}</p>', (line,)),
            ("pre", f"<pre>{e}\n{m}</pre>", (f"{line} {more}",)),
            ("dl", f"<dl><dt>{s}</dt><dd>{e}</dd></dl>", (short, line)),
            ("details", f"<details><summary>{s}</summary><p>{e}</p></details>", (short, line)),
        )
    )  # fmt: skip
    return Fragment(kind, html, lines)


def stored(random: Random) -> Fragment:
    """A block in the form in which the newsroom's own system keeps it."""
    line = sentence(random)
    short = " ".join(line.split()[:4])
    e, s = escape(line, quote=False), escape(short, quote=False)
    number = random.randint(1000, 99999)
    unit = random.choice(("(단위: 억원)", "(단위 : %)", "[단위: 백만원]"))
    kind, html, lines = random.choice(
        (
            ("mid title", f'<p class="mid-title-input-box">{s}</p>', (short,)),
            ("mid title strong", f'<p class="mid-title-input-box"><strong>{s}</strong></p>', (short,)),
            ("p quote", f'<p class="quote">{e}</p>', (line,)),
            (
                "stored table",
                f'<p class="table-title">{s}</p><p class="table-txt">{unit}</p><table class="{random.choice(("table", "stock_table"))}" '
                f'role="presentation"><tbody><tr><td><p>구분</p></td><td><p>{number:,}</p></td></tr></tbody></table>',
                (f"{short} {unit}", f"구분 {number:,}"),
            ),
            (
                "obj container",
                f'<figure class="image image_resized obj_container align_left" style="width:50%" data-id="{number}" data-key="k{number}">'
                f'<img src="/photos/{number}.jpg" alt="KakaoTalk_{number}.jpg"><figcaption>{s} (사진=본사)</figcaption></figure>',
                (f"{short} (사진=본사)",),
            ),
            ("chart", f'<figure class="image obj_container" data-chart-id="{number}"><iframe src="https://chart.dealsite.co.kr/{number}"></iframe></figure>', ()),
            ("related marker", '<figure class="ck-related-news-marker"><img src="/images/related_article_sample.png"></figure>', ()),
            ("page break", '<div class="page-break" style="page-break-after:always"><span style="display:none">&nbsp;</span></div>', ()),
            ("to-do", f'<ul class="todo-list"><li><label class="todo-list__label"><input type="checkbox" disabled><span class="todo-list__label__description">{e}</span></label></li></ul>', (line,)),
            ("mark", f'<p>{e} <mark class="marker-yellow">{s}</mark></p>', (f"{line} {short}",)),
        )
    )  # fmt: skip
    return Fragment(kind, html, lines)


def picture(random: Random) -> Fragment:
    """An image with its caption, in each of the ways in which they occur."""
    subject = " ".join(headline(random).split()[1:3]).strip("'\"…,")
    number = random.randint(10, 99999)
    caption = random.choice(
        (
            f"{subject} {number}호 전경 (사진={random.choice(NAMES)})",
            f"▲ {subject} {number}",
            f"{subject} {number} /사진=본사 제공",
            f"<자료={subject} {number}>",
            f"{subject} {number} [사진 = 뉴스원]",
            f"(출처: 금융감독원 {number})",
            f"{subject} {number}. 사진제공=누리정밀",
        )
    )
    c = escape(caption, quote=False)
    src = f"/upload/2026/03/{number}.jpg"
    img = random.choice(
        (
            f'<img src="{src}" alt="">',
            f'<img alt="{escape(subject)}" src="https://img.dealsite.co.kr{src}" style="width:600px" />',
            f'<img class="lazy" src="data:image/gif;base64,R0lGODlhAQABAAAAACw=" data-src="{src}">',
            f'<img src="/images/blank.gif" data-original="{src}">',
            f'<img loading="lazy" srcset="{src}?w=300 300w, {src}?w=900 900w">',
            f'<picture><source srcset="{src}"><img src="{src}"></picture>',
            f'<a href="{src}" target="_blank"><img src="{src}"></a>',
        )
    )
    shapes = (
        ("figure", f'<figure class="image">{img}<figcaption>{c}</figcaption></figure>', (caption,)),
        ("figure sized", f'<figure class="image image_resized" style="width:75%">{img}<figcaption><p>{c}</p></figcaption></figure>', (caption,)),
        ("caption p", f"<p>{img}</p><p>{c}</p>", (caption,)),
        ("caption centred", f'<p style="text-align:center">{img}</p><p style="text-align:center"><span style="color:#777">{c}</span></p>', (caption,)),
        ("caption br", f"<p>{img}<br>{c}</p>", (caption,)),
        ("caption p filler", f"<p>{img}</p><p>&nbsp;</p><p>{c}</p>", (caption,)),
        ("table", f'<table align="center"><tbody><tr><td>{img}</td></tr><tr><td>{c}</td></tr></tbody></table>', (caption,)),
        ("table one cell", f"<table><tr><td>{img}<br>{c}</td></tr></table>", (caption,)),
        ("figure in figure", f'<figure class="table"><table><tr><td><figure class="image">{img}</figure></td></tr><tr><td>{c}</td></tr></table></figure>', (caption,)),
        ("div", f'<div class="photo-wrap">{img}<div class="desc">{c}</div></div>', (caption,)),
        ("no caption", f"<p>{img}</p>", ()),
        ("figure alone", f"<figure>{img}</figure>", ()),
        ("background", f'<div class="img" style="background-image:url({src})"></div><p>{c}</p>', (caption,)),
        ("gallery", f'<figure><img src="{src}"><img src="{src}2.jpg"><figcaption>{c}</figcaption></figure>', (caption,)),
    )  # fmt: skip
    kind, html, lines = random.choice(shapes)
    return Fragment(f"image {kind}", html, lines)
