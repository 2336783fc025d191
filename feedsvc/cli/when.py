"""The options that take a time, as :mod:`feedsvc.moment` reads it.

In: the text of an option.  Out: a :class:`~feedsvc.moment.Moment`, which needs the time now.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from feedsvc.moment import WANTED, Moment

if TYPE_CHECKING:
    _ParamType = click.ParamType[Any]
else:
    _ParamType = click.ParamType  # older ones take no parameter


class When(_ParamType):
    """The type of every option that takes a time."""

    name = "when"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
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
