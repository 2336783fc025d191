"""The layouts that were learned from the archive's own articles: a file each.

In and out: :class:`KeptLayout`, with the layout and its evidence as plain values; what they
mean is ``feedsvc.relearn``'s.  A file is written whole, its journal line right behind it, and
each change of its state is another line.  Beside it stands, as it was, each record that the
layout changed.

How far the probation of one got (:class:`Agreement`) is remembered in ``.state``; lost, it
begins anew.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path

import yaml

from feedsvc import atomic, regular
from feedsvc.archive import records
from feedsvc.archive.append import unwritable
from feedsvc.archive.journal import Journal
from feedsvc.archive.salvage import moved
from feedsvc.archive.tree import Tree, names_in
from feedsvc.catalogue.index import NOTHING, Index, Place
from feedsvc.errors import ArchiveError, IndexMissing
from feedsvc.memory import Memory, Topic
from feedsvc.model import Json, Record
from feedsvc.recordjson import sha256, time_from_json, time_json

FORMAT = 1
ENOUGH_AGREED = 60
"""Known articles that agree and end a probation, those that a layout was learned from among
them."""

UNWRITTEN = "its journal line is not written yet"
"""What a crash leaves of a record or a layout."""

_SOURCE = "layout"
"""Among a record's ``sources``: the learned layout by which it was read last."""

_HEADER = (
    "# A layout of the site's pages that feedsvc learned from articles that it keeps; see\n"
    "# docs/archive.md.  feedsvc relearn --undo takes it back; what is changed here by hand\n"
    "# is not used.\n"
)
_FILE = re.compile(r"(\d{4,})\.yaml")
_NAME = re.compile(r"learned-(\d{4,9})")
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class LayoutState(StrEnum):
    """Only one that is adopted is read by."""

    ADOPTED = "adopted"
    SUSPENDED = "suspended"
    UNDONE = "undone"


@dataclass(frozen=True, slots=True)
class KeptLayout:
    """A learned layout as its file has it.

    ``at`` is since when it is in its ``state``, ``why`` the reason of a suspension,
    ``proven_at`` when its probation ended.  ``layout`` are the values of a
    ``relearn.LearnedLayout``, ``evidence`` what it was learned from and how it was proved.
    ``taken_back_at`` is when all that a suspended or undone one had read was withdrawn.
    """

    number: int
    state: LayoutState
    at: datetime
    learned_at: datetime
    layout: Mapping[str, Json]
    evidence: Mapping[str, Json]
    why: str = ""
    proven_at: datetime | None = None
    taken_back_at: datetime | None = None

    @property
    def name(self) -> str:
        """What ``sources`` call it."""
        return f"learned-{self.number:04d}"

    def pages(self) -> Iterator[tuple[int, str]]:
        """The articles, and the digests of their pages, that it was learned from."""
        told = self.evidence.get("pages")
        for one in told if isinstance(told, list) else ():
            if isinstance(one, dict):
                number, page = one.get("id"), one.get("page")
                if isinstance(number, int) and isinstance(page, str):
                    yield number, page

    @property
    def is_new(self) -> bool:
        """Whether it is read by and still on probation."""
        return self.state is LayoutState.ADOPTED and self.proven_at is None


@dataclass(slots=True)
class Agreement:
    """The known articles that agreed with a layout, and all that were asked for."""

    agreed: int
    asked: set[int] = field(default_factory=set)

    @classmethod
    def of(cls, memory: Memory, kept: KeptLayout) -> Agreement:
        """What is remembered; where nothing is, it begins with those it was learned from."""
        learned = {number for number, _ in kept.pages()}
        try:
            told = memory.recall(Topic.PROBATION, kept.name)
            return cls(int(told["agreed"]), {int(one) for one in told["asked"]})
        except (ValueError, TypeError, KeyError):
            return cls(len(learned), learned)

    def keep(self, memory: Memory, kept: KeptLayout) -> None:
        memory.keep(Topic.PROBATION, kept.name, agreed=self.agreed, asked=sorted(self.asked))


def number_of(record: Record) -> int | None:
    """The number of the learned layout that read a record last."""
    match = _NAME.fullmatch(dict(record.sources).get(_SOURCE, ""))
    return int(match[1]) if match else None


def to_bytes(kept: KeptLayout) -> bytes:
    """The bytes of its file."""
    values = _values(kept)
    proved = values | {"sha256": _proof(values)}
    return (
        _HEADER + yaml.safe_dump(proved, sort_keys=False, allow_unicode=True, width=100)
    ).encode()


def from_bytes(data: bytes) -> KeptLayout:
    """The layout that was written as these bytes.  Raises ``ValueError``."""
    try:
        values = yaml.load(data.decode("utf-8"), _LOADER)
        if values["format"] != FORMAT:
            raise ValueError(f"format {values['format']!r} is not {FORMAT}")
        proof = values.pop("sha256")
        layout, evidence = values["layout"], values["evidence"]
        if not isinstance(layout, dict) or not isinstance(evidence, dict):
            raise TypeError("layout and evidence are no objects")
        kept = KeptLayout(
            int(values["number"]),
            LayoutState(values["state"]),
            time_from_json(values["at"]),
            time_from_json(values["learned_at"]),
            layout,
            evidence,
            str(values["why"]),
            _time(values["proven_at"]),
            _time(values["taken_back_at"]),
        )
        if proof != _proof(values) or values != _values(kept):
            raise ValueError("it is not what was written (its sha256 says so)")
    except (KeyError, TypeError, AttributeError, RecursionError, yaml.YAMLError) as error:
        raise ValueError(f"no learned layout: {type(error).__name__}") from error
    return kept


def _values(kept: KeptLayout) -> dict[str, Json]:
    return {
        "format": FORMAT,
        "number": kept.number,
        "state": kept.state.value,
        "at": time_json(kept.at),
        "why": kept.why,
        "learned_at": time_json(kept.learned_at),
        "proven_at": time_json(kept.proven_at) if kept.proven_at else None,
        "taken_back_at": time_json(kept.taken_back_at) if kept.taken_back_at else None,
        "layout": dict(kept.layout),
        "evidence": dict(kept.evidence),
    }


def _time(value: str | None) -> datetime | None:
    return time_from_json(value) if value else None


def _proof(values: Mapping[str, Json]) -> str:
    """Of the values, whatever way they are spelled in YAML."""
    return sha256(json.dumps(values, sort_keys=True).encode())


WriteLine = Callable[[KeptLayout | int, str, datetime], None]
"""Writes the journal's line of a layout, or of the number of one that is lost, with the digest
of its file."""


class LearnedLayouts:
    """The folder ``layouts`` of one archive.  Writing is for the one who holds the lock, and
    to whom ``writer`` gives what writes the journal's lines."""

    def __init__(
        self, tree: Tree, index: Callable[[], Index], writer: Callable[[], WriteLine]
    ) -> None:
        self.root = tree.layouts
        self._tree = tree
        self._index = index
        self._writer = writer
        self._read: dict[int, tuple[str, KeptLayout]] = {}

    def path(self, number: int) -> Path:
        return self.root / f"{number:04d}.yaml"

    def numbers(self) -> tuple[int, ...]:
        """The numbers of the files, rising."""
        found = map(_FILE.fullmatch, names_in(self.root) if self.root.exists() else ())
        return tuple(sorted(int(match[1]) for match in found if match))

    def next(self) -> int:
        """A number that no layout ever had."""
        return 1 + max((*self.numbers(), *self._index().layouts()), default=0)

    def whole(self, damaged: Callable[[ArchiveError], object]) -> tuple[KeptLayout, ...]:
        """All that can be read, oldest first, whatever their state; ``damaged`` is told of
        the others."""
        journaled: dict[int, str] | None = None
        with suppress(IndexMissing):
            journaled = self._index().layouts()
        found = []
        for number in sorted({*self.numbers(), *(journaled or ())}):
            try:
                kept = self._one(number, journaled)
            except ArchiveError as error:
                damaged(error)
            else:
                found += [kept] if kept else []
        return tuple(found)

    def _one(self, number: int, journaled: Mapping[int, str] | None) -> KeptLayout | None:
        """Raises ``ArchiveError``."""
        path = self.path(number)
        named = journaled.get(number) if journaled is not None else None
        try:
            data = regular.read(path)
        except FileNotFoundError:
            if named == NOTHING:
                return None  # it was lost, and that was written down
            raise _damaged(path, "is gone") from None
        except OSError as error:
            raise _damaged(path, f"cannot be read: {error.strerror or error}") from error
        file = sha256(data)
        if journaled is not None and file != named:
            raise _damaged(path, "is not what the journal's last line of it names")
        if number not in self._read or self._read[number][0] != file:
            try:
                kept = from_bytes(data)
                if kept.number != number:
                    raise ValueError(f"it is layout {kept.number}")
            except ValueError as error:
                raise _damaged(path, f"damaged: {error}") from error
            self._read[number] = file, kept
        return self._read[number][1]

    def only_taught(self) -> frozenset[int]:
        """The keys (``records.page_key``) of pages that a layout was learned from, and no record
        was read from."""
        found = set()
        for kept in self.whole(lambda error: None):
            for article_id, page in kept.pages():
                record = records.read(self._tree.record(article_id), article_id, lenient=True)
                if record is None or page not in records.claimed(record[0]):
                    found.add(records.page_key(article_id, page))
        return frozenset(found)

    def keep(self, kept: KeptLayout, at: datetime) -> None:
        """Keep a learned layout, or what has become of it: its file, then its line.  Raises
        ``ArchiveUnwritable``."""
        line, data = self._writer(), to_bytes(kept)
        with unwritable(self.root):
            atomic.write(self.path(kept.number), data)
            line(kept, sha256(data), at)

    def lose(self, number: int, at: datetime) -> Path | None:
        """Write down that a layout's file is lost; where what stands there is kept.  Raises
        ``ArchiveUnwritable``."""
        line, path = self._writer(), self.path(number)
        with unwritable(path):
            kept = moved(path, self._tree.state) if os.path.lexists(path) else None
            line(number, NOTHING, at)
        return kept

    # What it changed

    def before(self, number: int, article_id: int) -> Path:
        """The file of a record as it was before a layout changed it."""
        return self.root / f"{number:04d}" / f"{article_id}.json"

    def keep_before(self, number: int, article_id: int, data: bytes) -> None:
        """Keep what a record is, before the layout changes it for the first time, or again
        after it was read without any.  Raises ``OSError``."""
        path = self.before(number, article_id)
        if not path.exists() or number_of(records.from_json(data)) is None:
            atomic.write(path, data)

    def was(self, number: int, article_id: int) -> Record | None:
        """A record as it was before the layout changed it; ``None`` where that is lost."""
        found = records.read(self.before(number, article_id), article_id, lenient=True)
        return found[0] if found else None


def faults(
    tree: Tree, journal: Journal, paths: Iterable[Path], named: Mapping[int, bytes],
    end: Place | None,
) -> Iterator[tuple[Path, str]]:  # fmt: skip
    """Each of these files that is damaged or gone and what is wrong with it, or that a crash
    left it :data:`UNWRITTEN`.  ``named``: the digest in each layout's last line, as far as
    ``end``; another feedsvc may write meanwhile."""
    files = {number: f"sha256:{digest.hex()}" for number, digest in named.items()}
    with suppress(ArchiveError):  # told by who reads the journal
        for line, _ in journal.after(end):  # written meanwhile
            if line.article is None:
                files[line.id] = line.file
    gone = {tree.layouts / f"{one:04d}.yaml" for one, file in files.items() if file != NOTHING}
    ours, before = (
        {path for path in paths if path.suffix == ending} for ending in (".yaml", ".json")
    )
    for path in sorted(ours | gone):
        if (what := _fault_of(path, files.get(int(path.stem)), journal)) is not None:
            yield path, what
    # What a record was is proved by a line that the journal has of it as it was.
    ids, known = {int(path.stem) for path in before}, set[tuple[int, str]]()
    with suppress(ArchiveError):
        lines = journal.backwards() if before else ()
        known = {(one.id, one.file) for one, _ in lines if one.article in ids}
    for path in sorted(before):
        try:
            if (int(path.stem), sha256(regular.read(path))) not in known:
                yield path, "no record as the journal ever named it"
        except OSError as error:
            yield path, f"cannot be read: {error.strerror or error}"


def _fault_of(path: Path, named: str | None, journal: Journal) -> str | None:
    """What is wrong with a layout's file, if anything."""
    try:
        data, kept = read_file(path)
    except FileNotFoundError:
        return "the layout is gone"
    except OSError as error:
        return f"cannot be read: {error.strerror or error}"
    file = sha256(data)
    if file == named:
        return None
    if kept is None:
        return "damaged: no layout as it was written"
    with suppress(ArchiveError):
        if not any(one.article is None and one.file == file for one, _ in journal.backwards()):
            return UNWRITTEN
    return "the layout is not what the journal's last line of it names"


def read_file(path: Path) -> tuple[bytes, KeptLayout | None]:
    """The bytes at a layout's path and the layout, if they are one.  Raises ``OSError``."""
    data = regular.read(path)
    with suppress(ValueError):
        kept = from_bytes(data)
        if path.name == f"{kept.number:04d}.yaml":
            return data, kept
    return data, None


def _damaged(path: Path, what: str) -> ArchiveError:
    return ArchiveError(
        f"a learned layout that is not used: it {what}", about=str(path), advice=records.DAMAGE
    )
