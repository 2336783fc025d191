"""Wall time of ``feedsvc --help`` beside ``python -c pass``.

Each in a process of its own, from its start to its end.  What click alone takes, and
typer with rich where they happen to be installed, is measured beside it.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import sysconfig
import time
from collections.abc import Sequence
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from benchmarks.measure import Aim, at_most, in_turns, line, machine

CLICK = """\
import click
@click.command()
@click.option('--config')
def main(config):
    pass
main(['--help'])
"""
TYPER = """\
import typer
def main(config: str = ''):
    pass
app = typer.Typer()
app.command()(main)
app(['--help'])
"""
AIM = at_most(8, " x")


def commands() -> list[tuple[str, list[str], Aim | None]]:
    """What is started, with its aim; what is not installed is left out."""
    found: list[tuple[str, list[str], Aim | None]] = []
    script = Path(sysconfig.get_path("scripts")) / "feedsvc"
    if script.exists():
        found.append(("feedsvc --help", [str(script), "--help"], AIM))
    found.append(("python -m feedsvc --help", [sys.executable, "-m", "feedsvc", "--help"], AIM))
    found.append(("click, one option, --help", [sys.executable, "-c", CLICK], None))
    if find_spec("typer"):
        found.append(("typer, one option, --help", [sys.executable, "-c", TYPER], None))
    return found


def started(command: list[str]) -> float:
    """Milliseconds from a process's start to its end; its output goes nowhere."""
    begun = time.perf_counter()
    # Not subprocess: its own work around the start would be counted with each.
    process = os.posix_spawn(command[0], command, os.environ, file_actions=_SILENT)
    _, status = os.waitpid(process, 0)
    spent = time.perf_counter() - begun
    if status:
        raise subprocess.CalledProcessError(os.waitstatus_to_exitcode(status), command)
    return spent * 1000


_SILENT = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]


def main(arguments: Sequence[str] | None = None) -> None:
    options = argparse.ArgumentParser(prog="benchmarks.starting", description=__doc__)
    options.add_argument("--rounds", type=int, default=15, help="pairs measured (default: 15)")
    chosen = options.parse_args(arguments)

    machine()
    nothing = [sys.executable, "-c", "pass"]
    print("beside python -c pass, by the clock")
    for name, command, aim in commands():
        pairs = in_turns(partial(started, command), partial(started, nothing), chosen.rounds)
        line("python -c pass", pairs.seconds, " ms")
        line(name, pairs.firsts, " ms")
        line("as long as python -c pass", pairs.ratios, " x", aim)


if __name__ == "__main__":
    main()
