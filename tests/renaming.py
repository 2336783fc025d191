"""The site with other class names, and the selectors that say so."""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Collection, Iterable

from feedsvc.parse import BUILT_IN, FIELDS, Layout
from tests.standin import Answer, Headers, StandIn, page

_CLASSES = re.compile(r"""class=(["'])(.*?)\1""")
_NAME = re.compile(r"(?<=[.#])[A-Za-z][\w-]*")
_IDS = {"dablewidget": "slot", "dealsite_ci": "slot-of-the-site"}
TODAY = BUILT_IN[0]


def new_name(old: str) -> str:
    """What a class or an id is called after the renaming: nothing of the old is left."""
    return _IDS.get(old) or f"v{zlib.crc32(old.encode()):08x}"


def names_in(parts: Iterable[str] = FIELDS, layout: Layout = TODAY) -> set[str]:
    """The classes that a layout's selectors for these parts name."""
    return {
        name for part in parts for one in getattr(layout, part) for name in _NAME.findall(one)
    } - set(_IDS)


def renamed(html: str, names: Collection[str]) -> str:
    """HTML in which these classes, and the known ids, are called something else."""

    def classes(found: re.Match[str]) -> str:
        told = (new_name(one) if one in names else one for one in found[2].split())
        return f"class={found[1]}{' '.join(told)}{found[1]}"

    html = _CLASSES.sub(classes, html)
    for old, new in _IDS.items():
        html = html.replace(f'id="{old}', f'id="{new}')
    return html


def selectors_for(
    names: Collection[str], layout: Layout = TODAY, parts: Iterable[str] = FIELDS
) -> dict[str, str]:
    """What to put under ``site.selectors`` once these classes are called something else."""
    found = {}
    for part in parts:
        own = [
            one for one in getattr(layout, part) if not set(_NAME.findall(one)).isdisjoint(names)
        ]
        if own:
            found[part] = ", ".join(
                _NAME.sub(lambda m: new_name(m[0]) if m[0] in names else m[0], one) for one in own
            )
    if "excluded" in found:
        found["excluded"] += ", [id*=slot]"
    return found


class Renamed(StandIn):
    """A stand-in whose classes are called something else from ``names`` on."""

    names: Collection[str] = ()

    def respond(self, method: str, target: str, headers: Headers = ()) -> Answer:
        answer = super().respond(method, target, headers)
        kind = answer.header("content-type") or ""
        if not self.names or answer.status != 200 or not kind.startswith(("text/html", "appl")):
            return answer
        text = answer.body.decode()
        if "json" in kind:
            told = json.loads(text)
            told["articlesHtml"] = renamed(told["articlesHtml"], self.names)
            text = json.dumps(told)
        else:
            text = renamed(text, self.names)
        return page(200, text, kind)
