"""What stands in the parts of the body, as raw blocks in reading order.

In: the elements that hold the text, what to leave out.  Out: blocks: a paragraph's
HTML and text, an image with its address, a table.  Not its job: datelines, captions
under images, notices (``body``).

CKEditor and the people before it made paragraphs of ``p``, of ``div``, of bare text
and of ``br`` pairs; all of them become blocks here.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from html import escape, unescape
from itertools import islice

from selectolax.lexbor import LexborNode

from feedsvc.parse import media
from feedsvc.parse.document import joined, words
from feedsvc.parse.markup import (
    AS_IS,
    BLOCK_TAGS,
    FALLING_BACK,
    FEW,
    FRAMED,
    FRAMES,
    HEADINGS,
    IMAGE_TAGS,
    INLINE,
    KEPT_INLINE,
    NO_FRAME,
    PLAIN_FIGURE,
    escaped,
    holds,
    holds_media,
    inner,
    meaning,
    preformatted,
    tags,
    texts_beside,
    without_hollow,
)
from feedsvc.parse.phrases import hinted, tells
from feedsvc.parse.reporters import cut_dateline
from feedsvc.parse.sanitize import GONE_WITH_CONTENT
from feedsvc.parse.sight import IMAGES
from feedsvc.text import fold, visible

_TRANSPARENT = re.compile(r"</?(?:span|font|o:p)(?: [^<>]*)?>")
# A paragraph whose HTML is right as it stands: words, emphasis, single spaces.
_FLAT_TEXT = r"[^<>& ]++|&(?:amp|lt|gt);| (?! )"
_FLAT = re.compile(rf"(?:{_FLAT_TEXT}|<(b|strong|em|i|u|s|sub|sup)>(?:{_FLAT_TEXT})*+</\1>)*+")
# More stand in no honest text, and each may stand in another.
_MOST_FORMS = 8
_SENTENCE = re.compile(r"(?:다|요|까)[.?!][\"'”’)]?$")
_BREAKS = re.compile(r"<br>(?:\s*+<br>)++")
NO_WORDS = frozenset(
    {"", "제목을 입력해주세요.", "제목을 입력해주세요", "lock_clock", "help", "expand_more", "more"}
)
"""What stands where nothing was written: the editor's own placeholder; glyphs of an icon
font, and what stands beside them."""
_READ_ON = re.compile(
    r"^[\[(<▶☞+…. ]*(?:기사\s*)?(?:더\s?보기|더\s?읽기|전문\s?(?:보기|읽기)|"
    r"전체\s?(?:기사\s?)?보기|"
    r"계속\s?(?:읽기|보기)|이어서?\s?(?:읽기|보기)|read\s?more|continue\s?reading)[\])>▶+…. ]*$",
    re.IGNORECASE,
)


@dataclass(slots=True)
class Block:
    """One raw block.  ``kind`` is ``text`` (``html`` is what stands inside ``tag``),
    ``image``, ``embedded`` (``html`` is its address, ``text`` what a link to it is called)
    or ``other`` (``html`` is the whole element).  ``within`` is
    the ``mem_id`` of the element that an image and bare text share, else 0."""

    kind: str
    html: str = ""
    text: str = ""
    tag: str = "p"
    images: list[tuple[str, str]] = field(default_factory=list)
    caption: str = ""
    within: int = 0


@dataclass(slots=True, eq=False)
class Blocks:
    """Gathers the blocks of one article, part by part.

    ``base`` makes addresses absolute; ``skipped`` are the ``mem_id``s of elements that
    are no text.  ``reads_on`` tells that a "read more" element stood in the text.
    """

    base: str
    skipped: Collection[int]
    found: list[Block] = field(default_factory=list)
    reads_on: bool = False
    _run: list[str] = field(default_factory=list)
    _within: int = 0
    _forms: int = 0

    def gather(self, part: LexborNode) -> None:
        """Add the blocks of one part of the body."""
        open_now: list[tuple[Iterator[LexborNode], bool, int]] = [
            (iter(list(part.iter(include_text=True))), True, 0)
        ]
        while open_now:
            children, is_block, within = open_now[-1]
            for node in children:
                if node.is_text_node:
                    self._bare(node.text_lexbor())
                elif (
                    node.is_element_node and node.mem_id not in self.skipped and self._element(node)
                ):
                    outer = self._within
                    if node.tag not in INLINE:
                        self._flush()
                        self._within = node.mem_id
                    open_now.append(
                        (iter(list(node.iter(include_text=True))), node.tag not in INLINE, outer)
                    )
                    break
            else:
                open_now.pop()
                if is_block:
                    self._flush()
                self._within = within

    def _element(self, node: LexborNode) -> bool:
        """Take one element in; ``True`` where its children are to be gathered one by one."""
        tag = node.tag or ""
        match tag:
            case "p":
                return self._paragraph(node, meaning(node))
            case _ if tag in HEADINGS:
                return self._paragraph(node, tag)
            case "br":
                self._run.append("<br>")
            case _ if tag in IMAGE_TAGS:
                self._image(media.image_of(node, self.base))
            case _ if tag in FRAMES or "data-oembed-url" in node.attributes:
                return not self._frame(node) and tag in FALLING_BACK
            case "noscript":
                for found in media.late_images(node, self.base):
                    self._image(found)
            case "button":
                self._drawn(node)
            case "svg" if media.is_drawing(node):
                self._bare(media.words_of(node))
            case _ if (
                tag in GONE_WITH_CONTENT
                and tag != "svg"
                and not (tag == "form" and self._tells(node))
            ):
                pass
            case "nav" | "hr" | "source" | "param":
                pass
            case _ if tag in INLINE:
                self._background(node)
                if holds_media(node, BLOCK_TAGS):
                    return True
                opened, closed = tags(node, self.base) if tag in KEPT_INLINE else ("", "")
                self._run.append(f"{opened}{self._inner(node)}{closed}")
            case "figure":
                return self._figure(node)
            case "table":
                self._table(node)
            case _ if tag in AS_IS:
                self._whole(node)
            case _:
                self._background(node)
                if holds_media(node, BLOCK_TAGS):
                    return not self._framed(node)
                return self._paragraph(node, meaning(node))
        return False

    def _framed(self, node: LexborNode) -> bool:
        """Whether a wrapper was an image with its caption, a figure in all but name."""
        is_image = node.css_first(IMAGES) is not None and node.css_first(NO_FRAME) is None
        caption = words(node) if is_image else ""
        if not caption or len(caption) > media.FRAMED_CAPTION or _SENTENCE.search(caption):
            return False
        found = media.images_in(node, self.base)
        # Two lines of text are a text with an image, and so is a dateline.
        lines = [one for one in node.css("p, div") if not holds(one, "p, div") and words(one)]
        if len(found) != 1 or len(lines) > 1 or hinted(caption) or cut_dateline(escape(caption)):
            return False
        self._flush()
        self.found.append(Block("image", images=found, caption=caption))
        return True

    def _paragraph(self, node: LexborNode, tag: str) -> bool:
        self._flush()
        child = node.child
        if child is not None and child.next is None and child.is_text_node:
            text = fold(child.text_lexbor())
            self._text(escape(text, quote=False), text, tag)
        elif child is not None:
            html = _unwrapped(node.inner_html or "")
            if (
                _FLAT.fullmatch(html)
                and html.isprintable()
                and all(one.mem_id not in self.skipped for one in node.traverse())
            ):
                self._text(without_hollow(html), fold(node.text_lexbor()), tag)
            elif holds_media(node):
                return True
            else:
                self._split(self._inner(node), tag)
        return False

    def _inner(self, node: LexborNode) -> str:
        return inner(node, self.skipped, self.base, self._drawn)

    def _bare(self, text: str) -> None:
        if text.strip():
            self._run.append(escaped(text))
        elif self._run:
            self._run.append(" ")

    def _flush(self) -> None:
        if self._run:
            self._split("".join(self._run), "p", self._within)
            self._run.clear()

    def _split(self, html: str, tag: str, within: int = 0) -> None:
        for part in _BREAKS.split(html) if "<br>" in html else (html,):
            part = without_hollow(part.strip().removeprefix("<br>").removesuffix("<br>"))
            text = visible(part) if "<" in part else fold(unescape(part))
            self._text(part, text, tag, within)

    def _text(self, html: str, text: str, tag: str, within: int = 0) -> None:
        if len(text) < 40 and _READ_ON.match(text):
            self.reads_on = True
        elif text not in NO_WORDS:
            self.found.append(Block("text", html, text, tag, within=within))

    def _whole(self, node: LexborNode) -> None:
        self._flush()
        opened, closed = tags(node, self.base)
        written = preformatted if node.tag == "pre" else escaped
        html = inner(node, self.skipped, self.base, self._drawn, written).strip("\n")
        text = visible(html)
        if text or "<img" in html:
            html, found = f"{opened}{html}{closed}", media.images_in(node, self.base)
            self.found.append(Block("other", html, text, node.tag or "", found))

    # -- images, tables, frames ---------------------------------------------------------

    def _image(self, found: tuple[str, str] | None) -> None:
        if found:
            self._flush()
            if not self.found or found[0] not in dict(self.found[-1].images):
                self.found.append(Block("image", images=[found], within=self._within))

    def _background(self, node: LexborNode) -> None:
        if media.background(node.attrs.get("style")):
            self._image(media.image_of(node, self.base))

    def _figure(self, node: LexborNode) -> bool:
        self._flush()
        within = [one.tag for one in islice(node.traverse(), 1, FEW)]
        captions = " ".join(
            text for one in node.css("figcaption") if (text := joined(one)) not in NO_WORDS
        )
        caption = captions or joined(node.css_first("caption"))
        texts: list[LexborNode] = []
        # Nearly all figures are an image and its caption: nothing else is looked for there.
        if not PLAIN_FIGURE.issuperset(within) or len(within) == FEW - 1:
            if holds(node, "figure"):
                return True
            texts = texts_beside(node, self.skipped)
            table, frame = node.css_first("table"), node.css_first(FRAMED)
            if table is not None:
                self._table(table, captions)
            if table is not None or (frame is not None and self._frame(frame, caption)):
                return self._all(texts)
        found = media.images_in(node, self.base)
        if not found and (texts or not caption):
            return bool(joined(node))
        # The caption of an image that cannot be shown is text all the same.
        caption = caption or joined(node)
        caption = "" if caption in NO_WORDS else caption
        self.found.append(Block("image", images=found, caption=caption))
        return self._all(texts if caption else ())

    def _all(self, texts: Iterable[LexborNode]) -> bool:
        """Take these in, and go no deeper."""
        for one in texts:
            self._element(one)
        self._flush()
        return False

    def _table(self, node: LexborNode, caption: str = "") -> None:
        self._flush()
        found = media.images_in(node, self.base)
        told = map(words, node.css("td, th, caption") if found else ())
        cells = [text for text in told if text]
        if found and len(cells) <= len(found) and all(len(text) <= 200 for text in cells):
            shown = [(found, caption or " ".join(cells))]
            if len(cells) == len(found) > 1:
                shown = [([one], text) for one, text in zip(found, cells, strict=True)]
            self.found += [Block("image", images=some, caption=text) for some, text in shown]
            return
        html = self._inner(node)
        text = visible(html)
        if text or found:
            html = f"<table>{html}</table>"
            if caption:
                html = f"<figure>{html}<figcaption>{escaped(caption)}</figcaption></figure>"
                text = f"{text} {caption}"
            self.found.append(Block("other", html, text, "table", found))

    def _frame(self, node: LexborNode, caption: str = "") -> bool:
        """Whether something is embedded that a reader can be sent to."""
        self._flush()
        url, label = media.embedded(node, self.base)
        last = self.found[-1] if self.found else None
        if url and not (last and last.kind == "embedded" and last.html == url):
            self.found.append(Block("embedded", url, label, caption=caption, within=self._within))
        return bool(url)

    def _tells(self, form: LexborNode) -> bool:
        """Whether a form holds a text of the page, and not just what it asks and offers."""
        self._forms += 1
        return self._forms <= _MOST_FORMS and tells(words(form))

    def _drawn(self, node: LexborNode) -> str:
        """What an image, a frame or a button comes to inside a paragraph, a list, a table
        or a quotation."""
        match node.tag:
            case "button":
                self.reads_on = self.reads_on or _READ_ON.match(joined(node)) is not None
                return ""
            case "noscript":
                return _images(media.late_images(node, self.base))
            case "form":
                return f"<div>{self._inner(node)}</div>" if self._tells(node) else ""
            case "svg":
                drawn = _images(media.image_of(one, self.base) for one in node.css("image"))
                return drawn + escaped(media.words_of(node))
            case tag if tag in IMAGE_TAGS:
                return _images([media.image_of(node, self.base)])
        url, label = media.embedded(node, self.base)
        if url:
            return f'<a href="{escape(url)}">{label}</a>'
        return escaped(joined(node)) if node.tag in FALLING_BACK else ""


def _images(found: Iterable[tuple[str, str] | None]) -> str:
    return "".join(f'<img src="{escape(one[0])}" alt="{escape(one[1])}">' for one in found if one)


def _unwrapped(html: str) -> str:
    """A paragraph's HTML less the elements that only dress it, and the space around it."""
    if "&nbsp;" in html and "&amp;nbsp;" not in html:
        html = html.replace("&nbsp;", " ")
    if ("<span" in html or "<font" in html or "<o:p" in html) and "url(" not in html:
        html = _TRANSPARENT.sub("", html)
    return html.strip()
