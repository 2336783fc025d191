"""Small inputs that once failed, each one of a kind: bodies of articles.

The tests beside this file say what is right; the fuzzer begins with these.
"""

# ruff: noqa: E501 - markup is easier to read on a line.

from __future__ import annotations

import base64
import struct
import zlib

NOTICE = (
    "딜사이트 회원전용 딜사이트 회원에게만 제공되는 특별한 콘텐트입니다. "
    "무료 회원 가입 후 바로 이용하실 수 있습니다."
)


def png(width: int, height: int) -> bytes:
    """A PNG of that size, of noise that no row repeats."""
    rows = b"".join(
        b"\0" + bytes((x * 7 + y * 13) % 256 for x in range(3 * width)) for y in range(height)
    )
    parts = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(rows)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in parts
    )


def data_address(data: bytes, kind: str = "image/png") -> str:
    """Bytes as an address that holds them."""
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


PAGES = {
    "hidden text": "<p>앞이다.</p><p style='display:none'>하나</p><div style='visibility:hidden'>둘"
    "<b style='visibility:visible'>보임</b></div><p hidden>셋</p><noscript>넷</noscript>"
    "<template><p>다섯</p></template><p>글 <span style='DISPLAY : none !important'>여섯</span>끝.</p>",
    "hidden notice": f"<p>앞이다.</p><div class='prime-msg' style='display:none'>{NOTICE}</div>"
    f"<noscript><div class='prime-msg'>{NOTICE}</div></noscript><p>끝까지 있다.</p>",
    "styles": "<p style=\"background:url('data:x;display:none');/*;*/dis\\70 lay:none\">글</p>",
    "addresses": "<p><a href='\\articles\\5'>가</a><a href='//[::1'>나</a><a href='h\nttps://a.kr:99999/'>"
    "다</a><img src='https://a b.kr/x.jpg'><img srcset='/s.jpg 1x, /b.jpg,c 2x,, \\d.jpg'></p>",
    "a figure without its image": "<figure><img src='https://a b.kr/'><figcaption>설명</figcaption></figure>",
    "a picture in its address": f"<figure><img src='{data_address(png(40, 30))}'><figcaption>표"
    "</figcaption></figure>",
    "late images": "<p><img class=lazy src='data:image/gif;base64,R0lGODlhAQABAAAAACw='>"
    "<noscript>글<img src='/a.jpg'></noscript></p><ul><li><picture><source srcset='/b.jpg 2x'>"
    "<img src='/blank.gif'></picture></li></ul>",
    "formulas": "<p>값은 <math><mfrac><mi>a</mi><mn>2</mn></mfrac><annotation>x</annotation></math>이다.</p>",
    "embedded": "<audio src='/a.mp3'></audio><video><source src='/b.mp4'></video><object data='/c.pdf'>"
    "글</object><amp-img src='/d.jpg' width=9></amp-img><amp-youtube data-videoid='abcdefghijk'></amp-youtube>"
    "<iframe src='https://datawrapper.dwcdn.net/x/1/'></iframe><embed src='/e.swf'>",
    "drawings": "<p>앞<svg><title>x</title><defs><text>틀</text></defs><text>가<tspan dy=1>나</tspan></text><g "
    "display=none visibility=hidden><text style='display:none'>다</text></g></svg></p><figure><svg><image "
    "xlink:href='/a.jpg'/><foreignObject><p>글이다.</p></foreignObject></svg><figcaption>하나</figcaption>"
    "<figcaption>둘</figcaption></figure>",
    "texts in odd places": "<form><p>공장을 팔았다.</p><input><button>보내기</button></form><figure><img src='#'>"
    "<blockquote>인용</blockquote><figcaption>출처</figcaption></figure><object data='#'>글<object data='/a.swf'>"
    "<p>대체</p></object></object><details><summary>제목</summary>글</details><menu><li>가</menu>"
    "<datalist><option>x</datalist><ul><li><form>공장을 팔았다.<section>나</section></form></ul>",
    "declarations": "<p style='display:none;all:initial'>글</p><p style='--d:none;display:var(--d)'>글</p>"
    "<p style='display:\u00a0none!important;color:(];display:none'>글</p><p hidden style='display:revert'>글</p>"
    '<p style="background:url(it\'s/*.jpg);display:n\\6f ne!im\\70ortant">글</p>',
    "an escape after an escape": "<p style='display:n\\6f ne!im\\/articles/504'>글</p>",
    "joined emoji": "<p>👩🏽\u200d💻 ❤️\u200d🔥 می\u200cخواهم 가\u200d나\u200b다</p>",
    "a byline": "<p>" + "a." * 300 + "@</p><p>[딜사이트 " + "<b>" * 30 + "김가영 기자]</p>",
    "breaks": "<p>가" + "<br> " * 40 + "<span> </span>" * 40 + "나</p>",
    "nothing in nothing": "<p>" + "<b><i>" * 40 + " <br>" + "</i></b>" * 40 + "가</p>",
}
