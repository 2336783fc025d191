"""Any bytes for an answer, to one section, article, image, hub or to robots.txt: the others
are read."""

from __future__ import annotations

import gzip
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feedsvc.config import S3Config
from feedsvc.model import PollOutcome
from feedsvc.poll import Poll, exit_code
from tests.poll.desk import NOW, Desk, by_name, piece
from tests.poll.wire import OddSite

MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
CODES = {101: "068000", 201: "083000", 301: "080000"}
HUB = "/favicon.png"  # answers well, as a hub does
STRUCK = {
    "section": "/categories/083000", "article": "/articles/201", "robots": "/robots.txt",
    "image": "/upload/*", "hub": HUB,
}  # fmt: skip
PICTURE = '<figure class="image"><img src="/upload/a.png"></figure>'
OTHERS = {101, 301}
ONES = ("section", "article", "image", "hub")

WORDS = {
    "section": "section finance: ", "article": "article 201: ", "image": "article 201: image: ",
    "hub": "the hub could not be told",
}  # fmt: skip
EXAMPLES = int(os.environ.get("FEEDSVC_EXAMPLES") or 25)

STATUS = st.one_of(
    # 429 is left out: it speaks for the whole site, which is then left alone.
    st.sampled_from((200, 200, 200, 301, 302, 307, 206, 304, 401, 403, 404, 500, 503, 999, 1, 103))
    .map(lambda code: b"HTTP/1.1 %d Fine\r\n" % code),
    st.sampled_from((
        b"HTTP/1.1 \xb200 OK\r\n", b"HTTP/9.9 200 OK\r\n", b"HTTP/1.1 200 \x1b[31mred\x07\r\n",
        b"200\r\n", b"HTTP/1.1 -200 OK\r\n", b"HTTP/1.0 200\r\n", b"ICY 200 OK\r\n",
    )),
    st.binary(max_size=60).map(lambda line: line + b"\r\n"),
)  # fmt: skip
LOCATION = st.sampled_from((
    b"http://[zz/", b"/categories/083000", b"//", b"http://10.0.0.1/", b"http://x:port/",
    b"\xff\xfe", b"https://elsewhere.example/", b"javascript:x", b"?", b"/login", b"/articles/101",
    b"http://\xea\xb0\x80.example/", b"/" + b"a" * 9000, b"http://" + b"a" * 80 + b".kr/",
    b"http://127.0.0.1:0/",
))  # fmt: skip
HEADER = st.one_of(
    LOCATION.map(lambda value: b"Location: " + value),
    st.sampled_from((
        b"Content-Encoding: gzip", b"Content-Encoding: aws-chunked", b"Content-Encoding: br, gzip",
        b"Content-Encoding: zstd", b"Transfer-Encoding: chunked", b"Content-Length: 0",
        b"Transfer-Encoding: gzip, chunked", b"Content-Length: 99999999999999999999",
        b"Content-Length: -5", b"Content-Length: \xb2", b"Content-Length: 3\r\nContent-Length: 7",
    )),
    st.sampled_from((
        b"Retry-After: 9e99", b"Retry-After: 99999999999999", b"X" * 70_000, b"no colon",
        b"Retry-After: Fri, 99 Foo 99999 99:99:99 GMT", b" folded", b"X-A: b\r\n" * 200,
        b"Retry-After: Fri, 31 Dec 9999 23:59:59 -2359", b"Set-Cookie: a=b; Path=/",
        b"Set-Cookie: ;=;;", b"Set-Cookie: a=b; Expires=" + b"1-" * 500, b"Refresh: 0;url=/",
        b"Content-Type: text/html; charset=utf-7", b"Content-Type: application/json",
        b"Content-Type: text/html; charset=\xff", b"Last-Modified: never", b"ETag: \x1b[2J",
    )),
    st.binary(max_size=80),
)  # fmt: skip
PAGE = "<!doctype html><div class=mnm-news-list><a href=/articles/1>가</a></div>\x00"
BODY = st.one_of(
    st.binary(max_size=300),
    st.sampled_from((
        b"-5\r\nhello\r\n0\r\n\r\n", b"5\r\nhello\r\nzz\r\n", b"ffffffffffffffffff\r\nx", b"0\r\n",
        gzip.compress(b"0" * 9_000_000), gzip.compress(PAGE.encode())[:-9], PAGE.encode(), b"",
        PAGE.encode("utf-16"), b"{" * 5000, b'{"articlesHtml": ' + b"[" * 90_000, b"\xff\xfe<\x00h",
        b"<div>" * 20_000, b"User-agent: *\nDisallow: /categories/083000\nCrawl-delay: nan\n",
        b"User-agent: \x00\nAllow: %\n",
    )),
)  # fmt: skip
ANSWER = st.one_of(
    st.builds(
        lambda status, headers, body: status + b"\r\n".join([*headers, b"", b""]) + body,
        STATUS, st.lists(HEADER, max_size=5), BODY,
    ),
    st.binary(max_size=300),
)  # fmt: skip
EMPTY = b"Content-Length: 0\r\n\r\n"
CHUNK = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n"
NOWHERE = b"HTTP/1.1 302 Found\r\nLocation: http://[zz/\r\n" + EMPTY
ODD_DATE = b"HTTP/1.1 503 No\r\nRetry-After: Fri, 31 Dec 9999 23:59:59 -2359\r\n" + EMPTY


@contextmanager
def odd_desk() -> Iterator[Desk]:
    site = OddSite()
    site.boxes = False
    for number, code in CODES.items():
        site.publish(piece(number, sections=(code,)))
    site.edit(201, body=(*site.article(201).body, PICTURE))
    with TemporaryDirectory(dir=MEMORY) as folder, site:
        hub = f"{site.base_url}{HUB}"
        feeds = {"hub": hub, "formats": ("json",)}
        yield Desk(site, Path(folder), NOW, http={"retries": 1}, feeds=feeds, images=True)


def polled(desk: Desk) -> tuple[PollOutcome, int]:
    with desk.fetcher(desk.archive()) as fetcher:
        poll = Poll(desk.config, desk.archive(), fetcher, desk.clock)
        outcome = poll.run(desk.config.sections)
    return outcome, exit_code(outcome, poll.problems)


@pytest.mark.slow
@pytest.mark.parametrize("transport", ["requests", "curl"])
@pytest.mark.parametrize("what", STRUCK)
def test_any_answer_to_one_leaves_the_others_alone(
    what: str, transport: str, caplog: pytest.LogCaptureFixture
) -> None:
    with odd_desk() as desk:
        desk.http["transport"] = transport

        @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
        @given(ANSWER)
        def holds(says: bytes) -> None:
            with TemporaryDirectory(dir=MEMORY) as folder:
                desk.folder = Path(folder)
                check(desk, what, says, caplog)

        holds()


@pytest.mark.one_stands_for_all
@pytest.mark.parametrize("what", ONES)
@pytest.mark.parametrize("says", [CHUNK, NOWHERE, ODD_DATE], ids=["chunk", "nowhere", "odd date"])
def test_an_odd_answer_to_one_leaves_the_others_alone(
    what: str, says: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    with odd_desk() as desk:
        # Of a hub's answer the status is all that is read.
        told = (what, says) != ("hub", CHUNK)
        assert check(desk, what, says, caplog) == (1 if told else 0)
        assert any(WORDS[what] in line for line in caplog.messages) == told


def check(desk: Desk, what: str, says: bytes, caplog: pytest.LogCaptureFixture) -> int:
    """Poll once, look at what became of it; the exit code."""
    assert isinstance(desk.site, OddSite)
    desk.site.struck, desk.site.says = STRUCK[what], says
    caplog.clear()
    outcome, code = polled(desk)
    kept = set(desk.archive().index.ids())
    sections = by_name(outcome)
    lines = [one.getMessage() for one in caplog.records if one.levelno >= logging.WARNING]
    assert all(line.isprintable() for line in lines)
    if what == "robots" and not kept:
        # It is out of reach, as RFC 9309 has it: nothing may be read, and each line says so.
        assert code == 4
        assert "robots.txt" in (outcome.sections[0].error or "")
        return code
    assert kept >= OTHERS
    assert not sections["industry"].error
    assert not sections["mna"].error
    if what == "robots":
        return code
    if what in ("image", "hub"):
        assert kept == set(CODES)
        return code
    failed = sections["finance"].error or sections["finance"].failed
    assert code == (1 if failed else 0)
    if failed:
        assert any(line.startswith(WORDS[what]) for line in lines)
    return code


@pytest.mark.one_stands_for_all
@pytest.mark.parametrize("says", [CHUNK, NOWHERE])
def test_a_robots_txt_that_is_none_is_told_and_stops_nothing(
    says: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    with odd_desk() as desk:
        assert isinstance(desk.site, OddSite)
        desk.site.struck, desk.site.says = STRUCK["robots"], says
        outcome, code = polled(desk)
        assert (code, set(desk.archive().index.ids())) == (1, set(CODES))
        assert not any(one.error for one in outcome.sections)
        assert any("/robots.txt: the answer is not HTTP" in line for line in caplog.messages)


@pytest.mark.one_stands_for_all
@pytest.mark.parametrize(
    "error", [ValueError, RecursionError, UnicodeError, AttributeError, MemoryError]
)
def test_any_mistake_in_reading_one_leaves_the_others_alone(
    error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bug that one page brings to light: in a section's rows, in an article, in both."""
    from feedsvc import parse

    real_section, real_article = parse.section, parse.article

    def section(page, *rest):  # type: ignore[no-untyped-def]
        if "083000" in page.url:
            raise error("a bug")
        return real_section(page, *rest)

    def article(page, *rest, **more):  # type: ignore[no-untyped-def]
        if page.url.endswith("/101"):
            raise error("a bug")
        return real_article(page, *rest, **more)

    monkeypatch.setattr(parse, "section", section)
    monkeypatch.setattr(parse, "article", article)
    with odd_desk() as desk:
        outcome, code = polled(desk)
        sections = by_name(outcome)
        assert code == 1
        assert set(desk.archive().index.ids()) == {301}
        assert sections["finance"].error == (
            f"{error.__name__}: a bug; run feedsvc with --log-level debug and report what it prints"
        )
        assert (sections["industry"].failed, sections["mna"].new) == (1, 1)


def test_any_mistake_with_the_bucket_is_told_and_costs_nothing_else(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise UnicodeError("a bug")

    monkeypatch.setattr("feedsvc.poll.distribute._fill_bucket", broken)
    bucket = S3Config(bucket="a-bucket", access_key="an-access-key", secret_key="a-secret-key")
    with odd_desk() as desk:
        desk.feeds = {"s3": bucket, "formats": ("json",)}
        outcome, code = polled(desk)
        assert (code, set(desk.archive().index.ids())) == (1, set(CODES))
        assert not any(one.error for one in outcome.sections)
        assert len(desk.feed("all")) == len(CODES)
        assert any("the bucket: UnicodeError: a bug" in line for line in caplog.messages)


@pytest.mark.one_stands_for_all
@pytest.mark.parametrize("what", ONES[:3])
def test_a_way_to_a_host_that_is_down_is_one_page_and_not_the_site(
    what: str, caplog: pytest.LogCaptureFixture
) -> None:
    """An alias of the site's that nobody serves any more: who leads there has answered."""
    with odd_desk() as desk:
        assert isinstance(desk.site, OddSite)
        desk.aliases = ("localhost",)
        desk.site.struck = STRUCK[what]
        desk.site.says = b"HTTP/1.1 302 Found\r\nLocation: http://localhost:1/x\r\n" + EMPTY
        for _ in range(4):
            outcome, code = polled(desk)
            assert code in ((0, 1) if what == "image" else (1,))
            assert set(desk.archive().index.ids()) >= OTHERS
            assert not any(by_name(outcome)[name].error for name in ("industry", "mna"))
