"""Cookies of one chain of redirects: passed on to who set them, and to nobody else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from feedsvc.errors import EndlessRedirect, FetchError
from feedsvc.fetch import Answer, Ask
from feedsvc.fetch.way import LONGEST_COOKIE, MOST_COOKIES, Chain
from tests.fetch.scripted import BASE, NOW, Setting, answer

OWN = "session=5ecret; lang=ko"


def sent(ask: Ask) -> str | None:
    values = [value for key, value in ask.headers if key == "Cookie"]
    assert len(values) < 2
    return values[0] if values else None


def redirect(location: str, *cookies: str) -> Answer:
    said = answer(302, b"", Location=location)
    more = tuple(("Set-Cookie", one) for one in cookies)
    return Answer(said.status, said.reason, (*said.headers, *more), b"")


def wall(cookie: str = "seen=1; Path=/", wanted: str = "seen=1") -> Callable[[Ask], Answer]:
    """A page that is shown to who brings the cookie; others are sent to it again with one."""

    def says(ask: Ask) -> Answer:
        if wanted in (sent(ask) or ""):
            return answer()
        return redirect(ask.url, cookie)

    return says


def setting(says: Callable[[Ask], Answer | FetchError], **http: Any) -> Setting:
    return Setting(says, delay=timedelta(0), **http)


def test_a_wall_is_passed_each_time_anew_and_nothing_of_it_is_kept() -> None:
    made = setting(wall())
    for _ in range(2):
        page = made.get("/articles/1")
        assert page.status == 200
        assert not [key for key, _ in (*page.headers, *page.request_headers) if "ookie" in key]
    assert [sent(ask) for _, ask in made.transport.asked] == [None, "seen=1", None, "seen=1"]
    assert "seen" not in str(vars(made.memory))


def test_a_wall_that_sends_round_by_way_of_another_page() -> None:
    def says(ask: Ask) -> Answer:
        path = ask.url.removeprefix(BASE)
        if path == "/gate":
            return redirect("/articles/1", "a=1; Path=/", "b=2; Path=/articles")
        return answer() if sent(ask) == "b=2; a=1" else redirect("/gate")

    assert setting(says).get("/articles/1").final_url == f"{BASE}/articles/1"


@pytest.mark.parametrize("cookie", ["", "seen=1; Path=/elsewhere", "seen=1; Max-Age=0"])
def test_a_true_circle_is_told(cookie: str) -> None:
    made = setting(wall(cookie))
    with pytest.raises(EndlessRedirect, match="in a circle"):
        made.get("/articles/1")
    assert made.fetcher.requests == 1


def test_a_wall_that_is_never_content_is_told() -> None:
    count = iter(range(100))
    made = setting(lambda ask: redirect(ask.url, f"turn={next(count)}; Path=/"))
    with pytest.raises(EndlessRedirect, match="more than 5"):
        made.get("/articles/1")


def test_the_readers_own_session_is_neither_replaced_nor_joined_by_one_of_its_name() -> None:
    made = setting(wall("seen=1; Path=/"), cookie=OWN)
    made.get("/articles/1", as_member=True)
    assert [sent(ask) for _, ask in made.transport.asked] == [OWN, f"{OWN}; seen=1"]

    thief = setting(wall("session=stolen; Path=/", "session=stolen"), cookie=OWN)
    with pytest.raises(EndlessRedirect):
        thief.get("/articles/1", as_member=True)
    assert [sent(ask) for _, ask in thief.transport.asked] == [OWN]


def test_a_guests_chain_never_holds_the_readers_session() -> None:
    made = setting(wall(), cookie=OWN)
    made.get("/articles/1")
    assert [sent(ask) for _, ask in made.transport.asked] == [None, "seen=1"]


def test_no_cookie_goes_to_another_host() -> None:
    other = "https://www.dealsite.co.kr/articles/1"

    def says(ask: Ask) -> Answer:
        if ask.url == other:
            return answer()
        cookies = ("a=1; Path=/", "b=2; Path=/; Domain=dealsite.co.kr", "c=3; Domain=.co.kr")
        return redirect(other, *cookies)

    made = setting(says)
    made.get("/articles/1")
    assert [sent(ask) for _, ask in made.transport.asked] == [None, None]


def chain(*lines: str, url: str = f"{BASE}/articles/1") -> Chain:
    made = Chain()
    made.take(url, [("Set-Cookie", line) for line in lines], NOW)
    return made


@pytest.mark.parametrize(
    ("line", "url", "value"),
    [
        ("a=1", f"{BASE}/articles/2", "a=1"),  # without a path: that of the page
        ("a=1", f"{BASE}/articles", "a=1"),
        ("a=1", f"{BASE}/categories", ""),
        ("a=1", f"{BASE}/articlesque", ""),
        ("a=1; path=/", "http://dealsite.co.kr/", "a=1"),
        ("a=1; Path=/; Secure", "http://dealsite.co.kr/", ""),
        ("a=1; Path=/; SECURE", "https://dealsite.co.kr/", "a=1"),
        ("a=1; Path=/", "https://dealsite.co.kr:8443/", ""),
        ("a=1; Path=/; Domain=dealsite.co.kr", f"{BASE}/", "a=1"),
        ("a=1; Path=/; Domain=elsewhere.example", f"{BASE}/", ""),
        ("a=1; Path=/; Domain=www.dealsite.co.kr", f"{BASE}/", ""),
        ("a=1; Path=/; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT", f"{BASE}/", "a=1"),
        ("a=1; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT", f"{BASE}/", ""),
        ("a=1; Path=/; Expires=whenever; Max-Age=soon", f"{BASE}/", "a=1"),
        ("a=1; Path=/; Max-Age=-5", f"{BASE}/", ""),
        ("a==b=c; Path=/", f"{BASE}/", "a==b=c"),
        ("a=; Path=/", f"{BASE}/", "a="),
        ("=1; Path=/", f"{BASE}/", ""),
        ("alone; Path=/", f"{BASE}/", ""),
        ("a=1\r\nX-Evil: b; Path=/", f"{BASE}/", ""),
        ("a=\x1b[31m; Path=/", f"{BASE}/", ""),
        ("a=\xed\x95\x9c; Path=/", f"{BASE}/", "a=\xed\x95\x9c"),
        ("a=\xea\xb3\xa0; Path=/", f"{BASE}/", "a=\xea\xb3\xa0"),  # its last byte, a space?
        ("a=\xc2\x85\xe2\x80\xa8; Path=/", f"{BASE}/", "a=\xc2\x85\xe2\x80\xa8"),
        ("a=\x7f; Path=/", f"{BASE}/", ""),
        ('a="b c"; Path=/', f"{BASE}/", 'a="b c"'),
        ("\xed\x95\x9c=1; Path=/", f"{BASE}/", "\xed\x95\x9c=1"),
        ("a=" + "b" * LONGEST_COOKIE, f"{BASE}/", ""),
        ("", f"{BASE}/", ""),
        (";;;=;", f"{BASE}/", ""),
    ],
)
def test_each_cookie_is_judged(line: str, url: str, value: str) -> None:
    assert chain(line).sent_to(url) == value


def test_a_cookie_is_replaced_and_taken_back() -> None:
    made = chain("a=1; Path=/", "b=2; Path=/", "a=3; Path=/")
    assert made.sent_to(BASE) == "a=3; b=2"
    made.take(BASE, [("set-cookie", "a=; Path=/; Max-Age=0")], NOW)
    assert made.sent_to(BASE) == "b=2"


def test_a_flood_of_cookies_is_cut() -> None:
    made = chain(*(f"c{number}=1; Path=/" for number in range(1000)))
    assert made.sent_to(BASE).count("=1") == MOST_COOKIES
