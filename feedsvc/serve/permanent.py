"""A search as the lines of ``config.yaml`` that make it a feed of its own.

In: a search, the configuration.  Out: YAML that loads, whatever was asked for.
"""

from __future__ import annotations

import hashlib
import json
import re

from feedsvc.catalogue.question import Question
from feedsvc.catalogue.selection import LOCKED, READABLE
from feedsvc.config import TAKEN_NAMES, Config
from feedsvc.model import Status

_GROUPS = {
    READABLE: [one.value for one in Status if not one.locked and one is not Status.UNKNOWN],
    LOCKED: [one.value for one in Status if one.locked or one is Status.UNKNOWN],
}


def lines_for(question: Question, config: Config, title: str) -> str:
    """The lines; empty where a custom feed can hold nothing of the search.  What it cannot
    hold is not in them: it has no end, and knows configured sections alone."""
    given = question.given
    access = given.get("access")
    named = [one.name for one in config.sections if one.code and one.code == question.which.section]
    wanted: dict[str, object] = {}
    if "q" in given:
        wanted["search"] = _plain(given["q"])
    if named:
        wanted["sections"] = named[:1]
    if "reporter" in given:
        wanted["reporters"] = [_plain(given["reporter"])]
    if access is not None:
        wanted["access"] = _GROUPS.get(access, [access])
    if not wanted:
        return ""
    # JSON is YAML: no sign of a word says anything in quotation marks.
    values = {"name": _name(question, config), "title": _plain(title), **wanted}
    written = [f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in values.items()]
    item = "\n      ".join(written)
    return f"feeds:\n  custom:\n    - {item}\n"


def _plain(value: str) -> str:
    """``${`` would begin a variable's name; no word loses anything without its dollar."""
    return re.sub(r"\$+\{", "{", value)


def _name(question: Question, config: Config) -> str:
    """One that is not used yet: the Latin words, if there are, and some signs."""
    query = question.query(sort="", page="")
    feeds = config.feeds
    used = {one.name for one in config.sections} | {one.name for one in feeds.custom}
    used |= {one.name for one in feeds.digests}
    latin = "-".join(re.findall(r"[a-z0-9]+", question.words.lower()))[:40].strip("-")
    if latin and latin not in used and latin not in TAKEN_NAMES:
        return latin
    return f"search-{hashlib.sha256(query.encode()).hexdigest()[:8]}"
