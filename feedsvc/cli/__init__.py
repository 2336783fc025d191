"""The command line: arguments, dispatch, exit codes.  A module a command.

A command's module is imported when it is called: ``--help`` shows the table below
and imports click alone.
"""

from __future__ import annotations

from collections.abc import Sequence

import click

from feedsvc.cli.groups import Commands
from feedsvc.cli.options import with_common_options
from feedsvc.text import one_line

__all__ = ["COMMANDS", "execute", "streams"]

COMMANDS = {
    "init": "Write a commented config.yaml.",
    "check": "Validate the configuration and the archive's format.",
    "poll": "Poll the sections once, then exit: for cron.",
    "run": "The daemon: polls on schedule and serves the feeds.",
    "serve": "Serve what is published; poll nothing.",
    "backfill": "Walk older section pages into the archive.",
    "refresh": "Read kept articles again now.",
    "rebuild": "Publish again from the archive, without the network.",
    "relearn": "Learn the site's new layout from articles that are kept.",
    "notify": "Send one line to the target of a notice, to try it.",
    "status": "Show each section's last poll, the next one, and any trouble.",
    "inspect": "Show what the parser sees on a page.",
    "archive": "Read the archive: list, show, search, check, export.",
    "digest": "Print a digest of any window, made from the archive.",
    "demo": "Try it all against a bundled stand-in of the site.",
}
"""Every command with its line in ``--help``; each lives in the module of its name."""

_REPORT = "run it again with --log-level debug and report what it prints"


def _print_version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        from feedsvc import __version__

        click.echo(f"feedsvc {__version__}")
        ctx.exit()


@click.command(
    cls=Commands,
    table={name: (name, "command", line) for name, line in COMMANDS.items()},
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 done, 1 something failed and the rest was published, 2 bad usage or "
    "configuration, 3 another feedsvc holds the archive, 4 nothing could be done, "
    "5 the archive is damaged or of a newer format.",
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Print the version and exit.",
)
@with_common_options
def feedsvc() -> None:
    """Full-text feeds and a flat-file archive of Dealsite (딜사이트).

    Start with 'feedsvc demo', or with 'feedsvc init' and 'feedsvc poll'.
    """


def execute(arguments: Sequence[str]) -> int:
    """Run one command; the exit code.  An error is one line on standard error (each of
    a configuration's errors has its own), a traceback only with ``--log-level debug``."""
    from feedsvc.errors import FeedsvcError

    try:
        code = feedsvc.main(args=list(arguments), prog_name="feedsvc", standalone_mode=False)
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.exceptions.Abort:
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
    except KeyboardInterrupt:
        return 130
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
        from difflib import get_close_matches

        near = get_close_matches(error.option_name, error.possibilities or (), n=1)
        hint = f"; did you mean '{near[0]}'?" if near else ""
        return f"no such option '{error.option_name}'{hint}"
    return " ".join(error.format_message().split()).removesuffix(".")


def _say(error: Exception, lines: Sequence[str], arguments: Sequence[str]) -> None:
    if "debug" in arguments or "--log-level=debug" in arguments:
        import traceback

        traceback.print_exception(error)
    for line in lines:
        click.echo(f"feedsvc: {' '.join(one_line(line).split())}", err=True)
