"""The network's failures in our words: one wording for both transports.

In: an address and what the library said.  Out: an error to raise, with what to do.
"""

from feedsvc.errors import (
    ConnectionBroken,
    ConnectionRefused,
    Malformed,
    NameNotFound,
    OffSite,
    TimedOut,
    TlsRefused,
    TooLarge,
    Truncated,
    Unreachable,
)

AGAIN = "feedsvc tries again by itself"
IN_VAIN = "check site.base_url; curl's handshake is refused too"


def name_not_found(url: str) -> NameNotFound:
    return NameNotFound(
        "the host's name was not found",
        about=url,
        advice="check site.base_url and this machine's DNS",
    )


def refused(url: str, said: str = "") -> ConnectionRefused:
    return ConnectionRefused(
        f"connection refused ({said})" if said else "connection refused",
        about=url,
        advice=f"the site is down or this machine has no way to it; {AGAIN}",
    )


def broken(url: str) -> ConnectionBroken:
    return ConnectionBroken(
        "the site closed the connection before the answer was there", about=url, advice=AGAIN
    )


def connect_timeout(url: str, seconds: float) -> TimedOut:
    error = TimedOut(
        f"no connection within {seconds:g} s",
        about=url,
        advice=f"check the network, or raise http.timeout; {AGAIN}",
    )
    # Nothing was asked yet, so it cannot be this one page's fault.
    error.site_down = True
    return error


def read_timeout(url: str, seconds: float) -> TimedOut:
    return TimedOut(
        f"no answer within {seconds:g} s", about=url, advice=f"{AGAIN}; or raise http.timeout"
    )


def too_slow(url: str, seconds: float) -> TimedOut:
    return TimedOut(
        f"the answer was not complete after {seconds:g} s",
        about=url,
        advice=f"{AGAIN}; or raise http.timeout",
    )


def tls_refused(url: str, said: str, *, curl: bool) -> TlsRefused:
    if "certificate" in said.lower():
        advice = "check this machine's clock and its CA certificates"
    elif curl:
        advice = IN_VAIN
    else:
        advice = "set http.transport: curl, or auto: the site may take curl's handshake"
    return TlsRefused(f"TLS refused ({said})", about=url, advice=advice)


def unreachable(url: str, said: str) -> Unreachable:
    return Unreachable(f"no answer ({said})", about=url, advice=AGAIN)


def private_address(url: str, address: str) -> OffSite:
    return OffSite(
        f"the host's name leads to the private address {address}",
        about=url,
        advice="check this machine's DNS; only a base_url that is itself private may be one",
    )


def truncated(url: str) -> Truncated:
    return Truncated("the answer was cut off", about=url, advice=AGAIN)


def malformed(url: str, said: str) -> Malformed:
    return Malformed(f"the answer is not HTTP as it should be ({said})", about=url, advice=AGAIN)


def too_large(url: str, limit: int) -> TooLarge:
    return TooLarge(
        f"the answer is larger than {limit:,} bytes", about=url, advice="raise http.max_size"
    )
