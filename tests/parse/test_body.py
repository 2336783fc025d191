"""What becomes of every kind of block that editors make."""

# ruff: noqa: E501 - markup is easier to read on a line.

import pytest

from feedsvc import parse
from feedsvc.model import Image, ParsedArticle, Related
from feedsvc.text import visible
from tests.parse.hard_pages import data_address, png
from tests.parse.pages import NOW, SITE, fetched, page

AT = "https://dealsite.co.kr"


def read(body: str, **parts: str) -> ParsedArticle:
    return parse.article(fetched(page(body, **parts)), SITE, NOW)


def figure(name: str = "a.jpg", caption: str = "") -> str:
    told = f"<figcaption>{caption}</figcaption>" if caption else ""
    return f'<figure><img src="{AT}/{name}" alt="">{told}</figure>'


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        (
            "<p>가나다.</p><p><br></p><p>&nbsp;</p><p></p><p>라마바.</p>",
            ["<p>가나다.</p>", "<p>라마바.</p>"],
        ),
        ("가나다.<br><br>라마바.<br>사아자.", ["<p>가나다.</p>", "<p>라마바.<br>사아자.</p>"]),
        ("<p>가나다.<br> <br>라마바.</p>", ["<p>가나다.</p>", "<p>라마바.</p>"]),
        ("<div>가나다.</div><div><div>라마바.</div></div>", ["<p>가나다.</p>", "<p>라마바.</p>"]),
        ("<div><p>가나다.</p>라마바.<span>사</span></div>", ["<p>가나다.</p>", "<p>라마바.사</p>"]),
        ("<p>가\u200b나 \u00a0 다.\x00</p>", ["<p>가나 다.</p>"]),
        ("<p><span style='x'>가</span><b>나</b><font>다</font></p>", ["<p>가<b>나</b>다</p>"]),
        ("<p><b></b><i> <b></b></i>가</p>", ["<p>가</p>"]),
        ("<b>가</b>나 <a href='/x'>다</a>", [f'<p><b>가</b>나 <a href="{AT}/x">다</a></p>']),
        ("<h3>소제목</h3><p>글</p>", ["<h3>소제목</h3>", "<p>글</p>"]),
        ("<ul><li>가</li><li>나</li></ul>", ["<ul><li>가</li><li>나</li></ul>"]),
        ("<blockquote><p>가</p></blockquote>", ["<blockquote><p>가</p></blockquote>"]),
        ("<p><a name='x'>가</a><a href='javascript:x'>나</a></p>", ["<p>가나</p>"]),
        ("<p>1 &lt; 2 &amp; 3</p>", ["<p>1 &lt; 2 &amp; 3</p>"]),
        ("<p>가</p><hr><nav>x</nav><svg><title>x</title></svg><form>x</form>", ["<p>가</p>"]),
        ("<!-- x --><p>가<!-- y --></p><script>x</script>", ["<p>가</p>"]),
        ("<ol start=3><li>가</li></ol><ul><li> </li></ul>", ['<ol start="3"><li>가</li></ol>']),
    ],
)
def test_paragraphs_however_they_were_made(html: str, expected: list[str]) -> None:
    assert list(read(html).body) == expected


def test_every_part_of_the_body_and_nothing_between() -> None:
    between = (
        '</div><div class="rnmc-relative-news"><p>관련기사</p><a class="relative-news-one" '
        'href="/articles/5">다른 글</a></div><div id="dablewidget_1"><p>광고</p></div>'
        '<div class="rnmc-right3 content-area">'
    )
    inside = (
        '<p class="x">가</p><ins class="adsbygoogle">광고</ins>'
        '<div class="share-btns-wrap">공유</div>'
        f'<div><p>나</p><div class="rec-keywords">#말</div></div>{between}<p>다</p>'
        '<div class="foot_notice">제보</div><ul class="bkn-list"><li>속보</li></ul>'
        '<p>라 <ins class="adsbygoogle">광고</ins></p>'
    )
    found = read(inside)
    assert found.body == ("<p>가</p>", "<p>나</p>", "<p>다</p>", "<p>라</p>")
    assert found.related == (Related("다른 글", f"{AT}/articles/5"),)


@pytest.mark.parametrize(
    ("html", "caption"),
    [
        ('<figure class="image"><img src="/a.jpg"><figcaption>설명</figcaption></figure>', "설명"),
        ('<p><img src="/a.jpg"></p><p>공장 전경 (사진=삼성전자)</p>', "공장 전경 (사진=삼성전자)"),
        ('<p><img src="/a.jpg"></p><p>&nbsp;</p><p>▲ 공장 전경</p>', "▲ 공장 전경"),
        ('<p><img src="/a.jpg"><br>공장 전경</p>', "공장 전경"),
        ('<div class="photo"><img src="/a.jpg"><p>공장 전경</p></div>', "공장 전경"),
        ('<img src="/a.jpg">', ""),
        ('<div><a href="/big.jpg"><img src="/a.jpg"></a></div>', ""),
        (
            '<table><tr><td><img src="/a.jpg"></td></tr><tr><td>공장 전경</td></tr></table>',
            "공장 전경",
        ),
        (
            '<figure><img src="/blank.gif" data-src="/a.jpg">'
            "<figcaption>설명</figcaption></figure>",
            "설명",
        ),
        ('<p><img data-original="/a.jpg" src="data:image/gif;base64,x"></p>', ""),
        ('<p><img srcset="/s.jpg 300w, /a.jpg 900w"></p>', ""),
        ('<p><img src="/loading.gif"><noscript><img src="/a.jpg"></noscript></p>', ""),
        ('<p><img src="/a.jpg"><noscript><img src="/a.jpg"></noscript></p>', ""),
        ("<div style=\"background-image: url('/a.jpg')\"></div>", ""),
        ('<p><span style="background:url(/a.jpg)"></span></p>', ""),
        ('<figure><div style="background-image:url(/a.jpg)"></div>설명</figure>', "설명"),
        ('<p><picture><source srcset="/a.jpg 2x"><img src="/spacer.gif"></picture></p>', ""),
        ('<figure><figure><img src="/a.jpg"></figure></figure>', ""),
    ],
)
def test_images_find_address_and_caption(html: str, caption: str) -> None:
    found = read(f"{html}<p>본문이다.</p>")
    assert found.body == (figure(caption=caption), "<p>본문이다.</p>")
    assert found.images == (Image(f"{AT}/a.jpg", caption),)


@pytest.mark.parametrize(
    "html",
    [
        '<img src="/t.gif" width="1" height="1">',
        '<img src="/t.gif" style="width:1px">',
        '<img src="https://www.facebook.com/tr?id=1">',
        '<img alt="x">',
        '<img src="javascript:x">',
        '<figure><img src="/blank.png"></figure>',
        '<iframe src="https://ad.doubleclick.net/x"></iframe>',
        '<iframe src="about:blank"></iframe>',
    ],
)
def test_pixels_placeholders_and_advertisements_go(html: str) -> None:
    assert read(f"<p>{html}</p>{html}<p>본문이다.</p>").body == ("<p>본문이다.</p>",)


def test_text_around_an_image_keeps_its_order() -> None:
    found = read('<p>앞 문장이다.<img src="/a.jpg">뒤 문장이다.</p>')
    assert found.body == ("<p>앞 문장이다.</p>", figure(), "<p>뒤 문장이다.</p>")


def test_a_short_paragraph_after_an_image_is_no_caption() -> None:
    for line in ("◆ 새 공장", "새 공장의 앞날"):
        found = read(f'<div><p><img src="/a.jpg"></p><p>{line}</p><p>본문이다.</p></div>')
        assert found.body == (figure(), f"<p>{line}</p>", "<p>본문이다.</p>")


def test_a_gallery_keeps_its_images_together() -> None:
    found = read('<figure><img src="/a.jpg"><img src="/b.jpg"><figcaption>둘</figcaption></figure>')
    assert [image.url for image in found.images] == [f"{AT}/a.jpg", f"{AT}/b.jpg"]
    assert found.body[0].count("<img") == 2
    pairs = "".join(f'<td><img src="/{n}.jpg"><p>그림 {n}</p></td>' for n in "ab")
    found = read(f"<table><tr>{pairs}</tr></table>")
    assert found.images == (Image(f"{AT}/a.jpg", "그림 a"), Image(f"{AT}/b.jpg", "그림 b"))


def test_tables_keep_spans_captions_and_images() -> None:
    table = '<table border="1"><tr><td colspan="2">가</td><td>나</td></tr></table>'
    clean = '<table><tbody><tr><td colspan="2">가</td><td>나</td></tr></tbody></table>'
    assert read(f'<figure class="table">{table}</figure>').body == (clean,)
    found = read(f"<figure>{table}<figcaption>표 1</figcaption></figure>")
    assert found.body == (f"<figure>{clean}<figcaption>표 1</figcaption></figure>",)
    found = read('<table><tr><td><img src="/a.jpg"></td><td>1</td><td>2</td></tr></table>')
    assert found.images == (Image(f"{AT}/a.jpg"),)
    assert f'<img src="{AT}/a.jpg" alt="">' in found.body[0]
    assert read("<p>글</p><table><tr><td></td></tr></table>").body == ("<p>글</p>",)


@pytest.mark.parametrize(
    ("html", "link"),
    [
        (
            '<iframe src="https://www.youtube.com/embed/abcdefghijk?x=1"></iframe>',
            "watch?v=abcdefghijk",
        ),
        ('<iframe data-src="//youtu.be/abcdefghijk"></iframe>', "watch?v=abcdefghijk"),
        (
            '<oembed url="https://m.youtube.com/watch?v=abcdefghijk"></oembed>',
            "watch?v=abcdefghijk",
        ),
        (
            '<div data-oembed-url="https://youtu.be/abcdefghijk"><iframe></iframe></div>',
            "watch?v=abcdefghijk",
        ),
        (
            '<iframe src="https://player.vimeo.com/video/12345678"></iframe>',
            "https://vimeo.com/12345678",
        ),
        ('<video><source src="/a.mp4"></video>', f"{AT}/a.mp4"),
        ('<iframe src="https://youtube.com/watch?list=1"></iframe>', "youtube.com/watch?list=1"),
    ],
)
def test_a_video_becomes_a_link(html: str, link: str) -> None:
    for around in (html, f"<p>{html}</p>", f"<figure class='media'>{html}</figure>"):
        found = read(f"{around}<p>본문이다.</p>")
        assert len(found.body) == 2
        assert link in found.body[0]
        assert "iframe" not in found.body[0]
        assert ("ytimg.com" in found.body[0]) == ("abcdefghijk" in html)
        assert found.images == ()


def test_a_video_keeps_its_caption() -> None:
    found = read('<figure><video src="/a.mp4"></video><figcaption>설명</figcaption></figure>')
    assert "<figcaption>설명</figcaption>" in found.body[0]
    assert '<a href="https://dealsite.co.kr/a.mp4">' in read(
        '<ul><li>가 <video src="/a.mp4"></video><img src="/a.jpg"></li></ul>'
    ).body[0]  # fmt: skip


@pytest.mark.parametrize(
    "line",
    [
        "ⓒ새로운 눈으로 시장을 바라봅니다. 딜사이트 무단전재 배포금지",
        "<저작권자 ⓒ 팍스넷뉴스, 무단전재 및 재배포금지>".replace("<", "&lt;"),
        "ⓒ 팍스넷뉴스 무단전재 배포금지",
        "무단 전재 및 재배포 금지",
        "김가영 기자 kim@dealsite.co.kr",
        "관련기사",
        "<a href='/articles/5'>하나</a> <a href='/articles/6'>둘</a>",
        "▶ <a href='/articles/5'>하나</a>",
    ],
)
def test_lines_that_are_no_text_go(line: str) -> None:
    assert read(f"<p>본문이다.</p><p>{line}</p>").body == ("<p>본문이다.</p>",)


@pytest.mark.parametrize(
    "line",
    [
        "◆ 소제목",
        "회사는 무단전재를 막겠다고 밝혔다.",
        "자세한 내용은 <a href='/articles/5'>앞선 글</a>에 있다.",
        "<a href='https://a.kr/'>하나</a> <a href='https://b.kr/'>둘</a>",
    ],
)
def test_text_that_looks_alike_stays(line: str) -> None:
    assert len(read(f"<p>본문이다.</p><p>{line}</p>").body) == 2


def test_the_dateline_after_a_figure_and_in_a_block_of_its_own() -> None:
    first = '<figure><img src="/a.jpg"><figcaption>설명</figcaption></figure>'
    for line in (
        "<p>[딜사이트 이도윤 기자] 본문이다.</p>",
        "<p>[딜사이트 이도윤 기자]</p><p>본문이다.</p>",
    ):
        found = read(first + line)
        assert found.body == (figure(caption="설명"), "<p>본문이다.</p>")
        assert found.reporters == ("김가영", "이도윤")


def test_a_picture_that_its_address_holds_stays_and_has_no_entry() -> None:
    """An address in ``images`` is one that may be fetched, and shown as a feed's image."""
    data = data_address(png(40, 30))
    found = read(
        f'<figure><img src="{data}"><figcaption>표 설명이다</figcaption></figure><p>글</p>'
    )
    assert found.body[0] == (
        f'<figure><img src="{data}" alt=""><figcaption>표 설명이다</figcaption></figure>'
    )
    assert found.images == ()
    # A late-loading image has a better address.
    found = read(f'<p><img src="{data}" data-src="/a.jpg"></p><p>글</p>')
    assert found.images == (Image(f"{AT}/a.jpg"),)
    found = read(f'<p><img src="{data}"><noscript><img src="/a.jpg"></noscript></p><p>글</p>')
    assert Image(f"{AT}/a.jpg") in found.images


@pytest.mark.parametrize(
    "image",
    [
        '<img src="https://exa mple.com/a.jpg">',
        '<img src="https://host.example:99999/b.jpg">',
        '<img src="https://user:word@host.example/b.jpg">',
        '<img src="//[::1/b.jpg">',
        '<img src="ftp://host.example/b.jpg">',
        '<img src="data:image/svg+xml,<svg/>">',
        '<img src="/blank.png">',
        "<img>",
    ],
)
def test_a_caption_stays_where_its_image_cannot(image: str) -> None:
    for html in (
        f"<figure>{image}<figcaption>사진 설명</figcaption></figure>",
        f"<figure>{image}사진 설명</figure>",
        f"<div>{image}<p>사진 설명</p></div>",
        f"<table><tr><td>{image}</td></tr><tr><td>사진 설명</td></tr></table>",
        f"<ul><li>{image}사진 설명</li></ul>",
    ):
        found = read(f"{html}<p>글이다.</p>")
        assert "사진 설명" in found.body[0]
        assert "<img" not in "".join(found.body)
        assert found.images == ()


@pytest.mark.parametrize(
    ("html", "urls"),
    [
        ('<img class=lazy src="/blank.gif" data-src="/a.jpg"><noscript><img src="/a.jpg"></noscript>', ["a"]),
        ('<img class=lazy src="/blank.gif"><noscript><p>글</p><img src="/a.jpg"></noscript>', ["a"]),
        ('<img style="display:none" data-src="/a.jpg"><noscript><img src="/b.jpg"></noscript>', ["b"]),
        ('<img src="/a.jpg?w=9"><noscript><img src="/a-full.jpg"></noscript>', ["a"]),
        ('<span></span><noscript><img src="/a.jpg"></noscript>', ["a"]),
        ('<noscript><img src="/t.gif" width=1 height=1></noscript>', []),
        ('<picture><source srcset="/a.jpg 2x"><img src="/blank.gif"></picture>', ["a"]),
        ('<amp-img src="/a.jpg" width="9" height="9" alt="x"></amp-img>', ["a"]),
        ('<amp-img srcset="/a.jpg 2x"><noscript><img src="/b.jpg"></noscript></amp-img>', ["a"]),
        ('<img style="width:1px" src="/a.jpg"><img hidden src="/b.jpg"><img src="\\c.jpg">', ["c"]),
    ],
)  # fmt: skip
def test_late_and_other_images(html: str, urls: list[str]) -> None:
    for around in ("{}", "<p>{}</p>", "<figure>{}</figure>", "<ul><li>글 {}</li></ul>", "<table><tr><td>글</td><td>{}</td><td>글</td></tr></table>"):  # fmt: skip
        found = read(around.format(html) + "<p>글이다.</p>")
        assert [one.url.removeprefix(f"{AT}/")[0] for one in found.images] == urls
        assert "".join(found.body).count("<img") == len(urls)


@pytest.mark.parametrize(
    ("html", "link"),
    [
        ('<audio src="/a.mp3" controls>못 듣는다</audio>', '<a href="{}/a.mp3">오디오 듣기</a>'),
        ('<audio><source src="/a.ogg"></audio>', '<a href="{}/a.ogg">오디오 듣기</a>'),
        ('<amp-audio src="/a"></amp-audio>', '<a href="{}/a">오디오 듣기</a>'),
        ('<video src="/a"></video>', '<a href="{}/a">동영상 보기</a>'),
        ('<amp-video src="/a.mp4"></amp-video>', '<a href="{}/a.mp4">동영상 보기</a>'),
        ('<iframe src="https://tv.naver.com/embed/1"></iframe>', '<a href="https://tv.naver.com/embed/1">동영상 보기</a>'),
        ('<iframe src="https://datawrapper.dwcdn.net/x/1/"></iframe>', '<a href="https://datawrapper.dwcdn.net/x/1/">차트 보기</a>'),
        ('<iframe src="https://flo.uri.sh/x"></iframe>', '<a href="https://flo.uri.sh/x">차트 보기</a>'),
        ('<iframe data-chart-id="7" src="/x"></iframe>', '<a href="{}/x">차트 보기</a>'),
        ('<iframe src="https://map.example/x"></iframe>', '<a href="https://map.example/x">첨부된 화면 보기</a>'),
        ('<object data="/a.pdf">못 본다</object>', '<a href="{}/a.pdf">문서 보기</a>'),
        ('<embed src="/a.pdf">', '<a href="{}/a.pdf">문서 보기</a>'),
        ('<audio>글이 <a href="/a.mp3">남는다</a></audio>', '글이 <a href="{}/a.mp3">남는다</a>'),
        ("<object>글이 남는다</object>", "글이 남는다"),
        ('<object data="/a.swf">글이 남는다</object>', "글이 남는다"),
        ('<object type="application/x-shockwave-flash" data="/a">글이 남는다</object>', "글이 남는다"),
        ('<object data="javascript:x()">글이 남는다</object>', "글이 남는다"),
        ('<object data="#">글이 남는다</object>', "글이 남는다"),
        ("<applet>글이 남는다</applet>", "글이 남는다"),
        ("<svg><text>글이</text><text>남는다</text></svg>", "글이 남는다"),
    ],
)  # fmt: skip
def test_what_cannot_be_shown_becomes_a_link(html: str, link: str) -> None:
    for around in ("{}", "<p>{}</p>", "<figure>{}</figure>"):
        found = read(f"<p>앞이다.</p>{around.format(html)}<p>뒤다.</p>")
        assert found.body == ("<p>앞이다.</p>", f"<p>{link.format(AT)}</p>", "<p>뒤다.</p>")
    inner = read(f"<ul><li>앞 {html}</li></ul>").body[0]
    assert inner.startswith("<ul><li>앞 ")
    assert visible(link) in visible(inner)


def test_the_players_of_a_page_that_is_accelerated() -> None:
    found = read('<amp-youtube data-videoid="abcdefghijk"></amp-youtube><p>글이다.</p>')
    assert 'href="https://www.youtube.com/watch?v=abcdefghijk"' in found.body[0]


def test_formulas_and_emoji_keep_together() -> None:
    formula = "<math><mi>x</mi><mo>=</mo><mfrac><mn>1</mn><mn>2</mn></mfrac></math>"
    source = formula.replace("</math>", "<annotation>x=\\frac12</annotation></math>")
    for html in (source, f"<p>{source}</p>", f"<div>{source}</div>"):
        assert read(f"{html}<p>글이다.</p>").body[0] == f"<p>{formula}</p>"
    joined = "👩🏽\u200d💻 ❤️\u200d🔥 می\u200cخواهم क्\u200dष"
    assert read(f"<p>{joined} 가\u200d나\u200b다\u200d</p>").body == (f"<p>{joined} 가나다</p>",)


def test_addresses_are_read_against_the_base() -> None:
    body = (
        '<p><a href="articles/5">앞 기사</a></p><p><img src="images/a.jpg"></p><p>글이다.</p>'
        '<p><a href="\\articles\\6\\">하나</a> <a href="articles/8">둘</a></p>'
    )
    related = '<a class="relative-news-one" href="articles/9">관련</a>'
    for head, at in (
        ('<base href="https://dealsite.co.kr/x/">', f"{AT}/x"),
        ('<base target="_blank"><base href="../x/"><base href="/y/">', f"{AT}/x"),
        ('<base href="ftp://a.kr/">', f"{AT}/articles"),
        ('<base href="https://a b/"><base href="/y/">', f"{AT}/articles"),
        ("", f"{AT}/articles"),
    ):
        found = read(body, head=head, inside=related)
        assert found.body[0] == f'<p><a href="{at}/articles/5">앞 기사</a></p>'
        assert found.images == (Image(f"{at}/images/a.jpg"),)
        assert found.related[0].url == f"{at}/articles/9"


@pytest.mark.parametrize(
    "around", ["{}", "<div>{}</div>", "<p>{}</p>", "<section><span>{}</span></section>"]
)
def test_the_words_of_a_drawing_are_seen(around: str) -> None:
    drawing = (
        "<svg viewBox='0 0 9 9'><title>그림</title><desc>설명</desc><style>.a{}</style><defs><text>틀</text></defs>"
        "<symbol><text>부호</text></symbol><clipPath><text>틈</text></clipPath><g><text>매출<tspan>액</tspan></text>"
        "<text><tspan x=1>가</tspan><tspan dy=9>나</tspan></text></g><g display='none'><text>숨김</text></g>"
        "<g visibility='hidden'><text>숨김</text></g><text style='display:none'>숨김</text><path d='M0'/></svg>"
    )
    assert read(f"{around.format(drawing)}<p>글이다.</p>").body == (
        "<p>매출액 가 나</p>",
        "<p>글이다.</p>",
    )
    assert read(f"<p>앞{drawing}뒤</p>").body == ("<p>앞 매출액 가 나 뒤</p>",)
    assert read(f"<ul><li>앞{drawing}</li></ul>").body == ("<ul><li>앞 매출액 가 나 </li></ul>",)
    assert read("<p>앞<svg><use href='#a'/><title>화살표</title></svg>뒤다.</p>").body == (
        "<p>앞뒤다.</p>",
    )


def test_a_drawing_may_hold_pictures_and_texts() -> None:
    html = "<svg><image {}='/a.jpg'/><foreignObject><p>글이다.</p></foreignObject></svg>"
    for name in ("href", "xlink:href"):
        found = read(html.format(name))
        assert found.images[0].url == f"{AT}/a.jpg"
        assert found.body[1:] == ("<p>글이다.</p>",)


@pytest.mark.parametrize(
    ("figure", "blocks"),
    [
        ("<blockquote>인용</blockquote><figcaption>말한 이</figcaption>", ["<blockquote>인용</blockquote>", "<p>말한 이</p>"]),
        ("<img src=/a.jpg><p>글이다.</p><figcaption>설명</figcaption>", ['<figure><img src="{}/a.jpg" alt=""><figcaption>설명</figcaption></figure>', "<p>글이다.</p>"]),
        ("<svg><text>매출</text></svg><figcaption>설명</figcaption>", ["<p>매출</p>", "<p>설명</p>"]),
        ("<table><tr><td>1</td></tr></table><p>자료: 회사</p>", ["<table><tbody><tr><td>1</td></tr></tbody></table>", "<p>자료: 회사</p>"]),
        ("<p><img src=/a.jpg></p><figcaption><p>설명</p></figcaption>", ['<figure><img src="{}/a.jpg" alt=""><figcaption>설명</figcaption></figure>']),
    ],
)  # fmt: skip
def test_what_stands_in_a_figure_beside_its_caption(figure: str, blocks: list[str]) -> None:
    found = read(f"<p>앞이다.</p><figure>{figure}</figure><p>뒤다.</p>").body
    assert found == ("<p>앞이다.</p>", *(one.format(AT) for one in blocks), "<p>뒤다.</p>")


def test_a_form_that_holds_the_text_holds_nothing_back() -> None:
    text = "<p>회사는 공장을 팔았다고 했다.</p>"
    assert read(f"<form action=/x>{text}<input><button>보내기</button></form>").body == (text,)
    assert read(f"{text}<form><label>이메일</label><input></form>").body == (text,)


@pytest.mark.parametrize(
    "address", ["", " ", "#", "#top", "?", "/", "/articles/7#a", "{}", "{}/articles/7"]
)
def test_the_page_itself_is_no_picture(address: str) -> None:
    address = address.format(AT)
    image = f'<img src="{address}"><div style="background:url({address})"></div>'
    found = read(f'<figure>{image}</figure><iframe src="{address}"></iframe><p>글이다.</p>')
    assert (found.body, found.images) == (("<p>글이다.</p>",), ())
    head = f'<meta property="og:image" content="{address}">'
    assert parse.article(fetched(page(head=head)), SITE, NOW).images == ()
    late = read(f'<figure><img src="{address}" data-src="/a.jpg?7"></figure><p>글이다.</p>')
    assert late.images[0].url == f"{AT}/a.jpg?7"


@pytest.mark.parametrize(
    "line",
    ["공장 전경 /사진=본사 제공", "공장 전경. 사진제공=누리정밀", "공장 전경, 자료: 한국은행", "공장 전경 |출처=금융감독원 전자공시"],
)  # fmt: skip
def test_a_caption_may_name_its_source_at_its_end(line: str) -> None:
    assert read(f"<p><img src=/a.jpg></p><p>{line}</p><p>글이다.</p>").body == (
        figure(caption=line),
        "<p>글이다.</p>",
    )
    told = f"<p>회사는 {line}라는 말을 남겼다.</p>"
    assert read(f"<p><img src=/a.jpg></p>{told}").body == (figure(), told)


@pytest.mark.parametrize(
    ("html", "blocks"),
    [
        ("<details><summary>제목</summary>본문이다.</details>", ["<p>제목</p>", "<p>본문이다.</p>"]),
        ("<fieldset><legend>이름</legend>글</fieldset>", ["<p>이름</p>", "<p>글</p>"]),
        ("<menu><li>가</li><li>나</li></menu>", ["<ul><li>가</li><li>나</li></ul>"]),
        ("<div><li>가</li>나<dt>다</dt></div>", ["<p>가</p>", "<p>나</p>", "<p>다</p>"]),
        ("<ul><li>가<details><summary>나</summary>다</details></li></ul>", ["<ul><li>가<div><div>나</div>다</div></li></ul>"]),
        ("<table><tr><td><form>공장을 팔았다.</form></td></tr></table>", ["<table><tbody><tr><td><div>공장을 팔았다.</div></td></tr></tbody></table>"]),
        ("<blockquote><article>가</article><footer>나</footer></blockquote>", ["<blockquote><div>가</div><div>나</div></blockquote>"]),
        ("<figure><img src=/a.jpg><figcaption>하나</figcaption><figcaption>둘</figcaption></figure>", [figure(caption="하나 둘")]),
    ],
)  # fmt: skip
def test_words_of_different_blocks_are_neither_lost_nor_joined(
    html: str, blocks: list[str]
) -> None:
    assert read(f"<p>앞이다.</p>{html}<p>뒤다.</p>").body == (
        "<p>앞이다.</p>",
        *blocks,
        "<p>뒤다.</p>",
    )
