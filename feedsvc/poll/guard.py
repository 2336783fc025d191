"""The one place where a unit of work may fail in any way whatever.

In: what is to be done with one section, page, article, image, hub or bucket.  Out: its
result, or the error to name it by.  So no answer, and no mistake in the program that an
answer brings to light, costs the others anything.  Not its job: what becomes of a
failure, and the archive's own errors, which nothing else could get round.
"""

from collections.abc import Callable
from typing import TypeVar

from feedsvc.errors import (
    ArchiveError,
    ArchiveLocked,
    ArchiveUnwritable,
    Bug,
    FeedsvcError,
    RecordDamaged,
)
from feedsvc.poll.stage import log

Result = TypeVar("Result")

OF_THE_ARCHIVE = (ArchiveError, ArchiveLocked, ArchiveUnwritable)
"""What ends the whole: the next unit could not be kept either."""


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
