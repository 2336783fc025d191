"""How polling goes: for people ``/status``, for Prometheus ``/metrics`` (contract, section 6).

In: the verdict that ``/healthz`` tells too, the archive; for metrics what was answered, too.
Out: a page that begins with one sentence, or the text exposition format.  Nothing here is kept
in a feed.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from feedsvc.archive import ENOUGH_AGREED, Agreement, Archive
from feedsvc.archive.ledger import accounted
from feedsvc.catalogue.access import LOCKED
from feedsvc.catalogue.days import Which
from feedsvc.config import Config
from feedsvc.errors import ArchiveError, ArchiveUnreadable
from feedsvc.health import TITLES, Health, HealthStatus, Reason, title
from feedsvc.serve.feedlist import announced
from feedsvc.serve.rendering import Frame, Words, page
from feedsvc.serve.response import Document
from feedsvc.site import KST

METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"

Values = Iterable[tuple[Sequence[str], float]]
"""The values of one metric, each with those of its labels."""

NOTICES = 10
"""Of the last ones told."""

_EVENTS = ("new", "released", "revised", "digest", "trouble", "ended", "given-up", "failed", "well")


def status_page(config: Config, archive: Archive, health: Health, frame: Frame) -> Document:
    """Raises ``FeedsvcError``."""
    words, language = frame.words, frame.words["language"]
    titles = {section.name: section.title for section in config.sections}
    ids = accounted(archive)
    said = {one.kind: one for one in reversed(health.reasons)}  # the first of each kind
    return page(
        "status.html",
        frame,
        up="",
        title=words["status"],
        alternates=announced(config, frame)[::-1],
        well=bool(health.sections) and health.status is HealthStatus.OK,
        sentence=_sentence(health, titles, words),
        troubles=[
            {
                "title": _title(one, titles, language),
                "since": one.since.astimezone(KST),
                "text": one.text,
                "advice": TITLES[one.kind].advice if said[one.kind] is one else "",
            }
            for one in health.reasons
        ],
        sections=[
            {
                "name": one.name,
                "title": titles.get(one.name, one.name),
                "late": one.name in health.late,
                "failing": one.name in health.failing,
                "at": one.succeeded_at and one.succeeded_at.astimezone(KST),
                "minutes": round(one.interval.total_seconds() / 60),
            }
            for one in health.sections
        ],
        told=_told(archive, words),
        kept=archive.days.count(),
        locked=archive.days.count(Which(access=LOCKED)),
        waiting=len(archive.pending.all()),
        # Of how many of the ids it is known what became of them.
        ids=words["accounted"].format(ids.lowest, ids.highest, f"{ids.percentage:.1f}")
        if ids
        else "",
    )


def _title(reason: Reason, titles: Mapping[str, str], language: str) -> str:
    """With the section's title in place of its name."""
    said, name = title(reason.key, language), reason.section or ""
    return said.replace(name, titles[name]) if name in titles else said


def _sentence(health: Health, titles: Mapping[str, str], words: Words) -> str:
    """All is well, or what is not and since when."""
    if not health.sections:
        return words["none_polled"]
    if not health.reasons:
        return words["all_well" if health.status is HealthStatus.OK else str(health.status)]
    since = min(one.since for one in health.reasons).astimezone(KST)
    first = _title(health.reasons[0], titles, words["language"])
    more = len(health.reasons) - 1
    what = words["and_more"].format(first, more) if more else first
    return (
        f"{words[str(health.status)]} {what} ({words['since'].format(f'{since:%Y.%m.%d %H:%M}')})"
    )


def _told(archive: Archive, words: Words) -> list[dict[str, object]]:
    """The last lines of ``notices.jsonl`` in words, with the article that each told of."""
    try:
        lines = archive.notices.last(NOTICES)
    except (ArchiveError, ArchiveUnreadable):
        return []  # what is wrong with the file is said where it is told from
    known = archive.index.known(one.id for one in lines if one.id is not None)
    return [
        {
            "at": one.at.astimezone(KST),
            "notice": one.notice,
            "event": words[f"told_{one.event}"] if one.event in _EVENTS else one.event,
            "id": article.id if article else None,
            "title": article.title if article else one.entry or "",
        }
        for one in lines
        for article in [known.get(one.id or 0)]
    ]


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
    healthy = float(health.status is not HealthStatus.FAILING)
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
                      (([one], float(one is health.status)) for one in HealthStatus)),
                gauge("trouble_since_timestamp_seconds", "Since when a trouble goes on.",
                      ["kind", "about"],
                      (([one.kind, one.section or one.part], one.since.timestamp())
                       for one in reasons)),
                gauge("archive_articles", "Articles kept.", [], [([], len(archive))]),
                gauge("archive_locked", "Locked articles.", [], [([], len(archive.locked()))]),
                gauge("archive_pending", "Articles found and not yet read.", [],
                      [([], len(archive.pending.all()))]),
                gauge("layout_probation_agreed",
                      "Known articles that a learned layout on probation reads as kept; it ends "
                      f"at {ENOUGH_AGREED}.", ["layout"],
                      (([one.name], Agreement.of(archive.memory, one).agreed) for one in new)),
            ]  # fmt: skip

    return generate_latest(Now())
