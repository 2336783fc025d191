"""The sites that run on one system, each with ids of its own: what they are called,
the hosts that mean them, and the names of their sections.

Source: the site page, "The site" and "URLs".  Nothing here is needed to poll a site: one
that is not known has no names, and is otherwise read like the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Sister:
    """``aliases`` are hosts that mean the same site; ``sections`` names by code."""

    host: str
    name: str
    aliases: tuple[str, ...] = ()
    sections: Mapping[str, str] = field(default_factory=dict)


DEALSITE = Sister(
    "dealsite.co.kr",
    "딜사이트",
    ("www.dealsite.co.kr", "paxnetnews.com", "www.paxnetnews.com"),
    {
        "068000": "산업",
        "083000": "금융",
        "089000": "증권",
        "080000": "인수합병",
        "075000": "대체투자·PEF·VC",
    },
)
PLUS = Sister(
    "dealsiteplus.co.kr",
    "딜사이트 플러스",
    ("www.dealsiteplus.co.kr",),
    {
        "002062": "M&A",
        "002063": "ECM",
        "002064": "IPO",
        "002065": "PF",
        "002066": "Debt",
        "016068": "IB",
        "016069": "PEF/VC",
        "025073": "건설·부동산",
        "025074": "제약·바이오",
    },
)
TV = Sister("news.dealsitetv.com", "딜사이트TV")

SISTERS: Mapping[str, Sister] = {one.host: one for one in (DEALSITE, PLUS, TV)}
"""By authority, which is the host."""


def sister_of(host: str) -> Sister | None:
    """The site that a host means, if one is known to."""
    return next((one for one in SISTERS.values() if host in (one.host, *one.aliases)), None)
