import pytest

from feedsvc.parse.reporters import cut_dateline, merged, names, signs


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("김가영 기자", ("김가영",)),
        ("딜사이트 김가영 기자", ("김가영",)),
        ("딜사이트 김하늘, 이도윤 기자", ("김하늘", "이도윤")),
        ("김하늘 이도윤 선임기자", ("김하늘", "이도윤")),
        ("김하늘기자", ("김하늘",)),
        ("김하늘·이도윤 기자", ("김하늘", "이도윤")),
        ("공동취재=김하늘 기자, 이도윤 특파원", ("김하늘", "이도윤")),
        ("공동취재", ()),
        ("딜사이트", ()),
        ("김가영 기자 kim.gy@dealsite.co.kr", ("김가영",)),
        ("남궁민수 편집국장", ("남궁민수",)),
        ("뉴욕=김가영 특파원", ("김가영",)),
        ("Jane Doe", ("Jane Doe",)),
        ("", ()),
    ],
)
def test_names(line: str, expected: tuple[str, ...]) -> None:
    assert names(line) == expected


@pytest.mark.parametrize(
    ("html", "who", "rest"),
    [
        ("[딜사이트 김가영 기자] 본문", ("김가영",), "본문"),
        ("[팍스넷뉴스 김가영 기자] 본문", ("김가영",), "본문"),
        ("<strong>[딜사이트 김가영 기자]</strong> 본문", ("김가영",), "<strong></strong>본문"),
        ("[딜사이트 김하늘, 이도윤 기자] = 본문", ("김하늘", "이도윤"), "본문"),
        ("[딜사이트 공동취재] 본문", (), "본문"),
        ("[서울=딜사이트 김가영 기자] 본문", ("김가영",), "본문"),
        ('[딜사이트 <a href="mailto:a@b.kr">김가영</a> 기자 a@b.kr] 본문', ("김가영",), "본문"),
    ],
)
def test_a_dateline_is_cut_and_read(html: str, who: tuple[str, ...], rest: str) -> None:
    cut = cut_dateline(html)
    assert cut is not None
    assert cut[0] == who
    assert cut[1].replace('<a href="mailto:a@b.kr"></a>', "") == rest


@pytest.mark.parametrize(
    "html", ["[단독] 본문", "본문 [딜사이트 김가영 기자]", "[사진=딜사이트] 본문", "[열린", ""]
)
def test_other_brackets_stay(html: str) -> None:
    assert cut_dateline(html) is None


def test_names_of_two_places_come_once() -> None:
    assert merged(("가나다", "라마바"), ("라마바", "사아자")) == ("가나다", "라마바", "사아자")


def test_a_signature_is_a_name_with_an_address() -> None:
    assert signs("김가영 기자 kim@dealsite.co.kr")
    assert not signs("김가영 기자는 kim@dealsite.co.kr 로 제보를 받는다.")
