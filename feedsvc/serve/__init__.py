"""What is published, over HTTP (contract, section 6): :func:`app` and :class:`Server`.

In: the folder of published feeds, the archive, how polling goes.  Out: answers.
Serving reads and never writes; what a feed holds is decided in ``feeds``.
"""

from feedsvc.serve.application import app
from feedsvc.serve.server import Server

__all__ = ["Server", "app"]
