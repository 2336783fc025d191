"""What happens after the files are in place: compressed copies, the bucket, the status feed,
the hub, the notices; and the status feed again, for it tells of these too.

In: what was published.  Out: the same with what failed besides.  The order matters: a
hub that is told fetches at once, so it is told when the files are everywhere, and not of
what the bucket does not hold yet.  Nothing is raised and nothing blocks for long; what could
not be done waits in ``archive.memory`` for the next poll.
"""

import importlib
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from feedsvc import health
from feedsvc.archive import Archive
from feedsvc.config import Config, FeedsConfig, refused
from feedsvc.errors import ConfigError, FeedsvcError, PublishError
from feedsvc.feeds import Published, elsewhere, file_names, tell_hub, topics
from feedsvc.health import Kind
from feedsvc.memory import Topic
from feedsvc.poll import status
from feedsvc.poll.guard import attempt
from feedsvc.poll.stage import log

HUB_PATIENCE = timedelta(seconds=15)
BUCKET_PATIENCE = timedelta(minutes=2)
"""How long one poll tells the hub, and fills the bucket; the rest waits for the next."""


def ready(config: Config) -> None:
    """Raise ``ConfigError`` where something is configured whose extra is not installed:
    at the start, rather than when the first article is to be published."""
    missing: list[tuple[ConfigError, tuple[int | str, ...]]] = []
    told = next((n for n, one in enumerate(config.notify) if one.to is not None), None)
    if told is not None:
        from feedsvc import notify

        if not notify.installed():
            error = ConfigError(
                "a notice has an Apprise address and its extra is not installed",
                about="notify",
                advice="pip install 'feedsvc[notify]', or give it a command to run",
            )
            missing.append((error, ("notify", told, "to")))
    for module, wanted in (
        ("feedsvc.fetch.transport_curl", config.http.transport == "curl"),
        ("feedsvc.feeds.s3", config.feeds.s3 is not None),
    ):
        try:
            if wanted:
                importlib.import_module(module)
        except ConfigError as error:  # they say so themselves
            missing.append((error, tuple(error.about.split("."))))
    if missing:
        # With the file and the line of what wants the extra.
        first, *others = (
            refused(config.file, key, f"{error.message}; {error.advice}") if config.file else error
            for error, key in missing
        )
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
    *,
    anew: bool = False,
    polled: bool = False,
) -> Published:
    """Bring copies, bucket, status feed and hub up to what is published; for the one who
    holds the archive.  ``problems`` of the answer say what failed, and it is noted for the
    verdict.  ``stop``: what is left
    may wait.  ``anew`` puts everything into the bucket, whatever it is thought to hold;
    ``polled``: a poll read the site, so that new notices begin with what comes next."""
    spread = partial(_spread, config, archive, clock, stop)
    found, filled = spread(anew)
    published = published.joined(found)
    met = list(map(str, published.problems))
    if met or filled:
        more = f", and {len(met) - 1} more" if len(met) > 1 else ""
        health.note(archive.memory, Kind.PUBLISHING, clock(), f"{met[0]}{more}" if met else None)
    told = status.tell(config, archive, clock())
    if told.paths and filled:
        found, filled = spread()
        told = told.joined(found)
    published = published.joined(told)
    _, error = attempt(partial(_tell_hub, config.feeds, archive, clock, published, filled))
    if error:
        why = f"the hub could not be told; the next poll tries again: {error}"
        published = published.joined(Published(problems=(PublishError(why),)))
    if config.notify or archive.notices.path.exists():
        from feedsvc.poll.notices import tell_notices  # most polls need it not

        _, error = attempt(partial(tell_notices, config, archive, clock, stop, polled=polled))
        if error is not None:
            log.warning("notices: %s", error)
    # What the hub did itself is no news to be told to it: that would never end.
    told = status.tell(config, archive, clock())
    if told.paths and filled:
        told = told.joined(spread()[0])
    return published.joined(told)


def keep_up(config: Config, archive: Archive, published: Published) -> None:
    """What cannot wait for the end of a poll that goes on publishing: the compressed copies,
    which a web server sends in place of the files, and a note of what the hub is to be told,
    should the poll be killed.  What fails is tried, and told, at the end."""
    elsewhere.compress(config.feeds.path, file_names(config.feeds, config.sections))
    if config.feeds.hub is not None and published.paths:
        archive.memory.note.set(
            Topic.HUB, "", text="\n".join(_due(config.feeds, archive, published))
        )


def _due(feeds: FeedsConfig, archive: Archive, published: Published) -> list[str]:
    """The topics that the hub is to be told of, those that wait first."""
    before = archive.memory.note.of(Topic.HUB, "").text
    there = [path for path in published.paths if path.exists()]  # not what was taken away
    return list(dict.fromkeys((*before.split(), *topics(there, feeds))))


def _spread(
    config: Config,
    archive: Archive,
    clock: Callable[[], datetime],
    stop: Callable[[], bool],
    anew: bool = False,
) -> tuple[Published, bool]:
    """Copies and bucket: what failed, and whether they hold all that is published."""
    problems = tuple(
        elsewhere.compress(config.feeds.path, file_names(config.feeds, config.sections))
    )
    if config.feeds.s3 is None:
        return Published(problems=problems), True
    until = clock() + BUCKET_PATIENCE
    late = lambda: stop() or (not anew and clock() >= until)  # noqa: E731  # two words of one sentence
    done, error = attempt(partial(_fill_bucket, config.feeds, archive, late, anew=anew))
    found, filled = done or ([], False)
    if error is not None:
        found = [PublishError(error.message, about="the bucket", advice=error.advice)]
    return Published(problems=(*problems, *found)), filled


def _fill_bucket(
    feeds: FeedsConfig, archive: Archive, late: Callable[[], bool], *, anew: bool
) -> tuple[list[PublishError], bool]:
    """What failed, and whether the bucket holds all that is published."""
    from feedsvc.feeds.s3 import S3

    assert feeds.s3 is not None
    bucket = S3(feeds.s3)
    remembered = archive.memory.note.of(Topic.BUCKET, "").text
    try:
        before = elsewhere.recalled(bucket, remembered)
    except PublishError as error:
        return [error], False
    if anew:
        before = elsewhere.doubted(before)
    done = elsewhere.mirror(feeds.path, bucket, before, late)
    if done.remembered() != remembered:
        archive.memory.note.set(Topic.BUCKET, "", text=done.remembered())
    if done.waiting:
        log.info("bucket %s: %d files wait for the next poll", feeds.s3.bucket, done.waiting)
    return done.problems, not (done.problems or done.waiting)


def _tell_hub(
    feeds: FeedsConfig,
    archive: Archive,
    clock: Callable[[], datetime],
    published: Published,
    ready: bool,
) -> None:
    """Raises why the hub could not be told."""
    memory, due = archive.memory, _due(feeds, archive, published)
    if feeds.hub is None or not due:
        memory.note.set(Topic.HUB, "", text="")
        health.note(memory, Kind.TARGET, clock(), None, part="hub")
        return
    # Written down first: a kill while the hub is slow must not make it miss a change.
    memory.note.set(Topic.HUB, "", text="\n".join(due))
    if not ready:
        return
    until = clock() + HUB_PATIENCE
    failed: list[FeedsvcError] = []

    def ping(address: str, form: tuple[tuple[str, str], ...]) -> None:
        from feedsvc.fetch.transport_requests import post_form

        if clock() >= until:
            raise FeedsvcError("is slow", about=address)
        _, error = attempt(partial(post_form, address, form))
        if error is not None:
            failed.append(error)
            raise error

    memory.note.set(Topic.HUB, "", text=tell_hub(feeds, "\n".join(due), ping))
    text = f"the hub could not be told: {failed[0]}" if failed else None
    health.note(memory, Kind.TARGET, clock(), text, part="hub")
    if failed:
        raise failed[0]
