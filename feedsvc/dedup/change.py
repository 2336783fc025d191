"""Old record and newly read article: added, revised, released, noted or the same.

In: the record kept so far (or ``None``), what the page says now, and the time.
Out: the record to keep and the journal's event, or "nothing happened".
Not its job: reading or writing either.

Changes that a reader would not call a change are none: white space, quotation marks' shape,
the order of attributes, an image's size in its address.
"""

import re
from collections.abc import Container, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from feedsvc.model import FLASH, Access, Event, Image, ParsedArticle, Record, Revision, Status
from feedsvc.recordjson import as_json, digest
from feedsvc.revisions import changes
from feedsvc.text import fold, visible

# Old values of these are kept in a revision.  Related articles, sections and
# sources are left out: they say where a page was linked, not what it said.
_REVISED_KEYS = (
    "title",
    "subtitle",
    "reporters",
    "published_at",
    "keywords",
    "access",
    "images",
    "body",
)
_NOTED_KEYS = ("url", "sections", "related")
_OPTIONAL = ("subtitle", "reporters", "keywords", "related")


@dataclass(frozen=True, slots=True)
class Change:
    """What a reading led to; ``event`` is ``None`` where nothing is to be written."""

    record: Record
    event: Event | None


def compare(
    old: Record | None,
    article: ParsedArticle,
    *,
    now: datetime,
    sections: Iterable[str] = (),
    origin: str = "poll",
    seen_as: str = "guest",
) -> Change:
    """The record that the archive should hold after this reading.

    ``sections`` are the codes of the pages that listed the article.  What a
    reader would not call a change keeps the old record as it is.  A page that shows less
    than we hold, because it is locked or breaks off, never takes the text away: the better
    body stays and the status tells the truth.
    """
    counted = tuple(marker for marker in article.access.markers if marker.counted)
    access = replace(article.access, markers=counted, seen_as=seen_as)
    if old is None:
        return Change(_added(article, access, now, sections, origin), Event.ADDED)

    body, images = article.body, article.images
    if shows_less(old, article):
        body, images = old.body, old.images
    released = old.access.locked and access.status in (Status.OPEN, Status.PLUS_FIRST)
    if not access.locked:
        access = replace(access, released_at=now if released else old.access.released_at)
    if body is old.body:
        # Whoever saw the better body is told by it, not by today's teaser.
        access = replace(access, seen_as=old.access.seen_as)
    new = replace(
        old,
        url=article.url,
        title=article.title,
        subtitle=article.subtitle,
        reporters=article.reporters,
        published_at=_published_at(old, article),
        sections=tuple(dict.fromkeys((*old.sections, *sections, *article.sections))),
        keywords=article.keywords,
        access=access,
        images=_keep_files(old, images),
        body=body,
        related=article.related,
        gone_at=None,
        sources=_sources(old, article),
    )
    return _judge(old, new, now, released)


def optional_parts(article: ParsedArticle) -> frozenset[str]:
    """The optional parts that an article has, by their fields' names."""
    return frozenset(name for name in _OPTIONAL if getattr(article, name))


def completed(old: Record, article: ParsedArticle, shown: Container[str]) -> ParsedArticle:
    """The article read anew, with the optional parts that only the record has.

    Who reads a page without such a part cannot tell whether the article lost it or the
    site shows it in a way that we do not see; it is gone where other pages read meanwhile
    have one (``shown``).  Nor does a list, which may leave out the seconds, know the
    time better than the page did.
    """
    sources, given = dict(article.sources), dict(old.sources)
    kept = [
        name
        for name in _OPTIONAL
        if getattr(old, name) and not getattr(article, name) and name not in shown
    ]
    if sources.get("published_at") == "listing" != given.get("published_at"):
        kept.append("published_at")
    sources |= {name: given[name] for name in kept if name in given}
    return replace(
        article, sources=tuple(sources.items()), **{name: getattr(old, name) for name in kept}
    )


def mended(old: Record, article: ParsedArticle) -> Record:
    """The record as better rules read the same article: what changed is our reading, so
    this is no revision, and what we observed ourselves stays."""
    counted = tuple(marker for marker in article.access.markers if marker.counted)
    return replace(
        old,
        title=article.title,
        subtitle=article.subtitle,
        reporters=article.reporters,
        published_at=_published_at(old, article),
        keywords=article.keywords,
        access=replace(
            article.access,
            markers=counted,
            released_at=None if article.access.locked else old.access.released_at,
            seen_as=old.access.seen_as,
        ),
        images=_keep_files(old, article.images),
        body=article.body,
        related=article.related,
        digest=digest(article.title, article.subtitle, article.body),
        sources=_sources(old, article),
    )


def _published_at(old: Record, article: ParsedArticle) -> datetime:
    """A time that was completed from the clock moves with it; the first one stays, and so
    does one that had seconds where the page shows none any more."""
    whole = old.published_at.replace(second=0, microsecond=0)
    stays = not article.is_time_sure or article.published_at == whole
    return old.published_at if stays else article.published_at


def list_in(
    record: Record, sections: Iterable[str], now: datetime, *, flash: bool = False
) -> Change:
    """The record with the codes of more pages that listed it; ``flash``: the news flashes
    did, which have none."""
    more = tuple(dict.fromkeys((*record.sections, *sections)))
    sources = flashed(record.sources) if flash else record.sources
    if (more, sources) == (record.sections, record.sources):
        return Change(record, None)
    new = replace(record, sections=more, sources=sources)
    return Change(_with_revision(record, new, _pinned(record, new), now), Event.NOTED)


def flashed(sources: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """The sources of what the news flashes list."""
    return tuple({**dict(sources), FLASH[0]: FLASH[1]}.items())


def _sources(old: Record, article: ParsedArticle) -> tuple[tuple[str, str], ...]:
    return flashed(article.sources) if old.is_flash else article.sources


def gone(record: Record, now: datetime) -> Change:
    """The record of an article that the site no longer has."""
    is_new = record.gone_at is None
    return Change(replace(record, gone_at=now), Event.GONE) if is_new else Change(record, None)


def _added(
    article: ParsedArticle,
    access: Access,
    now: datetime,
    sections: Iterable[str],
    origin: str,
) -> Record:
    return Record(
        id=article.id,
        guid=article.guid,
        url=article.url,
        title=article.title,
        subtitle=article.subtitle,
        reporters=article.reporters,
        published_at=article.published_at,
        updated_at=article.published_at,
        first_seen_at=now,
        origin=origin,
        sections=tuple(dict.fromkeys((*sections, *article.sections))),
        keywords=article.keywords,
        access=access,
        images=article.images,
        body=article.body,
        related=article.related,
        duplicate_of=None,
        gone_at=None,
        digest=digest(article.title, article.subtitle, article.body),
        sources=article.sources,
    )


def _judge(old: Record, new: Record, now: datetime, released: bool) -> Change:
    """Name the change between two states of a record, keeping what it replaces."""
    changed = [key for key in _REVISED_KEYS if _meant(old, key) != _meant(new, key)]
    if "body" in changed and "images" not in changed and old.images != new.images:
        # The addresses in the new text are the new ones, and images go by those.
        changed.insert(changed.index("body"), "images")
    text_changed = any(_told(old, key) != _told(new, key) for key in _TEXT_KEYS)
    # A value that no reader would call changed stays as it was, to the byte.
    settled = {key: getattr(old, key) for key in _REVISED_KEYS if key not in changed}
    new = replace(new, **settled)
    new = replace(new, digest=digest(new.title, new.subtitle, new.body))
    noted = any(getattr(old, key) != getattr(new, key) for key in _NOTED_KEYS)
    if not changed and not noted and old.gone_at is None:
        return Change(old, None)
    if text_changed or "access" in changed:
        new = replace(new, updated_at=now)
    new = _with_revision(old, new, _revision_keys(old, new, changed, released), now)
    if released:
        return Change(new, Event.RELEASED)
    return Change(new, Event.REVISED if text_changed else Event.NOTED)


def _revision_keys(old: Record, new: Record, changed: list[str], released: bool) -> list[str]:
    """The keys whose old value a revision must hold.

    A release is no revision (contract, section 5): what stood in the teaser and
    stands in the whole text needs no second copy.  A teaser that said something
    else than the text does is kept all the same, because nothing is lost, and so is
    all of an article whose text changed before: see :func:`_pinned`.
    """
    if not released or changes(old):
        return [*_pinned(old, new), *changed]
    whole = _told(new, "body")
    teaser_stands = all(_reading(visible(one)).rstrip(".…") in whole for one in old.body)
    return [
        key
        for key in changed
        if key in ("title", "subtitle")
        or (key == "body" and not teaser_stands)
        # What only a member saw before the release stays a member's.
        or (key == "access" and old.access.seen_as == "member" and old.revisions)
    ]


def _pinned(old: Record, new: Record) -> list[str]:
    """Of an article whose text changed before, what entries in ``revised.*`` are made of
    though no reader would call it a change: each is as it was after its change, for good.
    Codes are only ever added, and such an entry names the first."""
    moved = {"url": old.url != new.url, "sections": not old.sections and bool(new.sections)}
    keys = [key for key, has_moved in moved.items() if has_moved]
    return keys if keys and changes(old) else []


def _with_revision(old: Record, new: Record, keys: list[str], now: datetime) -> Record:
    if not keys:
        return new
    before = as_json(old)
    revision = Revision(now, tuple((key, before[key]) for key in keys))
    return replace(new, revisions=(*old.revisions, revision))


def shows_less(old: Record, article: ParsedArticle) -> bool:
    """Whether a locked or broken-off page has less text than the record holds."""
    status = article.access.status
    return (status.locked or status is Status.UNKNOWN) and (
        len(_told(article, "body")) < len(_told(old, "body"))
    )


def _keep_files(old: Record, images: tuple[Image, ...]) -> tuple[Image, ...]:
    """The images with the local copies that were kept of them."""
    files = {_picture_key(image.url): image.file for image in old.images}
    files |= {image.url: image.file for image in old.images}
    return tuple(
        replace(image, file=image.file or files.get(image.url, files.get(_picture_key(image.url))))
        for image in images
    )


# -- when two states read the same ---------------------------------------------------------------

_TEXT_KEYS = ("title", "subtitle", "body")
"""The keys whose change is a revision of the text."""

_LOOKS = str.maketrans(
    # Joiners were left out of what was kept before they were let stand.
    {
        **dict.fromkeys("\u200c\u200d"),
        **dict.fromkeys("‘’‚‛′´`＇‹›❛❜", "'"),
        **dict.fromkeys("“”„‟″＂「」『』«»〝〞〟❝❞", '"'),
    }
)
_TAG = re.compile(r"""<(/?)([a-zA-Z][a-zA-Z0-9]*)((?:[^<>"']|"[^"]*"|'[^']*')*)>""")
_ATTRIBUTE = re.compile(r"""([a-zA-Z][\w:-]*)(?:\s*=\s*("[^"]*"|'[^']*'|[^\s"'>]+))?""")
_SIZE_IN_PATH = re.compile(r"[-_]?\d{2,4}x\d{2,4}|(?<=/)[wh]_?\d{2,4}(?=/)")
_SIZE_IN_QUERY = re.compile(
    r"(?:&amp;|[?&])(?:w|h|width|height|size|resize|fit|quality|q)=[^&#\"']*"
)
_LAYOUT_ATTRIBUTES = frozenset({"width", "height", "loading"})


def _meant(record: Record, key: str) -> object:
    """What a record's key comes to: equal where it reads the same."""
    value = getattr(record, key)
    match key:
        case "body":  # with its tags, so that a swapped picture or link is a change
            return "".join(_reading(_TAG.sub(_plain_tag, block)) for block in record.body)
        case "title" | "subtitle":
            return _reading(value)
        case "images":
            return [(_picture_key(one.url), _reading(one.caption)) for one in record.images]
        case "access":
            access = replace(record.access, markers=())
            return access, frozenset(marker.kind for marker in record.access.markers)
        case _:
            return value


def _told(one: Record | ParsedArticle, key: str) -> str:
    """The visible text of a key as a reader takes it in."""
    return _reading(" ".join(map(visible, one.body)) if key == "body" else getattr(one, key))


def _reading(value: str) -> str:
    """Text as a reader takes it in: without spaces, quotation marks of one shape."""
    return fold(value).translate(_LOOKS).replace(" ", "")


def _plain_tag(match: re.Match[str]) -> str:
    close, name, rest = match.groups()
    attributes = sorted(
        f"{key.lower()}={_picture_key(value.strip(chr(34) + chr(39)))}"
        for key, value in _ATTRIBUTE.findall(rest)
        if key.lower() not in _LAYOUT_ATTRIBUTES
    )
    return f"<{close}{name.lower()} {' '.join(attributes)}>"


def _picture_key(url: str) -> str:
    """An image's address without its size: the same for the same picture."""
    return _SIZE_IN_PATH.sub("", _SIZE_IN_QUERY.sub("", url))
