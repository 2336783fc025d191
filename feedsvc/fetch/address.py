"""Where a request may go: the site's hosts, http(s), no private address.

Strings in, strings and verdicts out; only :func:`refuse_private` asks the resolver.
"""

import contextlib
import ipaddress
import re
import socket
from urllib.parse import quote, urljoin, urlsplit

from feedsvc import weburl
from feedsvc.errors import OffSite
from feedsvc.fetch import failures
from feedsvc.site import Site

# Segments of the paths that Korean and other sites send strangers to.
_LOGIN = re.compile(
    r"/(?:[^/]*(?:log-?_?in|log-?_?on|sign-?_?in|sign-?_?up)[^/]*"
    r"|members?|membership|auth|oauth2?|sso)(?:[/.;]|$)",
    re.IGNORECASE,
)
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def tidy(url: str) -> str:
    """The address in ASCII, without fragment: what is not allowed there is percent-encoded."""
    return quote(url.partition("#")[0].strip(), safe="%/:=&?~+!$,;'@()*[]")


def checked(url: str, site: Site, *, image: bool = False) -> str:
    """The address as it may be sent: ASCII, without fragment.

    Raises :class:`~feedsvc.errors.OffSite` for everything but http(s) on the site's
    hosts; an ``image`` may stand on a host below one of them too.
    """
    sent = tidy(url)
    try:
        named = urlsplit(sent).username is not None
    except ValueError:
        named = True
    if named or not (site.owns_image(sent) if image else site.owns(sent)):
        raise OffSite(
            "the address is not on the site",
            about=url,
            advice="if it is the site's own, add its host to site.aliases",
        )
    return sent


def target(url: str, location: str) -> str:
    """The absolute address that a Location header points to, as a browser reads it.
    Raises ``Malformed`` where it points nowhere."""
    with contextlib.suppress(UnicodeEncodeError, UnicodeDecodeError):
        # Servers send UTF-8 there; HTTP libraries hand it over as Latin-1.
        location = location.encode("latin-1").decode("utf-8")
    try:
        joined = weburl.absolute(location, url) or urljoin(url, location)
        leads = urlsplit(joined)
        leads.port  # noqa: B018 - it is the asking that tells a bad one
        if leads.scheme not in ("http", "https"):
            raise ValueError(f"{leads.scheme}: is not an address of the web")
    except ValueError as error:
        raise failures.malformed(url, f"it redirects to {location[:200]}: {error}") from error
    return joined


def is_login(url: str) -> bool:
    """Whether an address is that of a login or sign-up page, by its path."""
    try:
        path = urlsplit(url).path
    except ValueError:
        return False
    return not path.startswith(("/articles", "/categories")) and bool(_LOGIN.search(path))


def is_private_host(url: str) -> bool:
    """Whether an address names a private host outright: an IP literal or localhost."""
    host = (urlsplit(url).hostname or "").rstrip(".").lower()
    return host == "localhost" or host.endswith(".localhost") or is_private(host)


def is_private(address: str) -> bool:
    """Whether an IP address is anything but a public one; ``False`` for names."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        nat64 = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF) if ip in _NAT64 else None
        ip = ip.ipv4_mapped or ip.sixtofour or nat64 or ip
    return not ip.is_global or ip.is_multicast


def refuse_private(url: str, host: str, port: int) -> None:
    """Raise ``OffSite`` where a name has a private address.  Raises ``OSError`` of the resolver.

    A private address among public ones is refused too: which one a connection takes is chance.
    """
    for *_, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        if is_private(str(address[0])):
            raise failures.private_address(url, str(address[0]))
