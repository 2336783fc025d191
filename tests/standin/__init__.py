"""The stand-in of Dealsite for the tests and the benchmarks: the demo's, with all that a site
may do and the demo does not show.

``StandIn`` is the site; ``StandInArticle`` is what it shows; ``Fault`` is what can
go wrong.  Built from the site page and not from what our parser accepts.
"""

from feedsvc.demo import REDESIGNS, StandInArticle
from feedsvc.demo.articles import Furniture, RelatedLink
from feedsvc.demo.samples import parse_blocks
from feedsvc.demo.server import Headers
from tests.standin.draw import Draw
from tests.standin.faults import Answer, Fault, page, redirect
from tests.standin.houses import HOUSES, House
from tests.standin.sample_page import from_seed, sample_like
from tests.standin.samples import OLDER, sample_articles
from tests.standin.standin import LoggedRequest, StandIn

__all__ = [
    "HOUSES",
    "OLDER",
    "REDESIGNS",
    "Answer",
    "Draw",
    "Fault",
    "Furniture",
    "Headers",
    "House",
    "LoggedRequest",
    "RelatedLink",
    "StandIn",
    "StandInArticle",
    "from_seed",
    "page",
    "parse_blocks",
    "redirect",
    "sample_articles",
    "sample_like",
]
