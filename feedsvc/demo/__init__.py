"""A stand-in of Dealsite on loopback, for ``feedsvc demo``.

``DemoSite`` is the site; ``StandInArticle`` is what it shows; ``Newsroom`` goes on
publishing there.  Built from the site page and not from what our parser accepts.
"""

from feedsvc.demo.articles import StandInArticle
from feedsvc.demo.newsroom import Newsroom
from feedsvc.demo.redesigns import REDESIGNS
from feedsvc.demo.site import DemoSite

__all__ = ["REDESIGNS", "DemoSite", "Newsroom", "StandInArticle"]
