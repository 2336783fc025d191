"""What a command runs with: logs, configuration, clock, archive and fetcher.

Logs go to standard error: a line an event, as text or as JSON.
"""

from __future__ import annotations

import atexit
import json
import logging
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

from feedsvc.cli.options import given
from feedsvc.cli.output import Bar, Telling, complain, progress_bar
from feedsvc.errors import ArchiveLocked, ArchiveUnwritable, ClockWrong, ConfigError
from feedsvc.text import one_line

if TYPE_CHECKING:
    from feedsvc.archive import Archive, Making
    from feedsvc.config import Config, SectionConfig
    from feedsvc.fetch import Fetcher
    from feedsvc.memory import Memory

WORTH_A_BAR = 5000
"""Records."""


def start(level: str = "warning", *, needed: bool = True) -> Config:
    """Set up logging as the options say; the configuration (see :func:`load_config`)."""
    start_logs(level)
    return load_config(needed=needed)


class Format(logging.Formatter):
    """The message on one line: much of it may be what the site said.

    ``zone``: of the times in front of the lines; ``None``: this machine's."""

    zone: tzinfo | None = None

    def at(self, record: logging.LogRecord) -> datetime:
        return datetime.fromtimestamp(record.created).astimezone(self.zone)


class TextFormat(Format):
    """``2026-03-10 17:00:28 warning section mna: …``"""

    def format(self, record: logging.LogRecord) -> str:
        at = self.at(record)
        line = f"{at:%Y-%m-%d %H:%M:%S} {record.levelname.lower()} {one_line(record.getMessage())}"
        if record.exc_info:
            told = self.formatException(record.exc_info)
            line = "\n".join((line, *map(one_line, told.splitlines())))
        return line


class JsonFormat(Format):
    """``{"at", "level", "logger", "message"}``, and ``traceback`` where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        told = {
            "at": self.at(record).isoformat(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": one_line(record.getMessage()),
        }
        if record.exc_info:
            told["traceback"] = self.formatException(record.exc_info)
        return json.dumps(told, ensure_ascii=False)


def start_logs(level: str = "warning") -> None:
    """Log as the options say, without them from ``level`` up.  Libraries are heard from
    warnings up only: below that they print addresses with all their parameters.  Those that
    fetch are not heard at all: what becomes of an answer is told by an error of ours, in one
    line."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormat() if given().get("log_format") == "json" else TextFormat())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    for name in ("urllib3", "requests"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    logging.getLogger("feedsvc").setLevel((given().get("log_level") or level).upper())


def in_zone(zone: tzinfo) -> None:
    """From now on lines bear the time of this zone: the site's, as the times in them do."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler.formatter, Format):
            handler.formatter.zone = zone


def config_path() -> Path:
    """The configuration's path; whether it exists is not asked."""
    from feedsvc import config

    return config.find(given().get("config"))


def load_config(*, needed: bool = True) -> Config:
    """The configuration that the options name; where it is not ``needed``, none is named and
    none is there, the defaults.  One whose ids are not those of the archive's records is
    refused: every article would be another one to every reader.  Raises ``ConfigError``."""
    from feedsvc import config
    from feedsvc.archive.records import authority_of

    path = config_path()
    if not needed and not config.named(given().get("config")) and not os.path.lexists(path):
        loaded = config.Config()
        in_zone(loaded.site_of().tz)
        return loaded
    loaded = config.load(path)
    if selectors := loaded.site.selectors.given:
        from feedsvc import parse

        for place, message in parse.refused_selectors(selectors):
            raise config.refused(path, ("site", "selectors", *place), message)
    kept, asked = authority_of(loaded.archive.path), loaded.site_of().authority
    if kept is not None and kept != asked:
        raise config.refused(
            path,
            ("site", "authority"),
            f"the articles in {loaded.archive.path} bear ids of {kept}, this configuration "
            f"would give them ids of {asked}; for this archive have the line "
            f"'authority: {kept}' below site:, for another site name another folder in "
            "archive.path",
        )
    in_zone(loaded.site_of().tz)
    return loaded


def named_sections(config: Config, names: tuple[str, ...] = ()) -> tuple[SectionConfig, ...]:
    """The sections that ``--section`` names, in the configuration's order; all of
    them without a name.  Raises ``ConfigError``."""
    have = [section.name for section in config.sections]
    if not have:
        raise ConfigError(
            "no section is configured, so there is nothing to poll",
            advice="name one at least under 'sections'; 'feedsvc init' shows how",
        )
    for name in names:
        if name not in have:
            raise ConfigError(
                f"no section '{name}' is configured", advice=f"there are {', '.join(have)}"
            )
    return tuple(one for one in config.sections if not names or one.name in names)


def section_titles(config: Config) -> dict[str, str]:
    """What the configuration calls the site's sections, else the site, by their codes."""
    return {
        **config.site_of().section_names,
        **{section.code: section.title for section in config.sections if section.code},
    }


def clock_of(config: Config) -> Callable[[], datetime]:
    """The clock that everything below the command line is handed: whole seconds in
    the site's zone, as records keep them."""
    exact = exact_clock_of(config)
    return lambda: exact().replace(microsecond=0)


def exact_clock_of(config: Config) -> Callable[[], datetime]:
    """The same clock with its fractions, for what fetches: between two whole seconds
    may lie hardly any time, and the pace must know."""
    tz = config.site_of().tz
    return lambda: datetime.now(tz)


def open_archive(config: Config) -> Archive:
    """The configured archive.  Raises ``ArchiveError``."""
    from feedsvc.archive import Archive

    return Archive(
        config.archive.path,
        raw=config.archive.raw,
        making=_bars() if sys.stderr.isatty() else Telling(clock_of(config)),
    )


def open_findable(config: Config) -> Archive:
    """The same, its search index made if it is missing and nobody else writes."""
    archive = open_archive(config)
    if archive.finding.made() is not None or archive.head() is None:
        return archive
    try:
        with archive.writing(clock_of(config)()):
            archive.make_findable()
    except (ArchiveLocked, ArchiveUnwritable) as error:
        complain([f"no search index, so every record is read: {error}"])
    return archive


def _bars() -> Making:
    """A progress bar for each thing that is made anew, where it takes more than a moment."""
    shown: dict[str, tuple[ExitStack, Bar]] = {}

    def tell(what: str, done: int, total: int) -> None:
        if what not in shown and done < total and total > WORTH_A_BAR:
            stack = ExitStack()
            bar = stack.enter_context(progress_bar(f"making the {what} anew, once", rate=True))
            atexit.register(stack.close)  # stopped in the middle: the cursor comes back
            if bar is not None:
                shown[what] = stack, bar
        if what in shown:
            shown[what][1](done, total)
            if done == total:
                shown.pop(what)[0].close()

    return tell


@contextmanager
def fetching(config: Config, memory: Memory) -> Iterator[Fetcher]:
    """A fetcher that is closed at the end; it asks even a site that is being left alone after
    failures, as a poll by hand does.  Raises ``ClockWrong``, ``ConfigError``."""
    from feedsvc.fetch import Fetcher
    from feedsvc.health import impossible
    from feedsvc.poll import ready

    ready(config)
    if wrong := impossible(clock_of(config)()):
        raise ClockWrong(wrong)
    with Fetcher(
        config.site_of(),
        config.http,
        memory,
        clock=exact_clock_of(config),
        sleep=time.sleep,
        probe=True,
        monotonic=time.monotonic,
    ) as fetcher:
        yield fetcher
