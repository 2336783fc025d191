"""A test whose program is missing skips, and fails where it must not be missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.needed import needed

MISSING = "no-program-of-this-name"
PACKAGES = Path(__file__).parent.parent / ".ci/packages"


def test_a_missing_program_skips(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FEEDSVC_NEED_TOOLS", raising=False)
    with pytest.raises(pytest.skip.Exception, match=MISSING):
        needed(MISSING)


def test_a_missing_program_fails_in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FEEDSVC_NEED_TOOLS", "1")
    with pytest.raises(pytest.fail.Exception, match=MISSING):
        needed(MISSING)


def test_a_program_that_is_there_is_found() -> None:
    assert Path(needed("sh")).name == "sh"


def test_the_list_of_packages_has_one_name_a_line() -> None:
    lines = [line.partition("#")[0].strip() for line in PACKAGES.read_text().splitlines()]
    names = [line for line in lines if line]
    assert len(names) == len(set(names)) > 0
    assert not any(" " in name for name in names)
