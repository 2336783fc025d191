"""The peak memory of a command.

    python -m benchmarks.measure.peak COMMAND [ARGUMENT]...

A process of its own does the measuring: Linux counts for a child's peak what its parent
held when it was started (exec keeps the mark), so that a large parent would be measured
in the child's place.  This one must stay small; it imports next to nothing.
"""

from __future__ import annotations

import os
import sys


def peak_of(command: list[str]) -> tuple[int, int, str]:
    """Run a command in the small process: exit code, peak resident bytes, its output.

    Raises ``RuntimeError`` where it cannot be run.
    """
    import subprocess

    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.measure.peak", *command],
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    output, _, told = done.stdout.rstrip("\n").rpartition("\n")
    if done.returncode:
        raise RuntimeError(f"the peak memory of {command} could not be measured")
    code, peak = told.split()
    return int(code), int(peak), output


def main() -> None:
    process = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ)
    _, status, usage = os.wait4(process, 0)
    # Kilobytes of 1024 everywhere but on macOS, which counts bytes (getrusage(2)).
    unit = 1 if sys.platform == "darwin" else 1024
    print(f"\n{os.waitstatus_to_exitcode(status)} {usage.ru_maxrss * unit}")


if __name__ == "__main__":
    main()
