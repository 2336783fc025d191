"""The hub is told of what changed, later if not now, and never stops a poll."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlencode
from urllib.request import urlopen
from xml.etree import ElementTree

from feedsvc.config import FeedsConfig
from feedsvc.feeds import tell_hub, topics
from tests.feeds.conftest import Desk, make_record

BASE = "http://127.0.0.1:8080/"


@contextmanager
def hub(
    told: list[dict[str, list[str]]], status: int = 202, *, port: int = 0, location: str = ""
) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            told.append(parse_qs(body.decode()))
            self.send_response(status)
            if location:
                self.send_header("Location", location)
            self.end_headers()

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", port), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def post(address: str, form: tuple[tuple[str, str], ...]) -> None:
    with urlopen(address, urlencode(form).encode(), timeout=30):
        pass


def test_the_hub_hears_of_the_feeds_that_changed(desk: Desk) -> None:
    told: list[dict[str, list[str]]] = []
    with hub(told) as address:
        desk.settings |= {"hub": address, "formats": ("atom", "json")}
        desk.publish()
        record = make_record(1)
        desk.shelf.put(record)
        done = desk.publish(changed=[record])
        feeds = FeedsConfig(path=desk.path, **desk.settings)
        assert tell_hub(feeds, "\n".join(topics(done.paths, feeds)), post) == ""
        # What is told is what the documents call themselves.
        root = ElementTree.fromstring(desk.read("industry.atom"))
        links = {one.get("rel"): one.get("href") for one in root.iterfind("{*}link")}
    assert links["hub"] == address
    names = {f"{name}.{suffix}" for name in ("all", "industry", "everything")
             for suffix in ("atom", "json")}  # fmt: skip
    assert {one["hub.url"][0] for one in told} == {BASE + name for name in names}
    assert links["self"] in {one["hub.url"][0] for one in told}
    assert all(one["hub.mode"] == ["publish"] for one in told)


def test_what_could_not_be_told_waits(tmp_path: Path) -> None:
    told: list[dict[str, list[str]]] = []
    paths = (tmp_path / "all.rss", tmp_path / "all.atom", tmp_path / "archive/all/2026-03.atom")
    with hub(told, status=503) as address:
        feeds = FeedsConfig(path=tmp_path, hub=address)
        due = topics((*paths, tmp_path / "index.html"), feeds)
        waiting = tell_hub(feeds, "\n".join(due), post)
    assert waiting.split() == [f"{BASE}all.rss", f"{BASE}all.atom"]
    assert len(told) == 1  # the first failure ends the round
    # The hub is gone altogether, and something else has changed.
    waiting = tell_hub(feeds, f"{waiting}\n{BASE}mna.rss", post)
    assert waiting.split() == [f"{BASE}all.rss", f"{BASE}all.atom", f"{BASE}mna.rss"]
    told.clear()
    with hub(told) as address:
        feeds = FeedsConfig(path=tmp_path, hub=address)
        assert tell_hub(feeds, waiting, post) == ""
    assert [one["hub.url"][0] for one in told] == waiting.split()


def test_without_a_hub_nothing_waits(tmp_path: Path) -> None:
    feeds = FeedsConfig(path=tmp_path)
    assert tell_hub(feeds, f"{BASE}all.rss", post) == ""
