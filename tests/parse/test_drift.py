from feedsvc import parse
from feedsvc.model import ParsedArticle
from feedsvc.parse.drift import Tally, shown_by
from tests.parse.pages import NOW, SITE, fetched, page

SUBTITLE = '<div class="sub-title">부제다</div>'


def read(**parts: str) -> ParsedArticle:
    return parse.article(fetched(page(**parts)), SITE, NOW)


def test_metadata_do_not_count_as_the_page_s_own() -> None:
    head = '<meta property="article:published_time" content="2026-03-10T17:00:00+09:00">'
    assert shown_by(read(inside=SUBTITLE)) == {
        "title",
        "subtitle",
        "reporters",
        "published_at",
        "body",
    }
    assert shown_by(read(head=head, info="", title="")) == {"body"}


def test_a_field_that_is_suddenly_empty_has_fallen() -> None:
    usual = Tally().plus([read(inside=SUBTITLE)] * 30 + [read()] * 5)
    assert parse.fallen(usual, Tally().plus([read(inside=SUBTITLE)] * 2 + [read()])) == ()
    assert parse.fallen(usual, Tally().plus([read()] * 3)) == ("subtitle",)
    assert usual.share("keywords") == 0.0
    assert parse.selector_of("subtitle", "dealsite") == ".sub-title"


def test_few_articles_prove_nothing() -> None:
    usual = Tally().plus([read(inside=SUBTITLE)] * 30)
    assert parse.fallen(usual, Tally().plus([read()] * 2)) == ()
    assert parse.fallen(Tally(), Tally().plus([read()] * 3)) == ()
    assert Tally().share("title") == 0.0
