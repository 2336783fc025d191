"""The kept archive unpacked, its recorded site, and today's commands on one clock.

In: a folder.  Out: a :class:`Desk`: run commands, bring the site's new article, read what
is published.
"""

from __future__ import annotations

import json
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from filelock import FileLock

from tests.upgrade import at
from tests.upgrade.recorded import Answers, Recorded, load, serving

KEPT = Path(__file__).parent / "made-by-0.1.0.tar.xz"
LAST = datetime.fromisoformat("2026-11-20T10:00+09:00")
"""When that version was used last, or soon after."""

NEW = 167_020
"""The article that :meth:`Desk.publish_one_more` brings."""

TOKEN = "token-of-the-fixture"
_ATOM = "{http://www.w3.org/2005/Atom}"


@dataclass
class Desk:
    """``now`` is the time, for commands and site alike."""

    folder: Path
    site: Recorded
    later: Answers
    now: datetime = LAST

    def command(self, *arguments: str, code: int = 0) -> str:
        """Run a real command; what it prints."""
        self.site.now = self.now
        config = ("--config", str(self.folder / "config.yaml"))
        with redirect_stdout(StringIO()) as out, redirect_stderr(StringIO()) as log:
            found = at.main([self.now.isoformat(), *config, *arguments])
        assert found == code, f"{arguments}: {found}\n{out.getvalue()}{log.getvalue()}"
        return out.getvalue()

    def poll(self) -> dict[str, Any]:
        """A poll an hour after the last command; the counts of all sections together."""
        self.now += timedelta(hours=1)
        told: dict[str, Any] = json.loads(self.command("poll", "--json"))
        names = ("new", "revised", "released", "failed")
        return {name: sum(one[name] for one in told["sections"]) for name in names}

    def publish_one_more(self) -> None:
        self.site.answers = self.site.answers | self.later

    def configure(self, old: str, new: str) -> None:
        """Change a part of the configuration."""
        path = self.folder / "config.yaml"
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new), "utf-8")

    def records(self) -> dict[str, bytes]:
        """Every record's file."""
        paths = (self.folder / "archive/articles").rglob("*.json")
        return {path.name: path.read_bytes() for path in paths}

    def feeds(self) -> list[str]:
        """Names of the published feeds."""
        return sorted(path.stem for path in (self.folder / "public").glob("*.atom"))

    def entries(self, name: str, suffix: str) -> list[dict[str, Any]]:
        """What a reader gets of each entry of a feed, in its order."""
        document = (self.folder / "public" / f"{name}.{suffix}").read_bytes()
        if suffix == "json":
            keys = ("id", "url", "title", "content_html", "summary", "authors",
                    "date_published", "date_modified", "image")  # fmt: skip
            return [{key: one.get(key) for key in keys} for one in json.loads(document)["items"]]
        wanted = {"guid", "title", "link", "description", "pubDate", "creator", "encoded",
                  "id", "published", "updated", "summary", "content", "author"}  # fmt: skip
        root = ElementTree.fromstring(document)
        found = []
        for item in [*root.iter("item"), *root.iter(f"{_ATOM}entry")]:
            parts: dict[str, Any] = {}
            for child in item:
                key = child.tag.rpartition("}")[2]
                if key in wanted:
                    text = "".join(child.itertext()) or child.get("href") or child.get("url")
                    parts.setdefault(key, []).append(text)
            parts["id"] = parts.pop("id", None) or parts.pop("guid")
            found.append({**parts, "id": parts["id"][0]})
        return found

    def archived(self, name: str) -> dict[str, str]:
        """Content by id of all that a feed's chain of archived pages holds, each once."""
        folder = self.folder / "public/archive" / name
        found: dict[str, str] = {}
        document = self.folder / "public" / f"{name}.atom"
        while True:
            root = ElementTree.parse(document).getroot()
            if document.parent == folder:
                for entry in root.iter(f"{_ATOM}entry"):
                    key = entry.findtext(f"{_ATOM}id") or ""
                    assert key not in found, f"{key} twice"
                    found[key] = entry.findtext(f"{_ATOM}content") or ""
            links = {one.get("rel"): one.get("href") or "" for one in root.iter(f"{_ATOM}link")}
            if "prev-archive" not in links:
                return found
            document = folder / links["prev-archive"].rpartition("/")[2]


@contextmanager
def unpacked(folder: Path) -> Iterator[Desk]:
    """The kept archive in a folder, its site answering."""
    with tarfile.open(fileobj=BytesIO(KEPT.read_bytes())) as tar:
        tar.extractall(folder, filter="data")
    times = load(folder / "site.json")
    site = Recorded(dict(times["now"]), LAST)
    with FileLock(Path(tempfile.gettempdir()) / "feedsvc-upgrade.lock", timeout=300), serving(site):
        yield Desk(folder, site, times["later"])
