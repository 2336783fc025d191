"""``/metrics`` for Prometheus (contract, section 6).

In: what was answered, how polling goes, what the archive holds.  Out: the text
exposition format.  Nothing here is kept in a feed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from feedsvc.archive import ENOUGH_AGREED, Agreement, Archive
from feedsvc.health import Health, Status

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(frozen=True, slots=True)
class ArchiveSize:
    articles: int
    locked: int
    pending: int


def feed_files(folder: Path) -> tuple[tuple[str, int, float], ...]:
    """Name, bytes and modification time (Unix) of each subscription document."""
    found = []
    for path in sorted(folder.glob("*.*")):
        if path.suffix in (".rss", ".atom", ".json") and path.is_file():
            state = path.stat()
            found.append((path.name, state.st_size, state.st_mtime))
    return tuple(found)


def agreed(archive: Archive) -> tuple[tuple[str, int], ...]:
    """The learned layouts on probation, and how many known articles they read as kept.
    Raises ``ArchiveUnreadable``."""
    return tuple(
        (one.name, Agreement.of(archive.memory, one).agreed)
        for one in archive.learned.whole(lambda error: None)
        if one.is_new
    )


def exposition(
    answered: Counter[tuple[str, int]],
    files: Iterable[tuple[str, int, float]],
    health: Health,
    size: ArchiveSize,
    on_probation: Iterable[tuple[str, int]] = (),
) -> bytes:
    """The metrics; ``answered`` counts by kind of address and status; ``on_probation`` are
    learned layouts and how many known articles agreed."""
    # Only who scrapes pays for the import.
    from prometheus_client import CollectorRegistry, generate_latest
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
    from prometheus_client.registry import Collector

    requests = CounterMetricFamily(
        "feedsvc_http_requests", "Requests answered.", labels=["kind", "status"]
    )
    for (kind, status), count in sorted(answered.items()):
        requests.add_metric([kind, str(status)], count)
    bytes_ = GaugeMetricFamily("feedsvc_feed_bytes", "Size of a feed's file.", labels=["file"])
    changed = GaugeMetricFamily(
        "feedsvc_feed_changed_timestamp_seconds", "When a feed's file changed.", labels=["file"]
    )
    for name, length, at in files:
        bytes_.add_metric([name], length)
        changed.add_metric([name], at)
    succeeded = GaugeMetricFamily(
        "feedsvc_section_success_timestamp_seconds",
        "When a section was last polled successfully.",
        labels=["section"],
    )
    interval = GaugeMetricFamily(
        "feedsvc_section_interval_seconds", "How often it should be.", labels=["section"]
    )
    for section in health.sections:
        if section.succeeded_at is not None:
            succeeded.add_metric([section.name], section.succeeded_at.timestamp())
        interval.add_metric([section.name], section.interval.total_seconds())
    failing = health.status is Status.FAILING
    healthy = GaugeMetricFamily(
        "feedsvc_healthy", "Whether /healthz answers 200.", value=float(not failing)
    )
    verdict = GaugeMetricFamily(
        "feedsvc_health_status", "1 for the status that /healthz says.", labels=["status"]
    )
    for one in Status:
        verdict.add_metric([one], float(one is health.status))
    troubles = GaugeMetricFamily(
        "feedsvc_trouble_since_timestamp_seconds",
        "Since when a trouble goes on.",
        labels=["kind", "about"],
    )
    for reason in health.reasons:
        about = reason.section or reason.part
        troubles.add_metric([reason.kind, about], reason.since.timestamp())
    articles = GaugeMetricFamily("feedsvc_archive_articles", "Articles kept.", value=size.articles)
    locked = GaugeMetricFamily("feedsvc_archive_locked", "Locked articles.", value=size.locked)
    pending = GaugeMetricFamily(
        "feedsvc_archive_pending", "Articles found and not yet read.", value=size.pending
    )
    probation = GaugeMetricFamily(
        "feedsvc_layout_probation_agreed",
        "Known articles that a learned layout on probation reads as kept;"
        f" it ends at {ENOUGH_AGREED}.",
        labels=["layout"],
    )
    for name, count in on_probation:
        probation.add_metric([name], count)

    class Now(Collector):
        def collect(self) -> Iterable[Metric]:
            return [
                *(requests, bytes_, changed, succeeded, interval),
                *(healthy, verdict, troubles, articles, locked, pending, probation),
            ]

    registry = CollectorRegistry(auto_describe=False)
    registry.register(Now())
    return generate_latest(registry)
