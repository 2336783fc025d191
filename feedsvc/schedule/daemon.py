"""The daemon without its clockwork: asked at each heartbeat, it polls what is due.

In: a configuration, an archive, clocks.  Out: polls, one at a time, a log line each.
No failure of a poll ends it.  Signals, serving and the heartbeat itself are not here.
"""

import contextlib
import logging
import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from feedsvc import health
from feedsvc.archive import Archive
from feedsvc.archive.records import DAMAGE
from feedsvc.config import Config, SectionConfig
from feedsvc.errors import ArchiveLocked, ConfigError, FeedsvcError
from feedsvc.fetch import BackOff, Fetcher, Transport
from feedsvc.model import PollOutcome
from feedsvc.poll import Poll, digests, publish, ready, status, tell
from feedsvc.schedule.auto import GOOD_FOR, HOURS, Week, articles_by_hour, auto_intervals
from feedsvc.schedule.due import Turn, due, next_due, turns_of
from feedsvc.schedule.release_memory import give_back

log = logging.getLogger("feedsvc.schedule")

REPEAT = 3600.0
"""Seconds before the same complaint is made again."""


ASLEEP = 60.0
"""Seconds without a beat, or by which the clock was set, after which polling begins anew as
far as lateness goes: the machine slept, or its clock was wrong."""


class Stopping(FeedsvcError):
    """Not fetched: the daemon was told to stop while it waited for its turn to ask."""


class Daemon:
    """Polls what is due whenever :meth:`heartbeat` is called.

    ``clock`` gives aware times in the site's zone, with their fractions; ``steady``
    seconds by a clock that nobody sets and that counts suspend.  ``pause`` waits so many
    seconds and tells whether the wait was ended by :meth:`stop`; ``transport`` makes what fetches.
    Both are for tests.  Raises ``ConfigError``.
    """

    def __init__(
        self,
        config: Config,
        archive: Archive,
        *,
        clock: Callable[[], datetime],
        steady: Callable[[], float],
        pause: Callable[[float], bool] | None = None,
        transport: Callable[[Config], Transport] | None = None,
    ) -> None:
        self._archive = archive
        self._exact = clock
        self._steady = steady
        self._stop = threading.Event()
        self._pause = pause or self._stop.wait
        self._transport = transport
        self._idle = threading.Event()
        self._idle.set()
        self._attempts: dict[str, tuple[datetime, float]] = {}
        """This process's attempts: section to wall time and steady seconds."""
        self._learned: tuple[Week, float] | None = None
        self._said: dict[str, float] = {}
        self._beaten: tuple[float, float] | None = None
        """Steady seconds at the end of the last beat, and the wall clock's against them."""
        self._config = self._ordered = config
        self._followed: Config | None = None
        self._digest_at: datetime | None = None
        """When the next entry of a digest is due."""
        self.check(config)

    def _clock(self) -> datetime:
        """Whole seconds, as records keep them."""
        return self._exact().replace(microsecond=0)

    @property
    def config(self) -> Config:
        """The configuration in force from the next poll on."""
        return self._ordered

    def check(self, config: Config) -> None:
        """Raises ``ConfigError`` for a configuration that cannot be changed to."""
        for key, old, new in (
            ("archive.path", self._config.archive.path, config.archive.path),
            ("site.timezone", self._config.site.timezone, config.site.timezone),
        ):
            if old != new:
                raise ConfigError(
                    f"{key} cannot change while feedsvc runs", advice="stop it and start it again"
                )
        ready(config)
        self._fetcher(config).close()

    def configure(self, config: Config) -> None:
        """Go on with another configuration; a poll under way ends with the old one.
        Raises ``ConfigError``; the old one then stays."""
        self.check(config)
        self._ordered = config

    def stop(self) -> None:
        """Finish the article in hand and begin nothing more; returns at once."""
        self._stop.set()

    def idle(self, timeout: float) -> bool:
        """Wait until no poll is under way; false where ``timeout`` seconds did not do."""
        return self._idle.wait(timeout)

    def next_poll(self) -> datetime | None:
        """When something is due next, if the archive is free; ``None`` without sections."""
        now = self._clock()
        return next_due(now, self._turns(), self._left_alone(now))

    def heartbeat(self) -> PollOutcome | None:
        """Poll what is due; ``None`` where nothing was, or nothing could be done.

        Not for two threads at once.  Never raises an ``Exception``.
        """
        self._idle.clear()
        try:
            return None if self._stop.is_set() else self._beat()
        except ArchiveLocked as error:
            self._complain(f"{error}; polling goes on as soon as it is free")
        except FeedsvcError as error:
            self._complain(f"poll failed: {error}", logging.ERROR)
        except Exception as error:
            self._complain(f"poll failed: {type(error).__name__}: {error}", logging.ERROR)
            log.debug("traceback", exc_info=True)
        finally:
            steady = self._steady()
            self._beaten = steady, self._exact().timestamp() - steady
            self._idle.set()
        return None

    def _beat(self) -> PollOutcome | None:
        adopted = self._adopt()
        now = self._clock()
        if wrong := health.impossible(now):
            self._complain(wrong)
            return None
        if adopted or self._was_away():
            self._expect(self._config.sections, anew=True)
        self._follow()
        names = due(now, self._turns())
        if not names:
            return None
        until = self._left_alone(now)
        if until is not None:
            self._complain(f"the site failed and is left alone until {until:%H:%M:%S}")
            self._tell_troubles(now)
            return None
        sections = [one for one in self._config.sections if one.name in names]
        try:
            with self._fetcher(self._config) as fetcher:
                outcome = self._poll(sections, fetcher)
        except ArchiveLocked:
            raise
        except Exception:
            # Whatever it was, it waits for the next turn like every other failure.
            self._note(sections)
            raise
        finally:
            give_back()
        self._said.clear()
        self._tell(outcome)
        return outcome

    def _poll(self, sections: Sequence[SectionConfig], fetcher: Fetcher) -> PollOutcome:
        memory = self._archive.memory
        before = {one.name: memory.section.of(one.name) for one in sections}
        # Before the first request: a process that is killed over and over in the middle
        # of a poll must not ask the site each time it is started.
        at = self._note(sections)
        self._expect(sections)
        # A site that was down as a whole and answers again: then everything is tried.
        patient = not BackOff(memory).failures
        poll = Poll(
            self._config, self._archive, fetcher, self._clock,
            stop=self._stop.is_set, patient=patient,
        )  # fmt: skip
        try:
            outcome = poll.run(sections)
        except ArchiveLocked:
            self._retract({name: one.tried_at for name, one in before.items()})
            raise
        # Once more: the first poll ever makes the memory that keeps it.
        self._remember(dict.fromkeys(before, at))
        self._expect(sections)
        if self._stop.is_set() and (
            self._archive.pending.all()
            or any(memory.section.of(name).succeeded_at == one.succeeded_at
                   for name, one in before.items())
        ):  # fmt: skip
            # Cut short: what was found and not read is the next start's first work.
            self._retract(dict.fromkeys(before), cut_short=True)
        return outcome

    def _was_away(self) -> bool:
        """Whether this is the first beat, or the first after sleep or a set clock."""
        if self._beaten is None:
            return True
        ended, offset = self._beaten
        steady = self._steady()
        shift = self._exact().timestamp() - steady - offset
        return steady - ended > ASLEEP or abs(shift) > ASLEEP

    def _expect(self, sections: Sequence[SectionConfig], *, anew: bool = False) -> None:
        with contextlib.suppress(FeedsvcError):
            health.expect(self._archive.memory, sections, self._clock(), anew=anew)

    def _tell_troubles(self, now: datetime) -> None:
        """What a poll would tell at its end, where none is made: the status feed must not
        say less than ``/healthz``."""
        config, archive = self._config, self._archive
        if status.is_news(archive.memory, health.health(config, archive.memory, now)):
            with archive.writing(now):
                tell(config, archive, self._clock, publish(config, archive, now, {}))

    def _turns(self) -> tuple[Turn, ...]:
        now, steady, sections = self._clock(), self._steady(), self._config.sections
        automatic = any(one.every == "auto" for one in sections)
        week = self._week(now, steady) if automatic else _UNLEARNED
        made = {
            name: (at, timedelta(seconds=max(0.0, steady - ticked)))
            for name, (at, ticked) in self._attempts.items()
        }
        return turns_of(sections, week, self._archive.memory, now, made)

    def _week(self, now: datetime, steady: float) -> Week:
        """The week's intervals; what the journal says is asked once a day."""
        if self._learned is None or steady - self._learned[1] >= GOOD_FOR.total_seconds():
            try:
                week = auto_intervals(articles_by_hour(self._archive, now))
            except FeedsvcError as error:
                self._complain(f"every: auto could not learn from the journal: {error}")
                week = self._learned[0] if self._learned else _UNLEARNED
            self._learned = week, steady
        return self._learned[0]

    def _left_alone(self, now: datetime) -> datetime | None:
        """As the memory has it now: a poll by hand may have found the site well again."""
        return BackOff(self._archive.memory).until(now)

    def _adopt(self) -> bool:
        """Take the configuration that was ordered; whether it is another one."""
        config = self._ordered
        if config is self._config:
            return False
        if config.archive != self._config.archive:
            old, self._archive = self._archive, Archive(config.archive.path, raw=config.archive.raw)
            old.close()
        self._config = config
        return True

    def _follow(self) -> None:
        """Publish by the settings as they are now, once, and whenever a digest is due: a
        poll may have to wait for the site, and what was published by others must not be
        served as long as that."""
        config, now = self._config, self._clock()
        due = self._digest_at is not None and self._digest_at.timestamp() <= now.timestamp()
        if self._followed is config and not due:
            return
        if self._archive.head() is not None:
            with self._archive.writing(self._clock()):
                done = publish(config, self._archive, self._clock(), {})
                if done.paths:
                    done = tell(config, self._archive, self._clock, done, self._stop.is_set)
                # What is damaged the poll tells, once a day.
                damage = {f"{line}; {DAMAGE}" for line in self._archive.damage()}
            for problem in done.problems:
                if str(problem) not in damage:
                    log.error("%s", problem)
        self._followed, self._digest_at = config, digests.next_due(config, now)

    def _fetcher(self, config: Config) -> Fetcher:
        return Fetcher(
            config.site_of(),
            config.http,
            self._archive.memory,
            clock=self._exact,
            sleep=self._sleep,
            transport=self._transport(config) if self._transport else None,
            probe=False,
            monotonic=self._steady,
        )

    def _sleep(self, seconds: float) -> None:
        if self._pause(seconds):
            raise Stopping(
                "not fetched: feedsvc is stopping", advice="the next start goes on from here"
            )

    def _note(self, sections: Sequence[SectionConfig]) -> datetime:
        at, steady = self._clock(), self._steady()
        self._attempts |= {section.name: (at, steady) for section in sections}
        self._remember({section.name: at for section in sections})
        return at

    def _retract(self, tried: dict[str, datetime | None], *, cut_short: bool = False) -> None:
        """These were not tried just now, but when the memory is told here."""
        for name in tried:
            self._attempts.pop(name, None)
        self._remember(tried, cut_short=cut_short)

    def _remember(self, tried: dict[str, datetime | None], *, cut_short: bool = False) -> None:
        # A memory that cannot be written (disk full) is made up for by this process's own.
        with contextlib.suppress(FeedsvcError):
            for name, at in tried.items():
                self._archive.memory.section.set(name, tried_at=at, cut_short=cut_short)

    def _tell(self, outcome: PollOutcome) -> None:
        sections = outcome.sections
        new, revised, released, failed = (
            sum(getattr(one, what) for one in sections)
            for what in ("new", "revised", "released", "failed")
        )
        broken = sum(one.error is not None for one in sections)
        stopping, after = self._stop.is_set(), self.next_poll()
        log.log(
            logging.WARNING if (broken or failed) and not stopping else logging.INFO,
            "polled %s: %d new, %d revised, %d released, %d failed%s, %d requests, "
            "%d files published, %s; %s",
            ", ".join(one.name for one in sections),
            new,
            revised,
            released,
            failed,
            f", {broken} of {len(sections)} sections unread" if broken else "",
            outcome.requests,
            len(outcome.published),
            f"{(outcome.finished_at - outcome.started_at).total_seconds():.0f} s",
            "stopping" if stopping else f"next poll {after:%Y-%m-%d %H:%M:%S}",
        )

    def _complain(self, line: str, level: int = logging.WARNING) -> None:
        """Log what is wrong, once, and again when it still is after an hour."""
        steady = self._steady()
        if steady - self._said.get(line, -REPEAT) < REPEAT:
            return
        self._said = {said: at for said, at in self._said.items() if steady - at < REPEAT}
        self._said[line] = steady
        log.log(level, "%s", line)


_UNLEARNED = auto_intervals([0] * HOURS)
