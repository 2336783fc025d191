"""Our parser beside trafilatura, readability-lxml, newspaper4k and goose3.

On pages of the stand-in and on pages of a second builder, which share no words and as
little markup as the site page lets them: paragraphs, characters, leaks, headline,
authors, time, access status, pages a second.
"""

from __future__ import annotations

import argparse
import logging
import time
import warnings
from collections.abc import Callable, Sequence
from functools import partial

from benchmarks.extraction import extractors
from benchmarks.extraction.builder import built
from benchmarks.extraction.extractors import Extractor
from benchmarks.extraction.ours import SITE, feedsvc
from benchmarks.extraction.scores import Score
from benchmarks.extraction.standin import standin_cases
from benchmarks.extraction.truth import Case
from benchmarks.measure import Aim, Spread, at_least, at_most, in_turns, line, machine
from feedsvc import parse
from feedsvc.model import Status
from tests.standin import HOUSES, House

Timed = Callable[[Case], object]

OTHERS: dict[str, Extractor] = {
    "trafilatura": extractors.trafilatura,
    "readability-lxml": extractors.readability,
    "newspaper4k": extractors.newspaper,
    "goose3": extractors.goose,
}
_FASTER = at_least(20, " x")


def timed() -> dict[str, Timed]:
    """What is timed: the parser alone, without the lines that figures are taken from."""
    from benchmarks import parsing  # ``--alone`` needs none of the others

    return {
        "trafilatura": lambda case: parsing.trafilatura_bare(case.page),
        "readability-lxml": lambda case: parsing.readability_lxml(case.page),
        "newspaper4k": extractors.newspaper,
        "goose3": extractors.goose,
    }


def scored(extractor: Extractor, cases: Sequence[Case]) -> Score:
    score = Score()
    for case in cases:
        score.add(case, extractor(case))
    return score


def spent(parser: Timed, cases: Sequence[Case]) -> float:
    """Seconds of processor time a page; nothing is compared meanwhile."""
    started = time.process_time()
    for case in cases:
        parser(case)
    return (time.process_time() - started) / len(cases)


def table(scores: dict[str, Score]) -> None:
    print(
        f"  {'':<18}{'precision':>10}{'recall':>8}{'F1':>8}{'char F1':>9}{'leaking':>9}"
        f"{'title':>8}{'sub':>8}{'authors':>9}{'time':>8}{'access':>8}{'captions':>10}{'tables':>8}"
    )
    for name, one in scores.items():
        shares = (
            one.leaking, one.titles, one.subtitles, one.authors, one.times, one.captions,
            one.tables,
        )  # fmt: skip
        leaking, titles, subtitles, authors, times, captions, tables = (
            f"{share / one.pages:.1%}" for share in shares
        )
        print(
            f"  {name:<18}{one.precision:>10.4f}{one.recall:>8.4f}{one.f1:>8.4f}"
            f"{one.character_f1:>9.4f}{leaking:>9}{titles:>8}{subtitles:>8}{authors:>9}{times:>8}"
            f"{one.access:>8.1%}{captions:>10}{tables:>8}"
        )


def confusion(score: Score) -> None:
    """Access status: a line what the page is, a column what was read."""
    said = [*Status, None]
    print(f"  {'access status':<14}" + "".join(f"{one or 'failed':>14}" for one in said))
    for true in Status:
        counts = "".join(f"{score.statuses[true, one]:>14}" for one in said)
        print(f"  {true:<14}{counts}")


def aims(score: Score) -> None:
    held: tuple[tuple[str, float, Aim], ...] = (
        ("paragraph F1", score.f1, at_least(0.995)),
        ("pages that leak", score.leaking, at_most(0)),
        ("access status told", 100 * score.access, at_least(100, " %")),
        ("captions", 100 * score.captions / score.pages, at_least(100, " %")),
        ("tables", 100 * score.tables / score.pages, at_least(100, " %")),
        ("sub-headline", 100 * score.subtitles / score.pages, at_least(99, " %")),
    )
    for name, figure, aim in held:
        print(f"  {name:<42} {figure:<38.4f}{aim.judged(figure)}")


def main(arguments: Sequence[str] | None = None) -> None:
    options = argparse.ArgumentParser(prog="benchmarks.extraction", description=__doc__)
    options.add_argument("--pages", type=int, default=300, help="of each kind (default: 300)")
    options.add_argument("--first", type=int, default=0, help="the builder's first seed")
    options.add_argument("--rounds", type=int, default=3, help="pairs timed (default: 3)")
    options.add_argument("--timed", type=int, default=60, help="pages timed (default: 60)")
    options.add_argument(
        "--house", choices=(*HOUSES, "all"), default="all", help="pages of this house (all)"
    )
    options.add_argument("--alone", action="store_true", help="only our own parser")
    options.add_argument("--flaws", type=int, default=5, help="of ours, shown (default: 5)")
    chosen = options.parse_args(arguments)
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    houses: Sequence[House] = HOUSES if chosen.house == "all" else (chosen.house,)
    sets: dict[str, list[Case]] = {}
    for house in houses:
        sets[f"stand-in, {house}"] = standin_cases(chosen.pages, house)
    for house in houses:
        seeds = range(chosen.first, chosen.first + chosen.pages)
        sets[f"second builder, {house}"] = [built(seed, house=house) for seed in seeds]
    machine()
    others = {} if chosen.alone else OTHERS
    for name, cases in sets.items():
        print(f"\n{name}: {len(cases)} pages, {sum(len(c.lines) for c in cases):,} paragraphs\n")
        ours = scored(feedsvc, cases)
        table({"feedsvc": ours, **{of: scored(one, cases) for of, one in others.items()}})
        print()
        aims(ours)
        print()
        confusion(ours)
        for flaw in ours.flaws[: chosen.flaws]:
            print(f"  {flaw}")
    for name, cases in sets.items():
        if others and cases[0].house == houses[0]:
            speeds(name, cases[: chosen.timed // 2], chosen.rounds)


def speeds(name: str, cases: Sequence[Case], rounds: int) -> None:
    size = sum(len(case.page.body) for case in cases) / len(cases) / 1000
    print(f"\nspeed on {len(cases)} pages, {name}, {size:.0f} KB a page, processor time\n")
    for of, one in timed().items():
        pairs = in_turns(
            partial(spent, one, cases),
            partial(
                spent, lambda case: parse.article(case.page, SITE, case.page.fetched_at), cases
            ),
            rounds,
        )
        line(of, Spread.of(1 / s for s in pairs.first), " pages/s")
        line(f"feedsvc beside {of}", Spread.of(1 / s for s in pairs.second), " pages/s")
        line(f"as fast as {of}", pairs.ratios, " x", _FASTER if of == "trafilatura" else None)


if __name__ == "__main__":
    main()
