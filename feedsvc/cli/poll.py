"""``feedsvc poll``: once, for cron."""

from __future__ import annotations

import dataclasses
import logging
import sys
from typing import TYPE_CHECKING

import click

from feedsvc.cli.options import json_option, load_config, start_logs, with_common_options
from feedsvc.cli.tables import counted, print_table
from feedsvc.errors import ConfigError

if TYPE_CHECKING:
    from feedsvc.config import Config, SectionConfig
    from feedsvc.model import PollOutcome


@click.command("poll")
@click.option("--section", "names", multiple=True, metavar="NAME", help="Only this section.")
@json_option
@with_common_options
def command(names: tuple[str, ...], as_json: bool) -> int:
    """Poll the sections once, publish what changed, then exit.

    A poll that finds many articles publishes as it goes.  Stop it at any time (Ctrl-C): what
    was read is published, the next poll reads the rest.
    """
    start_logs()
    config = load_config()
    sections = named_sections(config, names)

    from feedsvc.cli.context import clock_of, fetching, open_archive
    from feedsvc.cli.progress import poll_bar
    from feedsvc.cli.stopping import finishing
    from feedsvc.poll import Poll, exit_code

    archive = open_archive(config)
    with (
        fetching(config, archive.memory) as fetcher,
        poll_bar() as progress,
        finishing("the article in hand is read, then what was read is published") as told,
    ):
        poll = Poll(config, archive, fetcher, clock_of(config), progress=progress, stop=told.is_set)
        outcome = poll.run(sections)
    if as_json:
        import json

        values = dataclasses.asdict(outcome)
        click.echo(json.dumps(values, ensure_ascii=False, indent=2, default=_iso))
    else:
        print_outcome(outcome)
    if told.is_set():
        left = counted(sum(1 for _ in archive.pending()), "article")
        click.echo(f"stopped: {left} found and not read; the next poll goes on", err=True)
    code = told.code or exit_code(outcome, poll.problems)
    for line, logged in poll.damage.items():
        if code and not logged:  # by an earlier poll today; what makes this one fail is said
            logging.getLogger("feedsvc").warning("%s", line)
    return code


def named_sections(config: Config, names: tuple[str, ...]) -> tuple[SectionConfig, ...]:
    """The sections that ``--section`` names, in the configuration's order; all of
    them without a name.  Raises ``ConfigError``."""
    have = [section.name for section in config.sections]
    if not have:
        raise ConfigError(
            "no section is configured, so there is nothing to poll",
            advice="name one at least under 'sections'; 'feedsvc init' shows how",
        )
    for name in names:
        if name not in have:
            raise ConfigError(
                f"no section '{name}' is configured", advice=f"there are {', '.join(have)}"
            )
    return tuple(one for one in config.sections if not names or one.name in names)


def print_outcome(outcome: PollOutcome) -> None:
    """A line a section, then a dry word.  What went wrong has its line in the log; at a
    terminal that shows both it is not said again."""
    logged = sys.stderr.isatty() and logging.getLogger("feedsvc").isEnabledFor(logging.WARNING)
    seen = logged and sys.stdout.isatty()
    print_table(
        ("section", "rows", "new", "revised", "released", "failed", ""),
        [
            (
                one.name,
                str(one.rows),
                str(one.new),
                str(one.revised),
                str(one.released),
                str(one.failed),
                "failed, see above" if one.error and seen else one.error or "",
            )
            for one in outcome.sections
        ],
        numbers=range(1, 6),
    )
    count = sum(one.new + one.revised + one.released for one in outcome.sections)
    what = counted(count, "article")
    if not count:
        failed = all(one.error for one in outcome.sections)
        what = "nothing could be read" if outcome.sections and failed else "nothing new"
    requests = counted(outcome.requests, "request")
    click.echo(f"{what}, {requests}, {counted(len(outcome.published), 'file')} published")


def _iso(value: object) -> str:
    import datetime

    if isinstance(value, datetime.datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no JSON form")
