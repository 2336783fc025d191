"""The pages before, of 팍스넷뉴스 (to about 2022; site page, "Section pages",
"Article pages").

Little is known of its article page but ``article.article``; names that any
newsroom's page may bear are tried for the rest, metadata after them.
"""

from feedsvc.parse.layout import Layout
from feedsvc.parse.layout_dealsite import DEALSITE

PAXNET = Layout(
    name="paxnet",
    article="article.article",
    listing="div.list, .list-article",
    title=".read-news-title, .article-head .title, .article-title, h1.title, h1",
    subtitle=".sub-title, .subtitle",
    byline=".nis-reporter-name, .reporter, .byline, .writer",
    info=(
        ".nis-r-info-wrap, .info .pubdate, .pubdate, .article-head .date, .info .date, "
        "time[datetime]"
    ),
    main="article.article",
    area="article.article",
    excluded=f"{DEALSITE.excluded}, .related-list, .related-news",
    notice=".prime-msg",
    keywords=".rec-keywords, .tags, .keywords",
    related=".related-list a, .related-news a",
    row=".list-article",
    row_link="a.dyn.std, .content a",
    row_title="",
    row_summary=".sneakpeek",
    row_info=".reporter, .byline",
    row_time=".pubdate",
    following="a.next.active",
)
