"""Feed readers that people use, driven as their users drive them.

In: subscriptions by name.  Out: how many entries an update brought that count as new,
and what the reader then shows.  Each keeps its files in a folder of its own and
knows nothing of this machine's user.
"""

from __future__ import annotations

import email
import email.policy
import os
import shlex
import sqlite3
import subprocess
from abc import ABC, abstractmethod
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

from tests.needed import needed


@dataclass(frozen=True, slots=True)
class Shown:
    """An entry as a reader has it; ``text`` is HTML, or plain where the reader makes it so."""

    id: str
    title: str
    author: str
    at: datetime
    text: str


class Program(ABC):
    """A reader.  ``keys_on_title`` says that an entry with another title is another
    entry to it; ``formats`` are those that it takes."""

    name: ClassVar[str]
    formats: ClassVar[tuple[str, ...]] = ("rss", "atom")
    keys_on_title: ClassVar[bool] = False
    keeps_first_text: ClassVar[bool] = False
    """Whether it shows an entry for good as it saw it first."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder = folder
        self.subscriptions: dict[str, str] = {}

    def subscribe(self, name: str, address: str) -> None:
        """Subscribe, or give a subscription another address."""
        self.subscriptions[name] = address

    @abstractmethod
    def update(self) -> int:
        """Fetch all subscriptions; how many entries count as new.  All count as read then."""

    @abstractmethod
    def entries(self) -> list[Shown]:
        """All that it holds, in no order."""

    def run(self, *command: str | Path) -> str:
        """What a command prints.  It sees this folder as its home."""
        path = os.environ.get("PATH", os.defpath)
        done = subprocess.run(
            command,
            cwd=self.folder,
            env={"HOME": str(self.folder), "LANG": "C.UTF-8", "PATH": path},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout


class Newsboat(Program):
    """Keeps entries in SQLite; knows ids over all feeds."""

    name = "newsboat"

    def update(self) -> int:
        urls = self.folder / "urls"
        urls.write_text("".join(f"{one}\n" for one in self.subscriptions.values()), "utf-8")
        (self.folder / "config").write_text("reload-threads 1\n")
        self._newsboat("-x", "reload")
        told = self._newsboat("-x", "print-unread")
        (self.folder / "read").write_text("".join(f"{one.id}\n" for one in self.entries()))
        self._newsboat("-I", "read")
        assert self._newsboat("-x", "print-unread").startswith("0 ")
        return int(told.split()[0])

    def entries(self) -> list[Shown]:
        columns = "guid, title, author, pubDate, content"
        return [
            Shown(guid, title, author, datetime.fromtimestamp(at, UTC), content)
            for guid, title, author, at, content in self.rows(columns)
        ]

    def rows(self, columns: str) -> list[tuple[Any, ...]]:
        """Of its entries."""
        with closing(sqlite3.connect(self.folder / "cache.db")) as database:
            return database.execute(f"SELECT {columns} FROM rss_item WHERE deleted = 0").fetchall()

    def _newsboat(self, *arguments: str) -> str:
        files = ("-u", "urls", "-c", "cache.db", "-C", "config")
        return self.run(needed("newsboat"), *files, *arguments)


class Sfeed(Program):
    """Keeps entries as lines; an entry is known by id, title and link together, and the
    line that was there first is kept."""

    name = "sfeed"
    keys_on_title = True
    keeps_first_text = True

    def update(self) -> int:
        before = len(self._lines())
        feeds = "".join(
            f"\tfeed {shlex.quote(name)} {shlex.quote(address)}\n"
            for name, address in self.subscriptions.items()
        )
        (self.folder / "sfeedrc").write_text(f'sfeedpath="$PWD/feeds"\nfeeds() {{\n{feeds}}}\n')
        self.run(needed("sfeed_update"), "sfeedrc")
        return len(self._lines()) - before

    def entries(self) -> list[Shown]:
        found = []
        for line in self._lines():
            at, title, _, content, kind, guid, author, *_ = line.split("\t")
            assert kind == "html"
            content = content.replace("\\n", "\n").replace("\\t", "\t").replace("\\\\", "\\")
            found.append(Shown(guid, title, author, datetime.fromtimestamp(int(at), UTC), content))
        return found

    def _lines(self) -> list[str]:
        return [
            line
            for path in sorted((self.folder / "feeds").glob("*"))
            for line in path.read_text("utf-8").splitlines()
        ]


class Rss2email(Program):
    """Mails each entry once; what was mailed is not mailed again."""

    name = "rss2email"
    keeps_first_text = True

    def __init__(self, folder: Path, *, html: bool = True) -> None:
        super().__init__(folder)
        (folder / "mail").mkdir()
        (folder / "config").write_text(
            "[DEFAULT]\nfrom = feeds@example.org\nto = reader@example.org\n"
            "email-protocol = maildir\nmaildir-path = mail\nmaildir-mailbox = inbox\n"
            f"date-header = True\nname-format = {{author}}\nhtml-mail = {html}\n"
        )

    def subscribe(self, name: str, address: str) -> None:
        super().subscribe(name, address)
        head, *_ = (self.folder / "config").read_text("utf-8").partition("[feed.")
        feeds = (f"[feed.{name}]\nurl = {url}\n" for name, url in self.subscriptions.items())
        (self.folder / "config").write_text(head + "".join(feeds), "utf-8")

    def update(self) -> int:
        before = len(self._mails())
        self.run(needed("r2e"), "-c", "config", "-d", "data.json", "run")
        return len(self._mails()) - before

    def entries(self) -> list[Shown]:
        found = []
        for path in self._mails():
            mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            author = mail["From"].addresses[0].display_name
            at = mail["Date"].datetime.astimezone(UTC)
            text = str(mail.get_content())
            found.append(Shown(mail["X-RSS-ID"], mail["Subject"], author, at, text))
        return found

    def _mails(self) -> list[Path]:
        return list((self.folder / "mail" / "inbox" / "new").glob("*"))


class Library(Program):
    """The Python library ``reader``: entries of a feed by id, updated in place."""

    name = "reader"
    formats = ("rss", "atom", "json")

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        from reader import make_reader  # dear, and for slow tests alone

        self._reader = make_reader(str(folder / "reader.sqlite"))

    def subscribe(self, name: str, address: str) -> None:
        before = self.subscriptions.get(name)
        if before is None:
            self._reader.add_feed(address)
        else:
            self._reader.change_feed_url(before, address)
        super().subscribe(name, address)

    def update(self) -> int:
        new = 0
        # By itself it waits an hour of a clock that no test can move.
        for result in self._reader.update_feeds_iter(scheduled=False):
            assert not isinstance(result.value, Exception), result
            new += result.value.new if result.value else 0
        return new

    def entries(self) -> list[Shown]:
        return [
            Shown(
                one.id,
                one.title or "",
                one.authors_str or "",
                one.published or datetime.min.replace(tzinfo=UTC),
                one.content[0].value,
            )
            for one in self._reader.get_entries()
        ]

    def close(self) -> None:
        self._reader.close()


PROGRAMS: dict[str, type[Program]] = {
    one.name: one for one in (Newsboat, Sfeed, Rss2email, Library)
}


def subscribed(program: type[Program], folder: Path, root: str, *feeds: str) -> list[Program]:
    """One reader a format that the program takes, subscribed to these feeds."""
    readers = []
    for suffix in program.formats:
        reader = program(folder / f"{program.name}-{suffix}")
        for feed in feeds:
            reader.subscribe(f"{feed}.{suffix}", f"{root}{feed}.{suffix}")
        readers.append(reader)
    return readers
