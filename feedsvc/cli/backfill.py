"""``feedsvc backfill``: older articles into the archive."""

from __future__ import annotations

import dataclasses
import json
import time
from typing import TYPE_CHECKING

import click

from feedsvc.cli.options import json_option, load_config, start_logs, with_common_options
from feedsvc.cli.tables import counted
from feedsvc.cli.when import when_option
from feedsvc.moment import Moment

if TYPE_CHECKING:
    from feedsvc.poll.backfill import BackfillOutcome


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
def command(
    names: tuple[str, ...],
    since: Moment | None,
    until: Moment | None,
    most: int | None,
    gaps: bool,
    as_json: bool,
) -> int:
    """Walk older section pages into the archive, newest first.

    Stop it at any time (Ctrl-C): the next run goes on where this one was.  A running
    daemon goes first.
    """
    start_logs()
    if gaps and (names or since or until):
        raise click.UsageError("--gaps goes over all ids: no --section, --since or --until")
    config = load_config()

    from feedsvc.cli.context import clock_of, fetching, open_archive
    from feedsvc.cli.poll import named_sections
    from feedsvc.cli.progress import progress_bar
    from feedsvc.cli.stopping import finishing
    from feedsvc.poll import publish, tell
    from feedsvc.poll.backfill import Backfill

    sections = named_sections(config, names)
    archive, clock = open_archive(config), clock_of(config)
    first = since.day(clock()) if since else None
    last = until.day(clock()) if until else None
    if first and last and first > last:
        raise click.UsageError("--since is after --until: no day lies between them")
    delay = config.http.delay.total_seconds()
    with (
        fetching(config, archive.memory) as fetcher,
        progress_bar("articles", rate=True) as told,
        finishing("the article in hand is read, then what was read is published") as stopped,
    ):
        backfill = Backfill(
            config,
            archive,
            fetcher,
            clock,
            # A waiting daemon looks for the lock every 20 ms; the rest is part of the
            # delay that the next request would wait for anyway.
            rest=lambda: time.sleep(max(0.05, min(0.5, delay))),
            progress=told,
            stop=stopped.is_set,
        )
        if gaps:
            outcome = backfill.fill_gaps(most)
        else:
            outcome = backfill.run(
                sections,
                since=first,
                until=last,
                most=most,
            )
    with archive.writing(clock(), wait=60):
        published = tell(config, archive, clock, publish(config, archive, clock(), {}))
    for problem in published.problems:
        click.echo(f"feedsvc: {problem}", err=True)
    if as_json:
        click.echo(json.dumps(dataclasses.asdict(outcome), ensure_ascii=False, indent=2))
    else:
        _print(outcome)
    return _exit_code(outcome) or (1 if published.problems else 0)


def _print(outcome: BackfillOutcome) -> None:
    click.echo(
        f"{outcome.added} added, {outcome.known} kept already, {outcome.missing} not there, "
        f"{outcome.failed} failed, {counted(outcome.requests, 'request')}"
    )
    for name, page in outcome.pages.items():
        click.echo(f"section {name}: at page {page}")
    click.echo(f"stopped: {outcome.stopped}" if outcome.stopped else "reached the end")


def _exit_code(outcome: BackfillOutcome) -> int:
    if not outcome.failed:
        return 0
    return 1 if outcome.added or outcome.known or outcome.missing else 4
