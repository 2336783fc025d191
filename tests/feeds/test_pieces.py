"""Documents taken apart and put together again, and fitted into a size."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from feedsvc.errors import PublishError
from feedsvc.feeds import pieces, xml
from feedsvc.feeds.channel import Channel
from feedsvc.feeds.documents import Holding, Item, fitted, of_entries
from feedsvc.feeds.entry import entry_of
from feedsvc.model import Entry
from feedsvc.site import Site
from tests.feeds.conftest import NOW, make_record

FORMATS = ("rss", "atom", "json")
CHANNEL = Channel(
    "all", "제목", "설명", "https://dealsite.co.kr/", "http://127.0.0.1/", timedelta(hours=1),
    Site.at("https://dealsite.co.kr"), hub="https://hub.example/",
)  # fmt: skip
# Text that looks like the lines at which documents are cut.
NASTY = "  <entry>\n  </entry>\n    <item>\n    </item>\n</feed>\n    {\n    },\n  ]\n}\n"
ENTRIES = tuple(
    entry_of(make_record(n, body=(f"<p>{'가' * n}{NASTY}</p>", "<b>]]></b>&amp;")), {})
    for n in range(1, 60)
)


def whole(suffix: str, entries: tuple[Entry, ...]) -> bytes:
    """The document as its writer makes it in one go."""
    if suffix == "json":
        return pieces.json_feed(CHANNEL, entries)
    updated = max(entry.updated for entry in entries)
    if suffix == "rss":
        published = max(entry.published for entry in entries)
        return xml.rss(CHANNEL, entries, updated, published)
    return xml.atom(CHANNEL, entries, updated, "2026-03")


def put_together(suffix: str, entries: tuple[Entry, ...], parts: Mapping[str, bytes]) -> bytes:
    updated = max(entry.updated for entry in entries)
    published = max(entry.published for entry in entries)
    frame = pieces.frame(CHANNEL, suffix, updated, published, "2026-03")
    return pieces.joined(frame, suffix, [parts[entry.id] for entry in entries])


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_document_of_pieces_is_the_one_that_is_written_at_once(suffix: str) -> None:
    at_once = whole(suffix, ENTRIES)
    assert put_together(suffix, ENTRIES, pieces.made(suffix, ENTRIES)) == at_once
    one_by_one = {k: v for entry in ENTRIES for k, v in pieces.made(suffix, [entry]).items()}
    assert put_together(suffix, ENTRIES, one_by_one) == at_once
    assert pieces.cut(at_once, suffix) == one_by_one


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_document_without_entries_is_its_frame(suffix: str) -> None:
    frame = pieces.frame(CHANNEL, suffix)
    assert pieces.joined(frame, suffix, []) == frame
    assert pieces.cut(frame, suffix) == {}
    assert pieces.entries_of(frame, suffix) == b""
    assert pieces.first(frame, suffix, 3) == frame


@pytest.mark.parametrize("suffix", FORMATS)
def test_the_first_entries_alone(suffix: str) -> None:
    document = whole(suffix, ENTRIES)
    assert list(pieces.cut(pieces.first(document, suffix, 2), suffix)) == [
        entry.id for entry in ENTRIES[:2]
    ]
    assert pieces.first(document, suffix, 99) == document


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_document_that_is_not_ours_is_not_cut(suffix: str) -> None:
    document = whole(suffix, ENTRIES[:2])
    for old, new in ((b"2018:articles/1", b"2018:articles/1<&\\"), (b'"id"', b'"di"')):
        spoilt = document.replace(old, new).replace(b"<id>", b"<di>").replace(b"<guid ", b"<g ")
        with pytest.raises(ValueError, match="not ours"):
            pieces.cut(spoilt, suffix)


def fit(suffix: str, entries: tuple[Entry, ...], size: int) -> tuple[tuple[str, ...], bytes]:
    holding = of_entries(entries)
    room = pieces.room(pieces.frame(CHANNEL, suffix, previous="2026-03"), suffix, size)
    kept = fitted(holding, room, suffix)
    shown = tuple(entry for entry in entries if entry.id in kept)
    return tuple(entry.id for entry in shown), put_together(suffix, shown, kept)


@pytest.mark.slow
@pytest.mark.parametrize("suffix", FORMATS)
def test_as_many_entries_as_fit_and_not_one_more(suffix: str) -> None:
    sizes = [len(whole(suffix, ENTRIES[:count])) for count in range(1, len(ENTRIES) + 1)]
    for count, size in enumerate(sizes, 1):
        for given, fits in ((size, count), (size - 1, count - 1)):
            if fits:
                shown, document = fit(suffix, ENTRIES, given)
                assert len(shown) == fits
                assert document == whole(suffix, ENTRIES[:fits])


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_giant_is_shown_short_and_hides_no_other(suffix: str) -> None:
    giant = replace(ENTRIES[1], content=f"<p>{'가' * 20_000}</p>")
    shown, document = fit(suffix, (ENTRIES[0], giant, *ENTRIES[2:4]), 20_000)
    assert len(shown) == 4
    assert "원문 보기" in document.decode()


def test_a_size_that_holds_no_entry_is_an_error() -> None:
    with pytest.raises(PublishError, match="not one entry fits"):
        fit("rss", ENTRIES, 1_700)


def test_an_entry_that_cannot_be_written_makes_room_for_others() -> None:
    items = tuple(Item(entry.id, NOW, NOW) for entry in ENTRIES)
    given = pieces.made("atom", ENTRIES[1:])
    holding = Holding(items, items, lambda some, suffix: given, lambda item, suffix: b"")
    kept = fitted(holding, 10**6, "atom")
    assert list(kept) == [entry.id for entry in ENTRIES[1:]]
    assert kept == given
