"""The stand-in's state, faults, log and server do what they say."""

from __future__ import annotations

import gzip
import http.client
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import FrozenInstanceError
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import pytest

from feedsvc.model import Status
from feedsvc.site import KST
from tests.standin import Fault, StandIn, StandInArticle

NOW = datetime(2026, 8, 3, 18, 0, tzinfo=KST)
BODY = ("<p>첫 문단이다.</p>", "<p>둘째 문단이다.</p>", "<p>셋째 문단이다.</p>")


def article(number: int, **fields: object) -> StandInArticle:
    at = NOW - timedelta(minutes=1000 - number)
    return StandInArticle(number, f"제목 {number}", at, BODY, **fields)  # type: ignore[arg-type]


@pytest.fixture
def site() -> StandIn:
    return StandIn([article(n) for n in range(100, 130)], now=lambda: NOW)


@pytest.fixture
def served(site: StandIn) -> Iterator[StandIn]:
    with site:
        yield site


def get(
    site: StandIn, target: str, method: str = "GET", timeout: float = 30, **headers: str
) -> tuple[http.client.HTTPResponse, bytes]:
    connection = http.client.HTTPConnection(urlsplit(site.base_url).netloc, timeout=timeout)
    try:
        connection.request(
            method, target, headers={k.replace("_", "-"): v for k, v in headers.items()}
        )
        answer = connection.getresponse()
        return answer, answer.read()
    finally:
        connection.close()


def text(site: StandIn, target: str) -> str:
    return site.respond("GET", target).body.decode()


def test_publish_edit_delete_show_at_once(site: StandIn) -> None:
    assert "새 소식" not in text(site, "/categories")
    site.publish(article(200, subtitle="새 부제"))
    assert "제목 200" in text(site, "/categories")
    site.edit(200, title="새 소식")
    assert "새 소식" in text(site, "/categories")
    assert "새 소식" in text(site, "/articles/200")
    assert "제목 200" not in text(site, "/articles/200")
    site.delete(200)
    assert site.respond("GET", "/articles/200").status == 404
    assert "새 소식" not in text(site, "/categories")
    site.delete(100, status=410)
    assert site.respond("GET", "/articles/100").status == 410
    site.publish(article(200))
    assert site.respond("GET", "/articles/200").status == 200
    assert len(site.articles) == 30


def test_lock_and_release(site: StandIn) -> None:
    site.lock(110, Status.SOON_FREE)
    assert "셋째 문단" not in text(site, "/articles/110")
    assert "/articles/110/" in text(site, "/articles/111")
    assert site.release(110).status is Status.OPEN
    assert "셋째 문단" in text(site, "/articles/110")
    assert 'box-item"><a href="/articles/110/' not in text(site, "/articles/111")
    site.edit(111, plus_first_at=NOW, status=Status.PLUS_ONLY)
    assert site.release(111).status is Status.PLUS_FIRST


def test_a_cut_article_breaks_off_without_a_marker(site: StandIn) -> None:
    site.lock(110, Status.UNKNOWN)
    page = text(site, "/articles/110")
    assert "…</p>" in page
    assert "셋째 문단" not in page
    assert "prime-msg" not in page


def test_an_article_is_checked() -> None:
    with pytest.raises(ValueError, match="aware"):
        StandInArticle(1, "제목", datetime(2026, 1, 1), BODY)  # noqa: DTZ001
    with pytest.raises(ValueError, match="split"):
        article(1, split=(7,))


def test_requests_are_logged_and_counted(site: StandIn) -> None:
    site.respond("GET", "/categories/068000?page=2", (("User-Agent", "t"),))
    site.respond("GET", "/articles/1")
    log = site.requests
    assert [(r.target, r.status) for r in log] == [
        ("/categories/068000?page=2", 200),
        ("/articles/1", 404),
    ]
    assert log[0].headers == (("User-Agent", "t"),)
    assert log[0].when == NOW
    assert log[0].at <= log[1].at
    assert site.count("/categories/*") == site.count("/categories/068000") == 1
    with pytest.raises(FrozenInstanceError):
        log[0].status = 1  # type: ignore[misc]
    site.forget_requests()
    assert site.count() == 0


def test_validators(site: StandIn) -> None:
    assert site.respond("GET", "/categories").header("ETag") is None
    site.validators = True
    first = site.respond("GET", "/categories")
    tag, stamp = first.header("ETag"), first.header("Last-Modified")
    assert tag
    assert stamp
    for header in (("If-None-Match", tag), ("If-Modified-Since", stamp)):
        assert site.respond("GET", "/categories", (header,)).status == 304
    site.edit(129, title="바뀐 제목")
    for header in (("If-None-Match", tag), ("If-Modified-Since", stamp)):
        assert site.respond("GET", "/categories", (header,)).status == 200


STATUSES = {
    Fault.TOO_MANY_SECONDS: 429, Fault.TOO_MANY_DATE: 429, Fault.SERVER_ERROR: 500,
    Fault.BAD_GATEWAY: 502, Fault.UNAVAILABLE: 503, Fault.GATEWAY_TIMEOUT: 504,
    Fault.FIREWALL: 403, Fault.FIREWALL_OK: 200, Fault.LOGIN_REDIRECT: 302,
    Fault.ENDLESS_REDIRECT: 302, Fault.OTHER_HOST: 302, Fault.PRIVATE_ADDRESS: 302,
    Fault.GZIP_BOMB: 200, Fault.HUGE: 200, Fault.WRONG_CHARSET: 200, Fault.CP949: 200,
    Fault.EMPTY: 200, Fault.ERROR_PAGE_OK: 200, Fault.NOT_FOUND: 404, Fault.GONE: 410,
    Fault.RENAMED: 200, Fault.PDF: 200, Fault.COOKIE_WALL: 302, Fault.NOWHERE: 302,
    Fault.OTHER_ID: 302, Fault.UNKNOWN_ENCODING: 200, Fault.UTF_16: 200, Fault.NUL: 200,
}  # fmt: skip


LARGE = (Fault.GZIP_BOMB, Fault.HUGE)


@pytest.mark.parametrize(
    "kind", [pytest.param(one, marks=[pytest.mark.slow] * (one in LARGE)) for one in STATUSES]
)
def test_a_fault_has_its_status_where_it_is_and_nowhere_else(site: StandIn, kind: Fault) -> None:
    good = site.respond("GET", "/articles/120").body
    site.fault(kind, "/articles/120*", times=1)
    assert site.respond("GET", "/articles/121").status == 200
    bad = site.respond("GET", "/articles/120/068000")
    assert bad.status == STATUSES[kind]
    assert bad.body != good or kind in (Fault.WRONG_CHARSET, Fault.UNKNOWN_ENCODING)
    assert bad.header("Content-Length") == str(len(bad.body))
    assert site.respond("GET", "/articles/120").body == good


def test_every_fault_is_tested() -> None:
    assert set(Fault) - set(STATUSES) == {
        Fault.REFUSED, Fault.RESET, Fault.READ_TIMEOUT, Fault.TRUNCATED, Fault.NO_HTTP,
        Fault.BAD_CHUNK,
    }  # fmt: skip


@pytest.mark.slow
def test_what_the_faults_say(site: StandIn) -> None:
    def answer(kind: Fault, target: str = "/articles/120", after: float = 2) -> tuple[str, bytes]:
        site.clear_faults()
        site.fault(kind, target + "*", after=after)
        got = site.respond("GET", target)
        headers = " ".join(f"{name}: {value}" for name, value in got.headers)
        return headers, got.body

    assert "Retry-After: 90" in answer(Fault.TOO_MANY_SECONDS, after=90)[0]
    date = answer(Fault.TOO_MANY_DATE, after=90)[0].partition("Retry-After: ")[2]
    assert parsedate_to_datetime(date) == NOW + timedelta(seconds=90)
    assert "Location: /member/login" in answer(Fault.LOGIN_REDIRECT)[0]
    assert "Location: /articles/120?turn=1" in answer(Fault.ENDLESS_REDIRECT)[0]
    again = site.respond("GET", "/articles/120?turn=1").header("Location")
    assert again == "/articles/120?turn=2"
    assert "Location: https://elsewhere.example/" in answer(Fault.OTHER_HOST)[0]
    assert "Location: http://10.0.0.1/" in answer(Fault.PRIVATE_ADDRESS)[0]
    assert "Location: http://[zz/" in answer(Fault.NOWHERE)[0]
    assert "Location: /articles/129" in answer(Fault.OTHER_ID)[0]
    assert "Location" not in answer(Fault.OTHER_ID, "/articles/129")[0]
    assert "Location" not in answer(Fault.OTHER_ID, "/categories")[0]
    assert "Content-Encoding: aws-chunked" in answer(Fault.UNKNOWN_ENCODING)[0]
    assert "둘째 문단" in answer(Fault.UTF_16)[1].decode("utf-16")
    assert b"\0" in answer(Fault.NUL)[1]
    wall = answer(Fault.COOKIE_WALL)[0]
    assert "Location: /articles/120" in wall
    assert "Set-Cookie: wall=passed; Path=/" in wall
    assert site.respond("GET", "/articles/120", (("Cookie", "wall=passed"),)).status == 200
    headers, bomb = answer(Fault.GZIP_BOMB)
    assert "Content-Encoding: gzip" in headers
    assert len(bomb) < 1_000_000
    assert len(gzip.decompress(bomb)) > 100_000_000
    assert len(answer(Fault.HUGE)[1]) > 50_000_000
    headers, body = answer(Fault.WRONG_CHARSET)
    assert "EUC-KR" in headers
    assert "둘째 문단" in body.decode()
    assert "둘째 문단" in answer(Fault.CP949)[1].decode("cp949")
    assert answer(Fault.EMPTY)[1] == b""
    assert "찾을 수 없습니다" in answer(Fault.ERROR_PAGE_OK)[1].decode()
    renamed = answer(Fault.RENAMED)[1].decode()
    assert "둘째 문단" in renamed
    assert "content-area" not in renamed
    assert 'read-news-title"' not in renamed
    assert answer(Fault.PDF)[1].startswith(b"%PDF")


def test_renaming_reaches_the_json_listing(site: StandIn) -> None:
    target = "/api/articles/categoryNews?categoryCode=068000&page=0"
    site.fault(Fault.RENAMED)
    got = site.respond("GET", target, (("X-Requested-With", "XMLHttpRequest"),)).body.decode()
    assert "제목 129" in got
    assert "mnm-news" not in got


def test_memory_tells_the_faults_of_a_connection(site: StandIn) -> None:
    site.fault(Fault.RESET, "/articles/*", times=1)
    assert site.respond("GET", "/articles/120").breaks is Fault.RESET
    assert site.respond("GET", "/articles/120").breaks is None


def test_the_server_answers_as_memory_does(served: StandIn) -> None:
    plain, body = get(served, "/articles/120")
    assert body == served.respond("GET", "/articles/120").body
    assert plain.version == 11
    packed, small = get(served, "/articles/120", Accept_Encoding="gzip")
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(small) == body
    head, nothing = get(served, "/articles/120", method="HEAD")
    assert int(head.headers["Content-Length"]) == len(body)
    assert nothing == b""
    assert get(served, "/articles/120", method="POST")[0].status == 405


def test_one_connection_serves_many_requests(served: StandIn) -> None:
    connection = http.client.HTTPConnection(urlsplit(served.base_url).netloc, timeout=30)
    try:
        for number in (120, 121, 122):
            connection.request("GET", f"/articles/{number}")
            assert f"제목 {number}".encode() in connection.getresponse().read()
            assert connection.sock is not None
    finally:
        connection.close()


def test_truncated_and_reset_bodies(served: StandIn) -> None:
    served.fault(Fault.TRUNCATED, "/articles/120")
    with pytest.raises(http.client.IncompleteRead):
        get(served, "/articles/120")
    served.fault(Fault.RESET, "/articles/121")
    with pytest.raises((ConnectionResetError, http.client.IncompleteRead)):
        get(served, "/articles/121")
    assert get(served, "/articles/122")[0].status == 200


def test_what_is_no_http(served: StandIn) -> None:
    served.fault(Fault.NO_HTTP, "/articles/120")
    with pytest.raises(http.client.BadStatusLine):
        get(served, "/articles/120")
    served.fault(Fault.BAD_CHUNK, "/articles/121")
    with pytest.raises((ValueError, http.client.IncompleteRead)):
        get(served, "/articles/121")
    assert get(served, "/articles/122")[0].status == 200


def test_an_article_that_moved(site: StandIn) -> None:
    site.move(120, "/articles/121")
    assert site.respond("GET", "/articles/120/068000").header("Location") == "/articles/121"
    site.move(120, "")
    assert site.respond("GET", "/articles/120").status == 200


def test_a_held_answer_times_out_and_does_not_hold_up_the_rest(served: StandIn) -> None:
    served.fault(Fault.READ_TIMEOUT, "/articles/120")
    with pytest.raises(TimeoutError):
        get(served, "/articles/120", timeout=0.2)
    assert get(served, "/articles/121")[0].status == 200


def test_refused_until_cleared(served: StandIn) -> None:
    address = served.base_url
    served.fault(Fault.REFUSED)
    with pytest.raises(ConnectionRefusedError):
        get(served, "/categories")
    served.clear_faults()
    assert served.base_url == address
    assert get(served, "/categories")[0].status == 200


def test_it_stops_quickly_with_a_client_waiting(site: StandIn) -> None:
    site.start()
    port = urlsplit(site.base_url).port
    assert port
    site.fault(Fault.READ_TIMEOUT, "/articles/120")
    with socket.create_connection(("127.0.0.1", port), timeout=30) as client:
        client.sendall(b"GET /articles/120 HTTP/1.1\r\nHost: x\r\n\r\n")
        while not site.count("/articles/120"):
            time.sleep(0.005)
        began = time.monotonic()
        site.stop()
        assert time.monotonic() - began < 20
        assert client.recv(1) == b""
    with pytest.raises(RuntimeError, match="not started"):
        _ = site.base_url


def test_many_threads_at_once(served: StandIn) -> None:
    failed: list[BaseException] = []

    def read(number: int) -> None:
        try:
            for step in range(5):
                assert get(served, f"/articles/{100 + number}")[0].status == 200
                served.publish(article(300 + number * 10 + step))
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=read, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert len(served.articles) == 70
    assert served.count("/articles/*") == 40


def test_the_demo_site_has_the_sample_articles() -> None:
    assert len(StandIn.demo(NOW).articles) >= 60
