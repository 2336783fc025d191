"""``feedsvc archive export``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from feedsvc.cli.archive_find import filters, limit_option, searchable, which
from feedsvc.cli.options import load_config, start_logs, with_common_options
from feedsvc.cli.tables import counted

FORMATS = ("markdown", "csv", "epub", "warc")


@click.command("export")
@click.argument("words", nargs=-1)
@click.option(
    "--format", "kind", type=click.Choice(FORMATS), required=True, help="What to make of them."
)
@click.option(
    "--to", "target", type=click.Path(path_type=Path), required=True, metavar="PATH",
    help="The file, or for markdown the folder, to make.",
)  # fmt: skip
@click.option("--title", help="The book's title; default: the feeds' title.")
@filters
@limit_option
@with_common_options
def export(
    words: tuple[str, ...], kind: str, target: Path, title: str | None, limit: int | None,
    **chosen: Any,
) -> int:  # fmt: skip
    """Export all articles, those that the options choose, or those that a search for
    WORDS finds.

    markdown: a folder of notes with front matter, a folder a month. csv: a table of
    everything but the text. epub: a book, a chapter an article. warc: their raw pages.
    """
    start_logs()
    config = load_config()

    from feedsvc.archive import export as exports
    from feedsvc.cli.desk import clock_of, open_archive

    archive = searchable(config, open_archive(config))
    text = " ".join(words)
    found = archive.finding(text, which(config, **chosen), limit=limit)
    ids = [one.id for one in found]
    damaged: dict[str, None] = {}  # what several articles show is told of once
    tell = damaged.setdefault
    if kind == "markdown":
        exports.to_markdown(archive, ids, target, tell)
    elif kind == "csv":
        exports.to_csv(archive, ids, target, tell)
    elif kind == "epub":
        name = title or f"{config.feeds.title} {text}".strip()
        exports.to_epub(archive, ids, target, name, tell)
    else:
        exports.to_warc(archive, ids, target, clock_of(config)(), tell)
    click.echo(f"{counted(len(ids), 'article')} written to {target}")
    for line in damaged:
        click.echo(f"feedsvc: left out: {line}; see 'feedsvc archive verify'", err=True)
    return 1 if damaged else 0
