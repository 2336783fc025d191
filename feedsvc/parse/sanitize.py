"""The allow-list: the last to touch a block of the body.

In: HTML of one block, its addresses absolute.  Out: HTML that runs nothing, links
nowhere but to http, https and mailto, and stays as it is when sanitised again.
Not its job: what belongs to the body (``body``), how images find their address
(``media``).
"""

import re
from functools import cache, lru_cache
from html import escape
from itertools import count

import nh3

from feedsvc import picture, weburl
from feedsvc.text import clean, visible

TAGS = frozenset(
    """
    a abbr b blockquote br caption cite code col colgroup dd del dfn div dl dt em figcaption
    figure h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q rp rt ruby s samp small span
    strong sub sup table tbody td tfoot th thead time tr u ul var wbr
    math menclose merror mfrac mi mmultiscripts mn mo mover mpadded mphantom mprescripts mroot mrow
    ms mspace msqrt mstyle msub msubsup msup mtable mtd mtext mtr munder munderover none semantics
    """.split()
)
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
    "math": {"display"},
    "ol": {"start", "reversed", "type"},
    "q": {"cite"},
    "td": {"colspan", "rowspan", "headers"},
    "th": {"colspan", "rowspan", "headers", "scope"},
    "time": {"datetime"},
}
"""The attributes that an element may bear."""

GONE_WITH_CONTENT = frozenset(
    """
    script style noscript template iframe object embed svg annotation annotation-xml
    frame frameset noframes noembed xmp plaintext head title textarea select button form input
    audio video canvas
    """.split()
)

ADDRESSES = frozenset({"href", "src", "cite"})
_SIZES = frozenset({"width", "height", "colspan", "rowspan", "span", "start", "value"})
_NUMBER = re.compile(r"^\d{1,5}$")
# NFC joins U+0338 with the end of a tag before it into one character (≯).
_TAG_EATER = re.compile("([<>=])\u0338+")
# One element that holds text alone stays what it is.
_FLAT = re.compile(r"<(p|h[1-6]|li)>[^<>]*</\1>$")
_PASSES = 4
# An image whose address was refused.
_NO_IMAGE = re.compile(r"<img(?![^<>]* src=)[^<>]*>")

# What the cleaner gives back as it is, and nearly all blocks are so: the elements that
# editors use, one within another only where lists, tables and quotations have them, with
# no attribute but a plain address, an alternative text, a span.
_TEXT = r"(?:[^<>&\xa0]++|&(?:amp|lt|gt);)*+"
_VALUE = r"(?:[^<>&\"'\xa0]|&(?:amp|quot);)*+"
_HOST = r"(?:(?!xn--)[a-z][a-z0-9]*(?:-[a-z0-9]+)*\.)+[a-z]{2,8}"
# Read again it is the same: no segment of dots, which would be gone.
_HREF = rf"https?://{_HOST}/(?:[\w~!$*+,/:;=?@()#-]|(?<!/)\.|%(?!2[eE])|&amp;)*+"
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
        before, done = done, _once(done)
        if done == before:
            return done
    return f"<p>{escape(visible(done), quote=False)}</p>"


def _once(block: str) -> str:
    return _NO_IMAGE.sub("", _once_clean(_cleaner().clean(block)))


def _once_clean(block: str) -> str:
    return clean(_TAG_EATER.sub(r"\1", block) if "\u0338" in block else block)


@lru_cache(maxsize=1)
def _cleaner() -> nh3.Cleaner:
    def kept(tag: str, name: str, value: str) -> str | None:
        if tag == "img" and name == "src":
            return picture.data_address(value) or weburl.of_image(value)
        if name in ADDRESSES:
            return weburl.absolute(value)
        if name in _SIZES:
            return value if _NUMBER.match(value) else None
        return clean(value)

    return nh3.Cleaner(
        tags=set(TAGS),
        clean_content_tags=set(GONE_WITH_CONTENT),
        attributes={tag: set(names) for tag, names in ATTRIBUTES.items()},
        attribute_filter=kept,
        link_rel=None,
        url_schemes={"http", "https", "mailto", "data"},
        url_relative="deny",
        strip_comments=True,
    )
