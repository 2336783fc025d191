"""The extractors that ours is compared with: each from a case to what it says of the page.

The others are asked as their documentation shows, in Korean where they ask for a language.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from benchmarks.extraction.scores import Extracted
from benchmarks.extraction.truth import Case, lines_of
from feedsvc.parse.reporters import names
from feedsvc.site import KST

Extractor = Callable[[Case], Extracted]


def trafilatura(case: Case) -> Extracted:
    from trafilatura import bare_extraction

    found: Any = bare_extraction(case.page.text, url=case.page.url, with_metadata=True)
    if found is None:
        return Extracted(())
    return Extracted(
        _split(found.text),
        found.title,
        reporters=names(found.author or ""),
        published_at=_moment(found.date),
    )


def readability(case: Case) -> Extracted:
    from readability import Document  # type: ignore[import-untyped]  # it has no types

    # lxml refuses control characters, which end the reading.
    try:
        document = Document(case.page.text, url=case.page.url)
        return Extracted(lines_of(document.summary()), document.short_title())
    except ValueError:
        return Extracted(())


def newspaper(case: Case) -> Extracted:
    from newspaper import Article  # type: ignore[import-untyped]  # it has no types
    from newspaper.languages import ko  # type: ignore[import-untyped]
    from nltk import word_tokenize  # type: ignore[import-untyped]  # it has no types

    # Its own way cuts sentences first, with a model that nltk downloads; words are the same.
    ko.tokenizer = partial(word_tokenize, preserve_line=True)
    found = Article(case.page.url, language="ko")
    try:
        found.download(input_html=case.page.text)
        found.parse()
    except ImportError:
        raise
    except Exception:
        # What it raises on control characters has no common base.
        return Extracted(())
    return Extracted(
        _split(found.text),
        found.title,
        reporters=names(", ".join(found.authors)),
        published_at=_moment(found.publish_date),
    )


def goose(case: Case) -> Extracted:
    from goose3 import Goose  # type: ignore[import-untyped]  # it has no types
    from goose3.text import StopWordsKorean  # type: ignore[import-untyped]

    with Goose({"stopwords_class": StopWordsKorean, "enable_image_fetching": False}) as reader:
        try:
            found = reader.extract(raw_html=case.page.text)
        except Exception:
            # As above: its errors have no common base.
            return Extracted(())
    return Extracted(
        _split(found.cleaned_text),
        found.title,
        reporters=names(", ".join(found.authors)),
        published_at=_moment(found.publish_date),
    )


def _split(text: str | None) -> tuple[str, ...]:
    return tuple(line for line in (one.strip() for one in (text or "").splitlines()) if line)


def _moment(value: object) -> datetime | None:
    """A time that names its minute; without a zone it is the site's."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    if not isinstance(value, datetime):
        return None
    return value if value.tzinfo else value.replace(tzinfo=KST)
