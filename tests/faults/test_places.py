"""Files as others see them: their modes, what may lie beside them, what stands in their
place, and who may read them."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from feedsvc import atomic, regular
from feedsvc.archive import Archive, Pending
from feedsvc.archive.tree import Tree
from feedsvc.cli import execute
from tests.faults.harms import no_longer_than
from tests.poll.desk import NOW, SECTIONS, Desk, piece
from tests.poll.test_images import illustrated
from tests.standin import StandIn


@pytest.fixture(scope="module")
def polled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One article, kept and published."""
    folder = tmp_path_factory.mktemp("polled")
    site = StandIn()
    site.boxes = False
    with site:
        site.now = lambda: NOW
        site.publish(piece(117001))
        Desk(site, folder, NOW, sections=SECTIONS[:1]).poll()
        (folder / "config.yaml").write_text(
            f"site: {{base_url: '{site.base_url}'}}\n"
            "sections:\n  - {name: industry, title: 산업, code: '068000'}\n",
            encoding="utf-8",
        )
    return folder


@pytest.fixture
def folder(polled: Path, tmp_path: Path) -> Path:
    return shutil.copytree(polled, tmp_path / "polled")


def call(folder: Path, *words: str) -> int:
    return execute([*words, "--config", str(folder / "config.yaml")])


# Modes


@contextmanager
def umask(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


def modes(*folders: Path) -> dict[str, int]:
    return {
        path.name: stat.S_IMODE(path.stat().st_mode)
        for folder in folders
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.mark.one_stands_for_all
@pytest.mark.parametrize(("mask", "file", "place"), [(0o077, 0o600, 0o700), (0o007, 0o660, 0o770)])
def test_files_are_made_as_the_umask_says(tmp_path: Path, mask: int, file: int, place: int) -> None:
    site = StandIn()
    site.boxes = False
    with site, umask(mask):
        site.now = lambda: NOW
        site.publish(illustrated(117001, "1.jpg"))
        desk = Desk(site, tmp_path, NOW, sections=SECTIONS[:1], images=True)
        desk.poll()
        config = tmp_path / "config.yaml"
        assert execute(["init", "--config", str(config)]) == 0
        for kind, name in (("csv", "a.csv"), ("warc", "a.warc.gz"), ("markdown", "notes")):
            target = str(tmp_path / name)
            words = ["archive", "export", "--format", kind, "--to", target, "--config", str(config)]
            config.write_text("archive: {path: archive}\nsections: [{name: a, title: 가}]\n")
            assert execute(words) == 0
    found = modes(tmp_path)
    assert {"state.sqlite", ".lock", "all.rss", "all.rss.gz"} <= found.keys()
    assert set(found.values()) == {file}, found
    places = {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.rglob("*") if path.is_dir()}
    assert places == {place}


def test_a_file_that_is_replaced_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "feed.rss"
    with umask(0o022):
        atomic.write(path, b"1")
        assert stat.S_IMODE(path.stat().st_mode) == 0o644
        for mode in (0o600, 0o664):
            path.chmod(mode)
            atomic.write(path, b"2")
            assert stat.S_IMODE(path.stat().st_mode) == mode
            list(atomic.put_in_place({path: atomic.beside(path, b"3")}))
            assert stat.S_IMODE(path.stat().st_mode) == mode
            assert path.read_bytes() == b"3"


def test_published_files_keep_the_mode_that_they_were_given(tmp_path: Path) -> None:
    site = StandIn()
    site.boxes = False
    with site:
        desk = Desk(site, tmp_path, NOW, sections=SECTIONS[:1])
        site.now = desk.clock
        site.publish(piece(117001))
        desk.poll()
        for name in ("all.rss", "all.atom", "index.html"):
            (tmp_path / "public" / name).chmod(0o600)
        desk.later(hours=1)
        site.publish(piece(117002, hours=0))
        desk.poll()
    found = modes(tmp_path / "public")
    names = ("all.rss", "all.atom", "index.html", "all.atom.gz")
    assert [found[name] for name in names] == [0o600] * 4


# What systems and editors leave


BYSTANDERS = (
    ".@__thumb", "#snapshot", ".apdisk", ".gitignore", ".git", "aquota.user", ".dropbox",
    ".goutputstream-AB12", ".x.kate-swp",
    ".DS_Store", "Thumbs.db", "desktop.ini", "articles/0117/._117001.json", "raw/.nfs0000000000a1",
    "raw/._2026-03.warc.gz", "journal/.2026-03.jsonl.swp", "journal/2026-03.jsonl~",
    ".fuse_hidden0000a", "articles/.#x", "lost+found/", "@eaDir/x", "#recycle/117001.json",
    ".Trash-1000/files/x", ".snapshot/articles/x", ".snapshots/", ".stfolder/", ".stversions/x",
    "articles/0117/@eaDir/117001.json/x", ".~lock.x#",
)  # fmt: skip


@pytest.mark.one_stands_for_all
@pytest.mark.parametrize("name", BYSTANDERS)
def test_what_others_leave_is_named_and_no_damage(
    folder: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = folder / "archive" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.mkdir() if name.endswith("/") else path.write_bytes(b"")
    assert call(folder, "archive", "verify") == 0
    out = capsys.readouterr().out
    assert f"no harm to it: {folder / 'archive'}" in out
    assert call(folder, "rebuild", "--reparse") == 0
    target = str(folder / "out.warc.gz")
    assert call(folder, "archive", "export", "--format", "warc", "--to", target) == 0


@pytest.mark.parametrize(
    "name",
    ["articles/0117/117001 (copy).json", "articles/0118/117001.json", "raw/old.warc.gz", "notes"],
)
def test_what_is_no_bystander_is_still_told(folder: Path, name: str) -> None:
    path = folder / "archive" / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"x")
    assert call(folder, "archive", "verify") == 5


@pytest.mark.parametrize("name", ["lost+found/", ".DS_Store", "@eaDir/", ".stfolder/"])
def test_a_folder_in_which_only_such_things_lie_is_a_new_one(tmp_path: Path, name: str) -> None:
    path = tmp_path / "archive" / name
    path.parent.mkdir()
    path.mkdir() if name.endswith("/") else path.write_bytes(b"")
    assert Tree(tmp_path / "archive").check() is False
    with Archive(tmp_path / "archive").writing(NOW):
        pass
    assert Archive(tmp_path / "archive").verify().faults == ()


# What stands where a file belongs


@pytest.mark.one_stands_for_all
@pytest.mark.parametrize("name", ["FORMAT", ".lock", "public/all.rss"])
@pytest.mark.parametrize("kind", ["a FIFO", "a folder", "a socket"])
def test_what_stands_in_a_files_place_is_named(
    folder: Path, name: str, kind: str, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    for clock in ("clock_of", "exact_clock_of"):
        monkeypatch.setattr(f"feedsvc.cli.context.{clock}", lambda config: lambda: NOW)
    path = folder / name if name.startswith("public") else folder / "archive" / name
    path.unlink()
    put(path, kind)
    with no_longer_than(30):
        code = call(folder, "rebuild")
        err = capsys.readouterr().err
        assert code == {"FORMAT": 5, ".lock": 4}.get(name, 1)
        assert f"{path}: " in err
        assert f"{kind} stands where a file belongs; move it away" in err
        call(folder, "archive", "ls")
        call(folder, "status")
        call(folder, "archive", "verify")
    assert "disk" not in err


def put(path: Path, kind: str) -> None:
    if kind == "a FIFO":
        os.mkfifo(path)
    elif kind == "a folder":
        path.mkdir()
        (path / "inside").write_text("x")
    else:
        import socket

        with socket.socket(socket.AF_UNIX) as made:
            here = Path.cwd()
            os.chdir(path.parent)  # a socket's address is short
            try:
                made.bind(path.name)
            finally:
                os.chdir(here)


@pytest.mark.parametrize(
    ("number", "advice"),
    [
        (errno.ENOSPC, "make room"),
        (errno.EDQUOT, "quota"),
        (errno.EROFS, "read-only"),
        (errno.EACCES, "the right to it"),
        (errno.EMFILE, "ulimit -n"),
        (errno.ENFILE, "the machine's open files"),
        (errno.ENOTDIR, "a file stands where a folder belongs"),
    ],
)
def test_each_fault_of_the_system_has_its_own_advice(
    tmp_path: Path, number: int, advice: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.open

    def refused(path: str, flags: int, *args: int, **named: int) -> int:
        if flags & os.O_WRONLY and not flags & os.O_EXCL:
            raise OSError(number, os.strerror(number), path)
        return real(path, flags, *args, **named)

    archive = Archive(tmp_path / "archive")
    with archive.writing(NOW):
        monkeypatch.setattr(os, "open", refused)
        with pytest.raises(Exception, match=advice) as caught:
            archive.pending.add([pending()])
        monkeypatch.undo()
    line = str(caught.value)
    assert line.startswith(f"{tmp_path / 'archive' / 'pending.jsonl'}: could not be written: ")


def pending() -> Pending:
    return Pending(1, "u", NOW)


def test_too_many_open_files_is_said_of_the_index_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite says no more than that it cannot open its file."""
    archive = Archive(tmp_path / "archive")
    with archive.writing(NOW):
        pass
    real = regular.opened

    def few(path: Path, *args: int) -> int:
        if path.name == "state.sqlite":
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE), str(path))
        return real(path, *args)

    def unable(*args: object) -> object:
        raise sqlite3.OperationalError("unable to open database file")

    monkeypatch.setattr(regular, "opened", few)
    monkeypatch.setattr("feedsvc.catalogue.database.connect", unable)
    with pytest.raises(Exception, match="ulimit -n"), archive.writing(NOW):
        pytest.fail("it was opened")  # pragma: no cover


# Another user


def as_nobody(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """The command line, run by a user who owns nothing here."""
    if os.geteuid() != 0:
        pytest.skip("needs the right to become another user")
    for place in (*folder.parents, folder):
        if place.stat().st_uid == 0 and place != Path("/"):
            place.chmod(place.stat().st_mode | 0o055)
    code = (
        "import contextlib, io, os, sys\n"
        "import feedsvc.archive.workers\n"
        "from feedsvc.cli import execute\n"
        # What it needs is imported before it may read less: the interpreter may be root's.
        "with contextlib.redirect_stdout(io.StringIO()): execute(sys.argv[1:])\n"
        "os.setegid(65534); os.seteuid(65534)\n"
        "sys.exit(execute(sys.argv[1:]))"
    )
    command = [sys.executable, "-c", code, *words, "--config", str(folder / "config.yaml")]
    return subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)


@pytest.mark.slow
def test_who_may_not_read_is_told_so(folder: Path) -> None:
    state = folder / "archive" / ".state"
    state.chmod(0o700)
    done = as_nobody(folder, "status")
    assert done.returncode == 1
    assert "never polled" not in done.stdout
    assert done.stderr == (
        f"feedsvc: {state / 'state.sqlite'}: cannot be read: Permission denied; "
        "give the user who runs feedsvc the right to it\n"
    )
    done = as_nobody(folder, "archive", "ls")
    assert done.returncode == 0
    assert "no search index, so every record is read" in done.stderr
    assert "117001" in done.stdout
    (folder / "archive" / "articles").chmod(0o700)
    for words in (("archive", "ls"), ("archive", "search", "공장"), ("archive", "show", "117001"),
                  ("archive", "verify")):  # fmt: skip
        done = as_nobody(folder, *words)
        assert done.returncode in (1, 5), words
        (line,) = done.stderr.splitlines()
        assert "Permission denied" in line + done.stdout, words


@pytest.mark.slow
def test_who_may_not_write_the_archive_can_do_nothing_and_is_told_so(folder: Path) -> None:
    for words in (("poll",), ("rebuild",)):
        done = as_nobody(folder, *words)
        assert done.returncode == 4, words
        assert done.stderr.splitlines()[-1] == (
            f"feedsvc: {folder / 'archive/.lock'}: could not be written: Permission denied; give "
            "the user who runs feedsvc the right to it; nothing can be kept until then"
        )
    done = as_nobody(folder, "check")
    assert done.returncode == 4
    said = "cannot be written by this user: Permission denied; give the user who runs"
    assert f"archive.path: {folder / 'archive'}: {said}" in done.stdout
    assert f"feeds.path: {folder / 'public'}: {said}" in done.stdout


def test_a_folder_of_feeds_that_may_not_be_written_is_one_line(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    public = folder / "public"
    for path in (public / "all.rss.gz", public / "finance.atom"):
        path.unlink(missing_ok=True)
    before = {path.name: path.read_bytes() for path in public.iterdir() if path.is_file()}
    real_may, real_open = regular.may, os.open

    def may(path: Path, mode: int) -> bool:
        return real_may(path, mode) and not (mode & os.W_OK and path == public)

    def opened(path: os.PathLike[str] | str, flags: int, mode: int = 0o777, **more: int) -> int:
        if flags & os.O_CREAT and Path(path).parent == public:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return real_open(path, flags, mode, **more)

    monkeypatch.setattr(regular, "may", may)
    monkeypatch.setattr(os, "open", opened)
    (folder / "config.yaml").write_text(
        (folder / "config.yaml").read_text("utf-8")
        + "  - {name: finance, title: 금융, code: '083000'}\n",
        encoding="utf-8",
    )
    said = (
        f"feedsvc: {public}: could not be written: Permission denied; give the user who runs "
        "feedsvc the right to it; what was published before is still there\n"
    )
    for _ in range(2):
        assert call(folder, "rebuild") == 1
        assert capsys.readouterr() == ("no file published\n", said)
    assert {path.name: path.read_bytes() for path in public.iterdir() if path.is_file()} == before
    assert call(folder, "status") == 0
    assert said.removeprefix("feedsvc: ") in capsys.readouterr().out
    monkeypatch.setattr(regular, "may", real_may)
    monkeypatch.setattr(os, "open", real_open)
    assert call(folder, "rebuild") == 0
    assert (public / "finance.atom.gz").exists()


@pytest.mark.parametrize(
    ("name", "code", "there"),
    [
        ("archive", 4, True),
        ("archive", 4, False),
        ("archive/.state", 4, True),
        ("public", 1, True),
        ("public", 1, False),
    ],
)
def test_check_says_what_may_not_be_written(
    folder: Path, name: str, code: int, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch, *, there: bool,
) -> None:  # fmt: skip
    assert call(folder, "check") == 0
    assert "cannot be written" not in capsys.readouterr().out
    place = folder / name
    if not there:  # then the folder in which it would be made counts
        shutil.rmtree(place)
        place = place.parent
    real = regular.may
    monkeypatch.setattr(
        regular,
        "may",
        lambda path, mode: real(path, mode) and not (mode & os.W_OK and path == place),
    )
    assert call(folder, "check") == code
    out = capsys.readouterr().out
    assert f"{folder / name}: cannot be written by this user: Permission denied; give" in out


@pytest.mark.parametrize("kind", ["a FIFO", "a folder", "a file"])
@pytest.mark.parametrize("name", [".state", ".state/state.sqlite"])
def test_status_and_check_name_what_stands_in_the_memorys_place(
    folder: Path, name: str, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = folder / "archive" / name
    shutil.rmtree(folder / "archive/.state")
    path.parent.mkdir(exist_ok=True)
    if kind == "a file":
        path.write_text("")
    else:
        put(path, kind)
    taken = kind != ("a folder" if name == ".state" else "a file")
    with no_longer_than(30):
        assert call(folder, "status") == 0
    out = capsys.readouterr().out
    assert (f"{path}: " in out) == taken
    assert ("move it away" in out) == taken
    assert ("not polled yet" in out) != taken
    with no_longer_than(30):
        assert call(folder, "check") == (1 if taken else 0)
    assert (f"archive: {path}: " in capsys.readouterr().out) == taken


def test_a_fault_in_raw_or_journal_is_one_of_that_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from feedsvc.model import Event
    from tests.archive.samples import page, record

    real = os.write
    for name in ("raw", "journal"):
        archive = Archive(tmp_path / f"of-{name}")
        with archive.writing(NOW):

            def full(handle: int, data: bytes, name: str = name) -> int:
                if Path(f"/proc/self/fd/{handle}").readlink().parent.name == name:
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                return real(handle, data)

            if not Path("/proc/self/fd").exists():
                pytest.skip("no /proc to name a descriptor's file")
            monkeypatch.setattr(os, "write", full)
            with pytest.raises(Exception, match="No space left") as caught:
                archive.keep(record(1), Event.ADDED, NOW, page(1))
            monkeypatch.setattr(os, "write", real)
        file = tmp_path / f"of-{name}" / name / f"2026-03.{'warc.gz' if name == 'raw' else 'jsonl'}"
        assert str(caught.value).startswith(f"{file}: "), name
