"""Targets on this machine: a webhook, a mail server, a command; each keeps what it got."""

from __future__ import annotations

import email
import email.policy
import json
import socketserver
import sys
import textwrap
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from feedsvc.config import NoticeConfig

SECRET = "geheimnis8472"
"""Stands in every address and command here; nowhere else may it stand."""


class Webhook(ThreadingHTTPServer):
    """Answers ``status`` to every message, or, where that is 0, nothing for as long as it
    runs."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Hook)
        self.status = 200
        self.messages: list[dict[str, Any]] = []
        self.closing = threading.Event()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Whoever hangs up was killed by a test."""

    @property
    def address(self) -> str:
        return f"json://user:{SECRET}@127.0.0.1:{self.server_port}/{SECRET}"

    @property
    def text(self) -> str:
        """All that came, one text after the other."""
        return "\n\n".join(one["message"] for one in self.messages)


class _Hook(BaseHTTPRequestHandler):
    server: Webhook

    def do_POST(self) -> None:
        data = self.rfile.read(int(self.headers["Content-Length"]))
        if self.server.status == 0:
            self.server.closing.wait(30)
            return
        if self.server.status == 200:
            self.server.messages.append(json.loads(data))
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


class Mail(socketserver.ThreadingTCPServer):
    """A mail server that takes everything (RFC 5321, as far as it is asked here)."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Session)
        self.mails: list[EmailMessage] = []

    @property
    def address(self) -> str:
        port = self.server_address[1]
        return f"mailto://127.0.0.1:{port}?from={SECRET}@example.org&to=desk@example.org"


class _Session(socketserver.StreamRequestHandler):
    server: Mail

    def handle(self) -> None:
        self._say("220 here")
        for raw in self.rfile:
            word = raw.split()[0].upper() if raw.split() else b""
            if word == b"DATA":
                self._say("354 go on")
                lines = list(iter(self.rfile.readline, b".\r\n"))
                mail = email.message_from_bytes(b"".join(lines), policy=email.policy.default)
                assert isinstance(mail, EmailMessage)
                self.server.mails.append(mail)
            self._say("221 bye" if word == b"QUIT" else "250 ok")
            if word == b"QUIT":
                return

    def _say(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")


@contextmanager
def served(server: Webhook | Mail) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield
    finally:
        if isinstance(server, Webhook):
            server.closing.set()
        server.shutdown()
        thread.join()
        server.server_close()


class Command:
    """A command that writes each record that it gets, and the event, to a file."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self.folder = folder
        self.got = folder / "got.jsonl"
        self.does("")

    def does(self, more: str) -> None:
        """From now on it does this besides: Python, with the record as JSON in ``line``; what
        this needs it imports itself, for every module costs each test its time."""
        program = """
            import os, sys
            line = sys.stdin.readline()
            assert line.endswith("\\n")  # who was to write it is alive
            assert sys.stdin.read() == ""
            """
        keeps = f"""
            with open({str(self.got)!r}, "a") as stream:
                stream.write('["%s", %s]\\n' % (os.environ["FEEDSVC_EVENT"], line.strip()))
            """
        text = textwrap.dedent(program) + textwrap.dedent(more) + textwrap.dedent(keeps)
        (self.folder / "told.py").write_text(text, "utf-8")

    @property
    def run(self) -> tuple[str, ...]:
        return (sys.executable, "-S", str(self.folder / "told.py"), SECRET)

    @property
    def told(self) -> list[tuple[str, dict[str, Any]]]:
        if not self.got.exists():
            return []
        return [tuple(json.loads(line)) for line in self.got.read_text("utf-8").splitlines()]

    @property
    def ids(self) -> list[int]:
        return [record["id"] for _, record in self.told]


def notice(feed: str = "all", **values: Any) -> NoticeConfig:
    return NoticeConfig(feed=feed, **values)
