"""The commands that ask the site for articles: ``feedsvc poll`` once, for cron, ``backfill``
for older ones, ``refresh`` for kept ones."""

import logging
import sys
import time

import click

from feedsvc.cli import context
from feedsvc.cli.options import ArticleId, json_option, when_option, with_common_options
from feedsvc.cli.output import (
    COUNTS,
    complain,
    counted,
    poll_bar,
    print_json,
    print_table,
    progress_bar,
    say,
)
from feedsvc.cli.signals import finishing
from feedsvc.errors import FeedsvcError
from feedsvc.model import PollOutcome
from feedsvc.moment import Moment

_FINISHING = "the article in hand is read, then what was read is published"


@click.command("poll")
@click.option("--section", "names", multiple=True, metavar="NAME", help="Only this section.")
@json_option
@with_common_options
def poll(names: tuple[str, ...], as_json: bool) -> int:
    """Poll the sections once, publish what changed, then exit.

    A poll that finds many articles publishes as it goes.  Stop it at any time (Ctrl-C): what
    was read is published, the next poll reads the rest.
    """
    config = context.start()
    sections = context.named_sections(config, names)

    from feedsvc.poll import Poll, exit_code

    archive, clock = context.open_archive(config), context.clock_of(config)
    with (
        context.fetching(config, archive.memory) as fetcher,
        poll_bar() as progress,
        finishing(_FINISHING) as told,
    ):
        polling = Poll(config, archive, fetcher, clock, progress=progress, stop=told.is_set)
        outcome = polling.run(sections)
    if as_json:
        print_json(outcome)
    else:
        print_outcome(outcome)
    if told.is_set():
        left = counted(len(archive.pending.all()), "article")
        click.echo(f"stopped: {left} found and not read; the next poll goes on", err=True)
    code = told.code or exit_code(outcome, polling.problems)
    for line, logged in polling.damage.items():
        if code and not logged:  # by an earlier poll today; what makes this one fail is said
            logging.getLogger("feedsvc").warning("%s", line)
    return code


def print_outcome(outcome: PollOutcome) -> None:
    """A line a section, then a dry word.  What went wrong has its line in the log; at a
    terminal that shows both it is not said again."""
    warned = logging.getLogger("feedsvc").isEnabledFor(logging.WARNING)
    seen = warned and sys.stderr.isatty() and sys.stdout.isatty()
    print_table(
        ("section", *COUNTS, ""),
        [
            (
                one.name,
                *(str(getattr(one, count)) for count in COUNTS),
                "failed, see above" if one.error and seen else one.error or "",
            )
            for one in outcome.sections
        ],
        numbers=range(1, 6),
    )
    count = sum(one.new + one.revised + one.released for one in outcome.sections)
    failed = outcome.sections and all(one.error for one in outcome.sections)
    nothing = "nothing could be read" if failed else "nothing new"
    click.echo(
        f"{counted(count, 'article') if count else nothing}, "
        f"{counted(outcome.requests, 'request')}, "
        f"{counted(len(outcome.published), 'file')} published"
    )


@click.command("backfill")
@click.option("--section", "names", multiple=True, metavar="NAME", help="Only this section.")
@when_option("--since", "Back to this day: 2026-11-25, yesterday, 30d (ago).")
@when_option("--until", "From this day back.")
@click.option(
    "--max",
    "most",
    type=click.IntRange(min=1),
    metavar="N",
    help="N articles kept at most, with --gaps too: requests for ids that are none do not count.",
)
@click.option("--gaps", is_flag=True, help="Ask for the ids never seen, 500 a day at most.")
@json_option
@with_common_options
def backfill(
    names: tuple[str, ...], since: Moment | None, until: Moment | None, most: int | None,
    gaps: bool, as_json: bool,
) -> int:  # fmt: skip
    """Walk older section pages into the archive, newest first.

    Stop it at any time (Ctrl-C): the next run goes on where this one was.  A running
    daemon goes first.
    """
    if gaps and (names or since or until):
        raise click.UsageError("--gaps goes over all ids: no --section, --since or --until")
    config = context.start()

    from feedsvc.poll import publish, tell
    from feedsvc.poll.backfill import Backfill

    sections = context.named_sections(config, names)
    archive, clock = context.open_archive(config), context.clock_of(config)
    first = since.begin(clock()).date() if since else None
    last = until.begin(clock()).date() if until else None
    if first and last and first > last:
        raise click.UsageError("--since is after --until: no day lies between them")
    with (
        context.fetching(config, archive.memory) as fetcher,
        progress_bar("articles", rate=True) as told,
        finishing(_FINISHING) as stopped,
    ):
        walk = Backfill(
            config,
            archive,
            fetcher,
            clock,
            # A waiting daemon looks for the lock every 20 ms; the rest is part of the
            # delay that the next request would wait for anyway.
            rest=lambda: time.sleep(max(0.05, min(0.5, config.http.delay.total_seconds()))),
            progress=told,
            stop=stopped.is_set,
        )
        outcome = (
            walk.fill_gaps(most) if gaps else walk.run(sections, since=first, until=last, most=most)
        )
    with archive.writing(clock(), wait=60):
        published = tell(config, archive, clock, publish(config, archive, clock(), {}))
    complain(published.problems)
    if as_json:
        print_json(outcome)
    else:
        click.echo(
            f"{outcome.added} added, {outcome.known} kept already, {outcome.missing} not there, "
            f"{outcome.failed} failed, {counted(outcome.requests, 'request')}"
        )
        for name, page in outcome.pages.items():
            click.echo(f"section {name}: at page {page}")
        click.echo(f"stopped: {outcome.stopped}" if outcome.stopped else "reached the end")
    if outcome.failed:
        return 1 if outcome.added or outcome.known or outcome.missing else 4
    return 1 if published.problems else 0


@click.command("refresh")
@click.argument("ids", type=ArticleId(1, 10**12 - 1), nargs=-1, metavar="ID…")
@click.option("--locked", is_flag=True, help="All that are locked.")
@json_option
@with_common_options
def refresh(ids: tuple[int, ...], locked: bool, as_json: bool) -> int:
    """Read these articles again now, or all locked ones, and publish what changed."""
    if ids and locked:
        raise click.UsageError("name the ids of articles or --locked, not both")
    if not ids and not locked:
        raise click.UsageError("name the ids of articles, or --locked")
    config = context.start()

    from feedsvc.poll import reread

    archive, clock = context.open_archive(config), context.clock_of(config)
    with context.fetching(config, archive.memory) as fetcher, progress_bar("articles") as progress:
        articles, published = reread.refresh(
            config, archive, fetcher, clock, archive.locked() if locked else ids, progress
        )
    if as_json:
        print_json(
            [
                {"id": one.id, "outcome": one.what, "error": str(one.error) if one.error else None}
                for one in articles
            ]
        )
    else:
        for one in articles:
            to = f" to {one.to}" if one.to else ""
            say(f"article {one.id}: {one.error or one.what}{to}")
        if not articles:
            click.echo("nothing to read again")
    complain(published.problems)
    errors = [one.error for one in articles if one.error]
    if not errors:
        return 1 if published.problems else 0
    return 4 if len(errors) == len(articles) and isinstance(errors[0], FeedsvcError) else 1
