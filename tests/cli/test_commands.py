"""The commands through the real command line, against the stand-in."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from feedsvc.cli import COMMANDS, context, execute
from feedsvc.model import Status
from feedsvc.site import KST
from tests.poll.desk import piece
from tests.standin import Fault, StandIn

ONE_FORMAT = "feeds: {formats: [json]}\n"


@dataclass
class Desk:
    """A stand-in, a configuration for it, and the command line."""

    site: StandIn
    folder: Path
    capsys: pytest.CaptureFixture[str]

    def __call__(self, *arguments: str) -> tuple[int, str, str]:
        """Exit code, standard output, standard error."""
        code = execute(["--config", str(self.folder / "config.yaml"), *arguments])
        told = self.capsys.readouterr()
        return code, told.out, told.err

    def json(self, *arguments: str) -> Any:
        code, out, _ = self(*arguments, "--json")
        assert code in (0, 1)
        return json.loads(out)

    def feed(self, name: str) -> Any:
        """The items of a published JSON feed."""
        return json.loads((self.folder / "public" / f"{name}.json").read_text("utf-8"))["items"]

    def configure(self, text: str = ONE_FORMAT) -> None:
        configure(self.site, self.folder, text)


def configure(site: StandIn, folder: Path, text: str) -> None:
    (folder / "config.yaml").write_text(
        f"site: {{base_url: '{site.base_url}'}}\n"
        "sections:\n"
        "  - {name: industry, title: 산업, code: '068000'}\n"
        "  - {name: finance, title: 금융, code: '083000'}\n"
        f"http: {{delay: 0s, timeout: 20s, retries: 0}}\n{text}",
        encoding="utf-8",
    )


@pytest.fixture
def feedsvc(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Desk]:
    site = StandIn()
    site.boxes = False
    with site:
        desk = Desk(site, tmp_path, capsys)
        desk.configure()
        yield desk


def test_version_and_help(capsys: pytest.CaptureFixture[str]) -> None:
    import feedsvc

    assert execute(["--version"]) == 0
    assert capsys.readouterr().out == f"feedsvc {feedsvc.__version__}\n"
    assert execute(["--help"]) == 0
    told = capsys.readouterr().out
    assert all(name in told for name in COMMANDS)


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_explains_itself_and_takes_the_common_options(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert execute([name, "--help"]) == 0
    told = capsys.readouterr().out
    for option in ("--config", "--log-level", "--log-format"):
        assert option in told


def loaded(*arguments: str) -> set[str]:
    """The modules that a process has which ran this command."""
    program = (
        "import sys; from feedsvc.cli import execute; execute(sys.argv[1:]); "
        "sys.exit(','.join(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True)
    return {*done.stderr.decode().splitlines()[-1].split(",")}


def test_help_imports_no_library_but_click() -> None:
    heavy = {"pydantic", "requests", "selectolax", "feedgen", "lxml", "rich", "yaml", "nh3"}
    modules = loaded("--help")
    assert "click" in modules
    assert not (heavy | {"_hashlib", "difflib", "sqlite3"}) & modules


def test_a_poll_that_finds_nothing_new_imports_nothing_that_it_does_not_use(feedsvc: Desk) -> None:
    assert feedsvc("poll")[0] == 0
    modules = loaded("poll", "--json", "--config", str(feedsvc.folder / "config.yaml"))
    assert "requests" in modules
    heavy = {"feedgen", "lxml", "rich", "apscheduler", "uvicorn", "jinja2", "prometheus_client"}
    assert (
        not (heavy | {"difflib", "statistics", "subprocess", "pickle", "boto3", "trafilatura"})
        & modules
    )


def test_a_process_that_reads_records_for_another_loads_no_configuration() -> None:
    program = "import sys, feedsvc.archive.workers, feedsvc.archive.verify; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    heavy = {"pydantic", "difflib", "selectolax", "nh3", "requests", "click"}
    assert not heavy & {*done.stdout.decode().split()}


def test_init_writes_a_configuration_that_works_and_never_overwrites(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert execute(["init"]) == 0
    written = (tmp_path / "config.yaml").read_bytes()
    assert execute(["check"]) == 0
    assert execute(["init"]) == 2
    assert (tmp_path / "config.yaml").read_bytes() == written
    assert "exists already" in capsys.readouterr().err


def test_poll_prints_a_line_a_section(feedsvc: Desk) -> None:
    feedsvc.site.publish(piece(101))
    code, out, err = feedsvc("poll")
    assert code == 0
    lines = out.splitlines()
    assert lines[1].split()[:3] == ["industry", "1", "1"]
    assert lines[2].split()[:3] == ["finance", "0", "0"]
    assert "1 article" in lines[-1]
    assert err == ""
    assert "nothing new" in feedsvc("poll")[1]


def test_poll_json_is_the_contracts_object(feedsvc: Desk) -> None:
    feedsvc.configure("")
    feedsvc.site.publish(piece(101, sections=("068000", "083000")))
    told = feedsvc.json("poll")
    assert list(told) == ["started_at", "finished_at", "sections", "requests", "published"]
    assert told["sections"][0] == {
        "name": "industry",
        "rows": 1,
        "new": 1,
        "revised": 0,
        "released": 0,
        "failed": 0,
        "error": None,
    }
    assert told["requests"] == 4
    assert str(feedsvc.folder / "public" / "all.rss") in told["published"]


def test_poll_of_one_section(feedsvc: Desk) -> None:
    told = feedsvc.json("poll", "--section", "finance")
    assert [section["name"] for section in told["sections"]] == ["finance"]
    code, _, err = feedsvc("poll", "--section", "fiance")
    assert code == 2
    assert "industry, finance" in err


def test_exit_codes_of_poll(feedsvc: Desk) -> None:
    feedsvc.site.publish(piece(101))
    feedsvc.site.fault(Fault.SERVER_ERROR, "/articles/101*")
    assert feedsvc("poll")[0] == 1
    feedsvc.site.clear_faults()
    feedsvc.site.robots = "User-agent: *\nDisallow: /\n"
    (feedsvc.folder / "other").mkdir()
    feedsvc.configure("archive: {path: other/archive}\n")
    code, out, _ = feedsvc("poll")
    assert code == 4
    assert "robots.txt forbids" in out


def test_a_site_that_is_down_is_exit_4_and_one_line(feedsvc: Desk) -> None:
    feedsvc.site.stop()
    code, _, err = feedsvc("poll")
    assert code == 4
    assert all("Traceback" not in line for line in err.splitlines())


def test_a_held_archive_is_exit_3_and_names_the_holder(feedsvc: Desk) -> None:
    from datetime import datetime

    from feedsvc.archive import Archive
    from feedsvc.site import KST

    archive = Archive(feedsvc.folder / "archive")
    with archive.writing(datetime(2026, 3, 10, tzinfo=KST)):
        code, _, err = feedsvc("poll")
    assert code == 3
    assert str(os.getpid()) in err
    assert len(err.splitlines()) == 1


def test_a_newer_archive_is_exit_5(feedsvc: Desk) -> None:
    (feedsvc.folder / "archive").mkdir()
    (feedsvc.folder / "archive" / "FORMAT").write_text("feedsvc-archive 9\n")
    for command in (["poll"], ["check"], ["rebuild"]):
        code, _, err = feedsvc(*command)
        assert code == 5
        assert len(err.splitlines()) == 1


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("feeds: {entires: 3}\n", 6, "entries"),
        ("feeds: {entries: many}\n", 6, "entries"),
        ("catch_up: {pages: -1}\n", 6, "pages"),
        ("access: {recheck_for: 14 fortnights}\n", 6, "14d"),
        ("server: {tokens: ['${FEEDSVC_NO_SUCH}']}\n", 6, "FEEDSVC_NO_SUCH"),
    ],
)
@pytest.mark.parametrize("command", ["check", "poll", "serve", "rebuild"])
def test_bad_configuration_starts_nothing(
    feedsvc: Desk, command: str, text: str, line: int, said: str
) -> None:
    feedsvc.configure(text)
    code, out, err = feedsvc(command)
    assert code == 2
    assert out == ""
    assert len(err.splitlines()) == 1
    assert f"config.yaml:{line}:" in err
    assert said in err
    assert not (feedsvc.folder / "archive").exists()
    assert not feedsvc.site.requests


def test_options_stand_before_or_after_the_command(feedsvc: Desk) -> None:
    path = str(feedsvc.folder / "config.yaml")
    assert execute(["--config", path, "check"]) == 0
    assert execute(["check", "--config", path, "--log-level", "debug", "--log-format", "json"]) == 0
    assert execute(["--config", "no-such-file", "check", "--config", path]) == 0


def test_an_unknown_command_or_option_is_exit_2_with_the_nearest(feedsvc: Desk) -> None:
    code, _, err = feedsvc("pol")
    assert code == 2
    assert "poll" in err
    assert feedsvc("poll", "--jsn")[0] == 2


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("Poll", "poll"),
        ("archive serch", "search"),
        ("archive verfiy", "verify"),
        ("search", "feedsvc archive search"),
        ("archive poll", "feedsvc poll"),
    ],
)
def test_an_unknown_command_at_any_level_is_told_the_nearest(
    words: str, meant: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert execute(words.split()) == 2
    said = capsys.readouterr().err
    assert f"did you mean '{meant}'? '" in said
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize("group", [[], ["archive"]])
def test_a_group_alone_prints_its_whole_help(
    group: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert execute(group) == 0
    alone = capsys.readouterr()
    assert execute([*group, "--help"]) == 0
    assert alone.out == capsys.readouterr().out
    assert len(alone.out.splitlines()) > 10
    assert alone.err == ""


@pytest.mark.parametrize(
    ("number", "advice"), [(errno.EACCES, "the right to it"), (errno.EMFILE, "ulimit -n")]
)
def test_what_the_system_refuses_is_one_line_with_the_file(
    feedsvc: Desk, monkeypatch: pytest.MonkeyPatch, number: int, advice: str
) -> None:
    from feedsvc.poll import Poll

    def refused(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number), "/srv/public")

    monkeypatch.setattr(Poll, "run", refused)
    code, _, err = feedsvc("poll")
    assert code == 1
    assert err.startswith(f"feedsvc: /srv/public: {os.strerror(number).lower()}; ")
    assert advice in err
    assert len(err.splitlines()) == 1


def test_check_online_says_what_it_read(feedsvc: Desk) -> None:
    feedsvc.site.publish(piece(101, sections=("068000", "083000")))
    code, out, _ = feedsvc("check", "--online")
    assert code == 0
    assert "robots.txt" in out
    assert "section industry: 1 row (today layout), newest 101" in out
    assert not (feedsvc.folder / "archive").exists()
    feedsvc.site.fault(Fault.UNAVAILABLE, "/categories/068000*")
    told = feedsvc.json("check", "--online")
    assert [one["what"] for one in told if one["error"]] == ["section industry"]


def test_a_section_without_articles_is_no_error(feedsvc: Desk) -> None:
    code, out, _ = feedsvc("check", "--online")
    assert code == 0
    assert "section industry: the page lists no articles; is its code right?" in out


def test_rebuild_publishes_again_without_the_network(feedsvc: Desk) -> None:
    def published() -> dict[str, bytes]:
        public = feedsvc.folder / "public"
        return {
            path.relative_to(public).as_posix(): path.read_bytes()
            for path in public.rglob("*")
            if path.is_file()
        }

    feedsvc.configure("")
    feedsvc.site.publish(piece(101))
    feedsvc("poll")
    before = published()
    assert "no file touched" in feedsvc("rebuild")[1]
    shutil.rmtree(feedsvc.folder / "public")
    feedsvc.site.stop()
    assert feedsvc("rebuild")[0] == 0
    assert published() == before


def test_inspect_shows_values_selectors_and_markers(feedsvc: Desk) -> None:
    feedsvc.site.boxes = True
    feedsvc.site.publish(piece(101, status=Status.MEMBERS_ONLY))
    feedsvc.site.publish(piece(102, status=Status.SOON_FREE))
    url = f"{feedsvc.site.base_url}/articles/101/068000"
    told = feedsvc.json("inspect", url)
    assert told["record"]["title"] == "한빛전자 101호 공장 착공"
    assert told["record"]["access"]["status"] == "members-only"
    assert told["record"]["access"]["locked"] is True
    assert told["selectors"]["title"] == ".read-news-title"
    scopes = {(one["kind"], one["scope"], one["counted"]) for one in told["markers"]}
    assert ("members-only", "article", True) in scopes
    assert ("soon-free", "page", False) in scopes
    shown = feedsvc("inspect", url)[1]
    assert ".read-news-title" in shown
    assert "members-only" in shown
    assert not (feedsvc.folder / "archive").exists()


def test_inspect_reads_a_file_and_a_listing(feedsvc: Desk) -> None:
    feedsvc.site.publish(piece(101))
    page = feedsvc.folder / "101.html"
    page.write_bytes(feedsvc.site.respond("GET", "/articles/101").body)
    assert feedsvc.json("inspect", str(page))["record"]["id"] == 101
    listing = feedsvc.json("inspect", f"{feedsvc.site.base_url}/categories/068000", "--listing")
    assert [row["id"] for row in listing["rows"]] == [101]
    code, _, err = feedsvc("inspect", str(feedsvc.folder / "nothing.html"))
    assert code == 2
    assert len(err.splitlines()) == 1


def test_inspect_of_a_section_page_names_the_option_for_it(feedsvc: Desk) -> None:
    feedsvc.site.publish(piece(101))
    code, _, err = feedsvc("inspect", f"{feedsvc.site.base_url}/categories/068000")
    assert code == 1
    assert "it has 1 row of a section page: --listing shows them" in err
    assert "site.selectors" not in err
    # Where there are no rows either, it says what it said.
    page = feedsvc.folder / "101.html"
    page.write_text(f"<title>x</title><body>{'<p>Nothing of the kind.</p>' * 300}</body>")
    assert "--listing" not in feedsvc("inspect", str(page))[2]


def test_inspect_shows_a_saved_page_that_does_not_tell_its_id(feedsvc: Desk) -> None:
    feedsvc.site.publish(piece(101))
    body = feedsvc.site.respond("GET", "/articles/101").body
    page = feedsvc.folder / "saved page.html"
    page.write_bytes(body.replace(b"/articles/101", b"/elsewhere"))
    code, out, err = feedsvc("inspect", str(page), "--json")
    assert code == 0
    assert json.loads(out)["record"]["title"] == "한빛전자 101호 공장 착공"
    assert json.loads(out)["record"]["id"] == 0
    assert "tells the article's id" in err


def test_what_the_site_refuses_to_a_command_is_exit_code_4(feedsvc: Desk) -> None:
    feedsvc.site.publish(piece(101, sections=("068000", "083000")))
    address = f"{feedsvc.site.base_url}/articles/101"
    assert feedsvc("inspect", f"{feedsvc.site.base_url}/articles/102")[0] == 4
    feedsvc.site.robots = "User-agent: *\nDisallow: /"
    code, out, err = feedsvc("inspect", address)
    assert (code, out) == (4, "")
    assert "robots.txt forbids" in err
    code, out, _ = feedsvc("check", "--online")
    assert code == 4
    assert "2 lines of rules" in out
    feedsvc.site.robots = "User-agent: *\nDisallow: /categories/068000"
    assert feedsvc("check", "--online")[0] == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("poll", "--nonsense"), "feedsvc poll --help"),
        (("refresh",), "name the ids"),
        (("refresh", "abc"), "'abc' is no article's id; wanted a number"),
        (("archive", "show", "abc"), "'abc' is no article's id; wanted a number"),
        (("archive", "show", "-1"), "archive show"),
        (("archive", "search"), "feedsvc archive search --help"),
        (("check", "--config", ""), "'--config': names no file"),
        (("digest", "morning"), "no digest is named 'morning'; none is configured"),
        (("backfill", "--max", "0"), "--max"),
        (("backfill", "--since", "2026-02-01", "--until", "2026-01-31"), "--until"),
    ],
)
def test_bad_usage_is_one_line(feedsvc: Desk, arguments: tuple[str, ...], said: str) -> None:
    code, out, err = feedsvc(*arguments)
    assert (code, out) == (2, "")
    assert len(err.splitlines()) == 1
    assert said in err


def test_an_error_has_a_traceback_only_at_debug(
    feedsvc: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("a bug")

    from feedsvc.poll import Poll

    monkeypatch.setattr(Poll, "run", broken)
    code, _, err = feedsvc("poll")
    assert code == 1
    assert len(err.splitlines()) == 1
    assert "--log-level debug" in err
    assert "Traceback" in feedsvc("poll", "--log-level", "debug")[2]


def test_logs_are_lines_of_json_when_asked(feedsvc: Desk) -> None:
    feedsvc.site.publish(piece(101))
    _, _, err = feedsvc("--log-level", "info", "--log-format", "json", "poll")
    lines: list[dict[str, str]] = [json.loads(line) for line in err.splitlines()]
    assert any("article 101 added" in line["message"] for line in lines)


@pytest.mark.slow
def test_a_reader_that_goes_away_is_no_error(feedsvc: Desk) -> None:
    command = [sys.executable, "-m", "feedsvc", "--config", str(feedsvc.folder / "config.yaml")]
    feedsvc.site.publish(piece(101))
    with subprocess.Popen(
        [*command, "poll", "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert b"Traceback" not in process.stderr.read()
        process.wait(timeout=120)
    assert len(list((feedsvc.folder / "archive" / "articles").rglob("*.json"))) == 1


def test_at_1970_the_clock_is_blamed_and_what_needs_no_site_works(
    feedsvc: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    feedsvc.site.publish(piece(101))
    assert feedsvc("poll")[0] == 0
    feedsvc.site.forget_requests()
    long_ago = datetime(1970, 1, 1, 9, 3, tzinfo=KST)
    monkeypatch.setattr(context, "exact_clock_of", lambda config: lambda: long_ago)
    for command in (["poll"], ["refresh", "101"], ["backfill"], ["check", "--online"]):
        code, _, err = feedsvc(*command)
        assert (code, len(err.splitlines())) == (4, 1)
        assert "this machine's clock shows 1970-01-01" in err
    assert feedsvc.site.count() == 0
    told = feedsvc.json("status")
    assert (told["status"], [one["kind"] for one in told["reasons"]]) == ("degraded", ["clock"])
    for command in (["rebuild"], ["check"], ["archive", "ls"], ["archive", "verify"]):
        assert feedsvc(*command)[0] == 0


def test_a_search_and_the_flashes_are_sections_like_others(feedsvc: Desk) -> None:
    (feedsvc.folder / "config.yaml").write_text(
        f"site: {{base_url: '{feedsvc.site.base_url}'}}\n"
        "sections:\n"
        "  - {name: nexon, title: 넥슨, search: 넥슨}\n"
        "  - {name: flash, title: 속보, newsflash: true}\n"
        "http: {delay: 0s, timeout: 20s, retries: 0}\n",
        encoding="utf-8",
    )
    feedsvc.site.publish(piece(101, title="넥슨의 새 게임", sections=("080000",)))
    feedsvc.site.publish(piece(103, title="다른 회사의 소식", sections=("080000",)))
    feedsvc.site.flash(piece(102, title="속보 한 줄"), alone=True)
    code, out, _ = feedsvc("check", "--online")
    assert code == 0
    assert "section nexon: 1 row (today layout), newest 101" in out
    assert "section flash: 1 row (newsflash layout), newest 102" in out
    assert feedsvc("poll")[0] == 0
    assert [one["id"] for one in feedsvc.json("archive", "ls")] == [102, 101]
    code, out, _ = feedsvc("status")
    assert code == 0
    assert "nexon" in out
    # Records know their sections by code, and these have none.
    for name in ("nexon", "flash"):
        code, _, err = feedsvc("archive", "ls", "--section", name)
        assert code == 2
        assert "has no code" in err


def test_inspect_waits_for_no_pipe_and_reads_no_device(feedsvc: Desk, tmp_path: Path) -> None:
    pipe = tmp_path / "p.fifo"
    os.mkfifo(pipe)
    for place, what in ((pipe, "a FIFO"), (Path("/dev/zero"), "a device")):
        code, _, err = feedsvc("inspect", str(place))
        assert code == 2
        assert f"{what} stands where a file belongs" in err
