"""A front end on loopback that knows clients by their TLS handshake.

In: what answers requests, and what is done with whom.  The ClientHello is read off the
raw socket before any TLS is spoken (RFC 8446, 4.1.2), as such a firewall does.
"""

from __future__ import annotations

import datetime
import ipaddress
import socket
import ssl
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from urllib3.util.ssl_ import create_urllib3_context

from feedsvc.demo.server import packed
from tests.fetch.loopback import Loopback, request_of
from tests.standin import Answer, Headers

HANDSHAKE_FAILURE = bytes.fromhex("15 03 03 00 02 02 28")
"""A fatal alert, RFC 8446, 6."""

_OF_THE_SITE = (0, 16, 21, 41)
"""server_name, ALPN, padding, pre_shared_key."""

Treatment = Literal["serve", "alert", "reset", "close", "reset-answer", "silence", "firewall"]


@dataclass(frozen=True, slots=True)
class Hello:
    """What tells one client's handshake from another's: much as JA3 has it, the cipher
    suites and the kinds of extensions in their order, but those that depend on the site."""

    ciphers: tuple[int, ...]
    extensions: tuple[int, ...]

    @classmethod
    def read(cls, record: bytes) -> Hello:
        """From a TLS record that holds a whole ClientHello."""
        assert record[0] == 22
        assert record[5] == 1
        place = 9 + 2 + 32  # headers, version, random
        place += 1 + record[place]  # session id
        (size,) = struct.unpack_from(">H", record, place)
        ciphers = struct.unpack_from(f">{size // 2}H", record, place + 2)
        place += 2 + size
        place += 1 + record[place]  # compression
        (size,) = struct.unpack_from(">H", record, place)
        place, end = place + 2, place + 2 + size
        kinds = []
        while place < end:
            kind, length = struct.unpack_from(">HH", record, place)
            if kind not in _OF_THE_SITE:
                kinds.append(kind)
            place += 4 + length
        return cls(ciphers, tuple(kinds))


def pythons() -> Hello:
    """The handshake that urllib3, below requests, begins."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    context = create_urllib3_context()
    started = context.wrap_bio(incoming, outgoing, server_hostname="127.0.0.1")
    try:
        started.do_handshake()
    except ssl.SSLWantReadError:
        return Hello.read(outgoing.read())
    raise AssertionError


def certificate(folder: Path) -> Path:
    """A key and a certificate of its own for 127.0.0.1, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "loopback")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "loopback.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


class FrontEnd(Loopback):
    """``python`` and ``others`` are what becomes of Python's clients and of all others;
    both may change at any time.  ``hellos`` are the handshakes that were begun, ``agents``
    the user agents of the requests that came through, by whom they came."""

    def __init__(self, pem: Path, respond: Callable[[str, str, Headers], Answer]) -> None:
        super().__init__()
        self.python: Treatment = "serve"
        self.others: Treatment = "serve"
        self.hellos: list[Literal["python", "other"]] = []
        self.agents: list[tuple[str, str]] = []
        self._respond = respond
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(pem)
        self._known = pythons()

    @property
    def base_url(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    def serve(self, connection: socket.socket) -> None:
        head = connection.recv(5, socket.MSG_PEEK | socket.MSG_WAITALL)
        (size,) = struct.unpack(">H", head[3:5])
        record = connection.recv(5 + size, socket.MSG_PEEK | socket.MSG_WAITALL)
        known = Hello.read(record) == self._known
        self.hellos.append("python" if known else "other")
        treatment = self.python if known else self.others
        if treatment == "alert":
            connection.recv(len(record))
            connection.sendall(HANDSHAKE_FAILURE)
        elif treatment == "reset":
            _reset(connection)
        elif treatment == "silence":
            self.stopping.wait(20)
        elif treatment != "close":
            with self._context.wrap_socket(connection, server_side=True) as secure:
                self.opened.append(secure)
                self._serve(secure, treatment, "python" if known else "other")

    def _serve(self, secure: ssl.SSLSocket, treatment: Treatment, who: str) -> None:
        while request := request_of(secure):
            if treatment == "reset-answer":
                _reset(secure)
                return
            line, *rest = request.decode("latin-1").split("\r\n")
            method, target, _ = line.split(" ")
            headers = tuple(
                (key, value.strip())
                for key, _, value in (one.partition(":") for one in rest)
                if key
            )
            self.agents.append((who, dict(headers)["User-Agent"]))
            answer = self._respond(method, target, headers)
            if treatment == "firewall":
                body = b"<html><title>Access Denied</title><h1>Access denied</h1></html>"
                answer = Answer(403, "Forbidden", (("Content-Type", "text/html"),), body)
            lines = [f"HTTP/1.1 {answer.status} {answer.reason}"]
            lines += [f"{key}: {value}" for key, value in answer.headers if key != "Content-Length"]
            body = packed(answer.body)
            lines += ["Content-Encoding: gzip", f"Content-Length: {len(body)}", "", ""]
            secure.sendall("\r\n".join(lines).encode() + body)


def _reset(connection: socket.socket) -> None:
    # Linger of zero turns the close into a reset (socket(7), SO_LINGER).
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()
