"""Two sites beside each other, with the same numbers: a reader of both shows both."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from feedsvc.cli import execute
from feedsvc.config import load
from feedsvc.serve import Server
from tests.poll.desk import NOW, piece
from tests.readers.programs import Library, Newsboat
from tests.readers.served import free_port
from tests.standin import StandIn

pytestmark = pytest.mark.slow

NUMBERS = range(101, 111)


@pytest.fixture
def roots(tmp_path: Path) -> Iterator[dict[str, str]]:
    """Both services polled and served by the real commands; where the feeds of each are."""
    found = {}
    with ExitStack() as stack:
        for name, authority in (("dealsite", "dealsite.co.kr"), ("plus", "dealsiteplus.co.kr")):
            site = stack.enter_context(StandIn())
            for number in NUMBERS:
                # Even headline and time are the same: the number alone would not tell them apart.
                body = (f"<p>{name}의 {number}번째 글이다.</p>", "<p>둘째 단락이 이어진다.</p>")
                site.publish(piece(number, body=body))
            path = tmp_path / name / "config.yaml"
            path.parent.mkdir()
            port = free_port()
            path.write_text(
                f"site: {{base_url: '{site.base_url}', authority: {authority}}}\n"
                "sections: [{name: everything, title: 전체 기사}]\n"
                f"http: {{delay: 0s}}\nserver: {{port: {port}}}\n"
                f"feeds: {{base_url: 'http://127.0.0.1:{port}/'}}\n",
                "utf-8",
            )
            assert execute(["--config", str(path), "poll"]) == 0
            server = Server(load(path), now=lambda: NOW)
            server.start()
            stack.callback(server.stop)
            found[name] = f"http://127.0.0.1:{port}/"
        yield found


@pytest.mark.parametrize("program", [Newsboat, Library])
@pytest.mark.parametrize("suffix", ["rss", "atom"])
def test_both_are_shown(
    roots: dict[str, str], tmp_path: Path, program: type[Newsboat | Library], suffix: str
) -> None:
    reader = program(tmp_path / "reader")
    for name, root in roots.items():
        reader.subscribe(name, f"{root}all.{suffix}")
    assert reader.update() == 2 * len(NUMBERS)
    entries = reader.entries()
    assert {one.id for one in entries} == {
        f"tag:{authority},2018:articles/{number}"
        for authority in ("dealsite.co.kr", "dealsiteplus.co.kr")
        for number in NUMBERS
    }
    for one in entries:
        own, other = ("plus", "dealsite") if "plus" in one.id else ("dealsite", "plus")
        assert f"{own}의 " in one.text
        assert f"{other}의 " not in one.text
    assert reader.update() == 0
