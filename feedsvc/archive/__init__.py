"""The archive on disk (contract, section 4): records, raw pages, journal.

In: records to keep, with the page that gave them.  Out: records, and what the
derived index knows about them.  :class:`Archive` is the only way in.  What an
article is worth, whether it changed and whether it is shown is decided elsewhere.
"""

from feedsvc.archive.archive import Archive
from feedsvc.archive.index import Known
from feedsvc.archive.journal import Line
from feedsvc.archive.learned import KeptLayout, LayoutState
from feedsvc.archive.notices import Standing, Told
from feedsvc.archive.pending import Pending

__all__ = ["Archive", "KeptLayout", "Known", "LayoutState", "Line", "Pending", "Standing", "Told"]
