"""Whether an archive is whole, asked of its files alone and by means of its own."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from types import SimpleNamespace

from warcio.checker import Checker

from feedsvc.archive.records import from_json


def sha(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


def lines(archive: Path) -> list[dict[str, object]]:
    """Every journal line, the chain checked."""
    found = []
    prev = None
    for path in sorted((archive / "journal").glob("*.jsonl")):
        data = path.read_bytes()
        assert data == b"" or data.endswith(b"\n"), path
        for raw in data.splitlines():
            line = json.loads(raw)
            assert line["prev"] == prev, (path, line)
            prev = sha(raw)
            found.append(line)
    return found


def audit(archive: Path) -> dict[int, list[str]]:
    """Events by id.  Fails where chain, records, images, WARC files or pending are not
    whole, a record has no journal line, or a temporary file is left."""
    events: dict[int, list[str]] = {}
    files: dict[int, object] = {}
    for line in lines(archive):
        if line["event"] == "layout":
            continue
        article_id = line["id"]
        assert isinstance(article_id, int)
        events.setdefault(article_id, []).append(str(line["event"]))
        files[article_id] = line["file"]
    on_disk = {}
    for path in (archive / "articles").rglob("*.json"):
        data = path.read_bytes()
        record = from_json(data)
        assert record.id == int(path.stem)
        for image in record.images:
            if image.file:
                shown = (archive / image.file).read_bytes()
                assert sha(shown)[7:] == Path(image.file).stem, image.file
        on_disk[int(path.stem)] = sha(data)
    assert on_disk == {one: file for one, file in files.items() if file != sha(b"")}
    for events_of_one in events.values():
        added = events_of_one.count("added") - events_of_one.count("withdrawn")
        has_record = events_of_one != ["moved"] and events_of_one[-1] != "withdrawn"
        assert added == has_record, events
    for path in (archive / "raw").glob("*"):
        checker = Checker(SimpleNamespace(inputs=[str(path)], verbose=False))
        assert checker.process_all() == 0, path
    pending = archive / "pending.jsonl"
    if pending.exists():
        for raw in pending.read_bytes().splitlines(keepends=True):
            assert raw.endswith(b"\n")
            json.loads(raw)
    assert not (found := list(archive.rglob("*.tmp"))), found
    return events
