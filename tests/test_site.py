"""Whose ids they are, and which addresses mean the site (site page, "The site", "URLs")."""

from __future__ import annotations

import pytest

from feedsvc.config import Config, SiteConfig
from feedsvc.site import DEALSITE, PLUS, TV, Site, authority_of

PLUS_SITE = Config(site=SiteConfig(base_url="https://dealsiteplus.co.kr")).site_of()


@pytest.mark.parametrize(
    ("base_url", "authority"),
    [
        ("https://dealsite.co.kr", "dealsite.co.kr"),
        ("https://www.dealsite.co.kr/", "dealsite.co.kr"),
        ("https://DEALSITE.co.kr:443", "dealsite.co.kr"),
        ("http://paxnetnews.com", "dealsite.co.kr"),
        ("http://www.paxnetnews.com", "dealsite.co.kr"),
        ("http://127.0.0.1:8000", "dealsite.co.kr"),
        ("http://127.9.9.9", "dealsite.co.kr"),
        ("http://[::1]:8000", "dealsite.co.kr"),
        ("http://localhost:8000", "dealsite.co.kr"),
        ("https://dealsiteplus.co.kr", "dealsiteplus.co.kr"),
        ("https://news.dealsitetv.com", "news.dealsitetv.com"),
        ("https://mirror.example.org:8443/deal", "mirror.example.org"),
        ("http://10.1.2.3:80", "10.1.2.3"),
    ],
)
def test_the_authority_is_told_by_the_host_where_nobody_says(base_url: str, authority: str) -> None:
    assert authority_of(base_url) == authority
    site = Config(site=SiteConfig(base_url=base_url)).site_of()
    assert site.guid(7) == f"tag:{authority},2018:articles/7"


def test_the_authority_that_is_configured_counts() -> None:
    config = Config(site=SiteConfig(base_url="http://127.0.0.1:1", authority="dealsiteplus.co.kr"))
    assert config.site_of().guid(7) == "tag:dealsiteplus.co.kr,2018:articles/7"
    assert config.site_of().name == "딜사이트 플러스"


@pytest.mark.parametrize(
    "address",
    [
        "https://dealsite.co.kr/articles/1",
        "https://www.dealsite.co.kr/articles/1/068000",
        "https://paxnetnews.com/articles/1",
        "//dealsite.co.kr/articles/1",
        "https://news.dealsitetv.com/articles/1",
        "https://dealsiteplus.co.kr.example.org/articles/1",
        "https://notdealsiteplus.co.kr/articles/1",
    ],
)
def test_a_sisters_article_is_none_of_ours(address: str) -> None:
    # The default aliases are dealsite.co.kr's: they mean nothing on another site.
    assert PLUS_SITE.article_id(address) is None
    assert not PLUS_SITE.owns(address)
    assert not PLUS_SITE.owns_image(address)


@pytest.mark.parametrize(
    "address",
    [
        "/articles/1",
        "/articles/1/002062",
        "/articles/1/35",  # [once] long ago sections had two digits
        "/articles/print/1",  # [seen] on the Plus site: the same article
        "https://dealsiteplus.co.kr/articles/print/1",
        "https://dealsiteplus.co.kr/articles/1",
    ],
)
def test_an_article_of_the_site_itself_is(address: str) -> None:
    assert PLUS_SITE.article_id(address) == 1


@pytest.mark.parametrize("address", ["/articles/print/", "/articles/print", "/articles/print/a"])
def test_what_is_printed_without_a_number_is_no_article(address: str) -> None:
    assert PLUS_SITE.article_id(address) is None


def test_aliases_of_ones_own_count_on_every_site() -> None:
    told = ("mirror.example.org", "www.dealsiteplus.co.kr", "dealsite.co.kr")
    site = Config(site=SiteConfig(base_url="https://dealsiteplus.co.kr", aliases=told)).site_of()
    assert site.article_id("https://mirror.example.org/articles/1") == 1
    assert site.article_id("https://www.dealsiteplus.co.kr/articles/1") == 1
    assert site.article_id("https://dealsite.co.kr/articles/1") is None
    # Whose mirror an unknown host is, nobody knows: it has the aliases that it is given.
    mirror = Site.at("https://mirror.example.org", DEALSITE.aliases)
    assert mirror.article_id("https://paxnetnews.com/articles/1") == 1
    # An old archive of a sister that goes on under the ids it has.
    old = Site.at("https://dealsiteplus.co.kr", DEALSITE.aliases, authority="dealsite.co.kr")
    assert old.article_id("https://www.dealsite.co.kr/articles/1") is None


def test_images_are_kept_of_the_site_and_of_the_hosts_that_are_named_and_of_no_other() -> None:
    site = Config().site_of()
    known = "dtd31o1ybbmk8.cloudfront.net"
    for address in (
        f"https://{known}/photos/0123456789abcdef0123456789abcdef/thumb.jpg",
        f"http://{known.upper()}:80/a.png",
        "https://img.dealsite.co.kr/a.png",
    ):
        assert site.owns_image(address)
    for address in (
        "https://other.cloudfront.net/a.png",
        f"https://below.{known}/a.png",
        f"https://{known}:8443/a.png",
        f"ftp://{known}/a.png",
        f"https://{known}.example.org/a.png",
        "https://cloudfront.net/a.png",
    ):
        assert not site.owns_image(address)
    assert not site.owns(f"https://{known}/articles/1")
    none = Config(site=SiteConfig(image_hosts=())).site_of()
    assert not none.owns_image(f"https://{known}/a.png")


def test_the_sections_that_are_known_have_names() -> None:
    assert PLUS_SITE.section_names["025073"] == "건설·부동산"
    assert Config().site_of().section_names["080000"] == "인수합병"
    assert Site.at("https://mirror.example.org").section_names == {}
    assert not set(PLUS.sections) & set(DEALSITE.sections)
    assert TV.host == "news.dealsitetv.com"
