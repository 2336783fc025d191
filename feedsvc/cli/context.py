"""What a command runs with: logs, configuration, clock, archive and fetcher."""

from __future__ import annotations

import atexit
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from feedsvc.cli import logs
from feedsvc.cli.options import given
from feedsvc.cli.output import Bar, Telling, complain, progress_bar
from feedsvc.errors import ArchiveLocked, ArchiveUnwritable, ClockWrong, ConfigError

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


def start_logs(default_level: str = "warning") -> None:
    """Set up logging as the options say."""
    logs.start(given().get("log_level") or default_level, given().get("log_format") or "text")


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
        logs.in_zone(loaded.site_of().tz)
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
    logs.in_zone(loaded.site_of().tz)
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
    own = {section.code: section.title for section in config.sections if section.code}
    return {**config.site_of().section_names, **own}


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
    if archive.can_find or archive.head() is None:
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
