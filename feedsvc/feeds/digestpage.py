"""How an entry of a digest reads: in a feed, as HTML fit for mail, as Markdown, as JSON.

In: a :class:`~feedsvc.digestentry.DigestEntry` and nothing of the archive besides, so that
it reads the same for ever; only its links go by ``base_url``.  Out: text, or the entry of
a feed.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from html import escape
from typing import Any

from feedsvc import text
from feedsvc.digestentry import DigestEntry, Line, values_of
from feedsvc.feeds.entry import FLAGS, korean_time
from feedsvc.markdown import begun, escaped
from feedsvc.model import Access, Entry, Status
from feedsvc.site import Site

_DAYS = "월화수목금토일"


def feed_entry(entry: DigestEntry, base_url: str, site: Site, served: bool) -> Entry:
    """The entry as the digest's feed shows it.  ``served``: there are reading pages below
    ``base_url``, and the articles link there."""
    at = korean_time(entry.until)
    root = base_url.rstrip("/") + "/"
    return Entry(
        id=entry.id,
        link=f"{root}#{entry.name}-{entry.at}",
        title=title_of(entry),
        authors=(site.name,),
        published=at,
        updated=at,
        summary=_counts(entry),
        content=_content(entry, root if served else None),
        categories=(),
        access=Access(Status.OPEN),
    )


def title_of(entry: DigestEntry) -> str:
    """``아침 브리핑 2026년 11월 25일(수) 08:00``"""
    return f"{text.fold(entry.title)} {_spelt(entry.until)}"


def html(entry: DigestEntry, root: str | None) -> str:
    """A document of its own, fit for mail.  ``root`` is below what the reading pages are;
    ``None``: there are none."""
    title = escape(title_of(entry), quote=False)
    return (
        '<!DOCTYPE html>\n<html lang="ko">\n<head>\n<meta charset="utf-8">\n'
        f"<title>{title}</title>\n</head>\n<body>\n<h2>{title}</h2>\n"
        f"{_content(entry, root)}\n</body>\n</html>\n"
    )


def markdown(entry: DigestEntry, root: str | None) -> str:
    """The same as Markdown (CommonMark)."""
    parts = [f"# {escaped(title_of(entry))}", escaped(_window(entry))]
    for group in entry.groups:
        parts.append(f"## {escaped(group.title)} ({_count(group.lines)})")
        parts.append("\n".join(_markdown_items(group.lines, root, "")))
    return "\n\n".join(parts) + "\n"


def plain(entry: DigestEntry, root: str | None) -> str:
    """The same as text without marks, for a message."""
    parts = [f"{title_of(entry)}\n{_counts(entry)}"]
    for group in entry.groups:
        parts.append(f"{text.fold(group.title)} ({_count(group.lines)})")
        for line in group.lines:
            parts += [f"{_headline(one)}\n{_link(one, root)}" for one in (line, *line.same)]
    return "\n\n".join(parts)


def as_json(entry: DigestEntry, root: str | None) -> str:
    """The same as JSON: what its file holds (docs/archive.md), and each article's link."""
    values: Any = values_of(entry)
    for group, shown in zip(values["groups"], entry.groups, strict=True):
        _link_all(group["articles"], shown.lines, root)
    return json.dumps(values, ensure_ascii=False, indent=2) + "\n"


def _link_all(values: Any, lines: Sequence[Line], root: str | None) -> None:
    for value, line in zip(values, lines, strict=True):
        value["link"] = _link(line, root)
        _link_all(value["same_story"], line.same, root)


def _content(entry: DigestEntry, root: str | None) -> str:
    parts = [f"<p>{escape(_window(entry), quote=False)}</p>"]
    for group in entry.groups:
        title = escape(text.fold(group.title), quote=False)
        parts.append(f"<h3>{title} ({_count(group.lines)})</h3>")
        parts.append(_list(group.lines, root))
    return "\n".join(parts)


def _list(lines: Sequence[Line], root: str | None) -> str:
    return "<ul>\n" + "\n".join(_item(line, root) for line in lines) + "\n</ul>"


def _item(line: Line, root: str | None) -> str:
    parts = [f'<a href="{escape(_link(line, root))}">{escape(_headline(line), quote=False)}</a>']
    parts += [escape(one, quote=False) for one in _details(line)]
    below = f"\n{_list(line.same, root)}\n" if line.same else ""
    return f"<li>{'<br>'.join(parts)}{below}</li>"


def _markdown_items(lines: Sequence[Line], root: str | None, indent: str) -> list[str]:
    found = []
    for line in lines:
        parts = [f"[{escaped(_headline(line))}](<{_link(line, root)}>)"]
        parts += (begun(escaped(one)) for one in _details(line))
        found.append(f"{indent}- " + f"\\\n{indent}  ".join(parts))
        found += _markdown_items(line.same, root, f"{indent}  ")
    return found


def _headline(line: Line) -> str:
    return (FLAGS[line.status] if line.locked else "") + (text.fold(line.title) or line.url)


def _details(line: Line) -> list[str]:
    """Sub-headline and reporters, as far as there are any."""
    return [one for one in (text.fold(line.subtitle), text.fold(", ".join(line.reporters))) if one]


def _link(line: Line, root: str | None) -> str:
    return text.clean(line.url) if root is None else f"{root}articles/{line.id}"


def _window(entry: DigestEntry) -> str:
    """From when to when, and the counts."""
    return f"{_spelt(entry.since)} 이후 {_spelt(entry.until)}까지. {_counts(entry)}"


def _counts(entry: DigestEntry) -> str:
    sections = ", ".join(f"{text.fold(one.title)} {_count(one.lines)}" for one in entry.groups)
    locked = f", 잠긴 기사 {entry.locked}건" if entry.locked else ""
    return f"기사 {entry.articles}건{locked}" + (f" ({sections})" if sections else "")


def _count(lines: Sequence[Line]) -> int:
    return sum(1 + len(line.same) for line in lines)


def _spelt(at: datetime) -> str:
    """A moment as the clocks of its own zone show it."""
    return f"{at.year}년 {at.month}월 {at.day}일({_DAYS[at.weekday()]}) {at:%H:%M}"
