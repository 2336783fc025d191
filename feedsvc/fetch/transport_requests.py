"""The transport on requests: one session, one connection kept alive; and a form that is posted.

The only module that knows requests and urllib3.  Cookies are neither kept nor
sent by the session, netrc is not read; proxies of the environment are honoured
but for a private ``base_url``.
"""

import contextlib
import http.client
import socket
import threading
from collections.abc import Callable, Sequence
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Self

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3 import connection, connectionpool
from urllib3.exceptions import (
    HTTPError,
    InvalidChunkLength,
    NameResolutionError,
    NewConnectionError,
    ProtocolError,
    ReadTimeoutError,
)

from feedsvc.errors import FetchError, StatusRefused, Unreachable
from feedsvc.fetch import failures
from feedsvc.fetch.address import is_private, refuse_private
from feedsvc.fetch.transport import (
    DEADLINE_FACTOR,
    USER_AGENT,
    Answer,
    Ask,
    ca_bundle,
    collecting,
)

FORM_TIMEOUT = 5.0
"""Seconds for the connection of a posted form and for each read; the whole may take twice as
long."""


class Hop:
    """The socket in use and the address asked for, so that a watchdog on another
    thread can end an exchange that takes too long."""

    def __init__(self, *, allow_private: bool) -> None:
        self.allow_private = allow_private
        self.url = ""
        self.expired = False
        self.socket: socket.socket | None = None

    def expire(self) -> None:
        self.expired = True
        if self.socket is not None:
            with contextlib.suppress(OSError):  # closed already
                # The base class's method: an SSLSocket's own drops its TLS state at once,
                # and the reading thread would take cipher text for the answer.
                socket.socket.shutdown(self.socket, socket.SHUT_RDWR)


def guarded_pools(hop: Hop) -> dict[str, type[connectionpool.HTTPConnectionPool]]:
    """urllib3's pools with connections that refuse private addresses and tell the hop."""

    def guarded(conn: Any, plain: Any) -> socket.socket:
        try:
            if not hop.allow_private:
                refuse_private(hop.url, conn.host, conn.port)
            sock: socket.socket = plain()
        except socket.gaierror as error:
            raise NameResolutionError(conn.host, conn, error) from error
        # Asked twice: the second answer of a hostile DNS may differ from the first.
        peer = sock.getpeername()[0]
        if not hop.allow_private and is_private(peer):
            sock.close()
            raise failures.private_address(hop.url, peer)
        return sock

    class Plain(connection.HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return guarded(self, super()._new_conn)

        def connect(self) -> None:
            super().connect()
            hop.socket = self.sock

    class Secure(connection.HTTPSConnection):
        dialled = False

        def _new_conn(self) -> socket.socket:
            sock = guarded(self, super()._new_conn)
            self.dialled = True
            # Wrapping for TLS takes the socket's handle away: keep another until it is done.
            hop.socket = sock.dup()
            return sock

        def connect(self) -> None:
            self.dialled = False
            try:
                super().connect()
            except (ConnectionError, EOFError) as error:
                # Dealsite's front end has been seen to drop Python's handshake.
                if self.dialled and not hop.expired:
                    said = "the site closed the connection"
                    raise failures.tls_refused(hop.url, said, curl=False) from error
                raise
            finally:
                if self.dialled and hop.socket is not None:
                    hop.socket.close()
                hop.socket = self.sock

    class PlainPool(connectionpool.HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(connectionpool.HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}


FOREIGN = (requests.RequestException, HTTPError, http.client.HTTPException, OSError, ValueError)
"""What the libraries are known to raise for what comes off the wire: a chunk of size -5 is a
``ValueError``, a name that is none a ``UnicodeError``, which is one too."""


class OneHop(requests.Session):
    """A session of guarded connections, that reads no netrc and leaves redirects alone.  With
    ``allow_redirects=False`` it would still read the whole body of one, without a limit, and
    take apart where it leads."""

    def __init__(self, hop: Hop) -> None:
        super().__init__()
        self.trust_env = False
        adapter = GuardedAdapter(hop)
        self.mount("http://", adapter)
        self.mount("https://", adapter)

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        return None


class GuardedAdapter(HTTPAdapter):
    def __init__(self, hop: Hop) -> None:
        self._hop = hop
        super().__init__(pool_connections=4, pool_maxsize=1, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = guarded_pools(self._hop)

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **kwargs)
        if not proxy.lower().startswith("socks"):
            manager.pool_classes_by_scheme = guarded_pools(self._hop)
        return manager


class Watchdog:
    """A limit on how long one request may take in all, whatever its answer drips:
    ``with watchdog:`` around it; ``bite`` is called where it lasts longer than
    ``seconds``: at once where the last one is that long ago, after twice the time at
    the latest.  One request at a time.

    One thread serves all the requests of a transport, because one for each costs more than
    parsing a page's rows.  No clock is read: the thread naps for the time allowed and looks
    whether the request that was under way when it lay down still is."""

    def __init__(self, seconds: float, bite: Callable[[], None]) -> None:
        self.seconds = seconds
        self._bite = bite
        self._bed = threading.Condition()
        self._under_way: object | None = None
        self._watching = False
        self._closed = False

    def __enter__(self) -> Self:
        with self._bed:
            self._under_way = object()
            if not self._watching:
                self._watching = True
                threading.Thread(target=self._watch, name="watchdog", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        with self._bed:
            self._under_way = None

    def close(self) -> None:
        """Let the thread go."""
        with self._bed:
            self._closed = True
            self._bed.notify()

    def _watch(self) -> None:
        with self._bed:
            while True:
                before = self._under_way
                self._bed.wait(self.seconds)
                if self._closed or self._under_way is None:
                    self._watching = False
                    return
                if self._under_way is before:
                    self._bite()


class RequestsTransport:
    """See :class:`~feedsvc.fetch.transport.Transport`; ``timeout`` in seconds."""

    def __init__(self, base_url: str, *, timeout: float, allow_private: bool) -> None:
        self._timeout = timeout
        proxies = {} if allow_private else requests.utils.get_environ_proxies(base_url)
        self._proxies: dict[str, str] = dict(proxies)
        # Behind a proxy the proxy resolves the name, and is itself often at a private address.
        self._hop = Hop(allow_private=allow_private or bool(self._proxies))
        self._watchdog = Watchdog(timeout * DEADLINE_FACTOR, self._hop.expire)
        self._verify = ca_bundle()
        self._session = OneHop(self._hop)
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))

    def send(self, ask: Ask) -> Answer:
        hop = self._hop
        hop.url, hop.expired = ask.url, False
        try:
            with self._watchdog:
                return self._exchange(ask)
        except (*FOREIGN, FetchError) as error:
            if hop.expired:
                raise failures.too_slow(ask.url, self._watchdog.seconds) from error
            if isinstance(error, FetchError):
                raise
            raise self._translated(ask.url, error) from error

    def _exchange(self, ask: Ask) -> Answer:
        prepared = requests.Request("GET", ask.url, dict(ask.headers)).prepare()
        response = self._session.send(
            prepared,
            stream=True,
            timeout=self._timeout,
            allow_redirects=False,
            verify=self._verify,
            proxies=self._proxies,
        )
        try:
            given = response.headers
            length, coding = given.get("Content-Length", ""), given.get("Content-Encoding", "")
            body = collecting(ask, response.status_code, length, coding)
            chunks = response.raw.stream(65_536, decode_content=False)
            whole = all(body.feed(chunk) for chunk in chunks)
            content = body.finish()
            if self._hop.expired:
                raise failures.too_slow(ask.url, self._timeout * DEADLINE_FACTOR)
        except BaseException:
            response.close()
            raise
        if whole:
            response.raw.release_conn()
        else:
            response.close()
        headers = tuple((str(k), str(v)) for k, v in response.raw.headers.items())
        return Answer(response.status_code, response.reason or "", headers, content)

    def close(self) -> None:
        self._watchdog.close()
        self._session.close()
        self._hop.socket = None

    def _translated(self, url: str, error: Exception) -> FetchError:
        chain = _causes(error)
        said = str(chain[-1]) or type(chain[-1]).__name__
        for cause in chain:
            match cause:
                case FetchError():
                    return cause
                case NameResolutionError() | socket.gaierror():
                    return failures.name_not_found(url)
                case requests.exceptions.SSLError() | urllib3.exceptions.SSLError():
                    return failures.tls_refused(url, said, curl=False)
                case requests.exceptions.ConnectTimeout():
                    return failures.connect_timeout(url, self._timeout)
                case requests.exceptions.ReadTimeout() | ReadTimeoutError():
                    return failures.read_timeout(url, self._timeout)
                case InvalidChunkLength() if cause.length:
                    return failures.malformed(url, f"a chunk's length is {cause.length[:40]!r}")
                case http.client.IncompleteRead():
                    return failures.truncated(url)
                case http.client.RemoteDisconnected():
                    return failures.broken(url)
                case http.client.HTTPException() | InvalidChunkLength():
                    return failures.malformed(url, said)

        def holds(*kinds: type[BaseException]) -> bool:
            return any(isinstance(cause, kinds) for cause in chain)

        if isinstance(error, requests.exceptions.ProxyError):
            return failures.unreachable(url, f"the proxy: {said}")
        if holds(NewConnectionError):
            return failures.refused(url, "" if holds(ConnectionRefusedError) else said)
        if holds(ProtocolError, ConnectionError, EOFError):
            return failures.broken(url)
        return (failures.malformed if holds(ValueError) else failures.unreachable)(url, said)


def _causes(error: BaseException) -> list[BaseException]:
    """The error and what it was made from, outermost first: libraries hide the
    reason in arguments, ``reason`` attributes and causes alike."""
    found: list[BaseException] = []
    waiting: list[object] = [error]
    while waiting:
        one = waiting.pop(0)
        if isinstance(one, BaseException) and one not in found:
            found.append(one)
            waiting += [*one.args, getattr(one, "reason", None), one.__cause__]
    return found


def post_form(url: str, form: Sequence[tuple[str, str]], *, timeout: float = FORM_TIMEOUT) -> None:
    """Post a form to an address that the user configured: the WebSub hub.

    Not for the polled site: there is no pace, no robots.txt, no retry and no private address
    that would be refused, for nobody but the user names it.  A redirect is an answer like
    another, and no success: what is told goes where it was meant to go.  Raises ``FetchError``
    where the answer is not 2xx or none comes in time.
    """
    hop = Hop(allow_private=True)
    hop.url = url
    watchdog = Watchdog(timeout, hop.expire)
    with OneHop(hop) as session:
        proxies = dict(requests.utils.get_environ_proxies(url))
        try:
            with watchdog:
                answer = session.post(
                    url,
                    data=list(form),
                    headers={"User-Agent": USER_AGENT, "Accept-Encoding": "identity"},
                    timeout=timeout,
                    allow_redirects=False,
                    proxies=proxies,
                    stream=True,  # what a hub says besides its status is not read
                )
                answer.close()
        except FOREIGN as error:
            late = hop.expired or isinstance(error, requests.Timeout)
            cause = _causes(error)[-1]
            said = getattr(cause, "strerror", None) or type(cause).__name__
            why = f"no answer in {timeout:g} s" if late else said
            raise Unreachable(why, about=url) from error
        finally:
            watchdog.close()
    if not 200 <= answer.status_code < 300:
        raise StatusRefused(
            f"answered {answer.status_code} {answer.reason}".rstrip(),
            about=url,
            status=answer.status_code,
        )
