"""Standard input, output and error as a command may rely on them.

In: a process started in whatever way, with any of the three closed, full or read by
nobody.  Out: three streams that can be written to without a thought: a log that cannot
be written stops no work, and a result that cannot be printed is told at the end.
"""

from __future__ import annotations

import codecs
import io
import os
import select
import sys
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


class _Patient(io.FileIO):
    """A descriptor whose first failure is kept; from then on nothing is written."""

    failure: OSError | None = None

    def write(self, data: ReadableBuffer, /) -> int:
        while self.failure is None:
            try:
                # None: it does not block, and there is no room now.
                written: int | None = super().write(data)
                if written is not None:
                    return written
                select.select((), (self,), ())
            except OSError as error:
                self.failure = error
        return memoryview(data).nbytes


_output: _Patient | None = None


def prepare() -> None:
    """Open what the process was started without, and make standard output and standard
    error patient.  Before anything else is opened: a file of the archive that took
    descriptor 2 would get the log written into it."""
    global _output
    for number, mode in enumerate((os.O_RDONLY, os.O_WRONLY, os.O_WRONLY)):
        try:
            os.fstat(number)
        except OSError:
            opened = os.open(os.devnull, mode)
            if opened != number:
                os.dup2(opened, number)
                os.close(opened)
    if sys.stdin is None:
        sys.stdin = open(0, closefd=False)  # noqa: SIM115 - a descriptor
    _output, sys.stdout = _patient(1, sys.stdout)
    _, sys.stderr = _patient(2, sys.stderr)


def nobody_reads() -> bool:
    """Whether nothing that is printed arrives any more: who prints much may stop."""
    return _output is not None and _output.failure is not None


def failure() -> str | None:
    """Why standard output could not be written; ``None`` where it was, and where its
    reader went away ("feedsvc … | head"): that one had enough."""
    error = _output.failure if _output else None
    if error is None or isinstance(error, BrokenPipeError):
        return None
    return error.strerror or str(error)


def _patient(number: int, stream: TextIO | None) -> tuple[_Patient, TextIO]:
    encoding = (stream.encoding if stream else None) or "utf-8"
    if codecs.lookup(encoding).name == "ascii":  # no locale, as under cron
        encoding = "utf-8"
    if stream is not None:
        stream.flush()
    raw = _Patient(number, "w", closefd=False)
    # What was read from the disk goes out as it came in; nothing that cannot be spelled
    # in the terminal's encoding ends a command.
    errors = "surrogateescape" if encoding.lower() in ("utf-8", "utf8") else "backslashreplace"
    return raw, io.TextIOWrapper(
        io.BufferedWriter(raw), encoding, errors, line_buffering=number == 2 or raw.isatty()
    )
