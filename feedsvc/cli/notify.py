"""``feedsvc notify``: does the target of a notice take what it is sent?"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

import click

from feedsvc.cli.options import load_config, start_logs, with_common_options
from feedsvc.errors import ConfigError

if TYPE_CHECKING:
    from feedsvc.config import Config, NoticeConfig
    from feedsvc.notify import Letter


@click.command("notify")
@click.option("--test", "name", metavar="NAME", required=True, help="The notice to try.")
@with_common_options
def command(name: str) -> int:
    """Send one line to the target of the notice of that name.

    A command is run with a made-up record; what it complains of is shown.  Nothing is
    written down, and the archive is not needed.
    """
    start_logs()
    config = load_config()
    notice = _named(config, name)

    from feedsvc import notify
    from feedsvc.poll import ready

    ready(config)
    with notify.Patience(notify.LIMIT) as patience:
        try:
            notify.tell(notice, [_letter(config)], config.feeds.title, patience, loud=True)
        except notify.Untold as error:
            click.echo(f"feedsvc: notice {name}: {error.message}", err=True)
            return 1
        except notify.OutOfTime:
            click.echo(f"feedsvc: notice {name}: it took too long", err=True)
            return 1
    click.echo(f"{name}: the target took it")
    return 0


def _named(config: Config, name: str) -> NoticeConfig:
    """The notice of this name.  Raises ``ConfigError``."""
    found = {one.called: one for one in config.notify}
    if name in found:
        return found[name]
    if not found:
        advice = "there are none; docs/notices.md shows how one is written"
    elif near := difflib.get_close_matches(name, found, 1):
        advice = f"did you mean '{near[0]}'?"
    else:
        advice = f"there are {', '.join(found)}"
    raise ConfigError(f"no notice is named '{name}'", advice=advice)


def _letter(config: Config) -> Letter:
    """One line for people, and for a command a record like those that it will get."""
    from feedsvc.cli.context import clock_of
    from feedsvc.model import Access, Record, Status
    from feedsvc.notify import Letter
    from feedsvc.recordjson import as_json, digest

    now, site = clock_of(config)(), config.site_of()
    title, body = "feedsvc 시험 알림", ("<p>feedsvc notify --test</p>",)
    record = Record(
        id=0,
        guid=site.guid(0),
        url=config.feeds.base_url,
        title=title,
        subtitle="",
        reporters=("feedsvc",),
        published_at=now,
        updated_at=now,
        first_seen_at=now,
        origin="poll",
        sections=(),
        keywords=(),
        access=Access(Status.OPEN),
        images=(),
        body=body,
        related=(),
        duplicate_of=None,
        gone_at=None,
        digest=digest(title, "", body),
        sources=(),
    )
    return Letter(title, as_json(record))
