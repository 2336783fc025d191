"""The one place where a unit of work may fail in any way whatever.

In: what is to be done with one section, page, article, image, hub or bucket.  Out: its
result, or the error to name it by.  So no answer, and no mistake in the program that an
answer brings to light, costs the others anything.  Not its job: what becomes of a
failure, and the archive's own errors, which nothing else could get round.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

from feedsvc.errors import (
    ArchiveError,
    ArchiveLocked,
    ArchiveUnwritable,
    Bug,
    FeedsvcError,
    RecordDamaged,
)
from feedsvc.memory import Memory, Topic

log = logging.getLogger("feedsvc.poll")

Result = TypeVar("Result")

OF_THE_ARCHIVE = (ArchiveError, ArchiveLocked, ArchiveUnwritable)
"""What ends the whole: the next unit could not be kept either."""


def warn_once_a_day(memory: Memory, now: datetime, line: str) -> bool:
    """Log what goes on, unless it was today: with every poll it would fill the log.  Tells
    whether it was logged now."""
    told_at = memory.note.of(Topic.TOLD, line).at
    if told_at is not None and told_at.astimezone(now.tzinfo).date() == now.date():
        return False
    log.warning("%s", line)
    memory.note.set(Topic.TOLD, line, at=now)
    memory.note.forget_before(now - timedelta(days=2), topic=Topic.TOLD)
    return True


def attempt(work: Callable[[], Result]) -> tuple[Result | None, FeedsvcError | None]:
    """Do it: its result and no error, or nothing and the error.  Logs nothing above debug.

    Raises the errors :data:`OF_THE_ARCHIVE`, but for one record that is damaged.
    """
    try:
        return work(), None
    except RecordDamaged as error:
        return None, error
    except OF_THE_ARCHIVE:
        raise
    except FeedsvcError as error:
        return None, error
    except Exception as error:
        log.debug("traceback", exc_info=True)
        said = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        bug = Bug(said, advice="run feedsvc with --log-level debug and report what it prints")
        bug.__cause__ = error
        return None, bug
