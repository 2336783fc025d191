"""Addresses, read as a browser reads them (URL Standard, 4.4).

In: an address as a page writes it, and the address that it is relative to.  Out: an
absolute one in ASCII, or nothing.  Everything that is built from an address of the site
is built from what this gives.
"""

import re
from functools import lru_cache
from urllib.parse import urlsplit

# Addresses that are read as they stand, which nearly all are; the standard's own parser
# is not even loaded for them.
_PATH = r"/(?:[\w-][\w.-]*/)*(?:[\w-][\w.-]*)?"
_PLAIN_PATH = re.compile(_PATH, re.ASCII)
_PLAIN = re.compile(
    rf"https?://(?:(?!xn--)[a-z](?:[a-z0-9]|-(?=[a-z0-9]))*\.)+[a-z]{{2,8}}{_PATH}"
    r"(?:\?[\w.~=&%+,;:@!*()/?-]*)?",
    re.ASCII,
)
_ORIGIN = re.compile(r"https?://[^/?#]+")
_SURROGATE = re.compile("[\ud800-\udfff]")


def absolute(value: str, base: str = "") -> str | None:
    """An address made absolute against ``base``; ``None`` unless it is http, https or
    mailto and a browser could follow it."""
    if _PLAIN.fullmatch(value):
        return value
    if base and _PLAIN_PATH.fullmatch(value):
        origin = _origin(base)
        return f"{origin}{value}" if origin else None
    full = _read(value, base)
    if full is None or full.startswith(("https://", "http://")):
        return full
    return full if full.startswith("mailto:") and len(full) > len("mailto:") else None


def of_image(value: str, base: str = "") -> str | None:
    """The same for an image, which browsers get by http(s) and without a name."""
    full = absolute(value, base)
    if full is None or not full.startswith("http"):
        return None
    return None if "@" in full and urlsplit(full).username is not None else full


def _read(value: str, base: str) -> str | None:
    import ada_url

    value = _SURROGATE.sub("\ufffd", value)
    try:
        return str(ada_url.join_url(base, value) if base else ada_url.normalize_url(value))
    except ValueError:
        return None


@lru_cache(maxsize=8)
def _origin(base: str) -> str:
    """What stands before the path in an http address, or nothing."""
    found = _ORIGIN.match(base if _PLAIN.fullmatch(base) else _read(base, "") or "")
    return found[0] if found else ""
