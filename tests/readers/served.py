"""The demo's site, polled, and its feeds served on loopback.

In: a folder, a time.  Out: real documents at real addresses; site, polls and server
are the program's own, only the clock is handed in.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Self

from feedsvc import config as configuration
from feedsvc.cli.demo import CONFIG
from feedsvc.config import Config
from feedsvc.poll import publish
from feedsvc.serve import Server
from tests.poll.desk import NOW, Desk
from tests.standin import StandIn, sample_articles


class Served(Desk):
    """The demo on a desk: poll it, serve it, edit its site."""

    port = 0
    public_at: str | None = None
    """What ``feeds.base_url`` is where that is not the server's own address."""
    _server: Server | None = None

    @property
    def config(self) -> Config:
        path = self.folder / "config.yaml"
        text = CONFIG.format(site=self.site.base_url, port=self.port, more="")
        path.write_text(text, encoding="utf-8")
        config = configuration.load(path)
        if self.public_at is None:
            return config
        feeds = config.feeds.model_copy(update={"base_url": self.public_at})
        return config.model_copy(update={"feeds": feeds})

    @property
    def root(self) -> str:
        """Where the feeds are, for readers; ends in a slash."""
        return self.config.feeds.base_url

    def rebuild(self) -> None:
        """What ``feedsvc rebuild`` does."""
        archive = self.archive()
        with archive.writing(self.now):
            archive.reindex()
            publish(self.config, archive, self.now, None)
        archive.close()

    def move(self) -> None:
        """Serve on another port from now on, and publish its address."""
        self.stop()
        self.port = free_port()
        self.start()
        self.rebuild()

    def start(self) -> None:
        self._server = Server(self.config, now=self.clock)
        self._server.start()

    def stop(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            server.stop()

    def __enter__(self) -> Self:
        self.port = free_port()
        self.poll()
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


@contextmanager
def served(folder: Path, kind: type[Served] = Served) -> Iterator[Served]:
    """The demo's articles as they are at ``NOW``, polled once and served."""
    with StandIn() as site:
        desk = kind(site, folder, NOW)
        site.now = desk.clock
        for article in sample_articles(NOW):
            site.publish(article)
        desk.later(minutes=1)
        with desk:
            yield desk


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@contextmanager
def proxy(prefix: str, port: int) -> Iterator[str]:
    """A reverse proxy under another host name: ``/prefix/`` is the server's root.  Gives
    the public address, ending in a slash."""

    class Forward(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.removeprefix(f"/{prefix}")
            if path == self.path:
                self.send_error(404)
                return
            connection = HTTPConnection("127.0.0.1", port, timeout=60)
            # Host is passed on, as a proxy for several names would.
            connection.request("GET", path, headers=dict(self.headers))
            answer = connection.getresponse()
            body = answer.read()
            self.send_response_only(answer.status)
            for name, value in answer.getheaders():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)
            connection.close()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Forward)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://localhost:{server.server_port}/{prefix}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
