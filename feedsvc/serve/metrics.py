"""``/metrics`` for Prometheus (contract, section 6).

In: what was answered, how polling goes, what the archive holds.  Out: the text
exposition format.  Nothing here is kept in a feed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from feedsvc.archive import ENOUGH_AGREED, Agreement, Archive
from feedsvc.health import Health, Status

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"

Values = Iterable[tuple[Sequence[str], float]]
"""The values of one metric, each with those of its labels."""


def exposition(
    answered: Counter[tuple[str, int]], folder: Path, health: Health, archive: Archive
) -> bytes:
    """The metrics; ``answered`` counts by kind of address and status, ``folder`` holds the
    published feeds.  Raises ``ArchiveUnreadable``."""
    # Only who scrapes pays for the import.
    from prometheus_client import generate_latest
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
    from prometheus_client.registry import Collector

    def gauge(name: str, said: str, labels: Sequence[str], values: Values) -> Metric:
        made = GaugeMetricFamily(f"feedsvc_{name}", said, labels=labels)
        for of, value in values:
            made.add_metric(of, value)
        return made

    requests = CounterMetricFamily(
        "feedsvc_http_requests", "Requests answered.", labels=["kind", "status"]
    )
    for (kind, status), count in sorted(answered.items()):
        requests.add_metric([kind, str(status)], count)
    files = [
        (path.name, path.stat())
        for path in sorted(folder.glob("*.*"))
        if path.suffix in (".rss", ".atom", ".json") and path.is_file()
    ]
    sections, reasons = health.sections, health.reasons
    healthy = float(health.status is not Status.FAILING)
    new = [one for one in archive.learned.whole(lambda error: None) if one.is_new]

    class Now(Collector):
        def collect(self) -> Iterable[Metric]:
            return [
                requests,
                gauge("feed_bytes", "Size of a feed's file.", ["file"],
                      (([name], of.st_size) for name, of in files)),
                gauge("feed_changed_timestamp_seconds", "When a feed's file changed.", ["file"],
                      (([name], of.st_mtime) for name, of in files)),
                gauge("section_success_timestamp_seconds",
                      "When a section was last polled successfully.", ["section"],
                      (([one.name], one.succeeded_at.timestamp())
                       for one in sections if one.succeeded_at is not None)),
                gauge("section_interval_seconds", "How often it should be.", ["section"],
                      (([one.name], one.interval.total_seconds()) for one in sections)),
                gauge("healthy", "Whether /healthz answers 200.", [], [([], healthy)]),
                gauge("health_status", "1 for the status that /healthz says.", ["status"],
                      (([one], float(one is health.status)) for one in Status)),
                gauge("trouble_since_timestamp_seconds", "Since when a trouble goes on.",
                      ["kind", "about"],
                      (([one.kind, one.section or one.part], one.since.timestamp())
                       for one in reasons)),
                gauge("archive_articles", "Articles kept.", [], [([], len(archive))]),
                gauge("archive_locked", "Locked articles.", [], [([], len(archive.locked()))]),
                gauge("archive_pending", "Articles found and not yet read.", [],
                      [([], len(archive.pending()))]),
                gauge("layout_probation_agreed",
                      "Known articles that a learned layout on probation reads as kept; it ends "
                      f"at {ENOUGH_AGREED}.", ["layout"],
                      (([one.name], Agreement.of(archive.memory, one).agreed) for one in new)),
            ]  # fmt: skip

    return generate_latest(Now())
