"""``backfill``, ``refresh`` and ``status`` through the real command line."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from feedsvc.archive.lock import held
from feedsvc.cli import execute
from feedsvc.model import Status
from tests.cli.test_commands import Desk, feedsvc
from tests.poll.desk import piece
from tests.standin import Fault

__all__ = ["feedsvc"]


@pytest.mark.slow
def test_backfill_and_its_json(feedsvc: Desk) -> None:
    for number in range(1, 31):
        feedsvc.site.publish(piece(number, hours=100 - number))
    feedsvc("poll")
    told = feedsvc.json("backfill", "--section", "industry", "--max", "3")
    assert told["added"] == 3
    code, out, _ = feedsvc("backfill", "--section", "industry")
    assert code == 0
    assert "reached the end" in out
    assert "7 added" in out
    assert feedsvc("backfill", "--gaps")[0] == 0
    assert feedsvc("backfill", "--gaps", "--since", "2026-01-01")[0] == 2
    assert feedsvc("backfill", "--since", "gestern")[0] == 2


def test_backfill_of_a_dead_site_is_exit_4(feedsvc: Desk) -> None:
    feedsvc.site.stop()
    assert feedsvc("backfill")[0] == 4


@pytest.mark.slow
def test_refresh_reads_again_now(feedsvc: Desk) -> None:
    feedsvc.site.publish(piece(101))
    feedsvc.site.publish(piece(102, status=Status.MEMBERS_ONLY))
    feedsvc("poll")
    feedsvc.site.edit(101, title="고친 제목")
    feedsvc.site.release(102)
    assert feedsvc.json("refresh", "101") == [{"id": 101, "outcome": "revised", "error": None}]
    assert feedsvc.json("refresh", "--locked") == [
        {"id": 102, "outcome": "released", "error": None}
    ]
    assert feedsvc("refresh", "101")[1] == "article 101: unchanged\n"
    assert [one["title"] for one in feedsvc.feed("all")][-1] == "고친 제목"
    assert feedsvc("refresh")[0] == 2
    code, _, err = feedsvc("refresh", "101", "--locked")
    assert (code, "not both" in err) == (2, True)
    feedsvc.site.fault(Fault.SERVER_ERROR, "/articles/101*")
    code, out, _ = feedsvc("refresh", "101", "102")
    assert code == 1
    assert "article 102: unchanged" in out


@pytest.mark.slow
def test_status_before_after_and_in_trouble(feedsvc: Desk) -> None:
    assert "never" in feedsvc("status")[1]
    feedsvc.site.publish(piece(101, sections=("068000", "083000"), status=Status.SOON_FREE))
    feedsvc("poll")
    out = feedsvc("status")[1]
    assert "1 article kept, 1 locked, 0 waiting" in out
    assert "all is well" in out
    assert not re.search(r" \d+ (min|s) .* \d+ (min|s) ", out.splitlines()[1])
    told = feedsvc.json("status")
    assert told["sections"][0]["new"] == 1
    assert (told["sections"][0]["rows"], told["sections"][0]["outcome"]) == (1, "ok")
    feedsvc("poll")  # no row is read on a page that is what it was: that is no changed site
    told = feedsvc.json("status")
    assert (told["sections"][0]["rows"], told["sections"][0]["outcome"]) == (0, "unchanged")
    # Nobody knows when it is polled next by hand; under a daemon it does.
    assert told["sections"][0]["next_poll"] is None
    with held(feedsvc.folder / "archive" / ".state" / "run.lock", 0):
        told = feedsvc.json("status")
        assert re.search(r" \d+ s .* (9|10) min ", feedsvc("status")[1].splitlines()[1])
    assert told["sections"][0]["next_poll"] > told["sections"][0]["last_poll"]
    assert told["layout_drifted"] is False
    # What a daemon that was killed left in its lock holds nothing, whoever has its pid now.
    for left in (str(os.getpid()), "999999999", "no pid"):
        (feedsvc.folder / "archive" / ".state" / "run.lock").write_text(f"{left}\n")
        assert feedsvc.json("status")["sections"][0]["next_poll"] is None
    feedsvc.site.fault(Fault.RENAMED, "/categories/*")
    feedsvc("poll")
    told = feedsvc.json("status")
    assert told["layout_drifted"] is True
    assert "trouble" in feedsvc("status")[1]


@pytest.mark.parametrize("command", ["status", "check", "inspect"])
def test_reading_commands_write_nothing(feedsvc: Desk, command: str) -> None:
    page = Path(feedsvc.folder) / "101.html"
    feedsvc.site.publish(piece(101))
    page.write_bytes(feedsvc.site.respond("GET", "/articles/101").body)
    feedsvc(*([command, str(page)] if command == "inspect" else [command]))
    assert not (feedsvc.folder / "archive").exists()
    assert not (feedsvc.folder / "public").exists()


@pytest.mark.parametrize(
    ("selectors", "said"),
    [
        ("{title: 'h1['}", "site.selectors.title: 'h1['"),
        ("{headline: h1}", "site.selectors.headline: unknown key"),
        ("{titel: h1}", "did you mean 'title'?"),
    ],
)
def test_a_bad_selector_is_refused_at_start(feedsvc: Desk, selectors: str, said: str) -> None:
    path = feedsvc.folder / "config.yaml"
    path.write_text(
        path.read_text().replace("site: {", f"site: {{selectors: {selectors}, "), encoding="utf-8"
    )
    code, _, err = feedsvc("check")
    assert code == 2
    assert "config.yaml:1: " in err
    assert said in err
    assert len(err.splitlines()) == 1


def test_a_saved_page_is_inspected_without_a_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Only where none is named: a name that is wrong is a mistake."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FEEDSVC_CONFIG", raising=False)
    body = "<p>한빛전자가 새 공장을 지었다.</p>"
    (tmp_path / "117001.html").write_text(
        '<div class="read-news-title">새 공장</div><div class="nis-r-info-wrap">'
        "<span>2026.03.09 09:00</span></div>"
        f'<div class="rnmc-right content-area">{body}</div>',
        encoding="utf-8",
    )
    assert execute(["inspect", "117001.html", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["record"]["id"], told["record"]["body"]) == (117001, [body])
    assert [one.name for one in tmp_path.iterdir()] == ["117001.html"]
    assert execute(["inspect", "117001.html", "--config", "none.yaml"]) == 2
    monkeypatch.setenv("FEEDSVC_CONFIG", "none.yaml")
    assert execute(["inspect", "117001.html"]) == 2
    monkeypatch.delenv("FEEDSVC_CONFIG")
    assert execute(["inspect", "https://dealsite.co.kr/articles/117001"]) == 2
    (tmp_path / "config.yaml").symlink_to("nowhere")
    assert execute(["inspect", "117001.html"]) == 2
