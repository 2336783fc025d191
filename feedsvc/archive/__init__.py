"""The archive on disk (contract, section 4): records, raw pages, journal.

In: records to keep, with the page that gave them.  Out: records, and what the
derived index knows about them.  :class:`Archive` is the only way in.  What an
article is worth, whether it changed and whether it is shown is decided elsewhere.
"""

from feedsvc.archive.amiss import UNREADABLE
from feedsvc.archive.append import unwritable
from feedsvc.archive.archive import Archive
from feedsvc.archive.index import Known
from feedsvc.archive.journal import Line
from feedsvc.archive.learned import ENOUGH_AGREED, Agreement, KeptLayout, LayoutState, number_of
from feedsvc.archive.notices import Standing, Told
from feedsvc.archive.pending import Pending
from feedsvc.archive.reading import Making
from feedsvc.archive.reindex import Progress
from feedsvc.archive.salvage import flipped_back

__all__ = [
    "ENOUGH_AGREED",
    "UNREADABLE",
    "Agreement",
    "Archive",
    "KeptLayout",
    "Known",
    "LayoutState",
    "Line",
    "Making",
    "Pending",
    "Progress",
    "Standing",
    "Told",
    "export",
    "flipped_back",
    "ledger",
    "lock",
    "number_of",
    "records",
    "unwritable",
    "verify",
]
