"""``feedsvc check``: is the configuration right, can the archive be read, does the
site answer?"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from feedsvc.cli.options import (
    config_path,
    json_option,
    load_config,
    start_logs,
    with_common_options,
)
from feedsvc.cli.tables import counted, fitted, say

if TYPE_CHECKING:
    from feedsvc.config import Config


_NEWEST = ", newest "


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; ``error`` is what is wrong with it."""

    what: str
    found: str = ""
    error: str | None = None


@click.command("check")
@click.option("--online", is_flag=True, help="Also ask the site for robots.txt and each section.")
@json_option
@with_common_options
def command(online: bool, as_json: bool) -> int:
    """Validate the configuration and the archive's format; start nothing.

    What is allowed and probably not meant is a line of advice, and no error.
    """
    start_logs()
    config = load_config()

    from feedsvc import config as configuration
    from feedsvc.cli.context import clock_of, open_archive
    from feedsvc.health import Kind, health
    from feedsvc.poll import ready

    ready(config)
    _read_addresses(config)
    archive = open_archive(config)
    damaged = [
        one
        for one in health(config, archive.memory, clock_of(config)()).reasons
        if one.kind is Kind.ARCHIVE
    ]
    names = ", ".join(section.name for section in config.sections)
    findings = [
        Finding("configuration", f"{counted(len(config.sections), 'section')}: {names}"),
        Finding("archive", f"{counted(len(archive), 'article')} in {config.archive.path}"),
    ]
    if config.notify:
        told = ", ".join(one.called for one in config.notify)
        findings.append(Finding("notify", f"{counted(len(config.notify), 'notice')}: {told}"))
    findings += [Finding("archive", error=one.text) for one in damaged]
    shut = _shut(config.archive.path, config.archive.path / ".state", config.archive.path / ".lock")
    findings += [Finding("archive.path", error=line) for line in shut]
    findings += [Finding("feeds.path", error=line) for line in _shut(config.feeds.path)]
    path = configuration.find(config_path())
    findings += [Finding("advice", line) for line in configuration.advise(path, config)]
    if online:
        findings += _ask_the_site(config)
    if as_json:
        click.echo(json.dumps([asdict(one) for one in findings], ensure_ascii=False, indent=2))
    else:
        for one in findings:
            line = f"{one.what}: {one.error or one.found}"
            # What ends with a headline may be cut; what is to be done must not.
            say(fitted(line) if _NEWEST in line else line)
    wrong = [one for one in findings if one.error]
    if not wrong:
        return 0
    # What a poll would end with.  robots.txt may be read and forbid every page: nothing could
    # be done then either.
    sections = [one for one in findings if one.what.startswith("section ")]
    unasked = online and all(one.error for one in sections)
    return 4 if unasked or shut else 1


def _shut(*paths: Path) -> list[str]:
    """What may not be written of that; the first is enough."""
    from feedsvc import regular

    found = ((path, regular.shut(path)) for path in paths)
    told = [
        f"{path}: cannot be written by this user: {error.strerror}; {regular.advice(error)}"
        for path, error in found
        if error is not None
    ]
    return told[:1]


def _read_addresses(config: Config) -> None:
    """Refuse an address of a notice that Apprise cannot read; it is not printed."""
    from feedsvc import config as configuration
    from feedsvc.notify import readable

    for place, notice in enumerate(config.notify):
        if notice.to is not None and not readable(notice):
            raise configuration.refused(
                configuration.find(config_path()),
                ("notify", place, "to"),
                "is no address that Apprise can read; docs/notices.md tells how one is written",
            )


def _ask_the_site(config: Config) -> list[Finding]:
    """What robots.txt and each section page say, keeping nothing."""
    from functools import partial

    from feedsvc.cli.context import clock_of, fetching
    from feedsvc.memory import Memory
    from feedsvc.poll import SectionReader, attempt, layouts_at_hand

    site, memory = config.site_of(), Memory()
    layouts = layouts_at_hand(config, lambda line: click.echo(f"feedsvc: {line}", err=True))
    findings = []
    with fetching(config, memory) as fetcher:
        reader = SectionReader(site, fetcher, memory, lambda: layouts, clock_of(config))
        text, error = attempt(fetcher.robots)
        error = error or fetcher.robots_trouble
        wrong = str(error) if error else None
        findings.append(Finding("robots.txt", "" if wrong else _robots(text), wrong))
        for section in config.sections:
            what = f"section {section.name}"
            answer, error = attempt(partial(reader.read, section, 1, conditional=False))
            if error is not None:
                findings.append(Finding(what, error=str(error)))
                continue
            if answer is None or not answer[1].rows:
                findings.append(Finding(what, "the page lists no articles; is its code right?"))
                continue
            read = answer[1]
            newest = read.rows[0]
            findings.append(
                Finding(
                    what,
                    f"{counted(len(read.rows), 'row')} ({read.layout} layout)"
                    f"{_NEWEST}{newest.id}: {newest.title}",
                )
            )
        client = "curl" if fetcher.by_curl else "requests"
        if fetcher.by_curl and config.http.transport == "auto":
            client += ", for the site refuses Python's TLS handshake"
        findings.append(Finding("client", client))
    return findings


def _robots(text: str | None) -> str:
    if text is None:
        return "not read: http.robots is false"
    rules = [line for line in text.splitlines() if line.split("#")[0].strip()]
    return f"{counted(len(rules), 'line')} of rules, obeyed" if rules else "the site has none"
