"""The table of faults as it stands in ``docs/faults.md``.

In: findings.  Out: Markdown.  ``python -m tests.faults.write`` writes it; a test
compares it.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.faults.cases import CASES
from tests.faults.rig import AFTER, BEFORE, DURING, PLACES, Finding, find

DOCUMENT = Path(__file__).parent.parent.parent / "docs" / "faults.md"
BEGIN = "<!-- the table: written by python -m tests.faults.write -->\n"
HEAD = (
    "| fault | where | what the log says | exit code | the rest | published "
    "| the poll after it |\n|---|---|---|---|---|---|---|\n"
)
PAIRS = tuple((case.name, place) for case in CASES for place in case.places)


@cache
def finding(name: str, place: str, kind: str = "requests") -> Finding:
    """What a fault does, found once in a process."""
    case = next(case for case in CASES if case.name == name)
    memory = Path("/dev/shm")
    with TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        return find(case, place, kind, Path(folder))


def table(findings: Iterable[Finding]) -> str:
    return HEAD + "".join(f"{row(one)}\n" for one in findings)


def row(one: Finding) -> str:
    cells = (log(one), str(one.code), rest(one), published(one), after(one))
    return start(one.case.name, one.place) + " | ".join(cells) + " |"


def start(name: str, place: str) -> str:
    return f"| {name} | {PLACES[place]} | "


def log(one: Finding) -> str:
    """The first line, and how many more there are: the others say the same of the
    other sections, or that they were not asked."""
    if not one.log:
        return "nothing: it passed" if one.case.told else "nothing: it has moved"
    if one.place == "feeds":
        line = next(line for line in one.log if line.startswith("public/all.rss"))
        return f"`{line}` and one for each other file"
    more = len(one.log) - 1
    return f"`{one.log[0]}`" + (f" and {more} more" if more else "")


def rest(one: Finding) -> str:
    many = len(one.expected)
    if not many:
        return "nothing could be read"
    return f"{len(one.kept & one.expected)} of {many} articles read"


def published(one: Finding) -> str:
    if one.withdrawn:
        return f"{len(one.withdrawn)} entries lost"
    return "what was new was added" if one.touched else "untouched"


def after(one: Finding) -> str:
    if one.missing or one.twice or one.garbled:
        return f"{len(one.missing)} missing, {len(one.twice)} twice, {len(one.garbled)} garbled"
    return f"{one.after_code}; all {len({*BEFORE, *DURING, *AFTER})} there, none twice"


def documented() -> list[str]:
    """The rows that the document holds, without the table's head."""
    return DOCUMENT.read_text("utf-8").partition(BEGIN + HEAD)[2].splitlines()
