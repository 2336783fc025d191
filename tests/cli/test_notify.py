"""Notices through the real command line: trying one, checking them, and their secrets."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.test_commands import Desk, feedsvc
from tests.notify.targets import SECRET, Command, Mail, Webhook, served
from tests.poll.desk import piece

__all__ = ["feedsvc"]


def configured(desk: Desk, **notices: str | tuple[str, ...]) -> None:
    lines = [
        f"  - {{name: {name}, feed: all, {'to' if isinstance(target, str) else 'run'}: "
        f"{json.dumps(target)}}}"
        for name, target in notices.items()
    ]
    desk.configure("\n".join(["notify:", *lines, ""]))


@pytest.mark.slow
def test_one_line_goes_to_the_target(feedsvc: Desk, tmp_path: Path) -> None:
    command = Command(tmp_path / "command")
    webhook, mail = Webhook(), Mail()
    with served(webhook), served(mail):
        configured(feedsvc, hook=webhook.address, mail=mail.address, script=command.run)
        for name in ("hook", "mail", "script"):
            code, out, err = feedsvc("notify", "--test", name)
            assert (code, out, err) == (0, f"{name}: the target took it\n", "")
    assert [one["message"] for one in webhook.messages] == ["feedsvc 시험 알림"]
    assert [one["subject"] for one in mail.mails] == ["feedsvc 시험 알림"]
    assert [(event, record["id"]) for event, record in command.told] == [("new", 0)]
    assert not (tmp_path / "archive").exists()


@pytest.mark.slow
def test_a_target_that_does_not_take_it_is_told(
    feedsvc: Desk,
    tmp_path: Path,
) -> None:
    command = Command(tmp_path / "command")
    command.does("sys.exit(4)")
    webhook = Webhook()
    webhook.status = 401
    with served(webhook):
        configured(
            feedsvc,
            hook=webhook.address,
            nowhere=f"json://127.0.0.1:1/{SECRET}",
            unread=f"nosuch://{SECRET}",
            script=command.run,
            gone=("./gone.sh", SECRET),
        )
        for name, why in {
            "hook": "it answered 401",
            "nowhere": "no connection to it, or no answer in time",
            "unread": "its address is none that Apprise can read",
            "script": "the command ended with 4",
            "gone": "the command could not be started: no such file or directory",
        }.items():
            told = feedsvc("--log-level", "debug", "notify", "--test", name)
            assert told == (1, "", f"feedsvc: notice {name}: {why}\n")


def test_an_unknown_name_is_bad_usage(feedsvc: Desk) -> None:
    configured(feedsvc, hook="json://127.0.0.1:1")
    assert feedsvc("notify", "--test", "hok") == (
        2, "", "feedsvc: no notice is named 'hok'; did you mean 'hook'?\n"
    )  # fmt: skip
    assert feedsvc("notify", "--test", "zzz")[2].endswith("'zzz'; there are hook\n")
    assert feedsvc("notify")[0] == 2
    feedsvc.configure()
    code, _, err = feedsvc("notify", "--test", "hook")
    assert (code, "there are none" in err) == (2, True)


@pytest.mark.slow
def test_check_reads_the_addresses_and_prints_none(feedsvc: Desk) -> None:
    configured(feedsvc, hook=f"json://127.0.0.1/{SECRET}", script=("./x.sh", SECRET))
    code, out, err = feedsvc("check")
    assert (code, err) == (0, "")
    assert "notify: 2 notices: hook, script\n" in out
    assert SECRET not in out
    configured(feedsvc, hook="json://127.0.0.1", other=f"nosuch://{SECRET}/")
    code, out, err = feedsvc("check")
    assert (code, out) == (2, "")
    assert "config.yaml:8: notify[1].to: is no address that Apprise can read" in err
    assert SECRET not in err


def place(desk: Desk, words: str = "to: ") -> str:
    """File and line of these words in the configuration."""
    path = desk.folder / "config.yaml"
    lines = path.read_text("utf-8").splitlines()
    return f"{path}:{next(n for n, line in enumerate(lines, 1) if words in line)}"


@pytest.mark.parametrize("command", [["poll"], ["check"], ["notify", "--test", "hook"]])
def test_a_missing_extra_is_said_at_the_start(
    feedsvc: Desk,
    monkeypatch: pytest.MonkeyPatch,
    command: list[str],
) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    configured(feedsvc, hook=f"json://127.0.0.1/{SECRET}")
    code, out, err = feedsvc(*command)
    assert (code, out) == (2, "")
    assert err == (
        f"feedsvc: {place(feedsvc)}: notify[0].to: a notice has an Apprise address and its "
        "extra is not installed; "
        "pip install 'feedsvc[notify]', or give it a command to run\n"
    )
    configured(feedsvc, script=("./x.sh",))
    assert feedsvc("check")[0] == 0


@pytest.mark.slow
def test_no_secret_in_any_output_and_no_library_loaded(
    feedsvc: Desk,
    tmp_path: Path,
) -> None:
    """In a process of its own, for it may print what nobody captures here."""
    webhook = Webhook()
    webhook.status = 500
    said = ""
    with served(webhook):
        configured(feedsvc, hook=webhook.address, script=("./gone.sh", SECRET))
        poll = ["poll", "--log-level", "debug"]
        feedsvc.site.publish(piece(1))
        for number, command in enumerate((poll, poll, ["status"], ["check"], ["status", "--json"])):
            feedsvc.site.publish(piece(number + 1))
            done = subprocess.run(
                [sys.executable, "-X", "importtime", "-m", "feedsvc", *command,
                 "--config", str(tmp_path / "config.yaml")],
                capture_output=True, text=True, timeout=180,
            )  # fmt: skip
            said += done.stdout + done.stderr
    assert "notice hook: it answered 500" in said
    assert "notice script: the command could not be started" in said
    assert SECRET not in said
    assert " apprise" not in said
    for path in tmp_path.rglob("*"):
        if path.is_file() and path.name != "config.yaml":
            assert SECRET.encode() not in path.read_bytes(), path
