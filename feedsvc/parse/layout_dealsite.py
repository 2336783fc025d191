"""Today's pages of dealsite.co.kr (seen 2024 to 2026; site page, "Section pages",
"Article pages")."""

from feedsvc.parse.layout import Layout

DEALSITE = Layout(
    name="dealsite",
    article=".read-news-main-contents, .read-news-title, .content-area",
    listing=".mnm-news-list, .mnm-news",
    title=".read-news-title",
    subtitle=".sub-title",
    byline=".nis-reporter-name",
    info=".nis-r-info-wrap",
    main=".read-news-main-contents",
    area=".content-area",
    excluded=(
        ".rnmc-left, .rnmc-relative-news, .rec-keywords, [id*=dablewidget], ins.adsbygoogle, "
        ".share-btns-wrap, .news-info-and-share, .news-info-top-3news-wrap, .read-news-row1, "
        ".empty-rnmc, .foot_notice, .bkn-list, #dealsite_ci, .article-pack"
    ),
    notice=".prime-msg",
    keywords=".rec-keywords",
    related="a.relative-news-one, .relative-news-one a",
    row=".mnm-news",
    row_link="a.ss-news-top-title, .mnm-news-title-wrap a",
    row_title=".multi-line1",
    row_summary=".mnm-news-txt",
    row_info=".mnm-news-info span",
    row_time=".mnm-news-info",
    following="a.next.active",
)
