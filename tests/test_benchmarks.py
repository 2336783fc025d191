"""The benchmarks: their arithmetic, and that each runs and holds its figures against
its aims.  No figure is tested: a busy machine is no bug."""

from __future__ import annotations

import importlib
import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.measure import Pairs, Spread, at_least, at_most, in_turns
from benchmarks.measure.aims import line
from benchmarks.measure.peak import peak_of
from benchmarks.measure.versions import figures

ROOT = Path(__file__).parent.parent
NAMES = sorted(path.stem for path in (ROOT / "benchmarks").glob("[a-z]*.py"))
DOCUMENT = (ROOT / "docs/benchmarks.md").read_text("utf-8")


def test_two_things_are_measured_by_turns_after_one_round_that_is_thrown_away() -> None:
    order: list[str] = []

    def measured(name: str) -> float:
        order.append(name)
        return float(len(order))

    pairs = in_turns(lambda: measured("a"), lambda: measured("b"), 2)
    assert order == ["a", "b"] * 3
    assert pairs == Pairs((3, 5), (4, 6))


def test_ratios_are_taken_pair_by_pair() -> None:
    pairs = Pairs((2, 30, 8), (1, 10, 2))
    assert pairs.ratios == Spread(2, 3, 4)
    assert pairs.turned.ratios == Spread(1 / 4, 1 / 3, 1 / 2)
    assert (pairs.firsts, pairs.seconds) == (Spread(2, 8, 30), Spread(1, 2, 10))


def test_nothing_measured_is_refused() -> None:
    with pytest.raises(ValueError, match="one round"):
        in_turns(float, float, 0)
    with pytest.raises(ValueError, match="no figures"):
        Spread.of(())


def test_an_aim_is_met_at_its_bound_and_missed_beyond_it() -> None:
    assert at_most(2.5, " x").judged(2.5) == "aim: at most 2.5 x, met"
    assert at_most(2.5, " x").judged(2.51) == "aim: at most 2.5 x, missed"
    assert at_least(20, " x").judged(20) == "aim: at least 20 x, met"
    assert at_least(20, " x").judged(19.9) == "aim: at least 20 x, missed"


def test_a_line_judges_the_median(capsys: pytest.CaptureFixture[str]) -> None:
    line("bread", Spread(1, 1234.5, 2000), " g", at_most(1000, " g"))
    told = " ".join(capsys.readouterr().out.split())
    assert told == "bread 1,234 g (1.00 to 2,000) aim: at most 1000 g, missed"


def test_what_a_line_says_is_read_again(capsys: pytest.CaptureFixture[str]) -> None:
    line("bread", Spread(1, 1234.5, 2000), " g", at_most(1000, " g"))
    line("bread beside cake, 1,000", Spread(0.5, 0.75, 1), " x")
    line("memory", Spread(70, 72, 75), "MB")
    line("bread", Spread(0.1, 0.25, 1), " s")
    print("  made in 3.0 s (2.0 s of processors)")
    assert figures(capsys.readouterr().out) == {
        ("bread", 0, " g"): 1234,
        ("bread beside cake, 1,000", 0, " x"): 0.75,
        ("memory", 0, "MB"): 72,
        ("bread", 1, " s"): 0.25,
    }


@pytest.mark.slow
def test_peak_memory_is_the_commands_own() -> None:
    # A parent with a large memory must not be measured in its child's place.
    large = bytearray(b"x" * 100_000_000)
    code, peak, output = peak_of([sys.executable, "-S", "-c", "print('한 줄')"])
    assert (code, output.strip()) == (0, "한 줄")
    assert 1_000_000 < peak < len(large) / 2
    code, peak, _ = peak_of([sys.executable, "-S", "-c", "b'x' * 50_000_000; raise SystemExit(3)"])
    assert code == 3
    assert peak > 50_000_000


def test_a_command_that_is_not_there_has_no_peak() -> None:
    with pytest.raises(RuntimeError, match="could not be measured"):
        peak_of(["/nowhere/at/all"])


@pytest.mark.parametrize("name", NAMES)
def test_every_benchmark_is_described(name: str) -> None:
    assert re.search(rf"^## {name}$", DOCUMENT, re.MULTILINE)


SMALL = {
    "first": (["--rounds", "1"], 3),
    "parsing": (["--rounds", "1", "--pages", "2", "--least", "0"], 3),
    "polling": (["--rounds", "1", "--runs", "1"], 4),
    "publishing": (["--rounds", "1", "--size", "300"], 1),
    "relearn": (
        ["renamed", "anonymous", "--seeds", "1", "--kept", "80", "--unseen", "20", "--pages", "2"],
        7,
    ),
    "serving": (["--pages", "--rounds", "1", "--sizes", "200,300", "--answers", "1"], 13),
    "starting": (["--rounds", "1"], 2),
}
"""Arguments for as little work as there can be, and the number of aims."""


@pytest.mark.slow
@pytest.mark.parametrize("name", SMALL)
def test_a_benchmark_runs_and_judges_its_aims(name: str) -> None:
    if name == "parsing" and not all(map(importlib.util.find_spec, ("trafilatura", "readability"))):
        pytest.skip("needs the extra 'bench'")
    arguments, aims = SMALL[name]
    done = subprocess.run(
        [sys.executable, "-m", f"benchmarks.{name}", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert re.match(r"\d+ cores, .*Python 3\.\d+", done.stdout)
    assert (
        len(re.findall(r"aim: at (?:most|least) [\d.]+ \w+, (?:met|missed)$", done.stdout, re.M))
        >= aims
    )


@pytest.mark.slow
def test_a_poll_that_finds_something_is_no_benchmark_of_one_that_does_not(tmp_path: Path) -> None:
    polling = importlib.import_module("benchmarks.polling")
    from feedsvc import config
    from tests.standin import StandIn

    with StandIn.demo() as site:
        settings = config.load(polling.written_config(site.base_url, tmp_path))
        with pytest.raises(RuntimeError, match="nothing new"):
            polling.quiet_poll(settings, reads=True)
        polling.quiet_poll(settings, reads=False)
        with pytest.raises(RuntimeError, match="nothing new"):
            polling.quiet_poll(settings, reads=True)
