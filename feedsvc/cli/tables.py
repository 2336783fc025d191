"""Lines, tables and numbers on standard output."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import click

from feedsvc.text import one_line


def say(told: str = "", *, bold: bool = False) -> None:
    """Print what the site may have written a part of: its lines without control
    characters, escape codes and marks that reorder them."""
    told = "\n".join(map(one_line, told.split("\n")))
    click.echo(click.style(told, bold=True) if bold else told)


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

    console = Console()
    if not console.is_terminal:
        console = Console(width=100_000)
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

    table = [headings, *rows]
    wide = [max(cell_len(one_line(row[place])) for row in table) for place in range(len(headings))]
    taken = sum(wide[:-1]) + 2 * len(wide[:-1])
    print_table(headings, [(*row[:-1], fitted(one_line(row[-1]), taken)) for row in rows])


def counted(number: int, noun: str) -> str:
    """``1 request``, ``2 requests``"""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def fitted(text: str, taken: int = 0) -> str:
    """The text cut to what is left of a terminal's line after so many columns; off a
    terminal as it is.  Korean takes two columns a syllable."""
    import shutil
    import sys

    if not sys.stdout.isatty():
        return text
    from rich.cells import cell_len, set_cell_size

    room = max(10, shutil.get_terminal_size().columns - taken)
    return text if cell_len(text) <= room else set_cell_size(text, room - 1).rstrip() + "…"
