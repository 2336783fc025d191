"""feedsvc: full-text feeds and a flat-file archive of Dealsite (딜사이트).

The data's path, which is also the list of packages: schedule, fetch, parse,
dedup, archive, feeds, serve.
"""

__version__ = "0.1.0"
