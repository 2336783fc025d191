"""Articles as other programs open them: a folder of notes, a table, records a line each,
a book, raw pages.

In: an archive to read, the articles chosen, a path or an open stream.  Out: the file or
folder there, put in place when it is whole, or the bytes in the stream.  A path where
something stands is refused.  Choosing the articles is the command's job.
"""

import csv
import io
import json
import os
import re
import secrets
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO

from feedsvc import atomic, recordjson, regular
from feedsvc.archive.archive import Archive
from feedsvc.archive.markup import markdown
from feedsvc.errors import ConfigError, FeedsvcError
from feedsvc.model import Record
from feedsvc.moment import month_of
from feedsvc.text import escaped, visible

_COLUMNS = (
    "id", "url", "title", "subtitle", "reporters", "published_at", "updated_at",
    "first_seen_at", "status", "locked", "released_at", "sections", "keywords", "revisions",
    "duplicate_of", "gone_at", "section_names",
)  # fmt: skip
_UNSAFE = re.compile(r'[\\/:*?"<>|#^\[\]\x00-\x1f]+')
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


Target = Path | IO[bytes]

Tell = Callable[[str], None]
"""Told a line for each thing that is damaged and left out."""


def _nobody(line: str) -> None:
    """Nobody wants to be told."""


def to_markdown(archive: Archive, ids: Sequence[int], target: Path, tell: Tell = _nobody) -> None:
    """A folder with a note an article, front matter first, in a folder a month; kept
    images are copied beside them.  Raises ``FeedsvcError``."""
    _refuse_existing(target)
    made = _folder(target) / f".{target.name}.{secrets.token_hex(4)}.tmp"
    try:
        made.mkdir()
        for record in readable(archive, ids, tell):
            month = made / month_of(record.published_at)
            month.mkdir(exist_ok=True)
            (month / _note_name(record)).write_text(_note(archive, record, made, tell), "utf-8")
        made.rename(target)
    except OSError as error:
        raise _unwritable(target, error) from error
    finally:
        shutil.rmtree(made, ignore_errors=True)


def to_csv(
    archive: Archive,
    ids: Iterable[int],
    target: Target,
    tell: Tell = _nobody,
    *,
    sections: Mapping[str, str] | None = None,
    with_text: bool = False,
) -> None:
    """A table of all that is known of each article, its text too ``with_text``; UTF-8
    with the mark that spreadsheets look for.  ``sections`` names them by code.  Raises
    ``FeedsvcError``."""
    with _making(target) as stream:
        text = io.TextIOWrapper(stream, "utf-8-sig", newline="")
        table = csv.writer(text)
        table.writerow((*_COLUMNS, "text") if with_text else _COLUMNS)
        for record in readable(archive, ids, tell):
            names = [(sections or {}).get(code, code) for code in record.sections]
            row = [*_row(record), "; ".join(names)]
            if with_text:
                row.append("\n\n".join(line for line in map(visible, record.body) if line))
            table.writerow([_cell(value) for value in row])
        text.detach()


def to_jsonl(archive: Archive, ids: Iterable[int], target: Target, tell: Tell = _nobody) -> None:
    """A whole record a line, as JSON with the keys of its file.  Raises ``FeedsvcError``."""
    with _making(target) as stream:
        for record in readable(archive, ids, tell):
            stream.write(
                json.dumps(recordjson.as_json(record), ensure_ascii=False).encode() + b"\n"
            )


def to_epub(
    archive: Archive, ids: Sequence[int], target: Target, title: str, tell: Tell = _nobody
) -> None:
    """A book, a chapter an article, oldest first.  Raises ``FeedsvcError``."""
    from feedsvc.archive.epub import Book

    _refuse_existing(target)
    if not ids:
        raise FeedsvcError("no article fits: a book needs one", about=_called(target))
    data = Book(title, lambda file: _image(archive, file, tell)).finish(
        readable(archive, sorted(ids), tell)
    )
    with _making(target) as stream:
        stream.write(data)


def to_warc(
    archive: Archive, ids: Sequence[int], target: Target, now: datetime, tell: Tell = _nobody
) -> None:
    """The raw pages of the articles, member by member as they were kept.
    Raises ``FeedsvcError``."""
    with _making(target) as stream:
        name = target.name if isinstance(target, Path) else "export.warc.gz"
        stream.writelines(archive.raw.members(ids, name, now, tell))


def readable(archive: Archive, ids: Iterable[int], tell: Tell = _nobody) -> Iterator[Record]:
    """The records of these ids; ``tell`` hears of each that is damaged."""
    return archive.whole(ids, lambda error: tell(str(error)))


def _image(archive: Archive, file: str, tell: Tell) -> bytes | None:
    """A kept image, if it is what its name says."""
    if archive.images.holds(file):
        return archive.images.read(file)
    tell(f"{archive.path / file}: the image is gone or damaged")
    return None


def _note(archive: Archive, record: Record, folder: Path, tell: Tell) -> str:
    kept = {image.url: image.file for image in record.images if image.file}

    def shown(url: str) -> str | None:
        file = kept.get(url)
        data = _image(archive, file, tell) if file else None
        if file is None or data is None:
            return None
        copy = folder / "images" / file.rpartition("/")[2]
        copy.parent.mkdir(exist_ok=True)
        copy.write_bytes(data)
        return f"../images/{copy.name}"

    access = record.access
    front: list[tuple[str, object]] = [
        ("title", record.title),
        ("subtitle", record.subtitle),
        ("id", record.id),
        ("url", record.url),
        ("authors", list(record.reporters)),
        ("published", record.published_at.isoformat()),
        ("updated", record.updated_at.isoformat()),
        ("status", access.status.value),
        ("released", access.released_at.isoformat() if access.released_at else None),
        ("sections", list(record.sections)),
        ("tags", [re.sub(r"\s+", "-", keyword) for keyword in record.keywords]),
    ]
    # JSON strings and lists are YAML too, whatever stands in them.
    front_matter = "\n".join(
        f"{key}: {json.dumps(value, ensure_ascii=False)}"
        for key, value in front
        if value not in ("", [], None)
    )
    subtitle = f"**{escaped(record.subtitle)}**\n\n" if record.subtitle else ""
    body = markdown(record.body, shown)
    return f"---\n{front_matter}\n---\n\n# {escaped(record.title)}\n\n{subtitle}{body}\n"


def _note_name(record: Record) -> str:
    """``117013 headline.md``, short enough for any file system: Korean is three bytes."""
    title = " ".join(_UNSAFE.sub(" ", record.title).split()).strip(". ")
    title = title.encode()[:150].decode("utf-8", "ignore").strip()
    return f"{record.id} {title}".strip() + ".md"


def _row(record: Record) -> tuple[object, ...]:
    access = record.access
    return (
        record.id, record.url, record.title, record.subtitle, "; ".join(record.reporters),
        record.published_at.isoformat(), record.updated_at.isoformat(),
        record.first_seen_at.isoformat(), access.status.value,
        "yes" if access.locked else "no",
        access.released_at.isoformat() if access.released_at else "",
        "; ".join(record.sections), "; ".join(record.keywords), len(record.revisions),
        record.duplicate_of or "", record.gone_at.isoformat() if record.gone_at else "",
    )  # fmt: skip


def _cell(value: object) -> object:
    """A text that a spreadsheet would take for a formula is made a text."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _folder(target: Path) -> Path:
    folder = target.absolute().parent
    if not folder.is_dir():
        raise ConfigError("there is no such folder", about=str(folder), advice="make it first")
    return folder


def _called(target: Target) -> str:
    return str(target) if isinstance(target, Path) else "standard output"


def _refuse_existing(target: Target) -> None:
    if not isinstance(target, Path):
        return
    _folder(target)
    if os.path.lexists(target):
        raise ConfigError("exists already", about=str(target), advice="name another with --to")


@contextmanager
def _making(target: Target) -> Iterator[IO[bytes]]:
    """A file beside the target, put in its place when all is written; a stream as it is."""
    if not isinstance(target, Path):
        yield target
        target.flush()
        return
    _refuse_existing(target)
    try:
        with atomic.making(target) as stream:
            yield stream
    except OSError as error:
        raise _unwritable(target, error) from error


def _unwritable(target: Path, error: OSError) -> FeedsvcError:
    return FeedsvcError(
        f"could not be written: {error.strerror or error}",
        about=str(target),
        advice=f"{regular.advice(error)}, or name another place with --to",
    )
