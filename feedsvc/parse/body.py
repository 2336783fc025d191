"""Raw blocks to the body: dateline, captions, notices and links read out of it.

In: the blocks of ``blocks``.  Out: a ``Body``: sanitised blocks, images, names,
related articles, notices.  Not its job: finding the blocks, or what the notices
mean for the article (``access``).
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from html import escape, unescape

from feedsvc.model import Image, Related
from feedsvc.parse import media, phrases, reporters
from feedsvc.parse.blocks import Block
from feedsvc.parse.markup import without_hollow
from feedsvc.parse.sanitize import sanitised
from feedsvc.site import Site
from feedsvc.text import fold, visible

# The line under every article, today's and that of the old name.
_COPYRIGHT = re.compile(
    r"^[\s<〈\[(]*(?:(?:ⓒ|©|\(c\)|copyright|저작권자)[^.]{0,80}(?:바라봅니다|무단\s*(?:전재|복제|배포)|딜사이트|팍스넷)"
    r"|(?:딜사이트|팍스넷뉴스)?\s*무단\s*전재\s*(?:및|·|,|-)?\s*(?:재)?배포\s*금지)",
    re.IGNORECASE,
)
_LINK = re.compile(r'<a href="([^"]*)"[^>]*>(.*?)</a>', re.DOTALL)
_TAGS = re.compile(r"<[^>]*>")
_RELATED_HEADING = re.compile(
    r"^[\[<【▶☞■◆●※\s]*(?:관련\s?기사|관련\s?뉴스|함께\s?(?:보면|읽으면)\s?좋은\s?기사)[\]>】:\s]*(?:more)?$"
)
_POINTS = re.compile(r"^[\s▶▷☞→·ㆍ•■◆●※\-|,/\[\]:外]*$")
_ENDS_OPEN = re.compile(r"(?:…|\.\.\.|⋯)[\s\])]*$|\((?:중략|이하\s?생략|하략)\)$")
_SENTENCE = re.compile(r"(?:다|요|까|함|임)[.?!][\"'”’)]?$")
_LEADING_BREAKS = re.compile(r"^(?:<br>\s*)+")
_PAIR = 2
_NEAR_CAPTION = 120
_FIRST_LINE = re.compile(r"^((?:<[^>]+>|\s)*)([^<>]+)((?:</[^>]+>)*)\s*<br>\s*")


@dataclass(frozen=True, slots=True)
class LockNotice:
    """A text of the article block that holds a paywall phrase."""

    text: str
    said: phrases.Said
    counted: bool
    selector: str


@dataclass(slots=True)
class Body:
    """The body as it will be published, and what was read out of it."""

    blocks: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    images: list[Image] = field(default_factory=list)
    reporters: tuple[str, ...] = ()
    related: list[Related] = field(default_factory=list)
    notices: list[LockNotice] = field(default_factory=list)
    ends_open: bool = False


def body_of(blocks: Iterable[Block], site: Site, area: str) -> Body:
    """Compose the body.  ``area`` is the selector that found its parts."""
    body = Body()
    kept = list(_without_lines(blocks, body, site, area))
    while kept and kept[-1].kind == "text" and reporters.signs(kept[-1].text):
        body.reporters = reporters.merged(body.reporters, reporters.names(kept.pop().text))
    kept = _titled(kept)
    for block in _captioned(kept):
        _add(body, block)
    last = next((b for b in reversed(kept) if b.kind in ("text", "other")), None)
    body.ends_open = last is not None and _ENDS_OPEN.search(last.text) is not None
    return body


def _without_lines(blocks: Iterable[Block], body: Body, site: Site, area: str) -> Iterator[Block]:
    """The blocks that are text, the rest read into ``body``."""
    dated = False
    for block in blocks:
        if block.kind in ("text", "other") and (
            _COPYRIGHT.match(block.text)
            or (phrases.hinted(block.text) and _is_notice(block, body, site, area))
            or ("<a " in block.html and _is_links(block, body, site))
            or _RELATED_HEADING.match(block.text)
        ):
            continue
        cut = reporters.cut_dateline(block.html) if block.kind == "text" and not dated else None
        if cut:
            dated = True
            body.reporters, rest = cut
            block.html = rest = _LEADING_BREAKS.sub("", without_hollow(rest))
            block.text = visible(rest) if "<" in rest else fold(unescape(rest))
        if block.text or not cut:
            yield block


def _is_notice(block: Block, body: Body, site: Site, area: str) -> bool:
    selector = f"{area} > {block.tag}"
    told = phrases.said(block.text, site.tz)
    # What a quotation, a list or a table holds is shown to the reader, not told to him.
    if told.whole and block.kind == "text" and block.tag != "blockquote":
        body.notices.append(LockNotice(block.text, told, True, selector))
        return True
    html = block.html if block.kind == "text" else ""
    before, first = phrases.PLUS_FIRST.match(html), _FIRST_LINE.match(html)
    line, rest = "", html
    if before and reporters.cut_dateline(after := html[before.end() :].lstrip()):
        # The notice in one line with the dateline that follows it.
        line, rest = before[0], after
    elif first:
        # The notice as the first line of the paragraph that follows it.
        line = fold(unescape(first[2]))
        rest = without_hollow(first[1] + first[3] + html[first.end() :])
    alone = phrases.said(line, site.tz)
    if alone.whole:
        body.notices.append(LockNotice(line, alone, True, selector))
        block.html, block.text = rest, visible(rest)
        return not block.text
    if told.kinds:
        body.notices.append(LockNotice(block.text[:300], told, False, selector))
    return False


def _is_links(block: Block, body: Body, site: Site) -> bool:
    """Whether a block only links other articles of the site; then they are kept."""
    links = [
        Related(fold(unescape(_TAGS.sub("", match[2]))), unescape(match[1]))
        for match in _LINK.finditer(block.html)
    ]
    ours = [link for link in links if link.title and site.article_id(link.url) is not None]
    if not ours or len(ours) < len(links):
        return False
    rest = fold(unescape(_TAGS.sub(" ", _LINK.sub(" ", block.html))))
    pointed = re.match(r"[▶▷☞→]|\[?관련\s?기사", rest) is not None
    rest = re.sub(r"\[?관련\s?(?:기사|뉴스)\]?|\bmore\b", "", rest)
    if not _POINTS.match(rest) or not (pointed or len(ours) >= _PAIR):
        return False
    body.related.extend(ours)
    return True


def _titled(blocks: Iterable[Block]) -> list[Block]:
    """The blocks, title and unit of a table moved into it as its caption."""
    out: list[Block] = []
    waiting: list[Block] = []
    for block in blocks:
        if block.kind == "text" and block.tag == "caption":
            waiting.append(block)
            continue
        if waiting and block.kind == "other" and "<table>" in block.html:
            told = " ".join(one.html for one in waiting)
            start, table, rest = block.html.partition("<table>")
            own = "<caption>" if rest.startswith("<caption>") else ""
            closed = " " if own else "</caption>"
            block.html = f"{start}{table}<caption>{told}{closed}{rest.removeprefix(own)}"
            block.text = " ".join((*(one.text for one in waiting), block.text))
        else:
            out += (replace(one, tag="p") for one in waiting)
        waiting = []
        out.append(block)
    return [*out, *(replace(one, tag="p") for one in waiting)]


def _captioned(blocks: list[Block]) -> list[Block]:
    """The blocks, a caption in a paragraph of its own moved to the image above it."""
    out: list[Block] = []
    for block in blocks:
        above = out[-1] if out else None
        if (
            above is not None
            and above.kind in ("image", "embedded")
            and block.kind == "text"
            and not above.caption
            and (media.is_caption(block.text) or _is_near(above, block))
        ):
            above.caption = block.text
        else:
            out.append(block)
    return out


def _is_near(image: Block, block: Block) -> bool:
    """A short text without a sentence's end that shares its paragraph with the image."""
    return (
        image.within != 0
        and image.within == block.within
        and len(block.text) <= _NEAR_CAPTION
        and not _SENTENCE.search(block.text)
    )


def _add(body: Body, block: Block) -> None:
    match block.kind:
        case "image":
            html = media.figure(block.images, block.caption)
        case "embedded":
            html = media.link(block.html, block.text, block.caption)
        case "other":
            html = block.html
        case _:
            html = f"<{block.tag}>{block.html}</{block.tag}>"
    html = sanitised(html)
    if html:
        body.blocks.append(html)
        caption = block.caption if block.kind == "image" else ""
        # Those that the body shows; one that holds its picture itself has no address.
        body.images += (
            Image(url, caption)
            for url, _ in block.images
            if not media.is_data(url) and f'src="{escape(url, quote=False)}"' in html
        )
        if block.text and block.kind in ("text", "other"):
            body.texts.append(block.text)
