"""``feedsvc relearn``: the site's new layout, learned from articles that are kept."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING

import click

from feedsvc.cli import context
from feedsvc.cli.options import json_option, with_common_options
from feedsvc.cli.output import complain, counted, print_json, print_table, progress_bar, say
from feedsvc.cli.poll import print_outcome
from feedsvc.errors import ArchiveError, BadUsage
from feedsvc.text import meant

if TYPE_CHECKING:
    from feedsvc.config import Config
    from feedsvc.model import Json, PollOutcome
    from feedsvc.poll.relearning import Attempt


@click.command("relearn")
@click.option("--dry-run", is_flag=True, help="Show what is learned; adopt nothing.")
@click.option("--undo", type=click.IntRange(min=1), metavar="N", help="Take layout N back.")
@click.option(
    "--without", "without", multiple=True, metavar="FIELD", help="The site gave this field up."
)
@json_option
@with_common_options
def relearn(dry_run: bool, undo: int | None, without: tuple[str, ...], as_json: bool) -> int:
    """Fetch a few articles that are kept, learn where their parts stand on the site's pages
    now, and read by that: what was held is published.

    Nothing is adopted that does not read every one of those articles exactly.  --undo
    withdraws what a layout read: it is pending again, and feeds are as they were.
    """
    if undo is not None and (dry_run or without):
        raise click.UsageError("--undo takes neither --dry-run nor --without")
    config = context.start()
    _check(without)
    if undo is not None:
        return _undo(config, undo, as_json)
    return _learn(config, without, dry_run, as_json)


def _check(without: tuple[str, ...]) -> None:
    from feedsvc.parse import FIELDS
    from feedsvc.relearn import OPTIONAL

    for field in without:
        if field not in OPTIONAL:
            hint = meant(field, OPTIONAL, f"there are {', '.join(OPTIONAL)}")
            what = "no part that a site can give up" if field in FIELDS else "no such field"
            raise click.UsageError(f"--without {field}: {what}; {hint}")


def _learn(config: Config, without: tuple[str, ...], dry_run: bool, as_json: bool) -> int:
    from feedsvc.poll import ArticleReader, Poll, exit_code
    from feedsvc.poll.redesign import Redesign, RedesignState, finish
    from feedsvc.poll.relearning import Relearning

    archive, clock = context.open_archive(config), context.clock_of(config)
    outcome: PollOutcome | None = None
    code = 0
    with context.fetching(config, archive.memory) as fetcher, progress_bar("pages") as progress:
        with archive.writing(clock(), wait=5):
            finish(archive, clock())
            articles = ArticleReader(config, archive, fetcher, clock)
            state = RedesignState.of(archive.memory)
            made = Relearning(
                config, archive, fetcher, clock, articles.layouts, progress=progress
            ).attempt(without, state.changed)
            assert made is not None  # nobody tells it to stop
            if not dry_run:
                state.after(made.changed).keep(archive.memory)
            if made.error is not None:
                raise made.error
            adopts = made.refused is None and not dry_run
            kept = (
                Redesign(config, archive, fetcher, clock, articles).settle(made, adopt=True)
                if adopts
                else None
            )
        if not as_json:
            _show(made, adopted=adopts)
        if adopts and config.sections:
            poll = Poll(config, archive, fetcher, clock, adopted=kept)
            outcome = poll.run(config.sections)
            code = exit_code(outcome, poll.problems)
    if as_json:
        print_json(_as_json(made, adopts, outcome))
    elif outcome is not None:
        click.echo()
        print_outcome(outcome)
    if made.draft is not None and made.draft.nothing_new:
        return 0
    return 1 if made.refused else code


def _show(made: Attempt, *, adopted: bool) -> None:
    """Field by field, then a dry word."""
    from feedsvc.poll.relearning import learned_from

    draft = made.draft
    if draft is not None:
        print_table(
            ("field", "right", "selector", "standbys", ""),
            [
                (
                    one.field,
                    f"{one.right} of {one.of}" if one.of else "",
                    " , ".join(one.selectors),
                    " , ".join(one.standbys),
                    one.why,
                )
                for one in draft.fields
            ],
        )
        say()
    for number, why in sorted(made.aside.items()):
        say(f"article {number} is put aside: {why}")
    if made.refused is not None:
        say(f"nothing is adopted: {made.refused}")
    elif draft is not None:
        say(f"learned from {learned_from(made)}; four-fold {draft.folds} of {len(draft.used)}")
        undo = f"feedsvc relearn --undo {made.number}"
        say(
            f"layout {made.number} is adopted; {undo} takes it back"
            if adopted
            else "nothing is adopted: this is a dry run"
        )


def _as_json(made: Attempt, adopted: bool, outcome: PollOutcome | None) -> Json:
    draft = made.draft
    told: dict[str, Json] = {
        "number": made.number,
        "adopted": adopted,
        "refused": made.refused,
        "aside": [{"id": number, "why": why} for number, why in sorted(made.aside.items())],
        "fields": [], "used": [], "exact": 0, "folds": 0, "listed": 0, "coarse": False,
        "layout": None, "poll": None,
    }  # fmt: skip
    if draft is not None:
        told |= {
            **draft.values(),
            "used": list(draft.used),
            "layout": draft.layout.values() if draft.layout else None,
        }
    if outcome is not None:
        told["poll"] = json.loads(json.dumps(dataclasses.asdict(outcome), default=str))
    return told


def _undo(config: Config, number: int, as_json: bool) -> int:
    from feedsvc.archive import LayoutState
    from feedsvc.poll import Layouts, publish, ready, tell
    from feedsvc.poll.layouts import TakenBack, take_back
    from feedsvc.poll.redesign import finish

    ready(config)
    archive, clock = context.open_archive(config), context.clock_of(config)
    now = clock()
    damaged: list[ArchiveError] = []
    with archive.writing(now, wait=5):
        finish(archive, now)
        kept = {one.number: one for one in archive.learned.whole(damaged.append)}
        for error in damaged:
            if error.about == str(archive.learned.path(number)):
                raise error
            complain([error])
        if number not in kept:
            have = ", ".join(map(str, kept)) or "none"
            raise BadUsage(f"there is no layout {number}", advice=f"learned layouts: {have}")
        one, taken = kept[number], TakenBack()
        if one.state is not LayoutState.UNDONE:
            taken = take_back(archive, one, LayoutState.UNDONE, now)
        Layouts(config, archive).note(now, {})
        published = tell(config, archive, clock, publish(config, archive, now, None), anew=True)
    if as_json:
        print_json(
            {
                "undone": number,
                "withdrawn": taken.withdrawn,
                "put_back": taken.put_back,
                "left": taken.left,
                "published": [str(path) for path in published.paths],
            }
        )
    else:
        was = "was undone before" if one.state is LayoutState.UNDONE else "is undone"
        say(
            f"layout {number} {was}: {counted(len(taken.withdrawn), 'article')} pending again, "
            f"{len(taken.put_back)} put back, {counted(len(published.paths), 'file')} published"
        )
    complain([*taken.left, *published.problems])
    return 1 if published.problems or taken.left else 0
