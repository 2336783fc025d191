"""What is learned of each redesign of the stand-in, and how it reads pages never seen.

    ./run.sh bench relearn [NAME...] [--seeds N...] [--house HOUSE] [--json]

For each seed an archive of 500 articles is made as today's pages give it, then the site is
redesigned: a layout is learned from known articles, 100 articles that came since are read by
it, and 18 section pages.  Nothing is fetched over a network.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import get_args

from benchmarks.measure import at_most, machine
from benchmarks.relearn.measure import Archived, Choice, Result, archived, measured
from feedsvc.model import Record
from tests.standin import REDESIGNS, House

ADOPTED = ("renamed", "wrapped", "hashed", "data", "divs", "partial", "json")
"""Of these the issue says what adopting them may cost."""
REFUSED = ("anonymous", "boxes", "no-keywords", "few", "no locked")
DECLARED = "noise"
"""What no learning can see beforehand: probation has to find it."""


def _few(records: Sequence[Record]) -> Sequence[Record]:
    return records[-15:]


def _none_locked(records: Sequence[Record]) -> Sequence[Record]:
    return [one for one in records if not one.access.locked]


CHOICES: dict[str, Choice] = {"few": _few, "no locked": _none_locked}
"""Archives that cannot teach, with pages of renamed classes."""


def results(names: Sequence[str], past: Archived, house: House, pages: int) -> list[Result]:
    found = []
    for name in names:
        redesign = "renamed" if name in CHOICES else name
        result = measured(name, redesign, past, house, pages, CHOICES.get(name))
        found.append(result)
        print(_line(result), file=sys.stderr, flush=True)
    return found


_HEAD = (
    f"{'redesign':<12}{'used':>5}{'requests':>9}{'seconds':>8}  "
    f"{'right':>5}{'held':>5}{'WRONG':>6}{'leak':>5}{'status':>8}  rows: missed foreign wrong"
)


def _line(one: Result) -> str:
    begun = (
        f"{one.name:<12}{one.used:>5}{f'{one.article_requests}+{one.section_requests}':>9}"
        f"{one.seconds:>8.2f}  "
    )
    if one.refused:
        return f"{begun}not adopted: {one.refused}"
    status = f"{one.status_right}/{one.read}"
    line = (
        f"{begun}{one.right:>5}{one.held:>5}{one.wrong:>6}{one.leaked:>5}{status:>8}  "
        f"of {one.rows}: {one.rows_missed} {one.rows_foreign} {one.rows_wrong}"
    )
    if one.after is not None:
        line += f"; probation finds it at known article {one.after}"
    elif one.wrong:
        line += "; probation of sixty does not find it"
    for why, count in one.reasons.items():
        line += f"\n{'':14}held: {count} x {why}"
    return line


def judge(found: Sequence[Result]) -> None:
    """Print the aims."""
    undeclared = [one for one in found if one.name != DECLARED]
    needed = [one for one in found if one.name in ADOPTED]
    wrong = sum(one.wrong for one in undeclared)
    print(
        f"pages published wrong, all but {DECLARED}: {wrong}  {at_most(0, ' pages').judged(wrong)}"
    )
    missed = sum(bool(one.refused) for one in needed)
    print(
        f"not adopted of {', '.join(ADOPTED)}: {missed}  {at_most(0, ' redesigns').judged(missed)}"
    )
    false = sum(not one.refused for one in found if one.name in REFUSED)
    print(f"adopted of {', '.join(REFUSED)}: {false}  {at_most(0, ' redesigns').judged(false)}")
    for label, aim, figures in (
        ("article requests", at_most(20, " requests"), [one.article_requests for one in needed]),
        ("section requests", at_most(2, " requests"), [one.section_requests for one in needed]),
        ("processor seconds", at_most(3, " s"), [one.seconds for one in needed]),
        ("held of 100", at_most(5, " pages"), [one.held for one in needed if not one.refused]),
    ):
        most = max(figures, default=0)
        print(f"{label}, most of {', '.join(ADOPTED)}: {most:.4g}  {aim.judged(most)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    every = [*REDESIGNS, *CHOICES]
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(every)}")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--house", choices=[*get_args(House), "mixed"], default="today")
    parser.add_argument("--kept", type=int, default=500, help="articles kept (default: 500)")
    parser.add_argument("--unseen", type=int, default=100, help="that came since (default: 100)")
    parser.add_argument("--pages", type=int, default=18, help="section pages (default: 18)")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    if unknown := set(arguments.names) - set(every):
        parser.error(f"no such redesign: {', '.join(sorted(unknown))}")
    found: list[Result] = []
    for seed in arguments.seeds:
        past = archived(seed, arguments.kept, arguments.unseen, arguments.house)
        print(f"seed {seed}\n{_HEAD}", file=sys.stderr, flush=True)
        found += results(arguments.names or every, past, arguments.house, arguments.pages)
    if arguments.json:
        print(json.dumps([asdict(one) for one in found], ensure_ascii=False, indent=2))
        return
    machine()
    judge(found)


if __name__ == "__main__":
    main()
