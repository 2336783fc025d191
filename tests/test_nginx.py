"""The blocks for nginx in the documentation, in a real nginx, with what a real poll
published."""

from __future__ import annotations

import re
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urljoin

import pytest

from feedsvc.cli import execute
from feedsvc.config import load
from feedsvc.serve import Server
from feedsvc.serve.files import MEDIA_TYPES
from tests.needed import needed
from tests.poll.desk import NOW, piece
from tests.standin import StandIn

pytestmark = pytest.mark.slow

DOCUMENTED = (Path(__file__).parent.parent / "docs/running.md").read_text("utf-8")
PROXY, FILES = re.findall(r"```\n(location /dealsite/ \{\n.*?\n\})\n```", DOCUMENTED, re.DOTALL)

CONFIG = """
daemon off; master_process off; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ }}
http {{
    access_log off;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
    include /etc/nginx/mime.types;
    default_type application/octet-stream;
    server {{ listen 127.0.0.1:{port}; {block} }}
}}
"""


@pytest.fixture
def published(tmp_path: Path) -> Path:
    """A configuration's path; its feeds are published."""
    path = tmp_path / "config.yaml"
    with StandIn() as site:
        site.publish(piece(101, sections=("068000",)))
        path.write_text(
            f"site: {{base_url: '{site.base_url}'}}\n"
            "sections: [{name: industry, title: 산업, code: '068000'}]\n"
            "http: {delay: 0s, timeout: 20s}\n"
            "feeds: {base_url: 'https://news.example.org/dealsite/'}\n"
            "server: {port: 0}\n",
            "utf-8",
        )
        assert execute(["--config", str(path), "poll"]) == 0
    return path


@contextmanager
def nginx(folder: Path, block: str) -> Iterator[int]:
    """Its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    written = folder / "nginx.conf"
    written.write_text(CONFIG.format(folder=folder, port=port, block=block))
    command = [needed("nginx"), "-e", str(folder / "error.log"), "-c", str(written)]
    with subprocess.Popen(command) as process:
        try:
            for _ in range(1000):
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.05)
            yield port
        finally:
            process.terminate()


def get(port: int, path: str, **fields: str) -> tuple[int, dict[str, str], bytes]:
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", path, headers=fields)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, {key.lower(): value for key, value in answer.getheaders()}, body


def test_nginx_alone_sends_every_file_as_what_it_is(published: Path) -> None:
    public = published.parent / "public"
    block = FILES.replace("/var/lib/feedsvc/public/", f"{public}/")
    files = sorted(path for path in public.rglob("*") if path.is_file())
    assert {path.suffix for path in files} == {
        *(".rss", ".atom", ".json", ".opml", ".html", ".png", ".gz")
    }
    with nginx(published.parent, block) as port:
        for path in files:
            address = f"/dealsite/{path.relative_to(public).as_posix()}"
            status, fields, body = get(port, address)
            right = MEDIA_TYPES.get(path.suffix, "application/gzip").partition(";")[0]
            assert (status, fields["content-type"]) == (200, right), address
            assert body == path.read_bytes()
            copy = path.with_name(f"{path.name}.gz")
            if copy.exists():
                _, fields, body = get(port, address, **{"Accept-Encoding": "gzip"})
                assert fields["content-encoding"] == "gzip"
                assert (fields["content-type"], body) == (right, copy.read_bytes())
        assert get(port, "/dealsite/")[1]["content-type"] == "text/html"


@pytest.mark.parametrize("keeps", [True, False], ids=["path passed on", "path cut off"])
def test_behind_nginx_every_address_is_below_the_path(published: Path, keeps: bool) -> None:
    server = Server(load(published), now=lambda: NOW)
    server.start()
    block = PROXY.replace("http://127.0.0.1:8080", server.address + ("" if keeps else "/"))
    try:
        with nginx(published.parent, block) as port:
            for path in ("", "all.rss", "all.atom", "search?q=x", "status", "articles/101"):
                assert get(port, f"/dealsite/{path}")[0] == 200, path
            for path, right in (("status/", "status"), ("archive", "archive/")):
                status, fields, _ = get(port, f"/dealsite/{path}")
                seen = urljoin(f"https://news.example.org/dealsite/{path}", fields["location"])
                assert (status, seen) == (301, f"https://news.example.org/dealsite/{right}")
    finally:
        server.stop()
