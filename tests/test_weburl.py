"""Addresses are read as a browser reads them."""

from __future__ import annotations

import subprocess
import sys

import ada_url
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedsvc.site import Site
from feedsvc.weburl import absolute, of_image

BASE = "https://dealsite.co.kr/articles/7?a=b"
AT = "https://dealsite.co.kr"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("/a/b.jpg", f"{AT}/a/b.jpg"),
        ("b.jpg", f"{AT}/articles/b.jpg"),
        ("?x", f"{AT}/articles/7?x"),
        ("#x", f"{AT}/articles/7?a=b#x"),
        ("//cdn.kr/b.jpg", "https://cdn.kr/b.jpg"),
        ("/a/../b.jpg?x=1&y=2", f"{AT}/b.jpg?x=1&y=2"),
        ("/a/%2E%2e/b", f"{AT}/b"),
        ("\\images\\c.jpg", f"{AT}/images/c.jpg"),
        ("https:\\\\img.dealsite.co.kr\\a\\b.jpg", "https://img.dealsite.co.kr/a/b.jpg"),
        ("https:/x", f"{AT}/x"),
        ("https:x", f"{AT}/articles/x"),
        ("  https://a.kr/x\n", "https://a.kr/x"),
        ("ht\ttps://a.\nkr/\rx", "https://a.kr/x"),
        ("HTTPS://A.kr:443/%7Ex", "https://a.kr/%7Ex"),
        ("http://a.kr:80/", "http://a.kr/"),
        ("http://a.kr:443/", "http://a.kr:443/"),
        ("https://a.kr:65535", "https://a.kr:65535/"),
        ("https://a.kr:99999/", None),
        ("https://a.kr:x/", None),
        ("https://a b.kr/", None),
        ("https://a%20b.kr/", None),
        ("https://a|b.kr/", None),
        ("https://1.2.3.999/", None),
        ("https://0x7f.1/", "https://127.0.0.1/"),
        ("https://[::1]/", "https://[::1]/"),
        ("http://[", None),
        ("https://", None),
        ("https://u:p@a.kr/", "https://u:p@a.kr/"),
        ("https://한글.kr/가?나#다", "https://xn--bj0bj06e.kr/%EA%B0%80?%EB%82%98#%EB%8B%A4"),
        ("https://ａ.kr/", "https://a.kr/"),
        ("/사진 1.jpg", f"{AT}/%EC%82%AC%EC%A7%84%201.jpg"),
        ("/e\u0301.jpg", f"{AT}/e%CC%81.jpg"),
        ("/\ud800", f"{AT}/%EF%BF%BD"),
        ("", BASE),
        ("mailto:a@b.kr", "mailto:a@b.kr"),
        ("mailto:", None),
        ("javascript:x", None),
        (" java\nscript:x", None),
        ("data:image/png,x", None),
        ("tel:1", None),
        ("ftp://a.kr/", None),
        ("file:///etc/passwd", None),
    ],
)
def test_addresses(value: str, expected: str | None) -> None:
    assert absolute(value, BASE) == expected


def test_images_have_no_name_and_come_by_http() -> None:
    assert of_image("https://u:p@a.kr/x.jpg") is None
    assert of_image("//@a.kr/@.jpg", BASE) == "https://a.kr/@.jpg"
    assert of_image("mailto:a@b.kr") is None


def test_without_a_base_a_relative_address_is_none() -> None:
    assert absolute("/x") is None
    assert absolute("x", "file:///a/b") is None


_PIECES = """
a b1 - _ . / ? & = %2e %2E % @ : ; , ( ! * ~ ' + | ^ \\ # [ xn-- .. // 가 .kr co
""".split()
_WRITTEN = st.lists(st.sampled_from([*_PIECES, " "]), max_size=14).map("".join)


@given(_WRITTEN | _WRITTEN.map("https://a.kr".__add__) | _WRITTEN.map("https://".__add__))
def test_the_short_way_gives_what_the_standard_gives(value: str) -> None:
    try:
        right: str | None = ada_url.join_url(BASE, value)
    except ValueError:
        right = None
    if right is not None and not right.startswith(("http:", "https:")):
        right = None
    found = absolute(value, BASE)
    assert found == right or (found or "").startswith("mailto:")


def test_a_path_that_would_backtrack_is_quick() -> None:
    assert absolute("/" + "a" * 100_000 + "!", "https://a.kr/") is not None
    assert absolute("https://" + "a" * 100_000 + "!", "https://a.kr/") is not None
    assert absolute("https://a.kr/" + "a/" * 100_000 + " ") is not None


@pytest.mark.parametrize(
    ("address", "number"),
    [
        ("/articles/5", 5),
        ("/articles/5/068000?x#y", 5),
        ("https://www.dealsite.co.kr/articles/5/", 5),
        ("https:\\\\dealsite.co.kr\\articles\\5", 5),
        ("https://DEALSITE.co.kr:443/x/../articles/5", 5),
        ("/articles/123456789012", 123456789012),
        ("/articles/0", None),
        ("/articles/000", None),
        ("/articles/١١٧", None),
        ("/articles/１１７", None),
        ("/articles/1234567890123", None),
        ("/articles/5/０６８０００", None),
        ("/articles/5x", None),
        ("/articles/-5", None),
        ("//evil.kr/articles/5", None),
        ("https://dealsite.co.kr@evil.kr/articles/5", None),
        ("https://dealsite.co.kr.evil.kr/articles/5", None),
        ("https://dealsite.co.kr:8443/articles/5", None),
        ("javascript:/articles/5", None),
    ],
)
def test_ids_are_ascii_digits_of_our_own_site(address: str, number: int | None) -> None:
    site = Site.at("https://dealsite.co.kr", ("www.dealsite.co.kr",))
    assert site.article_id(address) == number


def test_usual_addresses_do_not_load_the_parser() -> None:
    """It takes some megabytes, which a poll does without."""
    program = (
        "import sys; from feedsvc.weburl import absolute;"
        "absolute('/articles/5', 'https://dealsite.co.kr/articles/7'); absolute('https://a.kr/x?y=1');"
        "assert 'ada_url' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
