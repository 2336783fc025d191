"""Memory that is free but not given back to the system.

What a poll leaves in cycles waits for the collector, and the next poll takes new memory
beside it; and glibc keeps what is freed, in pieces that fit less and less.  So a daemon
would seem to grow for weeks although it holds no more.
"""

import contextlib
import ctypes
import gc


def give_back() -> None:
    """Collect what is left in cycles and give freed memory back to the system, where the C
    library has a call for it: musl and macOS do without."""
    gc.collect()
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
