"""Pace, retries, back-off and robots.txt, on a scripted transport: nothing sleeps."""

from __future__ import annotations

import itertools
import random
import threading
from datetime import timedelta

import pytest

from feedsvc.errors import (
    Blocked,
    FetchError,
    LeftAlone,
    RobotsForbid,
    StatusRefused,
)
from feedsvc.fetch import Ask, BackOff, failures, is_site_wide, patience
from feedsvc.fetch.dates import retry_after
from feedsvc.fetch.fetcher import NotModified
from feedsvc.memory import Topic
from tests.fetch.scripted import BASE, NOW, PAGE, Said, Setting, answer

DELAY = timedelta(seconds=2)


def gaps(setting: Setting) -> list[float]:
    times = [at for at, _ in setting.transport.asked]
    return [(b - a).total_seconds() for a, b in itertools.pairwise(times)]


# -- pace --------------------------------------------------------------------


def test_pace_counts_from_the_end_of_an_exchange_and_over_a_restart() -> None:
    setting = Setting(lambda ask: answer(), takes=1.5, delay=DELAY)
    setting.get("/a")
    setting.get("/b")
    setting.fetcher.close()
    setting.again()
    setting.get("/c")
    assert gaps(setting) == [3.5, 3.5]


def test_a_process_killed_in_the_middle_still_counts() -> None:
    def killed(ask: Ask) -> Said:
        raise KeyboardInterrupt

    setting = Setting(killed, delay=DELAY)
    with pytest.raises(KeyboardInterrupt):
        setting.get()
    setting.transport.says = lambda ask: answer()
    setting.again()  # without close
    setting.get()
    assert gaps(setting) == [2.0]


def test_pace_holds_over_threads() -> None:
    setting = Setting(lambda ask: answer(), delay=DELAY)
    threads = [threading.Thread(target=setting.get, args=(f"/{n}",)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(setting.transport.asked) == 8
    assert min(gaps(setting)) >= 2.0


def test_a_clock_set_back_waits_the_delay_and_not_the_jump() -> None:
    setting = Setting(lambda ask: answer(), delay=DELAY)
    setting.get()
    setting.clock.now -= timedelta(hours=5)
    setting.get()
    assert setting.clock.slept == [2.0]


def test_a_sleep_that_raises_makes_no_request() -> None:
    setting = Setting(lambda ask: answer(), delay=DELAY)
    setting.get()

    def stopped(seconds: float) -> None:
        raise InterruptedError

    setting.clock.sleep = stopped  # type: ignore[method-assign]
    setting.again()
    with pytest.raises(InterruptedError):
        setting.get()
    assert len(setting.transport.asked) == 1


# -- retries -----------------------------------------------------------------


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_trouble_of_the_moment_is_tried_again_at_the_pace(status: int) -> None:
    said = iter([answer(status), answer(status), answer()])
    setting = Setting(lambda ask: next(said), delay=DELAY)
    assert setting.get().body == PAGE
    assert setting.fetcher.requests == 3
    assert min(gaps(setting)) >= 2.0


@pytest.mark.parametrize("status", [403, 404, 410])
def test_answers_are_not_tried_again(status: int) -> None:
    setting = Setting(lambda ask: answer(status))
    with pytest.raises(StatusRefused) as caught:
        setting.get()
    assert (caught.value.status, setting.fetcher.requests) == (status, 1)
    assert not is_site_wide(caught.value)


def test_retries_end() -> None:
    setting = Setting(lambda ask: failures.broken(ask.url), retries=2)
    with pytest.raises(FetchError):
        setting.get()
    assert setting.fetcher.requests == 3


@pytest.mark.parametrize("value", ["90", "Tue, 10 Mar 2026 08:01:30 GMT"])
def test_retry_after_is_waited_for_in_both_forms(value: str) -> None:
    said = iter([answer(429, Retry_After=value), answer()])
    setting = Setting(lambda ask: next(said), delay=timedelta(0))
    setting.get()
    assert gaps(setting) == [90.0]


def test_a_long_retry_after_ends_the_poll_and_is_remembered() -> None:
    setting = Setting(lambda ask: answer(503, Retry_After="1800"))
    with pytest.raises(StatusRefused) as caught:
        setting.get()
    assert is_site_wide(caught.value)
    assert setting.transport.paths == ["/categories", "/"]  # another page says the same
    until = setting.again()._back_off.until(NOW)
    assert until is not None
    assert timedelta(minutes=30) <= until - NOW < timedelta(minutes=31)


def asking(setting: Setting, *paths: str) -> list[str]:
    """What becomes of each page in a process of the daemon's."""
    setting.again(probe=False)
    told = []
    for path in paths:
        try:
            setting.get(path)
            told.append("read")
        except FetchError as error:
            wide = " and with it the site" if is_site_wide(error) else ""
            told.append(f"{'left alone' if isinstance(error, LeftAlone) else 'failed'}{wide}")
    return told


def test_a_page_under_maintenance_rests_alone() -> None:
    """A 503 with a long Retry-After: the others go on, and it is asked when its time is over."""
    sick, others = f"{BASE}/categories/068000", ("/categories/083000", "/categories/089000")
    setting = Setting(
        lambda ask: answer(503, Retry_After="1800") if ask.url == sick else answer(), retries=3
    )
    every = ("/categories/068000", *others)
    assert asking(setting, *every) == ["failed", "read", "read"]
    assert setting.transport.paths.count("/categories/068000") == 1
    setting.clock.now += timedelta(minutes=10)
    assert asking(setting, *every) == ["left alone", "read", "read"]
    setting.clock.now += timedelta(minutes=21)
    assert asking(setting, *every) == ["failed", "read", "read"]
    assert setting.transport.paths.count("/categories/068000") == 2
    setting.transport.says = lambda ask: answer()
    setting.clock.now += timedelta(minutes=31)
    assert asking(setting, *every) == ["read", "read", "read"]
    assert BackOff(setting.memory).pages == {}


def test_a_site_that_wants_fewer_requests_has_its_peace_once() -> None:
    """429: the site's, the first time; a page that says it again while others answer is
    asked alone as seldom as it wants, an hour at most."""
    sick, others = f"{BASE}/categories/089000", ("/categories/068000", "/categories/083000")
    setting = Setting(
        lambda ask: answer(429, Retry_After="36000") if ask.url == sick else answer(), retries=3
    )
    every = (*others, "/categories/089000")
    assert asking(setting, *every) == ["read", "read", "failed and with it the site"]
    assert len(setting.transport.asked) == 3  # and not one more
    assert asking(setting, *others) == ["left alone and with it the site"] * 2
    said = []
    for _ in range(18):
        setting.clock.now += timedelta(minutes=10)
        said += asking(setting, *every)
    assert said.count("failed and with it the site") == 0
    assert said.count("read") == 2 * 13  # but in the first hour
    assert setting.transport.paths.count("/categories/089000") == 4
    # All of them: the site as a whole.
    setting.transport.says = lambda ask: answer(429, Retry_After="600")
    setting.clock.now += timedelta(hours=1)
    assert asking(setting, *every)[0] == "failed and with it the site"


def test_a_page_is_not_left_alone_by_hand_or_when_the_clock_was_set_back() -> None:
    setting = Setting(lambda ask: answer(503, Retry_After="3600") if "/1" in ask.url else answer())
    assert asking(setting, "/articles/1") == ["failed"]
    assert asking(setting, "/articles/1") == ["left alone"]
    setting.again(probe=True)
    setting.get("/articles/2")
    with pytest.raises(StatusRefused):
        setting.get("/articles/1")
    setting.clock.now -= timedelta(days=3)
    assert asking(setting, "/articles/1") == ["failed"]


def test_retry_after_says_nothing_or_is_gone_by() -> None:
    assert retry_after(None, NOW) is None
    assert retry_after("soon", NOW) is None
    assert retry_after("-5", NOW) is None
    assert retry_after("Tue, 10 Mar 2020 08:01:30 GMT", NOW) == 0
    assert retry_after("Tue, 10 Mar 2026 08:00:07 -0000", NOW) == 7


def test_jitter_is_full_and_bounded() -> None:
    rng = random.Random(3)
    error = failures.broken("x")
    for attempt, bound in ((1, 2), (2, 4), (5, 32), (9, 60)):
        waits = [patience.wait(attempt, error, rng) for _ in range(300)]
        assert 0 <= min(waits) < bound / 10
        assert bound * 0.9 < max(waits) <= bound


def test_a_bad_certificate_is_not_tried_again_but_a_dropped_handshake_is() -> None:
    assert not patience.worth_another(
        failures.tls_refused("x", "certificate verify failed", curl=False)
    )
    assert patience.worth_another(failures.tls_refused("x", "the site closed", curl=False))


# -- back-off ----------------------------------------------------------------


def test_refused_ends_the_poll_at_once_and_the_times_grow_to_an_hour() -> None:
    setting = Setting(lambda ask: failures.refused(ask.url), retries=3)
    waits = []
    for poll in range(9):
        setting.again(probe=False)
        with pytest.raises(FetchError) as caught:
            setting.get("/1")
        assert is_site_wide(caught.value)
        with pytest.raises(LeftAlone) as left:
            setting.get("/2")
        assert is_site_wide(left.value)
        # The first time with retries, then one probe each.
        assert setting.fetcher.requests == (4 if poll == 0 else 1)
        until = setting.fetcher._back_off.until(setting.clock.now)
        assert until is not None
        assert setting.fetcher._back_off.until(setting.clock.now) is not None
        waits.append((until - setting.clock.now).total_seconds() / 60)
        setting.clock.now = until
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_the_daemon_keeps_away_and_a_poll_by_hand_probes() -> None:
    setting = Setting(lambda ask: failures.refused(ask.url))
    with pytest.raises(FetchError):
        setting.get()
    setting.transport.says = lambda ask: answer()
    before = len(setting.transport.asked)
    setting.again(probe=False)
    with pytest.raises(LeftAlone):
        setting.get()
    assert len(setting.transport.asked) == before
    setting.again(probe=True)
    setting.get("/1")
    setting.get("/2")
    assert BackOff(setting.memory).failures == 0
    assert setting.fetcher._back_off.until(setting.clock.now) is None


def test_three_failing_pages_in_a_row_are_the_site_unless_a_good_page_still_answers() -> None:
    broken = {f"{BASE}/articles/{n}" for n in range(1, 7)}
    setting = Setting(lambda ask: answer(500 if ask.url in broken else 200), retries=0)
    setting.get("/categories")
    for n in range(1, 7):
        with pytest.raises(StatusRefused) as caught:
            setting.get(f"/articles/{n}")
        assert not is_site_wide(caught.value), "broken pages must not stop the good ones"
    assert setting.transport.paths.count("/categories") == 3
    assert setting.get("/articles/7").status == 200

    setting.transport.says = lambda ask: answer(500)
    wide = []
    for n in range(1, 4):
        with pytest.raises(StatusRefused) as caught:
            setting.get(f"/articles/{n}")
        wide.append(is_site_wide(caught.value))
    assert wide == [False, False, True]


def test_one_failing_section_a_poll_adds_up_over_polls() -> None:
    setting = Setting(lambda ask: answer(503), retries=0)
    wide = []
    for _ in range(3):
        setting.again()
        with pytest.raises(StatusRefused) as caught:
            setting.get()
        wide.append(is_site_wide(caught.value))
    assert wide == [False, False, True]


def test_a_clock_set_back_does_not_prolong_the_back_off() -> None:
    setting = Setting(lambda ask: failures.refused(ask.url))
    with pytest.raises(FetchError):
        setting.get()
    assert setting.fetcher._back_off.until(NOW - timedelta(days=3)) is None


# -- robots.txt --------------------------------------------------------------


def robots(text: str | Said) -> Setting:
    said = answer(body=text.encode(), Content_Type="text/plain") if isinstance(text, str) else text
    return Setting(
        lambda ask: said if ask.url.endswith("/robots.txt") else answer(), robots=True, delay=DELAY
    )


def test_robots_is_obeyed_and_read_once_a_day_over_processes() -> None:
    setting = robots("User-agent: *\nDisallow: /\n\nUser-agent: Feedsvc\nDisallow: /member\n")
    setting.get("/categories")
    with pytest.raises(RobotsForbid) as caught:
        setting.get("/member/1")
    assert not is_site_wide(caught.value)
    setting.again()
    setting.get("/categories")
    assert setting.transport.paths == ["/robots.txt", "/categories", "/categories"]
    setting.clock.now += timedelta(days=1)
    setting.get("/categories")
    assert setting.transport.paths.count("/robots.txt") == 2


def test_crawl_delay_is_honoured_and_capped() -> None:
    setting = robots("User-agent: *\nCrawl-delay: 7\n")
    setting.get("/1")
    setting.get("/2")
    assert gaps(setting) == [7.0, 7.0]
    setting = robots("User-agent: *\nCrawl-delay: 86400\n")
    setting.get("/1")
    assert gaps(setting) == [60.0]
    setting = robots("User-agent: *\nCrawl-delay: 0.5\n")
    setting.get("/1")
    assert gaps(setting) == [2.0]


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_no_robots_means_allowed(status: int) -> None:
    assert robots(answer(status, b"nothing")).get().status == 200


@pytest.mark.parametrize("status", [203, 204])
def test_robots_of_any_success_are_rules(status: int) -> None:
    setting = robots(answer(status, b"User-agent: *\nDisallow: /member\n" * (status == 203)))
    assert setting.get().status == 200
    assert setting.fetcher.robots_trouble is None
    if status == 203:
        with pytest.raises(RobotsForbid):
            setting.get("/member")


@pytest.mark.parametrize("status", [101, 103, 206, 300, 302, 304])
def test_robots_that_say_neither_way_are_told_and_stop_nothing(status: int) -> None:
    setting = robots(answer(status, b"Disallow: /"))
    assert setting.get().status == 200
    assert str(status) in str(setting.fetcher.robots_trouble)


@pytest.mark.parametrize("place", ["javascript:alert(1)", "ftp://dealsite.co.kr/robots.txt"])
def test_robots_that_lead_out_of_the_web_are_told_and_stop_nothing(place: str) -> None:
    setting = robots(answer(302, Location=place))
    assert setting.get().status == 200
    assert "it redirects to" in str(setting.fetcher.robots_trouble)


@pytest.mark.parametrize("status", [429, 500, 503])
def test_robots_in_trouble_means_wait(status: int) -> None:
    setting = robots(answer(status))
    with pytest.raises(RobotsForbid) as caught:
        setting.get()
    assert is_site_wide(caught.value)
    assert str(status) in str(caught.value)
    assert "/categories" not in setting.transport.paths
    assert setting.fetcher._back_off.until(setting.clock.now) is not None


def test_robots_unreachable_names_the_failure() -> None:
    setting = robots(failures.read_timeout(BASE, 20))
    with pytest.raises(type(failures.read_timeout(BASE, 20))) as caught:
        setting.get()
    assert is_site_wide(caught.value)


def test_robots_in_trouble_means_wait_with_an_old_copy_too() -> None:
    setting = robots("User-agent: *\nDisallow: /member\n")
    setting.get()
    good = setting.transport.says
    setting.transport.says = lambda ask: (
        answer(503) if ask.url.endswith("/robots.txt") else good(ask)
    )
    # A copy is good for a day, whatever robots.txt would say now.
    setting.clock.now += timedelta(hours=23)
    setting.again()
    setting.get()
    for hours in (2, 20, 3):
        setting.clock.now += timedelta(hours=hours)
        setting.again()
        with pytest.raises(RobotsForbid, match="cannot be read") as caught:
            setting.get()
        assert is_site_wide(caught.value)
    assert setting.transport.paths.count("/categories") == 2


def test_after_a_day_in_vain_the_old_copy_is_followed() -> None:
    setting = robots("User-agent: *\nDisallow: /member\n")
    setting.get()
    good = setting.transport.says
    setting.transport.says = lambda ask: (
        answer(503) if ask.url.endswith("/robots.txt") else good(ask)
    )
    setting.clock.now += timedelta(days=2)
    setting.again()
    with pytest.raises(RobotsForbid):
        setting.get()
    setting.clock.now += timedelta(days=1)
    setting.again()
    setting.get()
    asked = setting.transport.paths.count("/robots.txt")
    with pytest.raises(RobotsForbid, match="forbids this address"):
        setting.get("/member")
    setting.again()
    setting.get()
    assert setting.transport.paths.count("/robots.txt") == asked, "not with every request"
    setting.transport.says = good
    setting.clock.now += timedelta(hours=1)
    setting.get()
    assert setting.transport.paths.count("/robots.txt") == asked + 1, "but every hour"


def test_a_firewall_that_refuses_robots_with_a_4xx_is_no_rule() -> None:
    page = b"<html><title>Attention Required! | Cloudflare</title></html>"
    assert robots(answer(403, page)).get().status == 200
    setting = robots("User-agent: *\nDisallow: /member\n")
    setting.get()
    good = setting.transport.says
    setting.transport.says = lambda ask: (
        answer(403, page) if ask.url.endswith("/robots.txt") else good(ask)
    )
    setting.clock.now += timedelta(days=2)
    setting.again()
    assert setting.get().status == 200
    with pytest.raises(RobotsForbid):
        setting.get("/member")


def test_robots_is_obeyed_under_the_name_that_the_site_sees() -> None:
    rules = "User-agent: mine\nDisallow: /\nCrawl-delay: 9\n\nUser-agent: feedsvc\nDisallow: /x\n"

    def named(user_agent: str | None) -> Setting:
        return Setting(
            lambda ask: (
                answer(body=rules.encode(), Content_Type="text/plain")
                if ask.url.endswith("/robots.txt")
                else answer()
            ),
            robots=True,
            user_agent=user_agent,
        )

    for user_agent in (None, "Mozilla/5.0 (compatible)"):
        setting = named(user_agent)
        assert setting.get("/a").status == 200
        with pytest.raises(RobotsForbid):
            setting.get("/x")
    with pytest.raises(RobotsForbid):
        named("Mine/1.0 (+https://example.org)").get("/a")


def test_a_firewall_before_robots_is_no_permission() -> None:
    setting = robots(answer(200, b"<html><title>Just a moment...</title></html>"))
    with pytest.raises(Blocked) as caught:
        setting.get()
    assert is_site_wide(caught.value)


def test_robots_redirects_on_the_site_are_followed_five_times() -> None:
    def hops(ask: Ask) -> Said:
        path = ask.url.removeprefix(BASE)
        if path == "/robots.txt":
            return answer(301, Location="/r1")
        if path.startswith("/r"):
            n = int(path[2:])
            if n == 5:
                return answer(body=b"User-agent: *\nDisallow: /x", Content_Type="text/plain")
            return answer(301, Location=f"/r{n + 1}")
        return answer()

    setting = Setting(hops, robots=True)
    with pytest.raises(RobotsForbid):
        setting.get("/x")
    assert setting.fetcher.requests == 6


def test_a_redirect_to_a_forbidden_address_is_not_followed() -> None:
    setting = robots("User-agent: *\nDisallow: /secret\n")
    good = setting.transport.says
    setting.transport.says = lambda ask: (
        answer(302, Location="/secret/1") if ask.url.endswith("/a") else good(ask)
    )
    with pytest.raises(RobotsForbid):
        setting.get("/a")
    assert "/secret/1" not in setting.transport.paths


# -- unchanged pages, secrets ------------------------------------------------


def test_nothing_is_unmodified_before_it_was_dealt_with() -> None:
    setting = Setting(lambda ask: answer(ETag='"1"', Last_Modified="Tue, 10 Mar 2026 08:00:00 GMT"))
    url = f"{BASE}/categories"
    page = setting.get(conditional=True)
    assert setting.get(conditional=True).body == page.body, "fetched is not yet kept"
    setting.fetcher.dealt_with(page)
    setting.again()
    seen = setting.fetcher.get(url, conditional=True)
    assert isinstance(seen, NotModified)
    assert seen.by == "hash"
    sent = dict(setting.transport.asked[-1][1].headers)
    assert sent["If-None-Match"] == '"1"'
    assert sent["If-Modified-Since"] == "Tue, 10 Mar 2026 08:00:00 GMT"
    setting.transport.says = lambda ask: answer(304, b"")
    seen = setting.fetcher.get(url, conditional=True)
    assert isinstance(seen, NotModified)
    assert seen.by == "validators"
    setting.transport.says = lambda ask: answer(200, PAGE + b"<p>new</p>")
    assert setting.get(conditional=True).body.endswith(b"new</p>")
    setting.transport.says = lambda ask: answer()
    assert setting.get().status == 200, "unconditional: always the page"


def test_the_cookie_is_sent_and_never_kept() -> None:
    setting = Setting(lambda ask: answer(Set_Cookie="b=secret2"), cookie="session=secret1")
    assert setting.get().status == 200
    assert "Cookie" not in dict(setting.transport.asked[-1][1].headers), "guests ask first"
    setting.transport.asked.clear()
    page = setting.get(as_member=True)
    assert ("Cookie", "session=secret1") in setting.transport.asked[-1][1].headers
    assert "secret" not in repr(page)
    setting.transport.says = lambda ask: answer(302, Location=BASE.replace("https", "http") + "/x")
    with pytest.raises(FetchError):
        setting.get("/y", as_member=True)
    for _, ask in setting.transport.asked:
        assert ("Cookie" in dict(ask.headers)) == ask.url.startswith("https:")


def test_the_user_agent_is_honest_and_may_be_set() -> None:
    setting = Setting(lambda ask: answer())
    page = setting.get(ajax=True, referer=f"{BASE}/categories/068000")
    sent = dict(page.request_headers)
    assert sent["User-Agent"].startswith("feedsvc/")
    assert "+https://" in sent["User-Agent"]
    assert sent["X-Requested-With"] == "XMLHttpRequest"
    assert sent["Referer"] == f"{BASE}/categories/068000"
    setting = Setting(lambda ask: answer(), user_agent="mine/1")
    assert dict(setting.get().request_headers)["User-Agent"] == "mine/1"


def test_a_damaged_memory_is_forgotten() -> None:
    setting = Setting(lambda ask: answer(), robots=True)
    for topic in (Topic.BACK_OFF, Topic.REQUEST, Topic.CLOCK):
        for damage in ("{", "[1]", '{"failures": "many", "suspects": [], "seconds": {}}'):
            setting.memory.note.set(topic, "", text=damage)
            setting.again()
            assert setting.get().status == 200


def test_one_broken_page_does_not_keep_a_site_down_that_is_well_again() -> None:
    """It was down once; since then the first page that is asked for is broken for good."""
    setting = Setting(lambda ask: failures.refused(ask.url), retries=0)
    with pytest.raises(FetchError):
        setting.get("/categories/068000")
    setting.transport.says = lambda ask: answer(500 if "068000" in ask.url else 200)
    setting.clock.now += timedelta(hours=1)
    setting.again(probe=False)
    with pytest.raises(StatusRefused) as caught:
        setting.get("/categories/068000")
    assert not is_site_wide(caught.value)
    assert setting.get("/categories/083000").status == 200
    assert setting.fetcher.requests == 3


@pytest.mark.parametrize(
    "value", ["99999999999999999", "9e99", "Fri, 31 Dec 9999 23:59:59 -2359", "-1", "\x1b", "²"]
)
def test_a_retry_after_that_cannot_be_meant_says_nothing(value: str) -> None:
    assert retry_after(value, NOW) is None
