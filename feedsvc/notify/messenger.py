"""Sends one message by Apprise (its only home; the extra ``notify``), in a process of its own.

Run as a program by ``target.py``: neither memory, nor a hanging connection, nor what the
library logs and raises ever reaches who polls.  Standard input is one JSON object, ``address``,
``title``, ``subject`` (the title of an e-mail) and ``texts``; standard output is one,
``told`` (how many of the texts went out, as one message) or ``why`` (a word, or the number
that the target answered).  Without texts it says whether the address can be read.
It imports nothing of feedsvc.
"""

import json
import logging
import re
import sys

LIKELY = 0.8
"""The part of a message's greatest length that is filled: escapes make it longer."""

_ANSWERED = re.compile(r"\berror=(\d{3})\b")
_LOST = re.compile(r"connection error|connect|timed? ?out|socket", re.IGNORECASE)


class Heard(logging.Handler):
    """What the library complains of, which may hold the address: words are made of it."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())

    @property
    def why(self) -> str:
        for line in self.lines:
            if found := _ANSWERED.search(line):
                return found[1]
        return "unreachable" if any(map(_LOST.search, self.lines)) else "refused"


def send(address: str, title: str, subject: str, texts: list[str]) -> dict[str, str | int]:
    """The answer."""
    from apprise import Apprise, AppriseAsset, NotifyFormat, OverflowMode, PersistentStoreMode

    heard, logger = Heard(), logging.getLogger("apprise")
    logger.handlers[:] = [heard]
    logger.propagate = False
    asset = AppriseAsset(storage_mode=PersistentStoreMode.MEMORY)
    plugin = Apprise.instantiate(address, asset=asset, suppress_exceptions=True)
    if plugin is None:
        return {"why": "unread"}
    if not texts:
        return {"told": 0}
    if "overflow=" not in address:
        plugin.overflow_mode = OverflowMode.SPLIT  # one alone may be too long
    room, count = int(plugin.body_maxlen * LIKELY) - len(title), 0
    while count < len(texts) and (count == 0 or room >= len(texts[count])):
        room -= len(texts[count]) + 2
        count += 1
    if address.lower().startswith("mailto"):
        title = subject
    target = Apprise(asset=asset)
    target.add(plugin)
    done = target.notify(
        body="\n\n".join(texts[:count]), title=title, body_format=NotifyFormat.TEXT
    )
    return {"told": count} if done else {"why": heard.why}


if __name__ == "__main__":
    print(json.dumps(send(**json.load(sys.stdin))))
