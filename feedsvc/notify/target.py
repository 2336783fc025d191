"""One target told of one or more things."""

from __future__ import annotations

import importlib.util
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from feedsvc.config import NoticeConfig
from feedsvc.errors import FeedsvcError
from feedsvc.model import Json
from feedsvc.notify.process import Ended, OutOfTime, Patience
from feedsvc.recordjson import sha256

LIMIT = 7.0
"""Seconds for one message or one run of a command: less than a daemon that is told to stop
has to finish what it is at."""

_MESSENGER = Path(__file__).with_name("messenger.py")
_WHY = {
    "unread": "its address is none that Apprise can read",
    "unreachable": "no connection to it, or no answer in time",
    "refused": "the message was not taken",
}


class Untold(FeedsvcError):
    """A target could not be told; the message says why and never names its address."""


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
        ended = patience.run(
            notice.run, data, LIMIT, folder=notice.folder, environ=environ, loud=loud
        )
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "its name or arguments are not allowed"
        raise Untold(f"the command could not be started: {why.lower()}") from None
    if ended.code:
        ending = f"ended with {ended.code}" if ended.code > 0 else "was killed"
        raise Untold(f"the command {ending}")
    _in_time(ended, "the command")
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
        ended = patience.run(command, json.dumps(asked).encode(), LIMIT, heard=True)
    except OSError as error:
        raise Untold(f"the message could not be sent: {error.strerror}") from None
    _in_time(ended, "the target")
    try:
        answer = json.loads(ended.output)
    except ValueError:
        if not installed():
            raise Untold("its extra is not installed: pip install 'feedsvc[notify]'") from None
        raise Untold("the message could not be sent") from None
    if "told" in answer:
        return int(answer["told"])
    why = answer["why"]
    raise Untold(_WHY.get(why, f"it answered {why}"))


def _in_time(ended: Ended, what: str) -> None:
    if ended.code is None:
        raise Untold(f"{what} took too long")


__all__ = ["Letter", "OutOfTime", "Untold", "digest_of", "installed", "readable", "tell"]
