"""The site of the kept archive, as it answered when that was made: recorded pages on loopback.

In: ``site.json``, target to answer, for guests and for the reader's own session.  Out: a
server on the port that the archive's addresses name.  Nothing is rendered here: a change
of the stand-in must not look like an edit of every article.
"""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

PORT = 18917
"""Below the ports that systems hand out by themselves."""

COOKIE = "session=of-the-reader"

Answers = dict[str, tuple[int, str, bytes]]
"""Status, media type and body by target; a member's begin with ``member ``."""


class Recorded:
    """What the site answers: ``answers`` may change at any time; ``now`` is its clock."""

    def __init__(self, answers: Answers, now: datetime) -> None:
        self.answers = answers
        self.now = now
        self.asked: list[str] = []

    def respond(self, target: str, cookie: str) -> tuple[int, str, bytes]:
        parts = target.split("/")
        if parts[1] == "articles" and len(parts) == 4:  # with the section that linked it
            target = "/".join(parts[:3])
        self.asked.append(target)
        found = self.answers.get(f"member {target}") if COOKIE in cookie else None
        return found or self.answers.get(target) or (404, "text/html; charset=utf-8", b"none")


@contextmanager
def serving(site: Recorded) -> Iterator[None]:
    """Serve on :data:`PORT`.  Raises ``OSError`` where that is taken."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            status, kind, body = site.respond(self.path, self.headers.get("Cookie") or "")
            self.send_response_only(status)
            self.send_header("Date", format_datetime(site.now.astimezone(UTC), usegmt=True))
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", PORT), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def load(path: Path) -> dict[str, Answers]:
    """The answers of each time that was recorded (``now``, ``later``)."""
    told = json.loads(path.read_text("utf-8"))
    return {
        when: {
            target: (status, kind, base64.b64decode(body) if packed else body.encode())
            for target, (status, kind, packed, body) in answers.items()
        }
        for when, answers in told.items()
    }


def dump(path: Path, recorded: dict[str, Answers]) -> None:
    told = {
        when: {target: _told(*answer) for target, answer in sorted(answers.items())}
        for when, answers in recorded.items()
    }
    path.write_text(json.dumps(told, ensure_ascii=False, indent=0), "utf-8")


def _told(status: int, kind: str, body: bytes) -> list[object]:
    if kind.startswith("text/"):
        return [status, kind, False, body.decode()]
    return [status, kind, True, base64.b64encode(body).decode()]
