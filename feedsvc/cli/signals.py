"""The signals that a command is sent, Ctrl-C and SIGTERM above all."""

import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from queue import SimpleQueue
from types import FrameType
from typing import Any

import click

_STOPS = (signal.SIGINT, signal.SIGTERM)


class StopSignal:
    """Whether the command was told to stop; ``code`` is what to exit with then, as shells
    have it for the signal, and 0 otherwise."""

    code = 0

    def is_set(self) -> bool:
        return self.code != 0


@contextmanager
def finishing(how: str) -> Iterator[StopSignal]:
    """For commands that take long.  Within, the first signal is only noted, and ``how`` it ends
    is said at a terminal; the second one ends it at once."""
    told = StopSignal()
    before = {kind: signal.getsignal(kind) for kind in _STOPS}

    def note(number: int, frame: FrameType | None) -> None:
        told.code = 128 + number
        _handle(before)
        if sys.stderr.isatty():
            click.echo(f"\n{how}; once more ends it at once", err=True)

    _handle(dict.fromkeys(_STOPS, note))
    try:
        yield told
    finally:
        _handle(before)


@contextmanager
def queued() -> Iterator[SimpleQueue[int]]:
    """For a daemon: the signals that it is sent, in their order, SIGHUP among them."""
    asked: SimpleQueue[int] = SimpleQueue()
    before = {kind: signal.getsignal(kind) for kind in (*_STOPS, signal.SIGHUP)}
    # A queue of this kind may be filled by a handler that interrupts its own reader.
    _handle(dict.fromkeys(before, lambda number, _: asked.put(number)))
    try:
        yield asked
    finally:
        _handle(before)


def _handle(handlers: Mapping[signal.Signals, Any]) -> None:
    for kind, handler in handlers.items():
        signal.signal(kind, handler)
