"""What is found, as Koreans type it, and that the index keeps up."""

from __future__ import annotations

import shutil
import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest

from feedsvc.archive import Archive
from feedsvc.archive.finding import take_texts
from feedsvc.archive.tree import Tree
from feedsvc.catalogue.search import Order
from feedsvc.catalogue.state import State
from feedsvc.model import Event
from feedsvc.words import excerpt, marked, tokens
from tests.archive.samples import NOW, edited, record


def written(path: Path, *texts: str) -> Archive:
    """An article a text, numbered from one."""
    archive = Archive(path, raw=False)
    with archive.writing(NOW):
        for number, text in enumerate(texts, 1):
            one = record(number, title="제목", subtitle="", keywords=(), body=(f"<p>{text}</p>",))
            archive.keep(one, Event.ADDED, NOW)
    return archive


def ids(archive: Archive, words: str, *, best: bool = False) -> list[int]:
    how = Order.BEST if best else Order.NEWEST
    return [one.id for one in archive.finding.find(words, how=how)]


HELD = [
    ("두 회사가 합병했다", "합병"),
    ("인수합병 시장", "합병"),
    ("인수합병 시장", "인수"),
    ("인수합병 시장", "인수 합병"),
    ("인수 합병 시장", "인수합병"),
    ("인수 합병시장", "인수합병"),
    ("인수·합병 시장", "인수합병"),
    ("삼성전자는", "삼성"),
    ("젊은 생물학자", "생물학"),
    ("오픈AI의 발표", "오픈 AI"),
    ("오픈 AI의 발표", "오픈AI"),
    ("오픈AI의 발표", "오픈ai"),
    ("OpenAI", "openai"),
    ("ＳＫ하이닉스", "sk하이닉스"),
    ("SK 하이닉스가", "SK하이닉스"),
    ("사업비 2024억원", "2024"),
    ("\u1112\u1161\u11ab\u1107\u1175\u11be", "한빛"),  # decomposed in the article
    ("한빛", "\u1112\u1161\u11ab\u1107\u1175\u11be"),  # and in the question
    ("M&amp;A 시장", "M&A"),
    ("배당금 늘어", "배당 늘어"),
    ("새 판이 열렸다", "판"),
    ('그는 "아직은 구상"이라 했다', "아직은 구상이라"),
    ("이 번 일", "이번"),
    ("한빛중공업 사장", "한빛중공업은"),
    ("한빛중공업이 팔았다", "한빛중공업은"),
    ("회사 매각", "매각을"),
    ("매각과 인수", "매각을 인수가"),
    ("SK하이닉스", "sk하이닉스는"),
    ("서울 공장", "서울에서는"),
    ("소비자 물가", "소비자가"),
    ("AI 반도체", "AI를"),
    ("부산 공장", "부산으로"),
    ("서울 공장", "서울로"),
    ("공모가 4만원", "공모가"),
    ("미국 공장", '"미국 공장"'),
    ("한 단어 한 단어", '"단어 한 단어"'),
    ("<b>굵</b>은 글씨", "굵은"),
]
NOT_HELD = [
    ("연합 병원", "합병"),
    ("합의한 병원", "합병"),
    ("미래 에셋증권", "래에"),
    ("market", "M&A"),
    ("삼성과 한빛", "삼성 두레"),
    ("한빛 새벽", '"새벽 한빛"'),
    ("무엇이든", "^ * ( OR"),
    ("무엇이든", "-"),
    ("매각 소식", '"매각을"'),
    ("공모 시장", "공모가"),
    ("최고 기록", "최고가"),
    ("아시아 시장", "아시아나"),
    ("경기 전망", "경기도"),
    ("전문 기관", "전문가"),
    ("하이트진 소식", "하이트진로"),
    ("2024 결산", "2024로"),
    ("무엇이든", '"'),
]
TEXTS = sorted({text for text, _ in (*HELD, *NOT_HELD)})


@pytest.fixture(scope="module")
def all_texts(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    """An article a text, numbered from one; found are some among many others."""
    return written(tmp_path_factory.mktemp("texts"), *TEXTS)


def found(archive: Archive, words: str) -> list[str]:
    return [TEXTS[number - 1] for number in ids(archive, words)]


@pytest.mark.parametrize(("text", "words"), HELD)
def test_found(all_texts: Archive, text: str, words: str) -> None:
    assert text in found(all_texts, words)


@pytest.mark.parametrize(("text", "words"), NOT_HELD)
def test_not_found(all_texts: Archive, text: str, words: str) -> None:
    assert text not in found(all_texts, words)


def test_every_field_is_searched_and_none_runs_into_the_next(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    one = record(1, title="하나 둘", subtitle="셋", keywords=("넷", "다섯"), body=("<p>여섯</p>",))
    with archive.writing(NOW):
        archive.keep(one, Event.ADDED, NOW)
    for words in ("하나", "둘", "셋", "넷", "다섯", "여섯"):
        assert ids(archive, words) == [1], words


def test_newest_or_best_first(tmp_path: Path) -> None:
    archive = written(
        tmp_path, "합병 합병 합병", "다른 이야기", "합병 한 번, 그리고 많은 다른 이야기"
    )
    with archive.writing(NOW):
        archive.keep(record(4, title="합병 소식", body=("<p>x</p>",)), Event.ADDED, NOW)
    assert ids(archive, "합병") == [4, 3, 1]
    assert ids(archive, "합병", best=True) == [4, 1, 3]
    assert [one.id for one in archive.finding.find("합병", limit=2)] == [4, 3]
    assert [one.id for one in archive.finding.find()] == [4, 3, 2, 1]


def test_a_revised_article_is_found_by_its_new_words_alone(tmp_path: Path) -> None:
    archive = written(tmp_path, "본문")
    with archive.writing(NOW):
        for number in range(20):
            at = NOW + timedelta(hours=number)
            old = archive.get(1)
            assert old is not None
            archive.keep(edited(old, f"{number}번째제목", at), Event.REVISED, at)
            assert ids(archive, f"{number}번째제목") == [1]
            if number < 15:
                assert ids(archive, f"{number - 1}번째") == []
    assert ids(archive, "본문") == [1]
    (only,) = archive.finding.find("19번째")
    assert only.title == "19번째제목"


def test_a_record_kept_again_with_the_same_words_is_no_new_text(tmp_path: Path) -> None:
    archive = written(tmp_path, "본문")
    with archive.writing(NOW):
        for code in range(30):
            archive.keep(record(1, title="제목", sections=(f"{code:06d}",)), Event.NOTED, NOW)
    state = State.to_read(tmp_path / ".state")
    assert state is not None
    assert state.rows("SELECT doc FROM record") == [(33,)]


@pytest.mark.parametrize("harm", ["gone", "broken", "half-made", "behind"])
def test_the_search_index_comes_back_by_itself(tmp_path: Path, harm: str) -> None:
    path = tmp_path / "archive"
    archive = written(path, "하나", "둘", "셋")
    if harm == "behind":
        archive.close()  # and the log is taken in
    index = path / ".state/state.sqlite"
    if harm == "behind":
        shutil.copy(index, tmp_path / "older")
    with archive.writing(NOW):
        archive.keep(record(4, body=("<p>넷째</p>",)), Event.ADDED, NOW)
        archive.keep(record(1, body=("<p>새것</p>",)), Event.NOTED, NOW)
    archive.close()
    if harm == "gone":
        index.unlink()
    elif harm == "broken":
        index.write_bytes(b"no database at all" * 100)
    elif harm == "half-made":
        state = State.to_write(path / ".state")
        state.rows("UPDATE record SET doc=NULL, shown=NULL, words=NULL")
        state.rows("INSERT INTO text(text) VALUES('delete-all')")
        state.set_meta("texts", "-1")
        take_texts(state, Tree(path), 1, None)
        state.close()
    else:
        shutil.copy(tmp_path / "older", index)

    def check(archive: Archive) -> None:
        assert [one.id for one in archive.finding.find()] == [4, 3, 2, 1]
        assert ids(archive, "넷째") == [4]
        assert ids(archive, "새것") == [1]

    check(Archive(path))  # a reader beside it, which writes nothing
    with archive.writing(NOW):
        check(archive)
    assert archive.finding.made() is not None
    check(Archive(path))


def test_a_reader_finds_what_another_writes_meanwhile(tmp_path: Path) -> None:
    writer = written(tmp_path, "하나")
    reader = Archive(tmp_path)
    assert ids(reader, "합병") == []
    with writer.writing(NOW):
        writer.keep(record(2, body=("<p>합병</p>",)), Event.ADDED, NOW)
        assert ids(reader, "합병") == [2]
        assert ids(writer, "합병") == [2]


def test_an_article_that_was_withdrawn_is_found_when_it_is_read_again(tmp_path: Path) -> None:
    archive = written(tmp_path, "하나", "둘")
    first = archive.get(1)
    assert first is not None
    with archive.writing(NOW):
        archive.withdraw([first], NOW)
        assert ids(archive, "하나") == []
        assert ids(archive, "둘") == [2]
        archive.keep(record(1, body=("<p>셋째 낱말</p>",)), Event.ADDED, NOW)
    assert ids(archive, "셋째") == [1]
    assert ids(archive, "하나") == []


def test_what_an_earlier_version_made_beside_it_is_taken_away(tmp_path: Path) -> None:
    written(tmp_path, "하나").close()
    state = tmp_path / ".state"
    (state / "search.sqlite").write_bytes(b"old")
    with sqlite3.connect(state / "state.sqlite") as connection:
        connection.execute("PRAGMA user_version=6")
    connection.close()
    archive = Archive(tmp_path)
    with archive.writing(NOW):
        assert ids(archive, "하나") == [1]
    assert not (state / "search.sqlite").exists()


def test_tokens_are_first_signs_and_pairs() -> None:
    assert tokens("오픈AI, 새 판") == "^오 오픈 픈a ai ^새 ^판"
    assert tokens("M&A") == "^m m& &a"


def test_hits_are_marked_with_the_space_that_was_ignored() -> None:
    assert marked("오픈 AI와 오픈AI", "오픈ai", "<", ">") == "<오픈 AI>와 <오픈AI>"
    assert marked("그대로", "...", "<", ">") == "그대로"


def test_an_excerpt_stands_around_the_first_hit() -> None:
    text = "가" * 200 + "합병" + "나" * 200
    part = excerpt(text, "합병")
    assert "합병" in part
    assert part.startswith("…")
    assert part.endswith("…")
    assert len(part) <= 130
    assert excerpt("없다", "합병") == ""
