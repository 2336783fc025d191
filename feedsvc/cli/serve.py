"""``feedsvc serve``: serves what is published, polls nothing."""

from __future__ import annotations

import click

from feedsvc.cli.options import load_config, start_logs, with_common_options


@click.command("serve")
@with_common_options
def command() -> None:
    """Serve the published feeds until it is told to stop."""
    start_logs("info")
    config = load_config()

    from feedsvc.cli.desk import clock_of
    from feedsvc.serve import Server

    Server(config, now=clock_of(config)).run_forever()
