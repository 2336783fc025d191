"""Options that every command takes, before or after its name (contract, section 2)."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from feedsvc.config import Config

LEVELS = ("debug", "info", "warning", "error")


class ArticleId(click.IntRange):
    """The id of an article, within these bounds."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Raises ``click.BadParameter``."""
        try:
            number: int = super().convert(value, param, ctx)
        except click.BadParameter:
            self.fail(f"'{value}' is no article's id; wanted a number such as 117013", param, ctx)
        return number


def with_common_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--config``, ``--log-level`` and ``--log-format``; what stands after the
    command's name wins over what stands before it."""
    for option in (
        click.option(
            "--log-format",
            type=click.Choice(["text", "json"]),
            expose_value=False,
            callback=_remember,
            help="Logs as lines of text or of JSON (on standard error).",
        ),
        click.option(
            "--log-level",
            type=click.Choice(LEVELS),
            expose_value=False,
            callback=_remember,
            help="The least that is logged.",
        ),
        click.option(
            "--config",
            metavar="PATH",
            type=click.Path(path_type=Path),
            expose_value=False,
            callback=_remember,
            help="The configuration; default: $FEEDSVC_CONFIG, then ./config.yaml.",
        ),
    ):
        function = option(function)
    return function


def json_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--json``."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")(function)


def config_path() -> Path | None:
    """What ``--config`` said, or ``None``."""
    path: Path | None = _said().get("config")
    return path


def load_config(*, needed: bool = True) -> Config:
    """The configuration that the options name; where it is not ``needed``, none is named and
    none is there, the defaults.  Raises ``ConfigError``."""
    from feedsvc import config
    from feedsvc.cli import logs

    path = config.find(config_path())
    if not needed and not config.named(config_path()) and not os.path.lexists(path):
        loaded = config.Config()
        logs.in_zone(loaded.site_of().tz)
        return loaded
    loaded = config.load(path)
    if given := loaded.site.selectors.given:
        from feedsvc import parse

        for place, message in parse.refused_selectors(given):
            raise config.refused(path, ("site", "selectors", *place), message)
    _check_authority(loaded, path)
    logs.in_zone(loaded.site_of().tz)
    return loaded


def _check_authority(loaded: Config, path: Path) -> None:
    """Refuse a configuration whose ids are not those of the archive's records: every
    article would be another one to every reader."""
    from feedsvc import config
    from feedsvc.archive.records import authority_of

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


def start_logs(default_level: str = "warning") -> None:
    """Set up logging as the options say."""
    from feedsvc.cli import logs

    said = _said()
    logs.start(said.get("log_level") or default_level, said.get("log_format") or "text")


def _said() -> dict[str, Any]:
    said: dict[str, Any] = click.get_current_context().find_root().ensure_object(dict)
    return said


def _remember(ctx: click.Context, option: click.Parameter, value: Any) -> None:
    if option.name == "config" and value == Path():
        raise click.BadParameter("names no file", ctx, option)
    if value is not None and option.name:
        ctx.find_root().ensure_object(dict)[option.name] = value
