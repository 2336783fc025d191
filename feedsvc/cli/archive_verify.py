"""``feedsvc archive verify``: is everything as it was written?"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from feedsvc.cli.options import json_option, load_config, start_logs, with_common_options

if TYPE_CHECKING:
    from feedsvc.archive.verify import Verdict


_BY_HAND = 'see "Damage" in docs/archive.md'
_SHOWN = 20
"""Ids in one line."""


@click.command("verify")
@click.option("--repair", is_flag=True, help="Mend what can be mended, and say so in the journal.")
@json_option
@with_common_options
def verify(repair: bool, as_json: bool) -> int:
    """Check journal, records, raw pages and images, and name each damaged file.

    Exit codes: 0 all is well, 1 something was repaired and now all is well, 5 something
    is damaged.
    """
    start_logs()
    config = load_config()

    from feedsvc.cli.context import clock_of, open_archive

    archive = open_archive(config)
    with bytes_bar("verify") as progress:
        verdict = archive.verify(progress)
    repaired: tuple[str, ...] = ()
    refused = ""
    if repair and (verdict.faults or verdict.unfinished):
        from feedsvc.errors import ArchiveError, ArchiveUnwritable
        from feedsvc.poll.repair import mend

        try:
            repaired = mend(config, archive, clock_of(config)())
            verdict = archive.verify()
        except (ArchiveError, ArchiveUnwritable) as error:
            refused = str(error)
    if as_json:
        click.echo(json.dumps(_told(verdict, repaired), ensure_ascii=False, indent=2))
    else:
        _print(verdict, repaired)
    if refused:
        click.echo(f"feedsvc: not repaired: {refused}", err=True)
    if verdict.faults:
        many = len(verdict.faults)
        damaged = "1 thing is damaged" if many == 1 else f"{many} things are damaged"
        way = _BY_HAND if repair else f"try --repair, or {_BY_HAND}"
        click.echo(f"feedsvc: {archive.path}: {damaged}; {way}", err=True)
        return 5
    return 1 if repaired else 0


def _told(verdict: Verdict, repaired: tuple[str, ...]) -> dict[str, object]:
    return {
        "records": verdict.records,
        "journal_lines": verdict.lines,
        "raw_pages": verdict.pages,
        "images": verdict.images,
        "bytes": verdict.size,
        "damaged": [
            {"path": str(fault.path), "what": fault.what, "id": fault.id}
            for fault in verdict.faults
        ],
        "pages_gone": list(verdict.unkept),
        "unfinished": list(verdict.unfinished),
        "left_by_others": [str(path) for path in verdict.bystanders],
        "repaired": list(repaired),
    }


def _print(verdict: Verdict, repaired: tuple[str, ...]) -> None:
    for line in repaired:
        click.echo(f"repaired: {line}")
    for fault in verdict.faults:
        click.echo(f"damaged: {fault.path}: {fault.what}")
    if verdict.unkept:
        some = ", ".join(map(str, verdict.unkept[:_SHOWN]))
        more = len(verdict.unkept) - _SHOWN
        click.echo(f"of these articles pages are gone: {some}{f' and {more} more' * (more > 0)}")
    for path in verdict.bystanders:
        click.echo(f"no part of the archive, and no harm to it: {path}")
    for line in verdict.unfinished:
        click.echo(f"unfinished: {line}; the next poll completes it")
    click.echo(
        f"{verdict.records} records, {verdict.lines} journal lines, {verdict.pages} raw pages, "
        f"{verdict.images} images, {verdict.size / 1e6:.1f} MB read"
        + ("" if verdict.faults else ": all is well")
    )


@contextmanager
def bytes_bar(what: str) -> Iterator[Callable[[int, int], None] | None]:
    """A progress bar of bytes on a terminal, nothing elsewhere."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    with bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
