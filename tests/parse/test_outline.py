"""A page as plain elements."""

from __future__ import annotations

import pytest

from feedsvc.errors import LayoutUnknown
from feedsvc.parse.outline import MOST, outline
from tests.parse.pages import SITE, fetched, page


def test_elements_know_their_texts_and_each_other() -> None:
    seen = outline(fetched(page("<p>첫 <b>문단</b>이다.</p><p hidden>안 보인다.</p>")), SITE)
    area = seen.find(".content-area")[0]
    assert seen.joined(area) == "첫 문단이다."
    assert seen.words(area) == "첫 문단 이다."
    assert seen.size(area) == len("첫 문단이다.")
    inner = seen.within(area)
    assert [one.tag for one in inner] == ["div", "p", "b"]
    assert area.holds(inner[2])
    assert not inner[2].holds(area)
    assert [one.tag for one in inner[2].above()][:2] == ["p", "div"]
    assert "안 보인다" not in "".join(seen.texts)


def test_places_among_siblings_are_of_their_tag() -> None:
    seen = outline(fetched(page("<p>가</p><div>나</div><p>다</p>")), SITE)
    assert [one.nth for one in seen.find(".content-area > p")] == [1, 2]


def test_a_page_of_absurdly_many_elements_is_refused() -> None:
    with pytest.raises(LayoutUnknown):
        outline(fetched(page("<b>x</b>" * (MOST + 1))), SITE)
