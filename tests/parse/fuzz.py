"""A fuzzer that follows coverage, for the parser: not part of the test run.

    python -m tests.parse.fuzz [--seconds 600] [--seed 0] [--findings FOLDER]

Pages of the benchmark's builder are mutated; a mutant that reaches a line of
``feedsvc/parse`` not reached before joins the pool.  What crashes, takes too long or
too much memory, or comes out unsound is written down and told; exit code 1.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

from benchmarks.extraction.builder import NOW, built
from feedsvc import parse
from feedsvc.errors import ParseError
from feedsvc.model import FetchedPage, ParsedArticle
from tests.parse.pages import SITE
from tests.parse.test_hostile import _TAGS, sound

SLOWEST = 5.0
"""Seconds that a page of a few hundred kilobytes may take under the tracer."""
_PARSE = str(Path(parse.__file__).parent)
_URL = "https://dealsite.co.kr/articles/60000"

Line = tuple[str, int]


def read(body: bytes) -> None:
    """Read bytes in every way there is; raises what no caller expects."""
    page = FetchedPage(_URL, _URL, 200, "OK", (), body, NOW)
    readers: tuple[Callable[..., object], ...] = (parse.article_page, parse.section, parse.listing)
    for reader in readers:
        try:
            found = reader(page, SITE, NOW)
        except ParseError:
            continue
        if isinstance(found, parse.ArticlePage):
            assert isinstance(found.article, ParsedArticle)
            sound(found.article)


def traced(body: bytes) -> set[Line]:
    """The lines of the parser that bytes reach."""
    reached: set[Line] = set()

    def on_line(frame: FrameType, event: str, _: Any) -> Any:
        if event == "line":
            reached.add((frame.f_code.co_filename, frame.f_lineno))
        return on_line

    def on_call(frame: FrameType, event: str, _: Any) -> Any:
        return on_line if frame.f_code.co_filename.startswith(_PARSE) else None

    sys.settrace(on_call)
    try:
        read(body)
    finally:
        sys.settrace(None)
    return reached


def mutant(pool: list[bytes], dice: random.Random) -> bytes:
    """One of the pool, changed in a few places."""
    data = bytearray(dice.choice(pool))
    for _ in range(dice.choice((1, 2, 4, 8))):
        at, far = (dice.randrange(len(data) + 1) for _ in range(2))
        low, high = min(at, far), min(max(at, far), min(at, far) + 400)
        match dice.randrange(8):
            case 0:
                data[at:at] = dice.choice(_TAGS).encode("utf-8", "surrogatepass")
            case 1:
                del data[low:high]
            case 2:
                data[far:far] = data[low:high]
            case 3:
                data[low:high] = dice.randbytes(dice.randrange(4))
            case 4:
                other = dice.choice(pool)
                cut = dice.randrange(len(other) + 1)
                data[at:at] = other[cut : cut + 600]
            case 5:
                tag = bytes(data[low : low + 40]) * dice.choice((2, 20, 300))
                data[at:at] = tag
            case 6:
                # Tags move as wholes, or go.
                start = data.find(b"<", at)
                end = data.find(b">", start)
                if 0 <= start < end:
                    moved = data[start : end + 1]
                    del data[start : end + 1]
                    if dice.random() < 0.5:
                        where = data.find(b"<", dice.randrange(len(data) + 1))
                        data[max(0, where) : max(0, where)] = moved
            case _:
                if at < len(data):
                    data[at] = dice.randrange(256)
    return bytes(data[:400_000])


def main() -> int:
    options = argparse.ArgumentParser(prog="tests.parse.fuzz", description=__doc__)
    options.add_argument("--seconds", type=float, default=600)
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--findings", type=Path, default=Path("fuzz-findings"))
    chosen = options.parse_args()
    dice = random.Random(chosen.seed)
    pool = [built(number).page.body for number in range(chosen.seed, chosen.seed + 60)]
    reached: set[Line] = set()
    for body in pool:
        reached |= traced(body)
    began, runs, grown, found = time.monotonic(), 0, 0, set[str]()
    while time.monotonic() - began < chosen.seconds:
        body = mutant(pool, dice)
        runs += 1
        before, started = _peak(), time.process_time()
        told = ""
        try:
            lines = traced(body)
        except Exception as error:
            lines = set()
            last = error.__traceback__
            while last is not None and last.tb_next is not None:
                last = last.tb_next
            told = (
                f"{type(error).__name__} at line {last.tb_lineno if last else 0}: {str(error)[:80]}"
            )
        if time.process_time() - started > SLOWEST:
            told = told or "slow"
        elif _peak() - before > max(20_000_000, 10 * len(body)):
            told = told or "memory"
        if told:
            kind = told.partition(":")[0]
            if kind not in found or kind in ("slow", "memory"):
                chosen.findings.mkdir(parents=True, exist_ok=True)
                name = hashlib.sha256(body).hexdigest()[:12]
                (chosen.findings / f"{name}.html").write_bytes(body)
                print(f"{told}: {chosen.findings / name}.html, {len(body)} bytes", flush=True)
            found.add(kind)
        elif lines - reached:
            reached |= lines
            grown += 1
            pool.append(body)
    spent = time.monotonic() - began
    print(
        f"{runs} pages in {spent:.0f} s, {len(reached)} lines reached, {grown} mutants kept, "
        f"{len(found)} kinds of findings"
    )
    return 1 if found else 0


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


if __name__ == "__main__":
    sys.exit(main())
