"""With tokens, the addresses that a person is shown hold that person's token."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest

from feedsvc.serve import app
from tests.cli.test_commands import Desk, feedsvc
from tests.serve.conftest import NOW, SECRET, Ask, Reply, ask_of, settings

__all__ = ["feedsvc"]

OTHER = 'odd&token"<+>=%2F/of-another'
ENCODED = "odd%26token%22%3C%2B%3E%3D%252F%2Fof-another"
BASE = "https://news.example.org/feeds/"
OPML = f"""<?xml version='1.0' encoding='utf-8'?>
<opml version="2.0"><head><title>딜사이트</title></head><body>
<outline type="rss" text="딜사이트" xmlUrl="{BASE}all.atom" htmlUrl="{BASE}" />
<outline type="rss" text="남의 것" xmlUrl="https://elsewhere.example/all.atom" />
</body></opml>
"""


@pytest.fixture
def ask(folder: Path) -> Ask:
    (folder / "public" / "feeds.opml").write_text(OPML, "utf-8")
    config = settings(folder, base_url=BASE, tokens=(SECRET, OTHER))
    return ask_of(app(config, now=lambda: NOW))


def shown_ways(ask: Ask, path: str, token: str, encoded: str, query: str = "") -> list[Reply]:
    """The same asked for in each way in which a token is shown."""
    cookie = ask("/", query=f"token={encoded}").headers["set-cookie"].partition(";")[0]
    basic = base64.b64encode(f"anybody:{token}".encode()).decode()
    headers: list[Mapping[str, str]] = [
        {"Cookie": cookie},
        {"Authorization": f"Bearer {token}"},
        {"Authorization": f"Basic {basic}"},
    ]
    shown = [ask(path, query=f"{query}token={encoded}")]
    return shown + [ask(path, one, query=query) for one in headers]


@pytest.mark.parametrize(("token", "encoded"), [(SECRET, SECRET), (OTHER, ENCODED)])
def test_the_list_of_feeds_holds_the_token_of_who_asks(ask: Ask, token: str, encoded: str) -> None:
    ask("/feeds.opml", {"Authorization": f"Bearer {SECRET}"})  # now it is in memory
    for reply in shown_ways(ask, "/feeds.opml", token, encoded):
        assert reply.status == 200
        assert reply.headers["content-type"].startswith("text/x-opml")
        assert reply.headers["cache-control"] == "private, no-store"
        ours, others = ElementTree.fromstring(reply.body).iter("outline")
        assert ours.get("xmlUrl") == f"{BASE}all.atom?token={encoded}"
        assert ours.get("htmlUrl") == f"{BASE}?token={encoded}"
        assert others.get("xmlUrl") == "https://elsewhere.example/all.atom"
        address = urlsplit(ours.get("xmlUrl", ""))
        assert ask("/all.rss", query=address.query).status == 200
    assert ask("/feeds.opml").status == 401


@pytest.mark.parametrize(("token", "encoded"), [(SECRET, SECRET), (OTHER, ENCODED)])
@pytest.mark.parametrize("path", ["/feeds", "/feeds/feeds"])  # without the prefix, and with
def test_the_addresses_on_the_page_hold_the_token_of_who_asks(
    ask: Ask, path: str, token: str, encoded: str
) -> None:
    another = ENCODED if token == SECRET else SECRET
    for reply in shown_ways(ask, path, token, encoded, "list=all&"):
        page = reply.body.decode()
        assert f'value="{BASE}all.atom?token={encoded}"' in page
        assert f'href="feeds.opml?token={encoded}"' in page
        assert another not in page
        assert reply.headers["cache-control"] == "private, no-store"
        assert reply.headers["referrer-policy"] == "no-referrer"


def test_without_tokens_nothing_is_added(folder: Path) -> None:
    (folder / "public" / "feeds.opml").write_text(OPML, "utf-8")
    ask = ask_of(app(settings(folder, base_url=BASE), now=lambda: NOW))
    assert ask("/feeds.opml", query="token=x").body == OPML.encode()
    page = ask("/", query="token=x")
    assert b"token=" not in page.body
    assert page.headers["cache-control"] == "public, no-cache"


def test_what_is_no_list_is_served_as_it_is(folder: Path, ask: Ask) -> None:
    (folder / "public" / "feeds.opml").write_text("no XML", "utf-8")
    reply = ask("/feeds.opml", {"Authorization": f"Bearer {SECRET}"})
    assert (reply.status, reply.body) == (200, b"no XML")


def test_the_published_list_answers_when_it_is_imported(feedsvc: Desk) -> None:
    feedsvc.configure(f"server: {{tokens: [{SECRET}]}}\n")
    assert feedsvc("poll")[0] == 0
    public = feedsvc.folder / "public"
    assert all(SECRET.encode() not in one.read_bytes() for one in public.rglob("*.*"))
    config = settings(feedsvc.folder, tokens=(SECRET,))
    ask = ask_of(app(config, now=lambda: NOW + timedelta(days=1)))
    listed = ElementTree.fromstring(ask("/feeds.opml", query=f"token={SECRET}").body)
    addresses = [urlsplit(one.get("xmlUrl", "")) for one in listed.iter("outline")]
    assert len(addresses) > 3
    for address in addresses:
        assert ask(address.path).status == 401
        assert ask(address.path, query=address.query).status == 200
