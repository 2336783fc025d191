"""The archive on disk (contract, section 4): records, raw pages, journal.

In: records to keep, with the page that gave them.  Out: records, and what the
derived index knows about them.  :class:`Archive` is the only way in.  What an
article is worth, whether it changed and whether it is shown is decided elsewhere.
"""

from feedsvc.archive.amiss import UNREADABLE
from feedsvc.archive.append import unwritable
from feedsvc.archive.archive import Archive
from feedsvc.archive.authority import authority_of
from feedsvc.archive.flipped import flipped_back
from feedsvc.archive.index import Known
from feedsvc.archive.journal import Line
from feedsvc.archive.learned import KeptLayout, LayoutState, number_of
from feedsvc.archive.notices import Standing, Told
from feedsvc.archive.pending import Pending
from feedsvc.archive.reading import Making
from feedsvc.archive.readings import as_written, images_of
from feedsvc.archive.reindex import Progress
from feedsvc.archive.verdict import Verdict

__all__ = [
    "UNREADABLE",
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
    "Verdict",
    "as_written",
    "authority_of",
    "export",
    "flipped_back",
    "images_of",
    "ledger",
    "lock",
    "number_of",
    "probation",
    "rawclaims",
    "records",
    "unwritable",
]
