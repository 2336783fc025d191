"""Every fault that the documentation lists, injected: one clear message and a way on."""

from __future__ import annotations

import re

import pytest

from tests.faults.cases import CASES
from tests.faults.rig import TRANSPORTS, Finding
from tests.faults.table import PAIRS, documented, finding, row, start

PROMISED = (
    "name not found",
    "connection refused",
    "TLS refused",
    "connect timeout",
    "read timeout",
    "reset in the middle",
    "truncated body",
    "429 once, Retry-After in seconds",
    "429 once, Retry-After as a date",
    "500 once",
    "503 for an hour",
    "403 with a firewall's page",
    "redirect to the login",
    "endless redirect",
    "cookie wall",
    "redirect to nowhere (http://[zz/)",
    "redirect to another article, for a day",
    "redirect to another host",
    "redirect to a private address",
    "no HTTP",
    "chunk of size -5",
    "unknown Content-Encoding (aws-chunked)",
    "gzip bomb",
    "page of 50 MB",
    "wrong charset in the header",
    "empty 200",
    "layout renamed",
    "disk full, archive",
    "disk full, feeds",
)


# The fast run strikes one place for each fault, the slow one the others, and all of
# them again with curl.
PARAMS = [
    pytest.param(
        (case.name, place, kind),
        id=f"{case.name}-{place}-{kind}",
        marks=pytest.mark.slow if place != case.places[0] or kind != "requests" else (),
    )
    for case in CASES
    for place in case.places
    for kind in TRANSPORTS
]


@pytest.fixture(params=PARAMS)
def found(request: pytest.FixtureRequest) -> Finding:
    name, place, kind = request.param
    return finding(name, place, kind)


@pytest.mark.one_stands_for_all
def test_what_the_fault_does_not_strike_goes_through(found: Finding) -> None:
    assert found.expected <= found.kept
    if not found.case.harmless and found.place in ("article", "section", "site"):
        assert found.kept == found.expected, "the fault did strike"


@pytest.mark.one_stands_for_all
def test_the_log_says_what_failed_where_and_what_to_do(found: Finding) -> None:
    if found.case.harmless or not found.case.told:
        assert found.log == []
        return
    assert found.log
    if found.place in ("article", "section"):
        assert len(found.log) == 1, "one line for one failure"
    for line in found.log:
        assert "\n" not in line
        about, _, told = line.partition(": ")
        assert re.match(r"article \d+|section [a-z]+|feedsvc|public/", about)
        assert "; " in told, "what to do"


@pytest.mark.one_stands_for_all
def test_the_exit_code_says_how_much_went_through(found: Finding) -> None:
    if found.case.harmless or not found.case.told:
        assert found.code == 0
    else:
        assert found.code == (4 if found.place == "site" else 1)


@pytest.mark.one_stands_for_all
def test_what_was_published_stands(found: Finding) -> None:
    assert not found.withdrawn
    if not found.expected or found.place == "feeds":
        assert not found.touched


@pytest.mark.slow
def test_the_next_poll_brings_all_that_was_missed(found: Finding) -> None:
    assert found.after_code == 0
    assert found.after_log == []
    assert not found.missing
    assert not found.twice
    assert not found.garbled


def test_the_faults_that_were_promised_are_there() -> None:
    assert len(CASES) == len({case.name for case in CASES})
    assert set(PROMISED) <= {case.name for case in CASES}
    both = {"article", "site"}
    assert len([case for case in CASES if both <= set(case.places)]) > 15


@pytest.mark.one_stands_for_all
def test_its_row_stands_in_the_documentation(found: Finding) -> None:
    print(row(found))
    assert row(found) in documented(), "if it is right: python -m tests.faults.write"


def test_the_documentation_has_a_row_for_each_fault_and_no_other() -> None:
    rows = documented()
    assert len(rows) == len(PAIRS)
    for told, pair in zip(rows, PAIRS, strict=True):
        assert told.startswith(start(*pair))
