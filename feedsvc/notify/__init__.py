"""Telling the target of a notice: an Apprise address, or a command of the user's.

In: a notice's configuration and what is to be told.  Out: how much of it the target took,
or :class:`Untold` with the reason in words of our own: an address is a secret, and so may
be what a library says of it.  Nothing outlasts the time allowed, whatever it does.  What
there is to be told, and what was, is not this package's job.
"""

from feedsvc.notify.target import (
    LIMIT,
    Letter,
    OutOfTime,
    Patience,
    Untold,
    digest_of,
    installed,
    readable,
    tell,
)

__all__ = [
    "LIMIT",
    "Letter",
    "OutOfTime",
    "Patience",
    "Untold",
    "digest_of",
    "installed",
    "readable",
    "tell",
]
