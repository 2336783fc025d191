"""``feedsvc archive export``."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from itertools import islice, takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from feedsvc.cli.archive_find import filters, left_out, limit_option, searchable, searched
from feedsvc.cli.options import load_config, start_logs, with_common_options
from feedsvc.cli.streams import nobody_reads
from feedsvc.cli.tables import counted
from feedsvc.errors import BadUsage

if TYPE_CHECKING:
    from feedsvc.archive import Archive
    from feedsvc.config import Config

FORMATS = ("markdown", "csv", "jsonl", "epub", "warc")


@click.command("export")
@click.argument("words", nargs=-1)
@click.option(
    "--format", "kind", type=click.Choice(FORMATS), required=True, help="What to make of them."
)
@click.option(
    "--to", "target", type=click.Path(path_type=Path), required=True, metavar="PATH",
    help="The file, or for markdown the folder, to make; - is standard output.",
)  # fmt: skip
@click.option("--feed", metavar="NAME", help="What this feed selects, of any age.")
@click.option("--text", "with_text", is_flag=True, help="With the text in the table (csv).")
@click.option("--title", help="The book's title; default: the feeds' title.")
@filters
@limit_option
@with_common_options
def export(
    words: tuple[str, ...], kind: str, target: Path, feed: str | None, with_text: bool,
    title: str | None, limit: int | None, **chosen: Any,
) -> int:  # fmt: skip
    """Export all articles, those that the options choose, or those that a search for
    WORDS finds.

    markdown: a folder of notes with front matter, a folder a month. csv: a table of
    everything but the text. jsonl: a whole record a line. epub: a book, a chapter an
    article. warc: their raw pages.
    """
    start_logs()
    printed = str(target) == "-"
    if printed and kind == "markdown":
        raise click.UsageError("markdown makes a folder: name one with --to")
    if with_text and kind != "csv":
        raise click.UsageError("--text is for csv: the other formats hold the text anyway")
    config = load_config()

    from feedsvc.archive import export as exports
    from feedsvc.cli.context import clock_of, open_archive

    asked = searched(config, " ".join(words), **chosen)
    text = asked.words
    archive = searchable(config, open_archive(config))
    damaged: dict[str, None] = {}  # what several articles show is told of once

    def tell(line: str) -> None:
        damaged[line] = None

    wanted: Iterator[int] = (one.id for one in archive.finding(text, asked.which))
    if feed is not None:
        wanted = _of_feed(config, archive, feed, wanted, tell)
    ids = list(islice(wanted, limit))
    for line in left_out(archive, ids):
        tell(line)
    where = sys.stdout.buffer if printed else target
    going_on = takewhile(lambda _: not (printed and nobody_reads()), ids)
    if kind == "markdown":
        exports.to_markdown(archive, ids, target, tell)
    elif kind == "csv":
        names = {one.code: one.title for one in config.sections if one.code}
        names = {**config.site_of().section_names, **names}
        exports.to_csv(archive, going_on, where, tell, sections=names, with_text=with_text)
    elif kind == "jsonl":
        exports.to_jsonl(archive, going_on, where, tell)
    elif kind == "epub":
        name = title or f"{config.feeds.title} {text}".strip()
        exports.to_epub(archive, ids, where, name, tell)
    else:
        exports.to_warc(archive, ids, where, clock_of(config)(), tell)
    done = f"{counted(len(ids), 'article')} written to {'standard output' if printed else target}"
    click.echo(done, err=printed)
    for line in damaged:
        click.echo(f"feedsvc: left out: {line}; see 'feedsvc archive verify'", err=True)
    return 1 if damaged else 0


def _of_feed(
    config: Config, archive: Archive, name: str, ids: Iterable[int], tell: Callable[[str], None]
) -> Iterator[int]:
    """Those of the ids that the feed selects.  Raises ``BadUsage`` for one there is not."""
    from feedsvc.archive.export import readable
    from feedsvc.feeds import selection

    feeds, sections, site = config.feeds, config.sections, config.site_of()
    wanted = selection(name, archive, feeds, sections, site)
    if wanted is None:
        own = [*(one.name for one in sections), *(one.name for one in feeds.custom)]
        own += [one.name for one in feeds.digests]
        names = ", ".join(("all", *own, "released", "revised"))
        raise BadUsage(f"no feed of articles is named '{name}'", advice=f"there are {names}")
    return (one.id for one in readable(archive, ids, tell) if wanted(one))
