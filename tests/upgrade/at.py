"""A real feedsvc command at a time of our choosing: ``python at.py 2026-11-20T10:00+09:00 poll``.

In: a time, a command.  Out: what the command does with its clock at that time.  The one
place that knows where the commands get their clock; it must run under any version.
"""

from __future__ import annotations

import sys
from datetime import datetime
from importlib import import_module
from typing import Any


def _context() -> Any:
    """The module in which the commands look for their clock."""
    try:
        return import_module("feedsvc.cli.context")
    except ModuleNotFoundError:  # in older versions
        return import_module("feedsvc.cli.desk")


def main(arguments: list[str]) -> int:
    """Run one command.  Gives its exit code."""
    from feedsvc.cli import execute

    context = _context()
    at, real = datetime.fromisoformat(arguments[0]), context.exact_clock_of
    context.exact_clock_of = lambda config: lambda: at
    try:
        return execute(arguments[1:])
    finally:
        context.exact_clock_of = real


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
