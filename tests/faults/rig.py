"""A site in trouble and a service that polls it: one table row comes out of each run.

In: a :class:`~tests.faults.cases.Case` and where it strikes.  Out: a :class:`Finding`:
what was logged, the exit code, what went through meanwhile, what was published, and
what the poll after the fault brought.  Everything is real but the clock, which the
tests hand in, and the waits, which move it.
"""

from __future__ import annotations

import logging
import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from feedsvc.archive import Archive
from feedsvc.config import Config, HttpConfig, SiteConfig
from feedsvc.errors import FeedsvcError
from feedsvc.feeds import check
from feedsvc.fetch import Answer as Fetched
from feedsvc.fetch import Ask, Fetcher, Transport
from feedsvc.fetch.transport_curl import CurlTransport
from feedsvc.fetch.transport_requests import RequestsTransport
from feedsvc.poll import Poll, exit_code
from tests.archive.audit import audit
from tests.poll.desk import NOW, Desk, piece
from tests.standin import Answer, Headers, StandIn, redirect

HOST = "localhost"
TRANSPORTS: dict[str, Callable[..., Transport]] = {
    "requests": RequestsTransport,
    "curl": CurlTransport,
}

NOWHERE = f"{'n' * 64}.invalid"
"""A name that curl's resolver refuses by itself: no label may be so long."""

PATIENCE = 20.0
SHORT = 0.2
"""Seconds for a connection or an answer; short where a fault is to be waited out (the
configuration's least is one)."""

STRUCK = 202
"""The article that is struck where one article is."""

BEFORE = {101: "068000", 102: "083000", 103: "080000"}
DURING = {201: "068000", STRUCK: "068000", 203: "068000", 204: "083000", 205: "080000"}
AFTER = {301: "068000"}
GLOBS = {"article": f"/articles/{STRUCK}*", "section": "/categories/068000*", "site": "*"}
PLACES = {
    "article": "one article",
    "section": "one section",
    "site": "the whole site",
    "archive": "the archive",
    "feeds": "the feeds",
}


class RiggedSite(StandIn):
    """The stand-in with one fault more: what matches ``moved`` is sent to https, where
    every handshake is dropped."""

    moved: re.Pattern[str] | None = None

    def __enter__(self) -> Self:
        self._front = socket.create_server(("127.0.0.1", 0))
        self._dropping = threading.Thread(target=self._drop_handshakes)
        self._dropping.start()
        return super().__enter__()

    def __exit__(self, *what: object) -> None:
        super().__exit__(*what)
        self._front.shutdown(socket.SHUT_RDWR)
        self._dropping.join()
        self._front.close()

    @property
    def front(self) -> str:
        """Host and port where https would be."""
        return f"{HOST}:{self._front.getsockname()[1]}"

    def _drop_handshakes(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._front.accept()
                with connection:
                    connection.recv(65_536)

    def respond(self, method: str, target: str, headers: Headers = ()) -> Answer:
        answer = super().respond(method, target, headers)
        if self.moved is not None and self.moved.fullmatch(target.partition("?")[0]):
            return redirect(f"https://{self.front}{target}")
        return answer


class Lost:
    """A transport that looks for the site where it is not."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self.close = transport.close

    def send(self, ask: Ask) -> Fetched:
        return self._transport.send(replace(ask, url=ask.url.replace(HOST, NOWHERE)))


class Hurried:
    """A transport that has little patience with what is struck, and that of ``usual`` with all
    else: a busy machine may need it."""

    def __init__(self, usual: Transport, hurried: Transport, struck: str) -> None:
        self._usual, self._hurried, self._struck = usual, hurried, struck

    def send(self, ask: Ask) -> Fetched:
        parts = urlsplit(ask.url)
        struck = fnmatchcase(f"{parts.path}?{parts.query}", self._struck)
        return (self._hurried if struck else self._usual).send(ask)

    def close(self) -> None:
        self._usual.close()
        self._hurried.close()


class RiggedDesk(Desk):
    """A desk whose site has a name, and a patience that tests can wait for.

    ``lost``: curl looks for the site where it is not; it asks no resolver of Python's
    that a test could take over."""

    site: RiggedSite
    kind = "requests"
    lost = False

    def transport(self, patience: float) -> Transport:
        made = TRANSPORTS[self.kind](self.base_url, timeout=patience, allow_private=True)
        return Lost(made) if self.lost else made

    @property
    def config(self) -> Config:
        return super().config.model_copy(
            update={
                "site": SiteConfig(base_url=self.base_url, aliases=(self.site.front,)),
                "http": HttpConfig(delay=timedelta(0), retries=2),
            }
        )

    @property
    def base_url(self) -> str:
        return self.site.base_url.replace("127.0.0.1", HOST)

    def sleep(self, seconds: float) -> None:
        self.later(seconds=seconds)

    def polled(self, patience: float = PATIENCE, struck: str = "*") -> tuple[int, list[str]]:
        """One poll as ``feedsvc poll`` makes it, with that patience for what is ``struck``: the
        exit code, and what was logged."""
        config, heard = self.config, Heard()
        archive = Archive(self.folder / "archive")
        transport = Hurried(self.transport(PATIENCE), self.transport(patience), struck)
        heard.listen()
        try:
            with Fetcher(
                config.site_of(),
                config.http,
                archive.memory,
                clock=self.clock,
                sleep=self.sleep,
                transport=transport,
            ) as fetcher:
                poll = Poll(config, archive, fetcher, self.clock)
                outcome = poll.run(config.sections)
            code = exit_code(outcome, poll.problems)
        except FeedsvcError as error:
            # What the command line does: one line, and the class's own exit code.
            heard.lines.append(f"feedsvc: {error}")
            code = error.exit_code
        finally:
            heard.leave()
            archive.close()
        return code, heard.lines


class Heard(logging.Handler):
    """What a person would read in the log: warnings and errors of feedsvc."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def listen(self) -> None:
        logging.getLogger("feedsvc").addHandler(self)

    def leave(self) -> None:
        logging.getLogger("feedsvc").removeHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


Strike = Callable[[RiggedDesk, str], Any]
"""Brings a fault about while its context lasts; given the desk and a glob."""


@dataclass(frozen=True)
class Case:
    """A fault: its name, how it is brought about, and where it can strike.

    ``harmless`` says that the service is to get over it within the poll, ``told`` that
    there is something to tell.
    ``polls`` are made while it lasts, ten minutes apart; the next one comes ``lasts``
    after the last of them.
    """

    name: str
    strike: Strike
    places: tuple[str, ...] = ("article", "section", "site")
    harmless: bool = False
    told: bool = True
    patience: float = PATIENCE
    polls: int = 1
    lasts: timedelta = timedelta(minutes=10)


@dataclass
class Finding:
    """What one fault did in one place."""

    case: Case
    place: str
    kind: str = "requests"
    code: int = 0
    log: list[str] = field(default_factory=list)
    kept: set[int] = field(default_factory=set)
    """Articles of those published during the fault that were read in spite of it."""
    touched: bool = False
    """Whether any published file was replaced while the fault lasted."""
    withdrawn: set[str] = field(default_factory=set)
    """Entries that stood in a feed before and not afterwards: none, ever."""
    after_code: int = 0
    after_log: list[str] = field(default_factory=list)
    missing: set[int] = field(default_factory=set)
    """Articles that neither the archive nor the feeds hold after the next poll."""
    twice: set[int] = field(default_factory=set)
    garbled: set[int] = field(default_factory=set)
    """Articles whose record says something else than the site did."""

    @property
    def expected(self) -> set[int]:
        """The articles that must get through: all that the fault does not strike."""
        if self.case.harmless or self.place == "feeds":
            return set(DURING)
        if self.place == "article":
            return set(DURING) - {STRUCK}
        if self.place == "section":
            return {number for number, code in DURING.items() if code != "068000"}
        return set()


def find(case: Case, place: str, kind: str, folder: Path) -> Finding:
    """Poll before, during and after a fault; ``kind`` names the transport."""
    finding = Finding(case, place, kind)
    site = RiggedSite()
    site.boxes = False
    with site, loopback_name():
        desk = RiggedDesk(site, folder, NOW)
        desk.kind = kind
        site.now = desk.clock
        publish(desk, BEFORE)
        code, log = desk.polled()
        assert (code, log) == (0, []), log
        before, stood = desk.published(), held(desk)

        desk.later(minutes=30)
        publish(desk, DURING)
        with ExitStack() as stack:
            struck = GLOBS.get(place, "*")
            stack.enter_context(case.strike(desk, struck))
            finding.code, log = desk.polled(case.patience, struck)
            for _ in range(case.polls - 1):
                desk.later(minutes=10)
                assert desk.polled(case.patience, struck)[0] == finding.code
        finding.log = [_plain(line, desk) for line in log]
        finding.touched = desk.published() != before
        finding.withdrawn = stood - held(desk)
        finding.kept = set(desk.archive().index.ids()) & set(DURING)

        desk.later(seconds=case.lasts.total_seconds())
        publish(desk, AFTER)
        finding.after_code, log = desk.polled()
        finding.after_log = [_plain(line, desk) for line in log]
        wanted = {*BEFORE, *DURING, *AFTER}
        in_feeds = {int(guid.rpartition("/")[2]) for guid in held(desk)}
        finding.missing = wanted - (set(desk.archive().index.ids()) & in_feeds)
        events = audit(folder / "archive")
        finding.twice = {number for number, what in events.items() if what.count("added") > 1}
        finding.garbled = {number for number in wanted - finding.missing if _garbled(desk, number)}
    return finding


def _garbled(desk: RiggedDesk, number: int) -> bool:
    record, told = desk.archive().get(number), desk.site.article(number)
    return record is None or (record.title, record.body) != (told.title, told.body)


def publish(desk: RiggedDesk, articles: dict[int, str]) -> None:
    hours = (NOW - desk.now) / timedelta(hours=1)
    for number, code in articles.items():
        desk.site.publish(piece(number, hours=hours + (999 - number) / 1000, sections=(code,)))


def held(desk: RiggedDesk) -> set[str]:
    """The ids in the feed of all articles; each feed is read, so that a broken one fails."""
    for path in (desk.folder / "public").glob("*.*"):
        if path.suffix in (".rss", ".atom", ".json"):
            check.ids(path.read_bytes(), path.suffix[1:])
    return {item["id"] for item in desk.feed("all")}


_VARIABLE = (
    # What OpenSSL says differs from one version to the next.
    (re.compile(r"TLS refused \((?:[^()]|\([^()]*\))*\)"), "TLS refused (…)"),
    (re.compile(r"it is asked again after \d\d:\d\d:\d\d KST"), "it is asked again after hh:mm:ss"),
    (re.compile(r"within 0\.2 s"), "within 20 s"),
    # Each library has its own words for what is no HTTP.
    (re.compile(r"(not HTTP as it should be) \((?!it redirects)[^()]*\)"), r"\1 (…)"),
)


def _plain(line: str, desk: RiggedDesk) -> str:
    """A log line without what differs from run to run or was chosen for the test."""
    # What to do about a refused handshake depends on whose it was.
    line = line.replace(
        "check site.base_url; curl's handshake is refused too",
        "set http.transport: curl, or auto: the site may take curl's handshake",
    )
    line = line.replace(NOWHERE, HOST)
    for own in (desk.base_url, f"https://{desk.site.front}"):
        line = line.replace(own, "https://dealsite.co.kr")
    line = line.replace(f"{desk.folder}/", "")
    for shape, instead in _VARIABLE:
        line = shape.sub(instead, line)
    return line


@contextmanager
def loopback_name() -> Iterator[None]:
    """The site's name has one address, whatever this machine's host file says."""
    real = socket.getaddrinfo

    def only_v4(host: Any, *rest: Any, **more: Any) -> Any:
        return real("127.0.0.1" if host == HOST else host, *rest, **more)

    with replaced(socket, "getaddrinfo", only_v4):
        yield


@contextmanager
def replaced(owner: Any, name: str, value: Any) -> Iterator[None]:
    """An attribute replaced for a while; ``pytest.MonkeyPatch`` outside of tests too."""
    real = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, real)
