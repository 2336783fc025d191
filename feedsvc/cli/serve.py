"""``feedsvc serve``: serves what is published, polls nothing."""

from __future__ import annotations

import logging

import click

from feedsvc.cli.options import load_config, start_logs, with_common_options

log = logging.getLogger("feedsvc.serve")


@click.command("serve")
@with_common_options
def command() -> None:
    """Serve the published feeds until it is told to stop."""
    start_logs("info")
    config = load_config()

    from feedsvc import __version__
    from feedsvc.cli.context import clock_of
    from feedsvc.serve import Server

    server = Server(config, now=clock_of(config))

    def started() -> None:
        log.info("feedsvc %s serves what is published at %s/", __version__, server.address)

    server.run_forever(started)
    log.info("told to stop; nothing is served any more")
