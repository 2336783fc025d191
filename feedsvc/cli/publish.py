"""The commands that make something of the archive without the network: ``feedsvc rebuild`` and
``digest``."""

import click

from feedsvc.cli import context
from feedsvc.cli.options import json_option, when_option, with_common_options
from feedsvc.cli.output import DAMAGED, complain, counted, print_json, progress_bar
from feedsvc.errors import BadUsage
from feedsvc.moment import Moment

FORMATS = ("html", "markdown", "json")


@click.command("rebuild")
@click.option("--reparse", "again", is_flag=True, help="First read the raw pages again.")
@json_option
@with_common_options
def rebuild(again: bool, as_json: bool) -> int:
    """Publish every feed again from the archive; nothing is fetched.

    With --reparse the raw pages are first read again with today's parser; ids and
    history stay as they are.
    """
    config = context.start()

    from feedsvc.archive.records import DAMAGE
    from feedsvc.poll import publish, ready, reread, tell

    ready(config)
    archive, clock = context.open_archive(config), context.clock_of(config)
    now = clock()
    with archive.writing(now):
        archive.reindex()
        done = None
        if again:
            with progress_bar("pages") as progress:
                done = reread.reparse(config, archive, now, progress)
        published = tell(config, archive, clock, publish(config, archive, now, None), anew=True)
        problems = [
            *map(str, published.problems),
            *(f"{line}; {DAMAGE}" for line in archive.damage()),
        ]
    if as_json:
        print_json(
            {
                "published": [str(path) for path in published.paths],
                "problems": problems,
                "reparsed": done,
            }
        )
    else:
        complain(problems)
        if done:
            click.echo(
                f"{counted(done.read, 'page')} read, {done.mended} mended, {done.added} added"
            )
            complain(f"{line}; {DAMAGED}" for line in done.damaged)
            complain(f"article {number}: {error}" for number, error in done.failed.items())
        none = "no file published" if published.broken else "nothing changed, no file touched"
        click.echo(
            f"{counted(len(published.paths), 'file')} published" if published.paths else none
        )
    return 1 if problems or (done and (done.failed or done.damaged)) else 0


@click.command("digest")
@click.argument("name")
@when_option("--since", "From then on; default: since the last one that was made.")
@when_option("--until", "Until then; default: now.")
@click.option(
    "--format", "kind", type=click.Choice(FORMATS), default="markdown", show_default=True,
    help="What to print; html is fit for mail.",
)  # fmt: skip
@with_common_options
def digest(name: str, since: Moment | None, until: Moment | None, kind: str) -> int:
    """Print the digest NAME of any window, made from the archive as it is now.

    Nothing is written down and nothing published: what was made at its time stays.
    """
    config = context.start()
    digests = {one.name: one for one in config.feeds.digests}
    if name not in digests:
        raise BadUsage(
            f"no digest is named '{name}'",
            advice=f"there are {', '.join(digests)}"
            if digests
            else "none is configured: name one below feeds.digests",
        )

    from feedsvc import feeds
    from feedsvc.poll.digests import begun_at, of_window

    archive, now = context.open_archive(config), context.clock_of(config)()
    begin = since.begin(now) if since else begun_at(archive, digests[name], now)
    end = until.end(now) if until else now
    if end < begin or (until and until.begin(now) < end == begin):  # the day before
        raise BadUsage("--until lies before --since" if until else "--since lies in the future")
    # A day that is named begins with its first moment, and ends before the next day's.
    window = feeds.Window(begin, end, begin, with_since=since is not None, with_until=until is None)
    entry = of_window(config, archive, digests[name], window)
    page = feeds.digest
    printed = {"html": page.html, "markdown": page.markdown, "json": page.as_json}
    click.echo(printed[kind](entry, config.feeds.base_url if config.is_served else None), nl=False)
    return 0
