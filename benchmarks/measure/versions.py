"""A benchmark of this checkout and of another, by turns: what each line says here beside
what it says there.

    python -m benchmarks.measure.versions --beside CHECKOUT [--rounds N] NAME [ARGUMENT]...

``git worktree add --detach PATH COMMIT`` makes such a checkout.  Each round runs
``benchmarks.NAME`` with these arguments in processes of their own, here and there, with this
Python and its packages; ``{version}`` in an argument becomes ``here`` or ``there``, so that
each has its folder.  Lines are matched by their labels; of each, the medians of all rounds are
compared pair by pair.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from benchmarks.measure import Spread, line, machine

HERE = Path(__file__).parents[2]
_LINE = re.compile(r"  (?P<label>\S.*?) {2,}(?P<figure>[\d,.]+)(?P<unit> ?[^\d\s(]*)  \(")


def figures(printed: str) -> dict[tuple[str, int, str], float]:
    """The medians that ``benchmarks.measure.line`` printed, by label, how often that came
    before, and unit."""
    found: dict[tuple[str, int, str], float] = {}
    seen: Counter[str] = Counter()
    for one in filter(None, map(_LINE.match, printed.splitlines())):
        label = one["label"]
        found[label, seen[label], one["unit"]] = float(one["figure"].replace(",", ""))
        seen[label] += 1
    return found


def run(checkout: Path, version: str, name: str, arguments: Sequence[str]) -> str:
    """What a benchmark printed that ran upon the package of a checkout; it is shown as it
    comes, for one run may last an hour.

    Raises ``subprocess.CalledProcessError`` where it failed.
    """
    filled = [one.replace("{version}", version) for one in arguments]
    command = [sys.executable, "-u", "-m", f"benchmarks.{name}", *filled]
    printed = []
    with subprocess.Popen(
        command,
        cwd=checkout,
        env=os.environ | {"PYTHONPATH": str(checkout)},
        stdout=subprocess.PIPE,
        text=True,
    ) as running:
        for text in running.stdout or ():
            print(f"{version}: {text}", end="", file=sys.stderr, flush=True)
            printed.append(text)
    if running.returncode:
        raise subprocess.CalledProcessError(running.returncode, command)
    return "".join(printed)


def main(arguments: Sequence[str] | None = None) -> None:
    options = argparse.ArgumentParser(
        prog="benchmarks.measure.versions", description=__doc__.partition("\n\n")[0]
    )
    options.add_argument("--beside", type=Path, required=True, help="the other checkout")
    options.add_argument("--rounds", type=int, default=3, help="default: 3")
    options.add_argument("name", help="polling, publishing, archive, daemon, ...")
    options.add_argument("rest", nargs=argparse.REMAINDER, help="the benchmark's own arguments")
    chosen = options.parse_args(arguments)
    machine()
    taken: dict[tuple[str, int, str], list[tuple[float, float]]] = {}
    for number in range(chosen.rounds):
        here, there = (
            figures(run(checkout, version, chosen.name, chosen.rest))
            for version, checkout in (("here", HERE), ("there", chosen.beside.resolve()))
        )
        for key in (one for one in here if one in there):
            taken.setdefault(key, []).append((here[key], there[key]))
        print(f"round {number + 1} of {chosen.rounds}", file=sys.stderr)
    for (label, before, unit), pairs in taken.items():
        name = f"{label}, {before + 1}" if before else label
        if not any(theirs == 0 for _, theirs in pairs):
            line(name, Spread.of(ours / theirs for ours, theirs in pairs), " x")
        ours, theirs = (Spread.of(one).median for one in zip(*pairs, strict=True))
        print(f"    {ours:,g}{unit} beside {theirs:,g}{unit}")


if __name__ == "__main__":
    main()
