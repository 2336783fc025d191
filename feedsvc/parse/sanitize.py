"""The allow-list: the last to touch a block of the body.

In: HTML of one block, its addresses absolute.  Out: HTML that runs nothing, links
nowhere but to http, https and mailto, and stays as it is when sanitised again.
Not its job: what belongs to the body (``body``), how images find their address
(``figures``).
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from html import escape
from itertools import count
from urllib.parse import quote, urljoin, urlsplit

import nh3

from feedsvc.text import clean, visible

_TAGS_WORDS = """
a abbr b blockquote br caption cite code col colgroup dd del dfn div dl dt em figcaption
figure h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q rp rt ruby s samp small span
strong sub sup table tbody td tfoot th thead time tr u ul var wbr
"""
TAGS = frozenset(_TAGS_WORDS.split())
"""The elements that a block may hold."""

ATTRIBUTES = {
    "a": {"href", "title"},
    "abbr": {"title"},
    "blockquote": {"cite"},
    "col": {"span"},
    "colgroup": {"span"},
    "del": {"datetime"},
    "img": {"src", "alt", "title", "width", "height"},
    "ins": {"datetime"},
    "li": {"value"},
    "ol": {"start", "reversed", "type"},
    "q": {"cite"},
    "td": {"colspan", "rowspan", "headers"},
    "th": {"colspan", "rowspan", "headers", "scope"},
    "time": {"datetime"},
}
"""The attributes that an element may bear."""

_GONE_WITH_CONTENT_WORDS = """
script style noscript template iframe object embed applet svg math frame frameset noframes
noembed xmp plaintext head title textarea select button form input audio video canvas
"""
GONE_WITH_CONTENT = frozenset(_GONE_WITH_CONTENT_WORDS.split())

_ADDRESSES = frozenset({"href", "src", "cite"})
_SIZES = frozenset({"width", "height", "colspan", "rowspan", "span", "start", "value"})
_NUMBER = re.compile(r"^\d{1,5}$")
# NFC joins U+0338 with the end of a tag before it into one character (≯).
_TAG_EATER = re.compile("([<>=])\u0338+")
# What a browser takes out of an address before it reads it (URL Standard, 4.4).
_IGNORED = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029]+")
# One element that holds text alone stays what it is.
_FLAT = re.compile(r"<(p|h[1-6]|li)>[^<>]*</\1>$")
_PASSES = 4
_SPACES = re.compile(r"\s+")
_SCHEME = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]*:")
_PLAIN_PATH = re.compile(r"/(?:[\w-][\w.-]*/)*(?:[\w-][\w.-]*)?$", re.ASCII)
_ORIGIN = re.compile(r"https?://[^/?#]+")
_UNSAFE = "!#$%&'()*+,/:;=?@[]~-._"

# What the cleaner gives back as it is, and nearly all blocks are so: the elements that
# editors use, one within another only where lists, tables and quotations have them, with
# no attribute but a plain address, an alternative text, a span.
_TEXT = r"(?:[^<>&\xa0]++|&(?:amp|lt|gt);)*+"
_VALUE = r"(?:[^<>&\"'\xa0]|&(?:amp|quot);)*+"
_HOST = r"(?:(?!xn--)[a-z][a-z0-9]*(?:-[a-z0-9]+)*\.)+[a-z]{2,8}"
_HREF = rf"https?://{_HOST}(?:/(?:[\w.~!$%*+,/:;=?@()#-]|&amp;)*+)?"
_SPANS = r"(?: colspan=\"\d{1,3}\")?(?: rowspan=\"\d{1,3}\")?"


_names = count()


def _element(names: str, inside: str, attributes: str = "") -> str:
    """One element out of ``names``, closed by its own; the group is this place's own."""
    group = f"g{next(_names)}"
    return rf"(?:<(?P<{group}>{names}){attributes}>{inside}</(?P={group})>)"


def _flow() -> str:
    """Text with links and emphasis."""
    emphasis = _element("b|strong|em|i|u|s|sub|sup|mark|small|code", _TEXT)
    return rf"(?:[^<>&\xa0]++|&(?:amp|lt|gt);|<br>|<a href=\"{_HREF}\">{_TEXT}</a>|{emphasis})*+"


def _lines() -> str:
    """Paragraphs, or text alone."""
    return rf"(?:(?:<p>{_flow()}</p>)++|{_flow()})"


def _rows() -> str:
    return rf"(?:<tr>{_element('td|th', _lines(), _SPANS)}*+</tr>)++"


@cache
def _plain() -> re.Pattern[str]:
    """The pattern of the blocks that the cleaner gives back as they are."""
    shapes = (
        _element("p|h[1-6]", _flow()),
        rf"<figure>(?:<img src=\"{_HREF}\" alt=\"{_VALUE}\">)++"
        rf"(?:<figcaption>{_TEXT}</figcaption>)?</figure>",
        rf"<table>(?:<caption>{_TEXT}</caption>)?(?:<thead>{_rows()}</thead>)?"
        rf"(?:<tbody>{_rows()}</tbody>)?</table>",
        _element("ul|ol", rf"(?:<li>{_lines()}</li>)++"),
        rf"<blockquote>{_lines()}</blockquote>",
        rf"<dl>{_element('dt|dd', _flow())}++</dl>",
    )
    return re.compile("|".join(shapes), re.ASCII)


def address(value: str, base: str = "") -> str | None:
    """An address made absolute against ``base``, in ASCII; ``None`` unless http, https
    or mailto."""
    value = clean(value).strip()
    if base.startswith("http") and _PLAIN_PATH.match(value):
        return f"{_origin(base)}{value}"
    scheme = _SCHEME.match(_IGNORED.sub("", value))
    if scheme and scheme[0].lower() not in ("http:", "https:", "mailto:"):
        return None
    value = quote(_SPACES.sub(lambda run: "%20" if "\n" not in run[0] else "", value), safe=_UNSAFE)
    try:
        if scheme and scheme[0].lower() != "mailto:" and not urlsplit(value).netloc:
            return None
        full = urljoin(base, value)
        parts = urlsplit(full)
    except ValueError:
        return None
    if parts.scheme == "mailto":
        return full if parts.path else None
    if parts.scheme not in ("http", "https") or not parts.netloc:
        return None
    return full


@lru_cache(maxsize=8)
def _origin(base: str) -> str:
    """What stands before the path in an http address."""
    found = _ORIGIN.match(base)
    return found[0] if found else ""


def sanitised(block: str) -> str:
    """One block of absolute addresses, safe and clean; a relative address is dropped."""
    block = _once_clean(block)
    return block if _plain().fullmatch(block) else by_cleaner(block)


def by_cleaner(block: str) -> str:
    """The same, whatever the block holds: the long way."""
    done = _once(_once_clean(block))
    # Elements within one another may be put elsewhere when they are read again.
    for _ in range(_PASSES):
        if _FLAT.match(done):
            return done
        again = _once(done)
        if again == done:
            return done
        done = again
    return f"<p>{escape(visible(done), quote=False)}</p>"


def _once(block: str) -> str:
    return _once_clean(_cleaner().clean(block))


def _once_clean(block: str) -> str:
    return clean(_TAG_EATER.sub(r"\1", block) if "\u0338" in block else block)


@lru_cache(maxsize=1)
def _cleaner() -> nh3.Cleaner:
    def kept(tag: str, name: str, value: str) -> str | None:
        if name in _ADDRESSES:
            return address(value)
        if name in _SIZES:
            return value if _NUMBER.match(value) else None
        return clean(value)

    return nh3.Cleaner(
        tags=set(TAGS),
        clean_content_tags=set(GONE_WITH_CONTENT),
        attributes={tag: set(names) for tag, names in ATTRIBUTES.items()},
        attribute_filter=kept,
        link_rel=None,
        url_schemes={"http", "https", "mailto"},
        url_relative="deny",
        strip_comments=True,
    )
