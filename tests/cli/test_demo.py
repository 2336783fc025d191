"""``feedsvc demo`` from the outside: what it prints, and a port that is taken."""

from __future__ import annotations

import socket
import tempfile
from pathlib import Path

import pytest

from feedsvc.cli import execute


@pytest.fixture(autouse=True)
def _temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


def test_a_port_in_use_is_told_before_anything_is_polled(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert execute(["demo", "--port", str(taken.getsockname()[1])]) == 4
    told = capsys.readouterr()
    assert told.out == ""
    assert "the port is in use" in told.err
    assert "--port N" in told.err
    assert "server.port" not in told.err
    assert len(told.err.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_once_prints_the_page_then_the_feeds_and_no_address_that_is_dead(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:  # it listens nowhere
        port = taken.getsockname()[1]
        assert execute(["demo", "--once", "--port", str(port)]) == 0
    said = [word for word in capsys.readouterr().out.split() if word.startswith("http://")]
    base = f"http://127.0.0.1:{port}/"
    assert said[:2] == [base, f"{base}all.rss"]
    assert all(address.startswith(base) for address in said)
