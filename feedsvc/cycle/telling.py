"""What happens after the files are in place: compressed copies, the bucket, the hub.

In: what was published.  Out: the same with what failed besides.  The order matters: a
hub that is told fetches at once, so it is told last, and not of what the bucket does
not hold yet.  Nothing is raised and nothing blocks for long; what could not be done
waits in ``archive.memory`` for the next poll.
"""

from __future__ import annotations

import importlib
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from feedsvc.archive import Archive
from feedsvc.config import Config, FeedsConfig
from feedsvc.cycle.guard import attempt
from feedsvc.errors import ConfigError, FeedsvcError, PublishError
from feedsvc.feeds import Published, copies, file_names, tell_hub
from feedsvc.feeds.websub import topics

log = logging.getLogger("feedsvc.cycle")

_BUCKET = "bucket"
_WAITING = "websub:waiting"

HUB_PATIENCE = timedelta(seconds=15)
BUCKET_PATIENCE = timedelta(minutes=2)
"""How long one poll tells the hub, and fills the bucket; the rest waits for the next."""


def ready(config: Config) -> None:
    """Raise ``ConfigError`` where something is configured whose extra is not installed:
    at the start, rather than when the first article is to be published."""
    modules = []
    if config.http.transport == "curl":
        modules.append("feedsvc.fetch.transport_curl")
    if config.feeds.s3 is not None:
        modules.append("feedsvc.feeds.s3")
    missing = []
    for module in modules:
        try:
            importlib.import_module(module)
        except ConfigError as error:  # they say so themselves
            missing.append(error)
    if missing:
        first, *others = missing
        raise ConfigError(
            first.message,
            about=first.about,
            advice=first.advice,
            others=tuple(str(one) for one in others),
        ) from first


def tell(
    config: Config,
    archive: Archive,
    clock: Callable[[], datetime],
    published: Published,
    stop: Callable[[], bool] = lambda: False,
) -> Published:
    """Bring copies, bucket and hub up to what is published; for the one who holds the
    archive.  ``problems`` of the answer say what failed; a hub that cannot be told is no
    failure of a poll, and is logged.  ``stop``: what is left may wait."""
    names = file_names(config.feeds, config.sections)
    problems = [*copies.beside(config.feeds.path, names)]
    filled = True
    if config.feeds.s3 is not None:
        until = clock() + BUCKET_PATIENCE
        late = lambda: stop() or clock() >= until  # noqa: E731  # two words of one sentence
        done, error = attempt(partial(_fill_bucket, config.feeds, archive, late))
        found, filled = done or ([], False)
        problems += found
        if error is not None:
            problems.append(PublishError(error.message, about="the bucket", advice=error.advice))
    _, error = attempt(partial(_tell_hub, config.feeds, archive, clock, published, ready=filled))
    if error is not None:
        log.warning("the hub could not be told: %s", error)
    return published.joined(Published(problems=tuple(problems)))


def _fill_bucket(
    feeds: FeedsConfig, archive: Archive, late: Callable[[], bool]
) -> tuple[list[PublishError], bool]:
    """What failed, and whether the bucket holds all that is published."""
    from feedsvc.feeds import mirror
    from feedsvc.feeds.s3 import S3

    assert feeds.s3 is not None
    bucket = S3(feeds.s3)
    remembered = archive.memory.get(_BUCKET) or ""
    try:
        before = mirror.recalled(bucket, remembered)
    except PublishError as error:
        return [error], False
    done = mirror.mirror(feeds.path, bucket, before, late)
    if done.remembered() != remembered:
        archive.memory.put(_BUCKET, done.remembered())
    if done.waiting:
        log.info("bucket %s: %d files wait for the next poll", feeds.s3.bucket, done.waiting)
    return done.problems, not (done.problems or done.waiting)


def _tell_hub(
    feeds: FeedsConfig,
    archive: Archive,
    clock: Callable[[], datetime],
    published: Published,
    *,
    ready: bool,
) -> None:
    memory = archive.memory
    before = memory.get(_WAITING) or ""
    there = [path for path in published.paths if path.exists()]  # not what was taken away
    due = list(dict.fromkeys((*before.split(), *topics(there, feeds))))
    if feeds.hub is None or not due:
        if before:
            memory.put(_WAITING, "")
        return
    # Written down first: a kill while the hub is slow must not make it miss a change.
    memory.put(_WAITING, "\n".join(due))
    if not ready:
        return
    until = clock() + HUB_PATIENCE

    def ping(address: str, form: tuple[tuple[str, str], ...]) -> None:
        from feedsvc.fetch.transport_form import post_form

        if clock() >= until:
            raise FeedsvcError("is slow", about=address)
        _, error = attempt(partial(post_form, address, form))
        if error is not None:
            log.warning("the hub could not be told; the next poll tries again: %s", error)
            raise error

    memory.put(_WAITING, tell_hub((), feeds, "\n".join(due), ping))
