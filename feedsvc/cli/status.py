"""``feedsvc status``: a section a line, and what is wrong."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from feedsvc.cli import context
from feedsvc.cli.options import json_option, with_common_options
from feedsvc.cli.output import COUNTS, counted, print_json, print_table, say

if TYPE_CHECKING:
    from feedsvc.archive import Archive
    from feedsvc.config import Config
    from feedsvc.health import SectionHealth


@click.command("status")
@json_option
@with_common_options
def status(as_json: bool) -> int:
    """Show each section's last poll, its outcome and the next one, and any trouble."""
    config = context.start()

    from feedsvc.archive.lock import is_held
    from feedsvc.fetch import BackOff
    from feedsvc.health import HealthStatus, Kind, health

    archive, now = context.open_archive(config), context.clock_of(config)()
    verdict = health(config, archive.memory, now)
    back_off = BackOff(archive.memory)
    until = back_off.until(now)
    runs = is_held(config.archive.path / ".state" / "run.lock")
    sections = [_section(config, archive, one, now, until, runs) for one in verdict.sections]
    counts = {
        "articles": len(archive),
        "locked": len(archive.locked()),
        "pending": len(archive.pending.all()),
    }
    if as_json:
        judged: dict[str, Any] = verdict.as_json()
        both = zip(sections, judged["sections"], strict=True)
        print_json(
            {
                "status": judged["status"],
                "reasons": judged["reasons"],
                "sections": [one | health for one, health in both],
                "troubles": {one.key: one.text for one in verdict.reasons},
                "layout_drifted": any(
                    one.kind in (Kind.LAYOUT, Kind.PART, Kind.DRAFT, Kind.SUSPENDED)
                    for one in verdict.reasons
                ),
                "left_alone_until": until,
                **counts,
            }
        )
        return 0
    print_table(
        ("section", "last poll", *COUNTS, "next in", "outcome"),
        [
            (
                one["name"],
                _spell(now - one["last_poll"]) if one["last_poll"] else "never",
                *(str(one[count]) for count in COUNTS),
                _spell(at - now) if at and at > now else "now" if at else "",
                "failed" if health.failure else one["outcome"],
            )
            for one, health in zip(sections, verdict.sections, strict=True)
            for at in [one["next_poll"]]
        ],
        numbers=range(2, 7),
    )
    click.echo(
        f"{counted(counts['articles'], 'article')} kept, {counts['locked']} locked, "
        f"{counts['pending']} waiting to be read"
    )
    if until:
        click.echo(f"the site failed ({back_off.why}) and is left alone until {until:%H:%M:%S}")
    polled = any(one["last_poll"] for one in sections)
    for one in verdict.reasons:
        click.echo(f"trouble since {one.since:%Y-%m-%d %H:%M}: {one.text}")
    once = [one.failure for one in verdict.sections if one.name not in verdict.failing]
    for text in dict.fromkeys(one.text for one in once if one):  # no trouble yet
        say(f"the last poll failed: {text}")
    if verdict.status is HealthStatus.FAILING:
        click.echo("failing: no section was polled successfully for three intervals")
    elif verdict.status is HealthStatus.DEGRADED:
        click.echo(
            "degraded: polling goes on, with trouble"
            if polled
            else "degraded: the trouble stands above"
        )
    elif not until:
        click.echo("all is well" if polled else "not polled yet")
    return 0


def _section(
    config: Config,
    archive: Archive,
    section: SectionHealth,
    now: datetime,
    left_alone: datetime | None,
    runs: bool,
) -> dict[str, Any]:
    """``next_poll`` is the daemon's that runs, ``None`` where none does; the counts are the
    last poll's."""
    last = archive.memory.section.of(section.name)
    at = last.polled_at and last.polled_at.astimezone(now.tzinfo)
    well = "unchanged" if last.unchanged else "ok"
    outcome = last.error or (f"{last.failed} failed" if last.failed else well)
    return {
        "name": section.name,
        "last_poll": at,
        "succeeded_at": section.succeeded_at,
        "outcome": outcome if at else "never polled",
        **{one: getattr(last, one) for one in COUNTS},
        # Without a daemon nobody knows when the next poll comes: cron's times are cron's.
        "next_poll": (
            _next_poll(config, archive, section.name, now, left_alone) if at and runs else None
        ),
    }


def _next_poll(
    config: Config, archive: Archive, name: str, now: datetime, left_alone: datetime | None
) -> datetime | None:
    """When ``run`` polls the section next."""
    from feedsvc.schedule import HOURS, auto_intervals, count_articles, next_due, turns_of

    chosen = [section for section in config.sections if section.name == name]
    learns = any(section.every == "auto" for section in chosen)
    week = auto_intervals(count_articles(archive, now) if learns else [0] * HOURS)
    return next_due(now, turns_of(chosen, week, archive.memory, now), left_alone)


def _spell(span: timedelta) -> str:
    seconds = max(0, int(span.total_seconds()))
    if seconds < 120:
        return f"{seconds} s"
    if seconds < 7200:
        return f"{seconds // 60} min"
    return f"{seconds // 3600} h" if seconds < 172_800 else f"{seconds // 86_400} d"
