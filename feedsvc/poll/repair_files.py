"""Images and raw pages that are damaged or gone: put right as far as it goes, and the
rest written down.

In: an archive whose lock is held, and the verdict on it.  Out: a line for each thing.
A record that no longer names what is lost is kept as ``repaired``: that is how a loss is
acknowledged.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import datetime

from feedsvc.archive import Archive
from feedsvc.archive.records import claimed, images_of, naming, page_key
from feedsvc.archive.verify import Verdict
from feedsvc.errors import RecordDamaged
from feedsvc.model import Json, Record, Revision


def mend_images(archive: Archive, verdict: Verdict, now: datetime) -> Iterator[str]:
    faulty = {fault.path for fault in verdict.faults}
    for path in sorted(path for path in faulty if path.is_relative_to(archive.path / "images")):
        if path.exists() and archive.kind_of(path) == "image":
            file = path.relative_to(archive.path).as_posix()
            why = "no record names it" if file in verdict.unnamed else "damaged"
            yield f"{path}: {why}; moved to {archive.put_file_aside(path)}"
    lost = set(verdict.unshown)
    if not lost:
        return
    for one in list(archive.ids()):
        record = whole(archive, one)
        if record is not None and not lost.isdisjoint(images_of(record)):
            archive.restore(_without(record, lost), now)
            yield (
                f"article {one}: its image is lost, and written down; it is asked for again "
                "when the article is read again"
            )


def mend_raw(archive: Archive, verdict: Verdict, now: datetime) -> Iterator[str]:
    paths = {fault.path for fault in verdict.faults if archive.kind_of(fault.path) == "raw"}
    if not paths and not verdict.unkept:
        return
    told, gone = archive.salvage_raw(paths, verdict.unkept)
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


def mend_digests(archive: Archive, verdict: Verdict) -> Iterator[str]:
    """A damaged entry of a digest is moved away, and no other made in its place: what was
    published once is not published again in other words."""
    digests = archive.digests
    for path in sorted({fault.path for fault in verdict.faults}):
        if not path.is_relative_to(digests.root) or archive.kind_of(path) != "digest":
            continue
        aside = archive.put_file_aside(path) if path.exists() else None
        if path.suffix == ".json":
            digests.give_up(path)
        elif last := digests.last(path.parent.name):
            digests.begin(path.parent.name, last.until)
        kept = f"; the damaged file is kept as {aside}" if aside else ""
        yield f"{path}: lost, and written down{kept}"


def mend_layouts(archive: Archive, verdict: Verdict, now: datetime) -> Iterator[str]:
    """A learned layout that is damaged or gone is not read by any more; what it read stays.
    Where what a record was before is lost, undoing its layout leaves that record."""
    for path in sorted({fault.path for fault in verdict.faults}):
        if archive.kind_of(path) != "layout":
            continue
        if path.suffix == ".yaml":
            aside = archive.lose_layout(int(path.stem), now)
        else:
            aside = archive.put_file_aside(path) if path.exists() else None
        kept = f"; the damaged file is kept as {aside}" if aside else ""
        yield f"{path}: lost, and written down{kept}"


def whole(archive: Archive, article_id: int) -> Record | None:
    """The record, unless it is damaged or gone."""
    try:
        return archive.get(article_id)
    except RecordDamaged:
        return None


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
