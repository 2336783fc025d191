"""``feedsvc rebuild``: publish again from the archive, without the network."""

from __future__ import annotations

import dataclasses

import click

from feedsvc.cli.options import json_option, load_config, start_logs, with_common_options
from feedsvc.cli.tables import counted


@click.command("rebuild")
@click.option("--reparse", "again", is_flag=True, help="First read the raw pages again.")
@json_option
@with_common_options
def command(again: bool, as_json: bool) -> int:
    """Publish every feed again from the archive; nothing is fetched.

    With --reparse the raw pages are first read again with today's parser; ids and
    history stay as they are.
    """
    start_logs()
    config = load_config()

    from feedsvc.archive.records import DAMAGE
    from feedsvc.cli.context import clock_of, open_archive
    from feedsvc.cli.progress import progress_bar
    from feedsvc.poll import publish, ready, reparse, tell

    ready(config)
    archive = open_archive(config)
    clock = clock_of(config)
    now = clock()
    with archive.writing(now):
        archive.reindex()
        reread = None
        if again:
            with progress_bar("pages") as progress:
                reread = reparse(config, archive, now, progress)
        published = tell(config, archive, clock, publish(config, archive, now, None), anew=True)
        problems = [*map(str, published.problems)]
        problems += [f"{line}; {DAMAGE}" for line in archive.damage()]
    if as_json:
        import json

        told = {
            "published": [str(path) for path in published.paths],
            "problems": problems,
            "reparsed": dataclasses.asdict(reread) if reread else None,
        }
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        for problem in problems:
            click.echo(f"feedsvc: {problem}", err=True)
        if reread:
            click.echo(
                f"{counted(reread.read, 'page')} read, {reread.mended} mended, {reread.added} added"
            )
            for line in reread.damaged:
                click.echo(f"feedsvc: {line}; see 'feedsvc archive verify'", err=True)
            for article_id, error in reread.failed.items():
                click.echo(f"feedsvc: article {article_id}: {error}", err=True)
        count = len(published.paths)
        files = f"{counted(count, 'file')} published"
        none = "no file published" if published.broken else "nothing changed, no file touched"
        click.echo(files if count else none)
    return 1 if problems or (reread and (reread.failed or reread.damaged)) else 0
