"""``feedsvc archive``: reads the archive.  Its commands live in the modules named here
and are imported when they are called."""

from __future__ import annotations

import click

from feedsvc.cli.groups import Commands
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


@click.command(
    "archive",
    cls=Commands,
    table={name: (module, name, line) for name, (module, line) in COMMANDS.items()},
)
@with_common_options
def command() -> None:
    """Read the archive: list, show, search, check and export what was kept."""
