"""Options of several commands: those that every command takes, before or after its name
(contract, section 2), and the types of ids and times."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import click

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


class When(click.ParamType):  # type: ignore[type-arg]  # older ones take no parameter
    """A time, as :mod:`feedsvc.moment` reads it: a :class:`~feedsvc.moment.Moment`, which needs
    the time now."""

    name = "when"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        from feedsvc.moment import WANTED, Moment

        if isinstance(value, Moment):
            return value
        moment = Moment.of(str(value))
        try:
            moment.end(datetime.now().astimezone())
        except (ValueError, OverflowError):
            self.fail(f"'{value}' is no time: {WANTED}", param, ctx)
        return moment


def when_option(name: str, text: str) -> Callable[..., Any]:
    """An option that takes a time, such as ``--since``."""
    return click.option(name, type=When(), metavar="WHEN", help=text)


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


json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")
limit_option = click.option(
    "--limit", type=click.IntRange(1), metavar="N", help="This many; default: all."
)


def given() -> dict[str, Any]:
    """What the common options said, by their names; nothing of one that was left out."""
    said: dict[str, Any] = click.get_current_context().find_root().ensure_object(dict)
    return said


def _remember(ctx: click.Context, option: click.Parameter, value: Any) -> None:
    if option.name == "config" and value == Path():
        raise click.BadParameter("names no file", ctx, option)
    if value is not None and option.name:
        ctx.find_root().ensure_object(dict)[option.name] = value
