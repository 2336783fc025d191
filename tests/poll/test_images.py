"""Images of kept articles: fetched politely, kept once, and never in an article's way."""

from __future__ import annotations

import hashlib
import logging
import os
import re
import socket
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from feedsvc.archive import Archive
from feedsvc.config import HttpConfig, SectionConfig
from feedsvc.demo.images import picture
from feedsvc.errors import FetchError
from feedsvc.fetch import Fetcher
from feedsvc.memory import Memory
from feedsvc.model import Record, Row
from feedsvc.poll import Poll, exit_code
from feedsvc.poll.read import ArticleReader
from feedsvc.poll.repair import mend
from feedsvc.poll.reread import refresh
from feedsvc.serve import app
from feedsvc.site import Site
from tests.poll.desk import NOW, SECTIONS, Begun, Desk, piece
from tests.serve.conftest import ask_of
from tests.standin import Answer, Fault, StandIn, page, redirect

pytestmark = pytest.mark.usefixtures("one_section")

MEDIA = "{http://search.yahoo.com/mrss/}content"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
GIF = b"GIF89a\x02\0\x03\0\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0\x02\0\x03\0\0\x02\x02L\x01\0;"


@pytest.fixture
def keeping(desk: Desk) -> Desk:
    """A service that keeps images."""
    desk.images = True
    return desk


def illustrated(number: int, *sources: str, text: str = "착공", **values: Any) -> Any:
    """An article with images, each with a paragraph."""
    body = [f"<p>{number}호 공장 {text} 소식이다. 회사는 공사를 마칠 계획이다.</p>"]
    for place, source in enumerate(sources):
        address = source if source.startswith("http") else f"/upload/{source}"
        body.append(
            f'<figure class="image"><img src="{address}" alt=""><figcaption>사진 {place}'
            f"</figcaption></figure>"
        )
        body.append(f"<p>{place}번째 그림을 설명하는 단락이 여기에 이어진다.</p>")
    return piece(number, body=tuple(body), **values)


def record_of(desk: Desk, number: int) -> Record:
    record = desk.archive().get(number)
    assert record is not None
    return record


def files_of(desk: Desk, number: int) -> list[str | None]:
    return [image.file for image in record_of(desk, number).images]


def images_on_disk(desk: Desk) -> set[str]:
    folder = desk.folder / "archive"
    return {
        path.relative_to(folder).as_posix()
        for path in (folder / "images").rglob("*")
        if path.is_file()
    }


def named(data: bytes, ending: str) -> str:
    digest = hashlib.sha256(data).hexdigest()
    return f"images/{digest[:2]}/{digest}.{ending}"


def whole(desk: Desk) -> None:
    """Nothing is damaged, nothing is left to complete."""
    verdict = desk.archive().verify()
    assert (verdict.faults, verdict.unfinished) == ((), ())


def again(desk: Desk, *numbers: int) -> None:
    with desk.fetcher() as fetcher:
        articles, _ = refresh(desk.config, desk.archive(), fetcher, desk.clock, numbers)
    assert not [one.error for one in articles if one.error]


def test_images_are_kept_beside_the_article_and_fetched_as_a_guest(keeping: Desk) -> None:
    keeping.http = {"cookie": "session=secret"}
    keeping.site.publish(illustrated(101, "a.jpg", "b.png"))

    outcome = keeping.poll()

    jpeg, png = picture("/upload/a.jpg"), picture("/upload/b.png")
    assert files_of(keeping, 101) == [named(jpeg, "jpg"), named(png, "png")]
    assert (keeping.folder / "archive" / named(jpeg, "jpg")).read_bytes() == jpeg
    assert images_on_disk(keeping) == {named(jpeg, "jpg"), named(png, "png")}
    assert keeping.journal() == [("added", 101)]
    assert [one.target for one in keeping.site.requests] == [
        "/robots.txt",
        "/categories/068000",
        "/articles/101",
        "/upload/a.jpg",
        "/upload/b.png",
    ]
    assert outcome.requests == 5
    told = {name.lower(): value for name, value in keeping.site.requests[3].headers}
    assert told["accept"].startswith("image/")
    assert "cookie" not in told
    assert told["referer"] == f"{keeping.site.base_url}/articles/101"
    whole(keeping)


def test_a_second_poll_and_the_looks_ask_for_none_of_them_again(keeping: Desk) -> None:
    keeping.site.publish(illustrated(101, "a.jpg"))
    keeping.poll()
    before = keeping.published()
    keeping.site.forget_requests()
    for hours in (0.2, 1, 6, 24):
        keeping.later(hours=hours)
        assert keeping.poll().published == ()
    assert keeping.site.count("/articles/101*") == 3  # the looks after one, six and 24 hours
    assert keeping.site.count("/upload/*") == 0
    assert keeping.journal() == [("added", 101)]
    assert keeping.published() == before


@pytest.mark.one_stands_for_all
@pytest.mark.parametrize("way", ["folder", "FIFO", "file"])
def test_an_image_whose_place_is_taken_fails_nothing(keeping: Desk, way: str) -> None:
    keeping.site.publish(piece(100))
    keeping.poll()
    place = keeping.folder / "archive" / named(picture("/upload/a.jpg"), "jpg")
    place.parent.parent.mkdir(parents=True)
    if way == "file":
        place.parent.touch()
    else:
        place.parent.mkdir()
        (os.mkfifo if way == "FIFO" else Path.mkdir)(place)
    keeping.site.publish(illustrated(101, "a.jpg", "b.png"))
    keeping.site.publish(piece(102))

    with keeping.fetcher(keeping.archive()) as fetcher:
        poll = Poll(keeping.config, keeping.archive(), fetcher, keeping.clock)
        outcome = poll.run(keeping.config.sections)

    assert files_of(keeping, 101) == [None, named(picture("/upload/b.png"), "png")]
    assert set(keeping.archive().index.ids()) == {100, 101, 102}
    assert exit_code(outcome, poll.problems) == 1


def test_off_by_default(desk: Desk) -> None:
    desk.site.publish(illustrated(101, "a.jpg"))
    desk.poll()
    assert desk.site.count("/upload/*") == 0
    assert files_of(desk, 101) == [None]
    assert not (desk.folder / "archive/images").exists()


def test_the_same_image_is_kept_once(keeping: Desk) -> None:
    keeping.site.hang("/upload/copy.jpg", picture("/upload/a.jpg"))
    keeping.site.publish(illustrated(101, "a.jpg", "copy.jpg", "a.jpg"))
    keeping.site.publish(illustrated(102, "a.jpg"))

    keeping.poll()

    file = named(picture("/upload/a.jpg"), "jpg")
    assert files_of(keeping, 101) == [file, file, file]
    assert files_of(keeping, 102) == [file]
    assert images_on_disk(keeping) == {file}
    # Each article asks for its own, once.
    assert keeping.site.count("/upload/a.jpg") == 2
    whole(keeping)


@pytest.mark.one_stands_for_all
@pytest.mark.parametrize(
    "fault",
    [
        Fault.NOT_FOUND, Fault.SERVER_ERROR, Fault.FIREWALL, Fault.LOGIN_REDIRECT, Fault.TRUNCATED,
        Fault.ENDLESS_REDIRECT, Fault.OTHER_HOST, Fault.PRIVATE_ADDRESS, Fault.GZIP_BOMB,
        Fault.HUGE, Fault.EMPTY, Fault.ERROR_PAGE_OK, Fault.PDF,
    ],
)  # fmt: skip
def test_an_image_that_fails_fails_nothing_and_is_tried_again(
    keeping: Desk, fault: Fault, caplog: pytest.LogCaptureFixture
) -> None:
    keeping.site.publish(illustrated(101, "a.jpg", "b.jpg"))
    keeping.site.publish(illustrated(102))
    keeping.site.fault(fault, "/upload/a.jpg")
    with caplog.at_level(logging.WARNING, "feedsvc"):
        outcome = keeping.poll()

    assert outcome.sections[0].new == 2
    assert (outcome.sections[0].failed, outcome.sections[0].error) == (0, None)
    (told,) = [line for line in caplog.messages if "image" in line] or [""]
    # What stands on another host is left there, and that is no trouble.
    assert (told == "") == (fault in (Fault.OTHER_HOST, Fault.PRIVATE_ADDRESS))
    first = files_of(keeping, 101)
    assert first[0] is None
    # A host whose connection breaks is asked for no other image in this poll.
    later = named(picture("/upload/b.jpg"), "jpg")
    assert first[1] == (None if fault is Fault.FIREWALL else later)
    assert len(keeping.feed("all")) == 2
    before = record_of(keeping, 101)
    whole(keeping)

    keeping.site.clear_faults()
    keeping.later(hours=1)
    keeping.poll()  # the look that is due

    assert files_of(keeping, 101) == [named(picture("/upload/a.jpg"), "jpg"), later]
    after = record_of(keeping, 101)
    assert after.revisions == ()
    assert (after.updated_at, after.digest) == (before.updated_at, before.digest)
    assert sorted(keeping.journal()) == [("added", 101), ("added", 102), ("noted", 101)]
    whole(keeping)


@pytest.mark.one_stands_for_all
@pytest.mark.parametrize("fault", [Fault.READ_TIMEOUT, Fault.RESET])
def test_a_host_that_does_not_answer_is_asked_once_a_poll(keeping: Desk, fault: Fault) -> None:
    keeping.http = {"timeout": timedelta(seconds=1), "retries": 0}
    for number in (101, 102):
        keeping.site.publish(illustrated(number, "a.jpg", "b.jpg"))
    keeping.site.fault(fault, "/upload/*")
    assert keeping.poll().sections[0].new == 2
    assert keeping.site.count("/upload/*") == 1
    keeping.site.clear_faults()
    keeping.later(hours=1)
    keeping.poll()
    assert None not in files_of(keeping, 101) + files_of(keeping, 102)
    whole(keeping)


def test_a_backfill_of_many_hours_asks_a_silent_host_again(keeping: Desk) -> None:
    """One reader over a long time: what failed at its beginning does not last."""
    keeping.http = {"retries": 0}
    for number in (101, 102, 103):
        keeping.site.publish(illustrated(number, f"{number}.jpg"))
    archive = keeping.archive()
    with keeping.fetcher(archive) as fetcher, archive.writing(keeping.now):
        reader = ArticleReader(keeping.config, archive, fetcher, keeping.clock)

        def read(number: int) -> bool:
            change = reader.read(Row(number, f"{keeping.base_url}/articles/{number}", ""))
            return change.record.images[0].file is not None

        keeping.site.fault(Fault.RESET, "/upload/*")
        assert not read(101)
        keeping.site.clear_faults()
        assert not read(102)
        keeping.later(minutes=11)
        assert read(103)


def test_a_site_that_wants_peace_has_it(keeping: Desk) -> None:
    keeping.site.publish(illustrated(101, "a.jpg", "b.jpg"))
    keeping.site.fault(Fault.TOO_MANY_SECONDS, "/upload/*", after=600)
    keeping.poll()
    assert keeping.site.count("/upload/*") == 1
    assert files_of(keeping, 101) == [None, None]
    keeping.site.clear_faults()
    again(keeping, 101)
    assert None not in files_of(keeping, 101)


@pytest.mark.one_stands_for_all
@pytest.mark.parametrize(
    ("data", "ending"),
    [
        (b"<!DOCTYPE html><html><body>not here</body></html>", None),
        (SVG, None),
        (b"%PDF-1.7\n", None),
        (b"", None),
        (b"\xff\xd8", None),
        (b"MZ\x90\x00", None),
        (picture("/x.png"), "png"),
        (GIF, "gif"),
        (
            b"RIFF\x1a\0\0\0WEBPVP8L\x0d\0\0\0\x2f\0\0\0\x10\x07\x10\x11\x11\x88\x88\xfe\x07\0",
            "webp",
        ),
        (b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf\0\0\0\x08meta", "avif"),
        (b"\0\0\0\x1cftypmif1\0\0\0\0avifmif1miaf\0\0\0\x08meta", "avif"),
        (b"\0\0\0\x18ftypisom\0\0\0\0isommp42\0\0\0\x08mdat", None),
    ],
)
def test_the_bytes_say_what_an_image_is(keeping: Desk, data: bytes, ending: str | None) -> None:
    """Whatever address and header call it."""
    keeping.site.hang("/upload/a.jpg", data, "image/jpeg")
    keeping.site.publish(illustrated(101, "a.jpg"))
    keeping.poll()
    assert files_of(keeping, 101) == [named(data, ending) if ending else None]
    assert images_on_disk(keeping) == ({named(data, ending)} if ending else set())
    whole(keeping)


def test_an_image_may_be_as_large_as_http_max_size(keeping: Desk) -> None:
    keeping.http = {"max_size": 100_000}
    fits = picture("/upload/a.jpg").ljust(100_000, b"\0")
    keeping.site.hang("/upload/fits.jpg", fits)
    keeping.site.hang("/upload/over.jpg", fits + b"\0")
    keeping.site.publish(illustrated(101, "over.jpg", "fits.jpg"))
    keeping.poll()
    assert files_of(keeping, 101) == [None, named(fits, "jpg")]


def test_an_image_that_is_changed(keeping: Desk) -> None:
    """Another address is another image, and the one before stays with the revision; what
    was kept of an address is not asked for again."""
    keeping.site.publish(illustrated(101, "a.jpg"))
    keeping.poll()
    old = named(picture("/upload/a.jpg"), "jpg")
    keeping.site.hang("/upload/a.jpg", picture("/upload/other.jpg"))
    again(keeping, 101)
    assert files_of(keeping, 101) == [old]
    assert keeping.journal() == [("added", 101)]

    keeping.later(hours=1)
    keeping.site.publish(illustrated(101, "new.jpg", text="준공"))
    keeping.poll()

    new = named(picture("/upload/new.jpg"), "jpg")
    assert files_of(keeping, 101) == [new]
    (revision,) = record_of(keeping, 101).revisions
    assert f"'file': '{old}'" in str(dict(revision.old)["images"])
    assert images_on_disk(keeping) == {old, new}
    whole(keeping)


def test_a_corrected_text_keeps_the_copies(keeping: Desk) -> None:
    keeping.site.publish(illustrated(101, "a.jpg"))
    keeping.poll()
    keeping.site.forget_requests()
    keeping.later(hours=1)
    keeping.site.publish(illustrated(101, "a.jpg", text="준공"))
    keeping.poll()
    assert keeping.journal() == [("added", 101), ("revised", 101)]
    assert files_of(keeping, 101) == [named(picture("/upload/a.jpg"), "jpg")]
    assert keeping.site.count("/upload/*") == 0


@pytest.mark.one_stands_for_all
@pytest.mark.parametrize("harm", ["damaged", "gone"])
def test_a_copy_that_was_lost_is_fetched_again(kept: Desk, harm: str) -> None:
    path = kept.folder / "archive" / named(picture("/upload/a.jpg"), "jpg")
    events, before = kept.journal(), path.read_bytes()
    if harm == "gone":
        path.unlink()
    else:
        path.write_bytes(before[:-1] + b"x")
    assert [fault.path for fault in kept.archive().verify().faults] == [path]
    again(kept, 101)
    assert path.read_bytes() == before
    assert kept.journal() == [*events, ("repaired", 101)]
    whole(kept)


def test_images_at_once_are_bounded(keeping: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("feedsvc.poll.keeping.AT_ONCE", 3)
    keeping.site.publish(illustrated(101, *(f"{number}.jpg" for number in range(7))))
    keeping.poll()
    assert [file is not None for file in files_of(keeping, 101)] == [True] * 3 + [False] * 4
    again(keeping, 101)
    again(keeping, 101)
    assert None not in files_of(keeping, 101)
    assert keeping.site.count("/upload/*") == 7


def test_robots_txt_holds_for_images(keeping: Desk) -> None:
    keeping.site.robots = "User-agent: *\nDisallow: /upload/\n"
    keeping.site.publish(illustrated(101, "a.jpg"))
    assert keeping.poll().sections[0].new == 1
    assert keeping.site.count("/upload/*") == 0
    assert files_of(keeping, 101) == [None]


def test_images_keep_the_pace(keeping: Desk) -> None:
    slept: list[float] = []
    keeping.http = {"delay": timedelta(seconds=2)}
    keeping.site.publish(illustrated(101, "a.jpg", "b.jpg"))
    config, archive = keeping.config, keeping.archive()
    from feedsvc.fetch import Fetcher
    from feedsvc.poll import Poll

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        keeping.later(seconds=seconds)

    def since() -> float:
        return (keeping.now - NOW).total_seconds()

    with Fetcher(
        config.site_of(), config.http, archive.memory, clock=keeping.clock, sleep=sleep,
        monotonic=since,
    ) as fetcher:  # fmt: skip
        Poll(config, archive, fetcher, keeping.clock).run(config.sections)
    assert keeping.site.count() == 5
    assert slept == [2.0] * 4


# Where images may stand


def test_images_stand_on_the_sites_own_hosts() -> None:
    site = Site.at("https://dealsite.co.kr", ("www.paxnetnews.com",))
    for url in (
        "https://dealsite.co.kr/upload/a.jpg",
        "https://img.dealsite.co.kr/a.jpg",
        "http://a.b.dealsite.co.kr:80/a.jpg",
        "https://cdn.paxnetnews.com/a.jpg",
    ):
        assert site.owns_image(url), url
    for url in (
        "https://img.dealsite.co.kr:8443/a.jpg",
        "https://notdealsite.co.kr/a.jpg",
        "https://dealsite.co.kr.example/a.jpg",
        "https://co.kr/a.jpg",
        "ftp://img.dealsite.co.kr/a.jpg",
        "https://img.dealsite.co.kr:x/a.jpg",
        "data:image/png;base64,x",
    ):
        assert not site.owns_image(url), url


def test_an_address_in_numbers_has_nothing_below_it() -> None:
    site = Site.at("http://127.0.0.1:8000")
    assert not site.owns_image("http://1.127.0.0.1:8000/a.jpg")
    assert site.owns_image("http://127.0.0.1:8000/a.jpg")


def test_what_stands_elsewhere_is_left_there(
    keeping: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    keeping.site.publish(illustrated(101, "https://elsewhere.example/a.jpg", "b.jpg"))
    with caplog.at_level(logging.WARNING, "feedsvc"):
        keeping.poll()
    assert caplog.messages == []
    assert files_of(keeping, 101) == [None, named(picture("/upload/b.jpg"), "jpg")]


class Named(Desk):
    """A site with a name, and so with names below it."""

    @property
    def base_url(self) -> str:
        return self.site.base_url.replace("127.0.0.1", "localhost")


@pytest.fixture
def apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Named]:
    """The site as ``localhost`` with its images at ``img.localhost``, on the same port."""
    real = socket.getaddrinfo

    def found(host: Any, *rest: Any, **more: Any) -> Any:
        return real("127.0.0.1" if str(host).endswith("localhost") else host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", found)
    site = StandIn()
    site.boxes = False
    with site:
        desk = Named(
            site, tmp_path, sections=SECTIONS[:1], feeds={"formats": ("json",)}, images=True
        )
        site.now = desk.clock
        yield desk


def host_of(headers: Any) -> str:
    told: str = {name.lower(): value for name, value in headers}["host"]
    return told.partition(":")[0]


def test_a_host_of_images_is_asked_by_its_own_rules(apart: Named) -> None:
    address = apart.base_url.replace("localhost", "img.localhost")
    apart.site.publish(illustrated(101, f"{address}/upload/a.jpg", "b.jpg"))
    apart.poll()
    assert None not in files_of(apart, 101)
    assert [(host_of(one.headers), one.target) for one in apart.site.requests] == [
        ("localhost", "/robots.txt"),
        ("localhost", "/categories/068000"),
        ("localhost", "/articles/101"),
        ("img.localhost", "/robots.txt"),
        ("img.localhost", "/upload/a.jpg"),
        ("localhost", "/upload/b.jpg"),
    ]
    # Its robots.txt is remembered, as the site's is.
    apart.site.forget_requests()
    apart.site.publish(illustrated(102, f"{address}/upload/c.jpg"))
    apart.poll()
    assert apart.site.count("/robots.txt") == 0
    assert files_of(apart, 102) == [named(picture("/upload/c.jpg"), "jpg")]


@pytest.mark.one_stands_for_all
@pytest.mark.parametrize("fault", [Fault.TOO_MANY_SECONDS, Fault.FIREWALL, Fault.SERVER_ERROR])
def test_what_fails_on_a_host_of_images_says_nothing_of_the_site(
    apart: Named, fault: Fault
) -> None:
    address = apart.base_url.replace("localhost", "img.localhost")
    for number in (101, 102, 103):
        apart.site.publish(
            illustrated(number, *(f"{address}/upload/{number}{n}.jpg" for n in range(4)))
        )
    apart.site.fault(fault, "/upload/*", after=600)
    outcome = apart.poll()
    assert (outcome.sections[0].new, outcome.sections[0].failed) == (3, 0)
    with apart.fetcher() as fetcher:
        assert fetcher._back_off.until(apart.now) is None


class Store(StandIn):
    """A host of images that keeps its own rules, and answers 403 as a store of objects
    does for what it has not; what lies below ``away`` is moved there."""

    away = ""

    def respond(self, method: str, target: str, headers: Any = ()) -> Answer:
        good = super().respond(method, target, headers)
        if target.endswith("/gone.jpg"):
            body = b"<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>"
            return page(403, body.decode(), "application/xml")
        if target.endswith("/moved.jpg"):
            return redirect(f"{self.away}/upload/z.jpg")
        return good


@pytest.fixture
def store(keeping: Desk) -> Iterator[Store]:
    """[seen] Images stand on another host; here a second site on a port of its own."""
    with Store() as store:
        keeping.image_hosts = (store.base_url.removeprefix("http://"),)
        keeping.http = {"retries": 0}
        yield store


def test_images_of_the_hosts_that_are_named_are_kept(keeping: Desk, store: Store) -> None:
    photo = "/images/photos/0123456789abcdef0123456789abcdef/thumb.jpg"
    for number in (101, 102):
        keeping.site.publish(illustrated(number, f"{store.base_url}{photo}?{number}"))
    keeping.http |= {"cookie": "session=of-the-reader"}
    keeping.poll()
    kept = named(picture(f"{photo}"), "jpg")
    assert files_of(keeping, 101) == files_of(keeping, 102) == [kept]
    assert store.count("/robots.txt") == 1
    assert "cookie" not in {name.lower() for one in store.requests for name, _ in one.headers}
    (entry, _) = keeping.feed("all")
    assert entry["image"].startswith(store.base_url)
    whole(keeping)

    keeping.image_hosts = ()
    keeping.site.publish(illustrated(103, f"{store.base_url}{photo}"))
    store.forget_requests()
    keeping.poll()
    assert files_of(keeping, 103) == [None]
    assert store.requests == []


def test_rules_and_pace_of_a_host_of_images_are_kept(keeping: Desk, store: Store) -> None:
    store.robots = "User-agent: *\nDisallow: /upload/secret\nCrawl-delay: 7\n"
    sources = [f"{store.base_url}/upload/{name}.jpg" for name in ("secret", "a", "b")]
    keeping.site.publish(illustrated(101, *sources))
    waits: list[float] = []
    archive = keeping.archive()
    config = keeping.config
    fetcher = Fetcher(
        config.site_of(), config.http, archive.memory, clock=keeping.clock, sleep=waits.append
    )
    with fetcher:
        assert Poll(config, archive, fetcher, keeping.clock).run(config.sections).sections[0].new
    assert [file is None for file in files_of(keeping, 101)] == [True, False, False]
    assert store.count("/upload/secret.jpg") == 0
    assert [wait for wait in waits if wait > 6] == [7.0, 7.0]


@pytest.mark.one_stands_for_all
@pytest.mark.parametrize("answer", [500, 503, "reset", "refused", "firewall"])
def test_a_host_of_images_whose_rules_cannot_be_read_fails_no_article(
    keeping: Desk, store: Store, answer: int | str
) -> None:
    for number in (101, 102):
        keeping.site.publish(illustrated(number, f"{store.base_url}/upload/{number}.jpg", "b.jpg"))
    if isinstance(answer, int):
        store.robots = answer
    elif answer == "refused":
        store.stop()
    else:
        store.fault({"reset": Fault.RESET, "firewall": Fault.FIREWALL_OK}[answer], "/robots.txt")
    outcome = keeping.poll()
    assert (outcome.sections[0].new, outcome.sections[0].failed) == (2, 0)
    assert outcome.sections[0].error is None
    for number in (101, 102):
        assert [file is None for file in files_of(keeping, number)] == [True, False]
    assert store.count("/robots.txt") <= 1  # asked once, not for each image
    assert store.count("/upload/*") == 0
    with keeping.fetcher() as fetcher:
        assert fetcher._back_off.until(keeping.now) is None


@pytest.mark.one_stands_for_all
@pytest.mark.parametrize("answer", [403, 404])
def test_of_a_host_without_rules_all_images_are_kept_but_the_one_that_is_gone(
    keeping: Desk, store: Store, answer: int
) -> None:
    store.robots = answer
    sources = [f"{store.base_url}/upload/{name}.jpg" for name in ("gone", "a", "b")]
    keeping.site.publish(illustrated(101, *sources))
    keeping.poll()
    assert [file is None for file in files_of(keeping, 101)] == [True, False, False]


def test_a_host_of_images_that_leads_elsewhere_is_not_followed(
    keeping: Desk, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    with StandIn() as other:
        sources = [f"{store.base_url}/upload/moved.jpg", f"{store.base_url}/upload/a.jpg"]
        keeping.site.publish(illustrated(101, *sources))
        store.away = other.base_url
        keeping.poll()
        assert [file is None for file in files_of(keeping, 101)] == [True, False]
        assert other.requests == []
    # To the site itself it may lead.
    keeping.site.publish(illustrated(102, sources[0]))
    store.away = keeping.site.base_url
    keeping.poll()
    assert files_of(keeping, 102) == [named(picture("/upload/z.jpg"), "jpg")]


def test_a_host_of_images_at_a_private_address_is_not_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The polled site is a public one: a name among its hosts of images leads home."""
    asked: list[str] = []

    def found(host: Any, *rest: Any, **more: Any) -> Any:
        asked.append(str(host))
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.7", 443))]

    monkeypatch.setattr(socket, "getaddrinfo", found)
    site = Site.at("https://dealsite.co.kr", image_hosts=("images.example", "10.0.0.8"))
    http = HttpConfig(delay=timedelta(0), retries=0)
    with Fetcher(site, http, Memory(), clock=lambda: NOW, sleep=lambda seconds: None) as fetcher:
        for host in ("images.example", "10.0.0.8"):
            with pytest.raises(FetchError, match="private address") as caught:
                fetcher.image(f"https://{host}/a.jpg", referer="https://dealsite.co.kr/articles/1")
            assert not caught.value.site_down
    assert "images.example" in asked


# What is done with them


@pytest.mark.usefixtures("every_format")
def test_feeds_tell_type_and_size_of_a_kept_image(keeping: Desk) -> None:
    keeping.site.hang("/upload/a.jpg", picture("/x.png"), "image/jpeg")
    keeping.site.publish(illustrated(101, "a.jpg"))
    keeping.poll()
    size = str(len(picture("/x.png")))
    for name in ("all.rss", "all.atom"):
        tree = etree.fromstring((keeping.folder / "public" / name).read_bytes())
        (shown,) = tree.iter(MEDIA)
        assert {str(key): value for key, value in shown.attrib.items()} == {
            "url": f"{keeping.site.base_url}/upload/a.jpg",
            "medium": "image",
            "type": "image/png",
            "fileSize": size,
            "width": "96",
            "height": "64",
        }


def test_the_reading_page_shows_the_copy(keeping: Desk) -> None:
    keeping.site.publish(illustrated(101, "a.jpg?n=1&amp;of='all'", "https://e.example/x.jpg"))
    keeping.poll()
    ask = ask_of(app(keeping.config, now=keeping.clock))
    page = ask("/articles/101").body.decode()
    (file,) = images_on_disk(keeping)
    assert re.findall('<img src="([^"]*)"', page) == [f"../{file}", "https://e.example/x.jpg"]
    reply = ask(f"/{file}")
    assert (reply.status, reply.headers["content-type"]) == (200, "image/jpeg")
    assert reply.body == picture("/upload/a.jpg")


# Damage


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Begun]:
    """Two illustrated articles, one of them revised with another image."""
    site = StandIn()
    site.boxes = False
    with site:
        folder = tmp_path_factory.mktemp("kept")
        desk = Desk(site, folder, sections=SECTIONS[:1], images=True)
        desk.feeds = {"formats": ("json",)}
        site.now = desk.clock
        site.publish(illustrated(101, "a.jpg", "b.jpg"))
        site.publish(illustrated(102, "c.png"))
        desk.poll()
        desk.later(hours=1)
        site.publish(illustrated(102, "d.png", text="준공"))
        desk.poll()
        assert len(images_on_disk(desk)) == 4
        yield Begun(desk)


@pytest.fixture
def kept(begun: Begun, tmp_path: Path) -> Desk:
    return begun.in_folder(tmp_path)


@pytest.mark.one_stands_for_all
@pytest.mark.parametrize("harm", ["cut", "gone", "emptied"])
@pytest.mark.parametrize("number", [101, 102])
def test_a_record_is_restored_with_its_images(kept: Desk, number: int, harm: str) -> None:
    path = kept.archive().path_of(number)
    before = path.read_bytes()
    if harm == "gone":
        path.unlink()
    else:
        path.write_bytes(before[: 0 if harm == "emptied" else before.index(b'"related"')])
    assert [fault.path for fault in kept.archive().verify().faults] == [path]
    mend(kept.config, kept.archive(), kept.now)
    assert path.read_bytes() == before
    assert len(images_on_disk(kept)) == 4
    whole(kept)


def test_repaired_once_all_is_well_though_a_record_names_less_than_it_did(kept: Desk) -> None:
    """Neither its file nor its line says any more what the record was: it is read from its
    page again, and what its copies are nobody knows."""
    path = kept.archive().path_of(102)
    path.write_bytes(path.read_bytes()[:200])
    (journal,) = (kept.folder / "archive/journal").glob("*.jsonl")
    lines = journal.read_bytes().splitlines(keepends=True)
    last = max(place for place, line in enumerate(lines) if b'"id": 102,' in line)
    journal.write_bytes(b"".join(lines[:last] + lines[last + 1 :]))
    assert mend(kept.config, kept.archive(), kept.now)
    whole(kept)
    assert mend(kept.config, kept.archive(), kept.now) == ()


def test_an_image_that_no_record_names(kept: Desk) -> None:
    data = picture("/stray.jpg")
    path = kept.folder / "archive" / named(data, "jpg")
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
    (fault,) = kept.archive().verify().faults
    assert (fault.path, fault.what) == (path, "an image that no record names")
    (told,) = mend(kept.config, kept.archive(), kept.now)
    assert "no record names it; moved to" in told
    aside = kept.folder / "archive/.state/damaged" / path.name
    assert aside.read_bytes() == data
    assert not path.exists()
    assert len(images_on_disk(kept)) == 4
    whole(kept)


def test_a_crash_between_image_and_record_is_completed(keeping: Desk) -> None:
    keeping.site.publish(illustrated(101, "a.jpg", "b.jpg"))
    keeping.site.publish(illustrated(102, "c.jpg"))

    class Killed(BaseException):
        pass

    real, count = Archive.add_image, 0

    def add_image(self: Archive, *args: Any) -> str:
        nonlocal count
        count += 1
        file = real(self, *args)
        if count == 2:
            raise Killed
        return file

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Archive, "add_image", add_image)
        with pytest.raises(Killed):
            keeping.poll()
    verdict = keeping.archive().verify()
    assert verdict.faults == ()
    assert [re.sub(r".*: ", "", line) for line in verdict.unfinished] == [
        "an image that no record names yet"
    ] * 2
    keeping.site.forget_requests()
    keeping.poll()
    assert sorted(keeping.journal()) == [("added", 101), ("added", 102)]
    assert len(images_on_disk(keeping)) == 3
    whole(keeping)


def test_sections_may_share_it(desk: Desk) -> None:
    desk.images = True
    desk.sections = (*SECTIONS, SectionConfig(name="everything", title="전체"))
    desk.site.publish(illustrated(101, "a.jpg"))
    desk.poll()
    assert desk.site.count("/upload/*") == 1
