"""``feedsvc demo``: the whole thing against a stand-in of the site, on loopback."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path

import click

from feedsvc.cli.options import start_logs, with_common_options

CONFIG = """\
# Made by 'feedsvc demo': the stand-in of the site lives as long as the demo does.
site:
  base_url: {site}
sections:
  - {{name: industry, title: 산업, code: "068000", every: 1m}}
  - {{name: finance, title: 금융, code: "083000", every: 1m}}
  - {{name: securities, title: 증권, code: "089000", every: 1m}}
  - {{name: mna, title: 인수합병, code: "080000", every: 1m}}
  - {{name: alternative, title: 대체투자·PEF·VC, code: "075000", every: 1m}}
http:
  delay: 0s          # the stand-in needs no rest
feeds:
  base_url: http://127.0.0.1:{port}/
server:
  port: {port}
"""


@click.command("demo")
@click.option("--once", is_flag=True, help="Poll, print the addresses and exit.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8080, show_default=True, help="To serve on."
)
@with_common_options
def command(once: bool, port: int) -> int:
    """Poll a bundled stand-in of the site and serve the feeds made of it."""
    start_logs()

    from feedsvc import config as configuration
    from feedsvc.cli.desk import clock_of, exact_clock_of, fetching, open_archive
    from feedsvc.cli.poll import poll_bar, print_outcome
    from feedsvc.cycle import Poll, exit_code
    from feedsvc.demo import StandIn, sample_articles
    from feedsvc.errors import CannotListen
    from feedsvc.serve import Server

    port = port or _free_port()
    folder = Path(tempfile.mkdtemp(prefix="feedsvc-demo-"))
    path = folder / "config.yaml"
    with ExitStack() as stack:
        site = stack.enter_context(StandIn())
        path.write_text(CONFIG.format(site=site.base_url, port=port), encoding="utf-8")
        config = configuration.load(path)
        clock = clock_of(config)
        for article in sample_articles(clock()):
            site.publish(article)
        archive = open_archive(config)
        server = Server(config, now=clock, polls=True)
        if not once:
            # Before anything is read and said: what listens there may be another demo.
            stack.callback(shutil.rmtree, folder, ignore_errors=True)
            stack.callback(server.stop)
            try:
                server.bind()
            except CannotListen as error:
                error.advice = "stop the program that listens there, or choose another: --port N"
                raise
        with fetching(config, archive.memory) as fetcher, poll_bar() as progress:
            poll = Poll(config, archive, fetcher, clock, progress=progress)
            outcome = poll.run(config.sections)
        print_outcome(outcome)
        code = exit_code(outcome, poll.problems)
        click.echo(f"\nThe page: {config.feeds.base_url}\n")
        for name in ("all", *(section.name for section in config.sections)):
            for form in config.feeds.formats:
                click.echo(f"  {config.feeds.base_url}{name}.{form}")
        click.echo(f"\nArchive, feeds and config.yaml: {folder}")
        if once:
            click.echo("Feeds written. Without --once they are served at these addresses.")
            return code
        click.echo(f"The stand-in of the site: {site.base_url}")

        from feedsvc.cli.run import GRACE, steady_clock
        from feedsvc.schedule.daemon import Daemon
        from feedsvc.schedule.heart import Heart

        click.echo("\nPaste one of these into a feed reader. Ctrl-C ends the demo.")
        steady = steady_clock()
        daemon = Daemon(config, archive, clock=exact_clock_of(config), steady=steady)
        heart = Heart(daemon.heartbeat, steady=steady)
        heart.start()
        try:
            server.run_forever()
        finally:
            daemon.stop()
            heart.stop()
            daemon.idle(GRACE)
    return code


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
