"""``feedsvc digest``: a digest of any window, made from the archive as it is now."""

from __future__ import annotations

import click

from feedsvc.cli.options import load_config, start_logs, with_common_options
from feedsvc.cli.when import when_option
from feedsvc.errors import BadUsage
from feedsvc.moment import Moment

FORMATS = ("html", "markdown", "json")


@click.command("digest")
@click.argument("name")
@when_option("--since", "From then on; default: since the last one that was made.")
@when_option("--until", "Until then; default: now.")
@click.option(
    "--format", "kind", type=click.Choice(FORMATS), default="markdown", show_default=True,
    help="What to print; html is fit for mail.",
)  # fmt: skip
@with_common_options
def command(name: str, since: Moment | None, until: Moment | None, kind: str) -> int:
    """Print the digest NAME of any window, made from the archive as it is now.

    Nothing is written down and nothing published: what was made at its time stays.
    """
    start_logs()
    config = load_config()
    digests = {one.name: one for one in config.feeds.digests}
    if name not in digests:
        none = "none is configured: name one below feeds.digests"
        advice = f"there are {', '.join(digests)}" if digests else none
        raise BadUsage(f"no digest is named '{name}'", advice=advice)

    from feedsvc.cli.context import clock_of, open_archive
    from feedsvc.feeds import Window, digestpage
    from feedsvc.poll.digests import begun_at, of_window

    archive = open_archive(config)
    now = clock_of(config)()
    begin = since.begin(now) if since else begun_at(archive, digests[name], now)
    end = until.end(now) if until else now
    if end < begin or (until and until.begin(now) < end == begin):  # the day before
        raise BadUsage("--until lies before --since" if until else "--since lies in the future")
    # A day that is named begins with its first moment, and ends before the next day's.
    window = Window(begin, end, begin, with_since=since is not None, with_until=until is None)
    entry = of_window(config, archive, digests[name], window)
    printed = {"html": digestpage.html, "markdown": digestpage.markdown, "json": digestpage.as_json}
    click.echo(printed[kind](entry, config.feeds.base_url if config.is_served else None), nl=False)
    return 0
