"""Bad requests as bytes on a socket: nothing leaks, nothing falls over, and the short way
of :mod:`feedsvc.serve.connection` answers as the long one does."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from feedsvc.serve import Server, app
from tests.serve.conftest import FEED, NOW, SECRET, ask_of, keep, record, settings, written
from tests.serve.test_server import get, place, raw

END = b"\r\nHost: x\r\nConnection: close\r\n\r\n"
GOOD = b"GET /all.rss HTTP/1.1\r\nHost: x\r\n\r\n"

LEAKS = re.compile(
    rb"secret (outside|half|state|conf)|Traceback|File \"|feedsvc-archive|/tmp/|root:"
)
"""What lies beside the published files, and what a fallen program says."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One for all: whatever it was sent before, it answers."""
    folder = written(tmp_path_factory.mktemp("served"))
    keep(folder, record())
    (folder / "archive/images/ab").mkdir(parents=True)
    (folder / "archive/images/ab" / f"ab{'0' * 62}.png").write_bytes(b"a picture")
    made = Server(settings(folder), now=lambda: NOW)
    made.start()
    yield made
    made.stop()


@pytest.fixture
def guarded(folder: Path) -> Iterator[Server]:
    made = Server(settings(folder, tokens=(SECRET,)), now=lambda: NOW)
    made.start()
    yield made
    made.stop()


def statuses(answers: bytes) -> list[int]:
    return [int(one) for one in re.findall(rb"HTTP/1\.1 (\d{3}) [A-Z]", answers)]


OUTSIDE = [
    *(b"/../secret.rss", b"/archive/../../secret.rss", b"/%2e%2e/secret.rss", b"/.%2e/config.json"),
    *(b"/..%2fsecret.rss", b"/%2e%2e%2fconfig.json", b"/%252e%252e%252fsecret.rss"),
    *(b"/..%5csecret.rss", b"/..\\secret.rss", b"/%c0%ae%c0%ae/secret.rss", b"/%uff0e%uff0e/x"),
    *(b"/..;/secret.rss", b"//secret.rss", b"/./secret.rss", b"/.state/all.json"),
    *(b"/.all.rss.x1.tmp", b"/%2eall.rss.x1.tmp", b"/all.rss%00", b"/all.rss%00.json", b"/%00"),
    *(b"/all.rss%0a", b"/all.rss%0d%0aX-Injected:%20yes", b"/all.rss//", b"/all.rss%20"),
    *(b"/images/../articles/0117/117013.json", b"/images/ab/..%2f..%2fFORMAT", b"/images/"),
    *(b"/images/ab/", b"/archive/articles/0117/117013.json", b"/archive/FORMAT", b"/FORMAT"),
    *(b"/archive/.state/state.sqlite", b"/journal/2026-03.jsonl", b"/config.yaml", b"/etc/passwd"),
    *(b"/public/all.rss", b"/archive/", b"/archive/all/", b"/archive/all", b"/articles/"),
    *(b"/all.rss.gz", b"/%", b"/%zz", b"/%e0%80", b"/all.rss%", b"/~", b"/C:\\all.rss"),
]


@pytest.mark.parametrize("path", OUTSIDE)
def test_no_path_leads_outside(server: Server, path: bytes) -> None:
    for method in (b"GET", b"HEAD"):
        answer = raw(server, method + b" " + path + b" HTTP/1.1" + END)
        assert statuses(answer)[:1] in ([400], [404], [200] if path == b"/archive/" else [404])
        assert not LEAKS.search(answer)
        assert b"X-Injected" not in answer.partition(b"\r\n\r\n")[0]
        assert b'<li><a href="' not in answer or path == b"/archive/"  # no folder is listed


METHODS = [b"POST", b"PUT", b"DELETE", b"PATCH", b"OPTIONS", b"TRACE", b"CONNECT", b"PROPFIND"]


@pytest.mark.parametrize("method", [*METHODS, b"get", b"GETT", b"", b"G\x00T", b"<script>"])
@pytest.mark.parametrize("path", [b"/all.rss", b"/", b"*", b"/healthz", b"example.org:443"])
def test_other_methods_are_refused(server: Server, method: bytes, path: bytes) -> None:
    answer = raw(server, method + b" " + path + b" HTTP/1.1" + END)
    (status,) = statuses(answer)
    if method in (b"get", b"GETT"):  # a word that could be a method, and is none
        assert status == 501
    else:  # an address without a path is for CONNECT
        whole = method == b"CONNECT" or (method in METHODS and path != b"example.org:443")
        assert status == (405 if whole else 400)
    if status == 405:
        assert b"\r\nallow: GET, HEAD\r\n" in answer
    assert method not in answer or len(method) < 4
    assert not LEAKS.search(answer)


NO_HTTP = [
    *(b"nonsense", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"GET", b"GET /all.rss"),
    *(b"GET /all.rss HTTP/9.9", b"GET /all.rss HTTP/2.0", b"GET /all.rss FTP/1.1"),
    *(b"GET /all.rss HTTP/1.1 x", b"GET  HTTP/1.1", b"PRI * HTTP/2.0\r\n\r\nSM"),
    *(b"GET /all\x00.rss HTTP/1.1", b"GET /all.rss HTTP/1.1\r\nX\x00: a"),
    *(b"GET /all.rss HTTP/1.1\r\nno colon", b"GET /all.rss HTTP/1.1\r\n: no name"),
    *(b"GET /all.rss HTTP/1.1\r\nX : space before the colon", b"GET /all.rss HTTP/1.1\r\n X: y"),
    b"GET /all.rss HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2",
    b"GET /all.rss HTTP/1.1\r\nContent-Length: -1",
    b"GET /all.rss HTTP/1.1\r\nContent-Length: 99999999999999999999999",
    b"GET /all.rss HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked",
    b"GET /all.rss HTTP/1.1\r\nTransfer-Encoding: chunked, identity",
    b"GET /all.rss HTTP/1.1\r\nTransfer-Encoding: foo",
    b"GET /all.rss HTTP/1.1\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: gzip",
    b"GET /all.rss HTTP/1.1\r\nTransfer-Encoding : chunked",
    b"GET /all.rss HTTP/1.1\r\nContent-Length: +3",
    b"GET /all.rss HTTP/1.1\r\nHost: y",
    b"GET /all.rss HTTP/1.0\r\nHost: y",
    b"GET all.rss HTTP/1.1",
    b"GET * HTTP/1.1",
]
TOO_LONG = [
    b"GET /" + b"a" * 200_000 + b" HTTP/1.1",
    b"GET /all.rss HTTP/1.1\r\nX: " + b"a" * 20_000,
    b"GET /all.rss HTTP/1.1" + b"\r\nX: y" * 5000,
    b"GET /all.rss?" + b"a=b&" * 20_000 + b" HTTP/1.1",
]


@pytest.mark.parametrize("request_head", NO_HTTP, ids=lambda one: repr(one[:60]))
def test_what_is_no_request_is_refused_and_closed(server: Server, request_head: bytes) -> None:
    answer = raw(server, request_head + END)
    assert statuses(answer) == [400]
    assert FEED.encode() not in answer
    assert not LEAKS.search(answer)
    assert get(server, "/all.rss")[0] == 200


@pytest.mark.parametrize("request_head", TOO_LONG, ids=lambda one: repr(one[:60]))
def test_what_is_too_long_is_told_apart(server: Server, request_head: bytes) -> None:
    """The answer arrives although half of the request is still on its way."""
    answer = raw(server, request_head + END)
    assert statuses(answer) == [431 if b"\r\nX" in request_head else 414]
    assert b"\r\nconnection: close\r\n" in answer
    assert get(server, "/all.rss")[0] == 200


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        (b"", 400),
        (b"Host: x\r\nHost: x\r\n", 400),
        (b"Host: x\r\nHOST: y\r\n", 400),
        (b"Host: x y\r\n", 400),
        (b"Host: x/y\r\n", 400),
        (b"Host: x@y\r\n", 400),
        (b"Host: x, y\r\n", 400),
        (b"Host: x:y\r\n", 400),
        (b"Host:\r\n", 200),
        (b"Host: x\r\n", 200),
        (b"host: example.org:8080\r\n", 200),
        (b"Host: [::1]:8080\r\n", 200),
        (b"Host: feeds_service.internal\r\n", 200),
        (b"Host: 192.0.2.7\r\n", 200),
    ],
)
def test_a_request_names_its_host_once(server: Server, fields: bytes, status: int) -> None:
    for path in (b"/all.rss", b"/", b"http://x/all.rss", b"/all.rss"):
        request = b"GET %b HTTP/1.1\r\n%bConnection: close\r\n\r\n" % (path, fields)
        assert statuses(raw(server, request)) == [status]


def test_a_request_to_an_absolute_address_is_answered(server: Server) -> None:
    for address in (b"http://x/all.atom", b"https://y:8080/all.atom", b"HTTP://x/all.atom?a=b"):
        answer = raw(server, b"GET " + address + b" HTTP/1.1" + END)
        assert statuses(answer) == [200]
        assert answer.endswith(b"<feed/>")


def test_a_bad_request_behind_another_takes_no_answer_from_it(server: Server) -> None:
    for path, first in ((b"/search?q=x", 200), (b"/nothing", 404), (b"/all.rss", 200)):
        for bad in (b"BREW / HTTP/1.1\r\n\r\n", b"nonsense\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n"):
            answer = raw(server, b"GET " + path + b" HTTP/1.1\r\nHost: x\r\n\r\n" + bad)
            assert statuses(answer)[0] == first
            assert statuses(answer)[1:] in ([], [400])


def trickle(connection: socket.socket) -> None:
    """The head of a request that has no end, until the server has enough."""
    connection.sendall(b"GET /all.rss HTTP/1.1\r\nX: ")
    for _ in range(1000):
        connection.sendall(b"a" * 1000)
    while connection.recv(1000):
        pass
    raise ConnectionError("closed")


def test_a_head_that_comes_in_pieces_is_bounded_too(server: Server) -> None:
    with socket.create_connection(place(server), timeout=30) as connection:  # noqa: SIM117
        with pytest.raises(ConnectionError):
            trickle(connection)
    assert get(server, "/all.rss")[0] == 200


def test_many_requests_in_one_piece_are_answered_in_their_order(server: Server) -> None:
    get(server, "/all.rss")  # from now on held in memory: some go the short way, some the long
    paths = [b"/all.rss", b"/nothing", b"/all.json", b"/", b"/all.rss", b"/healthz", b"/all.atom"]
    asked = b"".join(b"GET " + path + b" HTTP/1.1\r\nHost: x\r\n\r\n" for path in paths * 5)
    answer = raw(server, asked + b"GET /all.atom HTTP/1.1" + END)
    expected = [404 if path == b"/nothing" else 200 for path in paths]
    assert statuses(answer) == expected * 5 + [200]
    assert answer.endswith(b"<feed/>")


@pytest.mark.parametrize(
    "body",
    [
        b"Content-Length: 11\r\n\r\nGET /x HTTP",
        b"Transfer-Encoding: chunked\r\n\r\nb\r\nGET /x HTTP\r\n0\r\n\r\n",
        b"Expect: 100-continue\r\nContent-Length: 3\r\n\r\nabc",
    ],
)
def test_a_body_that_nobody_asked_for_is_no_request(server: Server, body: bytes) -> None:
    for path in (b"/all.json", b"/all.json", b"/nothing"):
        answer = raw(
            server,
            b"GET " + path + b" HTTP/1.1\r\nHost: x\r\n" + body + b"GET /all.atom HTTP/1.1" + END,
        )
        first, second = (one for one in statuses(answer) if one != 100)
        assert (first, second) == (404 if path == b"/nothing" else 200, 200)
        assert answer.endswith(b"<feed/>")


@pytest.mark.parametrize("method", [b"GET", b"HEAD"])
def test_an_address_may_come_as_it_was_typed(server: Server, method: bytes) -> None:
    for query in ("반도체", "없는말이다", "%EB%B0%98도체"):
        path = f"/search.json?q={query}".encode()
        (status,) = statuses(answer := raw(server, method + b" " + path + b" HTTP/1.1" + END))
        assert status == 200
        assert (b"117013" in answer) is (method == b"GET" and "도체" in query)
    assert statuses(raw(server, method + b" /\xff\xfe HTTP/1.1" + END)) == [404]
    assert statuses(raw(server, b"PUT /\xff HTTP/1.1" + END)) == [400]


def test_a_body_stays_as_it_is_sent(server: Server) -> None:
    body = "GET /매각 HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body)
    with socket.create_connection((place(server)), timeout=30) as client:
        client.sendall(head)
        client.settimeout(0.2)
        answers = b""
        for piece in (body, b"GET /all.json HTTP/1.1" + END):
            with suppress(TimeoutError):
                while got := client.recv(65536):
                    answers += got
            client.sendall(piece)
        client.settimeout(30)
        while got := client.recv(65536):
            answers += got
    assert statuses(answers) == [405, 200]


def test_http_1_0_is_answered_and_closed(server: Server) -> None:
    for _ in range(2):
        answer = raw(server, b"GET /all.json HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        assert statuses(answer) == [200]
        assert b"\r\nconnection: close\r\n" in answer
        assert answer.endswith(b"\r\n\r\n{}")


PLACES = [
    (b"GET /all.rss?token=%s HTTP/1.1", 200),
    (b"GET /all.rss?token=wrong&token=%s HTTP/1.1", 200),
    (b"GET /all.rss?token=%s&token=wrong HTTP/1.1", 200),
    (b"GET /all.rss?a=b&token=%s HTTP/1.1", 200),
    (b"GET /all.rss?%%74oken=%s HTTP/1.1", 200),
    (b"GET /all.rss HTTP/1.1\r\nAuthorization: Bearer %s", 200),
    (b"GET /all.rss HTTP/1.1\r\nAUTHORIZATION: bearer %s", 200),
    (b"GET /all.rss HTTP/1.1\r\nAuthorization: Bearer x\r\nAuthorization: Bearer %s", 200),
    (b"GET http://x/all.rss?token=%s HTTP/1.1", 200),
    (b"GET /all.rss?TOKEN=%s HTTP/1.1", 401),
    (b"GET /all.rss?token[]=%s HTTP/1.1", 401),
    (b"GET /all.rss#token=%s HTTP/1.1", 401),
    (b"GET /all.rss;token=%s HTTP/1.1", 401),
    (b"GET /token=%s/all.rss HTTP/1.1", 401),
    (b"GET /%s/all.rss HTTP/1.1", 401),
    (b"GET /all.rss HTTP/1.1\r\nReferer: http://x/?token=%s", 401),
    (b"GET /all.rss HTTP/1.1\r\nAuthorization: Basic %s", 401),
    (b"GET /all.rss HTTP/1.1\r\nAuthorization: %s", 401),
    (b"GET /all.rss HTTP/1.1\r\nCookie: feedsvc=%s", 401),
    (b"GET /all.rss HTTP/1.1\r\nX-Token: %s", 401),
    (b"GET /nothing?token=%s HTTP/1.1", 404),
    (b"GET /?token=%s nonsense", 400),
    (b"POST /all.rss?token=%s HTTP/1.1", 405),
]


def test_tokens_in_odd_places_open_nothing_and_are_told_to_nobody(
    guarded: Server, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(0)
    for _ in range(2):  # once from the disk, once from memory
        for head, status in PLACES:
            answer = raw(guarded, head % SECRET.encode() + END)
            assert statuses(answer) == [status], head
            assert SECRET.encode() not in answer
            assert b"\r\nlocation:" not in answer
            if status == 401:
                assert FEED.encode() not in answer
                assert b"\r\nwww-authenticate: Bearer" in answer
            if status != 400:  # that one is the HTTP library's
                assert b"\r\nreferrer-policy: no-referrer\r\n" in answer
    guarded.stop()
    captured = capfd.readouterr()
    for told in (caplog.text, captured.out, captured.err):
        assert SECRET not in told
        assert "Traceback" not in told


@pytest.mark.slow
def test_the_short_way_answers_as_the_long_one(folder: Path) -> None:
    for values, token in (
        ({}, ""),
        ({"tokens": (SECRET,)}, f"token={SECRET}"),
        ({"base_url": "https://example.org/feeds/"}, ""),
    ):
        config = settings(folder, **values)
        application = app(config, now=lambda: NOW)
        ask = ask_of(application)
        short = 0
        for path in (
            *("/all.rss", "/all.atom", "/all.json", "/feeds.opml", "/archive/all/2026-03.atom"),
            *("/", "/index.html", "/nothing.rss", "/feeds/all.rss", "/feeds/", "/healthz"),
            *("/metrics", "/search", "/status", "/articles/1", "/images/a.png", "/../secret.rss"),
            *("/.state/all.json", "/archive/", "/archive/all/2026-03", "//all.rss", "", "/a" * 900),
        ):
            for headers in (
                {},
                {"accept-encoding": "gzip"},
                {"accept-encoding": "gzip;q=0, identity;q=0"},
                {"if-none-match": "*"},
            ):
                for method in ("GET", "HEAD", "POST"):
                    long = ask(path, headers, method=method, query=token)
                    fields = tuple((k.encode(), v.encode()) for k, v in headers.items())
                    found = application.at_once(method.encode(), path, token.encode(), fields)
                    if found is None:
                        continue
                    short += 1
                    body = found.body if method == "GET" else b""
                    given = {k.decode(): v.decode() for k, v in found.headers}
                    assert (found.status, given, body) == (long.status, long.headers, long.body)
                    if token:
                        assert application.at_once(method.encode(), path, b"", fields) is None
        # The list of feeds holds the token of who asks, and goes the long way then.
        assert short >= (32 if token else 40)
