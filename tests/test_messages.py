"""What the site says reaches neither terminal nor log with its escape codes."""

from __future__ import annotations

import json
import logging

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedsvc.cli.context import JsonFormat, TextFormat, start_logs
from feedsvc.errors import FeedsvcError, StatusRefused
from feedsvc.text import one_line

EVIL = (
    "빨강\x1b[31m\x1b]0;t\x07\x9b2J\r\n2026-01-01 error forged\x85\u2028\u202e\u2066\u200b\x7f\x00"
)


def harmless(told: str) -> bool:
    return not any(
        ord(char) < 32 or 127 <= ord(char) < 160 or char in "\u2028\u2029\u202e\u2066\u200b"
        for char in told
    )


def test_an_error_is_one_clean_line_whatever_it_is_made_of() -> None:
    error = FeedsvcError(EVIL, about=EVIL, advice=EVIL)
    for told in (str(error), error.message, error.about, error.advice, *error.args):
        assert harmless(told)
        assert "빨강[31m" in told
    assert harmless(str(StatusRefused(EVIL, about=EVIL, status=500)))


@pytest.mark.parametrize("form", [TextFormat(), JsonFormat()])
def test_a_log_line_is_one_clean_line(form: logging.Formatter) -> None:
    record = logging.LogRecord("urllib3", 30, "", 0, "said %s", (EVIL,), None)
    line = form.format(record)
    assert harmless(line)
    if isinstance(form, JsonFormat):
        assert json.loads(line)["message"].startswith("said 빨강[31m")


def test_a_traceback_keeps_its_lines_and_no_codes() -> None:
    try:
        raise ValueError(EVIL)
    except ValueError as error:
        told = (ValueError, error, error.__traceback__)
    record = logging.LogRecord("feedsvc", 10, "", 0, "traceback", (), told)
    lines = TextFormat().format(record).split("\n")
    assert len(lines) > 3
    assert all(map(harmless, lines))


def test_libraries_that_fetch_are_not_heard(capsys: pytest.CaptureFixture[str]) -> None:
    root, level = logging.getLogger(), logging.getLogger("feedsvc").level
    handlers, root_level = root.handlers[:], root.level
    try:
        with click.Context(click.Command("feedsvc"), obj={"log_level": "debug"}):
            start_logs()
        logging.getLogger("urllib3.connectionpool").warning("Failed to parse headers %s", EVIL)
        assert capsys.readouterr().err == ""
    finally:
        root.handlers[:] = handlers
        root.setLevel(root_level)
        logging.getLogger("feedsvc").setLevel(level)
        for name in ("urllib3", "requests"):
            logging.getLogger(name).setLevel(logging.NOTSET)


@given(st.text())
def test_one_line_is_always_one_and_can_be_written(value: str) -> None:
    told = one_line(value)
    told.encode()
    assert harmless(told)
    assert one_line(told) == told


def test_what_is_harmless_stays() -> None:
    for value in ("삼성전자-오픈AI 제휴 기대감↑…", "가족 👨\u200d👩\u200d👧", "a\ue000b", "x  y"):
        assert one_line(value) == value
    assert one_line("a\u00a0b\tc") == "a b c"
    assert one_line("/tmp/\udced\udc95") == "/tmp/\ufffd\ufffd"
