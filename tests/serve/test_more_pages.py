"""Index, archive, search, status and metrics, as pages made for the request."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import pytest
from prometheus_client.parser import text_string_to_metric_families

from feedsvc.archive import Agreement, Archive, KeptLayout, LayoutState
from feedsvc.config import CustomFeedConfig, SectionConfig
from feedsvc.model import Access, Event, Json, Record, Revision, Status
from feedsvc.serve import app
from feedsvc.serve.translations import ENGLISH, FLAGS, KOREAN, words_for
from feedsvc.site import guid
from tests.serve.conftest import NOW, PAGE, SECRET, Ask, ask_of, record, settings, written

PAGES = (
    "/",
    "/feeds",
    "/archive/",
    "/archive/all/2026-03",
    "/search?q=반도체",
    "/status",
    "/articles/1",
)


def article(number: int, **changes: object) -> Record:
    return record(
        id=number,
        guid=guid(number),
        url=f"https://dealsite.co.kr/articles/{number}",
        title=f"반도체 <투자> {number}",
        **changes,
    )


@pytest.fixture(scope="module")
def stocked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three articles of two months; the first was revised, the second is locked.  Nobody
    changes them."""
    folder = written(tmp_path_factory.mktemp("stocked"))
    old = Revision(NOW, (("title", "옛 제목"), ("body", ["<p>본문 옛 문단</p>"])))
    archive = Archive(folder / "archive")
    with archive.writing(NOW):
        for one in (
            article(1, revisions=(old,)),
            article(2, access=Access(Status.MEMBERS_ONLY)),
            article(3, published_at=NOW - timedelta(days=20), sections=("083000",)),
        ):
            archive.keep(one, Event.ADDED, NOW)
        archive.memory.section.set("industry", succeeded_at=NOW)
    archive.close()
    return folder


@pytest.fixture
def site(stocked: Path) -> Ask:
    return site_of(stocked)


@pytest.fixture
def own(stocked: Path, tmp_path: Path) -> Path:
    """The same, to be changed."""
    return shutil.copytree(stocked, tmp_path / "own")


def site_of(folder: Path) -> Ask:
    config = settings(folder)
    sections = (SectionConfig(name="finance", title="금융", code="083000"), *config.sections)
    custom = (CustomFeedConfig(name="chips", title="칩", any=("칩",)),)
    feeds = config.feeds.model_copy(update={"custom": custom})
    config = config.model_copy(update={"sections": sections, "feeds": feeds})
    return ask_of(app(config, now=lambda: NOW))


def get(ask: Ask, address: str, language: str = "") -> str:
    path, _, query = address.partition("?")
    encoded = "".join(
        one if one.isascii() else "".join(f"%{byte:02X}" for byte in one.encode()) for one in query
    )
    reply = ask(path, {"Accept-Language": language}, query=encoded)
    assert reply.status == 200, address
    return reply.body.decode()


class Anchors(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in ("a", "link") and given.get("href"):
            self.found.append(str(given["href"]))


@pytest.mark.parametrize("address", PAGES)
def test_every_link_of_a_page_answers(site: Ask, address: str) -> None:
    anchors = Anchors()
    anchors.feed(get(site, address))
    own = {urljoin(f"http://here{address}", one) for one in anchors.found}
    own = {one for one in own if one.startswith("http://here/")}
    assert len(own) > 3
    for one in own:
        parts = urlsplit(one)
        assert site(unquote(parts.path), query=parts.query).status == 200, one


def assert_nothing_inline(page: str) -> None:
    """One script of our own, in a file, and one style sheet; nothing in the page itself."""
    assert re.findall(r"<script[^>]*>.*?</script>", page) == re.findall(
        r'<script src="(?:\.\./)*script\.js\?v=[0-9a-f]{12}" defer></script>', page
    )
    assert page.count("<script") == page.count('rel="stylesheet"') == 1
    assert "<style" not in page
    assert not re.search(r"\son[a-z]+=|javascript:", page)


@pytest.mark.parametrize("address", PAGES)
def test_a_page_has_nothing_inline_and_both_languages(site: Ask, address: str) -> None:
    korean, english = get(site, address, "ko-KR,ko;q=0.9"), get(site, address, "en-GB,en;q=0.9")
    assert '<html lang="ko">' in korean
    assert '<html lang="en">' in english
    assert ">Find<" in english
    for page in (korean, english):
        assert_nothing_inline(page)
        assert "style=" not in page
        assert "<투자>" not in page
    path, _, query = address.partition("?")
    reply = site(path, query=query.encode().decode("latin-1"))
    assert "accept-language" in reply.headers["vary"]


@pytest.mark.parametrize(
    ("field", "language"),
    [
        ("", "ko"), ("en", "en"), ("en-US,ko;q=0.5", "en"), ("ko,en;q=0.9", "ko"),
        ("de,en;q=0.4", "en"), ("de", "ko"), ("*", "ko"), ("en;q=0", "ko"), ("en;q=x", "ko"),
        ("en, ko", "ko"), ("\xff\x00;;,", "ko"),
    ],
)  # fmt: skip
def test_the_browser_chooses_the_language(field: str, language: str) -> None:
    assert words_for(field.encode("latin-1"))["language"] == language


def test_both_languages_say_the_same_things() -> None:
    assert KOREAN.keys() == ENGLISH.keys()
    assert all(FLAGS[one].keys() == set(Status) for one in ("ko", "en"))


def test_the_index_shows_flags_and_announces_its_feed(site: Ask) -> None:
    page = get(site, "/")
    assert 'rel="alternate" type="application/atom+xml"' in page
    assert re.search(
        r'<span class="flag locked" lang="ko"><svg .*?</svg>회원전용</span> '
        r'<a href="articles/2">',
        page,
    )
    first = site("/")
    assert site("/", {"If-None-Match": first.headers["etag"]}).status == 304


def test_the_feeds_are_listed_atom_first(site: Ask) -> None:
    page = get(site, "/feeds")
    assert 'value="http://127.0.0.1:8080/all.atom"' in page
    assert page.index('href="all.atom"') < page.index('href="all.rss"')
    assert "industry.rss" not in page  # there is no such file


def test_the_index_shows_what_has_just_been_kept(own: Path) -> None:
    site = site_of(own)
    get(site, "/")
    archive = Archive(own / "archive")
    with archive.writing(NOW):
        archive.keep(article(9), Event.ADDED, NOW)
    archive.close()
    assert 'href="articles/9"' in get(site, "/")


def test_a_damaged_archive_leaves_the_published_index(own: Path) -> None:
    site = site_of(own)
    for path in (own / "archive" / "articles").rglob("*.json"):
        path.write_text("{")
    assert "articles/3" in get(site, "/")  # the index knows what lists show
    shutil.rmtree(own / "archive" / ".state")
    assert get(ask_of(app(settings(own), now=lambda: NOW)), "/") == PAGE


def test_the_archive_lists_months_and_sections(site: Ask) -> None:
    page = get(site, "/archive/")
    assert {"all/2026-03", "all/2026-02", "./?section=finance"} <= set(
        re.findall(r'href="([^"]+)"', page)
    )
    finance = get(site, "/archive/?section=finance")
    assert "finance/2026-02" in finance
    assert "finance/2026-03" not in finance
    month = get(site, "/archive/all/2026-03")
    assert month.index("articles/2") < month.index("articles/1")
    assert "articles/3" not in month
    assert 'href="2026-02" rel="prev"' in month
    day = get(site, "/archive/all/2026-03?day=9")
    assert day.count('href="../../articles/') == 2
    assert get(site, "/archive/all/2026-03?day=2026-03-09") == day
    assert site("/archive/all/2026-03", query="day=10").status == 400
    for path in ("/archive/all/2026-13", "/archive/all/2025-01", "/archive/no/2026-03"):
        assert site(path).status == 404


def test_search_finds_words(site: Ask) -> None:
    assert get(site, "/search?q=반도체").count("articles/") == 3
    assert "찾은 기사가 없습니다." in get(site, "/search?q=조선소")
    assert "articles/" not in get(site, "/search")


@pytest.mark.parametrize(
    "query", ['q="', "q=*", "q=(", "q=AND", "q=%00", "q=%FF%FE", "q=" + "a" * 200, "q", "&&=",
              "q='; DROP TABLE text", "q=title:x", "q=-", "q=" + "%EA%B0%80+" * 100],
)  # fmt: skip
def test_a_search_for_odd_things_is_a_page(site: Ask, query: str) -> None:
    reply = site("/search", query=query)
    assert reply.status == 200
    assert b"DROP" not in reply.body or b"&#39;; DROP" in reply.body


def test_a_search_shows_the_query_as_text(site: Ask) -> None:
    page = get(site, "/search?q=<script>\"'")
    assert_nothing_inline(page)
    assert "&lt;script&gt;" in page


def test_an_archive_without_anything_has_pages_too(folder: Path, ask: Ask) -> None:
    for address in ("/", "/archive/", "/search?q=x", "/status"):
        assert get(ask, address)
    assert not (folder / "archive").exists()


def test_revisions_show_as_differences(site: Ask) -> None:
    page = get(site, "/articles/1")
    assert "<del>옛</del><ins>첫</ins>" in page
    assert "<details open>" not in page
    assert '<details id="r1">' in page


def test_what_a_member_read_before_shows_in_no_difference(folder: Path) -> None:
    old = Revision(
        NOW, (("access", {"status": "open", "seen_as": "member"}), ("body", ["<p>비밀</p>"]))
    )
    archive = Archive(folder / "archive")
    with archive.writing(NOW):
        archive.keep(article(1, revisions=(old,)), Event.ADDED, NOW)
    archive.close()
    assert "비밀" not in get(ask_of(app(settings(folder), now=lambda: NOW)), "/articles/1")
    protected = ask_of(app(settings(folder, tokens=(SECRET,)), now=lambda: NOW))
    assert "비밀" in get(protected, f"/articles/1?token={SECRET}")


def test_status_tells_which_section_is_late(site: Ask, stocked: Path) -> None:
    assert "수집이 잘 되고 있습니다." in get(site, "/status")
    late = ask_of(app(settings(stocked), now=lambda: NOW + timedelta(hours=2)))
    page = get(late, "/status", "en")
    assert "late" in page
    assert "2026.03.09 12:00" in page


def test_metrics_parse_and_count(site: Ask, stocked: Path) -> None:
    site("/all.rss")
    site("/all.rss")
    site("/nothing/" + "x" * 50)
    reply = site("/metrics")
    assert reply.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert reply.headers["cache-control"] == "no-store"
    values = {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(reply.body.decode())
        for sample in family.samples
    }
    assert values["feedsvc_http_requests_total", "200", "rss"] == 2
    assert values["feedsvc_http_requests_total", "404", "other"] == 1
    assert values["feedsvc_archive_articles",] == 3
    assert values["feedsvc_archive_locked",] == 1
    assert values["feedsvc_healthy",] == 1
    assert values["feedsvc_section_success_timestamp_seconds", "industry"] == NOW.timestamp()
    size = (stocked / "public" / "all.rss").stat().st_size
    assert values["feedsvc_feed_bytes", "all.rss"] == size


def test_metrics_tell_how_far_a_probation_got(own: Path) -> None:
    site = site_of(own)
    archive = Archive(own / "archive")
    with archive.writing(NOW):
        for state, proven in (("undone", None), ("adopted", NOW), ("adopted", None)):
            number = archive.learned.next()
            pages: list[Json] = [{"id": one, "page": f"sha1:{one}"} for one in (1, 2, 3)]
            kept = KeptLayout(number, LayoutState(state), NOW, NOW, {}, {"pages": pages})
            archive.learned.keep(replace(kept, proven_at=proven), NOW)

    def agreed() -> list[str]:
        lines = site("/metrics").body.decode().splitlines()
        return [line for line in lines if line.startswith("feedsvc_layout_probation_agreed")]

    assert agreed() == ['feedsvc_layout_probation_agreed{layout="learned-0003"} 3.0']
    (kept,) = (one for one in archive.learned.whole(lambda error: None) if one.is_new)
    with archive.writing(NOW):
        Agreement(20, {1, 2, 3, 4}).keep(archive.memory, kept)
    assert agreed() == ['feedsvc_layout_probation_agreed{layout="learned-0003"} 20.0']
    with archive.writing(NOW):
        archive.learned.keep(replace(kept, proven_at=NOW), NOW)
    archive.close()
    assert agreed() == []


def test_pages_and_metrics_need_a_token_where_there_is_one(folder: Path) -> None:
    ask = ask_of(app(settings(folder, tokens=(SECRET,)), now=lambda: NOW))
    for path in ("/", "/archive/", "/search", "/status", "/metrics", "/archive/all/2026-03"):
        assert ask(path).status == 401
        reply = ask(path, query=f"token={SECRET}")
        assert reply.status in (200, 404)
        # What is theirs alone stands in the addresses of feeds, and is kept by no cache.
        page = reply.body.decode()
        held = re.findall(rf'"(?:[^"]*/)?[a-z.]+\?token={SECRET}"', page)
        assert len(held) == page.count(SECRET)
        assert reply.headers["cache-control"] in ("private, no-store", "no-store")


def test_the_addresses_that_are_described_answer(site: Ask) -> None:
    described = (Path(__file__).parents[2] / "docs" / "http.md").read_text("utf-8")
    cells = re.findall(r"^\| (`.*?`) \|", described, re.MULTILINE)
    addresses = [one for cell in cells for one in re.findall(r"`(/[^`]*)`", cell)]
    assert len(addresses) > 12
    for address in addresses:
        if "…" in address or "{rss" in address or address.startswith(("/industry", "/released")):
            continue
        address = address.replace("117013", "1").replace("{feed}", "all")
        path, _, query = address.replace("{section}", "all").partition("?")
        assert site(path, query=query.encode().decode("latin-1")).status == 200, address
