"""A fuzzer that follows coverage (atheris, on libFuzzer), for the parser: not part of
the test run.

    ./run.sh fuzz [--seconds 600] [--seed 0] [--findings FOLDER]

Pages of the benchmark's builder and small ones that once failed are changed; a page that
reaches a branch of ``feedsvc.parse`` not reached before is changed further.  What crashes,
takes too long or too much memory, or comes out unsound is written down and told; exit
code 1.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import resource
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import atheris

from benchmarks.extraction.builder import NOW, built

with atheris.instrument_imports(include=["feedsvc.parse"]):
    from feedsvc import parse
from feedsvc.errors import ParseError
from feedsvc.model import FetchedPage, ParsedArticle
from tests.parse.hard_pages import PAGES
from tests.parse.pages import SITE, page
from tests.parse.test_hostile import TAGS, sound

SLOWEST = 5.0
"""Seconds that a page of some ten kilobytes may take."""
LEAST_MEMORY = 20_000_000
"""Bytes that say nothing of one page: the fuzzer's own pool grows too."""
_URL = "https://dealsite.co.kr/articles/60000"


def read(body: bytes) -> None:
    """Read bytes in every way there is; raises what no caller expects."""
    page = FetchedPage(_URL, _URL, 200, "OK", (), body, NOW)
    everywhere = partial(parse.article, everywhere=True)
    readers: tuple[Callable[..., object], ...] = (everywhere, parse.section, parse.listing)
    for reader in readers:
        try:
            found = reader(page, SITE, NOW)
        except ParseError:
            continue
        if isinstance(found, ParsedArticle):
            sound(found)


def mutant(pool: list[bytes], dice: random.Random) -> bytes:
    """One of the pool, changed in a few places."""
    data = bytearray(dice.choice(pool))
    for _ in range(dice.choice((1, 2, 4, 8))):
        at, far = (dice.randrange(len(data) + 1) for _ in range(2))
        low, high = min(at, far), min(max(at, far), min(at, far) + 400)
        match dice.randrange(8):
            case 0:
                data[at:at] = dice.choice(TAGS).encode("utf-8", "surrogatepass")
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


class Run:
    """What a run has done so far, and what it found."""

    def __init__(self, seconds: float, folder: Path, pool: list[bytes]) -> None:
        self._until = time.monotonic() + seconds
        self._folder = folder
        self._pool = pool
        self._pages = 0
        self._kinds: set[str] = set()

    def one(self, body: bytes) -> None:
        """Read one page and judge how that went; ends the process when the time is up."""
        self._pages += 1
        before, started, told = _peak(), time.process_time(), ""
        try:
            read(body)
        except Exception as error:
            told = _said(error)
        if not told and time.process_time() - started > SLOWEST:
            told = "slow"
        if not told and _peak() - before > max(LEAST_MEMORY, 10 * len(body)):
            told = "memory"
        if told:
            self._keep(told, body)
        if time.monotonic() > self._until:
            print(f"{self._pages} pages read, {len(self._kinds)} kinds of findings", flush=True)
            os._exit(1 if self._kinds else 0)

    def mutated(self, data: bytes, most: int, seed: int) -> bytes:
        """The next page to read: the fuzzer's own change, or one that knows of tags."""
        dice = random.Random(seed)
        if dice.random() < 0.3:
            return bytes(atheris.Mutate(data, most))
        return mutant([data, data, data, dice.choice(self._pool)], dice)[:most]

    def _keep(self, told: str, body: bytes) -> None:
        kind = told.partition(":")[0]
        if kind in self._kinds and kind not in ("slow", "memory"):
            return
        self._kinds.add(kind)
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"{hashlib.sha256(body).hexdigest()[:12]}.html"
        path.write_bytes(body)
        print(f"{told}: {path}, {len(body)} bytes", flush=True)


def _said(error: Exception) -> str:
    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    return f"{type(error).__name__} at line {last.tb_lineno if last else 0}: {str(error)[:80]}"


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def main() -> None:
    options = argparse.ArgumentParser(prog="tests.parse.fuzz", description=__doc__)
    options.add_argument("--seconds", type=float, default=600)
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--findings", type=Path, default=Path("fuzz-findings"))
    chosen = options.parse_args()
    pool = [built(number).page.body for number in range(chosen.seed, chosen.seed + 60)]
    pool += [page(body).encode("utf-8", "surrogatepass") for body in PAGES.values()]
    pool += [page(PAGES["hidden text"]).encode("utf-16"), b"\0" + pool[0]]
    run = Run(chosen.seconds, chosen.findings, pool)
    with tempfile.TemporaryDirectory() as corpus:
        for number, body in enumerate(pool):
            (Path(corpus) / f"{number}.html").write_bytes(body)
        atheris.Setup(
            [
                "fuzz",
                corpus,
                f"-seed={chosen.seed + 1}",
                "-max_len=60000",
                "-rss_limit_mb=4096",
                f"-artifact_prefix={corpus}/",
            ],  # what it finds slow on a busy machine is no finding
            run.one,
            custom_mutator=run.mutated,
        )
        atheris.Fuzz()


if __name__ == "__main__":
    main()
