"""Answers judged, addresses judged, bytes read as text."""

from __future__ import annotations

import codecs
import time

import pytest

from feedsvc.encoding import decode, prescan
from feedsvc.errors import (
    Blocked,
    FetchError,
    LoginWanted,
    Malformed,
    NotHtml,
    OffSite,
    StatusRefused,
)
from feedsvc.fetch import address
from feedsvc.fetch.verdict import Wanted, refusal
from tests.fetch.scripted import BASE, PAGE, SITE, answer

URL = f"{BASE}/articles/1"
CHALLENGES = (
    b"<html><head><title>Just a moment...</title></head></html>",
    b"<html><title>Attention Required! | Cloudflare</title></html>",
    b'<html><script src="/_Incapsula_Resource?a=1"></script></html>',
    b"<html>The requested URL was rejected. Please consult with your administrator.</html>",
    "<html><body>비정상적인 접근이 감지되었습니다.</body></html>".encode(),
    "<html><body>접속이 차단되었습니다.</body></html>".encode("cp949"),
    b'<html><div class="g-recaptcha"></div></html>',
    b'<html><script>document.cookie="x=1";location.reload()</script></html>',
)


@pytest.mark.parametrize("body", CHALLENGES)
@pytest.mark.parametrize("status", [200, 403, 503])
def test_bot_checks_are_blocks(body: bytes, status: int) -> None:
    got = refusal(URL, answer(status, body), Wanted.PAGE, None)
    # A page that is script only is told by nothing else: with an error status it stays one.
    assert isinstance(got, Blocked if status == 200 or b"cookie" not in body else StatusRefused)


def test_a_challenge_may_be_told_by_its_header() -> None:
    said = answer(403, b"", Cf_Mitigated="challenge")
    assert isinstance(refusal(URL, said, Wanted.PAGE, None), Blocked)


def test_articles_about_bot_checks_are_articles() -> None:
    text = "<p>비정상적인 접근이 차단됐다. g-recaptcha, Just a moment, access denied</p>"
    whole = PAGE + text.encode()
    assert refusal(URL, answer(200, whole), Wanted.PAGE, None) is None
    listing = f'{{"articlesHtml": "{text}"}}'.encode()
    said = answer(200, listing, Content_Type="application/json")
    assert refusal(URL, said, Wanted.LISTING, None) is None
    assert isinstance(refusal(URL, said, Wanted.PAGE, None), NotHtml)


def test_a_store_that_has_no_such_object_is_no_firewall() -> None:
    """An address that is gone from a host of images is one image's failure."""
    body = (
        b'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>AccessDenied</Code>'
        b"<Message>Access Denied</Message></Error>"
    )
    for wanted in (Wanted.IMAGE, None):  # an image, and robots.txt
        got = refusal(URL, answer(403, body, Content_Type="application/xml"), wanted, None)
        assert isinstance(got, StatusRefused)


def test_announced_maintenance_is_no_block() -> None:
    body = "<html>점검 중이라 접속이 제한됩니다</html>".encode()
    got = refusal(URL, answer(503, body, Retry_After="60"), Wanted.PAGE, 60.0)
    assert isinstance(got, StatusRefused)
    assert got.retry_after == 60


def test_login_forms() -> None:
    form = b'<html><form><input name=p type="password"></form></html>'
    assert isinstance(refusal(URL, answer(200, form), Wanted.PAGE, None), LoginWanted)
    assert isinstance(refusal(URL, answer(401, b""), Wanted.PAGE, None), LoginWanted)
    # Every page of a site may carry a login box.
    assert refusal(URL, answer(200, PAGE + form), Wanted.PAGE, None) is None


@pytest.mark.parametrize(
    ("kind", "body", "good"),
    [
        ("text/html", b"\xff\xd8\xff\xe0jpeg", False),
        ("text/html; charset=utf-8", b"<p>", True),
        ("application/xhtml+xml", b"<p>", True),
        ("text/plain", b"\xef\xbb\xbf\r\n<!doctype html>", True),
        ("text/plain", b"hello", False),
        ("image/png", b"\x89PNG", False),
        ("", b"<html>", True),
        ("application/json", b"{}", False),
        ("text/html", b"\0<!doctype html><p>", True),
        ("text/html", b"<html>\0<body>\x01\0</body>", True),
        ("text/html", "<!doctype html><p>글".encode("utf-16"), True),
        ("text/html; charset=utf-16be", "<!doctype html><p>글".encode("utf-16-be"), True),
        ("", "<!doctype html><p>글".encode("utf-16"), True),
        ("text/html", "BMW가 새 차를 내놨다.".encode(), True),
        ("text/html", b"\0\0\0\x20ftypisom\0\0\2\0", False),
        ("text/html", b"\0\x01\x02" * 100, False),
        ("text/html", b"GIF89a\1\0\1\0<p>", False),
        ("text/html", b"%PDF-1.7", False),
    ],
)
def test_what_is_a_page(kind: str, body: bytes, good: bool) -> None:
    got = refusal(URL, answer(200, body, Content_Type=kind), Wanted.PAGE, None)
    assert (got is None) if good else isinstance(got, NotHtml)


@pytest.mark.parametrize(
    ("path", "login"),
    [
        ("/member/login?returnUrl=/articles/1", True),
        ("/login", True),
        ("/user/loginForm.do", True),
        ("/sign-in", True),
        ("/members/", True),
        ("/sso/start", True),
        ("/articles/1?from=login", False),
        ("/articles/login", False),
        ("/categories/068000", False),
        ("/remember/this", False),
        ("/author/1", False),
    ],
)
def test_login_addresses(path: str, login: bool) -> None:
    assert address.is_login(BASE + path) is login


@pytest.mark.parametrize(
    ("ip", "private"),
    [
        ("127.0.0.1", True),
        ("10.1.2.3", True),
        ("172.16.0.1", True),
        ("192.168.1.1", True),
        ("169.254.169.254", True),
        ("100.64.0.1", True),
        ("0.0.0.0", True),
        ("224.0.0.1", True),
        ("::1", True),
        ("fe80::1%eth0", True),
        ("fd00::1", True),
        ("::ffff:10.0.0.1", True),
        ("64:ff9b::a00:1", True),
        ("2002:0a00:0001::1", True),
        ("8.8.8.8", False),
        ("2606:4700::1111", False),
        ("::ffff:8.8.8.8", False),
        ("64:ff9b::808:808", False),
        ("dealsite.co.kr", False),
    ],
)
def test_private_addresses(ip: str, private: bool) -> None:
    assert address.is_private(ip) is private


def test_addresses_are_sent_in_ascii() -> None:
    assert address.checked(f"{BASE}/a b/한?q=가&r=%EA#top", SITE) == (
        f"{BASE}/a%20b/%ED%95%9C?q=%EA%B0%80&r=%EA"
    )
    assert address.checked("https://WWW.dealsite.co.kr/x", SITE).endswith("/x")
    with pytest.raises(OffSite):
        address.checked("https://dealsite.co.kr.elsewhere.example/x", SITE)


def test_redirect_targets() -> None:
    assert address.target(f"{BASE}/a/b", "c?d") == f"{BASE}/a/c?d"
    assert address.target(f"{BASE}/a", "//elsewhere.example/x") == "https://elsewhere.example/x"
    raw = "/검색".encode().decode("latin-1")
    assert address.target(BASE, raw) == f"{BASE}/%EA%B2%80%EC%83%89"
    for nowhere in ("http://[bad", "http://[zz/", "http://dealsite.co.kr:99999999/", "//[::1/x"):
        with pytest.raises(Malformed, match="it redirects to "):
            address.target(BASE, nowhere)


@pytest.mark.parametrize(
    ("body", "header"),
    [
        ("한국 기업".encode(), "text/html; charset=EUC-KR"),
        ("한국 기업".encode("utf-8-sig"), ""),
        ("한국 기업".encode("cp949"), ""),
        ("한국 기업 똠방각하".encode("cp949"), "text/html; charset=euc-kr"),
        (b'<meta charset="ks_c_5601-1987">' + "한국 기업".encode("cp949"), "text/html"),
        ("한국 기업".encode("cp949"), "text/html; charset=utf-8"),
        ("한국 기업".encode("cp949"), "text/html; charset=no-such"),
        ("한국 기업".encode("utf-16"), "text/html; charset=utf-16"),
        # A mark counts before the header, the header before the page.
        ("한국 기업".encode("utf-16"), "text/html; charset=euc-kr"),
        (codecs.BOM_UTF16_BE + "한국 기업".encode("utf-16-be"), "text/html; charset=utf-8"),
        ("<p>한국 기업</p>".encode("utf-16-le"), 'text/html;Charset="UTF-16LE"'),
        ("한국 기업".encode("utf-16-be"), "text/html; charset=unicodeFFFE"),
        (b'<meta charset="big5">' + "한국 기업".encode("cp949"), "text/html; charset=windows-949"),
        # Without any word: pages that some programs save.
        ("<!doctype html><p>한국 기업</p>".encode("utf-16-le"), "text/html"),
        ("\r\n<!doctype html><p>한국 기업</p>".encode("utf-16-be"), "text/html"),
        ('{"articlesHtml": "한국 기업"}'.encode("utf-16-le"), "application/json"),
        # In the page the label UTF-16 means UTF-8, whatever stands around.
        ('<meta charset="utf-16"><p>한국 기업'.encode(), "text/html"),
        (
            b"<!-- <meta charset=big5> --><title a='<meta charset=big5>'></title><META"
            b" content='text/html; charset=\"EUC-KR\"' Http-Equiv = Content-Type >"
            + "한국 기업".encode("cp949"),
            "text/html",
        ),
        # A later element makes a browser begin again.
        (b" " * 2000 + b"<meta charset=euc-kr>" + "한국 기업".encode("cp949"), "text/html"),
        ("한국\0 기업".encode(), ""),
    ],
)
def test_bytes_to_text(body: bytes, header: str) -> None:
    assert "한국 기업" in decode(body, header)


@pytest.mark.parametrize(
    ("label", "body", "text"),
    [
        ("iso-8859-1", b"\x93caf\xe9\x94", "“café”"),
        ("ascii", b"\x80", "€"),
        ("iso-8859-9", b"\x80\xfd", "€ı"),
        ("gb2312", b"\x81\x30\x84\x36", "¥"),
        ("shift_jis", b"\x87\x40", "①"),
        ("x-user-defined", b"<meta charset=x-user-defined>\x93", "<meta charset=x-user-defined>“"),
    ],
)
def test_labels_mean_what_browsers_mean_by_them(label: str, body: bytes, text: str) -> None:
    assert decode(body, f"text/html; charset={label}") == text


@pytest.mark.parametrize(
    "start",
    [
        b"<p>charset=euc-kr",
        b"<metadata charset=euc-kr>",
        b"<!-- <meta charset=euc-kr>",
        b"<meta name=x content='text/html; charset=euc-kr'>",
        b"<meta charset=no-such>",
        b"</meta charset=euc-kr>",
        b"<p title='<meta charset=euc-kr>'",
    ],
)
def test_what_names_no_encoding(start: bytes) -> None:
    assert prescan(start) == ""


@pytest.mark.parametrize(
    "piece", [b"<!--", b"<meta ", b"<meta x='", b"<?x", b"< ", b"<a =", b"a= "]
)
def test_the_prescan_is_linear(piece: bytes) -> None:
    started = time.process_time()
    prescan(piece * (500_000 // len(piece)))
    assert time.process_time() - started < 5


def test_bytes_that_fit_nowhere_are_read_with_gaps() -> None:
    assert decode(b"abc \xff\xff\x80", "") == "abc ���"


def test_every_error_says_what_to_do() -> None:
    for status in (400, 403, 404, 410, 418, 429, 500, 503):
        got = refusal(URL, answer(status, b"x"), Wanted.PAGE, None)
        assert isinstance(got, FetchError)
        assert got.advice
        assert str(status) in str(got)


@pytest.mark.parametrize(
    ("location", "there"),
    [
        ("\\categories\\083000", "https://dealsite.co.kr/categories/083000"),
        ("\t/cate\ngories/083000 ", "https://dealsite.co.kr/categories/083000"),
        ("https:\\\\dealsite.co.kr\\articles\\1", "https://dealsite.co.kr/articles/1"),
        ("083000?page=2", "https://dealsite.co.kr/categories/083000?page=2"),
    ],
)
def test_a_redirect_is_read_as_a_browser_reads_it(location: str, there: str) -> None:
    assert address.target("https://dealsite.co.kr/categories/x", location) == there
