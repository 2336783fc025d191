"""Which of its optional parts an article shows, drawn at random.

In: an article that has them all, a share for each part, a seed.  Out: the article as
the stand-in shows it.  The site page says where the parts stand, not how often they do,
nor how a page without one looks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from random import Random
from typing import Any, Self, get_args

from feedsvc.demo.articles import ROW_PARTS, Dateline, StandInArticle

ARTICLE_PARTS = (
    "subtitle", "reporters", "keywords", "related", "images", "series", "metadata", "json_ld",
)  # fmt: skip
PARTS = (*ARTICLE_PARTS, *(f"row_{part}" for part in ROW_PARTS))
"""All that may be missing: of the article's page, and of its row on a section page."""


@dataclass(frozen=True, eq=False)
class Draw:
    """``shares`` says for each part how often (0 to 1) an article shows it; a part without
    a share always stands.  Each draw is the article's own: it comes out the same each time
    and does not depend on the others."""

    shares: Mapping[str, float]
    seed: int = 0

    def __post_init__(self) -> None:
        if unknown := set(self.shares) - set(PARTS):
            raise ValueError(f"no such part: {', '.join(sorted(unknown))}")

    @classmethod
    def between(cls, least: float, most: float, seed: int = 0) -> Self:
        """Every part with a share of its own, drawn between two."""
        random = Random(seed)
        return cls({part: random.uniform(least, most) for part in PARTS}, seed)

    def shown(self, article: StandInArticle) -> StandInArticle:
        """The article without the parts that it was drawn to lack, and in one of the forms
        that an editor may choose."""
        missing = {part for part, share in self.shares.items() if self._of(article, part) >= share}
        changes: dict[str, Any] = {
            "row": tuple(part for part in article.row if f"row_{part}" not in missing)
        }
        for part in ("subtitle", "series"):
            if part in missing:
                changes[part] = ""
        for part in ("reporters", "keywords", "related"):
            if part in missing:
                changes[part] = ()
        for part in ("metadata", "json_ld"):
            if part in missing:
                changes[part] = False
        if "images" in missing:
            body = tuple(block for block in article.body if "<img" not in block)
            # A text of pictures alone stays one.
            if body and body != article.body:
                changes |= {"body": body, "split": ()}
        random = Random(f"{self.seed} {article.id} forms")
        changes |= {
            "dateline": random.choice(get_args(Dateline)),
            "filler": random.choice(("br", "nbsp", "none")),
            "copyright_at": random.choice(("foot", "paragraph")),
        }
        return replace(article, **changes)

    def _of(self, article: StandInArticle, part: str) -> float:
        return Random(f"{self.seed} {article.id} {part}").random()
