"""The notices told at the end of a poll: one after the other, each written down before the
next, in fifteen seconds at most.

In: what is :mod:`news <feedsvc.poll.news>`.  Out: lines in ``notices.jsonl``, and a trouble
of each target that could not be told.  Nothing is raised but what no poll could go on
with: a target that hangs or fails, or a file that is damaged, delays and stops nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from feedsvc import health, notify
from feedsvc.archive import Archive, NoticeStanding, Told, unwritable
from feedsvc.config import Config, NoticeConfig
from feedsvc.errors import ArchiveError, ArchiveUnreadable, ArchiveUnwritable
from feedsvc.feeds import title_of
from feedsvc.health import Kind
from feedsvc.memory import Topic
from feedsvc.notify import OutOfTime, Patience, Untold
from feedsvc.poll.news import Due, News, part_of
from feedsvc.poll.stage import log

PATIENCE = 14.0
"""Seconds for all targets together, in one poll; ending a command takes up to one more."""

TRIED_FOR = timedelta(days=1)
"""What a target could not be told for so long is given up."""

LINES = 20
"""Lines of the journal, or of ``notices.jsonl``, before it is written down again how far all
is settled: no poll reads many more than these."""

DOUBTFUL = timedelta(hours=6)
"""After the derived state was lost, for which no trouble is taken for over."""

_FILE = "notices.jsonl"


def tell_notices(
    config: Config,
    archive: Archive,
    clock: Callable[[], datetime],
    stop: Callable[[], bool] = lambda: False,
    *,
    polled: bool = False,
) -> None:
    """Tell what is due; for the one who holds the archive.  ``polled``: a poll read the
    site, so that notices of articles that were not there before begin here: what it found,
    and what waits to be read, is told to none of them."""
    memory, now = archive.memory, clock()
    try:
        round_ = _Round(config, archive, clock, stop)
        with unwritable(archive.notices.path):
            round_.begin(polled=polled)
            round_.tell_all()
            round_.end()
        health.note(memory, Kind.TARGET, now, None, part=_FILE)
    except (ArchiveError, ArchiveUnreadable, ArchiveUnwritable) as error:
        log.warning("nobody is told anything: %s", error)
        health.note(memory, Kind.TARGET, now, str(error), part=_FILE)


class _Round:
    """One poll's notices."""

    def __init__(
        self,
        config: Config,
        archive: Archive,
        clock: Callable[[], datetime],
        stop: Callable[[], bool],
    ) -> None:
        self._config = config
        self._archive = archive
        self._file = archive.notices
        self._clock = clock
        self._stop = stop
        self._now = clock()
        self._stands = self._file.read()
        self._before = dict(self._stands)
        self._doubtful = False
        self._news = News(config, archive, self._now)

    def begin(self, *, polled: bool) -> None:
        """Write down which notices are configured, where others were before."""
        self._remember()
        wanted = {(one.called, notify.digest_of(one)): one for one in self._config.notify}
        # Of troubles none must wait until the site is well.
        new = [
            key
            for key, notice in wanted.items()
            if key not in self._stands and (polled or notice.feed == "status")
        ]
        gone = [key for key in self._stands if key not in wanted and polled]
        for name, target in gone:
            del self._stands[name, target]
            health.note(self._archive.memory, Kind.TARGET, self._now, None, part=part_of(name))
        head = self._archive.head() if new else None
        waiting = frozenset(one.id for one in self._archive.pending.all()) if new else frozenset()
        for name, target in new:
            notice = wanted[name, target]
            entry, settled = self._news.made(notice)
            if notice.feed == "status":
                settled = frozenset(one.key for one in self._news.reasons(notice))
            self._stands[name, target] = NoticeStanding(
                name, target, self._now, head, self._now,
                quiet=waiting, open=settled, entry=entry, on=notice.on,
            )  # fmt: skip
        changed = [self._change(notice, key) for key, notice in wanted.items()]
        if new or gone or any(changed):
            self._write_standings()

    def _change(self, notice: NoticeConfig, key: tuple[str, str]) -> bool:
        """Whether a notice is to be told of other events than before: of those it is told
        from now on."""
        standing = self._stands.get(key)
        if standing is None or standing.on == notice.on:
            return False
        if standing.on:
            # What is not settled by now are the lines that its old events wait for.
            before = notice.model_copy(update={"on": standing.on})
            _, standing = self._news.due(before, standing)
            if "new" not in standing.on:
                standing = replace(standing, since=self._now)
        self._stands[key] = replace(standing, on=notice.on)
        return True

    def _remember(self) -> None:
        """The derived state may be lost: then it is not known which troubles went on, and
        none is taken for over until there was time to meet it again."""
        memory = self._archive.memory
        noted = {one.part for one in health.health(self._config, memory, self._now).reasons}
        for (name, _), standing in self._stands.items():
            if standing.failing and part_of(name) not in noted:
                self._note(name, "could not be told when it was last tried")
        if not memory.note.of(Topic.NOTICES, "").text:
            memory.note.set(Topic.NOTICES, "", at=self._now if self._stands else None, text="known")
        lost_at = memory.note.of(Topic.NOTICES, "").at
        self._doubtful = lost_at is not None and self._now < lost_at + DOUBTFUL

    def tell_all(self) -> None:
        """Tell every target that has anything due; those that failed before come last."""
        due: list[tuple[NoticeConfig, NoticeStanding, list[Due]]] = []
        # Troubles last: that a target fails may be one.
        for notice in sorted(self._config.notify, key=lambda one: one.feed == "status"):
            standing = self._stands.get((notice.called, notify.digest_of(notice)))
            if standing is None:
                continue
            if notice.feed == "status" and not self._doubtful:
                # Write down which are over, so that they are told when they come again.
                over = standing.open - {one.key for one in self._news.reasons(notice)}
                self._settle(
                    standing.key,
                    [Told(self._now, "ended", *standing.key, entry=key) for key in sorted(over)],
                )
            standing = self._stands[standing.key]
            found, standing = self._news.due(notice, standing)
            self._stands[standing.key] = standing
            due.append((notice, standing, found))
        if not any(found for _, _, found in due) or self._stop():
            return
        self._file.require_room()
        due.sort(key=lambda one: self._turn(one[1]))
        with Patience(PATIENCE) as patience:
            for notice, standing, found in due:
                if notice.feed == "status":
                    found, _ = self._news.due(notice, standing)
                if found:
                    self._tell(notice, standing, found, patience)

    def end(self) -> None:
        """Write down how far all is settled, every so often."""
        moved = any(self._behind(standing) for standing in self._stands.values())
        if moved or (self._stands and self._file.lines() > LINES):
            self._write_standings()

    def _behind(self, standing: NoticeStanding) -> bool:
        """Whether the file says of a notice that it stands far behind where it does."""
        before = self._before.get(standing.key)
        if before is None or before.place == standing.place:
            return False
        passed = self._file.journaled(before.place)
        return passed is None or len(passed) > LINES

    def _turn(self, standing: NoticeStanding) -> tuple[bool, float]:
        last = self._archive.memory.note.of(Topic.NOTICE, standing.name).at
        return standing.failing is not None, last.timestamp() if last and standing.failing else 0.0

    def _tell(
        self, notice: NoticeConfig, standing: NoticeStanding, found: list[Due], patience: Patience
    ) -> None:
        """Tell one target.  Of a command's records one may fail, or hang, and the others not;
        an address that fails is left alone until the next poll."""
        name, failed, why = notice.called, list[Due](), ""
        note = self._archive.memory.note
        note.set(Topic.NOTICE, name, at=self._now)
        before = note.of(Topic.NOTICE, name).text.split()
        # What failed before comes last: a record that hangs must not hold up others.
        left = sorted(found, key=lambda one: one.key in before) if notice.run else found
        while left and not self._stop():
            title = title_of(notice.feed, self._config)
            title += f" {len(left)}건" if len(left) > 1 else ""
            try:
                count = notify.tell(notice, [one.letter for one in left], title, patience)
            except OutOfTime:
                break
            except Untold as error:
                why = error.message
                count = 1 if notice.run is not None else len(left)
                failed += left[:count]
            else:
                self._settle(standing.key, [one.told for one in left[:count]])
            left = left[count:]
        note.set(Topic.NOTICE, name, text=" ".join(one.key for one in failed))
        if failed:
            self._failed(standing.key, failed, why)
        elif len(left) < len(found):
            if standing.failing:
                self._settle(standing.key, [Told(self._now, "well", *standing.key)])
            self._note(name, None)

    def _failed(self, key: tuple[str, str], failed: Sequence[Due], why: str) -> None:
        """Note that a target fails; what it could not be told for a day is given up."""
        name, now = key[0], self._clock()
        if self._stands[key].failing is None:
            self._settle(key, [Told(now, "failed", *key)])
        since = self._stands[key].failing or now
        old = [one for one in failed if now - max(since, one.since) >= TRIED_FOR]
        self._settle(key, [replace(one.told, at=now, event="given-up") for one in old])
        given_up = f"; {len(old)} given up after a day" if old else ""
        waiting = len(failed) - len(old)
        again = f"; {waiting} wait for the next poll" if waiting else ""
        log.warning("notice %s: %s%s%s", name, why, given_up, again)
        self._note(name, f"{why}; the next polls try again for a day{given_up}")

    def _note(self, name: str, text: str | None) -> None:
        said = None if text is None else f"notice {name}: {text}"
        health.note(self._archive.memory, Kind.TARGET, self._now, said, part=part_of(name))

    def _settle(self, key: tuple[str, str], told: Sequence[Told]) -> None:
        if told:
            self._file.add(told)
        for one in told:
            self._stands[key] = self._stands[key].after(one)

    def _write_standings(self) -> None:
        self._file.stand(self._now, self._stands.values())
        self._before = dict(self._stands)
