"""The archive on disk (contract, section 4): records, raw pages, journal, images, digests,
learned layouts, what was told by notices.

In: records to keep, with the page that gave them.  Out: records, and what the
derived index knows about them.  :class:`Archive` is the only way to keep anything; beside it
stand what reads and writes one file (``records``), the counts of what is missing
(``ledger``), the lock, the forms in which others open it (``export``) and ``verify``.  What an
article is worth, whether it changed and whether it is shown is decided elsewhere.
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
