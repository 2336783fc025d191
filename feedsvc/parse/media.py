"""Images with their captions, and what is embedded and is no image: videos, sound, charts.

In: elements, text.  Out: real addresses, where a person finds what is embedded, yes or no, a
block's HTML; a link for what a feed cannot show.  Not its job: which elements belong to the
body (``body``).
"""

import re
from collections.abc import Iterable, Mapping
from html import escape
from itertools import chain
from urllib.parse import parse_qs, urlsplit

from selectolax.lexbor import LexborNode

from feedsvc import picture, weburl
from feedsvc.parse.document import joined, siblings, words
from feedsvc.parse.markup import FALLING_BACK, escaped
from feedsvc.parse.sight import IMAGES, declared, unescaped
from feedsvc.text import fold

_LAZY = ("data-src", "data-original", "data-lazy-src", "data-lazy", "data-original-src", "data-url")
_SETS = ("data-srcset", "data-lazy-srcset", "srcset")
_PLACEHOLDER = re.compile(
    r"(?:^|[_-])(?:blank|spacer|transparent|placeholder|loading|lazyload|lazy|dummy|"
    r"grey|gray|empty|noimg|no-image|no_image|pixel|1x1|related_article_sample)\.(?:gif|png|jpe?g|svg|webp)(?:[?#]|$)",
    re.IGNORECASE,
)
TRACKER = re.compile(
    r"facebook\.com/tr\b|doubleclick\.net|google-analytics|googletagmanager|/(?:beacon|pixel|track(?:ing|er)?)"
    r"(?:[/?.]|$)|scorecardresearch|adservice|googlesyndication",
    re.IGNORECASE,
)
_SIDE = re.compile(r"[012](?:px)?")
_IN_URL = re.compile(r"url\(\s*+(?:\"([^\"]*)\"|'([^']*)'|([^)'\"\s]*+))\s*+\)", re.IGNORECASE)
# An alternative text that says nothing.
_FILE_NAME = re.compile(
    r"[^/:]{0,200}\.(?:jpe?g|png|gif|webp|avif|bmp|heic|svg)(?:\s?\(\d{1,3}\))?"
    r"|[0-9a-f-]{16,64}|[\d_-]{6,40}|thumb"
    r"|(?:kakaotalk|img|dsc|image|photo|screenshot|capture|스크린샷|캡처)[\d\s._()-]{1,40}",
    re.IGNORECASE,
)
_FRONT = re.compile(r"https?://[^/]*/?")
_PHOTO = re.compile(r"/photos/[0-9a-f]{32}/", re.IGNORECASE)
_NUMBERS = re.compile(r"(?<![0-9A-Za-z])[0-9]{1,12}(?![0-9A-Za-z])")
_CANDIDATE = re.compile(r"[ \t\n\f\r,]*+([^ \t\n\f\r]++)")
_DESCRIPTORS = re.compile(r"([^,]*+),?")
_SOURCE_WORDS = (
    r"(?:사진|자료\s?사진|자료|출처|제공|그래픽|이미지|그림|표|도표|캡처|촬영|일러스트|ⓒ|©|"
    r"photo|source)"
)
_CAPTION = re.compile(
    rf"[(\[<〈【（]\s*{_SOURCE_WORDS}[^()\[\]]{{0,60}}[)\]>〉】）]\s*\.?$"
    rf"|^[(\[<〈【（]?\s*{_SOURCE_WORDS}\s*[=＝:·]"
    r"|[/|·,.\s]\s?(?:사진|자료|출처|그래픽)\s?(?:제공|출처)?\s*[=＝:]\s*\S{1,30}(?:\s\S{1,20}){0,2}$(?<![다요까][.?!])"
    r"|^[▲△▼▽◀▶]\s?\S",
    re.IGNORECASE,
)
# Images that hold their own fallback.
_HOLDING = frozenset({"amp-img", "amp-anim", "picture"})
_ALL_IMAGES = f"{IMAGES}, picture, [style*='url(']"
_CAPTION_LENGTH = 200
_LONGEST_NAME = 200
FRAMED_CAPTION = 120
"""The longest text that an image's wrapper may hold and be its caption."""


def background(style: str | None) -> str:
    """The address of a background image in a style attribute, or nothing."""
    if not style or "url(" not in style.lower():
        return ""
    values = (*declared(style, "background-image"), *declared(style, "background"))
    found = (_IN_URL.search(unescaped(value)) for value in values)
    match = next(filter(None, found), None)
    return next((one.strip() for one in match.groups() if one), "") if match else ""


def image_address(node: LexborNode, base: str) -> str | None:
    """Where an image really is: late-loading attributes first, then ``src``, the largest
    of ``srcset``, a background; a ``data:`` address of a whole picture where none is.

    ``None`` for tracking pixels, placeholders and what has no address.
    """
    held = node.attributes
    if _is_pixel(held):
        return None
    plain = [held.get(name) or "" for name in (*_LAZY, "src")]
    sets = (largest(held.get(name) or "") for name in _SETS)
    drawn = (held.get(name) or "" for name in ("href", "xlink:href") if node.tag == "image")
    found = (*plain, *sets, background(held.get("style")), *drawn)
    real = (one for one in map(str.strip, found) if one and not _is_placeholder(one))
    addresses = filter(None, (weburl.of_image(one, base) for one in real))
    shown = (one for one in addresses if not is_page(one, base) and not TRACKER.search(one))
    wholes = filter(None, (picture.data_address(one) for one in plain if is_data(one)))
    return next(chain(shown, wholes), None)


def image_of(node: LexborNode, base: str) -> tuple[str, str] | None:
    """The address of an image, or of what a ``picture`` holds, and its alternative text."""
    is_picture = node.tag == "picture"
    first = node.css_first(IMAGES) if is_picture else node
    found = image_address(first, base) if first is not None else None
    for source in node.css("source") if is_picture and (not found or is_data(found)) else ():
        found = image_address(source, base) or found
    image = first or node
    found = found or image_address(image, base)
    if not found:
        return None
    alt = fold(image.attrs.get("alt") or "")
    return found, "" if _FILE_NAME.fullmatch(alt) else alt


def images_in(node: LexborNode, base: str) -> list[tuple[str, str]]:
    """The images within an element, each once."""
    shown = node.css(f"{_ALL_IMAGES}, noscript")
    fallbacks = [one for one in shown if one.tag == "noscript"]
    late = {one.mem_id for inner in fallbacks for one in inner.css(_ALL_IMAGES)}
    found = [
        image_of(one, base) for one in shown if one.tag != "noscript" and one.mem_id not in late
    ]
    found += [one for inner in fallbacks for one in late_images(inner, base)]
    return list({one[0]: one for one in reversed(found) if one}.values())[::-1]


def late_images(noscript: LexborNode, base: str) -> list[tuple[str, str]]:
    """The images of a ``noscript``: where a late-loading one stands once more, with its
    real address.  None where the image before it has told its own."""
    before = next((one for one in siblings(noscript, back=True) if one.is_element_node), None)
    above = noscript.parent
    if before is None and above is not None and above.tag in _HOLDING:
        before = above
    told = (image_of(one, base) for one in before.css(_ALL_IMAGES)) if before is not None else ()
    if any(one and not is_data(one[0]) for one in told):
        return []
    return [found for one in noscript.css(IMAGES) if (found := image_of(one, base))]


def cover_address(said: str, base: str, own_id: int) -> str | None:
    """The address of the article's cover; ``None`` for a stock picture, which has neither
    an article's own ``photos/{md5}`` nor its number."""
    full = weburl.of_image(said, base)
    if full is None:
        return None
    own = _PHOTO.search(full) or any(int(one) == own_id for one in _NUMBERS.findall(full))
    return full if own and not is_page(full, base) else None


def _is_placeholder(address: str) -> bool:
    return address[:6].lower().startswith(("data:", "about:")) or bool(
        _PLACEHOLDER.search(address.rpartition("/")[2][:_LONGEST_NAME])
    )


def is_page(address: str, base: str) -> bool:
    """Whether an absolute address is that of the page itself, which an empty one, ``#`` or ``?``
    comes to, or of a host's front page: nothing that a page could show."""
    there, here = address.partition("#")[0], base.partition("#")[0]
    place, _, query = there.partition("?")
    is_same = there == here if query else place == here.partition("?")[0]
    return is_same or (not query and _FRONT.fullmatch(place) is not None)


def is_shown(cover: str, addresses: Iterable[str]) -> bool:
    """Whether one of the images is the cover, in whatever size."""
    photo = _PHOTO.search(cover)
    return any(one == cover or (photo is not None and photo[0] in one) for one in addresses)


def is_data(address: str) -> bool:
    """Whether an address holds the picture itself."""
    return address.lstrip()[:5].lower() == "data:"


def _is_pixel(held: Mapping[str, str | None]) -> bool:
    style = held.get("style") or ""
    return any(
        _SIDE.fullmatch(value.strip().lower())
        for name in ("width", "height")
        for value in (held.get(name) or "", *declared(style, name)[:1])
    )


def largest(srcset: str) -> str:
    """The address of the largest image of a ``srcset`` (HTML Standard, 4.8.4.3.10)."""
    best, size, place = "", -1.0, 0
    while match := _CANDIDATE.match(srcset, place):
        url, place = match[1], match.end()
        described = None if url.endswith(",") else _DESCRIPTORS.match(srcset, place)
        place = described.end() if described else place
        width = _described(described[1] if described else "")
        if width > size:
            best, size = url.rstrip(","), width
    return best


def _described(text: str) -> float:
    """How wide or dense a candidate says that it is."""
    words = text.split()
    numbers = (word[:-1] for word in words if word[-1:] in "wx")
    told = (float(one) for one in numbers if one.replace(".", "", 1).isdecimal())
    return next(told, 0.0 if words else 1.0)


def is_caption(text: str) -> bool:
    """Whether a short text beside an image is its caption: it names a source
    (``(사진=삼성전자)``) or points at the image (``▲``)."""
    return 0 < len(text) <= _CAPTION_LENGTH and _CAPTION.search(text) is not None


def figure(addresses: list[tuple[str, str]], caption: str) -> str:
    """A figure of images, given as address and alternative text, with one caption."""
    images = "".join(f'<img src="{escape(url)}" alt="{escape(alt)}">' for url, alt in addresses)
    told = f"<figcaption>{escaped(caption)}</figcaption>" if caption else ""
    return f"<figure>{images}{told}</figure>"


_SOURCES = ("data-oembed-url", "url", "data-src", "src", "data")
_YOUTUBE = re.compile(r"/(?:embed|shorts|v|live)/([\w-]{6,20})|/([\w-]{6,20})", re.ASCII)
_NUMBER = re.compile(r"[\w-]{6,20}", re.ASCII)
_FLASH = re.compile(r"shockwave-flash|\.swf(?:[?#]|$)", re.IGNORECASE)
_VIMEO = re.compile(r"/(?:video/)?(\d{5,12})\b", re.ASCII)
_LABELS = (
    ("오디오 듣기", re.compile(r"\.(?:mp3|m4a|aac|ogg|oga|wav|flac)(?:[?#]|$)|podcast|soundcloud")),
    (
        "차트 보기",
        re.compile(
            r"(?:^|[./_-])(?:charts?|graphs?)\b|datawrapper|dwcdn\.net|flourish|flo\.uri\.sh|infogram|tableau|"
            r"plotly|visualization|everviz"
        ),
    ),
    (
        "동영상 보기",
        re.compile(
            r"\.(?:mp4|m4v|webm|mov|m3u8|ogv)(?:[?#]|$)|youtube|youtu\.be|vimeo|dailymotion|twitch\.tv|"
            r"tiktok|brightcove|jwplayer|jwplatform|wistia|(?:tv|nmv)\.naver|tv\.kakao|kakaotv|"
            r"dealsitetv|video|movie|player|/vod"
        ),
    ),
    ("문서 보기", re.compile(r"\.(?:pdf|hwpx?|docx?|xlsx?|pptx?)(?:[?#]|$)")),
)
_BY_TAG = {
    "audio": "오디오 듣기",
    "amp-audio": "오디오 듣기",
    "video": "동영상 보기",
    "amp-video": "동영상 보기",
    "amp-youtube": "동영상 보기",
}
_OTHER = "첨부된 화면 보기"
LABELS = frozenset({_OTHER, *_BY_TAG.values(), *(name for name, _ in _LABELS)})
"""What links to embedded things are called, in our words."""


def embedded(node: LexborNode, base: str) -> tuple[str | None, str]:
    """The address of what an element embeds, or of a frame in it, and what a link to it is
    called; ``None`` for an advertisement or nothing."""
    url = address_of(node, base)
    if url is None and node.css_first("iframe") is not None:
        node = node.css("iframe")[-1]
        url = address_of(node, base)
    return url, label_of(node, url) if url else ""


def address_of(node: LexborNode, base: str) -> str | None:
    """Where what is embedded is to be seen; ``None`` for an advertisement or nothing."""
    held = node.attributes
    if node.tag == "object" and _FLASH.search(f"{held.get('type')} {held.get('data')}"):
        return None  # no browser shows one any more
    named, video = (held.get(name) for name in _SOURCES), held.get("data-videoid")
    sources = node.css("source[src]") if node.tag in FALLING_BACK else []
    watched = [f"https://www.youtube.com/watch?v={video}"] if video else []
    found = filter(None, (*named, *watched, *(one.attrs.get("src") for one in sources)))
    real = (one for one in found if one.strip() and not one.startswith("about:"))
    addresses = (weburl.absolute(one, base) for one in real)
    pages = (one for one in addresses if one and one.startswith("http") and not is_page(one, base))
    first = next(pages, None)
    return _watched(first) if first and not TRACKER.search(first) else None


def is_drawing(node: LexborNode) -> bool:
    """Whether an element is a drawing of lines and words alone (SVG)."""
    return node.tag == "svg" and node.css_first("image, foreignObject") is None


def words_of(drawing: LexborNode) -> str:
    """The words that are seen in a drawing, those of different places apart, and apart from
    the text around it."""
    placed = "tspan[x], tspan[y], tspan[dy]"
    texts = (
        words(one) if one.css_first(placed) is not None else joined(one)
        for one in drawing.css("text, foreignObject")
    )
    told = " ".join(filter(None, texts))
    return f" {told} " if told else ""


def label_of(node: LexborNode, address: str) -> str:
    """What a link to it is called."""
    holders = [one for one in (node, node.parent) if one is not None]
    is_chart = any("data-chart-id" in one.attributes for one in holders)
    said = _BY_TAG.get(node.tag or "") or ("차트 보기" if is_chart else "")
    parts = urlsplit(address)
    place = f"{parts.netloc}{parts.path}".lower()
    return said or next((name for name, shape in _LABELS if shape.search(place)), _OTHER)


def link(address: str, label: str, caption: str = "") -> str:
    """The block of a link to it, with the thumbnail of a video where that is known."""
    told = f"<figcaption>{escaped(caption)}</figcaption>" if caption else ""
    number = _youtube(address)
    if number:
        shown = f'<img src="https://i.ytimg.com/vi/{number}/hqdefault.jpg" alt="동영상">'
        return f'<figure><a href="{escape(address)}">{shown}</a>{told}</figure>'
    line = f'<p><a href="{escape(address)}">{escaped(label)}</a></p>'
    return f"<figure>{line}{told}</figure>" if told else line


def _youtube(url: str) -> str | None:
    parts = urlsplit(url)
    host = (parts.hostname or "").removeprefix("www.").removeprefix("m.")
    if host not in ("youtube.com", "youtube-nocookie.com", "youtu.be"):
        return None
    if parts.path == "/watch":
        number = parse_qs(parts.query).get("v", [""])[0]
        return number if _NUMBER.fullmatch(number) else None
    match = _YOUTUBE.fullmatch(parts.path)
    return (match[1] or (match[2] if host == "youtu.be" else None)) if match else None


def _watched(url: str) -> str:
    """The page on which a person watches what a player's address embeds."""
    number = _youtube(url)
    if number:
        return f"https://www.youtube.com/watch?v={number}"
    parts = urlsplit(url)
    vimeo = _VIMEO.search(parts.path) if parts.hostname == "player.vimeo.com" else None
    return f"https://vimeo.com/{vimeo[1]}" if vimeo else url
