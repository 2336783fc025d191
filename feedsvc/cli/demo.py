"""``feedsvc demo``: the whole thing against a stand-in of the site, on loopback, and with
``--redesign`` what comes of a change of its layout."""

from __future__ import annotations

import json
import shutil
import socket
import tempfile
import time
from contextlib import ExitStack, suppress
from datetime import datetime, timedelta
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

import click

from feedsvc.cli import context
from feedsvc.cli.options import with_common_options
from feedsvc.cli.output import counted, fitted, poll_bar, say
from feedsvc.cli.poll import print_outcome
from feedsvc.cli.run import GRACE, steady_clock
from feedsvc.cli.signals import queued
from feedsvc.text import meant

if TYPE_CHECKING:
    from feedsvc.archive import Archive
    from feedsvc.config import Config
    from feedsvc.demo import DemoSite, Newsroom
    from feedsvc.model import PollOutcome

CONFIG = """\
# Made by 'feedsvc demo': the stand-in of the site lives as long as the demo does.
site:
  base_url: {site}
  relearn: adopt
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
{more}server:
  port: {port}
"""
MORE = """\
  custom:            # a feed of your own
    - {{name: deals, title: 인수와 매각, any: [인수, 매각]}}
  digests:           # one entry at its time: what was new since the last
    - {{name: briefing, title: 브리핑, feeds: [deals, all], at: "{at}", days: [{days}]}}
notify:              # a command that is told of each article at once, as a line of JSON
  - feed: deals
    run: [sh, -c, 'printf "%s\\t" "$FEEDSVC_EVENT" >>notices; cat >>notices']
    on: [new, released, revised]
"""
CHANGE_EVERY = 20.0
"""Seconds between two changes on the site."""

POLLS = 16
"""After a redesign, at most: probation has ended by then, or found what is wrong."""

_NEW = 3
_LONGEST = 600


@click.command("demo")
@click.option("--once", is_flag=True, help="Poll, print the addresses and exit.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8080, show_default=True, help="To serve on."
)
@click.option(
    "--redesign", metavar="NAME", help="Then the site changes its layout; names are above."
)
@with_common_options
def demo(once: bool, port: int, redesign: str | None) -> int:
    """Poll a bundled stand-in of the site and serve the feeds made of it.

    The site goes on publishing, correcting and releasing articles, until Ctrl-C; all that
    was made is removed then.

    Redesigns: renamed, wrapped, hashed, builds, data, divs, minutes, partial, json, turns,
    gate, sections, words, semantic, promos, no-keywords, anonymous, boxes, noise.
    """
    context.start_logs()

    from feedsvc import config as configuration
    from feedsvc.demo import REDESIGNS, DemoSite, Newsroom
    from feedsvc.errors import CannotListen
    from feedsvc.serve import Server

    if redesign is not None and redesign not in REDESIGNS:
        hint, have = meant(redesign, REDESIGNS), ", ".join(REDESIGNS)
        hint = f"{hint} " if hint else ""
        raise click.UsageError(f"no redesign is called '{redesign}'; {hint}there are {have}")
    if not port:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
    folder = Path(tempfile.mkdtemp(prefix="feedsvc-demo-"))
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        signals = stack.enter_context(queued())
        site = stack.enter_context(DemoSite())
        at = site.now() + timedelta(minutes=1, seconds=5)
        path = folder / "config.yaml"
        more = MORE.format(at=f"{at:%H:%M}", days=", ".join(configuration.DAYS))
        path.write_text(CONFIG.format(site=site.base_url, port=port, more=more), encoding="utf-8")
        config = configuration.load(path)
        context.in_zone(config.site_of().tz)
        clock = context.clock_of(config)
        newsroom = Newsroom(site, clock)

        archive = context.open_archive(config)
        stack.callback(archive.close)
        if not once:
            server = Server(config, now=clock, polls=True)
            try:
                server.start()  # before anything is read and said: another demo may listen there
            except CannotListen as error:
                error.advice = "stop the program that listens there, or choose another: --port N"
                raise
            stack.callback(server.stop)
            click.echo(f"The page: {config.feeds.base_url}\n")
        outcome, code = _poll(config, archive, signals)
        if not signals.empty():
            click.echo("The demo was interrupted; nothing is left of it.")
            return 128 + signals.get()
        print_outcome(outcome)
        click.echo(f"\nThe page: {config.feeds.base_url}\n" if once else "")
        _print_feeds(config)
        if not once:
            click.echo(
                f"\nArchive, feeds and config.yaml: {folder}\n"
                f"The stand-in of the site: {site.base_url}\n"
                "\nOpen the page, or paste a feed's address into a feed reader. The digest comes "
                f"at {at:%H:%M %Z}.\nCtrl-C ends the demo and removes all of it.\n"
            )
        if redesign is not None:
            _redesign(config, archive, site, newsroom, redesign, signals)
        if once:
            click.echo("\nWithout --once they are served at these addresses; now nothing is left.")
            return code if signals.empty() else 128 + signals.get()
        _go_on(config, archive, newsroom, signals)
    click.echo("The demo has ended; nothing is left of it.")
    return 0


def _poll(config: Config, archive: Archive, signals: SimpleQueue[int]) -> tuple[PollOutcome, int]:
    """The first poll, with the code that it would exit with."""
    from feedsvc.poll import Poll, exit_code

    with context.fetching(config, archive.memory) as fetcher, poll_bar() as progress:
        poll = Poll(
            config, archive, fetcher, context.clock_of(config), progress=progress,
            stop=lambda: not signals.empty(),
        )  # fmt: skip
        outcome = poll.run(config.sections)
    return outcome, exit_code(outcome, poll.problems)


def _print_feeds(config: Config) -> None:
    from feedsvc.feeds import title_of

    base = config.feeds.base_url
    click.echo("\n".join(f"  {base}all.{form}" for form in ("atom", "rss", "json")))
    click.echo("\nMore feeds, as .rss and .json too:\n")
    names = [*(one.name for one in config.sections), "released", "revised", "deals", "briefing"]
    wide = max(map(len, names)) + len(base) + len(".atom")
    for name in names:
        say(f"  {f'{base}{name}.atom':<{wide}}  {title_of(name, config)}")
    click.echo(f"  {base}feeds.opml")


def _go_on(config: Config, archive: Archive, newsroom: Newsroom, signals: SimpleQueue[int]) -> None:
    """Poll on schedule and let things happen on the site, until a signal comes."""
    from feedsvc.schedule.daemon import Daemon
    from feedsvc.schedule.ticker import Ticker

    steady, clock = steady_clock(), context.exact_clock_of(config)
    daemon = Daemon(config, archive, clock=clock, steady=steady)
    ticker = Ticker(daemon.heartbeat, steady=steady)
    told, path = 0, config.notify[0].folder / "notices"
    for _ in range(3):
        _tell(clock(), newsroom.step())
    _poll(config, archive, signals)  # at once: nobody should wait to see what a change looks like
    ticker.start()
    changed_at = time.monotonic()
    try:
        while True:
            with suppress(Empty):
                signals.get(timeout=1)
                return
            for line in _notices(path, told):
                _tell(clock(), line)
                told += 1
            if time.monotonic() - changed_at >= CHANGE_EVERY:
                changed_at = time.monotonic()
                _tell(clock(), newsroom.step())
    finally:
        daemon.stop()
        ticker.stop()
        daemon.idle(GRACE)


def _notices(path: Path, told: int) -> list[str]:
    """A line for each notice that the command of the demo's has written, after those told."""
    lines = path.read_text("utf-8").splitlines(keepends=True) if path.exists() else []
    whole = [line.partition("\t") for line in lines if line.endswith("\n")][told:]
    return [f"notice, {event}: {json.loads(record)['title']}" for event, _, record in whole]


def _tell(at: datetime, line: str) -> None:
    if line:
        say(fitted(f"{at:%H:%M:%S} {line}"))


def _redesign(
    config: Config, archive: Archive, site: DemoSite, newsroom: Newsroom, name: str,
    signals: SimpleQueue[int],
) -> None:  # fmt: skip
    """Redesign the site, let it publish, and poll until it is well again, or is known why
    not."""
    from feedsvc.demo import REDESIGNS
    from feedsvc.health import Kind, health

    site.redesign = name
    click.echo(f"\nThe site changes its layout: {REDESIGNS[name].what}.")
    for _ in range(_NEW):
        newsroom.publish()
    told: list[str] = []
    for number in range(1, POLLS + 1):
        _poll(config, archive, signals)
        if not signals.empty():
            return
        reasons = health(config, archive.memory, context.clock_of(config)()).reasons
        lines = [one.text for one in reasons]
        if lines == told and number > 2:
            break
        told = lines
        for line in lines or [f"all is well; {counted(len(archive), 'article')} kept"]:
            say(f"poll {number}: {line[:_LONGEST]}")
        kinds = {one.kind for one in reasons}
        if number > 2 and (not kinds or kinds & {Kind.DRAFT, Kind.SUSPENDED}):
            break
    kept = ", ".join(f"{one:04d}.yaml" for one in archive.learned.numbers())
    click.echo(f"\nLayouts in {archive.learned.root}: {kept or 'none'}")
