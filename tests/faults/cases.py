"""The faults, each with a way to bring it about.

In: a :class:`~tests.faults.rig.RiggedDesk` and a glob of what is struck.  Out:
contexts that hold the fault while they last.  No address beyond loopback is asked.
"""

from __future__ import annotations

import errno
import fnmatch
import os
import re
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.faults.rig import SHORT, Case, RiggedDesk, Strike, replaced
from tests.standin import Fault


def answers(kind: Fault, times: int | None = None, after: float = 2) -> Strike:
    """A fault that the stand-in knows."""

    @contextmanager
    def strike(desk: RiggedDesk, glob: str) -> Iterator[None]:
        desk.site.fault(kind, glob, times, after=after)
        try:
            yield
        finally:
            desk.site.clear_faults()

    return strike


@contextmanager
def no_name(desk: RiggedDesk, glob: str) -> Iterator[None]:
    if desk.kind == "curl":
        desk.lost = True
        yield
        desk.lost = False
        return

    def unknown(host: Any, *rest: Any, **more: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    with replaced(socket, "getaddrinfo", unknown):
        yield


@contextmanager
def tls_refused(desk: RiggedDesk, glob: str) -> Iterator[None]:
    """The site moves to https, and its front end drops the handshake."""
    desk.site.moved = re.compile(fnmatch.translate(glob))
    try:
        yield
    finally:
        desk.site.moved = None


@contextmanager
def no_way_in(desk: RiggedDesk, glob: str) -> Iterator[None]:
    """The port listens and takes no connection: its queue is full, as behind a firewall
    that drops what it does not like."""
    address = ("127.0.0.1", int(desk.base_url.rpartition(":")[2]))
    desk.site.fault(Fault.REFUSED)
    with ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(0)
        for _ in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(address)
        yield
    desk.site.clear_faults()


def disk_full(part: str) -> Strike:
    """No more room below a folder of the desk.  What SQLite writes is not reached from
    here: see ``test_disk_full``."""

    @contextmanager
    def strike(desk: RiggedDesk, glob: str) -> Iterator[None]:
        below = str(desk.folder / part)
        real_write, real_sync = os.write, os.fsync

        def full(handle: int) -> None:
            if str(Path(f"/proc/self/fd/{handle}").readlink()).startswith(below):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        def write(handle: int, data: Any) -> int:
            full(handle)
            return real_write(handle, data)

        def sync(handle: int) -> None:
            full(handle)
            real_sync(handle)

        with replaced(os, "write", write), replaced(os, "fsync", sync):
            yield

    return strike


def robots(says: str | int) -> Strike:
    """The site's robots.txt is another one on the day after."""

    @contextmanager
    def strike(desk: RiggedDesk, glob: str) -> Iterator[None]:
        was = desk.site.robots
        desk.later(days=1)
        desk.site.robots = says
        yield
        desk.site.robots = was
        desk.later(days=1)

    return strike


SITE = ("site",)
CASES = (
    Case("name not found", no_name, SITE),
    Case("connection refused", answers(Fault.REFUSED), SITE),
    Case("TLS refused", tls_refused, SITE),
    Case("connect timeout", no_way_in, SITE, patience=SHORT),
    Case("read timeout", answers(Fault.READ_TIMEOUT), patience=SHORT),
    Case("reset in the middle", answers(Fault.RESET)),
    Case("truncated body", answers(Fault.TRUNCATED)),
    Case("429 once, Retry-After in seconds", answers(Fault.TOO_MANY_SECONDS, 1), harmless=True),
    Case("429 once, Retry-After as a date", answers(Fault.TOO_MANY_DATE, 1), harmless=True),
    Case(
        "429, Retry-After of 15 minutes in seconds",
        answers(Fault.TOO_MANY_SECONDS, after=900),
        SITE,
        lasts=timedelta(minutes=20),
    ),
    Case(
        "429, Retry-After of 15 minutes as a date",
        answers(Fault.TOO_MANY_DATE, after=900),
        SITE,
        lasts=timedelta(minutes=20),
    ),
    Case("500 once", answers(Fault.SERVER_ERROR, 1), harmless=True),
    Case("500 each time", answers(Fault.SERVER_ERROR)),
    Case("503 for an hour", answers(Fault.UNAVAILABLE), polls=6),
    Case("403 with a firewall's page", answers(Fault.FIREWALL)),
    Case("200 with a firewall's page", answers(Fault.FIREWALL_OK)),
    Case("redirect to the login", answers(Fault.LOGIN_REDIRECT)),
    Case("endless redirect", answers(Fault.ENDLESS_REDIRECT)),
    Case("cookie wall", answers(Fault.COOKIE_WALL), harmless=True),
    Case("redirect to nowhere (http://[zz/)", answers(Fault.NOWHERE)),
    Case(
        "redirect to another article, for a day",
        answers(Fault.OTHER_ID),
        ("article",),
        told=False,
        lasts=timedelta(days=1),
    ),
    Case("redirect to another host", answers(Fault.OTHER_HOST)),
    Case("redirect to a private address", answers(Fault.PRIVATE_ADDRESS)),
    Case("no HTTP", answers(Fault.NO_HTTP)),
    Case("chunk of size -5", answers(Fault.BAD_CHUNK)),
    Case("unknown Content-Encoding (aws-chunked)", answers(Fault.UNKNOWN_ENCODING), harmless=True),
    Case("gzip bomb", answers(Fault.GZIP_BOMB)),
    Case("page of 50 MB", answers(Fault.HUGE)),
    Case("wrong charset in the header", answers(Fault.WRONG_CHARSET), harmless=True),
    Case("page in CP949", answers(Fault.CP949), harmless=True),
    Case("page in UTF-16", answers(Fault.UTF_16), harmless=True),
    Case("NUL in a page", answers(Fault.NUL), harmless=True),
    Case("empty 200", answers(Fault.EMPTY)),
    Case("error page with status 200", answers(Fault.ERROR_PAGE_OK)),
    Case("404", answers(Fault.NOT_FOUND)),
    Case("PDF in place of a page", answers(Fault.PDF)),
    Case("layout renamed", answers(Fault.RENAMED)),
    Case("robots.txt answers 503", robots(503), SITE),
    Case("robots.txt forbids all", robots("User-agent: *\nDisallow: /\n"), SITE),
    Case("disk full, archive", disk_full("archive"), ("archive",)),
    Case("disk full, feeds", disk_full("public"), ("feeds",)),
)
