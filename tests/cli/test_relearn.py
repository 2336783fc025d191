"""``feedsvc relearn``: shown, adopted, undone, refused."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.relearn.newsroom import NOW
from feedsvc.archive import Archive, LayoutState
from feedsvc.archive.learned import number_of
from feedsvc.cli import execute
from feedsvc.model import Event
from feedsvc.relearn import MOST
from feedsvc.site import guid
from tests.poll.redesigned import Before, Redesigned, begun, fresh, meet
from tests.relearn.attempt import FEW, archived
from tests.standin import Fault

Call = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Before]:
    with begun(tmp_path_factory.mktemp("before"), 40) as made:
        yield made


@pytest.fixture
def desk(before: Before, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Redesigned:
    made = before.in_folder(tmp_path)
    (tmp_path / "config.yaml").write_text(
        f"site: {{base_url: '{made.base_url}'}}\n"
        "sections:\n  - {name: everything, title: 전체}\n"
        "http: {delay: 0s, timeout: 20s, retries: 0}\n",
        encoding="utf-8",
    )
    for name in ("clock_of", "exact_clock_of"):
        monkeypatch.setattr(f"feedsvc.cli.context.{name}", lambda config: made.clock)
    return made


@pytest.fixture
def call(desk: Redesigned, capsys: pytest.CaptureFixture[str]) -> Call:
    return caller(desk.folder, capsys)


def caller(folder: Path, capsys: pytest.CaptureFixture[str]) -> Call:
    """Exit code, standard output and standard error of the real command line."""

    def run(*words: str) -> tuple[int, str, str]:
        code = execute([*words, "--config", str(folder / "config.yaml")])
        told = capsys.readouterr()
        return code, told.out, told.err

    return run


@pytest.mark.slow
def test_a_layout_is_shown_adopted_and_undone(desk: Redesigned, call: Call) -> None:
    desk.relearn = "propose"
    new = meet(desk, "renamed")
    desk.poll()
    assert "draft" in desk.told()
    code, out, err = call("relearn", "--dry-run")
    assert code == 0, err
    head, *rows = out.splitlines()
    assert head.split() == ["field", "right", "selector", "standbys"]
    assert any(row.split()[:1] == ["title"] and "16 of 16" in row for row in rows)
    assert "learned from 16 articles: 16 of 16 exact" in out
    assert "nothing is adopted: this is a dry run" in out
    assert desk.layouts() == ()
    assert desk.journal()[-1][0] != "layout"

    code, out, err = call("relearn")
    assert code == 0, err
    assert "layout 1 is adopted; feedsvc relearn --undo 1 takes it back" in out
    assert f"{len(new)} articles" in out
    assert set(new) <= set(desk.ids())
    assert desk.told().keys() == {"learned-1"}
    assert "5 held articles published" in desk.told()["learned-1"]
    desk.is_well()

    code, out, err = call("status", "--json")
    told = json.loads(out)
    assert [one["kind"] for one in told["reasons"]] == ["learned"]
    assert not told["layout_drifted"]
    number = new[0]
    code, out, err = call("inspect", f"{desk.base_url}/articles/{number}")
    assert (code, "learned-0001 layout" in out) == (0, True), err

    code, out, err = call("relearn", "--undo", "1", "--json")
    assert code == 0, err
    shown: dict[str, Any] = json.loads(out)
    assert shown["withdrawn"] == new
    assert shown["put_back"] == shown["left"] == []
    assert not set(new) & set(desk.ids())
    assert [one.state for one in desk.layouts()] == [LayoutState.UNDONE]
    feeds = {name: data for name, (data, _) in desk.published().items()}
    assert call("rebuild")[0] == 0
    assert {name: data for name, (data, _) in desk.published().items()} == feeds
    assert call("archive", "verify")[0] == 0
    code, out, _ = call("relearn", "--undo", "1")
    assert (code, "layout 1 was undone before" in out) == (0, True)


@pytest.mark.slow
def test_a_layout_that_is_lost_is_learned_anew(desk: Redesigned, call: Call) -> None:
    """Also from articles that it read, whose pages nothing reads any more."""
    new = meet(desk, "renamed")
    assert call("relearn")[0] == 0
    kept = contents(desk, "archive/articles")
    path = desk.folder / "archive/layouts/0001.yaml"
    path.write_bytes(b"")
    code, out, err = call("relearn", "--undo", "1")
    assert (code, out, err.count("\n")) == (5, "", 1)
    assert str(path) in err
    assert call("archive", "verify", "--repair")[0] == 1
    assert contents(desk, "archive/articles") == kept
    code, out, err = call("relearn")
    assert code == 0, (out, err)
    assert "layout 2 is adopted" in out
    assert set(new) <= set(desk.ids())
    desk.is_well()


@pytest.mark.slow
def test_what_the_operator_gave_is_part_of_the_proof(desk: Redesigned, call: Call) -> None:
    """What stands before a learned layout's own selectors would be read first."""
    meet(desk, "renamed")
    config = desk.folder / "config.yaml"
    written = config.read_text("utf-8")
    for given, proven in (("excluded: .no-such-box", True), ("excluded: p", False)):
        own = f"site: {{selectors: {{{given}}}, "
        config.write_text(written.replace("site: {", own), encoding="utf-8")
        code, out, err = call("relearn", "--dry-run")
        assert (code == 0) is proven, (out, err)
        assert ("nothing is adopted: this is a dry run" in out) is proven
    assert "not read as the archive has them (body" in out


@pytest.mark.slow
def test_a_field_that_the_site_gave_up(desk: Redesigned, call: Call) -> None:
    desk.relearn = "off"
    new = meet(desk, "no-keywords")
    code, out, err = call("relearn")
    assert code == 1, err
    assert "nothing is adopted: " in out
    assert "keywords" in out
    assert desk.layouts() == ()
    code, out, err = call("relearn", "--without", "keywords", "--json")
    told = json.loads(out)
    assert (code, told["adopted"], told["refused"]) == (0, True, None), told
    assert told["poll"]["sections"][0]["new"] == len(new)
    assert "keywords" not in told["layout"]["parts"]


@pytest.fixture
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Only a configuration: nothing is kept, and its site's port is closed."""
    (tmp_path / "config.yaml").write_text(
        "site: {base_url: 'http://127.0.0.1:9'}\n"
        "sections:\n  - {name: everything, title: 전체}\n"
        "http: {delay: 0s, timeout: 20s, retries: 0}\n",
        encoding="utf-8",
    )
    for name in ("clock_of", "exact_clock_of"):
        monkeypatch.setattr(f"feedsvc.cli.context.{name}", lambda config: lambda: NOW)
    return tmp_path


def test_what_it_cannot_do_it_says_in_a_line(
    alone: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    call = caller(alone, capsys)
    for words, said in (
        (("--undo", "7"), "there is no layout 7; learned layouts: none"),
        (("--undo", "0"), "--undo"),
        (("--undo", "1", "--dry-run"), "takes neither"),
        (("--without", "keyword"), "did you mean 'keywords'?"),
        (("--without", "title"), "no part that a site can give up; did you mean 'subtitle'?"),
        (("--without", "rows"), "there are subtitle, reporters, keywords, related"),
        (("--without", "nothing"), "no such field; there are subtitle"),
    ):
        code, out, err = call("relearn", *words)
        assert (code, out) == (2, ""), err
        assert said in err
    # Too little is known, and nothing is fetched for it: no refused connection is told.
    code, out, err = call("relearn", "--dry-run")
    assert (code, err) == (1, "")
    assert out.startswith("nothing is adopted: ")
    archive = Archive(alone / "archive", raw=False)
    with archive.writing(NOW):
        for record in archived(1, FEW, "today")[0]:
            archive.keep(record, Event.ADDED, NOW)
    code, _, err = call("relearn")
    assert code == 4
    assert "connection refused" in err
    writing = Archive.writing
    monkeypatch.setattr(Archive, "writing", lambda self, now, wait: writing(self, now))  # at once
    with writing(archive, NOW):
        assert call("relearn", "--undo", "1")[0] == 3
    archive.close()


@pytest.mark.slow
def test_where_the_site_is_as_it_was_all_is_well(desk: Redesigned, call: Call) -> None:
    code, out, err = call("relearn", "--dry-run")
    assert code == 0, err
    assert "everything is read as before: there is nothing to learn" in out
    assert desk.layouts() == ()


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["propose", "adopt"])
def test_section_pages_alone(desk: Redesigned, call: Call, mode: str) -> None:
    """Articles are as they were: nothing of theirs is learned, moved or read again."""
    config = desk.folder / "config.yaml"
    written = config.read_text("utf-8").replace("site: {", f"site: {{relearn: {mode}, ")
    config.write_text(written, encoding="utf-8")
    before, public = contents(desk, "archive/articles"), contents(desk, "public")
    desk.site.redesign = "sections"
    new = fresh(5)
    for one in new:
        desk.site.publish(one)
    code, out, err = call("poll")
    assert (code, set(desk.told())) == (4, {"layout"}), err
    desk.later(minutes=10)
    desk.site.fault(Fault.NOT_FOUND, "/categories*")
    assert call("poll")[0] == 4  # nothing is known of it then
    desk.site.clear_faults()
    assert contents(desk, "archive/articles") == before
    shown = contents(desk, "public")
    assert {key: shown[key] for key in public if is_article_feed(key)} == {
        key: data for key, data in public.items() if is_article_feed(key)
    }
    desk.later(minutes=10)
    desk.site.forget_requests()
    code, out, err = call("poll")
    if mode == "propose":
        assert (code, desk.layouts(), set(desk.told())) == (4, (), {"layout", "draft"})
        assert desk.site.count("/articles/*") <= MOST
        kept = contents(desk, "archive")
        code, out, err = call("relearn", "--dry-run")
        assert (code, "rows of section pages" in out, contents(desk, "archive") == kept) == (
            0, True, True
        ), err  # fmt: skip
        code, out, err = call("relearn")
    assert code == 0, err
    (layout,) = desk.layouts()
    assert not dict(layout.pages())  # of no article's page
    assert desk.told().keys() <= {"learned-1"}
    assert desk.waiting() == []
    now = contents(desk, "archive/articles")
    assert {key: now[key] for key in before} == before
    archive = desk.archive()
    for one in new:
        record = archive.get(one.id)
        assert record is not None
        assert (record.title, record.guid) == (one.title, guid(one.id))
        assert number_of(record) is None
    archive.close()
    listed = [item["id"] for item in desk.feed("all")]
    assert listed[:5] == [guid(one.id) for one in reversed(new)]
    assert len(set(listed)) == len(listed)
    # And on: what comes then is found at once.
    (more,) = fresh(6)[5:]
    desk.site.publish(more)
    desk.later(minutes=10)
    code, out, err = call("poll")
    assert (code, more.id in desk.ids(), desk.told()) == (0, True, {}), err
    desk.is_well()
    # Taken back its rows are read no more; the articles were read by feedsvc's own.
    kept = contents(desk, "archive/articles")
    code, out, err = call("relearn", "--undo", "1")
    assert (code, contents(desk, "archive/articles") == kept) == (0, True), err
    assert "layout 1 is undone: 0 articles pending again, 0 put back" in out
    desk.is_well()


def contents(desk: Redesigned, name: str) -> dict[str, bytes]:
    """The files below a folder of the service, but for what is derived."""
    root = desk.folder / name
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and ".state" not in path.parts and path.name != ".lock"
    }


def is_article_feed(name: str) -> bool:
    return name.endswith((".rss", ".atom", ".json")) and not name.startswith("status")
