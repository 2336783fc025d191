"""The one verdict on health (contract, section 6).  Pure.

In: what is known of each section, the troubles that were noted, the time.  Out: a
:class:`Health`, which ``/healthz``, the pages, ``feedsvc status``, the metrics and the
status feed all show.  What is known, and where from, is ``noted.py``'s.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from feedsvc.health.kinds import Kind

INTERVALS = 3
"""A section that was not polled successfully for so many of its intervals is late."""

AUTO = timedelta(hours=2)
"""The interval of ``every: auto``, its longest; and of a section polled from outside (cron,
by hand) as long as nobody can tell how often that is."""

TWICE = 2
"""Failures in a row before a section's trouble is told: a timeout now and then is none."""

RELEASED = datetime(2025, 1, 1, tzinfo=UTC)
"""No feedsvc is older: a clock that shows less is wrong."""

CLOCK_MAY_DIFFER = timedelta(minutes=10)
"""From the site's, before that is a trouble."""

_AT_ONCE = frozenset({Kind.BLOCKED, Kind.ROBOTS, Kind.LAYOUT})
"""No passing failures: told at the first."""

_SITE_WIDE = (Kind.BLOCKED, Kind.ROBOTS, Kind.LAYOUT, Kind.SITE)
"""Told once, however many sections meet them."""


_BEFORE_THE_SITE = frozenset({Kind.BLOCKED, Kind.ROBOTS})
"""What explains that the site as a whole is not asked."""


class HealthStatus(StrEnum):
    OK = "ok"
    DEGRADED = "degraded"
    FAILING = "failing"


@dataclass(frozen=True, slots=True)
class Failure:
    """What a section's last poll failed by: ``since`` the first of ``times`` in a row."""

    kind: Kind
    text: str
    since: datetime
    at: datetime
    times: int


@dataclass(frozen=True, slots=True)
class SectionHealth:
    """How polling one section goes.  Times are aware.

    ``interval`` is the configured one under ``run``, else the observed one.
    ``expected_from`` is when polling it at that interval began, where that is known.
    """

    name: str
    interval: timedelta
    succeeded_at: datetime | None = None
    expected_from: datetime | None = None
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """A trouble that goes on.  ``text`` is one line: what is wrong and what to do; ``part``
    tells it from others of its kind where no section does."""

    kind: Kind
    text: str
    since: datetime
    section: str | None = None
    part: str = ""

    @property
    def key(self) -> str:
        """Tells it from every other trouble, today and tomorrow."""
        about = self.part or (self.section if self.kind is Kind.SECTION else "")
        return f"{self.kind}-{about}" if about else str(self.kind)


@dataclass(frozen=True, slots=True)
class Health:
    """The verdict; ``late`` names sections."""

    status: HealthStatus
    reasons: tuple[Reason, ...]
    sections: tuple[SectionHealth, ...]
    late: frozenset[str]

    @property
    def failing(self) -> frozenset[str]:
        """The sections whose failure stands among the reasons, as their own or the site's."""
        kinds = {one.kind for one in self.reasons if one.section is None}
        named = {one.section for one in self.reasons}
        return frozenset(
            one.name
            for one in self.sections
            if one.failure and (one.name in named or one.failure.kind in kinds)
        )

    def as_json(self) -> dict[str, object]:
        """As the contract has it; times with their zone, intervals in seconds."""
        return {
            "status": str(self.status),
            "reasons": [
                {
                    "kind": str(one.kind),
                    "section": one.section,
                    "since": one.since.isoformat(),
                    "text": one.text,
                }
                for one in self.reasons
            ],
            "sections": [
                {
                    "name": one.name,
                    "interval": int(one.interval.total_seconds()),
                    "succeeded_at": one.succeeded_at and one.succeeded_at.isoformat(),
                    "late": one.name in self.late,
                }
                for one in self.sections
            ],
        }


def judge(sections: Sequence[SectionHealth], noted: Iterable[Reason], now: datetime) -> Health:
    """The verdict at ``now``."""
    late = frozenset(one.name for one in sections if _is_late(one, now))
    found: dict[str, Reason] = {}
    clock = impossible(now)
    wrong = [Reason(Kind.CLOCK, clock, now)] if clock else []
    for one in (*wrong, *_of_the_site(sections), *noted):
        found.setdefault(one.key, one)
    site_wide = {one.kind for one in found.values()} & set(_SITE_WIDE)
    if site_wide & _BEFORE_THE_SITE:
        site_wide.add(Kind.SITE)
    for section in sections:
        reason = _of(section, section.name in late, now)
        # What stops all sections is said once.
        if reason and not (section.failure and section.failure.kind in site_wide):
            found.setdefault(reason.key, reason)
    status = HealthStatus.DEGRADED if found else HealthStatus.OK
    if sections and len(late) == len(sections):
        status = HealthStatus.FAILING
    return Health(status, tuple(found.values()), tuple(sections), late)


def overdue(since: datetime, interval: timedelta, now: datetime) -> bool:
    """Whether what is to be read every ``interval`` is late, not having been read ``since``."""
    return now - since > INTERVALS * interval


def _is_late(one: SectionHealth, now: datetime) -> bool:
    """Counted from the last success, or from when polling at this interval began: one whose
    ``every`` was shortened, or that is new, is not late for that.  A time that lies ahead
    was noted by a clock that has been set back since, and tells nothing; where no time
    tells anything, nothing was ever tried."""
    known = [at for at in (one.succeeded_at, one.expected_from) if at is not None and at <= now]
    if not known and one.failure is not None:
        known = [min(one.failure.since, now)]
    return bool(known) and overdue(max(known), one.interval, now)


def _is_told(one: SectionHealth) -> bool:
    failure = one.failure
    return failure is not None and (failure.times >= TWICE or failure.kind in _AT_ONCE)


def impossible(now: datetime) -> str | None:
    """What to say of a clock that shows a time before this program was made."""
    if now >= RELEASED:
        return None
    return (
        f"this machine's clock shows {now:%Y-%m-%d}, before feedsvc was made; set it "
        "(timedatectl set-ntp true): until then the site is not asked"
    )


def apart(ahead: timedelta | None) -> str | None:
    """What to say of a clock that is so far ahead of the site's, if it is too far."""
    if ahead is None or abs(ahead) <= CLOCK_MAY_DIFFER:
        return None
    minutes = round(abs(ahead).total_seconds() / 60)
    far = next(
        f"{minutes // of} {unit}"
        for unit, of in (("days", 1440), ("hours", 60), ("minutes", 1))
        if minutes >= 2 * of
    )
    way = "ahead of" if ahead > timedelta() else "behind"
    return (
        f"this machine's clock is {far} {way} the site's; set it (timedatectl set-ntp true): "
        "what is seen meanwhile is dated by it"
    )


def _of_the_site(sections: Sequence[SectionHealth]) -> Iterable[Reason]:
    """The troubles that sections share, one of a kind."""
    read_at = max((one.succeeded_at for one in sections if one.succeeded_at), default=None)
    kinds: set[Kind] = set()
    for kind in _SITE_WIDE:
        met = [
            (one, one.failure)
            for one in sections
            if one.failure and one.failure.kind is kind and _is_told(one)
        ]
        if kind is Kind.SITE:
            # What stands before the site explains it; and it answers if it did since.
            if kinds & _BEFORE_THE_SITE:
                continue
            met = [(one, why) for one, why in met if read_at is None or why.at >= read_at]
        if met:
            kinds.add(kind)
            only = met[0][0].name if len(met) == 1 and len(sections) > 1 else None
            yield Reason(kind, met[0][1].text, min(why.since for _, why in met), only)


def _of(one: SectionHealth, late: bool, now: datetime) -> Reason | None:
    """What is to be said of one section."""
    if not late and not _is_told(one):
        return None
    failure, read_at = one.failure, one.succeeded_at
    said = " has never been read"
    if read_at is not None:
        said = f" was last read at {read_at:%Y-%m-%d %H:%M}" if late else ""
    why = f": {failure.text}" if failure else ""
    since = failure.since if failure else read_at or one.expected_from or now
    return Reason(Kind.SECTION, f"section {one.name}{said}{why}", since, one.name)
