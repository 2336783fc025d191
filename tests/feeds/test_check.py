"""What must not be published is refused by a parser of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from feedsvc.errors import PublishError
from feedsvc.feeds import check
from feedsvc.model import Record
from tests.feeds.conftest import Desk, make_record

FORMATS = ("rss", "atom", "json")


def published(folder: Path, *records: Record) -> dict[str, bytes]:
    """The feed of all, by format."""
    desk = Desk(folder, sections=())
    desk.shelf.put(*records)
    desk.publish()
    return {suffix: desk.read(f"all.{suffix}") for suffix in FORMATS}


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return published(tmp_path_factory.mktemp("full"), make_record(1), make_record(2))


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return published(tmp_path_factory.mktemp("empty"))


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_good_document_passes(documents: dict[str, bytes], suffix: str) -> None:
    check.approve(documents[suffix], suffix=suffix, expected=2)


@pytest.mark.one_stands_for_all
@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("articles/2", "articles/1", "twice"),
        ("tag:dealsite.co.kr,2018:articles/2", "urn:other", "no id of ours"),
        ("본문 2", "\x85", "character"),
        ("본문 2", "\udcff", "parse again"),
        ("제목 2", "", "parse again"),
    ],
)
def test_a_bad_document_is_refused(
    documents: dict[str, bytes], suffix: str, old: str, new: str, message: str
) -> None:
    spoilt = documents[suffix].decode().replace(old, new).encode("utf-8", "surrogateescape")
    assert spoilt != documents[suffix]
    with pytest.raises(PublishError, match=message):
        check.approve(spoilt, suffix=suffix, expected=2)


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_document_cut_short_is_refused(documents: dict[str, bytes], suffix: str) -> None:
    with pytest.raises(PublishError, match="parse again"):
        check.approve(documents[suffix][:-40], suffix=suffix, expected=2)


@pytest.mark.parametrize(
    ("suffix", "old", "new"),
    [
        ("rss", "Mon, 09 Mar 2026", "soon"),
        ("rss", "00:02:00 +0900", "00:02:00 -0000"),
        ("atom", "2026-03-09T00:02:00+09:00", "soon"),
        ("atom", "T00:02:00+09:00", "T00:02:00"),
        ("json", "2026-03-09T00:02:00+09:00", "soon"),
        ("json", "T00:02:00+09:00", "T00:02:00"),
        ("json", '"https://dealsite.co.kr/articles/2"', "2"),
    ],
)
def test_a_time_or_address_that_is_none_is_refused(
    documents: dict[str, bytes], suffix: str, old: str, new: str
) -> None:
    spoilt = documents[suffix].decode().replace(old, new).encode()
    assert spoilt != documents[suffix]
    with pytest.raises(PublishError, match="parse again"):
        check.approve(spoilt, suffix=suffix, expected=2)


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_wrong_count_is_refused(documents: dict[str, bytes], suffix: str) -> None:
    with pytest.raises(PublishError, match="2 entries, not 3"):
        check.approve(documents[suffix], suffix=suffix, expected=3)


@pytest.mark.parametrize("suffix", FORMATS)
def test_an_id_that_moves_to_another_article_is_refused(
    documents: dict[str, bytes], suffix: str
) -> None:
    good = documents[suffix]
    moved = good.replace(b"https://dealsite.co.kr/articles/2", b"https://dealsite.co.kr/articles/3")
    assert moved != good
    with pytest.raises(PublishError, match=r"articles/2, which would move to \S+/3"):
        check.approve(moved, good, suffix=suffix, expected=2)
    host = good.replace(b"https://dealsite.co.kr/articles/", b"https://www.other.example/articles/")
    check.approve(host, good, suffix=suffix, expected=2)


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_document_that_lost_all_its_entries_is_refused(
    documents: dict[str, bytes], empty: dict[str, bytes], suffix: str
) -> None:
    with pytest.raises(PublishError, match="lose all of its 2 entries"):
        check.approve(empty[suffix], documents[suffix], suffix=suffix, expected=0)


@pytest.mark.parametrize("suffix", FORMATS)
def test_another_kind_of_document_is_refused(suffix: str) -> None:
    for document in (b"<html/>", b'<rss version="2.0"/>', b'{"version": "2"}', b"[]", b""):
        with pytest.raises(PublishError):
            check.ids(document, suffix)
