"""Logs on standard error: a line an event, as text or as JSON."""

from __future__ import annotations

import json
import logging
from datetime import datetime, tzinfo

from feedsvc.text import one_line


class Format(logging.Formatter):
    """The message on one line: much of it may be what the site said.

    ``zone``: of the times in front of the lines; ``None``: this machine's."""

    zone: tzinfo | None = None

    def at(self, record: logging.LogRecord) -> datetime:
        return datetime.fromtimestamp(record.created).astimezone(self.zone)


class TextFormat(Format):
    """``2026-03-10 17:00:28 warning section mna: …``"""

    def format(self, record: logging.LogRecord) -> str:
        at = self.at(record)
        line = f"{at:%Y-%m-%d %H:%M:%S} {record.levelname.lower()} {one_line(record.getMessage())}"
        if record.exc_info:
            told = self.formatException(record.exc_info)
            line = "\n".join((line, *map(one_line, told.splitlines())))
        return line


class JsonFormat(Format):
    """``{"at", "level", "logger", "message"}``, and ``traceback`` where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        told = {
            "at": self.at(record).isoformat(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": one_line(record.getMessage()),
        }
        if record.exc_info:
            told["traceback"] = self.formatException(record.exc_info)
        return json.dumps(told, ensure_ascii=False)


def start(level: str, form: str) -> None:
    """Log from ``level`` up.  Libraries are heard from warnings up only: below
    that they print addresses with all their parameters.  Those that fetch are not heard
    at all: what becomes of an answer is told by an error of ours, in one line."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormat() if form == "json" else TextFormat())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    for name in ("urllib3", "requests"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    logging.getLogger("feedsvc").setLevel(level.upper())


def in_zone(zone: tzinfo) -> None:
    """From now on lines bear the time of this zone: the site's, as the times in them do."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler.formatter, Format):
            handler.formatter.zone = zone
