"""A running server on loopback: start, stop, slow and broken connections."""

from __future__ import annotations

import gzip
import http.client
import os
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from feedsvc.errors import FeedsvcError
from feedsvc.serve import Server
from feedsvc.serve import server as module
from feedsvc.serve.connection import IDLE
from tests.serve.conftest import FEED, NOW, SECRET, settings


@pytest.fixture
def server(folder: Path) -> Iterator[Server]:
    made = Server(settings(folder), now=lambda: NOW)
    made.start()
    yield made
    made.stop()


def place(server: Server) -> tuple[str, int]:
    host, port = server.address.removeprefix("http://").rsplit(":", 1)
    return host, int(port)


def get(
    server: Server, path: str, method: str = "GET", **headers: str
) -> tuple[int, http.client.HTTPMessage, bytes]:
    connection = http.client.HTTPConnection(*place(server), timeout=30)
    try:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, headers=named)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()


def raw(server: Server, request: bytes) -> bytes:
    """What comes back until the server closes, or has nothing more to say."""
    with socket.create_connection(place(server), timeout=30) as connection:
        connection.sendall(request)
        received = b""
        while piece := connection.recv(65536):
            received += piece
        return received


def test_a_reader_polls_gets_gzip_and_then_304(server: Server) -> None:
    status, headers, body = get(server, "/all.rss", Accept_Encoding="gzip")
    assert status == 200
    assert headers["content-encoding"] == "gzip"
    assert gzip.decompress(body).decode() == FEED
    assert "server" not in headers
    status, again, body = get(
        server, "/all.rss", Accept_Encoding="gzip", If_None_Match=headers["etag"]
    )
    assert (status, body) == (304, b"")
    assert again["etag"] == headers["etag"]
    status, _, body = get(server, "/all.rss", If_Modified_Since=headers["last-modified"])
    assert (status, body) == (304, b"")


def test_head_has_the_length_of_get(server: Server) -> None:
    for path in ("/all.rss", "/", "/healthz", "/nothing"):
        whole, head = get(server, path), get(server, path, "HEAD")
        assert head[0] == whole[0]
        assert head[1]["content-length"] == str(len(whole[2]))
        assert head[2] == b""


def test_a_body_longer_than_a_chunk_arrives_whole(server: Server, folder: Path) -> None:
    for size in (65_535, 65_536, 65_537, 131_072, 1_000_001):
        content = os.urandom(size)
        (folder / "public" / "picture.png").write_bytes(content)
        assert get(server, "/picture.png")[2] == content


@pytest.mark.slow
def test_one_connection_takes_many_requests(server: Server) -> None:
    connection = http.client.HTTPConnection(*place(server), timeout=30)
    for path, status in (("/all.rss", 200), ("/nothing", 404), ("/", 200), ("/all.atom", 200)):
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == status
    connection.close()


BAD = [
    (b"GET /../secret.rss HTTP/1.1", b"404"),
    (b"GET /%2e%2e/secret.rss HTTP/1.1", b"404"),
    (b"GET /%252e%252e%252fsecret.rss HTTP/1.1", b"404"),
    (b"GET /..%5csecret.rss HTTP/1.1", b"404"),
    (b"GET /all.rss%00 HTTP/1.1", b"404"),
    (b"GET /%ff%fe HTTP/1.1", b"404"),
    (b"GET http://x/all.rss HTTP/1.1", b"200"),
    (b"GET /all.rss?%00=../.. HTTP/1.1", b"200"),
    (b"GET /" + b"a" * 2000 + b" HTTP/1.1", b"414"),
    (b"GET /" + b"a" * 200_000 + b" HTTP/1.1", b"414"),
    (b"GET /all.rss HTTP/1.1\r\nX: " + b"a" * 200_000, b"431"),
    (b"GET /all.rss HTTP/1.1\r\nX\x00: a", b"400"),
    (b"DELETE /all.rss HTTP/1.1", b"405"),
    (b"OPTIONS * HTTP/1.1", b"405"),
    (b"nonsense", b"400"),
    (b"\x16\x03\x01\x02\x00", b"400"),
    (b"GET /all.rss HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade", b"200"),
]


def test_bad_requests_on_the_wire(server: Server) -> None:
    tail = b"\r\nHost: x\r\nConnection: close\r\n\r\n"
    for request_line, status in BAD:
        received = raw(server, request_line + tail)
        assert received.startswith(b"HTTP/1.1 " + status), request_line
        assert b"secret outside" not in received
    assert get(server, "/all.rss")[0] == 200


def test_tokens_are_in_no_log(
    folder: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(0)
    server = Server(settings(folder, tokens=(SECRET,)), now=lambda: NOW)
    server.start()
    assert get(server, f"/all.rss?token={SECRET}")[0] == 200
    assert get(server, f"/nothing?token={SECRET}")[0] == 404
    assert get(server, "/all.rss", Authorization=f"Bearer {SECRET}")[0] == 200
    assert get(server, "/all.rss")[0] == 401
    raw(server, f"GET /?token={SECRET} nonsense\r\n\r\n".encode())
    server.stop()
    captured = capfd.readouterr()
    assert SECRET not in caplog.text + captured.out + captured.err


def test_a_port_in_use_is_one_line(server: Server, folder: Path) -> None:
    host, port = place(server)
    other = Server(settings(folder, host=host, port=port), now=lambda: NOW)
    with pytest.raises(FeedsvcError, match=rf"{port}: the port is in use; .*server\.port") as error:
        other.start()
    assert "\n" not in str(error.value)
    other.stop()


def test_an_address_of_another_machine_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    # 192.0.2.0/24 is for documentation (RFC 5737): no machine has it.
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.1", 0))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    with pytest.raises(FeedsvcError, match=r"server\.host"):
        module.bound("192.0.2.1", 0)


def test_stop_is_quick_with_connections_open_and_may_be_repeated(folder: Path) -> None:
    server = Server(settings(folder), now=lambda: NOW)
    server.start()
    with ExitStack() as open_ones:
        for request in (b"", b"GET /all.rss HT", b"GET /all.rss HTTP/1.1\r\nHost: x\r\n\r\n"):
            connection = open_ones.enter_context(socket.create_connection(place(server)))
            connection.sendall(request)
        before = time.monotonic()
        server.stop()
        assert time.monotonic() - before < IDLE
    server.stop()


def test_the_port_can_be_taken_again_at_once(folder: Path) -> None:
    first = Server(settings(folder), now=lambda: NOW)
    first.start()
    host, port = place(first)
    get(first, "/all.rss")
    first.stop()
    second = Server(settings(folder, host=host, port=port), now=lambda: NOW)
    second.start()
    assert get(second, "/all.rss")[0] == 200
    second.stop()


@pytest.mark.slow
def test_those_who_trickle_are_cut_off(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("feedsvc.serve.connection.IDLE", 0.2)
    monkeypatch.setattr("feedsvc.serve.connection.GRACE", 0.2)
    server = Server(settings(folder), now=lambda: NOW)
    server.start()
    with socket.create_connection(place(server), timeout=30) as connection:
        before = time.monotonic()
        with pytest.raises(ConnectionError):  # noqa: PT012 - it comes at some sending
            while time.monotonic() - before < IDLE:
                connection.sendall(b"G")
                time.sleep(0.05)
    server.stop()


@pytest.mark.slow
def test_those_who_never_read_are_cut_off(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("feedsvc.serve.connection.STUCK", 0.2)
    (folder / "public" / "picture.png").write_bytes(os.urandom(20_000_000))
    server = Server(settings(folder), now=lambda: NOW)
    server.start()
    taken = 0
    for pause in (1, 5, 20):  # of a busy machine
        with socket.create_connection(place(server), timeout=30) as connection:
            connection.sendall(b"GET /picture.png HTTP/1.1\r\nHost: x\r\n\r\n")
            time.sleep(pause)
            taken = 0
            with suppress(ConnectionError):
                while piece := connection.recv(1_000_000):
                    taken += len(piece)
                    if taken > 20_000_000:
                        break  # and the head
        if taken < 20_000_000:
            break
    assert taken < 20_000_000
    assert get(server, "/all.rss")[0] == 200
    server.stop()


def test_a_crowd_that_says_nothing_keeps_nobody_out(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (module.RESERVE + 20, 4096))
    said: list[str] = []
    server = Server(settings(folder), now=lambda: NOW, report=said.append)
    server.start()
    with ExitStack() as open_ones:
        for _ in range(60):
            open_ones.enter_context(socket.create_connection(place(server)))
        assert get(server, "/all.rss")[0] == 200
    server.stop()
    assert len(said) == 1
    assert "20 connections" in said[0]
    assert "ulimit -n" in said[0]


@pytest.mark.slow
@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_in_the_foreground_a_signal_ends_it_with_0_and_no_word(
    folder: Path, stop: signal.Signals
) -> None:
    program = f"""
import threading, time
from datetime import UTC, datetime
from pathlib import Path
from feedsvc.config import ArchiveConfig, Config, FeedsConfig, ServerConfig
from feedsvc.serve import Server
folder = Path({str(folder)!r})
config = Config(feeds=FeedsConfig(path=folder / "public"), server=ServerConfig(port=0),
                archive=ArchiveConfig(path=folder / "archive"))
server = Server(config, now=lambda: datetime.now(UTC))
def tell():
    while True:
        try:
            print(server.address, flush=True)
            return
        except (RuntimeError, AttributeError):
            time.sleep(0.01)
threading.Thread(target=tell).start()
server.run_forever()
"""
    with subprocess.Popen(
        [sys.executable, "-W", "error", "-X", "dev", "-c", program],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("http://127.0.0.1:")
        process.send_signal(stop)
        _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (0, "")
