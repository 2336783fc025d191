"""The pages before, of 팍스넷뉴스 (to about 2022; site page, "Section pages",
"Article pages").

Little is known of its article page but ``article.article``; names that any
newsroom's page may bear are tried for the rest, metadata after them.
"""

from feedsvc.parse.layout import Layout
from feedsvc.parse.layout_today import TODAY

BEFORE = Layout(
    name="before",
    title=(".read-news-title", ".article-head .title", ".article-title", "h1.title", "h1"),
    subtitle=(".sub-title", ".subtitle"),
    reporters=(".nis-reporter-name", ".reporter", ".byline", ".writer"),
    published_at=(
        ".nis-r-info-wrap",
        ".info .pubdate",
        ".pubdate",
        ".article-head .date",
        ".info .date",
        "time[datetime]",
    ),
    main=("article.article",),
    body=("article.article",),
    excluded=(*TODAY.excluded, ".related-list", ".related-news"),
    markers=TODAY.markers,
    keywords=(".rec-keywords", ".tags", ".keywords"),
    related=(".related-list a", ".related-news a"),
    listing=("div.list",),
    rows=(".list-article",),
    row_link=("a.dyn.std", ".content a"),
    row_time=(".pubdate",),
    row_summary=(".sneakpeek",),
    row_byline=(".reporter", ".byline"),
    next_page=("a.next.active",),
    signs=("article.article",),
)
