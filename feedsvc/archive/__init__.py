"""The archive on disk (contract, section 4): records, raw pages, journal, images, digests,
learned layouts, what was told by notices.

In: records to keep, with the page that gave them.  Out: records, and what the
derived index knows about them.  :class:`Archive` with its parts is the only way to keep
anything.  What an article is worth, whether it changed and whether it is shown is decided
elsewhere.

The face: ``archive`` upon ``reading`` upon ``indexed``.  A kind of file each: ``records``,
``raw`` (``warc``, ``rawscan``), ``journal`` (``journaling``: with its rows), ``pending``,
``images``, ``digests``, ``learned``, ``notices``; how lines are added says ``append``, where
all of it lies ``tree``.  The index: ``reindex`` (``workers``), ``finding``.  After a crash:
``lock``, ``recovery``; what is damaged: ``damage``, ``salvage``, ``verify`` (``verify_raw``,
``verify_index``).  For others: ``export`` (``markup``, ``epub``), ``ledger``.
"""

from feedsvc.archive.append import unwritable
from feedsvc.archive.archive import Archive
from feedsvc.archive.damage import UNREADABLE
from feedsvc.archive.journal import Line
from feedsvc.archive.learned import ENOUGH_AGREED, Agreement, KeptLayout, LayoutState, number_of
from feedsvc.archive.notices import NoticeStanding, Told
from feedsvc.archive.pending import Pending
from feedsvc.archive.reading import Making
from feedsvc.archive.reindex import Progress
from feedsvc.archive.salvage import flipped_back
from feedsvc.catalogue.index import KnownRecord

__all__ = [
    "ENOUGH_AGREED",
    "UNREADABLE",
    "Agreement",
    "Archive",
    "KeptLayout",
    "KnownRecord",
    "LayoutState",
    "Line",
    "Making",
    "NoticeStanding",
    "Pending",
    "Progress",
    "Told",
    "export",
    "flipped_back",
    "ledger",
    "lock",
    "number_of",
    "records",
    "tree",
    "unwritable",
    "verify",
]
