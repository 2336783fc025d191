"""The transport on curl: its own TLS handshake, our own user agent.

Dealsite's front end has been seen to refuse the handshake of Python's clients and
to take curl's.  No browser is imitated.  The only module that knows pycurl.
"""

from __future__ import annotations

import re
import socket
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from feedsvc.errors import ConfigError, FetchError
from feedsvc.fetch import failures
from feedsvc.fetch.address import is_private
from feedsvc.fetch.transport import (
    DEADLINE_FACTOR,
    Answer,
    Ask,
    BodyCollector,
    ca_bundle,
    collecting,
)

try:
    import pycurl  # type: ignore[import-untyped, import-not-found, unused-ignore]  # not on Windows
except ImportError as error:
    raise ConfigError(
        "curl is configured and pycurl is not installed",
        about="http.transport",
        advice="install it (pip install 'feedsvc[curl]'): the site may take curl's handshake",
    ) from error


# Not Python's white space: a byte of a Korean cookie may look like that.
_SPACE = " \t\r\n"
_CHUNK = re.compile(r"chunk|hexadecimal", re.IGNORECASE)


class CurlTransport:
    """See :class:`~feedsvc.fetch.transport.Transport`; ``timeout`` in seconds."""

    def __init__(self, base_url: str, *, timeout: float, allow_private: bool) -> None:
        self._timeout = timeout
        parts = urlsplit(base_url)
        proxied = not allow_private and not proxy_bypass(parts.hostname or "")
        self._proxy = getproxies().get(parts.scheme, "") if proxied else ""
        # Behind a proxy the proxy resolves the name, and is itself often at a private address.
        self._allow_private = allow_private or bool(self._proxy)
        self._trusted = Path(ca_bundle())
        self._curl = pycurl.Curl()

    def send(self, ask: Ask) -> Answer:
        try:
            return self._exchange(ask)
        except ValueError as error:  # an address or a header that curl does not take
            raise failures.malformed(ask.url, str(error)) from error

    def _exchange(self, ask: Ask) -> Answer:
        hop = _Hop(ask, allow_private=self._allow_private)
        curl = self._curl
        curl.reset()  # options only: the connection stays open
        curl.setopt(pycurl.URL, ask.url)
        curl.setopt(pycurl.PROTOCOLS, pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS)
        curl.setopt(pycurl.FOLLOWLOCATION, 0)
        curl.setopt(pycurl.NOSIGNAL, 1)
        curl.setopt(pycurl.CAPATH if self._trusted.is_dir() else pycurl.CAINFO, str(self._trusted))
        # Empty, not unset: curl would ask the environment again by itself.
        curl.setopt(pycurl.PROXY, self._proxy)
        # A header named without a value keeps curl from adding its own.
        given = {key.lower() for key, _ in ask.headers}
        lines = [f"{key}: {value}" for key, value in ask.headers]
        lines += [f"{key}:" for key in ("Accept", "User-Agent") if key.lower() not in given]
        curl.setopt(pycurl.HTTPHEADER, [line.encode("latin-1") for line in lines])
        curl.setopt(pycurl.CONNECTTIMEOUT_MS, int(self._timeout * 1000))
        curl.setopt(pycurl.TIMEOUT_MS, int(self._timeout * DEADLINE_FACTOR * 1000))
        curl.setopt(pycurl.LOW_SPEED_LIMIT, 1)
        curl.setopt(pycurl.LOW_SPEED_TIME, max(1, round(self._timeout)))
        curl.setopt(pycurl.HEADERFUNCTION, hop.header)
        curl.setopt(pycurl.WRITEFUNCTION, hop.write)
        if not self._allow_private:
            curl.setopt(pycurl.OPENSOCKETFUNCTION, hop.open_socket)
        try:
            curl.perform()
        except pycurl.error as error:
            if hop.trouble is not None:
                raise hop.trouble from error
            if not hop.enough:
                raise self._translated(ask.url, hop, error) from error
        finally:
            hop.close()
        if hop.trouble is not None:
            raise hop.trouble
        return hop.answer()

    def close(self) -> None:
        self._curl.close()

    def _translated(self, url: str, hop: _Hop, error: Exception) -> FetchError:
        code, said = error.args[0], str(error.args[1])
        match code:
            case pycurl.E_COULDNT_RESOLVE_HOST | pycurl.E_COULDNT_RESOLVE_PROXY:
                return failures.name_not_found(url)
            case pycurl.E_COULDNT_CONNECT:
                return failures.refused(url)
            case pycurl.E_OPERATION_TIMEDOUT:
                # Not by a time: from libcurl 8 on those of what never happened are set too.
                if not self._curl.getinfo(pycurl.REQUEST_SIZE):
                    return failures.connect_timeout(url, self._timeout)
                if hop.status is None:
                    return failures.read_timeout(url, self._timeout)
                return failures.too_slow(url, self._curl.getinfo(pycurl.TOTAL_TIME))
            case (
                pycurl.E_SSL_CONNECT_ERROR
                | pycurl.E_PEER_FAILED_VERIFICATION
                | pycurl.E_SSL_CACERT_BADFILE
                | pycurl.E_SSL_CIPHER
            ):
                return failures.tls_refused(url, said, curl=True)
            case pycurl.E_PARTIAL_FILE:
                return failures.truncated(url)
            case 1 | 8 | 100:
                # By number, for pycurl names some of them for FTP and some not at all: no status
                # line, a header that is none, headers without end.
                return failures.malformed(url, said)
            case pycurl.E_RECV_ERROR | pycurl.E_SEND_ERROR | pycurl.E_GOT_NOTHING:
                if _CHUNK.search(said):
                    return failures.malformed(url, said)
                # Chunks that end early come as a receive error too.
                cut = hop.status is not None and "reset" not in said.lower()
                return failures.truncated(url) if cut else failures.broken(url)
        return failures.unreachable(url, said)


class _Hop:
    """What arrives during one request.  An error raised in a callback does not get
    through curl: it is kept in ``trouble`` and the callback says stop."""

    def __init__(self, ask: Ask, *, allow_private: bool) -> None:
        self.status: int | None = None
        self.trouble: FetchError | None = None
        self.enough = False
        self._ask = ask
        self._allow_private = allow_private
        self._reason = ""
        self._headers: list[tuple[str, str]] = []
        self._body: BodyCollector | None = None
        self._sockets: list[socket.socket] = []

    def open_socket(self, purpose: int, address: Any) -> socket.socket | int:
        family, kind, protocol, peer = address
        host = peer[0].decode() if isinstance(peer[0], bytes) else str(peer[0])
        if not self._allow_private and is_private(host):
            self.trouble = failures.private_address(self._ask.url, host)
            return int(pycurl.SOCKET_BAD)
        # pycurl works on a duplicate and leaves this one to us.
        self._sockets.append(socket.socket(family, kind, protocol))
        return self._sockets[-1]

    def close(self) -> None:
        for one in self._sockets:
            one.close()

    def header(self, line: bytes) -> None:
        text = line.decode("latin-1").strip(_SPACE)
        if text.startswith("HTTP/"):
            # A new block: what came before was a proxy's or a 1xx.
            _, _, rest = text.partition(" ")
            code, _, self._reason = rest.partition(" ")
            self.status = int(code[:3]) if code.isascii() and code.isdigit() else 0
            self._headers = []
        elif ":" in text:
            key, _, value = text.partition(":")
            self._headers.append((key.strip(_SPACE), value.strip(_SPACE)))

    def write(self, data: bytes) -> int | None:
        try:
            if self._body is None:
                length, coding = self._header("content-length"), self._header("content-encoding")
                self._body = collecting(self._ask, self.status or 0, length, coding)
            if self._body.feed(data):
                return None
            self.enough = True
        except FetchError as error:
            self.trouble = error
        return 0

    def _header(self, name: str) -> str:
        return ", ".join(value for key, value in self._headers if key.lower() == name)

    def answer(self) -> Answer:
        body = self._body.finish() if self._body else b""
        return Answer(self.status or 0, self._reason, tuple(self._headers), body)
