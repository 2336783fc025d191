"""One target told of one or more things, by a program that must not outlast the time allowed,
nor leave anything behind.

A program is a command of the user's, or ``messenger.py``.  Each runs in a process group of its
own, which is killed as a whole: one that ignores a polite signal ends all the same, and so do
its children.  No clock is read: a timer does.
"""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from feedsvc.config import NoticeConfig
from feedsvc.errors import FeedsvcError
from feedsvc.model import Json
from feedsvc.recordjson import sha256

LIMIT = 7.0
"""Seconds for one message or one run of a command: less than a daemon that is told to stop
has to finish what it is at."""

_POLITE = 0.3
"""Seconds between the polite signal and the other one."""

_MESSENGER = Path(__file__).with_name("messenger.py")
_WHY = {
    "unread": "its address is none that Apprise can read",
    "unreachable": "no connection to it, or no answer in time",
    "refused": "the message was not taken",
}


class Untold(FeedsvcError):
    """A target could not be told; the message says why and never names its address."""


class OutOfTime(Exception):
    """The time for all was over before this one was begun, or had its own."""


@dataclass(frozen=True, slots=True)
class Letter:
    """One thing to be told: for people ``text`` (lines; the first is the headline), for a
    command ``record`` (an object) and ``event`` (``new``, ``released`` or ``revised``)."""

    text: str
    record: Json
    event: str = "new"


def digest_of(notice: NoticeConfig) -> str:
    """``sha256:…`` of the address, or of the command, and of the feed that it is told of:
    with another of these a notice is another one."""
    named = notice.to or json.dumps(notice.run, ensure_ascii=False)
    return sha256(f"feedsvc notice\0{notice.feed}\0{named}".encode("utf-8", "surrogateescape"))


def installed() -> bool:
    """Whether the extra ``notify`` is there; it is not imported."""
    return importlib.util.find_spec("apprise") is not None


def readable(notice: NoticeConfig) -> bool:
    """Whether Apprise can read the address of a notice that has one."""
    with Patience(LIMIT) as patience:
        try:
            _send(notice, "", (), patience)
        except Untold as error:
            return error.message != _WHY["unread"]
    return True


def tell(
    notice: NoticeConfig, letters: Sequence[Letter], title: str, patience: Patience,
    *, loud: bool = False,
) -> int:  # fmt: skip
    """Tell the first of them, as many as one message holds (a command: one); how many.
    ``title`` stands over them, ``loud``: a command's complaints are heard.  Raises
    :class:`Untold`; :class:`OutOfTime` where there is no time left to begin."""
    if notice.to is not None:
        return _send(notice, title, letters, patience)
    assert notice.run is not None
    first = letters[0]
    data = json.dumps(first.record, ensure_ascii=False).encode("utf-8", "replace") + b"\n"
    environ = {**os.environ, "FEEDSVC_EVENT": first.event}
    try:
        code = patience.run(
            notice.run, data, LIMIT, folder=notice.folder, environ=environ, loud=loud
        ).returncode
    except subprocess.TimeoutExpired:
        raise Untold("the command took too long") from None
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "its name or arguments are not allowed"
        raise Untold(f"the command could not be started: {why.lower()}") from None
    if code:
        raise Untold(f"the command ended with {code}" if code > 0 else "the command was killed")
    return 1


def _send(notice: NoticeConfig, title: str, letters: Sequence[Letter], patience: Patience) -> int:
    subject = letters[0].text.partition("\n")[0] if letters else ""
    more = f" 외 {len(letters) - 1}건" if len(letters) > 1 else ""
    asked = {
        "address": notice.to,
        "title": title,
        "subject": f"{subject}{more}",
        "texts": [one.text for one in letters],
    }
    # -P: the folder of the program is no place to import from.
    command = (sys.executable, "-P", str(_MESSENGER))
    try:
        output = patience.run(command, json.dumps(asked).encode(), LIMIT, heard=True).stdout
    except subprocess.TimeoutExpired:
        raise Untold("the target took too long") from None
    except OSError as error:
        raise Untold(f"the message could not be sent: {error.strerror}") from None
    try:
        answer = json.loads(output)
    except ValueError:
        missing = "its extra is not installed: pip install 'feedsvc[notify]'"
        raise Untold("the message could not be sent" if installed() else missing) from None
    if "told" in answer:
        return int(answer["told"])
    why = answer["why"]
    raise Untold(_WHY.get(why, f"it answered {why}"))


class Patience:
    """``with Patience(14) as patience``: seconds for all programs that are run inside."""

    def __init__(self, seconds: float) -> None:
        self._timer = threading.Timer(seconds, self._expire)
        self._timer.daemon = True
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self.over = False

    def __enter__(self) -> Patience:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()

    def run(
        self,
        command: Sequence[str],
        data: bytes,
        limit: float,
        *,
        folder: Path | None = None,
        environ: Mapping[str, str] | None = None,
        heard: bool = False,
        loud: bool = False,
    ) -> subprocess.CompletedProcess[bytes]:
        """Run a command for ``limit`` seconds at most.  ``heard``: what it prints is wanted;
        ``loud``: its error output goes where ours goes.  Raises ``OSError`` where it cannot
        be started, ``TimeoutExpired`` where it was too slow and was killed, :class:`OutOfTime`.
        """
        if self.over:
            raise OutOfTime
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE if heard else subprocess.DEVNULL,
            stderr=None if loud else subprocess.DEVNULL,
            cwd=folder,
            env=environ,
            start_new_session=True,
        )
        with self._lock:
            self._process = process
            if self.over:
                _kill(process, signal.SIGKILL)
        try:
            output = process.communicate(data, timeout=limit)[0]
        finally:
            with self._lock:
                self._process = None
                cut = self.over and process.returncode == -signal.SIGKILL
            _end(process)
        if cut:
            raise OutOfTime
        return subprocess.CompletedProcess(command, process.returncode, output)

    def _expire(self) -> None:
        with self._lock:
            self.over = True
            if self._process is not None:
                _kill(self._process, signal.SIGKILL)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End it, and all that it started and that still runs."""
    if process.returncode is None:
        _kill(process, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_POLITE)
    _kill(process, signal.SIGKILL)
    with suppress(subprocess.TimeoutExpired):
        process.wait(1)  # one that the kernel cannot end is left to it
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            with suppress(OSError):
                stream.close()


def _kill(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)
