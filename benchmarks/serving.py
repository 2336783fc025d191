"""``feedsvc serve`` beside nginx (where it is installed) and ``python -m http.server``,
serving the same files; then its memory, and what slow and broken connections do to it.

Three requests, each on 64 keep-alive connections: the feed that has not changed (304),
the feed compressed, and the index page.  http.server compresses nothing: it sends
the feed plain, and so do nginx and feedsvc beside it where it is compared.

Then the processor time of each page in an archive of 1,000 records and in one of 100,000,
or of 1,000,000 (``--million``: some 20 GB on the disk); ``--pages`` measures nothing else.
With ``--folder`` the archives stay there, and are used again by the next run.
``--beside CHECKOUT`` (``git worktree add --detach PATH COMMIT``) holds newspaper and
article against the reading page of that commit, with the packages that are installed here.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import os
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.measure import Pairs, at_most, in_turns, line, machine
from benchmarks.measure.load import WRK, load
from benchmarks.measure.pages import Stand, measure_pages
from benchmarks.measure.standin import standin_apart
from benchmarks.polling import polled, written_config
from feedsvc import config as configuration

CLIENTS = 64
NGINX = """\
daemon off; master_process off; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 4096; }}
http {{
  types {{ application/rss+xml rss; application/atom+xml atom; text/html html; }}
  access_log off; sendfile on; keepalive_requests 1000000;
  gzip_static on; gzip_vary on;
  client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c;
  uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
  server {{ listen 127.0.0.1:{port}; root {public}; }}
}}
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def started(command: Sequence[str], port: int, where: Path) -> Iterator[int]:
    """A server in a process of its own, once it answers; gives the process's id."""
    process = subprocess.Popen(
        command, cwd=where, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        for _ in range(200):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            if process.poll() is not None:
                raise RuntimeError(f"{command[0]} ended with {process.returncode}")
            time.sleep(0.05)
        yield process.pid
    finally:
        process.terminate()
        process.wait(10)


def request(path: str, *fields: str) -> bytes:
    lines = (f"GET {path} HTTP/1.1", "Host: 127.0.0.1", *fields)
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def unchanged(port: int) -> bytes:
    """The request of a reader that has the feed: with the validators it was given."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", "/all.rss", headers={"Accept-Encoding": "gzip"})
    answer = connection.getresponse()
    answer.read()
    fields = ["Accept-Encoding: gzip"]
    if answer.headers["ETag"]:
        fields.append(f"If-None-Match: {answer.headers['ETag']}")
    fields.append(f"If-Modified-Since: {answer.headers['Last-Modified']}")
    connection.close()
    return request("/all.rss", *fields)


def compare(
    ours: int, other: int, name: str, rounds: int, seconds: float, *, packed: bool, aim: bool
) -> None:
    gzip = ("Accept-Encoding: gzip",) if packed else ()
    cases = (
        ("304", unchanged, 304),
        ("200, gzip" if packed else "200, plain", lambda port: request("/all.rss", *gzip), 200),
        ("index", lambda port: request("/"), 200),
    )
    print(f"beside {name}")
    for label, make, status in cases:
        slow: dict[int, list[float]] = {ours: [], other: []}

        def rate(
            port: int,
            asked: dict[int, bytes] = {one: make(one) for one in (ours, other)},  # noqa: B006, B008  # bound once a case, not changed
            status: int = status,
            slow: dict[int, list[float]] = slow,
        ) -> float:
            found = load(port, asked[port], status, clients=CLIENTS, seconds=seconds)
            slow[port].append(found.p95)
            return found.rate

        pairs = in_turns(lambda: rate(other), lambda: rate(ours), rounds)  # called at once
        waits = Pairs(tuple(slow[other][1:]), tuple(slow[ours][1:]))
        line(f"{label}: feedsvc", pairs.seconds, " /s")
        line(f"{label}: {name}", pairs.firsts, " /s")
        wanted = at_most(3, " x") if aim and label == "304" else None
        line(f"{label}: {name} beside feedsvc", pairs.ratios, " x", wanted)
        line(f"{label}: feedsvc, 95th percentile", waits.seconds, " ms")
        line(f"{label}: {name}, 95th percentile", waits.firsts, " ms")


def memory_of(process: int) -> float:
    """Peak resident memory, MB of 1,000,000 bytes."""
    told = Path(f"/proc/{process}/status").read_text()
    (peak,) = (one.split()[1] for one in told.splitlines() if one.startswith("VmHWM"))
    return int(peak) * 1024 / 1e6


def besiege(port: int, count: int, at_once: int) -> Iterator[float]:
    """Open ``count`` connections in waves, each left in another unfinished state, and
    give the milliseconds that an honest request takes during each wave."""
    states = (b"", b"GET /all.rss HT", b"\x16\x03\x01\x02\x00nonsense", request("/all.rss") * 50)
    for start in range(0, count, at_once):
        held = []
        for number in range(start, min(start + at_once, count)):
            with contextlib.suppress(OSError):
                one = socket.create_connection(("127.0.0.1", port), 5)
                held.append(one)
                one.setblocking(False)
                one.send(states[number % len(states)])
        began = time.perf_counter()
        asked = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        asked.request("GET", "/all.rss", headers={"Accept-Encoding": "gzip"})
        if asked.getresponse().status != 200:
            raise RuntimeError("an honest request was refused")
        yield (time.perf_counter() - began) * 1000
        asked.close()
        for one in held:
            one.close()


def main(arguments: Sequence[str] | None = None) -> None:
    options = argparse.ArgumentParser(prog="benchmarks.serving", description=__doc__)
    options.add_argument("--rounds", type=int, default=5, help="pairs measured (default: 5)")
    options.add_argument("--seconds", type=float, default=1.0, help="of load each (default: 1)")
    options.add_argument("--slow", type=int, default=10_000, help="slow connections in all")
    options.add_argument("--pages", action="store_true", help="only the pages' processor time")
    options.add_argument("--million", action="store_true", help="1,000,000 records, not 100,000")
    options.add_argument("--sizes", default="1000,100000", help="default: 1000,100000")
    options.add_argument("--answers", type=int, default=3, help="of a page a round (default: 3)")
    options.add_argument("--folder", type=Path, help="where the generated archives stay")
    said = "whose reading page newspaper and article are held against"
    options.add_argument("--beside", type=Path, metavar="CHECKOUT", help=said)
    chosen = options.parse_args(arguments)
    if not chosen.pages:
        measure_server(chosen)
    else:
        machine()
    sizes = [int(size) for size in chosen.sizes.split(",")]
    if chosen.million:
        sizes = [1000, 1_000_000]
    with tempfile.TemporaryDirectory(prefix="feedsvc-bench-") as name:
        folder = chosen.folder or Path(name)
        stands = [Stand(folder / f"archive-{size}", size) for size in sizes]
        measure_pages(stands[0], stands[-1], chosen.rounds, chosen.answers, chosen.beside)


def measure_server(chosen: argparse.Namespace) -> None:
    """Beside nginx and http.server, under load and besieged."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    machine()
    with tempfile.TemporaryDirectory(prefix="feedsvc-bench-") as name, contextlib.ExitStack() as on:
        folder = Path(name)
        with standin_apart() as site:
            path = written_config(site, folder)
            polled(configuration.load(path))
        port, plain, nginx = free_port(), free_port(), free_port()
        with path.open("a", encoding="utf-8") as stream:
            stream.write(f"server: {{port: {port}}}\n")
        public = configuration.load(path).feeds.path
        serve = [sys.executable, "-m", "feedsvc", "serve", "--config", str(path)]
        process = on.enter_context(started(serve, port, Path.cwd()))
        quiet = memory_of(process)
        size = (public / "all.rss").stat().st_size
        print(f"all.rss has {size:,} bytes; {CLIENTS} connections, {chosen.seconds:g} s each")
        print(f"load by {'wrk' if WRK else 'a client in Python'}")
        http_server = [sys.executable, "-m", "http.server", "--protocol", "HTTP/1.1"]
        http_server += ["--bind", "127.0.0.1", str(plain)]
        on.enter_context(started(http_server, plain, public))
        compare(port, plain, "http.server", chosen.rounds, chosen.seconds, packed=False, aim=False)
        if shutil.which("nginx"):
            written = folder / "nginx.conf"
            written.write_text(NGINX.format(folder=folder, port=nginx, public=public))
            command = ["nginx", "-e", str(folder / "error.log"), "-c", str(written)]
            on.enter_context(started(command, nginx, folder))
            compare(port, nginx, "nginx", chosen.rounds, chosen.seconds, packed=True, aim=True)
        else:
            print("nginx is not installed: left out")
        print("feedsvc alone")
        waits = in_turns(
            lambda: load(
                port, request("/all.rss", "Accept-Encoding: gzip"), 200,
                clients=CLIENTS, seconds=chosen.seconds,
            ).p95,
            lambda: 1.0,
            1,
        ).firsts  # fmt: skip
        line("95th percentile, gzip 200", waits, " ms")
        line("memory, just started", Pairs((quiet,), (1,)).firsts, " MB")
        loaded = memory_of(process)
        line("peak memory under load", Pairs((loaded,), (1,)).firsts, " MB")
        honest = tuple(besiege(port, chosen.slow, min(2000, most // 2)))
        print(f"{chosen.slow:,} slow or broken connections")
        line("an honest request meanwhile", Pairs(honest, honest).firsts, " ms")
        print(f"  {len(honest)} honest requests, all answered")
        os.kill(process, 0)  # raises where it fell over
        after = memory_of(process)
        line("peak memory", Pairs((after,), (1,)).firsts, " MB")


if __name__ == "__main__":
    main()
