"""The commands that show what the archive holds: ``feedsvc archive show``, one article;
``gaps`` and ``stats``, all of them counted; ``verify``, is everything as it was written?"""

from __future__ import annotations

import dataclasses
import sys
from typing import TYPE_CHECKING

import click

from feedsvc.cli import context
from feedsvc.cli.options import ArticleId, json_option, limit_option, with_common_options
from feedsvc.cli.output import complain, counted, print_json, print_table, progress_bar, say
from feedsvc.errors import ArchiveError, ArchiveUnwritable, FeedsvcError
from feedsvc.text import one_line, visible

if TYPE_CHECKING:
    from feedsvc.archive.verify import Verdict
    from feedsvc.model import Record

INSERTED, DELETED = ("\ue000", "\ue001"), ("\ue002", "\ue003")

_BY_HAND = 'see "Damage" in docs/archive.md'
_SHOWN = 20
"""Ids in one line."""


@click.command("show")
@click.argument("article_id", metavar="ID", type=ArticleId(0))
@click.option("--diff", is_flag=True, help="What changed, revision by revision.")
@json_option
@with_common_options
def show(article_id: int, diff: bool, as_json: bool) -> int:
    """Show an article as text, or with --json its file as it stands."""
    archive = context.open_archive(context.start())
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


def _print_record(record: Record) -> None:
    say(record.title, bold=True)
    if record.subtitle:
        say(record.subtitle)
    by = ", ".join(record.reporters)
    say(f"{by}{'  ' if by else ''}{record.published_at:%Y-%m-%d %H:%M}  {record.url}")
    times = (
        ("sold first", record.access.plus_first_at),
        ("released", record.access.released_at),
        ("gone", record.gone_at),
    )
    revised = f"{counted(len(record.revisions), 'revision')}, see --diff"
    told = (
        record.access.status.value,
        *(f"{what} {at:%Y-%m-%d %H:%M}" for what, at in times if at),
        revised if record.revisions else "",
    )
    click.echo("; ".join(filter(None, told)))
    for line in filter(None, map(visible, record.body)):
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
            blocks += [
                f"<p>{text_difference(old, new)}</p>"
                for old, new in ((before.title, after.title), (before.subtitle, after.subtitle))
                if old != new
            ]
            if before.body != after.body:
                blocks += block_difference(before.body, after.body).split("\n")
        told.append((number, revision, blocks))
    if as_json:
        print_json(
            [
                {
                    "revision": number,
                    "seen_at": revision.seen_at,
                    "changed": revision.changed,
                    "difference": blocks,
                }
                for number, revision, blocks in told
            ]
        )
        return
    if not told:
        click.echo("never changed")
    for number, revision, blocks in told:
        click.secho(
            f"r{number}  {revision.seen_at:%Y-%m-%d %H:%M}  {', '.join(revision.changed)}",
            bold=True,
        )
        for line in filter(None, map(_coloured, blocks)):
            click.echo(f"  {line}")


def _coloured(block: str) -> str:
    """A block with ``ins`` and ``del`` as a line: green and red on a terminal, elsewhere
    ``{+…+}`` and ``[-…-]`` as wdiff prints them."""
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


@click.command("gaps")
@limit_option
@json_option
@with_common_options
def gaps(limit: int | None, as_json: bool) -> int:
    """Account for every id from the lowest known to the highest.

    kept: a record stands there; locked: one that the site does not show whole; gone: the
    site took it away, or says it has no such article; moved: its page led to another
    article; never seen: everything else.  An id far above all others is named and left out.
    --limit shows that many of the newest runs.
    """
    config = context.start()

    from feedsvc.archive import ledger
    from feedsvc.archive.records import some

    found = ledger.gaps(context.open_findable(config))
    runs = found.runs if limit is None else found.runs[-limit:]
    counts = {
        what: found.count(what)
        for what in (ledger.KEPT, ledger.LOCKED, ledger.GONE, ledger.MOVED, ledger.NEVER)
    }
    if as_json:
        print_json(
            {
                "lowest": found.lowest,
                "highest": found.highest,
                "counts": {what.replace(" ", "_"): count for what, count in counts.items()},
                "runs": [
                    {"first": run.first, "last": run.last, "what": run.what, "count": len(run)}
                    for run in runs
                ],
                "beyond": found.beyond,
                "months": [
                    {**dataclasses.asdict(month), "percentage": round(month.percentage, 1)}
                    for month in found.months
                ],
            }
        )
        return 0
    if not found.runs:
        click.echo("nothing is kept yet")
        return 0
    print_table(
        ("ids", "count", ""),
        [
            (
                f"{run.first}" if len(run) == 1 else f"{run.first}-{run.last}",
                f"{len(run)}",
                run.what,
            )
            for run in runs
        ],
        numbers=(1,),
    )
    click.echo()
    print_table(
        ("month", "kept", "locked", "gone", "moved", "never seen", "accounted for"),
        [
            (m.month, f"{m.kept}", f"{m.locked}", f"{m.gone}", f"{m.moved}", f"{m.never_seen}",
             f"{m.percentage:.1f} %")
            for m in found.months
        ],
        numbers=range(1, 7),
    )  # fmt: skip
    click.echo()
    click.echo(", ".join(f"{count} {what}" for what, count in counts.items()))
    if found.beyond:
        click.echo(f"far above all others, kept and left out here: {some(found.beyond, 10)}")
    return 0


@click.command("stats")
@json_option
@with_common_options
def stats(as_json: bool) -> int:
    """Count articles by status, month and section, journal events, and sizes on disk."""
    config = context.start()

    from feedsvc.archive import ledger

    found = ledger.stats(context.open_findable(config))
    if as_json:
        print_json(
            {
                "articles": found.articles,
                "first": found.first,
                "last": found.last,
                "by_status": dict(found.by_status),
                "by_month": dict(found.by_month),
                "by_section": dict(found.by_section),
                "events": dict(found.events),
                "bytes": dict(found.sizes),
            }
        )
        return 0
    titles = context.section_titles(config)
    rows = [("articles", "", str(found.articles))]
    if found.first and found.last:
        rows.append(("published", f"{found.first:%Y-%m-%d} to {found.last:%Y-%m-%d}", ""))
    rows += [
        (what, name, str(number))
        for what, counts in (
            ("status", found.by_status),
            ("section", [(titles.get(name) or name, number) for name, number in found.by_section]),
            ("month", found.by_month),
            ("event", found.events),
        )
        for name, number in counts
    ]
    rows += [("on disk", name, f"{size / 1e6:.1f} MB") for name, size in found.sizes]
    print_table(("", "", ""), rows, numbers=(2,))
    return 0


@click.command("verify")
@click.option("--repair", is_flag=True, help="Mend what can be mended, and say so in the journal.")
@json_option
@with_common_options
def verify(repair: bool, as_json: bool) -> int:
    """Check journal, records, raw pages and images, and name each damaged file.

    Exit codes: 0 all is well, 1 something was repaired and now all is well, 5 something
    is damaged.
    """
    config = context.start()
    archive = context.open_archive(config)
    with progress_bar("verify", size=True) as progress:
        verdict = archive.verify(progress, every_page=repair)
    repaired: tuple[str, ...] = ()
    refused: list[str] = []
    if repair and (verdict.faults or verdict.unfinished):
        from feedsvc.poll.repair import mend

        try:
            repaired = mend(config, archive, context.clock_of(config)())
            verdict = archive.verify()
        except (ArchiveError, ArchiveUnwritable) as error:
            refused = [f"not repaired: {error}"]
    if as_json:
        print_json(
            {
                "records": verdict.records,
                "journal_lines": verdict.lines,
                "raw_pages": verdict.pages,
                "images": verdict.images,
                "bytes": verdict.size,
                "damaged": [
                    {"path": str(fault.path), "what": fault.what, "id": fault.id}
                    for fault in verdict.faults
                ],
                "pages_gone": verdict.unkept,
                "unfinished": verdict.unfinished,
                "left_by_others": [str(path) for path in verdict.bystanders],
                "repaired": repaired,
            }
        )
    else:
        _print_verdict(verdict, repaired)
    complain(refused)
    if verdict.faults:
        many = len(verdict.faults)
        damaged = "1 thing is damaged" if many == 1 else f"{many} things are damaged"
        way = _BY_HAND if repair else f"try --repair, or {_BY_HAND}"
        complain([f"{archive.path}: {damaged}; {way}"])
        return 5
    return 1 if repaired else 0


def _print_verdict(verdict: Verdict, repaired: tuple[str, ...]) -> None:
    from feedsvc.archive.records import some

    told = [
        *(f"repaired: {line}" for line in repaired),
        *(f"damaged: {fault.path}: {fault.what}" for fault in verdict.faults),
    ]
    if verdict.unkept:
        told.append(f"of these articles pages are gone: {some(verdict.unkept, _SHOWN)}")
    told += [
        *(f"no part of the archive, and no harm to it: {path}" for path in verdict.bystanders),
        *(f"unfinished: {line}; the next poll completes it" for line in verdict.unfinished),
        f"{verdict.records} records, {verdict.lines} journal lines, {verdict.pages} raw pages, "
        f"{verdict.images} images, {verdict.size / 1e6:.1f} MB read"
        + ("" if verdict.faults else ": all is well"),
    ]
    click.echo("\n".join(told))
