"""The command line: arguments, dispatch, exit codes.  A module a few commands.

A command's module is imported when it is called: ``--help`` shows the tables below
and imports click alone.
"""

import importlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import click

from feedsvc import __version__
from feedsvc.cli.options import with_common_options
from feedsvc.text import meant, one_line

__all__ = ["ARCHIVE_COMMANDS", "COMMANDS", "execute", "streams"]

COMMANDS = {
    "init": ("setup", "Write a commented config.yaml."),
    "check": ("setup", "Validate the configuration and the archive's format."),
    "poll": ("poll", "Poll the sections once, then exit: for cron."),
    "run": ("run", "The daemon: polls on schedule and serves the feeds."),
    "serve": ("run", "Serve what is published; poll nothing."),
    "backfill": ("poll", "Walk older section pages into the archive."),
    "refresh": ("poll", "Read kept articles again now."),
    "rebuild": ("publish", "Publish again from the archive, without the network."),
    "relearn": ("relearn", "Learn the site's new layout from articles that are kept."),
    "notify": ("setup", "Send one line to the target of a notice, to try it."),
    "status": ("status", "Show each section's last poll, the next one, and any trouble."),
    "inspect": ("inspect", "Show what the parser sees on a page."),
    "archive": ("", "Read the archive: list, show, search, check, export."),
    "digest": ("publish", "Print a digest of any window, made from the archive."),
    "demo": ("demo", "Try it all against a bundled stand-in of the site."),
}
"""Every command with its module, where it is a function of its name, and its line in ``--help``."""

ARCHIVE_COMMANDS = {
    "ls": ("archive_find", "List the articles, newest first."),
    "show": ("archive", "Show one article, or what changed in it."),
    "search": ("archive_find", "Find articles by their words."),
    "gaps": ("archive", "Account for every id: kept, locked, gone, never seen."),
    "stats": ("archive", "Count what there is."),
    "export": ("archive_find", "Write articles as notes, a table, a book or raw pages."),
    "verify": ("archive", "Read everything and compare every digest."),
}

_REPORT = "run it again with --log-level debug and report what it prints"


class Commands(click.Group):
    """A group whose commands are told by a table, each imported when it is called; groups
    within are there from the start."""

    def __init__(self, *, table: Mapping[str, tuple[str, str]], **attributes: Any) -> None:
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
        if cmd_name in self.commands or cmd_name not in self.table:
            return self.commands.get(cmd_name)
        command: click.Command = getattr(
            importlib.import_module(f"feedsvc.cli.{self.table[cmd_name][0]}"), cmd_name
        )
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in self.table.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in self.table and not args[0].startswith("-"):
            from difflib import get_close_matches

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
        for group, inside in self.commands.items():
            if isinstance(inside, Commands):
                for name in inside.table:
                    yield name, f"{ctx.command_path} {group} {name}"


@click.command(
    cls=Commands,
    table=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 done, 1 something failed and the rest was published, 2 bad usage or "
    "configuration, 3 another feedsvc holds the archive, 4 nothing could be done, "
    "5 the archive is damaged or of a newer format.",
)
@click.version_option(
    __version__, message="feedsvc %(version)s", help="Print the version and exit."
)
@with_common_options
def feedsvc() -> None:
    """Full-text feeds and a flat-file archive of Dealsite (딜사이트).

    Start with 'feedsvc demo', or with 'feedsvc init' and 'feedsvc poll'.
    """


@feedsvc.command("archive", cls=Commands, table=ARCHIVE_COMMANDS)
@with_common_options
def _archive() -> None:
    """Read the archive: list, show, search, check and export what was kept."""


def execute(arguments: Sequence[str]) -> int:
    """Run one command; the exit code.  An error is one line on standard error (each of
    a configuration's errors has its own), a traceback only with ``--log-level debug``."""
    from feedsvc.errors import FeedsvcError

    try:
        code = feedsvc.main(args=list(arguments), prog_name="feedsvc", standalone_mode=False)
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except (click.exceptions.Abort, KeyboardInterrupt):
        return 130
    except click.ClickException as error:
        ctx = error.ctx if isinstance(error, click.UsageError) else None
        hint = f"; '{ctx.command_path} --help' says what it takes" if ctx else ""
        said = _said(error)
        hint = hint[1:] if said.endswith("?") else hint  # a question ends by itself
        click.echo(f"feedsvc: {said}{hint}", err=True)
        return 2
    except FeedsvcError as error:
        _say(error, error.lines, arguments)
        return error.exit_code
    except OSError as error:
        from feedsvc import regular

        where = f"{error.filename}: " if error.filename else ""
        what = (error.strerror or str(error)).lower()
        _say(error, [f"{where}{what}; {regular.advice(error, _REPORT)}"], arguments)
        return 1
    except Exception as error:
        _say(error, [f"{type(error).__name__}: {error}; {_REPORT}"], arguments)
        return 1
    return code if isinstance(code, int) else 0


def _said(error: click.ClickException) -> str:
    """What click says of a wrong call, on one line; of an unknown option the nearest one."""
    if isinstance(error, click.NoSuchOption):
        hint = meant(error.option_name, error.possibilities or ())
        return f"no such option '{error.option_name}'{hint and f'; {hint}'}"
    return " ".join(error.format_message().split()).removesuffix(".")


def _say(error: Exception, lines: Sequence[str], arguments: Sequence[str]) -> None:
    if "debug" in arguments or "--log-level=debug" in arguments:
        import traceback

        traceback.print_exception(error)
    for line in lines:
        click.echo(f"feedsvc: {' '.join(one_line(line).split())}", err=True)
