"""The sample page through the real path: section page, article, archive, feeds."""

from __future__ import annotations

import re
from pathlib import Path

import feedparser
import pytest

from feedsvc import text
from feedsvc.model import Record, Status
from tests.poll.desk import Desk
from tests.standin import StandInArticle, from_seed, sample_like

SEED = Path(__file__).parents[2].parent / "shared" / "seed" / "dealsite-article-117013.txt"


def read(desk: Desk, article: StandInArticle) -> Record:
    desk.site.boxes = True
    desk.site.publish(article)
    desk.poll()
    record = desk.archive().get(article.id)
    assert record is not None
    check(record, article)
    return record


def check(record: Record, article: StandInArticle) -> None:
    """The page is read whole, and only it."""
    assert record.title == article.title
    assert record.subtitle == article.subtitle
    assert record.reporters == article.reporters
    assert record.published_at == article.published_at
    assert [image.caption for image in record.images] == [
        text.visible(match)
        for match in re.findall(r"<figcaption>(.*?)</figcaption>", "".join(article.body))
    ]
    paragraphs = [text.visible(block) for block in record.body if block.startswith("<p>")]
    own = [text.visible(block) for block in article.body if block.startswith("<p>")]
    assert paragraphs == own
    assert len(paragraphs) == 8
    assert record.access.status is Status.PLUS_FIRST
    assert record.access.plus_first_at == article.plus_first_at
    assert not record.access.locked
    assert len(record.related) == len(article.related)
    furniture = (
        "곧 무료로", "회원전용", "회원가입", "lock_clock", "관련기사", "무단전재", "ⓒ",
        "에딧머니", "Infographic", "Issue Today", "Site Map", "플러스에 표출",
        article.furniture.top_ad, article.furniture.side_ad, "딜사이트 김",
    )  # fmt: skip
    whole = "".join(record.body)
    assert not [words for words in furniture if words in whole]
    assert not [link for link in record.related if link.title in whole]


@pytest.mark.skipif(not SEED.exists(), reason="the newspaper's text is not in the repository")
def test_the_seed_article_is_read_whole(desk: Desk) -> None:
    record = read(desk, from_seed(SEED.read_text("utf-8")))

    assert record.reporters == ("김가영",)
    assert record.published_at.isoformat() == "2024-01-26T18:32:51+09:00"
    assert record.access.plus_first_at is not None
    assert record.access.plus_first_at.isoformat() == "2024-01-26T18:32:00+09:00"
    paragraphs = [text.visible(block) for block in record.body if block.startswith("<p>")]
    assert len(paragraphs) == 8
    assert paragraphs[0].startswith("생성형 인공지능(AI)인")
    assert paragraphs[-1].endswith("설명했다.")
    (image,) = record.images
    assert image.caption == "삼성전자 평택캠퍼스 (사진=삼성전자)"


@pytest.mark.usefixtures("every_format")
def test_the_sample_page_is_read_whole_and_so_is_its_entry_in_every_format(desk: Desk) -> None:
    record = read(desk, sample_like())
    public = desk.folder / "public"
    for form in ("rss", "atom"):
        feed = feedparser.parse((public / f"all.{form}").read_bytes())
        assert not feed.bozo
        (entry,) = feed.entries
        assert entry.id == record.guid
        assert entry.title == record.title
        for block in record.body:
            assert text.visible(block) in text.fold(text.visible(entry.content[-1].value))
        assert "딜사이트 플러스" in entry.content[-1].value
    (item,) = desk.feed("all")
    assert item["_feedsvc"]["access"]["status"] == "plus-first"
