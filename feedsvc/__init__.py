"""feedsvc: full-text feeds and a flat-file archive of Dealsite (딜사이트).

The data's path: schedule, poll, fetch, parse, dedup, archive, feeds, serve.  ``docs/code.md``
draws the packages and walks one article through them.
"""

__version__ = "0.1.0"
