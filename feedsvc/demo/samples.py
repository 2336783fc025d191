"""The sample articles: invented news, read from ``texts/*.txt``.

In: the time at which the newest of them has just come out.  Out: articles.
Each story begins with a line ``=== headline`` and fields ``name: value``; an
empty line ends them; the body is in a small markup, of which come blocks as an editor makes
them in CKEditor.  The fields:

``by`` reporters, ``in`` section codes, ``sub`` sub-headline, ``key`` keywords
(lists are comma-separated), ``status`` (``members-only 2``: two blocks show),
``plus`` minutes between the sale on Dealsite Plus and the release, ``series``,
``split`` blocks, ``related`` how many of the earlier stories are linked, the most akin,
``at`` an absolute KST time in place of the even spread, and the article's own
``dateline``, ``filler``, ``notice``, ``copyright_at``, ``reporter_title``.

The markup, one block a paragraph of lines (blocks are parted by empty lines)::

    A line of text                     p
    ### 소제목                         h3
    - one                              ul (one line an item); "1. one" gives ol
    | 구분 | 매출 |                    table, the first line its head
    > 인용                             blockquote
    !figure path | caption             figure.image > img + figcaption
    !caption path | caption            an image, then a caption paragraph
    !lazy path | caption               the same, loaded late (data-src)
    !table path | caption              a table that holds image and caption
    !video address                     an embedded video
    <…>                                HTML, as it is
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from html import escape
from importlib.resources import files
from itertools import zip_longest
from typing import Any

from feedsvc.demo.articles import RelatedLink, StandInArticle
from feedsvc.model import Status
from feedsvc.site import KST

_ORDERED = re.compile(r"^\d+\. ")
_FILES = ("industry", "finance", "securities", "mna", "alternative", "series")
_PLAIN = {"dateline", "filler", "notice", "copyright_at", "reporter_title", "series"}
_LISTS = {"by": "reporters", "in": "sections", "key": "keywords"}
_FIRST_ID = 166095
_APART = timedelta(minutes=83)


@dataclass(frozen=True, slots=True)
class Sample:
    """A story as it stands in its file."""

    title: str
    fields: tuple[tuple[str, str], ...]
    body: tuple[str, ...]


def sample_articles(now: datetime) -> tuple[StandInArticle, ...]:
    """The sample articles, newest first: spread over the days before ``now`` (aware), of
    every access status."""
    return arranged(stories(), now)


def arranged(files: Sequence[Sequence[Sample]], now: datetime) -> tuple[StandInArticle, ...]:
    """The articles of some files of stories, newest first."""
    moment = now.astimezone(KST).replace(microsecond=0) - timedelta(minutes=7)
    # The files' stories in turn, so that neighbours in time differ in kind.
    mixed = [story for turn in zip_longest(*files) for story in turn if story]
    articles: list[StandInArticle] = []
    for number, story in enumerate(reversed(mixed)):
        back = len(mixed) - 1 - number
        published = moment - back * _APART - timedelta(seconds=back * 37 % 60)
        articles.append(_article(story, _FIRST_ID + 3 * number, published, articles))
    return tuple(sorted(articles, key=lambda a: (a.published_at, a.id), reverse=True))


def _article(
    story: Sample, number: int, published: datetime, earlier: list[StandInArticle]
) -> StandInArticle:
    known: dict[str, Any] = {}
    for name, value in story.fields:
        words = tuple(word.strip() for word in value.split(","))
        match name:
            case "by" | "in" | "key":
                known[_LISTS[name]] = words
            case "sub":
                known["subtitle"] = value
            case "split":
                known["split"] = tuple(int(word) for word in words)
            case "status":
                status, _, teaser = value.partition(" ")
                known |= {"status": Status(status), "teaser": int(teaser or 2)}
            case "plus":
                early = published - timedelta(minutes=int(value))
                known["plus_first_at"] = early.replace(second=0)
            case "related":
                known["related"] = tuple(map(RelatedLink, _akin(story, earlier)[-int(value) :]))
            case "at":
                published = datetime.strptime(value, "%Y-%m-%d %H:%M:%S").replace(tzinfo=KST)
            case "id":
                number = int(value)
            case _ if name in _PLAIN:
                known[name] = value
            case _:
                raise ValueError(f"{story.title}: unknown field {name}")
    return StandInArticle(
        id=number, title=story.title, published_at=published, body=story.body,
        json_ld=bool(number % 2), **known,
    )  # fmt: skip


def _akin(story: Sample, earlier: list[StandInArticle]) -> list[int]:
    """The ids of earlier articles, those that share the most words with a story last."""
    fields = dict(story.fields)
    own = _words(story.title, fields.get("key", ""))
    codes = set(fields.get("in", "").replace(",", " ").split())

    def near(one: StandInArticle) -> tuple[int, bool]:
        return len(own & _words(one.title, *one.keywords)), not codes.isdisjoint(one.sections)

    return [one.id for one in sorted(earlier, key=near)]


def _words(*texts: str) -> set[str]:
    return {word for word in re.findall(r"\w+", " ".join(texts)) if len(word) > 1}


@lru_cache(maxsize=1)
def stories() -> tuple[tuple[Sample, ...], ...]:
    """The stories that come with the package, by file."""
    folder = files("feedsvc.demo") / "texts"
    return tuple(read((folder / f"{name}.txt").read_text(encoding="utf-8")) for name in _FILES)


def read(text: str) -> tuple[Sample, ...]:
    """The stories of a file."""
    found = []
    for part in f"\n{text}".split("\n=== ")[1:]:
        head, _, body = part.partition("\n\n")
        title, *lines = head.split("\n")
        fields = tuple(
            (name, value.strip()) for name, _, value in (ln.partition(":") for ln in lines)
        )
        found.append(Sample(title.strip(), fields, parse_blocks(body)))
    return tuple(found)


def paragraph(text: str) -> str:
    return f"<p>{escape(text, quote=False)}</p>"


def parse_blocks(source: str) -> tuple[str, ...]:
    """The markup's blocks as HTML; an image in the caption form gives two blocks.

    Raises ``ValueError`` for a command that the markup does not have.
    """
    chunks = re.split(r"\n[ \t]*\n", source.strip())
    return tuple(block for chunk in chunks for block in _block(chunk.strip()))


def _block(chunk: str) -> tuple[str, ...]:
    lines = [line.strip() for line in chunk.split("\n")]
    match chunk[:1]:
        case "!":
            return _picture(chunk)
        case "<":
            return (chunk,)
        case "|":
            return (_table(lines),)
        case "#" if chunk.startswith("### "):
            return (f"<h3>{escape(chunk[4:], quote=False)}</h3>",)
        case ">" if chunk.startswith("> "):
            return (f"<blockquote>{paragraph(chunk[2:])}</blockquote>",)
    if all(line.startswith("- ") for line in lines):
        return (_list("ul", [line[2:] for line in lines]),)
    if all(_ORDERED.match(line) for line in lines):
        return (_list("ol", [_ORDERED.sub("", line) for line in lines]),)
    return (paragraph(" ".join(lines)),)


def _list(tag: str, items: Iterable[str]) -> str:
    inner = "".join(f"<li>{escape(item, quote=False)}</li>" for item in items)
    return f"<{tag}>{inner}</{tag}>"


def _table(lines: list[str]) -> str:
    head, *rows = ([cell.strip() for cell in line.strip("|").split("|")] for line in lines)

    def row(tag: str, cells: Iterable[str]) -> str:
        return "<tr>" + "".join(f"<{tag}>{escape(c, quote=False)}</{tag}>" for c in cells) + "</tr>"

    body = "".join(row("td", cells) for cells in rows)
    return (
        '<figure class="table"><table border="1"><thead>'
        f"{row('th', head)}</thead><tbody>{body}</tbody></table></figure>"
    )


def _picture(chunk: str) -> tuple[str, ...]:
    command, _, rest = chunk[1:].partition(" ")
    path, _, caption = (part.strip() for part in rest.partition("|"))
    caption = escape(caption, quote=False)
    image = f'<img src="/upload/{path}" alt="">'
    match command:
        case "figure":
            inner = f"{image}<figcaption>{caption}</figcaption>" if caption else image
            return (f'<figure class="image">{inner}</figure>',)
        case "lazy":
            image = f'<img src="/images/blank.png" data-src="/upload/{path}" class="lazy" alt="">'
            return (f'<figure class="image">{image}<figcaption>{caption}</figcaption></figure>',)
        case "caption":
            return (f"<p>{image}</p>", f"<p>{caption}</p>")
        case "table":
            return (
                f'<table class="img-table"><tbody><tr><td>{image}</td></tr>'
                f"<tr><td>{caption}</td></tr></tbody></table>",
            )
        case "video":
            return (
                f'<figure class="media"><div data-oembed-url="{escape(path)}">'
                f'<iframe src="{escape(path)}" allowfullscreen></iframe></div></figure>',
            )
    raise ValueError(f"unknown command in a story: !{command}")
