"""``feedsvc rebuild``: publish again from the archive, without the network."""

from __future__ import annotations

import click

from feedsvc.cli.options import json_option, load_config, start_logs, with_common_options


@click.command("rebuild")
@json_option
@with_common_options
def command(as_json: bool) -> int:
    """Publish every feed again from the archive; nothing is fetched."""
    start_logs()
    config = load_config()

    from feedsvc.cli.desk import clock_of, open_archive
    from feedsvc.cycle import publish

    archive = open_archive(config)
    now = clock_of(config)()
    with archive.writing(now):
        archive.reindex()
        published = publish(config, archive, now, None)
    if as_json:
        import json

        told = {
            "published": [str(path) for path in published.paths],
            "problems": [str(problem) for problem in published.problems],
        }
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        for problem in published.problems:
            click.echo(f"feedsvc: {problem}", err=True)
        count = len(published.paths)
        click.echo(f"{count} files published" if count else "nothing changed, no file touched")
    return 1 if published.problems else 0
