"""``feedsvc archive gaps`` and ``stats``."""

from __future__ import annotations

import dataclasses
import json

import click

from feedsvc.cli.archive_find import limit_option, searchable
from feedsvc.cli.options import json_option, load_config, start_logs, with_common_options


@click.command("gaps")
@limit_option
@json_option
@with_common_options
def gaps(limit: int | None, as_json: bool) -> int:
    """Account for every id from the lowest known to the highest.

    kept: a record stands there; locked: one that the site does not show whole; gone: the
    site took it away, or says it has no such article; moved: its page led to another
    article; never seen: everything else.  An id far above all others is named and left out.
    --limit shows that many of the newest runs.
    """
    start_logs()
    config = load_config()

    from feedsvc.archive.ledger import GONE, KEPT, LOCKED, MOVED, NEVER
    from feedsvc.archive.ledger import gaps as account
    from feedsvc.archive.records import some
    from feedsvc.cli.context import open_archive

    found = account(searchable(config, open_archive(config)))
    runs = found.runs if limit is None else found.runs[-limit:]
    counts = {what: found.count(what) for what in (KEPT, LOCKED, GONE, MOVED, NEVER)}
    if as_json:
        told = {
            "lowest": found.lowest,
            "highest": found.highest,
            "counts": {what.replace(" ", "_"): count for what, count in counts.items()},
            "runs": [
                {"first": run.first, "last": run.last, "what": run.what, "count": len(run)}
                for run in runs
            ],
            "beyond": list(found.beyond),
            "months": [
                {**dataclasses.asdict(month), "percentage": round(month.percentage, 1)}
                for month in found.months
            ],
        }
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return 0
    if not found.runs:
        click.echo("nothing is kept yet")
        return 0
    from feedsvc.cli.tables import print_table

    print_table(
        ("ids", "count", ""),
        [
            (
                f"{run.first}" if len(run) == 1 else f"{run.first}-{run.last}",
                f"{len(run)}",
                run.what,
            )
            for run in runs
        ],
        numbers=(1,),
    )
    click.echo()
    print_table(
        ("month", "kept", "locked", "gone", "moved", "never seen", "accounted for"),
        [
            (m.month, f"{m.kept}", f"{m.locked}", f"{m.gone}", f"{m.moved}", f"{m.never_seen}",
             f"{m.percentage:.1f} %")
            for m in found.months
        ],
        numbers=range(1, 7),
    )  # fmt: skip
    click.echo()
    click.echo(", ".join(f"{count} {what}" for what, count in counts.items()))
    if found.beyond:
        click.echo(f"far above all others, kept and left out here: {some(found.beyond, 10)}")
    return 0


@click.command("stats")
@json_option
@with_common_options
def stats(as_json: bool) -> int:
    """Count articles by status, month and section, journal events, and sizes on disk."""
    start_logs()
    config = load_config()

    from feedsvc.archive.ledger import stats as count
    from feedsvc.cli.context import open_archive

    found = count(searchable(config, open_archive(config)))
    if as_json:
        told = {
            "articles": found.articles,
            "first": found.first.isoformat() if found.first else None,
            "last": found.last.isoformat() if found.last else None,
            "by_status": dict(found.by_status),
            "by_month": dict(found.by_month),
            "by_section": dict(found.by_section),
            "events": dict(found.events),
            "bytes": dict(found.sizes),
        }
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return 0
    from feedsvc.cli.tables import print_table

    titles = {section.code: section.title for section in config.sections if section.code}
    titles = {**config.site_of().section_names, **titles}
    rows = [("articles", "", str(found.articles))]
    if found.first and found.last:
        rows.append(("published", f"{found.first:%Y-%m-%d} to {found.last:%Y-%m-%d}", ""))
    rows += [("status", name, str(number)) for name, number in found.by_status]
    rows += [("section", titles.get(name) or name, str(n)) for name, n in found.by_section]
    rows += [("month", name, str(number)) for name, number in found.by_month]
    rows += [("event", name, str(number)) for name, number in found.events]
    rows += [("on disk", name, f"{size / 1e6:.1f} MB") for name, size in found.sizes]
    print_table(("", "", ""), rows, numbers=(2,))
    return 0
