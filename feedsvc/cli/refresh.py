"""``feedsvc refresh``: reads kept articles again now."""

from __future__ import annotations

import json

import click

from feedsvc.cli.options import ArticleId, json_option, load_config, start_logs, with_common_options
from feedsvc.cli.tables import say
from feedsvc.errors import FeedsvcError


@click.command("refresh")
@click.argument("ids", type=ArticleId(1, 10**12 - 1), nargs=-1, metavar="ID…")
@click.option("--locked", is_flag=True, help="All that are locked.")
@json_option
@with_common_options
def command(ids: tuple[int, ...], locked: bool, as_json: bool) -> int:
    """Read these articles again now, or all locked ones, and publish what changed."""
    start_logs()
    if ids and locked:
        raise click.UsageError("name the ids of articles or --locked, not both")
    if not ids and not locked:
        raise click.UsageError("name the ids of articles, or --locked")
    config = load_config()

    from feedsvc.cli.context import clock_of, fetching, open_archive
    from feedsvc.cli.progress import progress_bar
    from feedsvc.poll import refresh

    archive = open_archive(config)
    wanted = archive.locked() if locked else ids
    with fetching(config, archive.memory) as fetcher, progress_bar("articles") as progress:
        outcome = refresh(config, archive, fetcher, clock_of(config), wanted, progress)
    if as_json:
        told = [
            {"id": one.id, "outcome": one.what, "error": str(one.error) if one.error else None}
            for one in outcome.articles
        ]
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        for one in outcome.articles:
            to = f" to {one.to}" if one.to else ""
            say(f"article {one.id}: {one.error or one.what}{to}")
        if not outcome.articles:
            click.echo("nothing to read again")
    for problem in outcome.published.problems:
        click.echo(f"feedsvc: {problem}", err=True)
    errors = [one.error for one in outcome.articles if one.error]
    if not errors:
        return 1 if outcome.published.problems else 0
    fetched_none = len(errors) == len(outcome.articles)
    return 4 if fetched_none and isinstance(errors[0], FeedsvcError) else 1
