"""Mending the archive: a damaged record restored, what is derived made again.

In: an archive that :meth:`~feedsvc.archive.Archive.verify` found damaged.  Out: a line
for each thing that was mended; each restored record has its ``repaired`` line in the
journal.  A record is restored, in this order: by the one bit that flipped, proved by
the digest in the journal; from its pages as fetched, read again in the order in which
they came.  What neither gives stays as it is.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice, product

from feedsvc import dedup, parse
from feedsvc.archive import Archive, Line
from feedsvc.archive.records import from_json, to_json
from feedsvc.archive.verify import Progress, Verdict
from feedsvc.config import Config
from feedsvc.digest import sha256
from feedsvc.errors import ArchiveError, ParseError
from feedsvc.model import Event, FetchedPage, Json, ParsedArticle, Record, Row

_MOST_BITS = 1 << 17  # a file of 16 KB; trying takes time by the square of its length
_MOST_WAYS = 256
# An image as it stands in a record's file, whatever else of the file is damaged.
_IMAGE = re.compile(
    r'"url": "([^"\\]*)",\s+"caption": "(?:[^"\\]|\\.)*",\s+"file": "(images/[^"\\]*)"'
)
_Readings = list[tuple[ParsedArticle, datetime]]
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
    """Mend what can be mended; a line for each thing.

    Raises ``ArchiveLocked``; ``ArchiveError`` where the journal itself is damaged, which
    nothing here can prove right again.
    """
    told: list[str] = []
    with archive.writing(now, lenient=True) as completed:
        told += completed
        verdict = archive.verify(progress)
        for evidence in _evidence(archive, verdict):
            record, how = _restored(config, evidence, archive.holds_image)
            if record is None:
                continue
            aside = archive.put_aside(evidence.id)
            archive.keep(record, Event.REPAIRED, now)
            kept = f"; the damaged file is kept as {aside}" if aside else ""
            told.append(f"{archive.path_of(evidence.id)}: {how}{kept}")
        faulty = {fault.path for fault in verdict.faults}
        for file in verdict.unnamed:
            if archive.path / file in faulty:
                aside = archive.put_image_aside(file)
                told.append(f"{archive.path / file}: no record names it; moved to {aside}")
        if any(fault.derived for fault in verdict.faults):
            archive.reindex(lenient=True)
            told.append(f"{archive.path / '.state'}: the index was made again")
    return tuple(told)


def _evidence(archive: Archive, verdict: Verdict) -> list[_Evidence]:
    """What is left of each damaged record."""
    ids = {fault.id for fault in verdict.faults if fault.id is not None}
    if not ids:
        return []
    lines: dict[int, list[Line]] = {one: [] for one in ids}
    for line in archive.lines():
        if line.id in ids:
            lines[line.id].append(line)
    pages: dict[int, list[FetchedPage]] = {one: [] for one in ids}
    try:
        for number, page in archive.raw_pages():
            if number in ids:
                pages[number].append(page)
    except ArchiveError:
        _last_pages(archive, pages)
    known = archive.known(ids)
    return [
        _Evidence(
            one,
            tuple(lines[one]),
            tuple(pages[one]),
            path.read_bytes() if (path := archive.path_of(one)).is_file() else b"",
            known[one].sections if one in known else (),
            verdict.unnamed,
        )
        for one in sorted(ids)
        if lines[one]
    ]


def _last_pages(archive: Archive, pages: dict[int, list[FetchedPage]]) -> None:
    """A file of pages is damaged itself: the last page of each article, where it can
    be read on its own."""
    for number, found in pages.items():
        try:
            last = archive.raw_page(number)
        except ArchiveError:
            continue
        if last is not None and last not in found:
            found.append(last)


def _restored(
    config: Config, evidence: _Evidence, holds_image: Callable[[str], bool]
) -> tuple[Record | None, str]:
    """The record again, and how it was come by."""
    data = flipped_back(evidence.file, evidence.digest)
    if data is not None:
        return from_json(data), "restored: the one bit that had flipped was turned back"
    best: Record | None = None
    left = _salvaged(evidence.file)
    known = {url: file for url, file in left.images.items() if holds_image(file)}
    origins = dict.fromkeys((*left.origin, "poll", "backfill"))
    sections = dict.fromkeys(((*evidence.sections,), left.sections))
    for codes, listed in product(sections, (True, False)):
        readings = _readings(config, evidence, codes if listed else ())
        for origin, files in product(origins, _files(readings, known, evidence.unnamed)):
            record = _replayed(readings, evidence, origin, codes, files)
            if record is not None and sha256(to_json(record)) == evidence.digest:
                return record, "restored from its raw pages, the same to the byte"
            best = best or record
    return best, (
        "restored from its raw pages; what they do not tell (such as when it was first "
        "listed where) may differ from what was there"
    )


def _files(
    readings: _Readings, known: Mapping[str, str], unnamed: Sequence[str]
) -> Iterator[Mapping[str, str | None]]:
    """The copies of the images that the pages show: those that the damaged file names,
    then with each way to give the others those that no record names."""
    yield known
    urls = list(dict.fromkeys(one.url for article, _ in readings for one in article.images))
    there = [(known[url],) if url in known else (None, *unnamed) for url in urls]
    for files in islice(product(*there), 1, _MOST_WAYS):
        yield dict(zip(urls, files, strict=True))


def flipped_back(data: bytes, digest: str) -> bytes | None:
    """The bytes with the one bit turned back that makes their SHA-256 the digest;
    ``None`` where no one bit does, or there are too many to try."""
    if not data or len(data) * 8 > _MOST_BITS:
        return None
    wanted = bytes.fromhex(digest.removeprefix("sha256:"))
    before = hashlib.sha256()
    for place, value in enumerate(data):
        rest = data[place + 1 :]
        for bit in range(8):
            tried = before.copy()
            tried.update(bytes([value ^ (1 << bit)]) + rest)
            if tried.digest() == wanted:
                return data[:place] + bytes([value ^ (1 << bit)]) + rest
        before.update(data[place : place + 1])
    return None


def _readings(config: Config, evidence: _Evidence, sections: Sequence[str]) -> _Readings:
    """What each of its pages says, at the time at which the journal says it was kept.
    ``sections``: what the row that led to a page named, which ``sources`` tells."""
    site = config.site_of()
    row = Row(evidence.id, site.article_url(evidence.id), "", sections=tuple(sections))
    found = []
    for page, at in zip(evidence.pages, _times(evidence), strict=True):
        try:
            article = parse.article(page, site, at, row=row, selectors=config.site.selectors)
        except ParseError:
            continue
        if article.id == evidence.id:
            found.append((article, at))
    return found


def _replayed(
    readings: _Readings,
    evidence: _Evidence,
    origin: str,
    sections: Sequence[str],
    files: Mapping[str, str | None],
) -> Record | None:
    """The record that reading its pages one after the other gives."""
    record: Record | None = None
    for article, at in readings:
        images = tuple(replace(one, file=files.get(one.url)) for one in article.images)
        shown = replace(article, images=images)
        record = dedup.compare(record, shown, now=at, sections=sections, origin=origin).record
    last = evidence.lines[-1]
    if record is not None and last.event is Event.GONE:
        record = replace(record, gone_at=last.at)
    return record


def _times(evidence: _Evidence) -> list[datetime]:
    """When each page led to a journal line: at or after its fetching."""
    times = []
    lines = [line.at for line in evidence.lines if line.event in _READ]
    for page in evidence.pages:
        following = [at for at in lines if at >= page.fetched_at]
        at = min(following, default=page.fetched_at)
        lines = [one for one in lines if one > at]
        times.append(at)
    return times


@dataclass(frozen=True, slots=True)
class _Salvaged:
    """What a damaged file still tells that no page does."""

    origin: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    images: Mapping[str, str] = field(default_factory=dict)
    """Copies by the address of their image."""


def _salvaged(data: bytes) -> _Salvaged:
    text = data.decode("utf-8", "replace")
    images = dict(_IMAGE.findall(text))
    try:
        values: Json = json.loads(text)
    except (ValueError, RecursionError):
        return _Salvaged(images=images)
    if not isinstance(values, dict):
        return _Salvaged(images=images)
    origin, sections = values.get("origin"), values.get("sections")
    return _Salvaged(
        tuple(one for one in ("poll", "backfill") if one == origin),
        _codes(sections if isinstance(sections, list) else ()),
        images,
    )


def _codes(values: Iterable[Json]) -> tuple[str, ...]:
    return tuple(one for one in values if isinstance(one, str) and one.isdigit())
