"""Ctrl-C and SIGTERM for commands that take long: told once, what is in hand is finished."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import click

_KINDS = (signal.SIGINT, signal.SIGTERM)


class Told:
    """Whether the command was told to stop; ``code`` is what to exit with then, as shells
    have it for the signal, and 0 otherwise."""

    code = 0

    def is_set(self) -> bool:
        return self.code != 0


@contextmanager
def finishing(how: str) -> Iterator[Told]:
    """Within, the first signal is only noted, and ``how`` it ends is said at a terminal;
    the second one ends it at once."""
    told = Told()

    def note(number: int, frame: FrameType | None) -> None:
        told.code = 128 + number
        for kind in _KINDS:
            signal.signal(kind, before[kind])
        if sys.stderr.isatty():
            click.echo(f"\n{how}; once more ends it at once", err=True)

    before = {kind: signal.getsignal(kind) for kind in _KINDS}
    for kind in _KINDS:
        signal.signal(kind, note)
    try:
        yield told
    finally:
        for kind, earlier in before.items():
            signal.signal(kind, earlier)
