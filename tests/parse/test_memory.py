"""No page takes more than ten times its bytes, whatever stands on it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.parse.memory import KINDS, SMALL

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="/proc tells how large a process is"),
]


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_takes_ten_times_its_bytes_at_most(kind: str) -> None:
    command = [sys.executable, "-m", "tests.parse.memory", kind]
    done = subprocess.run(command, capture_output=True, text=True, timeout=180, check=True)
    size, grown = map(int, done.stdout.split())
    assert grown <= max(10 * size, SMALL)
