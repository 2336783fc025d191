"""Addresses of images: which of them can show nothing."""

from __future__ import annotations

import pytest

from feedsvc.parse.media import cover_address, is_page

PAGE = "https://dealsite.co.kr/articles/7?from=list#top"


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        (PAGE, True),
        ("https://dealsite.co.kr/articles/7?from=list", True),
        ("https://dealsite.co.kr/articles/7", True),
        ("https://dealsite.co.kr/articles/7?", True),
        ("https://dealsite.co.kr/articles/7#", True),
        ("https://dealsite.co.kr/articles/7?from=mail", False),
        ("https://dealsite.co.kr/articles/7/", False),
        ("http://dealsite.co.kr/articles/7", False),
        ("https://img.example.com", True),
        ("https://img.example.com/?#top", True),
        ("https://img.example.com/?id=7", False),
        ("https://img.example.com/7.jpg", False),
        ("https://img.example.com//", False),
    ],
)
def test_a_page_is_no_image(address: str, expected: bool) -> None:
    assert is_page(address, PAGE) is expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("/upload/7/thumb.jpg", "https://dealsite.co.kr/upload/7/thumb.jpg"),
        ("/upload/8/thumb.jpg", None),
        ("/articles/7", None),
        ("#", None),
        ("", None),
    ],
)
def test_a_cover_bears_the_articles_number_and_is_not_its_page(
    said: str, expected: str | None
) -> None:
    assert cover_address(said, PAGE, 7) == expected
