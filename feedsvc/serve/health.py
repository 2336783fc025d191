"""``/healthz``: whether polling still works (contract, section 6).

In: for each section when it was last polled successfully and how often it should
be.  Out: a verdict and its JSON.  Who knows these times hands them in.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class SectionHealth:
    """How polling one section goes.

    ``succeeded_at`` is aware, ``None`` before the first success.  ``interval`` is
    the configured one under ``run``, the observed one under cron.
    """

    name: str
    succeeded_at: datetime | None
    interval: timedelta


HealthSource = Callable[[], tuple[SectionHealth, ...]]
"""Asked at each request; an empty tuple means that nothing is polled here."""

INTERVALS = 3
"""So many intervals without a success, and a section is late."""


@dataclass(frozen=True, slots=True)
class Health:
    """The verdict: ``late`` names sections; healthy as long as one is not late."""

    sections: tuple[SectionHealth, ...]
    late: frozenset[str]

    @property
    def ok(self) -> bool:
        return not self.sections or len(self.late) < len(self.sections)

    def body(self, *, detail: bool) -> bytes:
        """JSON: ``{"status": "ok"|"failing"}``, and with ``detail`` the sections too."""
        answer: dict[str, object] = {"status": "ok" if self.ok else "failing"}
        if detail:
            answer["sections"] = [
                {
                    "name": section.name,
                    "succeeded_at": section.succeeded_at and section.succeeded_at.isoformat(),
                    "interval": int(section.interval.total_seconds()),
                    "late": section.name in self.late,
                }
                for section in self.sections
            ]
        return json.dumps(answer, ensure_ascii=False).encode() + b"\n"


def judge(sections: tuple[SectionHealth, ...], *, now: datetime, started_at: datetime) -> Health:
    """The verdict at ``now``.  A section never polled counts from ``started_at``, so
    that a new installation is not called ill before its first poll is through."""
    late = frozenset(
        section.name
        for section in sections
        if now - (section.succeeded_at or started_at) > INTERVALS * section.interval
    )
    return Health(sections, late)
