"""A poll that finds nothing new, beside a bare loop of requests.get and our parser;
and the peak memory of the whole ``feedsvc poll``.

The stand-in runs in a process of its own; archive and feeds exist from an earlier
poll.  Its section pages change in every answer, as those of a site with advertisements
do; then once more without that, where the poll sees it and reads no further.  The loop
gets the same five pages over one ``requests.Session`` and parses their rows: less is
not possible with these libraries.  Processor time of this process only, imports left
out of both.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import requests

from benchmarks.measure import Spread, at_most, in_turns, line, machine
from benchmarks.measure.peak import peak_of
from benchmarks.measure.standin import standin_apart
from feedsvc import config as configuration
from feedsvc import parse
from feedsvc.cli.context import clock_of, fetching, open_archive
from feedsvc.config import Config
from feedsvc.model import FetchedPage, PollOutcome
from feedsvc.poll import Poll

CONFIG = """\
site: {{base_url: "{site}"}}
sections:
  - {{name: industry, title: 산업, code: "068000"}}
  - {{name: finance, title: 금융, code: "083000"}}
  - {{name: securities, title: 증권, code: "089000"}}
  - {{name: mna, title: 인수합병, code: "080000"}}
  - {{name: alternative, title: 대체투자·PEF·VC, code: "075000"}}
http: {{delay: 0s}}
"""


def written_config(site: str, folder: Path) -> Path:
    """A configuration of five sections; archive and feeds lie beside it."""
    path = folder / "config.yaml"
    path.write_text(CONFIG.format(site=site), encoding="utf-8")
    return path


def polled(config: Config) -> PollOutcome:
    """One poll, as ``feedsvc poll`` makes it: archive and connection are opened for it."""
    archive = open_archive(config)
    try:
        with fetching(config, archive.memory) as fetcher:
            return Poll(config, archive, fetcher, clock_of(config)).run(config.sections)
    finally:
        archive.close()


def quiet_poll(config: Config, *, reads: bool) -> None:
    """A poll that must find nothing new, or the figure would be of something else.

    ``reads``: the pages' bytes changed, so that their rows have to be looked at.
    """
    outcome = polled(config)
    for one in outcome.sections:
        if one.error or one.failed or one.new or one.revised or bool(one.rows) != reads:
            raise RuntimeError(f"this poll should find nothing new: {one}")
    if outcome.published or outcome.requests != len(config.sections):
        raise RuntimeError(f"this poll should ask once a section, publish nothing: {outcome}")


def bare_loop(config: Config) -> None:
    """The same pages by ``requests.get`` and our parser."""
    site, now = config.site_of(), clock_of(config)()
    with requests.Session() as session:
        for section in config.sections:
            url = site.section_url(section.code)
            answer = session.get(url, timeout=20)
            page = FetchedPage(
                url=url,
                final_url=answer.url,
                status=answer.status_code,
                reason=answer.reason,
                headers=tuple(answer.headers.items()),
                body=answer.content,
                fetched_at=now,
            )
            if not parse.section(page, site, now).rows:
                raise RuntimeError(f"{url} lists nothing")


def processor_time(do: Callable[[], None]) -> float:
    """Milliseconds of processor time that this process takes to do it."""
    started = time.process_time()
    do()
    return (time.process_time() - started) * 1000


def poll_process(config_path: Path) -> tuple[int, float]:
    """``python -m feedsvc poll`` in a process of its own: how many articles it found, and
    the peak of its memory in MB (1000 x 1000 bytes)."""
    code, peak, output = peak_of(
        [sys.executable, "-m", "feedsvc", "poll", "--json", "--config", str(config_path)]
    )
    if code:
        raise RuntimeError(f"feedsvc poll ended with {code}: {output}")
    return sum(section["new"] for section in json.loads(output)["sections"]), peak / 1e6


def measure_time(label: str, rounds: int, *, restless: bool) -> None:
    with (
        standin_apart(restless=restless) as site,
        tempfile.TemporaryDirectory(prefix="feedsvc-bench-") as folder,
    ):
        config = configuration.load(written_config(site, Path(folder)))
        polled(config)
        pairs = in_turns(
            lambda: processor_time(lambda: quiet_poll(config, reads=restless)),
            lambda: processor_time(lambda: bare_loop(config)),
            rounds,
        )
    print(label)
    line("poll with nothing new, five sections", pairs.firsts, " ms")
    line("requests.get and feedsvc.parse.section", pairs.seconds, " ms")
    line("poll beside the bare loop", pairs.ratios, " x", at_most(1.5, " x"))


def measure_memory(site: str, runs: int) -> None:
    first, quiet, found = [], [], 0
    for _ in range(runs):
        with tempfile.TemporaryDirectory(prefix="feedsvc-bench-") as folder:
            path = written_config(site, Path(folder))
            found, peak = poll_process(path)
            first.append(peak)
            quiet.append(poll_process(path)[1])
    aim = at_most(70, " MB")
    line(f"peak memory, first poll ({found} articles)", Spread.of(first), " MB", aim)
    line("peak memory, nothing new", Spread.of(quiet), " MB", aim)


def main(arguments: Sequence[str] | None = None) -> None:
    options = argparse.ArgumentParser(prog="benchmarks.polling", description=__doc__)
    options.add_argument("--rounds", type=int, default=40, help="pairs measured (default: 40)")
    options.add_argument("--runs", type=int, default=3, help="runs for the memory (default: 3)")
    chosen = options.parse_args(arguments)

    machine()
    measure_time("section pages whose bytes changed", chosen.rounds, restless=True)
    measure_time("section pages with the same bytes", chosen.rounds, restless=False)
    print("whole process")
    with standin_apart() as site:
        measure_memory(site, chosen.runs)


if __name__ == "__main__":
    main()
