"""The configuration's parts: every key with its type, default and range.

A part checks its own values, whether they come from a file or from a program.
What spans parts, and all that has to do with files and lines, is not its job.
"""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, model_validator

from feedsvc.config.values import (
    AccessStatus,
    Address,
    Argument,
    Authority,
    BaseUrl,
    BucketName,
    Bytes,
    ClockTime,
    Code,
    Days,
    Delay,
    Events,
    Every,
    FeedBytes,
    FeedNames,
    Folder,
    FolderUrl,
    Formats,
    Header,
    Host,
    Name,
    NoticeName,
    Number,
    Prefix,
    Relearn,
    Switch,
    Timeout,
    Token,
    Url,
    Words,
    Zone,
)
from feedsvc.site import DEALSITE, KST, Site


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)


class PartSelectors(Part):
    """A CSS selector for each part of the site's pages; see ``parse.Layout``."""

    title: Words | None = None
    subtitle: Words | None = None
    reporters: Words | None = None
    published_at: Words | None = None
    main: Words | None = None
    body: Words | None = None
    excluded: Words | None = None
    markers: Words | None = None
    keywords: Words | None = None
    related: Words | None = None
    listing: Words | None = None
    rows: Words | None = None
    row_link: Words | None = None
    row_title: Words | None = None
    row_time: Words | None = None
    row_summary: Words | None = None
    row_byline: Words | None = None
    next_page: Words | None = None


class SelectorsConfig(PartSelectors):
    """Those for all layouts, and those for one."""

    today: PartSelectors = PartSelectors()
    before: PartSelectors = PartSelectors()

    @property
    def given(self) -> dict[str, str | dict[str, str]]:
        """What was given, as plain values."""
        return self.model_dump(exclude_defaults=True)


class SiteConfig(Part):
    """The polled site; ``selectors`` go before feedsvc's own, ``aliases`` are its other hosts,
    ``image_hosts`` those that keep its images, ``authority`` stands in every id, ``relearn``
    is what to do when the layout changes."""

    base_url: BaseUrl = "https://dealsite.co.kr"
    timezone: Zone = "Asia/Seoul"
    selectors: SelectorsConfig = SelectorsConfig()
    authority: Authority | None = None
    relearn: Relearn = "propose"
    image_hosts: tuple[Host, ...] = ("dtd31o1ybbmk8.cloudfront.net",)
    aliases: tuple[Host, ...] = DEALSITE.aliases


class SectionConfig(Part):
    """A list of the site's that is polled: the section of a ``code``, what its own
    ``search`` finds, or its news flashes; without any of them the page of all articles."""

    name: Name
    title: Words
    code: Code | None = None
    search: Words | None = None
    newsflash: Switch = False
    every: Every = timedelta(minutes=10)

    @property
    def holds_all(self) -> bool:
        """Whether it lists every article there is."""
        return self.code is None and self.search is None and not self.newsflash

    def url(self, site: Site, page: int = 1) -> str:
        """The address of one of its pages, counted from 1."""
        if self.search is not None:
            return site.search_url(self.search, page)
        return site.flashes_url(page) if self.newsflash else site.section_url(self.code, page)


class HttpConfig(Part):
    """How the site is asked; ``max_size`` is bytes after decompression."""

    user_agent: Header | None = None
    transport: Literal["auto", "requests", "curl"] = "auto"
    delay: Delay = timedelta(seconds=2)
    timeout: Timeout = timedelta(seconds=20)
    retries: Annotated[Number, Field(ge=0)] = 3
    max_size: Bytes = 5_000_000
    robots: Switch = True
    cookie: Header | None = Field(default=None, repr=False)


class CatchUpConfig(Part):
    """How far back a poll reads when it finds no known article."""

    pages: Annotated[Number, Field(ge=1)] = 20


class AccessConfig(Part):
    """How long a locked article is looked at again."""

    recheck_for: Delay = timedelta(days=14)


class ArchiveConfig(Part):
    """Where records are kept, and whether pages and images are kept too."""

    path: Folder = Path("archive")
    raw: Switch = True
    images: Switch = False


class CustomFeedConfig(Part):
    """A feed of the articles that fit: words, an archive search, sections, reporters, statuses."""

    name: Name
    title: Words
    any: tuple[Words, ...] = ()
    all: tuple[Words, ...] = ()
    none: tuple[Words, ...] = ()
    search: Words | None = None
    sections: tuple[str, ...] = ()
    reporters: tuple[Words, ...] = ()
    access: tuple[AccessStatus, ...] = ()


class DigestConfig(Part):
    """A feed with one entry a time: of what ``feeds`` first showed since the last one.

    ``at`` is a time of the day in the site's zone; ``feeds`` names any feeds of articles,
    in the order in which the entry has them."""

    name: Name
    title: Words
    feeds: FeedNames = ("all",)
    at: ClockTime
    days: Days = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class S3Config(Part):
    """A bucket to publish to as well; without ``endpoint`` it is Amazon's."""

    endpoint: BaseUrl | None = None
    bucket: BucketName
    prefix: Prefix = ""
    region: Host = "us-east-1"
    access_key: Token = Field(repr=False)
    secret_key: Token = Field(repr=False)


class FeedsConfig(Part):
    """What is published, and where; ``base_url`` ends with a slash."""

    path: Folder = Path("public")
    base_url: FolderUrl = "http://127.0.0.1:8080/"
    title: Words = "딜사이트"
    entries: Annotated[Number, Field(ge=1, le=1000)] = 50
    max_size: FeedBytes = 2_000_000
    locked: Literal["flag", "hide"] = "flag"
    hub: Url | None = None
    formats: Formats = (
        "rss",
        "atom",
        "json",
    )
    s3: S3Config | None = None
    custom: tuple[CustomFeedConfig, ...] = ()
    digests: tuple[DigestConfig, ...] = ()


class NoticeConfig(Part):
    """Who is told of what a feed shows: an Apprise address (``to``), or a command (``run``,
    program and arguments) that gets each record.  Both may be secrets."""

    name: NoticeName | None = None
    feed: str
    to: Address | None = Field(default=None, repr=False)
    run: tuple[Argument, ...] | None = Field(default=None, repr=False)
    on: Events = ("new",)
    _folder: Path = PrivateAttr(default=Path())

    @model_validator(mode="after")
    def _one_target(self) -> Self:
        if (self.to is None) == (self.run is None):
            raise ValueError("give one of to and run")
        if self.run is not None and not (self.run and self.run[0].strip()):
            raise ValueError("run: wanted a list of a program and its arguments")
        return self

    @property
    def called(self) -> str:
        """Its name, by default the feed's."""
        return self.name or self.feed

    @property
    def folder(self) -> Path:
        """Where a command is run: the configuration's folder."""
        return self._folder

    def run_in(self, folder: Path) -> Self:
        """The same with its command run in this folder."""
        made = self.model_copy()
        made._folder = folder
        return made


class ServerConfig(Part):
    """Where ``serve`` and ``run`` listen; port 0 takes a free one."""

    host: Host = "127.0.0.1"
    port: Annotated[Number, Field(ge=0, le=65535)] = 8080
    tokens: tuple[Token, ...] = Field(default=(), repr=False)


class Config(Part):
    """The whole configuration."""

    site: SiteConfig = SiteConfig()
    sections: tuple[SectionConfig, ...] = ()
    http: HttpConfig = HttpConfig()
    catch_up: CatchUpConfig = CatchUpConfig()
    access: AccessConfig = AccessConfig()
    archive: ArchiveConfig = ArchiveConfig()
    feeds: FeedsConfig = FeedsConfig()
    notify: tuple[NoticeConfig, ...] = ()
    server: ServerConfig = ServerConfig()
    _file: Path | None = PrivateAttr(default=None)

    @property
    def file(self) -> Path | None:
        """Where it was read from, if it was."""
        return self._file

    @property
    def is_served(self) -> bool:
        """Whether the reading pages are surely below ``feeds.base_url``: it has the port at
        which feedsvc listens, or tokens are asked for, which nobody else does.  What is
        published to a bucket is read there."""
        if self.feeds.s3 is not None:
            return False
        base = urlsplit(self.feeds.base_url)
        port = base.port or {"http": 80, "https": 443}[base.scheme]
        return bool(self.server.tokens) or (port == self.server.port and base.path == "/")

    def site_of(self) -> Site:
        """The polled site: its address, the hosts that mean the same, its time zone."""
        zone = KST if self.site.timezone == "Asia/Seoul" else ZoneInfo(self.site.timezone)
        return Site.at(
            self.site.base_url,
            self.site.aliases,
            zone,
            authority=self.site.authority,
            image_hosts=self.site.image_hosts,
        )
