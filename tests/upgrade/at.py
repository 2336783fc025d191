"""A real feedsvc command at a time of our choosing: ``python at.py 2026-11-20T10:00+09:00 poll``.

In: a time, a command.  Out: what the command does with its clock at that time.  The one
place that knows where the commands get their clock; it must run under any version.
"""

from __future__ import annotations

import sys
from datetime import datetime


def main(arguments: list[str]) -> int:
    """Run one command.  Gives its exit code."""
    from feedsvc.cli import desk, execute

    at, real = datetime.fromisoformat(arguments[0]), desk.exact_clock_of
    desk.exact_clock_of = lambda config: lambda: at
    try:
        return execute(arguments[1:])
    finally:
        desk.exact_clock_of = real


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
