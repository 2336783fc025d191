"""Names out of bylines and datelines."""

# ruff: noqa: E501 - Korean counts twice.

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
    assert signs("kim@dealsite.co.kr")
    assert not signs("제보: kim@dealsite.co.kr")
    assert not signs("김가영 기자는 kim@dealsite.co.kr 로 제보를 받는다.")


BYLINES = """
김가영 기자 | 김가영
딜사이트 김가영 기자 | 김가영
딜사이트 김가영, 박준우 기자 | 김가영 박준우
딜사이트 김가영·박준우 기자 | 김가영 박준우
김가영 박준우 수습기자 | 김가영 박준우
김가영 서린 기자 | 김가영 서린
서린, 김가영 | 서린 김가영
김구 기자 | 김구
남궁민수 편집국장 | 남궁민수
황보관 기자 | 황보관
마이클 기자 | 마이클
Jane Doe | Jane Doe
Jane Doe, 김가영 기자 | Jane Doe 김가영
김정국 기자 | 김정국
김가영기자 | 김가영
김철수대표 | 김철수
선임기자 김가영 | 김가영
편집국장 이상균 | 이상균
산업부 김가영 기자 | 김가영
김가영 산업부 기자 | 김가영
김가영 산업1부장 | 김가영
김가영 금융부장 | 김가영
김가영 IB팀장 | 김가영
특별취재팀 김가영 기자 | 김가영
글 김가영 기자 사진 박준우 | 김가영 박준우
정리=김가영 기자 | 김가영
취재=김가영·박준우 기자, 그래픽=이도윤 기자 | 김가영 박준우 이도윤
도쿄=박준우 특파원 | 박준우
김가영 기자(여수) | 김가영
(서울=딜사이트) 김가영 기자 | 김가영
전북 김가영 기자 | 김가영
[데스크칼럼] 김가영 부국장 | 김가영
김가영 기자 외 2명 | 김가영
김가영 기자 kim.gy@dealsite.co.kr | 김가영
김가영kim@dealsite.co.kr | 김가영
김가영 기자 <kim@dealsite.co.kr> | 김가영
딜사이트TV 김가영 앵커 | 김가영
딜사이트 플러스 김가영 기자 | 김가영
팍스넷뉴스 김가영 기자 | 김가영
딜사이트 홍길동 대표이사 | 홍길동
홍길동 대표 | 홍길동
홍길동 회계사 | 홍길동
홍길동 상무 | 홍길동
홍길동 전 금융위원장 | 홍길동
법무법인 세종 홍길동 변호사 | 홍길동
홍길동 법무법인 세종 변호사 | 홍길동
법무법인 광장 |
법무법인 율촌 변호사 |
삼일회계법인 홍길동 파트너 | 홍길동
홍길동 삼일회계법인 파트너 | 홍길동
현대차 홍길동 전무 | 홍길동
홍길동 현대차 전무 | 홍길동
한국은행 홍길동 과장 | 홍길동
서울대학교 홍길동 교수 | 홍길동
홍길동 자본시장연구원 선임연구위원 | 홍길동
홍길동 칼럼니스트 | 홍길동
홍길동 외부기고 | 홍길동
외부기고 |
기고 |
데스크 칼럼 |
기자수첩 |
여의도 산책 |
현장에서 |
사설 |
딜사이트 |
딜사이트 편집국 |
산업부 |
온라인뉴스팀 |
특별취재팀 |
금융부장 |
편집국장 |
작성자 김가영 | 김가영
By 김가영 | 김가영
김가영 기자님 | 김가영
김가영 기자의 다른 기사 | 김가영
김가영 외 1명 | 김가영
이메일: kim@dealsite.co.kr 김가영 기자 | 김가영
金佳英 기자 | 金佳英
김가영 記者 | 김가영
John Smith 기자 | John Smith
Jane Doe Reporter | Jane Doe
마이클 김 기자 | 마이클 김
데이비드 리 파트너 | 데이비드 리
남궁 민 기자 | 남궁민
김 가영 기자 | 김가영
이수석 기자 | 이수석
김대표 기자, 이기자 앵커 | 김대표 이기자
이 기자 |
전 국장 |
부동산전문기자 홍길동 | 홍길동
홍길동 부동산전문기자 | 홍길동
두바이 박준우 특파원 | 박준우
특별취재팀(김가영·박준우 기자) | 김가영 박준우
홍길동 한양대 교수 | 홍길동
한양대 홍길동 교수 | 홍길동
홍길동 김앤장 법률사무소 변호사 | 홍길동
홍길동 이마트 대표 | 홍길동
홍길동 (주)한화 전무 | 홍길동
한화(주) 홍길동 전무 | 홍길동
홍길동 우리은행 부행장 | 홍길동
홍길동 지점장 | 홍길동
홍길동 CIO | 홍길동
홍길동 차장대우 | 홍길동
홍길동 소설가 | 홍길동
홍길동 공인중개사 | 홍길동
오늘의 시황 |
정책과 시장 |
한국의 부자들 |
여의도 이야기 |
부동산 |
홍보팀 |
방금 전 |
5분 전 |
어제 09:27 |
2026.03.10 17:00:28 |
03-09 |
입력 2026.03.09 17:49 수정 2026.03.10 01:00 |
"""


@pytest.mark.parametrize("line", BYLINES.strip().splitlines())
def test_every_form_of_byline(line: str) -> None:
    """[cms] and [seen]: site page, "What the editor makes", "The sample page"."""
    written, _, expected = line.partition("|")
    assert " ".join(names(written.strip())) == expected.strip()


DATELINES = """
[딜사이트 김가영 기자] | 김가영
[딜사이트 김가영, 박준우 기자] | 김가영 박준우
[딜사이트 김가영] | 김가영
[딜사이트] |
[딜사이트 편집국] |
[딜사이트 공동취재팀] |
[딜사이트 홍길동 대표이사] | 홍길동
[딜사이트TV 김가영 앵커] | 김가영
[팍스넷뉴스 김가영 기자] | 김가영
[여수=딜사이트 박준우 기자] | 박준우
[여수 = 딜사이트 박준우 기자] | 박준우
[라스베이거스(미국)=딜사이트 김가영 기자] | 김가영
[세종·여수=딜사이트 김가영·박준우 기자] | 김가영 박준우
[미국 라스베이거스=딜사이트 김가영 기자] | 김가영
[딜사이트(여수) 김가영 기자] | 김가영
[딜사이트 = 김가영 기자] | 김가영
[딜사이트 김가영 기자 kim@dealsite.co.kr] | 김가영
[딜사이트김가영 기자] | 김가영
[딜사이트 金佳英 기자] | 金佳英
[딜사이트 Jane Doe 기자] | Jane Doe
[대담 홍길동 편집국장·정리 김가영 기자=딜사이트] | 홍길동 김가영
[하동·남해=딜사이트 박준우 기자] | 박준우
(서울=딜사이트) |
(서울=딜사이트 김가영 기자) | 김가영
(라스베이거스(미국)=딜사이트 김가영 기자) | 김가영
【딜사이트 김가영 기자】 | 김가영
&lt;딜사이트 김가영 기자&gt; | 김가영
"""


@pytest.mark.parametrize("line", DATELINES.strip().splitlines())
def test_every_form_of_dateline(line: str) -> None:
    """[seed] and [cms]: the place is no name, and the whole bracket is cut."""
    written, _, expected = line.partition(" |")
    for text in (
        f"{written} 본문이다.",
        f"<strong>{written}</strong> = 본문이다.",
        f"{written} - 본문이다.",
    ):
        cut = cut_dateline(text)
        assert cut is not None
        assert " ".join(cut[0]) == expected.strip()
        assert cut[1].replace("<strong></strong>", "") == "본문이다."


@pytest.mark.parametrize(
    "bracket",
    [
        "[단독]", "[사진=딜사이트]", "[사진=딜사이트 DB]", "[자료=딜사이트 김가영 기자]", "[딜사이트 창간기획]",
        "[딜사이트 10주년]", "[딜사이트경제연구소]", "[딜사이트가 간다]", "[딜사이트 김가영의 시선]", "[그래픽=딜사이트 김가영 기자]", "(딜사이트)", "(사진=김가영 기자)",
        "[김가영 기자]", "[IB=M&A]", "[출처: 딜사이트]",
    ],
)  # fmt: skip
def test_brackets_that_are_no_dateline_stay(bracket: str) -> None:
    assert cut_dateline(f"{bracket} 본문이다.") is None
