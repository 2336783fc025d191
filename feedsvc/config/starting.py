"""The commented ``config.yaml`` that ``init`` writes, for each of the sites.

In: a site's short name.  Out: text.  There is one file, with dealsite.co.kr's values; for
a sister the lines are put in that differ, on another port, so that both can run.
"""

import re
from importlib import resources

from feedsvc.site import DEALSITE, PLUS, TV, Sister

SITES = {"dealsite": DEALSITE, "plus": PLUS, "tv": TV}

_PORTS = {DEALSITE.host: 8080, PLUS.host: 8081, TV.host: 8082}
_FEEDS = {
    "002062": "mna",
    "002063": "ecm",
    "002064": "ipo",
    "002065": "pf",
    "002066": "debt",
    "016068": "ib",
    "016069": "pe-vc",
    "025073": "construction",
    "025074": "pharma",
}
"""How the feeds of a sister's sections are named."""


def default_text(site: str = "dealsite") -> str:
    """The text.  Raises ``KeyError`` for a site that is not in :data:`SITES`."""
    text = resources.files("feedsvc").joinpath("default_config.yaml").read_text("utf-8")
    chosen = SITES[site]
    if chosen is DEALSITE:
        return text
    port = _PORTS[chosen.host]
    for old, new in (
        (r"^# here are the defaults\.", f"# here polls {chosen.host}."),
        (r"^  base_url: https://.*$", f"  base_url: https://{chosen.host}"),
        (r"^  aliases: \[.*?\]", f"  aliases: [{', '.join(chosen.aliases)}]"),
        (r"^sections:(.*)\n(?: .*\n)+\n", f"sections:\\1\n{_sections(chosen)}"),
        (rf"^  title: {DEALSITE.name}$", f"  title: {chosen.name}"),
        (r"^  base_url: http://127.0.0.1:8080/", f"  base_url: http://127.0.0.1:{port}/"),
        (r"^  port: 8080$", f"  port: {port}"),
    ):
        text, times = re.subn(old, new, text, flags=re.MULTILINE)
        assert times == 1, old
    return text


def _sections(site: Sister) -> str:
    """The sections that are known; the page of all articles where none is."""
    items = "".join(
        f'  - name: {_FEEDS[code]}\n    title: {name}\n    code: "{code}"\n    every: 10m\n'
        for code, name in site.sections.items()
    )
    return (items or "  - name: everything\n    title: 전체 기사\n    every: 10m\n") + "\n"
