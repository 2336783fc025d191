"""Whether what is published may be served under the settings that the server was started with.

In: the configuration, the archive.  Out: why a published file must not be served, if so.
Whatever was published under one rule must not outlive it: members' texts that went out
under tokens are not for everybody when the tokens are gone, nor is a locked article where
locked ones are to be hidden.  Then nothing is served of the folder until a poll or a
rebuild has published it anew.
"""

from __future__ import annotations

import logging
import threading

from feedsvc.archive import Archive
from feedsvc.config import Config
from feedsvc.errors import FeedsvcError
from feedsvc.memory import Edition

log = logging.getLogger("feedsvc.serve")


class Withheld(FeedsvcError):
    """A published file is not served, for it may hold what these settings forbid."""


class Permit:
    """Asked whenever a file is read anew; what is in memory was permitted."""

    def __init__(self, config: Config, archive: Archive) -> None:
        self._folder = config.feeds.path
        self._archive = archive
        self._members = bool(config.server.tokens)
        self._locked = config.feeds.locked != "hide"
        self._known = False
        self._looked: tuple[str | None, bool] | None = None
        self._told = False
        self._looking = threading.Lock()

    def check(self) -> None:
        """Raise :class:`Withheld` where the folder must not be served."""
        if self._members and self._locked:
            return
        edition = Edition.of(self._archive.memory)
        if edition is not None and not self._known:
            # Once is enough: from then on the folder changes with its edition.
            self._known = edition.stands_in(self._folder)
        if edition is not None and self._known:
            permitted = edition.members <= self._members and edition.locked <= self._locked
        else:
            permitted = not self._may_hold_more()
        if permitted:
            self._told = False
            return
        refusal = Withheld(
            "what is published was made under other settings",
            about=str(self._folder),
            advice="it is served again when a poll or 'feedsvc rebuild' has published it anew",
        )
        if not self._told:
            self._told = True
            log.warning("%s", refusal)
        raise refusal

    def _may_hold_more(self) -> bool:
        """Whether there is an article at all of which a folder of unknown making may show
        too much.  The records' files are asked, for they are there without an index."""
        with self._looking:
            head = self._archive.head()
            if self._looked is None or self._looked[0] != head:
                mark = b'"seen_as": "member"' if self._locked else b'"locked": true'
                self._looked = head, self._archive.holds(mark)
            return self._looked[1]
