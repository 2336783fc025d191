"""The programs that tests drive and pip does not install.

A test that needs one skips where it is missing.  Where ``FEEDSVC_NEED_TOOLS`` is 1, as
in CI after ``./run.sh tools``, it fails: there a skip would hide a test for good.
"""

from __future__ import annotations

import os
import shutil

import pytest


def needed(program: str) -> str:
    """The program's path; skips or fails the test where there is none."""
    path = shutil.which(program)
    if path is not None:
        return path
    missing = f"{program} is not installed: ./run.sh tools"
    if os.environ.get("FEEDSVC_NEED_TOOLS") == "1":
        pytest.fail(missing)
    pytest.skip(missing)
