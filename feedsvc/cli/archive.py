"""``feedsvc archive``: reads the archive.  Its commands live in the modules named here
and are imported when they are called."""

from __future__ import annotations

import importlib

import click

from feedsvc.cli.options import with_common_options

COMMANDS = {
    "ls": ("archive_find", "List the articles, newest first."),
    "show": ("archive_find", "Show one article, or what changed in it."),
    "search": ("archive_find", "Find articles by their words."),
    "gaps": ("archive_account", "Account for every id: kept, locked, gone, never seen."),
    "stats": ("archive_account", "Count what there is."),
    "export": ("archive_export", "Write articles as notes, a table, a book or raw pages."),
    "verify": ("archive_verify", "Read everything and compare every digest."),
}
"""Each command's module and its line in ``--help``."""


class ArchiveCommands(click.Group):
    """The group that imports a command when it is needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"feedsvc.cli.{COMMANDS[cmd_name][0]}")
        command: click.Command = getattr(module, cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.command("archive", cls=ArchiveCommands)
@with_common_options
def command() -> None:
    """Read the archive: list, show, search, check and export what was kept."""
