"""The commands for who sets feedsvc up: ``feedsvc init``, a configuration to start from;
``check``, is it right, can the archive be read, does the site answer?; ``notify``, does the
target of a notice take what it is sent?"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from feedsvc.cli import context
from feedsvc.cli.options import json_option, with_common_options
from feedsvc.cli.output import complain, counted, fitted, print_json, say
from feedsvc.errors import ConfigError
from feedsvc.text import meant

if TYPE_CHECKING:
    from feedsvc.config import Config
    from feedsvc.notify import Letter


@click.command("init")
@click.option(
    "--site",
    type=click.Choice(["dealsite", "plus", "tv"]),
    default="dealsite",
    show_default=True,
    help="Which of the sister sites it is to poll.",
)
@with_common_options
def init(site: str) -> None:
    """Write a commented config.yaml here; never over an existing one."""
    context.start_logs()

    from feedsvc import config

    path = context.config_path()
    elsewhere = "choose another place with --config PATH"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as stream:
            stream.write(config.default_text(site))
            stream.flush()
            os.fsync(stream.fileno())
    except OSError as error:
        said, advice = {
            FileExistsError: (
                "exists already and is left as it is",
                "remove it first, or write elsewhere with --config PATH",
            ),
            PermissionError: (
                "may not be written",
                f"give the user who runs feedsvc the right to it, or {elsewhere}",
            ),
        }.get(type(error), (f"cannot be written: {error.strerror}", elsewhere))
        raise ConfigError(said, about=str(path), advice=advice) from error
    click.echo(f"{path} written; look it over, then 'feedsvc check' and 'feedsvc poll'")


# check

_NEWEST = ", newest "


@dataclass(frozen=True, slots=True)
class SetupCheck:
    """One thing that was looked at; ``error`` is what is wrong with it."""

    what: str
    found: str = ""
    error: str | None = None


@click.command("check")
@click.option("--online", is_flag=True, help="Also ask the site for robots.txt and each section.")
@json_option
@with_common_options
def check(online: bool, as_json: bool) -> int:
    """Validate the configuration and the archive's format; start nothing.

    What is allowed and probably not meant is a line of advice, and no error.
    """
    config = context.start()

    from feedsvc import config as configuration
    from feedsvc.health import Kind, health
    from feedsvc.notify import readable
    from feedsvc.poll import ready

    ready(config)
    path = context.config_path()
    for place, notice in enumerate(config.notify):
        if notice.to is not None and not readable(notice):  # which is a secret, and not printed
            raise configuration.refused(
                path,
                ("notify", place, "to"),
                "is no address that Apprise can read; docs/notices.md tells how one is written",
            )
    archive, kept = context.open_archive(config), config.archive.path
    reasons = health(config, archive.memory, context.clock_of(config)()).reasons
    names = ", ".join(section.name for section in config.sections)
    findings = [
        SetupCheck("configuration", f"{counted(len(config.sections), 'section')}: {names}"),
        SetupCheck("archive", f"{counted(len(archive), 'article')} in {kept}"),
    ]
    if config.notify:
        told = ", ".join(one.called for one in config.notify)
        findings.append(SetupCheck("notify", f"{counted(len(config.notify), 'notice')}: {told}"))
    shut = _shut(kept, kept / ".state", kept / ".lock")
    findings += [
        *(SetupCheck("archive", error=one.text) for one in reasons if one.kind is Kind.ARCHIVE),
        *(SetupCheck("archive.path", error=line) for line in shut),
        *(SetupCheck("feeds.path", error=line) for line in _shut(config.feeds.path)),
        *(SetupCheck("advice", line) for line in configuration.advise(path, config)),
    ]
    if online:
        findings += _ask_the_site(config)
    if as_json:
        print_json(findings)
    else:
        for one in findings:
            line = f"{one.what}: {one.error or one.found}"
            # What ends with a headline may be cut; what is to be done must not.
            say(fitted(line) if _NEWEST in line else line)
    if not any(one.error for one in findings):
        return 0
    # What a poll would end with.  robots.txt may be read and forbid every page: nothing could
    # be done then either.
    unasked = online and all(one.error for one in findings if one.what.startswith("section "))
    return 4 if unasked or shut else 1


def _shut(*paths: Path) -> list[str]:
    """What may not be written of that; the first is enough."""
    from feedsvc import regular

    return [
        f"{path}: cannot be written by this user: {error.strerror}; {regular.advice(error)}"
        for path in paths
        if (error := regular.shut(path)) is not None
    ][:1]


def _ask_the_site(config: Config) -> list[SetupCheck]:
    """What robots.txt and each section page say, keeping nothing."""
    from feedsvc.memory import Memory
    from feedsvc.poll import SectionReader, attempt, layouts_at_hand

    site, memory = config.site_of(), Memory()
    layouts = layouts_at_hand(config, lambda line: complain([line]))
    findings = []
    with context.fetching(config, memory) as fetcher:
        reader = SectionReader(site, fetcher, memory, lambda: layouts, context.clock_of(config))
        text, error = attempt(fetcher.robots)
        error = error or fetcher.robots_trouble
        wrong = str(error) if error else None
        findings.append(SetupCheck("robots.txt", "" if wrong else _robots(text), wrong))
        for section in config.sections:
            answer, error = attempt(partial(reader.read, section, 1, conditional=False))
            read = answer[1] if answer else None
            found = "the page lists no articles; is its code right?"
            if read is not None and read.rows:
                rows = f"{counted(len(read.rows), 'row')} ({read.layout} layout)"
                found = f"{rows}{_NEWEST}{read.rows[0].id}: {read.rows[0].title}"
            wrong = str(error) if error else None
            findings.append(SetupCheck(f"section {section.name}", "" if wrong else found, wrong))
        client = "curl" if fetcher.by_curl else "requests"
        if fetcher.by_curl and config.http.transport == "auto":
            client += ", for the site refuses Python's TLS handshake"
        findings.append(SetupCheck("client", client))
    return findings


def _robots(text: str | None) -> str:
    if text is None:
        return "not read: http.robots is false"
    rules = [line for line in text.splitlines() if line.split("#")[0].strip()]
    return f"{counted(len(rules), 'line')} of rules, obeyed" if rules else "the site has none"


# notify


@click.command("notify")
@click.option("--test", "name", metavar="NAME", required=True, help="The notice to try.")
@with_common_options
def notify(name: str) -> int:
    """Send one line to the target of the notice of that name.

    A command is run with a made-up record; what it complains of is shown.  Nothing is
    written down, and the archive is not needed.
    """
    config = context.start()
    notices = {one.called: one for one in config.notify}
    if name not in notices:
        there = (
            f"there are {', '.join(notices)}"
            if notices
            else "there are none; docs/notices.md shows how one is written"
        )
        raise ConfigError(f"no notice is named '{name}'", advice=meant(name, notices, there))

    from feedsvc.notify import LIMIT, OutOfTime, Patience, Untold, tell
    from feedsvc.poll import ready

    ready(config)
    try:
        with Patience(LIMIT) as patience:
            tell(notices[name], [_letter(config)], config.feeds.title, patience, loud=True)
    except (Untold, OutOfTime) as error:
        why = error.message if isinstance(error, Untold) else "it took too long"
        complain([f"notice {name}: {why}"])
        return 1
    click.echo(f"{name}: the target took it")
    return 0


def _letter(config: Config) -> Letter:
    """One line for people, and for a command a record like those that it will get."""
    from feedsvc.model import Access, Record, Status
    from feedsvc.notify import Letter
    from feedsvc.recordjson import as_json, digest

    now, site = context.clock_of(config)(), config.site_of()
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
