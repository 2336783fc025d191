"""A group of commands, each imported when it is called."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

import click


class Commands(click.Group):
    """A group whose commands are told by a table: ``table`` holds each one's module below
    ``feedsvc.cli``, the name it has there, and its line in ``--help``."""

    def __init__(self, *, table: Mapping[str, tuple[str, str, str]], **attributes: Any) -> None:
        super().__init__(**attributes)
        self.table = table

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args and not ctx.resilient_parsing:
            click.echo(ctx.get_help(), color=ctx.color)
            ctx.exit()
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.table:
            return None
        module, name, _ = self.table[cmd_name]
        command: click.Command = getattr(importlib.import_module(f"feedsvc.cli.{module}"), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, _, line) in self.table.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in self.table and not args[0].startswith("-"):
            name = args[0].lower()
            others = dict(self._elsewhere(ctx))
            near = [
                others.get(name, ""),
                *get_close_matches(name, self.table, n=1),
                *(others[one] for one in get_close_matches(name, others, n=1)),
            ]
            hint = next(filter(None, near), "")
            said = f"no such command '{args[0]}'"
            raise click.UsageError(f"{said}; did you mean '{hint}'?" if hint else said, ctx)
        return super().resolve_command(ctx, args)

    def _elsewhere(self, ctx: click.Context) -> Iterator[tuple[str, str]]:
        """The commands of other groups, and how each is called: ``feedsvc search`` means
        ``feedsvc archive search``, ``feedsvc archive poll`` means ``feedsvc poll``."""
        above = ctx.parent
        if above is not None and isinstance(above.command, Commands):
            for name in above.command.table:
                yield name, f"{above.command_path} {name}"
            return
        for group in self.table:
            inside = self.get_command(ctx, group)
            if isinstance(inside, Commands):
                for name in inside.table:
                    yield name, f"{ctx.command_path} {group} {name}"
