"""A form posted to an address that the user configured: the WebSub hub.

Not for the polled site: there is no pace, no robots.txt, no retry and no private
address that would be refused, for nobody but the user names it.  A redirect is an
answer like another, and no success: what is told goes where it was meant to go.
"""

from __future__ import annotations

from collections.abc import Sequence

import requests

from feedsvc.errors import StatusRefused, Unreachable
from feedsvc.fetch.transport_requests import FOREIGN, GuardedAdapter, Hop, OneHop
from feedsvc.fetch.watchdog import Watchdog
from feedsvc.fetch.way import USER_AGENT

TIMEOUT = 5.0
"""Seconds for the connection and for each read; the whole may take twice as long."""


def post_form(url: str, form: Sequence[tuple[str, str]], *, timeout: float = TIMEOUT) -> None:
    """Post it.  Raises ``FetchError`` where the answer is not 2xx or none comes in time."""
    hop = Hop(allow_private=True)
    hop.url = url
    watchdog = Watchdog(timeout, hop.expire)
    with OneHop() as session:
        proxies = dict(requests.utils.get_environ_proxies(url))
        session.trust_env = False  # no netrc
        session.mount("http://", GuardedAdapter(hop))
        session.mount("https://", GuardedAdapter(hop))
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
            why = f"no answer in {timeout:g} s" if _too_slow(hop, error) else _reason(error)
            raise Unreachable(why, about=url) from error
        finally:
            watchdog.close()
    if not 200 <= answer.status_code < 300:
        raise StatusRefused(
            f"answered {answer.status_code} {answer.reason}".rstrip(),
            about=url,
            status=answer.status_code,
        )


def _too_slow(hop: Hop, error: Exception) -> bool:
    return hop.expired or isinstance(error, requests.Timeout)


def _reason(error: BaseException) -> str:
    """The innermost cause in words: libraries wrap it in lines of their own."""
    causes = [error, *(one for one in error.args if isinstance(one, BaseException))]
    for one in causes:
        reason = getattr(one, "reason", None) or one.__cause__ or one.__context__
        if isinstance(reason, BaseException) and reason is not error:
            return _reason(reason)
    return getattr(error, "strerror", None) or type(error).__name__
