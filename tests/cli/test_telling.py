"""What happens after publishing, through the real command line: compressed copies, the
hub, the bucket."""

from __future__ import annotations

import gzip
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.cli.test_commands import Desk, feedsvc
from tests.feeds.test_websub import hub
from tests.poll.desk import piece

__all__ = ["feedsvc"]

BASE = "http://127.0.0.1:8080/"
SECRET = "a-key-that-nobody-may-see"


def names(told: list[dict[str, list[str]]]) -> set[str]:
    return {one["hub.url"][0].removeprefix(BASE) for one in told}


def test_compressed_copies_stand_beside_and_are_as_old_as_their_files(feedsvc: Desk) -> None:
    feedsvc.configure("")
    feedsvc.site.publish(piece(101))
    assert feedsvc("poll")[0] == 0
    public = feedsvc.folder / "public"
    files = sorted(path for path in public.glob("*.*") if path.suffix not in (".gz", ".png"))
    assert {path.name for path in files} >= {"all.rss", "all.json", "feeds.opml", "index.html"}
    for path in files:
        copy = path.with_name(f"{path.name}.gz")
        assert gzip.decompress(copy.read_bytes()) == path.read_bytes()
        assert copy.stat().st_mtime_ns == path.stat().st_mtime_ns
    before = {path: path.stat() for path in public.glob("*.gz")}
    assert feedsvc("poll")[0] == 0
    assert {path: path.stat() for path in public.glob("*.gz")} == before
    # One that is lost or of an older file, as after a kill, comes back.
    (public / "all.rss.gz").unlink()
    os.utime(public / "all.atom.gz", ns=(1, 1))
    (public / "gone.rss.gz").write_bytes(b"x")
    (public / "other.gz").write_bytes(b"not ours")
    assert feedsvc("poll")[0] == 0
    assert (public / "all.rss.gz").stat().st_mtime_ns == (public / "all.rss").stat().st_mtime_ns
    assert (public / "all.atom.gz").stat().st_mtime_ns == (public / "all.atom").stat().st_mtime_ns
    assert not (public / "gone.rss.gz").exists()
    assert (public / "other.gz").read_bytes() == b"not ours"


@pytest.mark.slow
def test_the_hub_is_told_after_a_poll_and_again_where_it_failed(feedsvc: Desk) -> None:
    told: list[dict[str, list[str]]] = []
    feedsvc.site.publish(piece(101))
    with hub(told, status=503) as address:
        feedsvc.configure(f"feeds: {{hub: '{address}', formats: [atom, json]}}\n")
        code, out, err = feedsvc("poll")
    # A hub that fails ends the round, is named and leaves all else done.
    assert (code, len(told)) == (1, 1)
    assert "1 article," in out
    assert err.count("the hub could not be told") == 1
    assert "answered 503" in err
    told.clear()
    port = int(address.rpartition(":")[2].strip("/"))
    code, _, err = feedsvc("poll")  # it is gone altogether
    assert (code, told) == (1, [])
    assert "refused" in err.lower()
    with hub(told, port=port) as again:
        assert again == address
        assert feedsvc("poll")[0] == 0  # nothing is new, and what waits is told
        assert names(told) >= {"all.atom", "all.json", "industry.atom", "industry.json"}
        assert len(told) == len(names(told))
        told.clear()
        assert feedsvc("poll")[0] == 0
        assert told == []
        feedsvc.site.edit(101, title="고친 제목")
        assert feedsvc("refresh", "101")[0] == 0
        assert "all.atom" in names(told)
    # Without a hub nothing waits for one.
    feedsvc.configure()
    assert feedsvc("poll")[0] == 0
    with hub(told, port=port) as address:
        told.clear()
        feedsvc.configure(f"feeds: {{hub: '{address}', formats: [atom, json]}}\n")
        feedsvc("poll")
        assert "industry.atom" in names(told)  # its hub link is new: the feed changed


def test_a_hub_that_fails_is_a_trouble_until_it_was_told(feedsvc: Desk) -> None:
    told: list[dict[str, list[str]]] = []
    feedsvc.site.publish(piece(101))
    with hub(told, status=503) as address:
        feedsvc.configure(f"feeds: {{hub: '{address}', formats: [atom, json]}}\n")
        assert feedsvc("poll")[0] == 1
        verdict = feedsvc.json("status")
        assert verdict["status"] == "degraded"
        assert [one["kind"] for one in verdict["reasons"]] == ["target"]
        since = verdict["reasons"][0]["since"]
        assert feedsvc("poll")[0] == 1
        assert feedsvc.json("status")["reasons"][0]["since"] == since
    port = int(address.rpartition(":")[2].strip("/"))
    told.clear()
    with hub(told, port=port):
        assert feedsvc("poll")[0] == 0
        assert feedsvc.json("status")["status"] == "ok"
        assert "all.atom" in names(told)
        titles = [one["title"] for one in feedsvc.feed("status")]
        what = "알림을 보내지 못하고 있습니다: hub"
        assert titles == [f"[해결됨] {what}", f"[문제] {what}"]


def test_a_document_that_cannot_be_put_in_place_is_a_trouble(feedsvc: Desk) -> None:
    feedsvc.configure("feeds: {formats: [atom, json]}\n")
    feedsvc.site.publish(piece(101))
    broken = feedsvc.folder / "public" / "all.atom"
    (broken / "in the way").mkdir(parents=True)
    for _ in range(2):
        assert feedsvc("poll")[0] == 1
        verdict = feedsvc.json("status")
        assert verdict["status"] == "degraded"
        assert [one["kind"] for one in verdict["reasons"]] == ["publishing"]
        assert "all.atom" in verdict["reasons"][0]["text"]
    (broken / "in the way").rmdir()
    broken.rmdir()
    assert feedsvc("poll")[0] == 0
    assert feedsvc.json("status")["reasons"] == []
    assert len(feedsvc.feed("status")) == 2


def test_a_redirect_is_not_followed(feedsvc: Desk) -> None:
    told: list[dict[str, list[str]]] = []
    feedsvc.site.publish(piece(101))
    with hub(told, status=307, location="http://127.0.0.1:9/") as address:
        feedsvc.configure(f"feeds: {{hub: '{address}', formats: [json]}}\n")
        code, _, err = feedsvc("poll")
    assert (code, len(told)) == (1, 1)
    assert "answered 307" in err


@pytest.mark.slow
def test_a_hub_that_never_answers_costs_a_poll_seconds(
    feedsvc: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from feedsvc.fetch import transport_requests

    monkeypatch.setattr(transport_requests.post_form, "__kwdefaults__", {"timeout": 0.2})
    feedsvc.site.publish(piece(101))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        feedsvc.configure(f"feeds: {{hub: 'http://127.0.0.1:{port}/'}}\n")
        code, _, err = feedsvc("poll")
    assert code == 1
    assert "no answer in 0.2 s" in err


@contextmanager
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """moto's server with the bucket ``news``; gives boto3's client of it."""
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    import boto3
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    try:
        _, port = server.get_host_and_port()
        endpoint = f"http://127.0.0.1:{port}"
        # All its servers in one process hold the same things.
        assert requests.post(f"{endpoint}/moto-api/reset", timeout=30).ok
        client = boto3.client(
            "s3",
            endpoint_url=endpoint,
            region_name="us-east-1",
            aws_access_key_id="key",
            aws_secret_access_key=SECRET,
        )
        client.create_bucket(Bucket="news")
        yield client
        client.close()
    finally:
        server.stop()


def objects(client: Any) -> dict[str, Any]:
    listed = client.list_objects_v2(Bucket="news").get("Contents", [])
    return {one["Key"]: one["LastModified"] for one in listed}


def content(client: Any, key: str) -> bytes:
    body: bytes = client.get_object(Bucket="news", Key=key)["Body"].read()
    return body


def into_bucket(desk: Desk, endpoint: str, more: str = "") -> None:
    desk.configure(
        f"feeds:\n  s3: {{endpoint: '{endpoint}', bucket: news, prefix: feeds/,"
        f" access_key: key, secret_key: '${{S3_SECRET}}'}}\n{more}"
    )


def polled(desk: Desk, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "feedsvc", *(arguments or ("poll",)), "--log-level", "debug"],
        cwd=desk.folder,
        env={**os.environ, "S3_SECRET": SECRET},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*:DeprecationWarning")  # of moto and boto3 themselves
def test_a_bucket_holds_what_is_published(feedsvc: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    feedsvc.site.publish(piece(101))
    feedsvc.site.publish(piece(102, sections=("083000",)))
    public = feedsvc.folder / "public"

    def published() -> dict[str, bytes]:
        return {
            f"feeds/{path.relative_to(public).as_posix()}": path.read_bytes()
            for path in public.rglob("*")
            if path.is_file() and path.suffix != ".gz"
        }

    with bucket(monkeypatch) as client:
        client.put_object(Bucket="news", Key="feeds/somebody-elses.rss", Body=b"x")
        into_bucket(feedsvc, client.meta.endpoint_url)
        done = polled(feedsvc)
        assert done.returncode == 0, done.stderr
        assert any("archive/all/" in name for name in published())
        assert set(objects(client)) == {*published(), "feeds/somebody-elses.rss"}
        for key, body in published().items():
            assert content(client, key) == body
        for name, kind, control in (
            ("all.rss", "application/rss+xml; charset=utf-8", "max-age=60"),
            ("all.atom", "application/atom+xml; charset=utf-8", "max-age=60"),
            ("all.json", "application/feed+json; charset=utf-8", "max-age=60"),
            ("feeds.opml", "text/x-opml; charset=utf-8", "max-age=60"),
            ("index.html", "text/html; charset=utf-8", "no-cache"),
        ):
            head = client.head_object(Bucket="news", Key=f"feeds/{name}")
            assert (head["ContentType"], head["CacheControl"]) == (kind, control)

        # Changed objects only; a file that is published no more is removed, and nobody else's.
        before = objects(client)
        client.put_object(Bucket="news", Key="feeds/finance.rss", Body=b"a mark")
        feedsvc.site.edit(101, title="고친 제목")
        into_bucket(feedsvc, client.meta.endpoint_url, "  formats: [rss, atom]\n")
        assert polled(feedsvc, "refresh", "101").returncode == 0
        assert content(client, "feeds/finance.rss") == b"a mark"  # the file did not change
        assert "고친 제목" in content(client, "feeds/all.atom").decode()
        assert not [name for name in objects(client) if name.endswith(".json")]
        page = "feeds/archive/finance/2026-03.atom"
        assert objects(client)[page] == before[page]
        assert "feeds/somebody-elses.rss" in objects(client)

        # What is remembered may be lost: the bucket is asked, and nothing equal is put again.
        client.put_object(Bucket="news", Key="feeds/finance.rss", Body=b"an older one")
        for path in (feedsvc.folder / "archive/.state").iterdir():
            path.unlink()
        before = objects(client)
        assert polled(feedsvc).returncode == 0
        assert content(client, "feeds/finance.rss") == (public / "finance.rss").read_bytes()
        assert objects(client)[page] == before[page]
        assert "feeds/somebody-elses.rss" in objects(client)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*:DeprecationWarning")  # of moto and boto3 themselves
def test_a_bucket_that_fails_is_tried_again(feedsvc: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[dict[str, list[str]]] = []
    feedsvc.site.publish(piece(101))
    with bucket(monkeypatch) as client, hub(told) as address:
        endpoint = client.meta.endpoint_url
        client.delete_bucket(Bucket="news")
        into_bucket(feedsvc, endpoint, f"  hub: '{address}'\n")
        done = polled(feedsvc)
        assert done.returncode == 1
        lines = [line for line in done.stderr.splitlines() if "bucket news" in line]
        assert len(lines) == 1
        assert "404 Not Found NoSuchBucket" in lines[0]
        assert "Traceback" not in done.stderr
        assert SECRET not in done.stderr + done.stdout
        # Nothing local is lost, and the hub is not told of what is not there yet.
        assert b"/articles/101" in (feedsvc.folder / "public/all.atom").read_bytes()
        assert told == []
        monkeypatch.setenv("S3_SECRET", SECRET)
        verdict = feedsvc.json("status")
        assert verdict["status"] == "degraded"
        (reason,) = verdict["reasons"]
        assert (reason["kind"], reason["section"]) == ("publishing", None)
        assert "bucket news" in reason["text"]
        client.create_bucket(Bucket="news")
        assert polled(feedsvc).returncode == 0
        assert b"/articles/101" in content(client, "feeds/all.atom")
        assert "all.atom" in names(told)
        assert feedsvc.json("status")["status"] == "ok"
        assert content(client, "feeds/status.json").decode().count("[해결됨] 피드를") == 1
        # Emptied behind our back it is filled again by a rebuild, whatever is remembered.
        for key in objects(client):
            client.delete_object(Bucket="news", Key=key)
        client.put_object(Bucket="news", Key="feeds/status.rss", Body=b"x", ContentType="a/b")
        assert polled(feedsvc, "rebuild").returncode == 0
        published = {one.name for one in (feedsvc.folder / "public").glob("*.*")}
        assert {f"feeds/{one}" for one in published if not one.endswith(".gz")} < {*objects(client)}
        head = client.head_object(Bucket="news", Key="feeds/status.rss")
        assert head["ContentType"] == "application/rss+xml; charset=utf-8"
    # And where nothing answers at all.
    feedsvc.site.publish(piece(102))
    done = polled(feedsvc)
    assert done.returncode == 1
    assert "bucket news" in done.stderr
    assert SECRET not in done.stderr + done.stdout
    assert b"/articles/102" in (feedsvc.folder / "public/all.atom").read_bytes()


@pytest.mark.parametrize("command", ["poll", "check", "rebuild"])
def test_a_missing_extra_is_said_at_the_start(
    feedsvc: Desk, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setenv("S3_SECRET", SECRET)
    monkeypatch.setitem(sys.modules, "obstore", None)
    monkeypatch.delitem(sys.modules, "feedsvc.feeds.s3", raising=False)
    into_bucket(feedsvc, "http://127.0.0.1:1")
    code, _, err = feedsvc(command)
    assert code == 2
    path = feedsvc.folder / "config.yaml"
    lines = path.read_text("utf-8").splitlines()
    line = next(n for n, line in enumerate(lines, 1) if "s3:" in line)
    assert err.splitlines()[-1] == (
        f"feedsvc: {path}:{line}: feeds.s3: a bucket is configured and its extra is not installed;"
        " pip install 'feedsvc[s3]', or set feeds.s3 to null"
    )
    assert not Path(feedsvc.folder / "public").exists()


@pytest.mark.slow
def test_without_a_bucket_its_library_is_not_loaded(feedsvc: Desk) -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "feedsvc", "poll"],
        cwd=feedsvc.folder,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert "feedsvc.poll.distribute" in done.stderr
    assert "obstore" not in done.stderr
