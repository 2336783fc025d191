"""What is named in units, crontab, container and their description is really there."""

from __future__ import annotations

import configparser
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from fnmatch import fnmatch
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from filelock import FileLock, Timeout

from feedsvc import errors
from feedsvc.cli import COMMANDS, feedsvc
from feedsvc.cli.run import GRACE
from feedsvc.config import Config, default_text

ROOT = Path(__file__).parent.parent
UNITS = sorted(
    path for path in (ROOT / "contrib/systemd").iterdir() if path.suffix in (".service", ".timer")
)
SERVICES = [path for path in UNITS if path.suffix == ".service"]
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
COMPOSE = yaml.safe_load((ROOT / "contrib/docker/compose.yaml").read_text("utf-8"))
TWO = yaml.safe_load((ROOT / "contrib/docker/compose-two.yaml").read_text("utf-8"))
CRONTAB = (ROOT / "contrib/crontab").read_text("utf-8")
RUNNING = (ROOT / "docs/running.md").read_text("utf-8")

HARDENED = {
    "NoNewPrivileges": "yes",
    "CapabilityBoundingSet": "",
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "PrivateTmp": "yes",
    "PrivateDevices": "yes",
    "ProtectClock": "yes",
    "ProtectKernelLogs": "yes",
    "ProtectKernelModules": "yes",
    "ProtectKernelTunables": "yes",
    "ProtectControlGroups": "yes",
    "RestrictNamespaces": "yes",
    "RestrictSUIDSGID": "yes",
    "LockPersonality": "yes",
    "MemoryDenyWriteExecute": "yes",
    "SystemCallArchitectures": "native",
}


def unit(path: Path) -> dict[str, dict[str, list[str]]]:
    """Section, key, values in their order: systemd lets a key stand more than once."""

    class Values(dict[str, Any]):
        def __setitem__(self, key: str, value: Any) -> None:
            if isinstance(value, list) and isinstance(self.get(key), list):
                self[key].extend(value)
            else:
                super().__setitem__(key, value)

    parser = configparser.RawConfigParser(
        strict=False, dict_type=Values, delimiters=("=",), comment_prefixes=("#",)
    )
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(path.read_text("utf-8"))
    return {
        name: {key: value.split("\n") for key, value in parser.items(name)}
        for name in parser.sections()
    }


def command(words: list[str]) -> click.Command:
    """The command that these words call, all their options looked up.

    Nothing is run.  Raises ``click.UsageError`` for what the command line refuses.
    """
    found: click.Command = feedsvc
    with click.Context(feedsvc, info_name="feedsvc") as context:
        while isinstance(found, click.Group):
            while words and words[0].startswith("-"):
                words = words[1 if "=" in words[0] else 2 :]
            if not words:
                return found
            inner = found.get_command(context, words[0])
            if inner is None:
                raise click.UsageError(f"no such command '{words[0]}'")
            found, words = inner, words[1:]
    options = {name for option in found.params for name in option.opts} | {"--help"}
    for word in words:
        if word.startswith("-") and word.partition("=")[0] not in options:
            raise click.UsageError(f"no such option '{word}'")
    return found


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_a_unit_can_be_read_and_says_what_it_is(path: Path) -> None:
    read = unit(path)
    assert read["Unit"]["Description"][0]
    assert set(read) <= {"Unit", "Service", "Timer", "Install"}


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.name)
def test_a_service_is_hardened_and_may_write_its_own_folder_only(path: Path) -> None:
    service = unit(path)["Service"]
    assert {key: service[key][-1] for key in HARDENED} == HARDENED
    assert service["SystemCallFilter"][0] == "@system-service"
    instance = "-%i" if path.stem.endswith("@") else ""
    assert service["StateDirectory"] == [f"feedsvc{instance}"]
    assert "ReadWritePaths" not in service
    assert service["User"] == ["feedsvc"]
    assert set(service["RestrictAddressFamilies"][0].split()) >= {"AF_INET", "AF_INET6"}


def test_the_units_start_commands_that_there_are() -> None:
    started = {
        path.name: unit(path)["Service"]["ExecStart"][0].partition("/feedsvc ")[2]
        for path in SERVICES
    }
    assert started == {
        "feedsvc.service": "run",
        "feedsvc@.service": "run",
        "feedsvc-poll.service": "poll",
    }
    for words in started.values():
        assert not isinstance(command(words.split()), click.Group)


def test_the_daemon_is_not_started_again_where_a_person_must_look() -> None:
    service = unit(ROOT / "contrib/systemd/feedsvc.service")["Service"]
    hopeless = {
        str(error.exit_code)
        for error in (errors.ConfigError, errors.ArchiveLocked, errors.ArchiveError)
    }
    assert set(service["RestartPreventExitStatus"][0].split()) == hopeless
    assert service["Restart"] == ["on-failure"]
    assert service["ExecReload"] == ["/bin/kill -HUP $MAINPID"]


def test_a_daemon_of_several_is_like_a_single_one_in_a_folder_of_its_own() -> None:
    single, one = (
        unit(ROOT / "contrib/systemd" / name) for name in ("feedsvc.service", "feedsvc@.service")
    )
    plain = json.loads(json.dumps(one).replace("feedsvc-%i", "feedsvc").replace(" (%i)", ""))
    assert plain == single
    for key in ("StateDirectory", "WorkingDirectory", "Environment", "EnvironmentFile"):
        assert "-%i" in one["Service"][key][0]


def test_stopping_gets_more_time_than_it_takes() -> None:
    for path in SERVICES:
        assert int(unit(path)["Service"]["TimeoutStopSec"][0]) > GRACE + 5
    assert int(COMPOSE["services"]["feedsvc"]["stop_grace_period"].removesuffix("s")) > GRACE + 5


def test_the_timer_is_of_the_poll_and_makes_up_for_what_was_missed() -> None:
    timer = unit(ROOT / "contrib/systemd/feedsvc-poll.timer")
    assert timer["Timer"]["Persistent"] == ["yes"]
    assert timer["Unit"]["Conflicts"] == ["feedsvc.service"]
    # A poll that conflicts with the daemon would end it whenever the timer fires.
    assert "Conflicts" not in unit(ROOT / "contrib/systemd/feedsvc-poll.service")["Unit"]
    assert "Unit" not in timer["Timer"]  # so it starts the service of its own name


@pytest.mark.skipif(
    not shutil.which("systemd-analyze") and os.environ.get("FEEDSVC_NEED_TOOLS") != "1",
    reason="no systemd-analyze here",
)
def test_systemd_takes_the_units(tmp_path: Path) -> None:
    for path in UNITS:
        text = path.read_text("utf-8").replace("/opt/feedsvc/bin/feedsvc", sys.executable)
        (tmp_path / path.name).write_text(text, "utf-8")
    verified = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *(tmp_path / path.name for path in UNITS)],
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    ours = [line for line in verified.stderr.splitlines() if "feedsvc" in line]
    assert (verified.returncode, ours) == (0, [])


def test_the_crontab_line_calls_a_poll_and_is_silent_when_all_is_well() -> None:
    lines = [line for line in CRONTAB.splitlines() if line and not line.startswith("#")]
    settings = dict(line.split("=", 1) for line in lines if re.match(r"[A-Z_]+=", line))
    (line,) = (line for line in lines if not re.match(r"[A-Z_]+=", line))
    *times, program, words = line.split(None, 6)
    assert len(times) == 5
    assert "%" not in line  # cron takes it for the end of the line
    assert program.endswith("/feedsvc")
    assert command(words.partition(">")[0].split()).name == "poll"
    assert words.endswith(">/dev/null")
    assert settings["FEEDSVC_CONFIG"].endswith("config.yaml")
    for line in lines:
        assert line in RUNNING


def instructions(name: str) -> list[str]:
    text = re.sub(r"\\\n\s*", "", DOCKERFILE)
    return re.findall(rf"^{name} (.*)$", text, re.MULTILINE)


def test_what_the_image_is_made_of_is_there_and_not_left_out() -> None:
    ignore = [
        line
        for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines()
        if line and not line.startswith("#")
    ]
    assert ignore[0] == "*"
    kept = {line[1:] for line in ignore if line.startswith("!")}
    copied = {
        source
        for line in instructions("COPY")
        if not line.startswith("--from")
        for source in line.split()[:-1]
    }
    assert copied == kept
    for source in copied:
        assert (ROOT / source).exists(), source
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    for needed in ("README.md", "LICENSE", "constraints.txt"):
        assert any(fnmatch(needed, one) for one in copied), needed
    assert 'readme = "README.md"' in project


def test_the_image_runs_the_daemon_as_nobody_in_particular() -> None:
    assert [json.loads(line) for line in instructions("ENTRYPOINT")] == [["feedsvc"]]
    (words,) = (json.loads(line) for line in instructions("CMD"))
    assert command(words).name == "run"
    assert instructions("USER") == ["10001:10001"]
    assert instructions("VOLUME") == instructions("WORKDIR")[-1:] == ["/data"]
    assert instructions("EXPOSE") == [str(Config().server.port)]
    for extra in re.findall(r"\.\[(\w+)\]", DOCKERFILE):
        assert re.search(rf"^{extra} = \[", (ROOT / "pyproject.toml").read_text("utf-8"), re.M)


def test_compose_locks_the_container_down_and_runs_what_there_is() -> None:
    service = COMPOSE["services"]["feedsvc"]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["user"] == instructions("USER")[0]
    assert command(service["command"]).name == "run"
    assert [volume.rpartition(":")[2] for volume in service["volumes"]] == ["/data"]
    port = instructions("EXPOSE")[0]
    assert service["ports"] == [f"127.0.0.1:{port}:{port}"]
    assert (ROOT / "contrib/docker" / service["build"] / "Dockerfile").resolve().exists()


def test_two_containers_are_like_one_and_share_neither_folder_nor_port() -> None:
    single = COMPOSE["services"]["feedsvc"]
    own = ("volumes", "ports")
    assert len(TWO["services"]) == 2
    for service in TWO["services"].values():
        assert {k: v for k, v in service.items() if k not in own} == {
            k: v for k, v in single.items() if k not in own
        }
        assert [one.rpartition(":")[2] for one in service["volumes"]] == ["/data"]
        # The health check asks at this port, inside.
        assert [one.rpartition(":")[2] for one in service["ports"]] == instructions("EXPOSE")
        assert all(one.startswith("127.0.0.1:") for one in service["ports"])
    for key in own:
        told = {one for service in TWO["services"].values() for one in service[key]}
        assert len(told) == 2
    assert {one.split(":")[1] for service in TWO["services"].values() for one in service["ports"]
            } == {str(re.findall(r"^  port: (\d+)", default_text(name), re.M)[0])
                  for name in ("dealsite", "plus")}  # fmt: skip


@pytest.fixture
def healthz() -> Iterator[tuple[int, list[int]]]:
    """A port where /healthz answers with the status that stands in the list."""
    answer = [200]

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(answer[0] if self.path == "/healthz" else 404)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server.server_address[1], answer
        server.shutdown()
        thread.join()


def test_the_health_check_fails_where_the_feeds_do(healthz: tuple[int, list[int]]) -> None:
    port, answer = healthz
    (line,) = instructions("HEALTHCHECK")
    python, flag, code = json.loads(line.partition("CMD ")[2])
    assert (python, flag) == ("python", "-c")
    code = code.replace(f":{instructions('EXPOSE')[0]}/", f":{port}/")
    assert str(port) in code

    def ask() -> int:
        return subprocess.run(
            [sys.executable, flag, code], stderr=subprocess.DEVNULL, timeout=120, check=False
        ).returncode

    assert ask() == 0
    answer[0] = 503
    assert ask() == 1


def parted(text: str) -> tuple[str, str]:
    """The prose of a document and what stands in its blocks of code."""
    parts = re.split(r"^ *```.*$", text, flags=re.MULTILINE)
    return "".join(parts[::2]), "".join(parts[1::2])


def documented() -> Iterator[str]:
    """Every call of feedsvc in docs/running.md and the README, without the program."""
    for text in (RUNNING, (ROOT / "README.md").read_text("utf-8")):
        prose, code = parted(text)
        for line in (*code.splitlines(), *re.findall(r"`([^`]+)`", prose)):
            # The name twice: container and command, in `compose exec feedsvc feedsvc …`.
            # After -u and -aG it is the user's and the group's.
            match = re.search(r"(?:^|[ /])(?<!-u )(?<!-aG )feedsvc (?:feedsvc )?([a-z].*)$", line)
            if match:
                yield match[1]


def test_an_upgrade_from_the_clone_packs_nothing_that_the_last_install_left() -> None:
    found = 0
    for path in (ROOT / "README.md", *(ROOT / "docs").glob("*.md")):
        for block in path.read_text("utf-8").split("```")[1::2]:
            if "git pull" in block and "pip install" in block:
                found += 1
                assert re.search(r"^rm -rf build\n.*pip install", block, re.MULTILINE), path
    assert found


CALLS = sorted({call.partition(" #")[0].partition(">")[0].strip() for call in documented()})


def test_calls_were_found() -> None:
    assert {"run", "status", "check --online", "rebuild --reparse", "archive verify"} <= set(CALLS)


@pytest.mark.parametrize("call", CALLS)
def test_every_call_in_the_documentation_is_one_that_there_is(call: str) -> None:
    assert command(shlex.split(call))


def test_a_call_that_there_is_not_would_be_noticed() -> None:
    for call in ("pol", "run --no-server", "archive verfy", "rebuild --parse"):
        with pytest.raises(click.UsageError):
            command(call.split())


def test_every_option_in_the_description_is_one_that_there_is() -> None:
    ours = {"--config", "--log-level", "--log-format"}
    for name in COMMANDS:
        ours |= {option for param in command([name]).params for option in param.opts}
    alone = set(re.findall(r"`(--[a-z-]+)[^`]*`", parted(RUNNING)[0]))
    assert alone
    assert alone <= ours


def test_every_file_in_the_description_is_there() -> None:
    named = set(re.findall(r"contrib/[\w./@-]*\w", RUNNING + DOCKERFILE))
    assert len(named) > 4
    for name in named:
        assert (ROOT / name).exists(), name
    for path in (*UNITS, ROOT / "contrib/crontab"):
        assert path.relative_to(ROOT).as_posix() in named


def test_every_key_in_the_description_is_one_of_the_configuration() -> None:
    named = set(re.findall(r"`((?:site|http|archive|feeds|server)\.(?!opml)[a-z_]+)", RUNNING))
    assert {"server.host", "feeds.base_url", "http.cookie"} <= named
    for key in named:
        part, name = key.split(".")
        assert name in type(getattr(Config(), part)).model_fields, key


def test_every_exit_code_is_explained() -> None:
    codes = {int(code) for code in re.findall(r"^\| (\d) \|", RUNNING, re.MULTILINE)}
    raised = {
        error.exit_code
        for error in vars(errors).values()
        if isinstance(error, type) and issubclass(error, errors.FeedsvcError)
    }
    assert raised <= codes == {0, 1, 2, 3, 4, 5}


@pytest.mark.skipif(not shutil.which("flock"), reason="no flock here")
def test_flock_takes_the_archives_own_lock(tmp_path: Path) -> None:
    """What is said on backing up: a copy made under flock(1) meets no writer."""
    lock = tmp_path / ".lock"
    with subprocess.Popen(
        ["flock", str(lock), "sh", "-c", "echo held; read line"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as copying:
        assert copying.stdout is not None
        assert copying.stdout.readline() == "held\n"
        with pytest.raises(Timeout):
            FileLock(lock, timeout=0).acquire()
        copying.communicate("done\n")
    with FileLock(lock, timeout=0):
        pass
