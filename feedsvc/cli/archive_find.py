"""``feedsvc archive ls``, ``search`` and ``show``."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from itertools import islice, takewhile
from typing import TYPE_CHECKING, Any

import click

from feedsvc.cli.options import ArticleId, json_option, load_config, start_logs, with_common_options
from feedsvc.cli.streams import nobody_reads
from feedsvc.cli.tables import counted, fitted, say
from feedsvc.cli.when import when_option
from feedsvc.errors import ArchiveUnreadable, ConfigError, FeedsvcError, RecordDamaged
from feedsvc.moment import Moment
from feedsvc.text import one_line

if TYPE_CHECKING:
    from feedsvc.archive import Archive
    from feedsvc.catalogue.question import Question
    from feedsvc.catalogue.search import Found
    from feedsvc.config import Config
    from feedsvc.model import Record

STATUSES = (
    *("open", "plus-first", "soon-free", "members-only", "plus-only", "unknown"),
    *("readable", "locked"),
)
INSERTED, DELETED = ("\ue000", "\ue001"), ("\ue002", "\ue003")


def filters(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that choose articles."""
    for option in (
        click.option("--reporter", metavar="NAME", help="By this reporter, or part of the name."),
        click.option(
            "--status",
            type=click.Choice(STATUSES),
            help="Of this access status, or readable or locked.",
        ),
        when_option("--until", "Published by the end of this day, or before this time."),
        when_option("--since", "Published on this day or later: 2026-11-25, yesterday, 3d, 12h."),
        click.option("--section", metavar="NAME", help="In this section: its name or its code."),
    ):
        function = option(function)
    return function


def limit_option(function: Callable[..., Any]) -> Callable[..., Any]:
    return click.option(
        "--limit", type=click.IntRange(1), metavar="N", help="This many; default: all."
    )(function)


def searched(
    config: Config, words: str = "", *, section: str | None, since: Moment | None,
    until: Moment | None, status: str | None, reporter: str | None, sort: str = "newest",
) -> Question:  # fmt: skip
    """What the words and options ask for.  Raises ``ConfigError`` for what cannot be followed."""
    from feedsvc.catalogue.question import Unfit, question
    from feedsvc.cli.context import clock_of

    times = {"since": since.written if since else "", "until": until.written if until else ""}
    given = {"section": section or "", "access": status or "", "reporter": reporter or ""}
    try:
        return question(
            {"q": words, "sort": sort, **given, **times}, config.sections, clock_of(config)()
        )
    except Unfit as error:
        about = {"q": "what is searched for", "section": f"section '{section}'"}
        raise ConfigError(error.said, about=about.get(error.part, f"--{error.part}")) from None


def searchable(config: Config, archive: Archive) -> Archive:
    """The archive, its search index made if it is missing and nobody else writes."""
    from feedsvc.cli.context import clock_of
    from feedsvc.errors import ArchiveLocked, ArchiveUnwritable

    if archive.can_find or archive.head() is None:
        return archive
    try:
        with archive.writing(clock_of(config)()):
            archive.make_findable()
    except (ArchiveLocked, ArchiveUnwritable) as error:
        click.echo(f"feedsvc: no search index, so every record is read: {error}", err=True)
    return archive


@click.command("ls")
@filters
@limit_option
@json_option
@with_common_options
def ls(limit: int | None, as_json: bool, **chosen: Any) -> int:
    """List the articles, newest first."""
    start_logs()
    config = load_config()

    from feedsvc.cli.context import open_archive

    archive = searchable(config, open_archive(config))
    listed: set[int] = set()
    found = _noting(archive.finding("", searched(config, **chosen).which, limit=limit), listed)
    if as_json:
        _print_json(found)
        return _tell_left_out(archive, listed)
    # Line by line, for there may be a million; the newest has the longest id.
    wide = 0
    for one in takewhile(lambda _: not nobody_reads(), found):
        if not wide:
            wide = len(str(one.id))
            click.secho(f"{'id':>{wide}}  published         status        title", bold=True)
        at, status = f"{one.published_at:%Y-%m-%d %H:%M}", one.status.value
        begin = f"{one.id:>{wide}}  {at}  {status:<12}  "
        say(begin + fitted(one_line(one.title), len(begin)))
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
    start_logs()
    config = load_config()

    from feedsvc.catalogue.question import snippet
    from feedsvc.cli.context import open_archive

    asked = searched(config, " ".join(words), **chosen, sort="best" if best else "newest")
    text = asked.words
    archive = searchable(config, open_archive(config))
    listed: set[int] = set()
    found = _noting(archive.finding(text, asked.which, asked.how, limit=limit), listed)
    if as_json:
        _print_json(found)
        return _tell_left_out(archive, listed)
    from feedsvc.words import marked

    begin, end = ("\x1b[1;33m", "\x1b[0m") if sys.stdout.isatty() else ("«", "»")
    damaged: list[FeedsvcError] = []
    for one in takewhile(lambda _: not nobody_reads(), found):
        before = f"{one.id}  {one.published_at:%Y-%m-%d}  {one.status.value}  "
        title = marked(fitted(one_line(one.title), len(before)), text, begin, end)
        click.echo(before + title)
        try:
            record = archive.get(one.id)
        except (RecordDamaged, ArchiveUnreadable) as error:
            damaged.append(error)
            continue
        part = snippet(record, text) if record else ""
        if part:
            click.echo(f"    {marked(fitted(part, 4), text, begin, end)}")
    for one_error in damaged:
        click.echo(f"feedsvc: {one_error}", err=True)
    return max(_tell_left_out(archive, listed), 1 if damaged else 0)


def left_out(archive: Archive, listed: Iterable[int]) -> Iterator[str]:
    """What cannot be read may be in no index any more, and nobody knows whether it was
    meant: a line for each such article that is not ``listed``."""
    for article_id in sorted(archive.damaged_ids().difference(listed)):
        try:
            archive.get(article_id)
        except (RecordDamaged, ArchiveUnreadable) as error:
            yield str(error)


def _noting(found: Iterable[Found], listed: set[int]) -> Iterator[Found]:
    """The same, their ids put down."""
    for one in found:
        listed.add(one.id)
        yield one


def _tell_left_out(archive: Archive, listed: set[int]) -> int:
    """Say what is not in a list because it cannot be read; the exit code."""
    told = list(left_out(archive, listed))
    for line in told:
        click.echo(f"feedsvc: left out: {line}; see 'feedsvc archive verify'", err=True)
    return 1 if told else 0


@click.command("show")
@click.argument("article_id", metavar="ID", type=ArticleId(0))
@click.option("--diff", is_flag=True, help="What changed, revision by revision.")
@json_option
@with_common_options
def show(article_id: int, diff: bool, as_json: bool) -> int:
    """Show an article as text, or with --json its file as it stands."""
    start_logs()
    config = load_config()

    from feedsvc.cli.context import open_archive

    archive = open_archive(config)
    record = archive.get(article_id)
    if record is None:
        raise FeedsvcError(
            "is not in the archive",
            about=f"article {article_id}",
            advice="feedsvc archive gaps says which ids are kept",
        )
    if diff:
        _print_diff(record, as_json)
    elif as_json:
        click.echo(archive.path_of(article_id).read_text("utf-8"), nl=False)
    else:
        _print_record(record)
    return 0


def _print_json(found: Iterable[Found]) -> None:
    """The list, some articles at a time, as it would be printed whole."""
    found = iter(found)
    before = "["
    while (some := list(islice(found, 500))) and not nobody_reads():
        told = [
            {
                "id": one.id,
                "url": one.url,
                "title": one.title,
                "published_at": one.published_at.isoformat(),
                "status": one.status.value,
            }
            for one in some
        ]
        text = json.dumps(told, ensure_ascii=False, indent=2)
        click.echo(before + text[1:-2], nl=False)
        before = ","
    click.echo("[]" if before == "[" else "\n]")


def _print_record(record: Record) -> None:
    from feedsvc.text import visible

    say(record.title, bold=True)
    if record.subtitle:
        say(record.subtitle)
    by = ", ".join(record.reporters)
    say(f"{by}{'  ' if by else ''}{record.published_at:%Y-%m-%d %H:%M}  {record.url}")
    told = [record.access.status.value]
    for what, at in (
        ("sold first", record.access.plus_first_at),
        ("released", record.access.released_at),
        ("gone", record.gone_at),
    ):
        if at:
            told.append(f"{what} {at:%Y-%m-%d %H:%M}")
    if record.revisions:
        told.append(f"{counted(len(record.revisions), 'revision')}, see --diff")
    click.echo("; ".join(told))
    for block in record.body:
        if line := visible(block):
            say(f"\n{line}")
    if record.keywords:
        say(f"\n{', '.join(record.keywords)}")
    for related in record.related:
        say(f"→ {related.title} {related.url}")


def _print_diff(record: Record, as_json: bool) -> None:
    """Each revision, oldest first: what changed, and how the text did."""
    from feedsvc.revisions import block_difference, changes, text_difference

    texts = {change.number: change for change in changes(record)}
    told = []
    for number, revision in enumerate(record.revisions, 1):
        blocks: list[str] = []
        if change := texts.get(number):
            before, after = change.before, change.after
            for old, new in ((before.title, after.title), (before.subtitle, after.subtitle)):
                if old != new:
                    blocks.append(f"<p>{text_difference(old, new)}</p>")
            if before.body != after.body:
                blocks += block_difference(before.body, after.body).split("\n")
        told.append((number, revision, blocks))
    if as_json:
        click.echo(
            json.dumps(
                [
                    {
                        "revision": number,
                        "seen_at": revision.seen_at.isoformat(),
                        "changed": list(revision.changed),
                        "difference": blocks,
                    }
                    for number, revision, blocks in told
                ],
                ensure_ascii=False,
                indent=2,
            )
        )
        return
    if not told:
        click.echo("never changed")
    for number, revision, blocks in told:
        head = f"r{number}  {revision.seen_at:%Y-%m-%d %H:%M}  {', '.join(revision.changed)}"
        click.echo(click.style(head, bold=True))
        for block in blocks:
            if line := _coloured(block):
                click.echo(f"  {line}")


def _coloured(block: str) -> str:
    """A block with ``ins`` and ``del`` as a line: green and red on a terminal, elsewhere
    ``{+…+}`` and ``[-…-]`` as wdiff prints them."""
    from feedsvc.text import visible

    signs = (*INSERTED, *DELETED)
    for tag, sign in zip(("<ins>", "</ins>", "<del>", "</del>"), signs, strict=True):
        block = block.replace(tag, sign)
    line = one_line(visible(block))
    shown = (
        ("\x1b[32m", "\x1b[0m", "\x1b[31m", "\x1b[0m")
        if sys.stdout.isatty()
        else ("{+", "+}", "[-", "-]")
    )
    for sign, value in zip(signs, shown, strict=True):
        line = line.replace(sign, value)
    return line
