"""Many clients at once on keep-alive connections.

In: a port and the bytes of a request.  Out: requests a second and the 95th percentile
of their times.  With wrk where it is installed: a client in C takes a small share of the
machine.  Else as plain as Python allows; then ratios come out nearer to one than they
are.
"""

from __future__ import annotations

import asyncio
import re
import shutil
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Load:
    """``rate`` is requests a second, ``p95`` milliseconds."""

    rate: float
    p95: float


class _Client(asyncio.Protocol):
    """Sends the request again as soon as the answer is whole, until the time is up."""

    def __init__(self, request: bytes, status: int, until: float, times: list[float]) -> None:
        self._request = request
        self._status = b"HTTP/1.1 %d " % status
        self._until = until
        self._times = times
        self._data = b""
        self._missing = -1
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._send()

    def _send(self) -> None:
        self._began = time.perf_counter()
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        if self._missing < 0:
            self._data += data
            end = self._data.find(b"\r\n\r\n")
            if end < 0:
                return
            if not self._data.startswith(self._status):
                self._fail(f"answered {self._data[:60]!r}")
                return
            length = _LENGTH.search(self._data, 0, end + 2)
            body = len(self._data) - end - 4
            known = 0 if self._status == b"HTTP/1.1 304 " else int(length[1]) if length else -1
            if known < 0:
                self._fail("answered without a length")
                return
            self._missing = known - body
        else:
            self._missing -= len(data)
        if self._missing > 0:
            return
        now = time.perf_counter()
        self._times.append(now - self._began)
        self._data, self._missing = b"", -1
        if now < self._until:
            self._send()
        else:
            self.done.set_result(None)
            self._transport.close()

    def _fail(self, why: str) -> None:
        if not self.done.done():
            self.done.set_exception(RuntimeError(f"the server {why}"))
        self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail(f"closed the connection: {exc}")


WRK = shutil.which("wrk")

_REPORT = """
done = function(summary, latency, requests)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.timeout
  print(string.format("told %d %d %d %d", summary.requests, summary.duration,
    latency:percentile(95), failed + errors.status))
end
"""
"""What wrk says at its end, times in microseconds: by itself it tells no 95th percentile."""


def load(port: int, request: bytes, status: int, *, clients: int, seconds: float) -> Load:
    """Raises ``RuntimeError`` for an answer of another status, or none."""
    make = _load_by_wrk if WRK else _load_by_python
    return make(port, request, status, clients=clients, seconds=seconds)


def _load_by_wrk(port: int, request: bytes, status: int, *, clients: int, seconds: float) -> Load:
    # wrk tells 304 from 200 as little as its reader could: ask once, and look.
    with socket.create_connection(("127.0.0.1", port), 10) as probe:
        probe.sendall(request)
        answer = probe.recv(4096)
    if not answer.startswith(b"HTTP/1.1 %d " % status):
        raise RuntimeError(f"the server answered {answer[:60]!r}")
    first, *fields = request.decode("ascii").strip().split("\r\n")
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "report.lua"
        script.write_text(_REPORT)
        command = [WRK or "wrk", "-t1", f"-c{clients}", f"-d{max(1, round(seconds))}s"]
        command += ["-s", str(script), *(f"-H{field}" for field in fields)]
        command.append(f"http://127.0.0.1:{port}{first.split()[1]}")
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    told = re.search(r"^told (\d+) (\d+) (\d+) (\d+)$", done.stdout, re.MULTILINE)
    if told is None:
        raise RuntimeError(f"wrk said nothing: {done.stdout}{done.stderr}")
    requests, took, p95, failed = map(int, told.groups())
    if failed or not requests:
        raise RuntimeError(f"{failed} of {requests} requests failed")
    return Load(requests / took * 1e6, p95 / 1000)


def _load_by_python(
    port: int, request: bytes, status: int, *, clients: int, seconds: float
) -> Load:

    async def run() -> tuple[list[float], float]:
        loop = asyncio.get_running_loop()
        times: list[float] = []
        began = time.perf_counter()
        made = [
            await loop.create_connection(
                lambda: _Client(request, status, began + seconds, times), "127.0.0.1", port
            )
            for _ in range(clients)
        ]
        await asyncio.gather(*(client.done for _, client in made))
        return times, time.perf_counter() - began

    times, took = asyncio.run(run())
    return Load(len(times) / took, sorted(times)[int(len(times) * 0.95)] * 1000)
