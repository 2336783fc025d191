"""Custom feeds: words, particles, and the other conditions."""

from __future__ import annotations

from typing import Any

import pytest

from feedsvc.config import CustomFeedConfig, SectionConfig
from feedsvc.feeds.definitions import belongs
from feedsvc.model import FLASH, Status
from tests.feeds.conftest import SECTIONS, access, make_record

RECORD = make_record(
    1,
    title="삼성전자는 오른다",
    subtitle="SK 하이닉스도",
    body=("<p>생성형<b>AI</b>는 CHAIN과 SKT</p>",),
    keywords=("평택 공장",),
    access=access(Status.MEMBERS_ONLY),
)


@pytest.mark.parametrize(
    ("conditions", "found"),
    [
        ({}, True),
        ({"any": ("삼성전자",)}, True),
        ({"any": ("없는말", "하이닉스")}, True),
        ({"any": ("없는말",)}, False),
        ({"search": "삼성전자 \u200b"}, True),
        ({"any": ("ai",)}, True),
        ({"any": ("hai",)}, False),
        ({"any": ("SKT",)}, True),
        ({"any": ("KT",)}, False),
        ({"any": ("SK",)}, True),
        ({"any": ("오른 다",)}, True),
        ({"any": ("평택공장",)}, False),
        ({"any": ("평택  공장",)}, True),
        ({"all": ("삼성전자", "AI")}, True),
        ({"all": ("삼성전자", "없는말")}, False),
        ({"none": ("인사",)}, True),
        ({"any": ("삼성전자",), "none": ("하이닉스",)}, False),
        ({"search": "삼성전자 AI"}, True),
        ({"search": "삼성전자 없는말"}, False),
        ({"sections": ("industry",)}, True),
        ({"sections": ("finance",)}, False),
        ({"sections": ("finance", "everything")}, True),
        ({"reporters": ("김하나",)}, True),
        ({"reporters": ("박세나",)}, False),
        ({"access": ("members-only",)}, True),
        ({"access": ("open",)}, False),
    ],
)
def test_conditions(conditions: dict[str, Any], found: bool) -> None:
    feed = CustomFeedConfig(name="own", title="나의", **conditions)
    assert belongs(RECORD, feed, SECTIONS) is found


def test_a_custom_feed_of_a_section_that_is_a_search_or_the_flashes() -> None:
    sections = (
        SectionConfig(name="nexon", title="넥슨", search="넥슨"),
        SectionConfig(name="flash", title="속보", newsflash=True),
    )
    hit = make_record(1, title="넥슨의 새 게임")
    flash = make_record(2, sources=(("title", "h1"), FLASH))
    for record, name in ((hit, "nexon"), (flash, "flash")):
        for one in sections:
            feed = CustomFeedConfig(name="mine", title="내 것", sections=(one.name,))
            assert belongs(record, feed, sections) is (one.name == name)
