"""Our parser, from a case to what it says of the page.

Apart from the others, so that tests need none of them.
"""

from __future__ import annotations

from benchmarks.extraction.scores import Extracted
from benchmarks.extraction.truth import Case, captions_of, lines_of, rows_of
from feedsvc import parse
from feedsvc.errors import ParseError
from feedsvc.parse.media import LABELS
from feedsvc.site import Site

SITE = Site.at("https://dealsite.co.kr", ("paxnetnews.com",))


def feedsvc(case: Case) -> Extracted:
    try:
        found = parse.article(case.page, SITE, case.page.fetched_at, row=case.row)
    except ParseError:
        return Extracted(())
    body = "".join(found.body)
    lines = tuple(line for block in found.body for line in lines_of(block) if line not in LABELS)
    return Extracted(
        lines, found.title, found.subtitle, found.reporters, found.published_at,
        found.access.status, captions_of(body), rows_of(body),
    )  # fmt: skip
