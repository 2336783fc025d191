"""The configuration: ``config.yaml`` to a frozen :class:`Config` with one part a stage.

In: a file's path and the environment.  Out: a ``Config`` whose every value is of
the right type and in range, paths absolute, durations as ``timedelta``, sizes in
bytes.  Everything else is a :class:`~feedsvc.errors.ConfigError` that names file,
line, key and the nearest valid key (contract, section 3).
"""

from feedsvc.config.load import advise, find, load, named, refused
from feedsvc.config.parts import (
    AccessConfig,
    ArchiveConfig,
    CatchUpConfig,
    Config,
    CustomFeedConfig,
    DigestConfig,
    FeedsConfig,
    HttpConfig,
    NoticeConfig,
    S3Config,
    SectionConfig,
    SelectorsConfig,
    ServerConfig,
    SiteConfig,
)
from feedsvc.config.starting import SITES, default_text
from feedsvc.config.values import DAYS, TAKEN_NAMES, duration, size

__all__ = [
    "DAYS",
    "SITES",
    "TAKEN_NAMES",
    "AccessConfig",
    "ArchiveConfig",
    "CatchUpConfig",
    "Config",
    "CustomFeedConfig",
    "DigestConfig",
    "FeedsConfig",
    "HttpConfig",
    "NoticeConfig",
    "S3Config",
    "SectionConfig",
    "SelectorsConfig",
    "ServerConfig",
    "SiteConfig",
    "advise",
    "default_text",
    "duration",
    "find",
    "load",
    "named",
    "refused",
    "size",
]
