"""What a command prints: lines, tables and JSON on standard output, complaints on standard error;
and how far it is, for the one who waits: a bar at a terminal, now and then a line in the log.
"""

import dataclasses
import json
import logging
import shutil
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Protocol

import click

from feedsvc.text import one_line

log = logging.getLogger(__name__)

COUNTS = ("rows", "new", "revised", "released", "failed")
"""What is counted in a section's poll."""

DAMAGED = "see 'feedsvc archive verify'"
"""What to do about a file that cannot be read."""

_MOMENT = timedelta(seconds=2)


# Lines


def say(told: str = "", *, bold: bool = False) -> None:
    """Print what the site may have written a part of: its lines without control
    characters, escape codes and marks that reorder them."""
    told = "\n".join(map(one_line, told.split("\n")))
    click.echo(click.style(told, bold=True) if bold else told)


def complain(lines: Iterable[object]) -> None:
    """What went wrong, a line each."""
    for line in lines:
        click.echo(f"feedsvc: {line}", err=True)


def print_json(value: object) -> None:
    """JSON for scripts; records of ours as mappings, times with their zone."""
    click.echo(as_json(value))


def as_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2, default=_plain)


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def counted(number: int, noun: str) -> str:
    """``1 request``, ``2 requests``"""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def fitted(text: str, taken: int = 0) -> str:
    """The text cut to what is left of a terminal's line after so many columns; off a
    terminal as it is.  Korean takes two columns a syllable."""
    if not sys.stdout.isatty():
        return text
    from rich.cells import cell_len, set_cell_size

    room = max(10, shutil.get_terminal_size().columns - taken)
    return text if cell_len(text) <= room else set_cell_size(text, room - 1).rstrip() + "…"


# Tables


def print_table(
    headings: Sequence[str], rows: Sequence[Sequence[str]], *, numbers: Collection[int] = ()
) -> None:
    """Columns with headings; those in ``numbers`` are aligned to the right.

    Off a terminal no line is cut or wrapped: what is piped stays whole.  Where no column
    has a heading, the first line is the first row.
    """
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console() if Console().is_terminal else Console(width=100_000)
    table = Table(box=None, pad_edge=False, header_style="bold", show_header=any(headings))
    for index, heading in enumerate(headings):
        table.add_column(heading, justify="right" if index in numbers else "left")
    for row in rows:
        table.add_row(*(Text(one_line(cell)) for cell in row))
    # Made here and printed as everything else is: rich ends the process where nobody reads.
    with console.capture() as made:
        console.print(table)
    click.echo(made.get(), nl=False)


def print_list(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Columns of which the last is cut to what is left of a terminal's line: one line a row."""
    from rich.cells import cell_len

    wide = [
        max(cell_len(one_line(row[place])) for row in (headings, *rows))
        for place in range(len(headings) - 1)
    ]
    taken = sum(wide) + 2 * len(wide)
    print_table(headings, [(*row[:-1], fitted(one_line(row[-1]), taken)) for row in rows])


# Progress


class Bar(Protocol):
    """Told how much is done of how much (0: nobody knows), and of what, if that changed."""

    def __call__(self, done: int, total: int, what: str | None = None, /) -> None: ...


@contextmanager
def progress_bar(what: str, *, rate: bool = False, size: bool = False) -> Iterator[Bar | None]:
    """A progress bar on a terminal, nothing elsewhere; with ``rate`` how fast it goes
    and how long it will take, with ``size`` of bytes."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich import progress
    from rich.console import Console

    columns: list[progress.ProgressColumn] = [
        progress.TextColumn("{task.description}"),
        progress.BarColumn(),
        progress.DownloadColumn() if size else progress.MofNCompleteColumn(),
    ]
    if rate:
        columns += [progress.TextColumn("{task.fields[rate]}"), progress.TimeElapsedColumn()]
    if rate or size:
        columns.append(progress.TimeRemainingColumn())
    with progress.Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None, rate="")

        def tell(done: int, total: int, what: str | None = None, /) -> None:
            speed = bar.tasks[task].speed
            shown = f"{speed * 60:.0f} a minute" if speed else ""
            bar.update(task, completed=done, total=total or None, rate=shown, description=what)

        yield tell


@contextmanager
def poll_bar() -> Iterator[Callable[[int, int, int], None] | None]:
    """The progress bar of a poll, on a terminal: how many of the articles found are read,
    and how many of them stand in the feeds already."""
    with progress_bar("reading the section pages") as bar:
        if bar is None:
            yield None
            return

        def tell(done: int, total: int, published: int) -> None:
            if total:  # else there is nothing to read
                there = f", {published} in the feeds" if published else ""
                bar(done, total, f"articles read{there}")

        yield tell


class Telling:
    """Handed to an archive as its ``making``: log lines, for work that takes longer than a
    moment.  ``clock`` gives the time."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._begun: dict[str, tuple[datetime, int]] = {}
        self._told: set[str] = set()

    def __call__(self, what: str, done: int, total: int) -> None:
        now = self._clock()
        began, before = self._begun.setdefault(what, (now, done))
        took = now - began
        if what not in self._told and took >= _MOMENT and before < done < total:
            self._told.add(what)
            log.warning(
                "making the %s of %d records anew, once: about %s more",
                what,
                total,
                _in_words(took / (done - before) * (total - done)),
            )
        if done == total and what in self._told:
            self._told.discard(what)
            log.warning("the %s is made: %s", what, _in_words(took))
        if done == total:
            self._begun.pop(what, None)


def _in_words(time: timedelta) -> str:
    """``40 s`` or ``3 min``."""
    seconds = time.total_seconds()
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"
