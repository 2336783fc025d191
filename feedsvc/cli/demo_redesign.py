"""``feedsvc demo --redesign NAME``: the site changes its layout, and what comes of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from feedsvc.cli.tables import counted, say

if TYPE_CHECKING:
    from feedsvc.archive import Archive
    from feedsvc.config import Config
    from feedsvc.demo import DemoSite, Newsroom

POLLS = 16
"""After the change, at most: probation has ended by then, or found what is wrong."""

_NEW = 3
_LONGEST = 600


def check_name(name: str) -> None:
    """Raise ``click.UsageError`` for no redesign of the stand-in's."""
    from difflib import get_close_matches

    from feedsvc.demo import REDESIGNS

    if name not in REDESIGNS:
        near = next(iter(get_close_matches(name, REDESIGNS, n=1)), None)
        hint = f"did you mean '{near}'? " if near else ""
        have = ", ".join(REDESIGNS)
        raise click.UsageError(f"no redesign is called '{name}'; {hint}there are {have}")


def show(
    config: Config, archive: Archive, site: DemoSite, newsroom: Newsroom, name: str,
    poll: Callable[[], object],
) -> None:  # fmt: skip
    """Redesign the site, let it publish, and poll until it is well again, or is known why
    not."""
    from feedsvc.cli.context import clock_of
    from feedsvc.demo import REDESIGNS
    from feedsvc.health import Kind, health

    clock = clock_of(config)
    site.redesign = name
    click.echo(f"\nThe site changes its layout: {REDESIGNS[name].what}.")
    for _ in range(_NEW):
        newsroom.publish()
    told: list[str] = []
    for number in range(1, POLLS + 1):
        poll()
        verdict = health(config, archive.memory, clock())
        lines = [one.text for one in verdict.reasons]
        if lines == told and number > 2:
            break
        told = lines
        for line in lines or [f"all is well; {counted(len(archive), 'article')} kept"]:
            say(f"poll {number}: {line[:_LONGEST]}")
        kinds = {one.kind for one in verdict.reasons}
        if number > 2 and (not kinds or kinds & {Kind.DRAFT, Kind.SUSPENDED}):
            break
    kept = ", ".join(f"{one:04d}.yaml" for one in archive.learned.numbers())
    click.echo(f"\nLayouts in {archive.learned.root}: {kept or 'none'}")
