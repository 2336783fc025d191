"""``feedsvc inspect``: what the parser sees on a page, and where it saw it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from feedsvc import regular
from feedsvc.cli import context
from feedsvc.cli.options import json_option, with_common_options
from feedsvc.cli.output import complain, counted, print_json, print_list, print_table, say
from feedsvc.errors import BadUsage, FeedsvcError, FieldMissing
from feedsvc.model import FetchedPage, ParsedArticle, SectionPage

if TYPE_CHECKING:
    from feedsvc.config import Config
    from feedsvc.parse import Layout, Tried

_ADDRESS = ("http://", "https://")


@click.command("inspect")
@click.argument("target", metavar="URL|FILE")
@click.option("--listing", is_flag=True, help="Read it as a section page.")
@json_option
@with_common_options
def inspect(target: str, listing: bool, as_json: bool) -> int:
    """Show each field with its selector, every marker with its scope, and the body.

    A URL is fetched as a poll would fetch it; nothing is kept.  A FILE can be inspected
    without a configuration.
    """
    config = context.start(needed=target.startswith(_ADDRESS))

    from feedsvc import parse
    from feedsvc.poll import attempt, layouts_at_hand

    now = context.clock_of(config)()
    layouts = layouts_at_hand(config, lambda line: complain([line]))
    page, error = attempt(partial(_page, config, target, now))
    if page is None or error is not None:
        raise _about(error, target)
    seen, error = attempt(partial(_seen, config, page, target, now, layouts, listing=listing))
    if seen is None or error is not None:
        looked, _ = attempt(partial(parse.tried, page, layouts, listing=listing))
        if not listing:
            rows, _ = attempt(partial(_seen, config, page, target, now, layouts, listing=True))
            if error is not None and isinstance(rows, SectionPage) and rows.rows:
                error.advice = (
                    f"it has {counted(len(rows.rows), 'row')} of a section page: --listing shows "
                    "them"
                )
        failed = _about(error, target)
        # What was looked for on a page that cannot be read; the error itself is told after it.
        if as_json:
            print_json({"error": str(failed), "tried": _counts(looked or ())})
        elif looked:
            _show_tried(looked)
        raise failed
    looked = parse.tried(
        page, [one for one in layouts if listing or one.name == seen.layout], listing=listing
    )
    if isinstance(seen, ParsedArticle):
        _show_article(seen, looked, now, as_json)
    else:
        _show_listing(seen, looked, as_json)
    return 0


def _about(error: FeedsvcError | None, target: str) -> FeedsvcError:
    assert error is not None
    error.about = error.about or target
    return error


def _seen(
    config: Config,
    page: FetchedPage,
    target: str,
    now: datetime,
    layouts: Sequence[Layout],
    *,
    listing: bool,
) -> ParsedArticle | SectionPage:
    """What the parser makes of the page."""
    from feedsvc import parse

    site = config.site_of()
    if listing:
        return (parse.listing if parse.is_listing(page) else parse.section)(
            page, site, now, layouts
        )
    try:
        return parse.article(page, site, now, layouts=layouts, everywhere=True)
    except FieldMissing:
        if not page.url.startswith("file:"):
            raise
        # A saved page need not tell its id, and what else it says is worth seeing.
        article = parse.article(page, site, now, layouts=layouts, everywhere=True, nameless=True)
        complain(
            [
                f"{target}: no address on the page tells the article's id, 0 is shown; name the "
                "file after it, such as 117013.html"
            ]
        )
        return article


def _page(config: Config, target: str, now: datetime) -> FetchedPage:
    """The page at an address or in a file."""
    if target.startswith(_ADDRESS):
        from feedsvc.fetch import NotModified
        from feedsvc.memory import Memory

        with context.fetching(config, Memory()) as fetcher:
            page = fetcher.get(target, ajax="/api/" in target)
        assert not isinstance(page, NotModified)
        return page
    path = Path(target)
    try:
        # A shell's <(…) is a pipe with somebody at its other end.
        piped = target.startswith(("/dev/fd/", "/dev/stdin", "/proc/"))
        body = path.read_bytes() if piped else regular.read(path)
    except OSError as error:
        raise BadUsage(
            f"cannot be read: {error.strerror}",
            about=target,
            advice="name a file, or an address that begins with http:// or https://",
        ) from error
    # A saved page often bears its article's id as its name; else the page's own
    # canonical address tells it.
    url = f"{config.site_of().base_url}/articles/{path.stem}"
    if config.site_of().article_id(url) is None:
        url = path.resolve().as_uri()
    return FetchedPage(
        url=url,
        final_url=url,
        status=200,
        reason="OK",
        headers=(("Content-Type", "text/html"),),
        body=body,
        fetched_at=now,
    )


def _show_tried(looked: Sequence[Tried]) -> None:
    print_table(
        ("layout", "part", "found", "selector", ""),
        [
            (one.layout, one.part, str(one.found), one.selector, "yours" if one.given else "")
            for one in looked
        ],
        numbers=(2,),
    )


def _counts(looked: Sequence[Tried]) -> dict[str, dict[str, dict[str, int]]]:
    """By layout and part each selector, in the order in which they are tried, with how many
    elements it finds."""
    counts: dict[str, dict[str, dict[str, int]]] = {}
    for one in looked:
        counts.setdefault(one.layout, {}).setdefault(one.part, {})[one.selector] = one.found
    return counts


def _show_article(
    article: ParsedArticle, looked: Sequence[Tried], now: datetime, as_json: bool
) -> None:
    from feedsvc import dedup, recordjson

    record = dedup.compare(None, article, now=now).record
    told = recordjson.as_json(record)
    sources = dict(article.sources)
    if as_json:
        print_json(
            {
                "record": told,
                "selectors": sources,
                "markers": [
                    {
                        "kind": str(marker.kind),
                        "scope": str(marker.scope),
                        "text": marker.text,
                        "counted": marker.counted,
                        "selector": marker.selector,
                    }
                    for marker in article.access.markers
                ],
                "tried": _counts(looked),
            }
        )
        return
    fields = ("id", "url", "title", "subtitle", "reporters", "published_at", "sections", "keywords")
    rows = [(key, _plain(told[key]), sources.get(key, "")) for key in fields]
    rows.append(("access", str(record.access.status), sources.get("access", "")))
    if record.access.plus_first_at:
        rows.append(("plus_first_at", record.access.plus_first_at.isoformat(), ""))
    rows += [
        *(("image", f"{i.url}  {i.caption}", sources.get("images", "")) for i in record.images),
        *(("related", f"{r.title}  {r.url}", sources.get("related", "")) for r in record.related),
    ]
    print_table(("field", "value", "from"), rows)
    click.echo()
    if article.access.markers:
        print_table(
            ("marker", "scope", "counted", "text", "where"),
            [
                (one.kind, one.scope, "yes" if one.counted else "no", one.text, one.selector)
                for one in article.access.markers
            ],
        )
    else:
        click.echo("no markers")
    click.echo(f"\nbody ({article.layout} layout, {sources.get('body', '')})")
    for block in article.body:
        say(block)
    click.echo()
    _show_tried(looked)


def _show_listing(read: SectionPage, looked: Sequence[Tried], as_json: bool) -> None:
    # The JSON listing is of no layout itself: its rows are.
    looked = [one for one in looked if read.layout in (one.layout, "json")]
    if as_json:
        print_json(
            {
                "layout": read.layout,
                "has_next": read.has_next,
                "rows": read.rows,
                "boxes": read.boxes,
                "selectors": {one.part: one.selector for one in reversed(looked) if one.found},
                "tried": _counts(looked),
            }
        )
        return
    print_list(
        ("id", "listed", "sections", "byline", "title"),
        [
            (
                f"{row.id}", f"{row.listed_at:%Y-%m-%d %H:%M}" if row.listed_at else "",
                ", ".join(row.sections), row.byline, row.title,
            )
            for row in read.rows
        ],
    )  # fmt: skip
    after = "more" if read.has_next else "last page"
    click.echo(f"{counted(len(read.rows), 'row')}, {read.layout} layout, {after}\n")
    if read.boxes:
        print_list(
            ("in a box", "access", "title"),
            [(f"{row.id}", f"{row.hint or ''}", row.title) for row in read.boxes],
        )
        click.echo()
    _show_tried(looked)


def _plain(value: object) -> str:
    several = value if isinstance(value, list | tuple) else [] if value is None else [value]
    return ", ".join(map(str, several))
