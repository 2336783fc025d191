"""What is embedded in a text and is no image: videos, sound, charts, documents.

In: elements.  Out: where a person finds it, and its link, for a feed cannot show it.
"""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

from selectolax.lexbor import LexborNode

from feedsvc import weburl
from feedsvc.parse.document import joined, words
from feedsvc.parse.figures import TRACKER, is_page
from feedsvc.parse.markup import escaped, quoted

_FRAMES_WORDS = """
iframe video audio embed object oembed amp-iframe amp-video amp-audio amp-youtube
"""
FRAMES = frozenset(_FRAMES_WORDS.split())
"""The elements that embed something."""
FALLING_BACK = frozenset({"video", "audio", "object", "amp-video", "amp-audio"})
"""Those that show what stands in them where they have nothing else to show."""

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
    found = [held.get(name) for name in _SOURCES]
    if held.get("data-videoid"):
        found.append(f"https://www.youtube.com/watch?v={held['data-videoid']}")
    if node.tag == "object" and _FLASH.search(f"{held.get('type')} {held.get('data')}"):
        return None  # no browser shows one any more
    if node.tag in FALLING_BACK:
        found += [one.attrs.get("src") for one in node.css("source[src]")]
    for one in found:
        if one and one.strip() and not one.startswith("about:"):
            full = weburl.absolute(one, base)
            if full and full.startswith("http") and not is_page(full, base):
                return None if TRACKER.search(full) else _watched(full)
    return None


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
    told = " ".join(text for text in texts if text)
    return f" {told} " if told else ""


def label_of(node: LexborNode, address: str) -> str:
    """What a link to it is called."""
    said = _BY_TAG.get(node.tag or "")
    above = node.parent
    if said is None and (
        "data-chart-id" in node.attributes
        or (above is not None and "data-chart-id" in above.attributes)
    ):
        said = "차트 보기"
    parts = urlsplit(address)
    place = f"{parts.netloc}{parts.path}".lower()
    return said or next((name for name, shape in _LABELS if shape.search(place)), _OTHER)


def link(address: str, label: str, caption: str = "") -> str:
    """The block of a link to it, with the thumbnail of a video where that is known."""
    told = f"<figcaption>{escaped(caption)}</figcaption>" if caption else ""
    number = _youtube(address)
    if number:
        shown = f'<img src="https://i.ytimg.com/vi/{number}/hqdefault.jpg" alt="동영상">'
        return f'<figure><a href="{quoted(address)}">{shown}</a>{told}</figure>'
    line = f'<p><a href="{quoted(address)}">{escaped(label)}</a></p>'
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
    if parts.hostname == "player.vimeo.com":
        match = _VIMEO.search(parts.path)
        if match:
            return f"https://vimeo.com/{match[1]}"
    return url
