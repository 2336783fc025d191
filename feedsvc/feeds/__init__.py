"""Feeds: records in, published documents out (contract, section 5).

The public face: :func:`publish` and what it takes and gives.
"""

from feedsvc.feeds.contents import Source
from feedsvc.feeds.publish import Published, publish

__all__ = ["Published", "Source", "publish"]
