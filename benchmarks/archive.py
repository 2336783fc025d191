"""The archive at 1,000 and 100,000 records, and with ``--million`` at 1,000,000: does
anything in a poll grow with it, and how long do searching, verifying and showing take?

    python -m benchmarks.archive [--million] [--sizes N,N] [--rounds N] [--folder PATH [--kept]]

The archives are generated: see ``benchmarks.generated.archive``.  ``verify`` is held
against reading, decompressing and hashing the same files; ``search`` is printed beside
``grep -r`` and ``rg`` where they are installed.  With ``--folder`` the archives stay
there, and are used again by the next run, their search indexes too.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import resource
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Self

from benchmarks.generated.archive import END, WORD, generate
from benchmarks.measure import Spread, at_most, in_turns, line, machine
from benchmarks.measure.peak import peak_of
from feedsvc.archive import Archive
from feedsvc.catalogue.search import Order
from tests.standin import StandIn, StandInArticle

CONFIG = """\
site: {{base_url: "{site}"}}
sections: [{{name: industry, title: 산업, code: "068000"}}]
http: {{delay: 0s}}
"""


def elapsed(do: Callable[[], object]) -> float:
    """Milliseconds on the wall."""
    started = time.perf_counter()
    do()
    return (time.perf_counter() - started) * 1000


def read_all(path: Path) -> None:
    """What no verify can do without: read each file, decompress pages, hash all of it."""
    for folder, folders, names in os.walk(path):
        folders[:] = [name for name in folders if name != ".state"]
        for name in names:
            with open(f"{folder}/{name}", "rb") as stream:  # noqa: PTH123 (the quickest)
                data = stream.read()
            hashlib.sha256(data).digest()
            if name.endswith(".gz"):
                read_members(data)


def read_members(data: bytes) -> None:
    at, step = 0, 1 << 13
    while at < len(data):
        member = zlib.decompressobj(wbits=31)
        content = bytearray()
        while not member.eof:
            content += member.decompress(data[at : at + step])
            at += step
        at = min(at, len(data)) - len(member.unused_data)
        # Two digests stand in a WARC record: of the block and of the payload.
        hashlib.sha1(content).digest()
        hashlib.sha1(content).digest()


def new_article(number: int) -> StandInArticle:
    return StandInArticle(
        id=number,
        title=f"한빛전자 {number}호 공장",
        subtitle="",
        # In a month of its own, which is empty in an archive of any size.
        published_at=END + timedelta(days=30, minutes=number % 1000),
        body=tuple(f"<p>{number}호 공장의 {one} 단락이다.</p>" for one in "가나다라"),
        reporters=("김하나",),
    )


def poll_ten(folder: Path, site: StandIn, first: int) -> tuple[float, float]:
    """``feedsvc poll`` with ten new articles: CPU seconds and peak MB."""
    for number in range(first, first + 10):
        site.publish(new_article(number))
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = ["-m", "feedsvc", "poll", "--json", "--config", str(folder / "config.yaml")]
    code, peak, output = peak_of([sys.executable, *command])
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    new = sum(section["new"] for section in json.loads(output)["sections"])
    if code or new != 10:
        raise RuntimeError(f"the poll ended with {code} and found {new}: {output}")
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return used, peak / 1e6


def measure_polls(folder: Path, size: int, rounds: int) -> tuple[Spread, Spread]:
    # Pages of months that nobody polls any more are another benchmark's matter.
    for name in ("all", "industry"):
        (folder / "public/archive" / name).mkdir(parents=True, exist_ok=True)
    site = StandIn()
    site.boxes = False
    with site:
        (folder / "config.yaml").write_text(CONFIG.format(site=site.base_url), "utf-8")
        before = [one for one in Archive(folder / "archive").index.ids() if one > size]
        for number in before:  # of an earlier run: the site has them still
            site.publish(new_article(number))
        first = max(before, default=size) + 100
        poll_ten(folder, site, first)  # publishes everything; the rest only what is new
        figures = [poll_ten(folder, site, first + 10 * turn) for turn in range(1, rounds + 1)]
    return Spread.of(cpu for cpu, _ in figures), Spread.of(peak for _, peak in figures)


@dataclass(frozen=True)
class Figures:
    """What must not grow: a poll's processor time (s) and peak memory (MB), and the
    whole command ``archive show`` (ms)."""

    cpu: float
    peak: float
    show: float


def measure(folder: Path, size: int, rounds: int, *, kept: bool = False) -> Figures:
    """Print all figures of one size."""
    path = folder / "archive"
    print(f"{size:,} records")
    if not path.is_dir():
        took = elapsed(lambda: generate(path, size))
        print(f"  generated in {took / 1000:.1f} s")
    (folder / "config.yaml").write_text(CONFIG.format(site="http://127.0.0.1:1"), "utf-8")
    if not kept:
        measure_building(path)
    measure_finding(path, rounds)
    ids = [size // 3, size // 2, size]
    shown = [
        elapsed(lambda n=n: feedsvc(folder, "archive", "show", str(n)))  # type: ignore[misc]
        for n in ids
        for _ in range(rounds)
    ]
    line("archive show ID, the whole command", Spread.of(shown), " ms")
    pairs = in_turns(
        lambda: elapsed(lambda: _verified(path)),
        lambda: elapsed(lambda: read_all(path)),
        1 if size > 10_000 else rounds,
    )
    line("verify", pairs.firsts, " ms")
    line("read, decompress and hash the same", pairs.seconds, " ms")
    line("verify beside that", pairs.ratios, " x", at_most(2, " x"))
    measure_whole(folder)
    cpu, peak = measure_polls(folder, size, rounds)
    line("poll with ten new articles, CPU", cpu, " s")
    line("poll with ten new articles, peak memory", peak, " MB")
    return Figures(cpu.median, peak.median, Spread.of(shown).median)


def measure_building(path: Path) -> None:
    """What a poll does when ``.state`` was lost, and what it does not wait for."""
    for file in (path / ".state").glob("*.sqlite*"):
        file.unlink()
    archive = Archive(path)
    with Clock() as index, archive.writing(END):
        index.stop()
        with Clock() as search:
            archive.make_findable()
            search.stop()
    archive.close()
    text = sum(file.stat().st_size for file in (path / "articles").rglob("*.json"))
    size = sum(file.stat().st_size for file in (path / ".state").glob("*.sqlite"))
    _used("index made", index)
    _used("its words taken in", search)
    line("index, beside the records", Spread.of([size / text]), " x")


def _used(label: str, clock: Clock) -> None:
    line(label, Spread.of([clock.wall]), " s")
    line(f"{label}: processors", Spread.of([clock.cpu]), " s")


def measure_finding(path: Path, rounds: int) -> None:
    archive = Archive(path)
    count = sum(1 for _ in archive.finding.find(WORD))
    find = archive.finding.find
    warm = [elapsed(lambda: [*find(WORD, limit=20)]) for _ in range(rounds + 2)][2:]
    line(f"search {WORD}, 20 newest of {count:,}", Spread.of(warm), " ms", at_most(100, " ms"))
    best = [elapsed(lambda: [*find(WORD, how=Order.BEST, limit=20)]) for _ in range(3)]
    line(f"search {WORD}, 20 best", Spread.of(best), " ms")
    for tool in (["grep", "-rl"], ["rg", "-l"]):
        if shutil.which(tool[0]):
            command = [*tool, WORD, str(path / "articles")]
            times = [elapsed(lambda c=command: _quiet(c)) for _ in range(2)]  # type: ignore[misc]
            line(" ".join(tool), Spread.of(times[1:]), " ms")


def measure_whole(folder: Path) -> None:
    """The commands that tell of every article."""
    table = folder / "table.csv"
    for command in (
        ("ls", "--json"), ("search", WORD, "--json"), ("gaps", "--json"), ("stats", "--json"),
        ("verify",), ("export", "--format", "csv", "--to", str(table)),
    ):  # fmt: skip
        table.unlink(missing_ok=True)
        with Clock() as clock:
            peak = feedsvc(folder, "archive", *command)
            clock.stop()
        label = f"archive {' '.join(command[:2])}"
        _used(label, clock)
        line(f"{label}: peak memory", Spread.of([peak / 1e6]), " MB")
    table.unlink()


def feedsvc(folder: Path, *arguments: str) -> int:
    """Run a command, its output thrown away; its peak memory in bytes."""
    command = shlex.join([sys.executable, "-m", "feedsvc", *arguments])
    config = f"FEEDSVC_CONFIG={shlex.quote(str(folder / 'config.yaml'))}"
    code, peak, _ = peak_of(["/bin/sh", "-c", f"{config} exec {command} >/dev/null"])
    if code:
        raise RuntimeError(f"{command} ended with {code}")
    return peak


class Clock:
    """Seconds on the wall and of all processors, this process's children included."""

    def __enter__(self) -> Self:
        self._began = time.perf_counter(), self._used()
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def stop(self) -> None:
        self.wall = time.perf_counter() - self._began[0]
        self.cpu = self._used() - self._began[1]

    @staticmethod
    def _used() -> float:
        times = os.times()
        return sum(times[:4])


def _quiet(command: list[str]) -> None:
    subprocess.run(command, stdout=subprocess.DEVNULL, check=False)


def _verified(path: Path) -> None:
    faults = Archive(path).verify().faults
    if faults:
        raise RuntimeError(f"a generated archive should be whole: {faults[:3]}")


def main(arguments: Sequence[str] | None = None) -> None:
    options = argparse.ArgumentParser(prog="benchmarks.archive", description=__doc__)
    options.add_argument("--million", action="store_true", help="1,000,000 records too")
    options.add_argument("--sizes", default="1000,100000", help="default: 1000,100000")
    options.add_argument("--rounds", type=int, default=3, help="polls measured (default: 3)")
    options.add_argument(
        "--folder",
        type=Path,
        help="keep the archives there; default: the temporary one, for one run",
    )
    options.add_argument(
        "--kept", action="store_true", help="with --folder: the indexes as they are"
    )
    chosen = options.parse_args(arguments)
    sizes = [int(size) for size in chosen.sizes.split(",")]
    if chosen.million:
        sizes.append(1_000_000)

    machine()
    found = []
    for size in sizes:
        with ExitStack() as stack:
            if chosen.folder:
                place = chosen.folder / f"archive-{size}"
                place.mkdir(parents=True, exist_ok=True)
            else:
                made = tempfile.TemporaryDirectory(prefix="feedsvc-bench-")
                place = Path(stack.enter_context(made))
            found.append(measure(place, size, chosen.rounds, kept=chosen.kept))
    if len(found) > 1:
        print("the largest beside the smallest")
        few, many = found[0], found[-1]
        line("poll, CPU", Spread.of([many.cpu / few.cpu]), " x", at_most(1.2, " x"))
        line("poll, peak memory", Spread.of([many.peak / few.peak]), " x", at_most(1.2, " x"))
        line("archive show ID", Spread.of([many.show / few.show]), " x", at_most(1.2, " x"))


if __name__ == "__main__":
    main()
