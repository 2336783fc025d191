"""Images, captions and videos: their real addresses and what belongs to them.

In: elements, text.  Out: addresses, yes or no, a block's HTML.  Not its job: which
elements belong to the body (``body``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import parse_qs, urlsplit

from selectolax.lexbor import LexborNode

from feedsvc.parse.markup import escaped, quoted
from feedsvc.parse.sanitize import address

_LAZY = ("data-src", "data-original", "data-lazy-src", "data-lazy", "data-original-src", "data-url")
_SETS = ("data-srcset", "data-lazy-srcset", "srcset")
_PLACEHOLDER = re.compile(
    r"^data:|^about:|(?:^|[/_-])(?:blank|spacer|transparent|placeholder|loading|lazyload|lazy|dummy|"
    r"grey|gray|empty|noimg|no-image|no_image|pixel|1x1)\.(?:gif|png|jpe?g|svg|webp)(?:[?#]|$)",
    re.IGNORECASE,
)
_TRACKER = re.compile(
    r"facebook\.com/tr\b|doubleclick\.net|google-analytics|googletagmanager|/(?:beacon|pixel|track(?:ing|er)?)"
    r"(?:[/?.]|$)|scorecardresearch|adservice|googlesyndication",
    re.IGNORECASE,
)
_HIDDEN = re.compile(
    r"(?:^|[;\s])(?:width|height)\s*:\s*[01](?:px)?\s*(?:;|$|!)|display\s*:\s*none", re.IGNORECASE
)
_BACKGROUND = re.compile(
    r"background(?:-image)?\s*:[^;]*?url\(\s*(?:\"([^\"]*)\"|'([^']*)'|([^)'\"]*))\s*\)",
    re.IGNORECASE,
)
_CANDIDATE = re.compile(r"(\S+?)(?:\s+([\d.]+)[wx])?\s*(?:,\s+|,$|$)")
_SOURCE_WORDS = (
    r"(?:사진|자료\s?사진|자료|출처|제공|그래픽|이미지|그림|표|도표|캡처|촬영|일러스트|ⓒ|©|"
    r"photo|source)"
)
_CAPTION = re.compile(
    rf"[(\[<〈【（]\s*{_SOURCE_WORDS}[^()\[\]]{{0,60}}[)\]>〉】）]\s*\.?$"
    rf"|^[(\[<〈【（]?\s*{_SOURCE_WORDS}\s*[=＝:·]"
    rf"|[/|·,.]?\s(?:사진|자료|출처|그래픽)\s*[=＝:]\s*\S{{1,30}}\s*(?:제공|기자)?$"
    r"|^[▲△▼▽◀▶]\s?\S",
    re.IGNORECASE,
)
_CAPTION_LENGTH = 200
FRAMED_CAPTION = 120
"""The longest text that an image's wrapper may hold and be its caption."""
_YOUTUBE = re.compile(r"^/(?:embed|shorts|v|live)/([\w-]{6,20})|^/([\w-]{6,20})$", re.ASCII)
_VIMEO = re.compile(r"/(?:video/)?(\d{5,12})\b")


def background(style: str | None) -> str:
    """The address of a background image in a style attribute, or nothing."""
    match = _BACKGROUND.search(style or "")
    return next((one.strip() for one in match.groups() if one), "") if match else ""


def image_address(node: LexborNode, base: str) -> str | None:
    """Where an image really is: late-loading attributes first, then ``src``, the largest
    of ``srcset``, a background.

    ``None`` for tracking pixels, placeholders and what has no address.
    """
    held = node.attributes
    if _is_pixel(held):
        return None
    found = [held.get(name) or "" for name in _LAZY]
    found.append(held.get("src") or "")
    found += [_largest(held.get(name) or "") for name in _SETS]
    found.append(background(held.get("style")))
    for one in found:
        one = one.strip()
        if one and not _PLACEHOLDER.search(one):
            full = address(one, base)
            if full and full.startswith("http") and not _TRACKER.search(full):
                return full
    return None


def _is_pixel(held: Mapping[str, str | None]) -> bool:
    for name in ("width", "height"):
        size = (held.get(name) or "").strip().lower().removesuffix("px")
        if size in ("0", "1", "2"):
            return True
    return bool(_HIDDEN.search(held.get("style") or ""))


def _largest(srcset: str) -> str:
    best, size = "", -1.0
    for match in _CANDIDATE.finditer(srcset[:5000]):
        try:
            this = float(match[2] or 1)
        except ValueError:
            this = 0.0
        if this > size:
            best, size = match[1], this
    return best


def is_caption(text: str) -> bool:
    """Whether a short text beside an image is its caption: it names a source
    (``(사진=삼성전자)``) or points at the image (``▲``)."""
    return 0 < len(text) <= _CAPTION_LENGTH and _CAPTION.search(text) is not None


def figure(addresses: list[tuple[str, str]], caption: str) -> str:
    """A figure of images, given as address and alternative text, with one caption."""
    images = "".join(f'<img src="{quoted(url)}" alt="{quoted(alt)}">' for url, alt in addresses)
    told = f"<figcaption>{escaped(caption)}</figcaption>" if caption else ""
    return f"<figure>{images}{told}</figure>"


def video_address(node: LexborNode, base: str) -> str | None:
    """Where an embedded video (or other frame) is to be seen; ``None`` for an
    advertisement or nothing."""
    held = node.attributes
    source = None
    if node.tag == "video" and not held.get("src"):
        source = node.css_first("source[src]")
    for one in (
        *(held.get(name) for name in ("data-oembed-url", "url", "data-src", "src", "data")),
        source.attrs.get("src") if source is not None else None,
    ):
        if one and not one.startswith("about:"):
            full = address(one, base)
            return None if not full or _TRACKER.search(full) else _watched(full)
    return None


def video(url: str, caption: str = "") -> str:
    """A video as a link, with its thumbnail where that is known."""
    told = f"<figcaption>{escaped(caption)}</figcaption>" if caption else ""
    number = _youtube(url)
    if number:
        shown = f'<img src="https://i.ytimg.com/vi/{number}/hqdefault.jpg" alt="동영상">'
        return f'<figure><a href="{quoted(url)}">{shown}</a>{told}</figure>'
    line = f'<p><a href="{quoted(url)}">동영상 보기</a></p>'
    return f"<figure>{line}{told}</figure>" if told else line


def _youtube(url: str) -> str | None:
    parts = urlsplit(url)
    host = (parts.hostname or "").removeprefix("www.").removeprefix("m.")
    if host not in ("youtube.com", "youtube-nocookie.com", "youtu.be"):
        return None
    if parts.path == "/watch":
        number = parse_qs(parts.query).get("v", [""])[0]
        return number if re.fullmatch(r"[\w-]{6,20}", number, re.ASCII) else None
    match = _YOUTUBE.match(parts.path)
    return (match[1] or (match[2] if host == "youtu.be" else None)) if match else None


def _watched(url: str) -> str:
    """The page on which a person watches what a player's address embeds."""
    number = _youtube(url)
    if number:
        return f"https://www.youtube.com/watch?v={number}"
    parts = urlsplit(url)
    if parts.hostname == "player.vimeo.com":
        match = _VIMEO.search(parts.path)
        if match:
            return f"https://vimeo.com/{match[1]}"
    return url
