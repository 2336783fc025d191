"""A site that refuses Python's TLS handshake, through the real commands on real sockets."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from feedsvc.archive import Archive
from feedsvc.cli import execute
from feedsvc.config import HttpConfig
from feedsvc.errors import Blocked, ConfigError, FetchError, TimedOut, TlsRefused
from feedsvc.fetch import USER_AGENT, Fetcher
from feedsvc.memory import Memory, Topic
from feedsvc.site import Site
from tests.fetch.handshake import FrontEnd, certificate, pythons
from tests.poll.desk import NOW, piece
from tests.standin import StandIn

pytest.importorskip("pycurl")

KEY = (Topic.TRANSPORT, "")


@pytest.fixture(scope="module")
def pem(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificate(tmp_path_factory.mktemp("pem"))


@pytest.fixture
def front(pem: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FrontEnd]:
    """The stand-in behind such a front end, whose certificate is trusted."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(pem))
    site = StandIn([piece(101), piece(102)])
    site.boxes = False
    with FrontEnd(pem, site.respond) as front:
        yield front


class Runs:
    """Runs of a fetcher, each like a process of its own, with a memory and a clock."""

    def __init__(self, front: FrontEnd, **http: Any) -> None:
        self.front = front
        self.memory: Memory = Memory()
        self.now = NOW
        self.slept: list[float] = []
        self.http = HttpConfig(
            **{"delay": timedelta(0), "timeout": timedelta(seconds=20), "retries": 0, **http}
        )

    def fetcher(self) -> Fetcher:
        return Fetcher(
            Site.at(self.front.base_url),
            self.http,
            self.memory,
            clock=lambda: self.now,
            sleep=self.slept.append,
        )

    def __call__(self, *paths: str) -> list[FetchError | None]:
        """One run: these pages one after the other, and what came of each."""
        self.front.hellos.clear()
        self.front.agents.clear()
        found: list[FetchError | None] = []
        with self.fetcher() as fetcher:
            for path in paths or ("/categories",):
                try:
                    fetcher.get(self.front.base_url + path)
                    found.append(None)
                except FetchError as error:
                    found.append(error)
        return found


def test_the_two_clients_begin_differently_and_each_always_alike(front: FrontEnd) -> None:
    assert pythons() == pythons()
    for name, known in (("requests", "python"), ("curl", "other")):
        runs = Runs(front, transport=name)
        assert runs() == [None]
        assert front.hellos == [known]
        # No browser is imitated: it is our own name in both.
        assert {agent for _, agent in front.agents} == {USER_AGENT}


@pytest.mark.slow
@pytest.mark.parametrize("treatment", ["alert", "reset", "close", "reset-answer"])
def test_where_pythons_handshake_is_refused_curl_is_tried_and_remembered(
    front: FrontEnd, treatment: Any
) -> None:
    """[once] whose handshake is not Python's gets through; how it refuses is not told."""
    front.python = treatment
    runs = Runs(front)
    assert runs("/categories", "/articles/101") == [None, None]
    assert front.hellos == ["python", "other"]  # one connection each
    assert {agent for _, agent in front.agents if _ == "other"} == {USER_AGENT}
    # Remembered: the next run begins with curl, for a day.
    runs.now += timedelta(hours=23)
    assert runs() == [None]
    assert front.hellos == ["other"]
    # Then it is looked at again, and what worked stays.
    runs.now += timedelta(hours=2)
    assert runs("/categories", "/articles/101") == [None, None]
    assert front.hellos == ["python", "other"]
    assert runs() == [None]
    assert front.hellos == ["other"]
    # The site takes Python's again: curl is let go of at the next look.
    front.python = "serve"
    runs.now += timedelta(days=2)
    assert runs("/categories", "/articles/101") == [None, None]
    assert front.hellos == ["python"]
    assert not runs.memory.note.of(*KEY).text
    assert runs() == [None]
    assert front.hellos == ["python"]


def test_the_pace_is_kept_between_the_two(front: FrontEnd) -> None:
    front.python = "alert"
    runs = Runs(front, delay=timedelta(seconds=5))
    with runs.fetcher() as fetcher:
        fetcher.get(f"{front.base_url}/categories")
        assert fetcher.requests == 3  # robots.txt twice, the page
    assert runs.slept == [5.0, 5.0]


def test_a_firewalls_answer_is_told_and_nothing_switches(front: FrontEnd) -> None:
    front.python = "firewall"
    runs = Runs(front, robots=False)
    for _ in range(2):
        (error,) = runs()
        assert isinstance(error, Blocked)
        assert "transport: curl" in str(error)  # the operator's choice
        assert front.hellos == ["python"]
    chosen = Runs(front, robots=False, transport="curl")
    assert chosen() == [None]
    front.others = "firewall"
    (error,) = chosen()
    assert isinstance(error, Blocked)
    assert "transport: curl" not in str(error)  # it is curl


@pytest.mark.slow
def test_silence_is_no_handshake_that_was_refused(front: FrontEnd) -> None:
    front.python = "silence"
    (error,) = Runs(front, timeout=timedelta(seconds=2))()
    assert isinstance(error, TimedOut)
    assert front.hellos == ["python"]


def test_a_bad_certificate_is_nobodys_handshake(
    front: FrontEnd, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    other = certificate(tmp_path)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(other))
    (error,) = Runs(front)()
    assert isinstance(error, TlsRefused)
    assert "certificate" in str(error)
    assert front.hellos == ["python"]


@pytest.mark.parametrize("client", ["requests", "curl"])
def test_both_trust_the_same_authorities(
    front: FrontEnd, client: str, monkeypatch: pytest.MonkeyPatch, pem: Path, tmp_path: Path
) -> None:
    """libcurl of a wheel was built for another distribution's place of certificates."""
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    (error,) = Runs(front, transport=client)()
    assert isinstance(error, TlsRefused)
    assert "self" in str(error)
    monkeypatch.setattr("certifi.where", lambda: str(pem))
    assert Runs(front, transport=client)() == [None]


def test_a_connection_that_is_refused_and_a_name_that_is_not_found_switch_nothing(
    front: FrontEnd,
) -> None:
    runs = Runs(front)
    for address in ("https://127.0.0.1:1", "https://nowhere.invalid"):
        memory = Memory()
        fetcher = Fetcher(
            Site.at(address), runs.http, memory, clock=lambda: NOW, sleep=runs.slept.append
        )
        with fetcher, pytest.raises(FetchError) as caught:
            fetcher.get(f"{address}/categories")
        assert fetcher.requests == 1
        assert caught.value.site_down
        assert not memory.note.of(*KEY).text


def test_a_reset_later_in_a_run_is_a_reset(front: FrontEnd) -> None:
    runs = Runs(front)
    with runs.fetcher() as fetcher:
        fetcher.get(f"{front.base_url}/categories")
        for treatment in ("reset-answer", "alert"):
            front.python = treatment
            fetcher._transport.close()  # the connection is gone; the next one is refused
            with pytest.raises(FetchError):
                fetcher.get(f"{front.base_url}/articles/101")
        assert "other" not in front.hellos
        assert not fetcher.by_curl
    assert not runs.memory.note.of(*KEY).text


def test_where_neither_gets_through_it_is_tried_once_a_run(front: FrontEnd) -> None:
    front.python = front.others = "alert"
    runs = Runs(front, retries=1)
    (error, after) = runs("/categories", "/articles/101")
    assert isinstance(error, TlsRefused)
    assert error.site_down
    assert "curl's handshake is refused too" in str(error)
    assert after is not None
    assert front.hellos.count("other") == 1
    assert not runs.memory.note.of(*KEY).text


def test_what_works_is_not_lost_by_the_look_of_the_day(front: FrontEnd) -> None:
    """A front end that refuses Python's handshake on one day answers it with a 403 on
    another, perhaps only after robots.txt: curl goes on."""
    front.python = "alert"
    runs = Runs(front)
    assert runs() == [None]
    front.python = "firewall"
    runs.now += timedelta(days=2)
    assert runs("/categories", "/articles/101") == [None, None]
    assert runs() == [None]
    assert front.hellos == ["other"]


def test_curl_that_is_refused_itself_is_forgotten(front: FrontEnd) -> None:
    front.python = "alert"
    runs = Runs(front)
    assert runs() == [None]
    front.python, front.others = "serve", "alert"
    assert runs() != [None]
    assert front.hellos == ["other"]
    assert runs() == [None]
    assert front.hellos == ["python"]


def test_what_one_site_took_says_nothing_of_another(front: FrontEnd) -> None:
    front.python = "alert"
    runs = Runs(front)
    assert runs() == [None]
    runs.memory.note.set(*KEY, text="https://elsewhere.example")
    assert runs() == [None]
    assert front.hellos == ["python", "other"]


@pytest.mark.one_stands_for_all
@pytest.mark.parametrize("kept", ["", "{", "[]"])
def test_a_memory_that_is_damaged_is_none(front: FrontEnd, kept: str) -> None:
    runs = Runs(front)
    runs.memory.note.set(*KEY, at=runs.now, text=kept)
    assert runs() == [None]
    assert front.hellos == ["python"]


def test_without_pycurl_it_says_what_to_install(
    front: FrontEnd, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pycurl", None)
    monkeypatch.delitem(sys.modules, "feedsvc.fetch.transport_curl", raising=False)
    runs = Runs(front)
    assert runs() == [None]  # nothing is missed where requests will do
    front.python = "alert"
    (error,) = runs()
    assert isinstance(error, TlsRefused)
    assert "feedsvc[curl]" in str(error)
    with pytest.raises(ConfigError, match="pycurl"):
        Runs(front, transport="curl").fetcher()
    # Remembered, and taken out since: requests is what there is.
    front.python = "serve"
    runs.memory.note.set(*KEY, at=NOW, text=front.base_url)
    assert runs() == [None]


# The real command


def configured(front: FrontEnd, folder: Path, transport: str = "") -> str:
    path = folder / "config.yaml"
    path.write_text(
        f"site: {{base_url: '{front.base_url}'}}\n"
        "sections:\n  - {name: everything, title: 전체}\n"
        f"http: {{delay: 0s, timeout: 20s, retries: 0{transport}}}\n",
        encoding="utf-8",
    )
    return str(path)


@pytest.mark.slow
@pytest.mark.parametrize("treatment", ["alert", "reset"])
def test_a_first_poll_reaches_the_site(
    front: FrontEnd, tmp_path: Path, treatment: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    front.python = treatment
    config = configured(front, tmp_path)
    assert execute(["--config", config, "poll"]) == 0
    assert set(Archive(tmp_path / "archive").index.ids()) == {101, 102}
    assert front.hellos == ["python", "other"]
    assert {agent for _, agent in front.agents} == {USER_AGENT}
    front.hellos.clear()
    assert execute(["--config", config, "poll"]) == 0
    assert front.hellos == ["other"]
    capsys.readouterr()
    assert execute(["--config", config, "check", "--online"]) == 0
    assert "client: curl" in capsys.readouterr().out
    # The choice of the operator counts.
    assert execute(["--config", configured(front, tmp_path, ", transport: requests"), "poll"]) == 4
    assert "TLS refused" in capsys.readouterr().err


def test_a_first_poll_that_meets_a_firewall_says_what_there_is_to_choose(
    front: FrontEnd, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    front.python = "firewall"
    assert execute(["--config", configured(front, tmp_path), "poll"]) == 4
    assert "http.transport: curl" in capsys.readouterr().err
    assert set(front.hellos) == {"python"}
    assert execute(["--config", configured(front, tmp_path, ", transport: curl"), "poll"]) == 0


def test_a_poll_that_needs_no_curl_does_not_import_it(
    front: FrontEnd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("pycurl", "feedsvc.fetch.transport_curl"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    config = configured(front, tmp_path)
    assert execute(["--config", config, "poll"]) == 0
    assert "pycurl" not in sys.modules
    front.python = "alert"
    assert execute(["--config", config, "poll"]) == 0
    assert "pycurl" in sys.modules
