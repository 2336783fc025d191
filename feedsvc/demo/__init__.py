"""A stand-in of Dealsite on loopback, for the demo, the tests and the benchmarks.

``StandIn`` is the site; ``StandInArticle`` is what it shows; ``Fault`` is what can
go wrong.  Built from the site page and not from what our parser accepts.
"""

from feedsvc.demo.articles import Furniture, RelatedLink, StandInArticle
from feedsvc.demo.blocks import parse_blocks
from feedsvc.demo.draw import Draw
from feedsvc.demo.faults import Answer, Fault
from feedsvc.demo.newsroom import Newsroom
from feedsvc.demo.redesigns import REDESIGNS
from feedsvc.demo.sample_page import from_seed, sample_like
from feedsvc.demo.samples import sample_articles
from feedsvc.demo.standin import LoggedRequest, StandIn

__all__ = [
    "REDESIGNS",
    "Answer",
    "Draw",
    "Fault",
    "Furniture",
    "LoggedRequest",
    "Newsroom",
    "RelatedLink",
    "StandIn",
    "StandInArticle",
    "from_seed",
    "parse_blocks",
    "sample_articles",
    "sample_like",
]
