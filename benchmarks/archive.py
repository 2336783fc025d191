"""The archive at 1,000 and 100,000 records, and with ``--million`` at 1,000,000: does
anything in a poll grow with it, and how long do searching, verifying and showing take?

    python -m benchmarks.archive [--million] [--sizes N,N] [--rounds N] [--folder PATH]

The archives are generated: Korean text of about 1,500 characters from a vocabulary whose
words are as unevenly common as in a language, and raw pages of 60 KB (the site's own are
larger): one for each record, above 100,000 for every tenth, which spares the disk.
``verify`` is held against reading, decompressing and hashing the same files, ``search``
is printed beside ``grep -r`` and ``rg`` where they are installed.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

from benchmarks.generated.archive import END, WORD, generate
from benchmarks.measure import Spread, at_most, in_turns, line, machine
from benchmarks.measure.peak import peak_of
from feedsvc.archive import Archive
from feedsvc.demo import StandIn, StandInArticle

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


def poll_ten(folder: Path, site: StandIn, first: int) -> tuple[float, float]:
    """``feedsvc poll`` with ten new articles: CPU seconds and peak MB."""
    for number in range(first, first + 10):
        site.publish(
            StandInArticle(
                id=number,
                title=f"한빛전자 {number}호 공장",
                subtitle="",
                published_at=END + timedelta(minutes=number % 1000),
                body=tuple(f"<p>{number}호 공장의 {one} 단락이다.</p>" for one in "가나다라"),
                reporters=("김하나",),
            )
        )
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
    site = StandIn()
    site.boxes = False
    with site:
        (folder / "config.yaml").write_text(CONFIG.format(site=site.base_url), "utf-8")
        first = size + 100
        poll_ten(folder, site, first)  # publishes everything; the rest only what is new
        figures = [poll_ten(folder, site, first + 10 * turn) for turn in range(1, rounds + 1)]
    return Spread.of(cpu for cpu, _ in figures), Spread.of(peak for _, peak in figures)


def measure(folder: Path, size: int, rounds: int) -> tuple[float, float, float]:
    """Print all figures of one size; CPU and memory of a poll, and time of show."""
    path = folder / "archive"
    print(f"{size:,} records")
    took = elapsed(lambda: generate(path, size))
    print(f"  generated in {took / 1000:.1f} s")
    archive = Archive(path)

    def begin() -> None:
        with archive.writing(END):
            pass

    took = elapsed(begin)
    search = (path / ".state/search.sqlite").stat().st_size
    index = (path / ".state/state.sqlite").stat().st_size
    text = sum(file.stat().st_size for file in (path / "articles").rglob("*.json"))
    print(
        f"  indexes built in {took / 1000:.1f} s: search {search / 1e6:.1f} MB, "
        f"the other {index / 1e6:.1f} MB, of records of {text / 1e6:.1f} MB"
    )
    archive.close()
    count = len(archive.find(WORD))
    warm = [elapsed(lambda: archive.find(WORD, limit=20)) for _ in range(rounds + 2)][2:]
    line(f"search {WORD}, 20 newest of {count:,}", Spread.of(warm), " ms", at_most(100, " ms"))
    best = [elapsed(lambda: archive.find(WORD, limit=20, best=True)) for _ in range(3)]
    line(f"search {WORD}, 20 best", Spread.of(best), " ms")
    for tool in (["grep", "-rl"], ["rg", "-l"]):
        if shutil.which(tool[0]):
            command = [*tool, WORD, str(path / "articles")]
            times = [elapsed(lambda c=command: _quiet(c)) for _ in range(2)]  # type: ignore[misc]
            line(" ".join(tool), Spread.of(times[1:]), " ms")
    ids = [size // 3, size // 2, size]
    shown = [elapsed(lambda n=n: archive.get(n)) for n in ids for _ in range(rounds)]  # type: ignore[misc]
    line("read the record of show ID", Spread.of(shown), " ms")
    pairs = in_turns(
        lambda: elapsed(lambda: _verified(path)),
        lambda: elapsed(lambda: read_all(path)),
        1 if size > 10_000 else rounds,
    )
    line("verify", pairs.firsts, " ms")
    line("read, decompress and hash the same", pairs.seconds, " ms")
    line("verify beside that", pairs.ratios, " x", at_most(2, " x"))
    cpu, peak = measure_polls(folder, size, rounds)
    line("poll with ten new articles, CPU", cpu, " s")
    line("poll with ten new articles, peak memory", peak, " MB")
    return cpu.median, peak.median, Spread.of(shown).median


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
    options.add_argument("--folder", type=Path, help="where to write; default: the temporary one")
    chosen = options.parse_args(arguments)
    sizes = [int(size) for size in chosen.sizes.split(",")]
    if chosen.million:
        sizes.append(1_000_000)

    machine()
    found = []
    for size in sizes:
        with tempfile.TemporaryDirectory(prefix="feedsvc-bench-", dir=chosen.folder) as folder:
            found.append(measure(Path(folder), size, chosen.rounds))
    if len(found) > 1:
        print("the largest beside the smallest")
        for label, place in (("poll, CPU", 0), ("poll, peak memory", 1)):
            ratio = found[-1][place] / found[0][place]
            line(label, Spread.of([ratio]), " x", at_most(1.2, " x"))
        line("read a record", Spread.of([found[-1][2] / found[0][2]]), " x")


if __name__ == "__main__":
    main()
