"""What the fast tests cost: processor time of this checkout's beside another's.

    python -m benchmarks.measure.fast_run --beside CHECKOUT [--pairs N]

User and system time of pytest and of all that it starts, in seconds, each with the
checkout's own ``.venv``; in one process and one order, the temporary files in memory.
A first pair fills the caches and is not counted.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.measure.pairs import in_turns

HERE = Path(__file__).resolve().parents[2]
MEMORY = Path("/dev/shm")
OPTIONS = ("-n", "0", "-q", "-m", "not slow", "-p", "no:randomly", "-p", "no:cacheprovider")


def run_of(checkout: Path) -> Callable[[], float]:
    """A function that runs the fast tests and answers the seconds; it ends the program where
    they fail."""

    def run() -> float:
        with TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
            inside = {"PYTHONPYCACHEPREFIX": str(checkout / ".venv/pycache"), "TMPDIR": folder}
            environment = {**os.environ, **inside}
            environment.pop("PYTHONDONTWRITEBYTECODE", None)
            before = _spent()
            done = subprocess.run(
                [checkout / ".venv/bin/python", "-m", "pytest", *OPTIONS],
                cwd=checkout, env=environment, capture_output=True, text=True,
            )  # fmt: skip
        if done.returncode:
            raise SystemExit(done.stdout + done.stderr)
        spent = _spent() - before
        print(f"{checkout}: {spent:.1f} s, {done.stdout.splitlines()[-1]}", file=sys.stderr)
        return spent

    return run


def _spent() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="processor time of the fast tests, in pairs")
    parser.add_argument("--beside", type=Path, required=True, metavar="CHECKOUT")
    parser.add_argument("--pairs", type=int, default=3, metavar="N")
    asked = parser.parse_args(arguments)
    pairs = in_turns(run_of(HERE), run_of(asked.beside.resolve()), asked.pairs)
    for name, spread in (("this checkout", pairs.firsts), ("the other", pairs.seconds)):
        print(f"{name}: {spread.median:.1f} s ({spread.low:.1f} to {spread.high:.1f})")
    ratios = pairs.ratios
    print(f"ratio: {ratios.median:.3f} ({ratios.low:.3f} to {ratios.high:.3f})")


if __name__ == "__main__":
    main()
