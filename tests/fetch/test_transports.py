"""Both transports against real sockets on loopback: what they send, what they survive."""

from __future__ import annotations

import gzip
import itertools
import socket
import threading
import time
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import brotli  # type: ignore[import-untyped]  # ships no types
import pytest

from feedsvc.config import HttpConfig
from feedsvc.errors import (
    ConfigError,
    ConnectionBroken,
    ConnectionRefused,
    FetchError,
    Malformed,
    NameNotFound,
    OffSite,
    TimedOut,
    TlsRefused,
    TooLarge,
    Truncated,
)
from feedsvc.fetch import Fetcher
from feedsvc.fetch.transport import REST, Answer, Ask, Transport
from feedsvc.fetch.transport_requests import RequestsTransport
from feedsvc.memory import Memory
from feedsvc.model import FetchedPage
from feedsvc.site import Site
from tests.fetch.loopback import Loopback, request_of

LIMIT = 1_000_000
HEADERS = (("User-Agent", "feedsvc/test"), ("Accept-Encoding", "gzip, deflate, br"))
OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"


def transport(kind: str, timeout: float = 30.0, *, private: bool = True) -> Transport:
    if kind == "curl":
        pytest.importorskip("pycurl")
        from feedsvc.fetch.transport_curl import CurlTransport

        return CurlTransport("http://127.0.0.1", timeout=timeout, allow_private=private)
    return RequestsTransport("http://127.0.0.1", timeout=timeout, allow_private=private)


class Raw(Loopback):
    """A server that sends what it is told, byte for byte, to each request."""

    def __init__(self, say: Callable[[socket.socket], None]) -> None:
        super().__init__()
        self.say = say
        self.heard: list[bytes] = []

    def serve(self, connection: socket.socket) -> None:
        while request := request_of(connection):
            self.heard.append(request)
            self.say(connection)


@contextmanager
def asked(
    kind: str, say: Callable[[socket.socket], None], timeout: float = 30.0
) -> Iterator[tuple[Raw, Callable[..., Answer]]]:
    with Raw(say) as raw:
        used = transport(kind, timeout)

        def ask(path: str = "/", limit: int = LIMIT, cut: bool = False) -> Answer:
            return used.send(Ask(f"http://127.0.0.1:{raw.port}{path}", HEADERS, limit, cut))

        try:
            yield raw, ask
        finally:
            used.close()


def whole(body: bytes, head: bytes = OK, *more: bytes) -> Callable[[socket.socket], None]:
    lines = b"".join(line + b"\r\n" for line in more)
    data = head + lines + b"Content-Length: %d\r\n\r\n" % len(body) + body
    return lambda connection: connection.sendall(data)


both = pytest.mark.parametrize("kind", ["requests", "curl"])


@both
def test_one_connection_is_kept_alive_and_says_who_it_is(kind: str) -> None:
    with asked(kind, whole(b"<p>hi", OK, b"X-Twice: a", b"X-Twice: b")) as (raw, ask):
        first, _ = ask("/1"), ask("/2?a=%EA")
        assert raw.connections == 1
    assert first.status == 200
    assert first.reason == "OK"
    assert first.body == b"<p>hi"
    assert [v for k, v in first.headers if k == "X-Twice"] == ["a", "b"]
    lines = raw.heard[1].decode().splitlines()
    assert lines[0] == "GET /2?a=%EA HTTP/1.1"
    assert [line for line in lines if line.lower().startswith("user-agent")] == [
        "User-Agent: feedsvc/test"
    ]
    assert not [line for line in lines if line.lower().startswith(("cookie", "authorization"))]


@both
def test_cookies_of_the_site_are_not_sent_back(kind: str) -> None:
    with asked(kind, whole(b"x", OK, b"Set-Cookie: a=b; Path=/")) as (raw, ask):
        ask(), ask()
    assert b"a=b" not in raw.heard[1]


def bare(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


@pytest.mark.one_stands_for_all
@both
@pytest.mark.parametrize(
    ("coding", "pack"),
    [
        ("gzip", gzip.compress),
        ("gzip", lambda data: gzip.compress(data[:100]) + gzip.compress(data[100:])),
        ("deflate", zlib.compress),
        ("deflate", bare),
        ("br", lambda data: brotli.compress(data, quality=1)),
    ],
)
def test_codings(kind: str, coding: str, pack: Callable[[bytes], bytes]) -> None:
    body = "".join(f"<p>한국어 {n * n}" for n in range(20_000)).encode()
    header = f"Content-Encoding: {coding}".encode()
    with asked(kind, whole(pack(body), OK, header)) as (_, ask):
        assert ask().body == body
    cut = pack(body)[:-3]
    with asked(kind, whole(cut, OK, header)) as (_, ask), pytest.raises(Truncated):
        ask()


@pytest.mark.one_stands_for_all
@both
@pytest.mark.parametrize("coding", ["gzip", "br"])
def test_a_bomb_is_refused_before_it_unpacks(kind: str, coding: str) -> None:
    if coding == "gzip":
        packer = zlib.compressobj(1, zlib.DEFLATED, 31)
        bomb = b"".join(packer.compress(b"0" * 1_000_000) for _ in range(100)) + packer.flush()
    else:
        bomb = brotli.compress(b"0" * 100_000_000, quality=1)
    with asked(kind, whole(bomb, OK, f"Content-Encoding: {coding}".encode())) as (_, ask):
        tracemalloc.start()
        try:
            with pytest.raises(TooLarge):
                ask()
            assert tracemalloc.get_traced_memory()[1] < 8_000_000
        finally:
            tracemalloc.stop()


@both
def test_a_huge_page_is_not_read(kind: str) -> None:
    start = OK + b"Content-Length: 50000000\r\n\r\n<p>"
    with (
        asked(kind, lambda c: c.sendall(start)) as (_, ask),
        pytest.raises(TooLarge, match="1,000,000 bytes"),
    ):
        ask()

    def endless(connection: socket.socket) -> None:
        connection.sendall(OK + b"Connection: close\r\n\r\n")
        for _ in itertools.repeat(0):
            connection.sendall(b"x" * 65_536)

    with asked(kind, endless) as (_, ask):
        with pytest.raises(TooLarge):
            ask()
        assert len(ask(limit=5000, cut=True).body) == 5000


@both
def test_an_error_page_is_cut_and_the_next_request_is_served(kind: str) -> None:
    head = b"HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\n"
    with asked(kind, whole(b"y" * (REST * 3), head)) as (_, ask):
        for _ in range(2):
            answer = ask()
            assert (answer.status, len(answer.body)) == (404, REST)


@both
def test_cut_off_answers(kind: str) -> None:
    def short(connection: socket.socket) -> None:
        connection.sendall(OK + b"Content-Length: 1000\r\n\r\nonly this")
        connection.shutdown(socket.SHUT_WR)

    def chunk_missing(connection: socket.socket) -> None:
        connection.sendall(OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n5\r\nwo")
        connection.shutdown(socket.SHUT_WR)

    def nothing(connection: socket.socket) -> None:
        connection.shutdown(socket.SHUT_RDWR)

    for say in (short, chunk_missing):
        with asked(kind, say) as (_, ask), pytest.raises(Truncated):
            ask()
    with asked(kind, nothing) as (_, ask), pytest.raises(ConnectionBroken):
        ask()


def test_a_chunk_without_a_length_is_no_http() -> None:
    for line in (b"zz", "١".encode()):
        answer = OK + b"Transfer-Encoding: chunked\r\n\r\n" + line + b"\r\nhello\r\n0\r\n\r\n"

        def say(connection: socket.socket, answer: bytes = answer) -> None:
            connection.sendall(answer)

        with asked("requests", say) as (_, ask), pytest.raises(Malformed):
            ask()


@pytest.mark.slow
@both
def test_a_silent_server_times_out(kind: str) -> None:
    with (
        asked(kind, lambda c: None, timeout=0.3) as (_, ask),
        pytest.raises(TimedOut) as caught,
    ):
        ask()
    assert not caught.value.site_down


@pytest.mark.slow
@both
@pytest.mark.parametrize("where", ["headers", "body"])
def test_a_dripping_server_cannot_hold_us(kind: str, where: str) -> None:
    def drip(connection: socket.socket) -> None:
        start = OK if where == "headers" else OK + b"Connection: close\r\n\r\n"
        connection.sendall(start)
        while not raw.stopping.wait(0.05):
            connection.sendall(b"X-A: b\r\n" if where == "headers" else b"x")

    with asked(kind, lambda c: drip(c), timeout=0.2) as (raw, ask), pytest.raises(TimedOut):
        ask()


@both
def test_refused(kind: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    used = transport(kind)
    with pytest.raises(ConnectionRefused) as caught:
        used.send(Ask(f"http://127.0.0.1:{port}/", HEADERS, LIMIT))
    used.close()
    assert caught.value.site_down
    assert str(port) in str(caught.value)


def test_name_not_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nobody)
    for private in (True, False):
        used = transport("requests", private=private)
        with pytest.raises(NameNotFound, match="DNS"):
            used.send(Ask("http://nowhere.invalid/", HEADERS, LIMIT))
        used.close()


@both
def test_a_name_that_leads_to_a_private_address_is_refused(kind: str) -> None:
    with Raw(whole(b"secret")) as raw:
        used = transport(kind, private=False)
        with pytest.raises(OffSite, match="private address"):
            used.send(Ask(f"http://localhost:{raw.port}/", HEADERS, LIMIT))
        used.close()
        assert raw.heard == []


def test_a_second_answer_of_a_hostile_dns_is_refused_too(monkeypatch: pytest.MonkeyPatch) -> None:
    with Raw(whole(b"secret")) as raw:
        monkeypatch.setattr("feedsvc.fetch.transport_requests.refuse_private", lambda *_: None)
        used = transport("requests", private=False)
        with pytest.raises(OffSite, match="private address"):
            used.send(Ask(f"http://localhost:{raw.port}/", HEADERS, LIMIT))
        used.close()
        assert raw.heard == []


@both
def test_a_private_base_goes_through_no_proxy(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with asked(kind, whole(b"<p>direct")) as (_, ask):
        assert ask().body == b"<p>direct"


@both
def test_netrc_is_not_read(kind: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password secret\n")
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    with asked(kind, whole(b"x")) as (raw, ask):
        ask()
    assert b"uthorization" not in raw.heard[0]


@both
def test_tls_refused_says_what_else_there_is(kind: str) -> None:
    listener = socket.create_server(("127.0.0.1", 0))

    def hang_up() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(1024)

    thread = threading.Thread(target=hang_up)
    thread.start()
    used = transport(kind)
    with pytest.raises(TlsRefused) as caught:
        used.send(Ask(f"https://127.0.0.1:{listener.getsockname()[1]}/", HEADERS, LIMIT))
    thread.join()
    listener.close()
    used.close()
    assert caught.value.site_down
    assert ("transport: curl" in str(caught.value)) == (kind == "requests")


@both
def test_plain_http_where_tls_is_expected(kind: str) -> None:
    listener = socket.create_server(("127.0.0.1", 0))

    def plain() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(1024)
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    thread = threading.Thread(target=plain)
    thread.start()
    used = transport(kind)
    with pytest.raises(TlsRefused):
        used.send(Ask(f"https://127.0.0.1:{listener.getsockname()[1]}/", HEADERS, LIMIT))
    thread.join()
    listener.close()
    used.close()


@both
@pytest.mark.parametrize("coding", ["zstd", "compress", "gzip, zstd", "gzip," * 5 + "gzip"])
def test_a_coding_that_was_not_asked_for_is_an_error(kind: str, coding: str) -> None:
    header = f"Content-Encoding: {coding}".encode()
    with asked(kind, whole(b"zzz", OK, header)) as (_, ask), pytest.raises(Malformed):
        ask()


@both
@pytest.mark.parametrize(
    "coding", ["aws-chunked", "utf-8", "none", "identity", "", " , ", "UTF-8,"]
)
def test_a_token_that_is_no_coding_is_passed_over(kind: str, coding: str) -> None:
    header = f"Content-Encoding: {coding}".encode()
    with asked(kind, whole(b"<p>hi", OK, header)) as (_, ask):
        assert ask().body == b"<p>hi"
    packed = gzip.compress(b"<p>hi")
    with asked(kind, whole(packed, OK, header, b"Content-Encoding: gzip")) as (_, ask):
        assert ask().body == b"<p>hi"


@pytest.mark.one_stands_for_all
@both
@pytest.mark.parametrize(
    ("coding", "pack"),
    [
        ("deflate, gzip", lambda data: gzip.compress(zlib.compress(data))),
        ("br,x-gzip , aws-chunked", lambda data: gzip.compress(brotli.compress(data))),
        ("gzip, gzip", lambda data: gzip.compress(gzip.compress(data))),
    ],
)
def test_codings_on_top_of_each_other(
    kind: str, coding: str, pack: Callable[[bytes], bytes]
) -> None:
    body = "".join(f"<p>한국어 {n * n}" for n in range(20_000)).encode()
    header = f"Content-Encoding: {coding}".encode()
    with asked(kind, whole(pack(body), OK, header)) as (_, ask):
        assert ask().body == body
    with asked(kind, whole(pack(body)[:-3], OK, header)) as (_, ask), pytest.raises(Truncated):
        ask()
    with asked(kind, whole(body, OK, header)) as (_, ask), pytest.raises(Malformed):
        ask()


@pytest.mark.slow
@both
def test_a_bomb_in_a_bomb_is_refused_before_it_unpacks(kind: str) -> None:
    """The inner stream grows without end and the body stays empty."""
    empty = gzip.compress(gzip.compress(b"") * 2_000_000)
    with (
        asked(kind, whole(empty, OK, b"Content-Encoding: gzip, gzip")) as (_, ask),
        pytest.raises(TooLarge),
    ):
        ask()


BROKEN = {
    "a chunk of negative size": OK + b"Transfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n0\r\n\r\n",
    "a chunk without a size": OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n",
    "no HTTP": b"\x00\xff\xfe\x1b[31m nothing\r\n\r\n",
    "a word for a status": b"HTTP/1.1 OK fine\r\n\r\n",
    "an odd digit": "HTTP/1.1 ²00 OK\r\n\r\n".encode("latin-1"),
    "a header of 200 KB": OK + b"X-A: " + b"a" * 200_000 + b"\r\nContent-Length: 1\r\n\r\nx",
    "5,000 headers": OK + b"X-A: b\r\n" * 5_001 + b"Content-Length: 1\r\n\r\nx",
}


@both
@pytest.mark.parametrize("data", BROKEN.values(), ids=BROKEN.keys())
def test_what_is_not_http_is_an_error_of_ours(kind: str, data: bytes) -> None:
    def say(connection: socket.socket) -> None:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)

    with asked(kind, say) as (_, ask), pytest.raises(FetchError) as caught:
        ask()
    assert not caught.value.site_down
    assert str(caught.value).isprintable()


LOCATIONS = ["http://[zz/", "http://" + "a" * 70 + ".b/", "http://x:99999999999/", "\x1b[31m", "//"]


@pytest.mark.one_stands_for_all
@both
@pytest.mark.parametrize("location", LOCATIONS)
def test_a_redirect_is_not_followed_nor_its_body_read_whole(kind: str, location: str) -> None:
    head = b"HTTP/1.1 302 Found\r\nLocation: " + location.encode() + b"\r\n"
    packer = zlib.compressobj(1, zlib.DEFLATED, 31)
    bomb = b"".join(packer.compress(b"0" * 1_000_000) for _ in range(50)) + packer.flush()
    with asked(kind, whole(bomb, head, b"Content-Encoding: gzip")) as (raw, ask):
        tracemalloc.start()
        try:
            answer = ask()
            assert tracemalloc.get_traced_memory()[1] < 8_000_000
        finally:
            tracemalloc.stop()
        assert answer.status == 302
        assert len(answer.body) == REST
        assert answer.header("location") is not None
    assert len(raw.heard) == 1


def test_curl_without_its_extra_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "pycurl", None)
    monkeypatch.delitem(sys.modules, "feedsvc.fetch.transport_curl", raising=False)
    with pytest.raises(ConfigError, match=r"pip install 'feedsvc\[curl\]'") as caught:
        import feedsvc.fetch.transport_curl  # noqa: F401  # the import is what is tested
    assert caught.value.exit_code == 2
    assert "\n" not in str(caught.value)


@both
def test_a_proxy_of_the_environment_resolves_the_name(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The proxy is at a private address and the site's name is unknown here: neither matters
    while the proxy is used, both do where ``NO_PROXY`` names the site."""
    host = f"{'n' * 64}.invalid"  # no resolver is asked for a label of that length

    def made() -> Transport:
        if kind == "curl":
            from feedsvc.fetch.transport_curl import CurlTransport

            return CurlTransport(f"http://{host}", timeout=30, allow_private=False)
        return RequestsTransport(f"http://{host}", timeout=30, allow_private=False)

    with Raw(whole(b"by way of the proxy")) as raw:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{raw.port}")
        used = made()
        ask = Ask(f"http://{host}/articles/1", HEADERS, LIMIT)
        assert used.send(ask).body == b"by way of the proxy"
        assert raw.heard[0].startswith(f"GET http://{host}/articles/1 ".encode())
        used.close()
        monkeypatch.setenv("no_proxy", host)
        used = made()
        with pytest.raises(NameNotFound):
            used.send(ask)
        used.close()
        assert len(raw.heard) == 1


@pytest.mark.parametrize("kind", ["requests", "curl"])
@pytest.mark.parametrize("value", ["한글", "고", "\x85\u2028끝", '"따옴표 안"'])
def test_a_cookie_of_any_bytes_passes_its_wall(
    kind: Literal["requests", "curl"], value: str
) -> None:
    """Header values are bytes: neither library nor we take some of them for white space."""
    transport(kind).close()
    cookie = f"seen={value}".encode()

    def say(connection: socket.socket) -> None:
        if b"Cookie: " + cookie + b"\r\n" in raw.heard[-1]:
            connection.sendall(OK + b"Content-Length: 14\r\n\r\n<p>a page</p>\r\n")
        else:
            connection.sendall(
                b"HTTP/1.1 302 Found\r\nLocation: /articles/1\r\nContent-Length: 0\r\n"
                b"Set-Cookie: " + cookie + b"; Path=/\r\n\r\n"
            )

    with Raw(say) as raw:
        base = f"http://127.0.0.1:{raw.port}"
        http = HttpConfig(transport=kind, delay=timedelta(0), robots=False)
        with Fetcher(
            Site.at(base), http, Memory(), clock=lambda: datetime.now(UTC), sleep=time.sleep
        ) as fetcher:
            page = fetcher.get(f"{base}/articles/1")
            assert isinstance(page, FetchedPage)
            assert page.body.startswith(b"<p>a page")
            assert fetcher.requests == 2
