"""Mending the archive: a damaged record restored, what is derived made again; images, raw
pages, digests and layouts put right as far as it goes, and the rest written down.

In: an archive that :meth:`~feedsvc.archive.Archive.verify` found damaged.  Out: a line
for each thing that was mended; each restored record has its ``repaired`` line in the
journal, and so has each article of which something is lost for good: that it is kept anew,
without naming what is lost, is how a loss is acknowledged.  A record is restored, in this
order: by the one bit that flipped, proved by the digest in the journal; from its pages as
fetched, read again in the order in which they came; from an older copy that stands in its
place.  Where nothing is left, the article is pending again.
"""

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache, partial
from itertools import islice, product
from pathlib import Path

from feedsvc import dedup, parse, regular
from feedsvc.archive import Archive, Line, Progress, flipped_back
from feedsvc.archive.records import (
    as_written,
    claimed,
    from_json,
    images_of,
    naming,
    page_key,
    payload_digest,
    to_json,
)  # fmt: skip
from feedsvc.archive.tree import kind_of
from feedsvc.archive.verify import Verdict
from feedsvc.config import Config
from feedsvc.errors import ParseError
from feedsvc.model import Event, FetchedPage, Json, ParsedArticle, Record, Revision, Row
from feedsvc.poll.keeping import as_seen, had_session, whole
from feedsvc.poll.layouts import Layouts
from feedsvc.recordjson import sha256
from feedsvc.revisions import is_members

_MOST_WAYS = 256
# An image as it stands in a record's file, whatever else of the file is damaged.
_IMAGE = re.compile(
    r'"url": "([^"\\]*)",\s+"caption": "(?:[^"\\]|\\.)*",\s+"file": "(images/[^"\\]*)"'
)
_PAGES = re.compile(r'"page": "((?:sha1:[A-Z2-7]{32} ?)+)"')
_Readings = list[tuple[ParsedArticle, FetchedPage, datetime]]
_READ = (Event.ADDED, Event.REVISED, Event.RELEASED, Event.NOTED)


@dataclass(frozen=True, slots=True)
class _Evidence:
    """What is left of one record: its lines, its pages, its damaged file, its row in
    the index, and kept images that may be its own."""

    id: int
    lines: tuple[Line, ...]
    pages: tuple[FetchedPage, ...]
    file: bytes
    sections: tuple[str, ...]
    unnamed: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """What the journal says the file's SHA-256 is."""
        return self.lines[-1].file


def mend(
    config: Config, archive: Archive, now: datetime, progress: Progress | None = None
) -> tuple[str, ...]:
    """Mend what can be mended, and write down in the journal what is lost for good; a
    line for each thing.  Raises ``ArchiveLocked``, ``ArchiveUnwritable``."""
    told = _mended(config, archive, now, progress)
    # A record that was restored may name less than it did: what it named is met then.
    return (*told, *_mended(config, archive, now, progress)) if told else told


def _mended(
    config: Config, archive: Archive, now: datetime, progress: Progress | None
) -> tuple[str, ...]:
    with archive.writing(now, lenient=True) as completed:
        verdict = archive.verify(progress)
        told = [
            *completed,
            *_mend_records(config, archive, verdict, now),
            *_mend_images(archive, verdict, now),
            *_mend_raw(archive, verdict, now),
            *_mend_digests_and_layouts(archive, verdict, now),
        ]
        for one in sorted(archive.beside_gaps):
            if record := whole(archive, one):
                archive.restore(record, now)
                told.append(f"article {one}: stands beside a gap in the journal; written down")
        if any(fault.derived for fault in verdict.faults):
            archive.reindex()
            told.append(f"{archive.path / '.state'}: the index was made again")
    return tuple(told)


def _mend_records(
    config: Config, archive: Archive, verdict: Verdict, now: datetime
) -> Iterator[str]:
    layouts = Layouts(config, archive).all()
    doubtful = cache(partial(had_session, config, archive))
    for evidence in _evidence(archive, verdict):
        path = archive.path_of(evidence.id)
        record, how = _restored(config, layouts, evidence, archive.images.holds, doubtful)
        if record is not None:
            aside = (
                archive.quarantine.put_aside(evidence.id)
                if to_json(record) != evidence.file
                else None
            )
            archive.restore(record, now)
            yield f"{path}: {how}{_kept(aside)}"
        elif evidence.lines:  # else it was never of this archive
            aside = archive.give_up(evidence.id, config.site_of().article_url(evidence.id), now)
            yield f"{path}: lost, and written down; the article is read again{_kept(aside)}"


def _kept(aside: Path | None) -> str:
    return f"; the damaged file is kept as {aside}" if aside else ""


def _evidence(archive: Archive, verdict: Verdict) -> list[_Evidence]:
    """What is left of each damaged record."""
    ids = {fault.id for fault in verdict.faults if fault.id is not None}
    if not ids:
        return []  # most archives; their journal and pages need not be read
    lines: dict[int, list[Line]] = {one: [] for one in ids}
    for line in archive.lines():
        if line.article in ids:
            lines[line.id].append(line)
    pages: dict[int, list[FetchedPage]] = {one: [] for one in ids}
    for number, page in archive.raw.pages(lambda line: None):
        if number in ids:
            pages[number].append(page)
    known = archive.index.known(ids)
    return [
        _Evidence(
            one,
            tuple(lines[one]),
            tuple(pages[one]),
            regular.read(path) if (path := archive.path_of(one)).is_file() else b"",
            known[one].sections if one in known else (),
            verdict.unnamed,
        )
        for one in sorted(ids)
    ]


def _restored(
    config: Config,
    layouts: Sequence[parse.Layout],
    evidence: _Evidence,
    holds_image: Callable[[str], bool],
    doubtful: Callable[[], bool],
) -> tuple[Record | None, str]:
    """The record again, and how it was come by.  ``doubtful``: whether a page that does not
    tell who saw it may be a member's; that is the reading where none is proved."""
    stands = _as_written(evidence)
    if not evidence.lines:
        return stands, "a record that the journal did not know; its line was written"
    data = flipped_back(evidence.file, evidence.digest)
    if data is not None:
        return from_json(data), "restored: the one bit that had flipped was turned back"
    best: Record | None = None
    left = _salvaged(evidence.file)
    known = {url: file for url, file in left.images.items() if holds_image(file)}
    origins = dict.fromkeys((*left.origin, "poll", "backfill"))
    # The raw pages that the record may have named: those of which it was read, those that its
    # damaged file names, or none, as with an earlier feedsvc.
    own = tuple(payload_digest(page.body) for page in evidence.pages)
    named = (own, left.pages, ()) if left.pages else (own, ())
    sections = dict.fromkeys(((*evidence.sections,), left.sections))
    for codes, listed in product(sections, (True, False)):
        readings = _readings(config, layouts, evidence, codes if listed else ())
        # The careful reading first, for the first counts where no digest proves one.
        unsure = not all(page.seen_as for _, page, _ in readings) and doubtful()
        ways = product((True, False) if unsure else (False,), origins)
        for (doubt, origin), files in product(ways, _files(readings, known, evidence.unnamed)):
            record = _replayed(readings, evidence, origin, codes, files, doubt)
            if record is None:
                continue
            for pages in named:
                again = naming(record, pages)
                if sha256(to_json(again)) == evidence.digest:
                    return again, "restored from its raw pages, the same to the byte"
                best = best or again
    older = sha256(evidence.file) in {line.file for line in evidence.lines}
    if stands is not None and not older:
        return stands, "whole, and its journal line was missing: the line was written"
    if best is not None:
        how = (
            "restored from its raw pages; what they do not tell (such as when it was first "
            "listed where) may differ from what was there"
        )
        if is_members(best) and not all(page.seen_as for page in evidence.pages):
            how += (
                "; its pages do not tell whether a guest saw them, so it is taken for a member's: "
                f"'feedsvc refresh {best.id}' reads it anew"
            )
        return best, how
    return stands, "an older copy of it, and what came later is lost: written down"


def _as_written(evidence: _Evidence) -> Record | None:
    """The record that stands there, if it is whole, whatever the journal says of it."""
    try:
        record = from_json(evidence.file)
        return record if record.id == evidence.id and as_written(record, evidence.file) else None
    except (ValueError, RecursionError):
        return None


def _files(
    readings: _Readings, known: Mapping[str, str], unnamed: Sequence[str]
) -> Iterator[Mapping[str, str | None]]:
    """The copies of the images that the pages show: those that the damaged file names,
    then with each way to give the others those that no record names."""
    yield known
    urls = list(dict.fromkeys(one.url for article, *_ in readings for one in article.images))
    there = [(known[url],) if url in known else (None, *unnamed) for url in urls]
    for files in islice(product(*there), 1, _MOST_WAYS):
        yield dict(zip(urls, files, strict=True))


def _readings(
    config: Config, layouts: Sequence[parse.Layout], evidence: _Evidence, sections: Sequence[str]
) -> _Readings:
    """What each of its pages says, at the time at which the journal says it was kept.
    ``sections``: what the row that led to a page named, which ``sources`` tells."""
    site = config.site_of()
    row = Row(evidence.id, site.article_url(evidence.id), "", sections=tuple(sections))
    found = []
    for page, at in zip(evidence.pages, _times(evidence), strict=True):
        try:
            article = parse.article(page, site, at, row=row, layouts=layouts)
        except ParseError:
            continue
        if article.id == evidence.id:
            found.append((article, page, at))
    return found


def _replayed(
    readings: _Readings,
    evidence: _Evidence,
    origin: str,
    sections: Sequence[str],
    files: Mapping[str, str | None],
    doubt: bool,
) -> Record | None:
    """The record that reading its pages one after the other gives."""
    record: Record | None = None
    for article, page, at in readings:
        images = tuple(replace(one, file=files.get(one.url)) for one in article.images)
        shown, seen_as = as_seen(replace(article, images=images), page, lambda: doubt)
        record = dedup.compare(
            record, shown, now=at, sections=sections, origin=origin, seen_as=seen_as
        ).record
    last = evidence.lines[-1]
    if record is not None and last.event is Event.GONE:
        record = replace(record, gone_at=last.at)
    return record


def _times(evidence: _Evidence) -> list[datetime]:
    """When each page led to a journal line: at or after its fetching."""
    times = []
    lines = [line.at for line in evidence.lines if line.event in _READ]
    for page in evidence.pages:
        at = min((one for one in lines if one >= page.fetched_at), default=page.fetched_at)
        lines = [one for one in lines if one > at]
        times.append(at)
    return times


@dataclass(frozen=True, slots=True)
class _Salvaged:
    """What a damaged file still tells that no page does; ``images`` are copies by the
    address of their image."""

    origin: tuple[str, ...]
    sections: tuple[str, ...]
    images: Mapping[str, str]
    pages: tuple[str, ...]


def _salvaged(data: bytes) -> _Salvaged:
    text, values = data.decode("utf-8", "replace"), dict[str, Json]()
    with suppress(ValueError, RecursionError):
        read = json.loads(text)
        values = read if isinstance(read, dict) else {}
    named, sections = _PAGES.search(text), values.get("sections")
    codes = sections if isinstance(sections, list) else ()
    return _Salvaged(
        tuple(one for one in ("poll", "backfill") if one == values.get("origin")),
        tuple(one for one in codes if isinstance(one, str) and one.isdigit()),
        dict(_IMAGE.findall(text)),
        tuple(named[1].split()) if named else (),
    )


def _faulty(archive: Archive, verdict: Verdict, *kinds: str) -> list[Path]:
    """The files of these kinds (``tree.kind_of``) that are not as they should be."""
    found = {fault.path.relative_to(archive.path).as_posix() for fault in verdict.faults}
    return sorted(archive.path / name for name in found if kind_of(name) in kinds)


def _mend_images(archive: Archive, verdict: Verdict, now: datetime) -> Iterator[str]:
    for path in _faulty(archive, verdict, "image"):
        if path.exists():
            file = path.relative_to(archive.path).as_posix()
            why = "no record names it" if file in verdict.unnamed else "damaged"
            yield f"{path}: {why}; moved to {archive.quarantine.move(path)}"
    lost = set(verdict.unshown)
    if not lost:
        return
    for one in list(archive.index.ids()):
        record = whole(archive, one)
        if record is not None and not lost.isdisjoint(images_of(record)):
            archive.restore(_without(record, lost), now)
            yield (
                f"article {one}: its image is lost, and written down; it is asked for again "
                "when the article is read again"
            )


def _mend_raw(archive: Archive, verdict: Verdict, now: datetime) -> Iterator[str]:
    paths = _faulty(archive, verdict, "raw")
    if not paths and not verdict.unkept:
        return
    told, gone = archive.quarantine.raw_pages(paths, verdict.unkept)
    yield from told
    found = archive.raw.keys()
    for one in sorted(gone | set(verdict.unkept)):
        record = whole(archive, one)
        if record is None:
            continue
        pages = claimed(record)
        left = [page for page in pages if page_key(one, page) in found]
        if len(left) == len(pages) and (pages or one not in gone):
            continue  # its pages are well, or were found elsewhere: the record knows best
        archive.restore(naming(record, left), now)
        yield f"article {one}: a page of it that was kept is lost, and written down"


def _mend_digests_and_layouts(archive: Archive, verdict: Verdict, now: datetime) -> Iterator[str]:
    """A damaged entry of a digest is moved away, and no other made in its place: what was
    published once is not published again in other words.  A learned layout that is damaged
    or gone is not read by any more; what it read stays.  Where what a record was before is
    lost, undoing its layout leaves that record."""
    digests = archive.digests
    for path in _faulty(archive, verdict, "digest", "layout"):
        is_digest = path.is_relative_to(digests.root)
        if path.suffix == ".yaml":
            aside = archive.learned.lose(int(path.stem), now)
        else:
            aside = archive.quarantine.move(path) if path.exists() else None
        if is_digest and path.suffix == ".json":
            digests.give_up(path)
        elif is_digest and (last := digests.last(path.parent.name)):
            digests.begin(path.parent.name, last.until)
        yield f"{path}: lost, and written down{_kept(aside)}"


def _without(record: Record, lost: Collection[str]) -> Record:
    """The record, naming none of these copies of images, in no revision either."""
    images = tuple(replace(one, file=None) if one.file in lost else one for one in record.images)
    revisions = tuple(
        Revision(one.seen_at, tuple((key, _blank(key, value, lost)) for key, value in one.old))
        for one in record.revisions
    )
    return replace(record, images=images, revisions=revisions)


def _blank(key: str, value: Json, lost: Collection[str]) -> Json:
    if key != "images" or not isinstance(value, list):
        return value
    return [
        {**one, "file": None} if isinstance(one, dict) and one.get("file") in lost else one
        for one in value
    ]
