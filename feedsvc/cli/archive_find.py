"""The commands that choose articles by their words, sections, times, statuses and reporters:
``feedsvc archive ls``, ``search`` and ``export``."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from itertools import islice, takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from feedsvc.catalogue.access import ACCESS
from feedsvc.cli import context
from feedsvc.cli.options import json_option, limit_option, when_option, with_common_options
from feedsvc.cli.output import DAMAGED, as_json, complain, counted, fitted, say
from feedsvc.cli.streams import nobody_reads
from feedsvc.errors import ArchiveUnreadable, BadUsage, ConfigError, RecordDamaged
from feedsvc.text import one_line

if TYPE_CHECKING:
    from feedsvc.archive import Archive
    from feedsvc.catalogue.question import Question
    from feedsvc.catalogue.search import Found
    from feedsvc.config import Config
    from feedsvc.moment import Moment

FORMATS = ("markdown", "csv", "jsonl", "epub", "warc")


def filters(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that choose articles."""
    for option in (
        click.option("--reporter", metavar="NAME", help="By this reporter, or part of the name."),
        click.option(
            "--status",
            type=click.Choice(ACCESS),
            help="Of this access status, or readable or locked.",
        ),
        when_option("--until", "Published by the end of this day, or before this time."),
        when_option("--since", "Published on this day or later: 2026-11-25, yesterday, 3d, 12h."),
        click.option("--section", metavar="NAME", help="In this section: its name or its code."),
    ):
        function = option(function)
    return function


def searched(
    config: Config, words: str = "", *, section: str | None, since: Moment | None,
    until: Moment | None, status: str | None, reporter: str | None, sort: str = "newest",
) -> Question:  # fmt: skip
    """What the words and options ask for.  Raises ``ConfigError`` for what cannot be followed."""
    from feedsvc.catalogue.question import Unfit, question

    try:
        return question(
            {
                "q": words,
                "sort": sort,
                "section": section or "",
                "access": status or "",
                "reporter": reporter or "",
                "since": since.written if since else "",
                "until": until.written if until else "",
            },
            config.sections,
            context.clock_of(config)(),
        )
    except Unfit as error:
        about = {"q": "what is searched for", "section": f"section '{section}'"}
        raise ConfigError(error.said, about=about.get(error.part, f"--{error.part}")) from None


@click.command("ls")
@filters
@limit_option
@json_option
@with_common_options
def ls(limit: int | None, as_json: bool, **chosen: Any) -> int:
    """List the articles, newest first."""
    config = context.start()
    archive = context.open_findable(config)
    listed: set[int] = set()
    found = _noting(archive.finding.find("", searched(config, **chosen).which, limit=limit), listed)
    if as_json:
        _print_json(found)
        return _tell_left_out(archive, listed)
    # Line by line, for there may be a million; the newest has the longest id.
    wide = 0
    for one in takewhile(lambda _: not nobody_reads(), found):
        if not wide:
            wide = len(str(one.id))
            click.secho(f"{'id':>{wide}}  published         status        title", bold=True)
        begin = f"{one.id:>{wide}}  {one.published_at:%Y-%m-%d %H:%M}  {one.status.value:<12}  "
        say(begin + fitted(one_line(one.title), len(begin)))
    _tell_nothing(listed)
    return _tell_left_out(archive, listed)


@click.command("search")
@click.argument("words", nargs=-1, required=True)
@filters
@click.option("--best", is_flag=True, help="Best first; default: newest first.")
@limit_option
@json_option
@with_common_options
def search(
    words: tuple[str, ...], best: bool, limit: int | None, as_json: bool, **chosen: Any
) -> int:
    """Find articles that hold all of WORDS in headline, sub-headline, body or keywords.

    Parts of words are found too; spaces and the particles of WORDS make no difference.
    Words in quotation marks stand together, as they are.
    """
    config = context.start()

    from feedsvc.catalogue.question import snippet
    from feedsvc.words import marked

    asked = searched(config, " ".join(words), **chosen, sort="best" if best else "newest")
    text = asked.words
    archive = context.open_findable(config)
    listed: set[int] = set()
    found = _noting(archive.finding.find(text, asked.which, asked.how, limit=limit), listed)
    if as_json:
        _print_json(found)
        return _tell_left_out(archive, listed)
    begin, end = ("\x1b[1;33m", "\x1b[0m") if sys.stdout.isatty() else ("«", "»")
    damaged: list[Exception] = []
    for one in takewhile(lambda _: not nobody_reads(), found):
        before = f"{one.id}  {one.published_at:%Y-%m-%d}  {one.status.value}  "
        click.echo(before + marked(fitted(one_line(one.title), len(before)), text, begin, end))
        try:
            record = archive.get(one.id)
        except (RecordDamaged, ArchiveUnreadable) as error:
            damaged.append(error)
            continue
        part = snippet(record, text) if record else ""
        if part:
            click.echo(f"    {marked(fitted(part, 4), text, begin, end)}")
    complain(damaged)
    _tell_nothing(listed)
    return max(_tell_left_out(archive, listed), 1 if damaged else 0)


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
    printed = str(target) == "-"
    if printed and kind == "markdown":
        raise click.UsageError("markdown makes a folder: name one with --to")
    if with_text and kind != "csv":
        raise click.UsageError("--text is for csv: the other formats hold the text anyway")
    config = context.start()

    from feedsvc.archive import export as exports

    asked = searched(config, " ".join(words), **chosen)
    archive = context.open_findable(config)
    damaged: dict[str, None] = {}  # what several articles show is told of once
    tell = damaged.setdefault

    wanted: Iterator[int] = (one.id for one in archive.finding.find(asked.words, asked.which))
    if feed is not None:
        wanted = _of_feed(config, archive, feed, wanted, tell)
    ids = list(islice(wanted, limit))
    damaged |= dict.fromkeys(left_out(archive, ids))
    where = sys.stdout.buffer if printed else target
    going_on = takewhile(lambda _: not (printed and nobody_reads()), ids)
    if kind == "markdown":
        exports.to_markdown(archive, ids, target, tell)
    elif kind == "csv":
        exports.to_csv(
            archive, going_on, where, tell,
            sections=context.section_titles(config), with_text=with_text,
        )  # fmt: skip
    elif kind == "jsonl":
        exports.to_jsonl(archive, going_on, where, tell)
    elif kind == "epub":
        exports.to_epub(
            archive, ids, where, title or f"{config.feeds.title} {asked.words}".strip(), tell
        )
    else:
        exports.to_warc(archive, ids, where, context.clock_of(config)(), tell)
    click.echo(
        f"{counted(len(ids), 'article')} written to {'standard output' if printed else target}",
        err=printed,
    )
    complain(f"left out: {line}; {DAMAGED}" for line in damaged)
    return 1 if damaged else 0


def _of_feed(
    config: Config, archive: Archive, name: str, ids: Iterable[int], tell: Callable[[str], None]
) -> Iterator[int]:
    """Those of the ids that the feed selects.  Raises ``BadUsage`` for one there is not."""
    from feedsvc.archive.export import readable
    from feedsvc.feeds import selection

    feeds, sections = config.feeds, config.sections
    wanted = selection(name, archive.digests.newest_first, feeds, sections, config.site_of())
    if wanted is None:
        names = ", ".join(
            [
                "all",
                *(one.name for one in sections),
                *(one.name for one in feeds.custom),
                *(one.name for one in feeds.digests),
                "released",
                "revised",
            ]
        )
        raise BadUsage(f"no feed of articles is named '{name}'", advice=f"there are {names}")
    return (one.id for one in readable(archive, ids, tell) if wanted(one))


def left_out(archive: Archive, listed: Iterable[int]) -> Iterator[str]:
    """What cannot be read may be in no index any more, and nobody knows whether it was
    meant: a line for each such article that is not ``listed``."""
    for article_id in sorted(archive.damaged_ids().difference(listed)):
        try:
            archive.get(article_id)
        except (RecordDamaged, ArchiveUnreadable) as error:
            yield str(error)


def _tell_left_out(archive: Archive, listed: set[int]) -> int:
    """Say what is not in a list because it cannot be read; the exit code."""
    told = list(left_out(archive, listed))
    complain(f"left out: {line}; {DAMAGED}" for line in told)
    return 1 if told else 0


def _tell_nothing(listed: set[int]) -> None:
    if not listed:
        click.echo("no article is found", err=True)


def _noting(found: Iterable[Found], listed: set[int]) -> Iterator[Found]:
    """The same, their ids put down."""
    for one in found:
        listed.add(one.id)
        yield one


def _print_json(found: Iterator[Found]) -> None:
    """The list, some articles at a time, as it would be printed whole."""
    before = "["
    while (some := list(islice(found, 500))) and not nobody_reads():
        told = [
            {
                "id": one.id,
                "url": one.url,
                "title": one.title,
                "published_at": one.published_at,
                "status": one.status.value,
            }
            for one in some
        ]
        click.echo(before + as_json(told)[1:-2], nl=False)
        before = ","
    click.echo("[]" if before == "[" else "\n]")
