"""A record's file: exactly the contract's, and nothing lost on the way back."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedsvc import recordjson
from feedsvc.archive.records import from_json, to_json
from feedsvc.model import (
    Access,
    Image,
    Marker,
    Record,
    Related,
    Revision,
    Scope,
    Status,
)
from feedsvc.recordjson import digest
from feedsvc.site import KST
from tests.archive.samples import NOW, edited, record

SCHEMA = json.loads(files("feedsvc.archive").joinpath("record.schema.json").read_text("utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)

texts = st.text(st.characters(codec="utf-8"), max_size=20)
words = st.text("abc 가나다\"\\/<>&'\n\t", max_size=8)
times = st.datetimes(
    min_value=datetime(1990, 1, 1),  # noqa: DTZ001 - hypothesis wants its bounds naive
    max_value=datetime(2100, 1, 1),  # noqa: DTZ001
    timezones=st.sampled_from([KST, UTC, ZoneInfo("Asia/Seoul")]),
)
ids = st.integers(0, 10**12)
statuses = st.sampled_from(Status)
strings = st.lists(texts, max_size=3).map(tuple)
accesses = st.builds(
    Access,
    statuses,
    st.lists(
        st.builds(Marker, statuses, st.just(Scope.ARTICLE), texts, st.just(True)), max_size=2
    ).map(tuple),
    st.none() | times,
    st.none() | times,
    st.sampled_from(["guest", "member"]),
)
plain = st.builds(
    Record,
    id=ids,
    guid=texts,
    url=texts,
    title=texts,
    subtitle=words,
    reporters=strings,
    published_at=times,
    updated_at=times,
    first_seen_at=times,
    origin=st.sampled_from(["poll", "backfill"]),
    sections=strings,
    keywords=strings,
    access=accesses,
    images=st.lists(st.builds(Image, texts, words, st.none() | texts), max_size=2).map(tuple),
    body=strings,
    related=st.lists(st.builds(Related, texts, texts), max_size=2).map(tuple),
    duplicate_of=st.none() | ids,
    gone_at=st.none() | times,
    digest=texts,
    sources=st.dictionaries(words, texts, max_size=3).map(lambda d: tuple(d.items())),
    revisions=st.just(()),
)
changeable = [f.name for f in fields(Record) if f.name not in ("id", "guid", "revisions")]


@st.composite
def histories(draw: st.DrawFn) -> Record:
    """A record with revisions that hold other records' values."""
    revisions = []
    for old in draw(st.lists(plain, max_size=2)):
        keys = draw(st.lists(st.sampled_from(changeable), unique=True, max_size=4))
        kept = tuple((key, recordjson.as_json(old)[key]) for key in keys)
        revisions.append(Revision(draw(times), kept))
    return replace(draw(plain), revisions=tuple(revisions))


@settings(max_examples=25, deadline=None)
@given(histories())
def test_nothing_is_lost_on_the_way_to_the_file_and_back(made: Record) -> None:
    data = to_json(made)
    assert from_json(data) == made
    assert to_json(from_json(data)) == data


def test_the_file_is_the_contracts() -> None:
    data = to_json(edited(record(), "새 제목", NOW))
    text = data.decode()
    assert text.endswith("\n}\n")
    assert '\n  "title": "새 제목",\n' in text
    values = json.loads(text)
    assert list(values) == [
        "format", "id", "guid", "url", "title", "subtitle", "reporters", "published_at",
        "updated_at", "first_seen_at", "origin", "sections", "keywords", "access", "images",
        "body", "related", "duplicate_of", "gone_at", "digest", "sources", "revisions",
    ]  # fmt: skip
    assert list(values["access"]) == [
        "status", "locked", "plus_first_at", "released_at", "seen_as", "markers",
    ]  # fmt: skip
    assert values["published_at"] == "2026-03-09T08:00:00+09:00"
    assert values["access"]["markers"] == [
        {"kind": "plus-first", "text": "이 기사는 먼저 팔린 기사입니다."}
    ]
    assert list(values["revisions"][0]) == ["seen_at", "changed", "title", "updated_at", "digest"]
    assert values["revisions"][0]["changed"] == ["title", "updated_at", "digest"]


def test_markers_that_did_not_count_are_not_kept() -> None:
    box = Marker(Status.MEMBERS_ONLY, Scope.PAGE, "딜사이트 회원전용", counted=False)
    made = replace(record(), access=Access(Status.OPEN, (box,)))
    assert from_json(to_json(made)).access.markers == ()


def test_times_are_written_with_the_korean_offset() -> None:
    made = replace(record(), published_at=datetime(2026, 3, 9, 1, 2, 3, tzinfo=UTC))
    assert recordjson.as_json(made)["published_at"] == "2026-03-09T10:02:03+09:00"


def test_a_time_without_a_zone_is_an_error_where_it_is_written() -> None:
    made = replace(record(), published_at=NOW.replace(tzinfo=None))
    with pytest.raises(ValueError, match="without a zone"):
        to_json(made)


@settings(max_examples=10, deadline=None)
@given(histories())
def test_the_schema_allows_what_is_written(made: Record) -> None:
    # The schema is stricter than the types about forms: those come from a real one.
    real = record()
    made = replace(
        made, guid=real.guid, url=real.url, digest=real.digest, sections=real.sections,
        images=real.images, related=real.related,
    )  # fmt: skip
    made = replace(made, guid=f"tag:dealsite.co.kr,2018:articles/{made.id}")
    values: Any = recordjson.as_json(replace(made, revisions=()))
    VALIDATOR.validate(values)


def test_the_schema_allows_a_revision_of_every_key() -> None:
    old = record()
    kept = tuple((key, recordjson.as_json(old)[key]) for key in changeable)
    VALIDATOR.validate(recordjson.as_json(replace(old, revisions=(Revision(NOW, kept),))))


@pytest.mark.parametrize("key", [*recordjson.as_json(record())])
def test_a_missing_key_is_refused_by_reader_and_schema(key: str) -> None:
    values: Any = recordjson.as_json(record())
    del values[key]
    with pytest.raises(recordjson.RecordInvalid, match=key):
        recordjson.from_json(values)
    assert not VALIDATOR.is_valid(values)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("format",), 2),
        (("id",), "117013"),
        (("id",), True),
        (("title",), None),
        (("reporters",), "김가영"),
        (("reporters", 0), 1),
        (("published_at",), "2024-01-26T18:32:51"),
        (("published_at",), "어제"),
        (("origin",), "import"),
        (("access", "status"), "free"),
        (("access", "locked"), True),
        (("access", "seen_as"), "admin"),
        (("access", "extra"), 1),
        (("access", "markers"), {}),
        (("images", 0, "file"), 1),
        (("related", 0), "x"),
        (("duplicate_of",), "1"),
        (("sources",), []),
        (("sources", "title"), None),
        (("newer_key",), 1),
        (("revisions",), [{"seen_at": "2026-03-09T08:00:00+09:00", "changed": ["title"]}]),
        (("revisions",), [{"seen_at": "2026-03-09T08:00:00+09:00", "changed": ["colour"]}]),
        (
            ("revisions",),
            [{"seen_at": "2026-03-09T08:00:00+09:00", "changed": [], "title": "x"}],
        ),
    ],
)
def test_what_is_no_record_is_refused_by_reader_and_schema(
    path: tuple[Any, ...], value: object
) -> None:
    values: Any = recordjson.as_json(record())
    place = values
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    with pytest.raises(recordjson.RecordInvalid) as caught:
        recordjson.from_json(values)
    assert str(path[0]) in str(caught.value)
    assert not VALIDATOR.is_valid(values)


def test_a_record_that_is_no_object_is_refused() -> None:
    with pytest.raises(recordjson.RecordInvalid, match="not an object"):
        from_json(b"[]")


def test_digest_is_of_what_a_reader_sees() -> None:
    import hashlib

    made = digest(" 제목  하나 ", "부제", ("<p>첫&nbsp;문단</p>", "<p>둘<b>째</b></p>"))
    expected = hashlib.sha256("제목 하나\n부제\n첫 문단 둘째".encode()).hexdigest()
    assert made == f"sha256:{expected}"
    assert digest("제목 하나", "부제", ('<p class="a">첫 문단</p><p>둘째</p>',)) == made
    assert digest("제목 하나", "", ("<p>부제</p>",)) != made


def test_times_at_the_seconds_kst_offset_come_back_as_kst() -> None:
    assert recordjson.time_from_json("2026-03-09T08:00:00+09:00").tzinfo is KST
    west = recordjson.time_from_json("2026-03-09T08:00:00-05:00")
    assert west.utcoffset() == timedelta(hours=-5)


def test_a_notice_in_unknown_words_locks_and_version_0_1_0_did_not_say_so() -> None:
    notice = Marker(Status.UNKNOWN, Scope.ARTICLE, "모르는 안내", True)
    made = replace(record(), access=Access(Status.UNKNOWN, (notice,)))
    written = to_json(made)
    assert json.loads(written)["access"]["locked"] is True
    VALIDATOR.validate(json.loads(written))
    before = written.replace(b'"locked": true', b'"locked": false')
    assert before != written
    assert from_json(before) == from_json(written) == made
