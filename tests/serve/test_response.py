"""Codings, validators and conditions by RFC 9110, without a server."""

from __future__ import annotations

import gzip
from datetime import datetime, timedelta

import pytest

from feedsvc.serve.response import choose, document, matches, respond, unmodified
from feedsvc.site import KST

AT = datetime(2026, 3, 9, 12, 0, 7, 900_000, tzinfo=KST)
TEXT = b"<rss>" + b"word " * 1000


@pytest.mark.parametrize(
    ("field", "coding"),
    [
        (None, "identity"),
        (b"", "identity"),
        (b"gzip", "gzip"),
        (b"GZIP", "gzip"),
        (b"x-gzip", "gzip"),
        (b"gzip, deflate, br", "gzip"),
        (b"br", "identity"),
        (b"*", "gzip"),
        (b"gzip;q=0", "identity"),
        (b"gzip;q=0.000", "identity"),
        (b"gzip; q=0, *", "identity"),
        (b"gzip;q=0.5, identity;q=0.9", "identity"),
        (b"gzip;q=0.5, identity;q=0.5", "gzip"),
        (b"gzip;q=0.1", "gzip"),
        (b"identity;q=0, gzip", "gzip"),
        (b"*;q=0, gzip", "gzip"),
        (b"identity;q=0", None),
        (b"*;q=0", None),
        (b"gzip;q=0, identity;q=0", None),
        (b"br, *;q=0", None),
        (b"*;q=0, identity", "identity"),
        (b"gzip;q=yes", "identity"),
        (b"gzip;q=2", "identity"),
        (b";;,,=", "identity"),
    ],
)
def test_coding_follows_the_weights(field: bytes | None, coding: str | None) -> None:
    assert choose(field) == coding


@pytest.mark.parametrize(
    ("field", "fits"),
    [
        (b'"a"', True),
        (b'W/"a"', True),
        (b'"b", W/"a" ,"c"', True),
        (b'"b,"a', False),
        (b"*", True),
        (b" * ", True),
        (b"a", False),
        (b'"A"', False),
        (b'"b"', False),
        (b'"b*"', False),
        (b"", False),
    ],
)
def test_if_none_match(field: bytes, fits: bool) -> None:
    assert matches(field, b'"a"') is fits


@pytest.mark.parametrize(
    ("field", "fresh"),
    [
        (b"Mon, 09 Mar 2026 03:00:07 GMT", True),
        (b"Mon, 09 Mar 2026 03:00:07 -0000", True),
        (b"Mon, 09 Mar 2026 03:00:08 GMT", True),
        (b"Mon, 09 Mar 2026 03:00:06 GMT", False),
        (b"yesterday", False),
        (b"Mon, 99 Mar 2026 03:00:08 GMT", False),
        (b"\xff", False),
        (b"", False),
    ],
)
def test_if_modified_since(field: bytes, fresh: bool) -> None:
    assert unmodified(AT.replace(microsecond=0), field) is fresh


def test_each_coding_has_its_own_strong_tag_and_both_say_vary() -> None:
    made = document(TEXT, "application/rss+xml; charset=utf-8", cache_control="x", modified=AT)
    plain = respond(made, ())
    packed = respond(made, ((b"accept-encoding", b"gzip"),))
    tags = {dict(plain.headers)[b"etag"], dict(packed.headers)[b"etag"]}
    assert len(tags) == 2
    assert all(tag.startswith(b'"') for tag in tags)
    assert gzip.decompress(packed.body) == plain.body == TEXT
    assert len(packed.body) < len(TEXT)
    for answer in (plain, packed):
        headers = dict(answer.headers)
        assert headers[b"vary"] == b"accept-encoding"
        assert headers[b"last-modified"] == b"Mon, 09 Mar 2026 03:00:07 GMT"
        assert headers[b"content-length"] == str(len(answer.body)).encode()
    assert b"content-encoding" not in dict(plain.headers)


def test_the_tag_of_one_coding_does_not_confirm_the_other() -> None:
    made = document(TEXT, "text/html", cache_control="x")
    tag = dict(respond(made, ()).headers)[b"etag"]
    assert respond(made, ((b"if-none-match", tag),)).status == 304
    asked = ((b"if-none-match", tag), (b"accept-encoding", b"gzip"))
    assert respond(made, asked).status == 200


def test_a_tag_outranks_a_date() -> None:
    made = document(TEXT, "text/html", cache_control="x", modified=AT)
    later = (b"if-modified-since", b"Tue, 10 Mar 2026 03:00:00 GMT")
    assert respond(made, (later,)).status == 304
    assert respond(made, (later, (b"if-none-match", b'"other"'))).status == 200


def test_several_fields_count_as_one_list() -> None:
    made = document(TEXT, "text/html", cache_control="x")
    tag = dict(respond(made, ()).headers)[b"etag"]
    asked = ((b"if-none-match", b'"other"'), (b"if-none-match", tag))
    answer = respond(made, asked)
    assert answer.status == 304
    assert answer.body == b""
    assert dict(answer.headers)[b"etag"] == tag
    refused = ((b"accept-encoding", b"gzip;q=0"), (b"accept-encoding", b"identity;q=0"))
    assert respond(made, refused).status == 406


def test_images_are_sent_as_they_are() -> None:
    made = document(b"\x89PNG" * 100, "image/png", cache_control="x")
    headers = dict(respond(made, ((b"accept-encoding", b"gzip, identity;q=0"),)).headers)
    assert b"content-encoding" not in headers
    assert b"vary" not in headers


def test_same_bytes_same_tag_whenever_the_file_was_written() -> None:
    one = document(TEXT, "text/html", cache_control="x", modified=AT)
    other = document(TEXT, "text/html", cache_control="x", modified=AT + timedelta(days=1))
    assert one.plain.etag == other.plain.etag
    assert one.gzip is not None
    assert other.gzip is not None
    assert one.gzip.etag == other.gzip.etag
