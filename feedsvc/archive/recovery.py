"""What a crash can leave, and how it is put right when the next writer begins.

In: an archive whose lock is held.  Out: one line for each thing that was put
right, for the log.  The cost depends on what was pending, never on the size of
the archive.  What no crash can leave is damage: ``ArchiveError``, and nothing is
touched.

A page leads to: raw page, record, journal line, index, each on the disk before
the next is begun, and its id stands in ``pending.jsonl`` before the first.  So
what was cut off is one of: a temporary file, a page half written, a record
without its line, half a line, an index that is behind.
"""

from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from feedsvc import regular
from feedsvc.archive import append, records
from feedsvc.archive.damage import NotedDamage
from feedsvc.archive.journal import Journal, damaged
from feedsvc.archive.journaling import Journaling
from feedsvc.archive.learned import read_file
from feedsvc.archive.notices import NoticesFile
from feedsvc.archive.pending import Leftovers, Pending, PendingFile, remember, remembered
from feedsvc.archive.raw import RawPages
from feedsvc.archive.reindex import Progress
from feedsvc.archive.tree import Tree, is_bystander
from feedsvc.catalogue.index import NOTHING
from feedsvc.catalogue.state import State
from feedsvc.errors import ArchiveError, ArchiveUnreadable
from feedsvc.model import Event, Record
from feedsvc.moment import micros
from feedsvc.recordjson import sha256


def recover(
    book: Journaling, raw: RawPages, now: datetime, progress: Progress | None = None,
    *, lenient: bool = False,
) -> tuple[str, ...]:  # fmt: skip
    """Put right what a crash left.  ``lenient`` takes the journal's word against .state.
    Raises ``OSError`` and ``ArchiveError``."""
    tree, journal, state = book.tree, book.journal, book.state
    repaired: list[str] = []
    pending = PendingFile(tree.pending)
    if torn := pending.torn():
        repaired.append(_cut(*torn))
    ids = pending.read()
    left = Leftovers(tree, ids)
    if head := book.index.head():
        # Before anything is cut.  Lengths alone would not show a line that was changed.
        try:
            journal.hold(head)
        except ArchiveError:
            if not lenient:
                raise
            book.index.forget()
    if torn := journal.torn():
        path, whole = torn
        if not left.line(regular.read(path)[whole:]):
            raise damaged(path, whole, "the last line was cut off")
        repaired.append(_cut(path, whole))
    if not lenient and journal.tail() is None:
        _require_no_records(tree, ids)
    book.bring_up(progress, raw=raw.files())
    with suppress(ArchiveError, ArchiveUnreadable):  # told by who would tell the notices
        if torn := NoticesFile(tree.notices).torn():
            repaired.append(_cut(*torn))
    repaired += raw.mend(state, left)
    NotedDamage(state).look_again(tree, raw.files(), book.put)
    repaired += _find_pending_again(tree, state, pending, ids)
    repaired += _complete_layouts(book, now)
    repaired += _sweep(
        {
            tree.root,
            tree.images,
            tree.layouts,
            tree.state,
            *tree.layouts.glob("*/"),
            *tree.digests.glob("*/"),
            *(tree.record(article_id).parent for article_id in ids),
        }
    )
    for article_id in ids:
        # A damaged one is named by whoever needs it.
        if found := records.read(tree.record(article_id), article_id, lenient=True):
            repaired += _complete(*found, book, now)
    return tuple(repaired)


def event_of(record: Record, last: int | None) -> Event:
    """What a record without its journal line says happened to it; ``last`` is the
    time (microseconds) of the id's line before, ``None`` where there is none."""
    if last is None:
        return Event.ADDED
    if record.gone_at and micros(record.gone_at) > last:
        return Event.GONE
    if record.access.released_at and micros(record.access.released_at) > last:
        return Event.RELEASED
    return Event.REVISED if micros(record.updated_at) > last else Event.NOTED


def is_older(journal: Journal, article_id: int, data: bytes) -> bool:
    """Whether the journal says that a record's file once had these bytes: then no crash
    left them, but someone put them back."""
    file = sha256(data)
    return any(line.file == file for line, _ in journal.backwards() if line.article == article_id)


def was_withdrawn(journal: Journal, article_id: int) -> bool:
    """Whether the last that the journal says of an article is that it was withdrawn."""
    events = (line.event for line, _ in journal.backwards() if line.article == article_id)
    return next(events, None) is Event.WITHDRAWN


def is_put_back(tree: Tree, article_id: int, data: bytes) -> bool:
    """Whether a record's file is what was kept of it before a layout changed it."""
    return any(
        path.is_file() and regular.read(path) == data
        for path in tree.layouts.glob(f"*/{article_id}.json")
    )


def _complete_layouts(book: Journaling, now: datetime) -> list[str]:
    """Write the journal lines of learned layouts whose files are newer.  One that is
    damaged, or an older copy, is told of by whoever reads it."""
    told, journaled = [], book.index.layouts()
    for path in sorted(book.tree.layouts.glob("*.yaml")):
        try:
            data, kept = read_file(path)
        except OSError:
            continue
        file = sha256(data)
        if kept is None or journaled.get(kept.number) == file:
            continue
        if kept.number in journaled and any(
            line.article is None and line.file == file for line, _ in book.journal.backwards()
        ):
            continue
        book.learned(kept, file, now)
        told.append(f"{path}: journal line 'layout' written, a crash had cut it off")
    return told


def _cut(path: Path, whole: int) -> str:
    lost = regular.size(path) - whole
    append.cut(path, whole)
    return f"{path}: cut {lost} bytes of a line half written"


def _require_no_records(tree: Tree, pending: Collection[int]) -> None:
    """Where nothing was ever journaled, only what is pending can have a record."""
    for article_id, path in tree.records():
        if article_id not in pending:
            raise ArchiveError(
                f"no line is left, and there is {path.name}",
                about=str(tree.journal),
                advice="restore it from a copy, or, if it is lost, write that down with "
                "feedsvc archive verify --repair",
            )


def lost_pending(tree: Tree, known: Mapping[int, Pending], ids: Collection[int]) -> list[Pending]:
    """What ``.state`` knows as pending and neither stands there nor was read."""
    return [item for one, item in known.items() if one not in ids and not tree.record(one).exists()]


def _find_pending_again(
    tree: Tree, state: State, file: PendingFile, ids: dict[int, Pending]
) -> list[str]:
    known = remembered(state)
    lost = lost_pending(tree, known, ids)
    remember(state, (item for one, item in ids.items() if one not in known))
    if not lost:
        return []
    file.add(lost)
    ids.update({item.id: item for item in lost})
    return [f"{tree.pending}: {len(lost)} articles that were missing are pending again"]


def _complete(record: Record, data: bytes, book: Journaling, now: datetime) -> list[str]:
    """Write the journal line of a record whose file is newer than its last line."""
    path, journal = book.tree.record(record.id), book.journal
    last = book.index.line(record.id)
    if last and last[0] == sha256(data):
        return []
    if last and is_older(journal, record.id, data):
        if was_withdrawn(journal, record.id):
            path.unlink()
            book.drop(record.id)
            return [f"{path}: removed, it was withdrawn and is read again"]
        if not is_put_back(book.tree, record.id, data):
            return []
        book.record(record, data, Event.REPAIRED, now)
        return [f"{path}: is again what it was before a layout changed it, written down"]
    event = event_of(record, last[1] if last and last[0] != NOTHING else None)
    book.record(record, data, event, now)
    return [f"{path}: journal line {event.value!r} written, a crash had cut it off"]


def _sweep(folders: Iterable[Path]) -> list[str]:
    """Remove the temporary files that replacing leaves when it is killed."""
    removed = []
    for folder in sorted(folders):
        for path in sorted(folder.glob(".*.tmp")) if folder.is_dir() else ():
            if path.is_file() and not is_bystander(path.name):
                path.unlink(missing_ok=True)
                removed.append(f"{path}: removed, a file half written")
    return removed
