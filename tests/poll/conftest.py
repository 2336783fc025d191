from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.poll.desk import NOW, SECTIONS, Desk
from tests.standin import StandIn


@pytest.fixture
def tmp_path(memory_path: Path) -> Path:
    return memory_path


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """An empty stand-in, its clock and ours the same; what is published is JSON alone."""
    site = StandIn()
    site.boxes = False
    with site:
        made = Desk(site, tmp_path, NOW, feeds={"formats": ("json",)})
        site.now = made.clock
        yield made


@pytest.fixture
def one_section(desk: Desk) -> None:
    """For tests that ask nothing of the others: a third of the feeds is published."""
    desk.sections = SECTIONS[:1]


@pytest.fixture
def every_format(desk: Desk) -> None:
    """For tests of the other formats, of the archived pages, of all that is published."""
    desk.feeds.pop("formats")
